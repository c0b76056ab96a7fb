"""Files of every released format open, and an upgrade keeps a copy of what was there."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from ssl_studio.errors import DamagedProject, ProjectError
from ssl_studio.project import Project, backups, migrations, opening
from tests.project.made import fill

OLD = Path(__file__).parent / "old"
STEPS = (
    migrations.m001_first_schema,
    migrations.m002_tags_and_near_duplicates,
    migrations.m003_units,
)
NEXT = len(STEPS) + 1


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[Migrations]:
    """As if one more step had been written: images get a rating."""
    steps = Migrations("ssl_studio")
    for number, step in enumerate(STEPS, start=1):
        migrations.numbered(steps, number)(step)

    @migrations.numbered(steps, NEXT)
    def ratings(db: Database) -> None:
        db.conn.execute("ALTER TABLE images ADD COLUMN rating INTEGER")

    monkeypatch.setattr(opening, "SCHEMA_VERSION", NEXT)
    monkeypatch.setattr(migrations, "STEPS", steps)
    opening._expected_schema.cache_clear()
    yield steps
    opening._expected_schema.cache_clear()


@pytest.fixture
def old_path(path: Path) -> Path:
    with Project.create(path) as project:
        fill(project)
    return path


def test_as_many_steps_as_the_version_says() -> None:
    assert len(migrations.STEPS._migrations) == opening.SCHEMA_VERSION


@pytest.mark.parametrize("dump", sorted(OLD.glob("*.sql")), ids=lambda p: p.stem)
def test_every_released_format_opens(dump: Path, path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text())
    connection.close()
    with Project.open(path) as project:
        assert project.check() == []
        assert project.images.count() == 2
        assert project.runs.get(1).name == "first"
        assert project.features.values(1).shape == (2, 3)
        assert [c.name for c in project.clusterings.clusters(1)] == ["Moths", "Cluster 2"]
        assert project.edits.undo_note is not None


def test_the_format_with_tags_opens_too(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript((OLD / "v1.sql").read_text())
    up_to_tags = Migrations("ssl_studio")
    for number, step in enumerate(STEPS[:2], start=1):
        migrations.numbered(up_to_tags, number)(step)
    assert migrations.apply(connection, up_to_tags) == []
    connection.execute("INSERT INTO tags VALUES (1, 'sharp', '#000000', 1, 0)")
    connection.execute("INSERT INTO image_tags SELECT 1, id FROM images")
    connection.close()
    with Project.open(path) as project:
        assert project.check() == []
        assert [(tag.name, tag.images) for tag in project.tags.all()] == [("sharp", 2)]
        assert project.units.surveys(1) == []


def test_an_upgrade_keeps_rows_and_a_copy(old_path: Path, next_version: Migrations) -> None:
    with Project.open(old_path) as project:
        assert project.images.count() == 12
        assert project._sql.number("PRAGMA user_version") == NEXT
        assert project._sql.rows("SELECT DISTINCT rating FROM images") == [(None,)]
        assert project.check() == []
    (copy,) = backups.existing(old_path)
    assert copy.stem.endswith(f"-before-{NEXT}")
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA user_version").fetchone() == (NEXT - 1,)
    assert connection.execute("SELECT count(*) FROM images").fetchone() == (12,)
    connection.close()


def test_an_empty_project_is_upgraded_without_a_copy(
    path: Path, request: pytest.FixtureRequest
) -> None:
    Project.create(path).close()
    request.getfixturevalue("next_version")
    Project.open(path).close()
    assert not backups.folder(path).exists()


def test_a_new_project_takes_all_steps(path: Path, next_version: Migrations) -> None:
    with Project.create(path) as project:
        project._sql.rows("SELECT rating FROM images")


def test_an_older_format_is_not_read_without_upgrading(
    old_path: Path, next_version: Migrations
) -> None:
    with pytest.raises(ProjectError, match="older format"):
        Project.open(old_path, read_only=True)


def test_a_step_that_fails_changes_nothing(old_path: Path, next_version: Migrations) -> None:
    @migrations.numbered(next_version, NEXT + 1)
    def broken(db: Database) -> None:
        db.conn.execute("DELETE FROM images")
        raise KeyError("a mistake of ours")

    with pytest.raises(KeyError):
        Project.open(old_path)
    connection = sqlite3.connect(old_path)
    assert connection.execute("PRAGMA user_version").fetchone() == (NEXT,)
    assert connection.execute("SELECT count(*) FROM images").fetchone() == (12,)
    connection.close()


def test_a_step_that_breaks_references_is_noticed(
    old_path: Path, next_version: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    @migrations.numbered(next_version, NEXT + 1)
    def careless(db: Database) -> None:
        db.conn.execute("DELETE FROM roots")

    monkeypatch.setattr(opening, "SCHEMA_VERSION", NEXT + 1)
    with pytest.raises(DamagedProject, match="missing row of roots"):
        Project.open(old_path)
