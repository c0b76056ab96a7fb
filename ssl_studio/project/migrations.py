"""Numbered steps from an empty file to today's schema.

A step that was released is never edited, and imports none of today's records. `user_version`
says how many steps a file has seen; each step sets it in its own transaction.
"""

import sqlite3
from collections.abc import Callable

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

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
    for statement in _FIRST.split(";\n\n"):
        db.conn.execute(statement)


@numbered(STEPS, 2)
def m002_tags_and_near_duplicates(db: Database) -> None:
    """Tags with their edits, near duplicates, and indices for dates and sizes."""
    for statement in _SECOND.split(";\n\n"):
        db.conn.execute(statement)


@numbered(STEPS, 3)
def m003_units(db: Database) -> None:
    """How units answer to images, pictures that maximise them, and attention."""
    for statement in _THIRD.split(";\n\n"):
        db.conn.execute(statement)


_FIRST = """
CREATE TABLE project_info (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE arrays (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dtype TEXT NOT NULL,
    shape TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    chunks INTEGER NOT NULL,
    chunk_bytes INTEGER NOT NULL CHECK (chunk_bytes > 0),
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE array_chunks (
    array_id INTEGER NOT NULL REFERENCES arrays (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (array_id, number)
) STRICT;

CREATE TABLE roots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL,
    relative_path TEXT,
    label_source TEXT NOT NULL,
    added_at TEXT NOT NULL
) STRICT;

CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id INTEGER NOT NULL REFERENCES roots (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    content_hash TEXT,
    width INTEGER,
    height INTEGER,
    mode TEXT,
    format TEXT,
    label TEXT,
    split TEXT,
    status TEXT NOT NULL CHECK (status IN ('ok', 'bad', 'missing')),
    problem TEXT,
    duplicate_of INTEGER REFERENCES images (id) ON DELETE SET NULL,
    captured_at TEXT,
    camera TEXT,
    added_at TEXT NOT NULL,
    UNIQUE (root_id, path)
) STRICT;

CREATE INDEX images_in_order ON images (status, root_id, path);

CREATE INDEX images_by_label ON images (label, status, root_id, path);

CREATE INDEX images_by_content ON images (content_hash);

CREATE INDEX images_by_original ON images (duplicate_of) WHERE duplicate_of IS NOT NULL;

CREATE TABLE thumbnails (
    image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    jpeg BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    backbone TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('queued', 'running', 'paused', 'stopped', 'finished', 'failed')),
    settings TEXT NOT NULL,
    training TEXT NOT NULL,
    images_array INTEGER REFERENCES arrays (id),
    start_from INTEGER REFERENCES checkpoints (id) ON DELETE SET NULL,
    step INTEGER NOT NULL DEFAULT 0,
    epoch REAL NOT NULL DEFAULT 0,
    epochs INTEGER NOT NULL DEFAULT 0,
    steps_per_epoch INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    notes TEXT NOT NULL DEFAULT '',
    problem TEXT,
    environment TEXT NOT NULL DEFAULT '{}',
    owner_pid INTEGER,
    owner_host TEXT,
    owner_started REAL
) STRICT;

CREATE TABLE metrics (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    epoch REAL NOT NULL,
    seconds REAL NOT NULL,
    value REAL,
    PRIMARY KEY (run_id, name, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX run_log_by_run ON run_log (run_id);

CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    epoch REAL NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('start', 'epoch', 'timed', 'final')),
    array_id INTEGER NOT NULL REFERENCES arrays (id),
    bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX checkpoints_by_run ON checkpoints (run_id, step);

CREATE TABLE feature_sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER REFERENCES runs (id) ON DELETE CASCADE,
    checkpoint_id INTEGER REFERENCES checkpoints (id) ON DELETE SET NULL,
    source TEXT NOT NULL CHECK (source IN ('run', 'random', 'pixels')),
    backbone TEXT NOT NULL,
    layer TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    count INTEGER NOT NULL,
    images_array INTEGER NOT NULL REFERENCES arrays (id),
    values_array INTEGER NOT NULL REFERENCES arrays (id),
    epoch REAL,
    settings TEXT NOT NULL,
    seed INTEGER NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL,
    environment TEXT NOT NULL
) STRICT;

CREATE TABLE neighbour_sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feature_set_id INTEGER NOT NULL REFERENCES feature_sets (id) ON DELETE CASCADE,
    k INTEGER NOT NULL,
    metric TEXT NOT NULL,
    ids_array INTEGER NOT NULL REFERENCES arrays (id),
    distances_array INTEGER NOT NULL REFERENCES arrays (id),
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE clusterings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feature_set_id INTEGER NOT NULL REFERENCES feature_sets (id) ON DELETE CASCADE,
    algorithm TEXT NOT NULL,
    k INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    settings TEXT NOT NULL,
    scores TEXT NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE clusters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    clustering_id INTEGER NOT NULL REFERENCES clusterings (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    colour TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    UNIQUE (clustering_id, number)
) STRICT;

CREATE TABLE cluster_members (
    clustering_id INTEGER NOT NULL REFERENCES clusterings (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    cluster_id INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    distance REAL,
    margin REAL,
    PRIMARY KEY (clustering_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_distance ON cluster_members (cluster_id, distance);

CREATE INDEX members_by_image ON cluster_members (image_id);

CREATE INDEX members_by_margin ON cluster_members (cluster_id, margin);

CREATE TABLE projections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feature_set_id INTEGER NOT NULL REFERENCES feature_sets (id) ON DELETE CASCADE,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('pca', 'umap', 'tsne')),
    settings TEXT NOT NULL,
    images_array INTEGER REFERENCES arrays (id),
    coordinates_array INTEGER NOT NULL REFERENCES arrays (id),
    seed INTEGER NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE probes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feature_set_id INTEGER NOT NULL REFERENCES feature_sets (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('knn', 'linear', 'clustering')),
    settings TEXT NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE probe_scores (
    probe_id INTEGER NOT NULL REFERENCES probes (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (probe_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE exhibits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    checkpoint_id INTEGER REFERENCES checkpoints (id) ON DELETE SET NULL,
    step INTEGER NOT NULL,
    epoch REAL NOT NULL,
    kind TEXT NOT NULL,
    image_id INTEGER REFERENCES images (id) ON DELETE SET NULL,
    panel TEXT NOT NULL,
    position INTEGER NOT NULL,
    caption TEXT NOT NULL DEFAULT '',
    picture BLOB NOT NULL
) STRICT;

CREATE INDEX exhibits_by_run ON exhibits (run_id, kind, step, position);

CREATE INDEX exhibits_by_checkpoint ON exhibits (checkpoint_id);

CREATE TABLE unit_images (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    checkpoint_id INTEGER REFERENCES checkpoints (id) ON DELETE CASCADE,
    layer TEXT NOT NULL,
    unit INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    activation REAL NOT NULL,
    x0 REAL NOT NULL,
    y0 REAL NOT NULL,
    x1 REAL NOT NULL,
    y1 REAL NOT NULL
) STRICT;

CREATE INDEX unit_images_by_layer ON unit_images (run_id, checkpoint_id, layer, unit, rank);

CREATE INDEX unit_images_by_checkpoint ON unit_images (checkpoint_id);

CREATE TABLE edits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    clustering_id INTEGER NOT NULL REFERENCES clusterings (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 1 CHECK (done IN (0, 1))
) STRICT;

CREATE TABLE edit_changes (
    edit_id INTEGER NOT NULL REFERENCES edits (id) ON DELETE CASCADE,
    cluster_id INTEGER NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'colour', 'note', 'retired')),
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (edit_id, cluster_id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE edit_moves (
    edit_id INTEGER NOT NULL REFERENCES edits (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL,
    from_cluster INTEGER NOT NULL,
    to_cluster INTEGER NOT NULL,
    PRIMARY KEY (edit_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW images_with_clusters AS
SELECT images.id AS image_id, images.path, images.label, images.split, images.status,
    clusters.clustering_id, clusters.id AS cluster_id, clusters.number AS cluster_number,
    clusters.name AS cluster, cluster_members.distance, cluster_members.margin
FROM images
LEFT JOIN cluster_members ON cluster_members.image_id = images.id
LEFT JOIN clusters ON clusters.id = cluster_members.cluster_id;

CREATE VIEW clusters_by_label AS
SELECT clusters.clustering_id, clusters.id AS cluster_id, clusters.number AS cluster_number,
    clusters.name AS cluster, images.label, count(*) AS images,
    round(1.0 * count(*) / clusters.size, 4) AS share
FROM clusters
JOIN cluster_members ON cluster_members.cluster_id = clusters.id
JOIN images ON images.id = cluster_members.image_id
GROUP BY clusters.id, images.label;

CREATE VIEW runs_with_last_metrics AS
SELECT runs.id AS run_id, runs.name, runs.method, runs.backbone, runs.status, runs.epoch,
    runs.epochs, runs.seconds, last.name AS metric, last.step AS step, last.value AS value
FROM runs
LEFT JOIN (
    SELECT run_id, name, max(step) AS step, value FROM metrics GROUP BY run_id, name
) AS last ON last.run_id = runs.id
"""

# Edits of tags belong to no clustering, so that column of `edits` may be empty from here on.
_SECOND = """
CREATE TABLE tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    colour TEXT NOT NULL,
    key INTEGER CHECK (key BETWEEN 1 AND 9),
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1))
) STRICT;

CREATE TABLE image_tags (
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (tag_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX image_tags_by_image ON image_tags (image_id);

CREATE TABLE edits_of_all (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    clustering_id INTEGER REFERENCES clusterings (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 1 CHECK (done IN (0, 1))
) STRICT;

INSERT INTO edits_of_all SELECT id, clustering_id, at, kind, note, done FROM edits;

DROP TABLE edits;

ALTER TABLE edits_of_all RENAME TO edits;

CREATE TABLE edit_tag_changes (
    edit_id INTEGER NOT NULL REFERENCES edits (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL,
    field TEXT NOT NULL CHECK (field IN ('name', 'colour', 'key', 'retired')),
    before TEXT,
    after TEXT,
    PRIMARY KEY (edit_id, tag_id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE edit_tags (
    edit_id INTEGER NOT NULL REFERENCES edits (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL,
    image_id INTEGER NOT NULL,
    added INTEGER NOT NULL CHECK (added IN (0, 1)),
    PRIMARY KEY (edit_id, tag_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE perceptual_hashes (
    image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
    content_hash TEXT NOT NULL,
    hash INTEGER NOT NULL
) STRICT;

CREATE TABLE near_duplicate_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('hash', 'features')),
    feature_set_id INTEGER REFERENCES feature_sets (id) ON DELETE CASCADE,
    threshold REAL NOT NULL,
    images INTEGER NOT NULL,
    groups INTEGER NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE near_duplicates (
    search_id INTEGER NOT NULL REFERENCES near_duplicate_searches (id) ON DELETE CASCADE,
    group_number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    distance REAL NOT NULL,
    PRIMARY KEY (search_id, group_number, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX near_duplicates_by_image ON near_duplicates (image_id);

ALTER TABLE images ADD COLUMN dated_at TEXT GENERATED ALWAYS AS
    (coalesce(captured_at, strftime('%Y-%m-%dT%H:%M:%S', modified_ns / 1000000000, 'unixepoch')))
    VIRTUAL;

CREATE INDEX images_by_date ON images (status, dated_at);

CREATE INDEX images_by_bytes ON images (status, bytes);

CREATE INDEX images_by_pixels ON images (status, width * height);

CREATE INDEX images_by_kind ON images (format, split, status);

CREATE INDEX images_by_camera ON images (camera) WHERE camera IS NOT NULL;

CREATE VIEW images_with_tags AS
SELECT images.id AS image_id, images.path, tags.id AS tag_id, tags.name AS tag
FROM image_tags
JOIN images ON images.id = image_tags.image_id
JOIN tags ON tags.id = image_tags.tag_id
"""

# A checkpoint_id that is empty stands for the run's encoder as it was before training.
# Activations, maps and weights are float16, little-endian, in row order.
_THIRD = """
CREATE TABLE unit_surveys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    checkpoint_id INTEGER REFERENCES checkpoints (id) ON DELETE CASCADE,
    layer TEXT NOT NULL,
    images INTEGER NOT NULL,
    of_images INTEGER NOT NULL,
    image_ids BLOB NOT NULL,
    map_rows INTEGER NOT NULL,
    map_columns INTEGER NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX unit_surveys_by_run ON unit_surveys (run_id, checkpoint_id, layer);

CREATE INDEX unit_surveys_by_checkpoint ON unit_surveys (checkpoint_id);

CREATE TABLE units (
    survey_id INTEGER NOT NULL REFERENCES unit_surveys (id) ON DELETE CASCADE,
    unit INTEGER NOT NULL,
    mean REAL NOT NULL,
    largest REAL NOT NULL,
    silent REAL NOT NULL,
    sparseness REAL NOT NULL,
    activations BLOB NOT NULL,
    maps BLOB NOT NULL,
    PRIMARY KEY (survey_id, unit)
) STRICT;

CREATE TABLE unit_pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    checkpoint_id INTEGER REFERENCES checkpoints (id) ON DELETE CASCADE,
    layer TEXT NOT NULL,
    unit INTEGER NOT NULL,
    objective TEXT NOT NULL,
    seed INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    activation REAL NOT NULL,
    start REAL NOT NULL,
    noise REAL NOT NULL,
    picture BLOB NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX unit_pictures_by_unit ON unit_pictures (run_id, checkpoint_id, layer, unit);

CREATE INDEX unit_pictures_by_checkpoint ON unit_pictures (checkpoint_id);

CREATE TABLE attention_maps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    checkpoint_id INTEGER REFERENCES checkpoints (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    block INTEGER NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('class', 'patches', 'rollout')),
    heads INTEGER NOT NULL,
    map_rows INTEGER NOT NULL,
    map_columns INTEGER NOT NULL,
    weights BLOB NOT NULL
) STRICT;

CREATE INDEX attention_maps_by_run ON attention_maps (run_id, checkpoint_id, image_id);

CREATE INDEX attention_maps_by_checkpoint ON attention_maps (checkpoint_id);

CREATE INDEX attention_maps_by_image ON attention_maps (image_id)
"""
