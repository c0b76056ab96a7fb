"""A project for each test, and one with a run, features and clusters in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ssl_studio.project import Project, sql
from tests.project.made import Filled, fill


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power, so none waits for the disk."""
    for durable in (True, False):
        monkeypatch.setitem(sql.SYNC, durable, "OFF")
    monkeypatch.setattr("os.fsync", lambda _handle: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo.sslstudio"


@pytest.fixture
def project(path: Path) -> Iterator[Project]:
    with Project.create(path) as project:
        yield project


@pytest.fixture
def filled(project: Project) -> Filled:
    return fill(project)
