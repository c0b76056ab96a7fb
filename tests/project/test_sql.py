import sqlite3
from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import DamagedProject, LockedProject, StorageError
from ssl_studio.project import Project, sql
from tests.project.made import Filled


def change_and_fail(project: Project, key: str) -> None:
    with project.write():
        project.set_info(key, "x")
        raise KeyError(key)


def change_inside_and_fail(project: Project, key: str) -> None:
    with project.write():
        with project.write():
            project.set_info(key, "x")
        raise KeyError(key)


def test_all_or_nothing(project: Project) -> None:
    with pytest.raises(KeyError):
        change_and_fail(project, "name")
    assert "name" not in project.info()


def test_an_inner_write_joins_the_outer_one(project: Project) -> None:
    with pytest.raises(KeyError):
        change_inside_and_fail(project, "name")
    assert "name" not in project.info()


def test_a_failed_inner_write_leaves_the_outer_one_whole(project: Project) -> None:
    with project.write():
        project.set_info("first", "x")
        with pytest.raises(KeyError):
            change_and_fail(project, "second")
    assert project.info().keys() >= {"first"}
    assert "second" not in project.info()


def test_two_writers_in_one_thread_are_a_mistake(project: Project) -> None:
    with (
        Project.open(project.path) as other,
        project.write(),
        pytest.raises(RuntimeError, match="already writes"),
        other.write(),
    ):
        pass


def test_a_full_disk_is_said_and_loses_nothing_older(project: Project) -> None:
    kept = project.arrays.put(np.arange(10))
    pages = project._sql.number("PRAGMA page_count")
    project._sql.connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(StorageError, match="is full") as caught:
        project.arrays.put(np.zeros(1 << 20))
    assert "Free some space" in caught.value.remedy
    assert project.arrays.get(kept).tolist() == list(range(10))
    project._sql.connection.execute("PRAGMA max_page_count = 1000000")
    project.set_info("name", "x")
    assert project.check() == []


def test_another_programs_write_is_waited_for_and_then_said(project: Project) -> None:
    project._sql.connection.execute("PRAGMA busy_timeout = 20")
    foreign = sqlite3.connect(project.path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(LockedProject, match="Another program"):
        project.set_info("name", "x")
    foreign.execute("ROLLBACK")
    foreign.close()
    project.set_info("name", "x")


def test_text_that_is_none_is_damage(project: Project) -> None:
    with project.write():
        project._sql.run("INSERT INTO project_info VALUES ('x', CAST(x'ff' AS TEXT))")
    with pytest.raises(DamagedProject):
        project.info()


def test_our_own_mistakes_stay_what_they_are(project: Project) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        project._sql.rows("SELECT * FROM nonsense")


def test_reading_sees_one_state(filled: Filled) -> None:
    project = filled.project
    with Project.open(project.path) as other, project.reading():
        before = project.images.count()
        other.images.mark_missing(filled.images[:3])
        assert project.images.count() == before
    assert project.images.count() == before - 3


def test_numpy_numbers_are_numbers(filled: Filled) -> None:
    assert filled.project.runs.get(np.int64(filled.run)).name == "first"


def test_no_table_or_view_needs_more_than_sqlite(filled: Filled, path: Path) -> None:
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    for (name,) in names.fetchall():
        connection.execute(f"SELECT * FROM {name}").fetchall()
    connection.close()


def test_a_column_keeps_its_order_however_long(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "_PIECE_LETTERS", 5)
    count = "WITH RECURSIVE n (i) AS (SELECT -4 UNION ALL SELECT i + 1 FROM n WHERE i < 990)"
    down = f"{count} SELECT i FROM n ORDER BY i DESC"
    assert project._sql.column(down).tolist() == list(range(990, -5, -1))
    assert project._sql.column(f"{down} LIMIT 1").tolist() == [990]
    assert project._sql.column(f"{count} SELECT i FROM n WHERE i > ?", (1000,)).shape == (0,)
    assert project._sql.column(down).dtype == np.int64
