"""The Train page with jobs that take no time: what they propose, cost and draw is known."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ssl_studio.events import Cancel, Report
from ssl_studio.gui.pages import run_doings, train, trials
from ssl_studio.gui.pages.train import TrainPage
from ssl_studio.gui.studio import Studio
from ssl_studio.jobs.estimate import EstimateResult, Tried
from ssl_studio.jobs.new_run import NewRunResult
from ssl_studio.jobs.preview import PreviewResult, ViewRow
from ssl_studio.jobs.propose import Proposed, ProposeResult
from ssl_studio.project.file import Project
from tests.gui.conftest import show_page
from tests.gui.fakes import ScriptedJob

script: list[ScriptedJob] = []
costs = [Tried(21.0, 500_000_000)]
tried: list[object] = []
drawn: list[Any] = []
may_try = threading.Event()


@dataclass(frozen=True)
class TrainJob:
    """Plays the job at the end of `script` in place of a training."""

    run_id: int
    name: str = ""

    @property
    def title(self) -> str:
        return f"Training {self.name}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> object:
        return script[-1].run(project_path, report, cancel)


@dataclass(frozen=True)
class ProposeJob:
    """Proposes 7 epochs."""

    method: str
    training: object = None
    settings: object = None
    probe: bool = False
    title: str = "Proposing"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> ProposeResult:
        epochs = Proposed("epochs", 7, "few images")
        clusters = Proposed("clusters", 3, "three labels")
        return ProposeResult(self.method, 36, (epochs,), (), clusters, None, None)


@dataclass(frozen=True)
class EstimateJob:
    """Says 21 images a second, or what stands at the end of `costs`."""

    method: str
    training: object = None
    settings: object = None
    title: str = "Trying"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> EstimateResult:
        tried.append(self.training)
        while not may_try.wait(0.005):
            cancel.check()
        return EstimateResult(360, costs[-1], 1_000_000, 8_000_000_000, "cpu")


@dataclass(frozen=True)
class PreviewJob:
    """Two pictures and a view of each, all in one grey: the seed."""

    method: str
    training: object = None
    settings: object = None
    image_ids: tuple[int, ...] = ()
    images: int = 5
    seed: int = 0
    sample: int = 0
    title: str = "Drawing"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> PreviewResult:
        drawn.append(self)
        grey = np.full((2, 8, 8, 3), self.seed, np.uint8)
        rows = (ViewRow("picture", grey), ViewRow("view 1", grey))
        return PreviewResult(self.method, (1, 2), rows, ("As they are.",))


@dataclass(frozen=True)
class NewRunJob:
    """Stores a run without looking at its settings."""

    method: str
    training: object
    settings: object
    name: str
    start_from: int | None = None
    title: str = "Preparing"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> NewRunResult:
        with Project.open(project_path) as project:
            run_id = project.runs.create(self.name, self.method, "light", epochs=2)
        return NewRunResult(run_id, 36, self.name)


def open_train_page(studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    """The page with jobs that are over at once; `may_try` holds the try back."""
    for room in (train, run_doings):
        monkeypatch.setattr(room, "TrainJob", TrainJob)
    monkeypatch.setattr(trials, "ProposeJob", ProposeJob)
    monkeypatch.setattr(trials, "EstimateJob", EstimateJob)
    monkeypatch.setattr(trials, "PreviewJob", PreviewJob)
    may_try.set()
    monkeypatch.setattr(trials, "PREVIEW_CALM_MS", 0)
    monkeypatch.setattr(trials, "ESTIMATE_CALM_MS", 0)
    monkeypatch.setattr(train, "NewRunJob", NewRunJob)
    monkeypatch.setattr(train, "DiscoverJob", lambda *_a, **_k: ScriptedJob(title="Discover"))
    monkeypatch.setattr(train, "ExhibitJob", lambda *_a, **_k: ScriptedJob(title="Exhibit"))
    monkeypatch.setattr(train, "DiscoverResult", type("DiscoverResult", (), {}))
    made = TrainPage(studio)
    show_page(made, studio, qtbot)
    return made


def play(job: ScriptedJob) -> ScriptedJob:
    script.append(job)
    return job
