import os

import numpy as np
import pytest

from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel, Progress
from ssl_studio.project import Project, checking
from ssl_studio.project.opening import PAGE_BYTES
from tests.project.made import Filled, fill


def test_a_sound_project_has_no_findings(filled: Filled) -> None:
    events: list[object] = []
    assert filled.project.check(events.append) == []
    assert {e.note for e in events if isinstance(e, Progress)} >= {"checksums", "references"}


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE array_chunks SET crc32 = 1 WHERE array_id = 2", "checksum"),
        ("DELETE FROM array_chunks WHERE array_id = 2", "chunk 0 is missing"),
        ("UPDATE arrays SET complete = 0 WHERE id = 2", "never completed"),
        ("UPDATE feature_sets SET count = 5", "Feature set 1 says 5 x 4, its matrix is [12, 4]"),
        ("UPDATE clusters SET size = 9 WHERE number = 0", "says 9 images, but has 4"),
        ("UPDATE thumbnails SET jpeg = x'00' WHERE image_id = 3", "image 3 is not a JPEG"),
        ("UPDATE images SET path = 'a/../../x' WHERE id = 3", "leaves its folder"),
        ("UPDATE checkpoints SET bytes = 1", "says 1 bytes, but has 9"),
        ("UPDATE runs SET settings = 'x'", "settings of row 1 in runs are not JSON"),
        ("DELETE FROM runs", "refers to a row of runs that is not there"),
        ("DROP VIEW clusters_by_label", "clusters_by_label is missing"),
    ],
)
def test_contradictions_are_found(filled: Filled, damage: str, finding: str) -> None:
    connection = filled.project._sql.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(damage)
    findings = filled.project.check()
    assert any(finding in sentence for sentence in findings), findings


def test_overwritten_pages_are_found(path) -> None:
    with Project.create(path) as project:
        fill(project, 400)
    with path.open("r+b") as file:
        for page in range(60, path.stat().st_size // PAGE_BYTES, 3):
            file.seek(page * PAGE_BYTES)
            file.write(os.urandom(64))
    with Project.open(path, read_only=True) as project:
        assert project.check() != []


def test_findings_are_bounded(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled.project.write():
        filled.project._sql.run("UPDATE thumbnails SET jpeg = x'00'")
    monkeypatch.setattr(checking, "MAX_FINDINGS", 5)
    assert len(filled.project.check()) == 5


def test_checking_can_be_cancelled(filled: Filled) -> None:
    cancel = Cancel()

    def stop(event: object) -> None:
        if isinstance(event, Progress) and event.note == "checksums":
            cancel.request()

    filled.project.arrays.put(np.zeros(1 << 22))
    with pytest.raises(Cancelled):
        filled.project.check(stop, cancel)
    assert filled.project.check() == []


def test_a_long_query_is_interrupted(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_OPS", 1)
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        filled.project.check(cancel=cancel)
