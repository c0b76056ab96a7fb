"""The project file: schema, migrations, one store for each kind of record, and the edit log.

All SQL of SSL Studio lives here. No torch, no Qt."""
