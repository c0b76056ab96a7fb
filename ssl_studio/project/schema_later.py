"""The tables that came later: tags and near duplicates, then units and attention.

Released: never to be edited.
"""

# Edits of tags belong to no clustering, so that column of `edits` may be empty from here on.

TAGS_AND_DUPLICATES = """
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

UNITS = """
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
