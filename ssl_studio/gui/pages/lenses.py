"""What images can be looked at through: features that are there, and such as could be computed."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QMenu

from ssl_studio.gui.pages.pickers import FeatureChoice, feature_words, read_feature_choices
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.menus import add_heading
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, FeatureSource, RunRecord


@dataclass(frozen=True, slots=True)
class Lens:
    """An encoder at a moment of its training, or a reference to compare it with.

    Attributes:
        feature_set_id: None where the features have not been computed yet.
        run_id: Whose encoder or image size is meant.
        checkpoint_id: The moment; None for references.
        words: What it is called.
    """

    source: FeatureSource
    run_id: int | None
    checkpoint_id: int | None
    words: str
    feature_set_id: int | None = None

    def is_same(self, other: "Lens") -> bool:
        """Whether both look through the same thing, computed or not."""
        if None not in (self.feature_set_id, other.feature_set_id):
            return self.feature_set_id == other.feature_set_id
        if self.source != other.source:
            return False
        if self.source == "pixels":
            return True
        return (self.run_id, self.checkpoint_id) == (other.run_id, other.checkpoint_id)

    def job(self) -> EmbedJob | None:
        """What computes the features; None where that cannot be done."""
        if self.run_id is None:
            return None
        return EmbedJob(self.run_id, self.checkpoint_id, None, self.source)


def read_lenses(project: Project) -> list[Lens]:
    """All there are, then all there could be, in the order of runs; runs in the background."""
    runs = [run for run in reversed(project.runs.all()) if run.step > 0]
    names = {run.id: run.name for run in project.runs.all()}
    there = sorted(
        project.features.all(),
        key=lambda r: (r.source != "run", -(r.run_id or 0), -(r.epoch or 0.0), -r.id),
    )
    could_be = [lens for run in runs for lens in _of_run(project, run)]
    found = [_there(record, names) for record in there]
    for lens in could_be:
        if not any(lens.is_same(other) for other in found):
            found.append(lens)
    return found


def _there(record: FeatureSetRecord, names: dict[int, str]) -> Lens:
    words = feature_words(record, names)
    return Lens(record.source, record.run_id, record.checkpoint_id, words, record.id)


def _of_run(project: Project, run: RunRecord) -> list[Lens]:
    epochs = [
        Lens(
            "run",
            run.id,
            checkpoint.id,
            tr("{run} · epoch {n}").format(run=run.name, n=f"{checkpoint.epoch:g}"),
        )
        for checkpoint in reversed(project.runs.checkpoints(run.id))
    ]
    # Two checkpoints of one epoch look the same: the later one is meant.
    epochs = list({lens.words: lens for lens in reversed(epochs)}.values())[::-1]
    untrained = tr("Random {backbone}, as {run} began").format(backbone=run.backbone, run=run.name)
    return [
        *[lens for lens in epochs if lens.checkpoint_id is not None],
        Lens("random", run.id, None, untrained),
        Lens("pixels", run.id, None, tr("Raw pixels")),
    ]


@dataclass(frozen=True, slots=True)
class Lookouts:
    """What can be looked through, for the picker and for the menu of columns."""

    choices: list[FeatureChoice]
    lenses: list[Lens]


def read_lookouts(project: Project) -> Lookouts:
    """Feature sets and what could become one; runs in the background."""
    return Lookouts(read_feature_choices(project), read_lenses(project))


def not_shown(lenses: list[Lens], shown: list[Lens]) -> tuple[list[Lens], list[Lens]]:
    """What else there is to look through: what is there, then what would have to be computed."""
    others = [lens for lens in lenses if not any(lens.is_same(other) for other in shown)]
    there = [lens for lens in others if lens.feature_set_id is not None]
    return there, [lens for lens in others if lens.feature_set_id is None]


def fill_menu(
    menu: QMenu, lenses: list[Lens], shown: list[Lens], choose: Callable[[Lens], object]
) -> None:
    """Offer what is not shown yet: what is there, then what would have to be computed."""
    menu.clear()
    there, missing = not_shown(lenses, shown)
    for title, group in ((tr("There already"), there), (tr("To be computed"), missing)):
        if group:
            add_heading(menu, title)
        for lens in group:
            action = menu.addAction(lens.words)
            action.triggered.connect(lambda _on=False, lens=lens: choose(lens))
    if not there and not missing:
        menu.addAction(tr("There is nothing else to look through")).setEnabled(False)
