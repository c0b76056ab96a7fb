"""The tables of the first schema: images, runs, and all that is derived from them.

Released: never to be edited.
"""

TABLES = """
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
