"""Numbered steps from an empty file to today's schema.

A step that was released is never edited, and imports none of today's records. `user_version`
says how many steps a file has seen; each step sets it in its own transaction.
"""

import sqlite3
from collections.abc import Callable

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from ssl_studio.project import schema_first, schema_later

Step = Callable[[Database], None]


def numbered(migrations: Migrations, number: int) -> Callable[[Step], Step]:
    """Register a step that leaves the file at version `number`."""

    def register(step: Step) -> Step:
        def apply(db: Database) -> None:
            step(db)
            db.conn.execute(f"PRAGMA user_version = {number}")

        apply.__name__ = step.__name__
        migrations()(apply)
        return step

    return register


def apply(connection: sqlite3.Connection, migrations: Migrations | None = None) -> list[str]:
    """Run the pending steps, each in a transaction of its own; gives the broken references.

    Foreign keys are off meanwhile, since SQLite cannot rebuild a table that others refer to,
    and checked afterwards.
    """
    database = Database(connection, recursive_triggers=False, execute_plugins=False)
    connection.execute("PRAGMA foreign_keys = OFF")
    (migrations or STEPS).apply(database)
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.execute("PRAGMA foreign_keys = ON")
    return [f"{row[0]} row {row[1]} refers to a missing row of {row[2]}" for row in broken]


STEPS = Migrations("ssl_studio")


@numbered(STEPS, 1)
def m001_first_schema(db: Database) -> None:
    """Images, runs, and all that is derived from them."""
    for statement in schema_first.TABLES.split(";\n\n"):
        db.conn.execute(statement)


@numbered(STEPS, 2)
def m002_tags_and_near_duplicates(db: Database) -> None:
    """Tags with their edits, near duplicates, and indices for dates and sizes."""
    for statement in schema_later.TAGS_AND_DUPLICATES.split(";\n\n"):
        db.conn.execute(statement)


@numbered(STEPS, 3)
def m003_units(db: Database) -> None:
    """How units answer to images, pictures that maximise them, and attention."""
    for statement in schema_later.UNITS.split(";\n\n"):
        db.conn.execute(statement)
