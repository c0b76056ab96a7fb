"""“Check project”: everything that does not add up, in plain words."""

import sqlite3
from collections.abc import Callable, Iterator

from ssl_studio.errors import Cancelled, ProjectError
from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.project.arrays import ArrayStore
from ssl_studio.project.opening import check_schema
from ssl_studio.project.sql import Sql

MAX_FINDINGS = 100
_OPS = 20_000  # SQLite's own steps between two looks at `cancel`: some milliseconds

_CONTRADICTIONS = {
    "Array {0} was never completed, but is in use.": """
        SELECT id FROM arrays WHERE complete = 0 AND id IN (
            SELECT images_array FROM runs UNION SELECT array_id FROM checkpoints
            UNION SELECT images_array FROM feature_sets UNION SELECT values_array FROM feature_sets
            UNION SELECT ids_array FROM neighbour_sets
            UNION SELECT distances_array FROM neighbour_sets
            UNION SELECT coordinates_array FROM projections)""",
    "Feature set {0} says {1} x {2}, its matrix is {3}.": """
        SELECT feature_sets.id, count, dimension, shape FROM feature_sets
        JOIN arrays ON arrays.id = values_array
        WHERE json_extract(shape, '$[0]') IS NOT count
            OR json_extract(shape, '$[1]') IS NOT dimension""",
    "Neighbours {0} do not fit feature set {1}: {2} rows.": """
        SELECT neighbour_sets.id, feature_set_id, json_extract(shape, '$[0]') FROM neighbour_sets
        JOIN arrays ON arrays.id = ids_array JOIN feature_sets ON feature_sets.id = feature_set_id
        WHERE json_extract(shape, '$[0]') IS NOT count OR json_extract(shape, '$[1]') IS NOT k""",
    "Cluster {0} says {1} images, but has {2}.": """
        SELECT id, size, (SELECT count(*) FROM cluster_members WHERE cluster_id = clusters.id)
            AS found FROM clusters WHERE size <> found""",
    "The thumbnail of image {0} is not a JPEG.": """
        SELECT image_id FROM thumbnails WHERE substr(jpeg, 1, 2) <> x'ffd8'""",
    "Image {0} has a path that leaves its folder: {1}.": """
        SELECT id, path FROM images
        WHERE path LIKE '/%' OR '/' || path || '/' LIKE '%/../%' OR path = ''""",
    "Checkpoint {0} says {1} bytes, but has {2}.": """
        SELECT checkpoints.id, checkpoints.bytes, arrays.bytes FROM checkpoints
        JOIN arrays ON arrays.id = array_id WHERE checkpoints.bytes <> arrays.bytes""",
}

_JSON_COLUMNS = [
    ("runs", "settings"), ("runs", "training"), ("runs", "environment"),
    ("feature_sets", "settings"), ("feature_sets", "environment"), ("clusterings", "settings"),
    ("clusterings", "scores"), ("projections", "settings"), ("probes", "settings"),
]  # fmt: skip


def check(sql: Sql, arrays: ArrayStore, report: Report, cancel: Cancel) -> list[str]:
    """All findings as sentences, the first hundred; an empty list is a clean project.

    Raises Cancelled. Reads the whole file, so it takes as long as the disk needs.
    """
    findings: list[str] = []
    parts: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("pages and indices", lambda: _quick_check(sql)),
        ("tables", lambda: _schema(sql)),
        ("references", lambda: _references(sql)),
        ("contradictions", lambda: _contradictions(sql)),
        ("arrays", lambda: _checksums(sql, arrays, report, cancel)),
    ]
    sql.connection.set_progress_handler(lambda: cancel.requested, _OPS)
    try:
        for number, (note, part) in enumerate(parts):
            report(Progress(number, len(parts), note))
            findings += _guarded(part, cancel)
    finally:
        sql.connection.set_progress_handler(None, 0)
    report(Progress(len(parts), len(parts), "done"))
    return findings[:MAX_FINDINGS]


def _guarded(part: Callable[[], Iterator[str]], cancel: Cancel) -> list[str]:
    found: list[str] = []
    try:
        for sentence in part():
            cancel.check()
            found.append(sentence)
            if len(found) >= MAX_FINDINGS:
                break
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise Cancelled from error
        raise
    except ProjectError as error:
        found.append(str(error))  # a page that cannot be read ends this part, not the check
    cancel.check()
    return found


def _quick_check(sql: Sql) -> Iterator[str]:
    for (text,) in sql.stream(f"PRAGMA quick_check({MAX_FINDINGS})"):
        if text != "ok":
            yield f"The file's structure is damaged: {text}."


def _schema(sql: Sql) -> Iterator[str]:
    check_schema(sql)
    yield from ()


def _references(sql: Sql) -> Iterator[str]:
    for table, row, target, _ in sql.stream("PRAGMA foreign_key_check"):
        yield f"Row {row} of {table} refers to a row of {target} that is not there."


def _contradictions(sql: Sql) -> Iterator[str]:
    for table, column in _JSON_COLUMNS:
        for (row,) in sql.stream(f"SELECT id FROM {table} WHERE NOT json_valid({column})"):
            yield f"The {column} of row {row} in {table} are not JSON."
    for sentence, query in _CONTRADICTIONS.items():
        for values in sql.stream(query):
            yield sentence.format(*values)


def _checksums(sql: Sql, arrays: ArrayStore, report: Report, cancel: Cancel) -> Iterator[str]:
    total = sql.number("SELECT coalesce(sum(bytes), 0) FROM arrays WHERE complete = 1")
    done = 0
    for array_id in sql.column("SELECT id FROM arrays WHERE complete = 1 ORDER BY id").tolist():
        try:
            for size in arrays.verify(array_id):
                cancel.check()
                done += size
                report(Progress(done, total, "checksums"))
        except ProjectError as error:
            yield error.why or str(error)
