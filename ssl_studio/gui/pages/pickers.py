"""The choice of a feature set, which clusters, neighbours, map and evaluation share."""

from dataclasses import dataclass

from PySide6.QtWidgets import QSizePolicy, QWidget

from ssl_studio.gui import text
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.epoch_maps import earlier_epochs
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord

MOST_WIDTH_PX = 380


@dataclass(frozen=True, slots=True)
class FeatureChoice:
    """A feature set in words."""

    id: int
    words: str
    count: int
    run_id: int | None
    is_reference: bool = False


def read_feature_choices(project: Project) -> list[FeatureChoice]:
    """All feature sets, the newest of a trained run first, and the epochs of films behind them."""
    earlier = earlier_epochs(project)
    names = {run.id: run.name for run in project.runs.all()}
    found = [
        FeatureChoice(
            record.id,
            feature_words(record, names),
            record.count,
            record.run_id,
            record.source != "run",
        )
        for record in project.features.all()
    ]
    return sorted(found, key=lambda c: (c.is_reference, c.id in earlier, -c.id))


def feature_words(record: FeatureSetRecord, run_names: dict[int, str]) -> str:
    """Which encoder and layer."""
    if record.source == "pixels":
        return tr("Raw pixels")
    if record.source == "random":
        return tr("Random {backbone} · {layer}").format(
            backbone=record.backbone, layer=text.layer(record.layer)
        )
    name = run_names.get(record.run_id or 0, tr("deleted run"))
    epoch = "" if record.epoch is None else tr(" · epoch {n}").format(n=f"{record.epoch:g}")
    return f"{name}{epoch} · {text.layer(record.layer)}"


def settle_feature_set(studio: Studio, choices: list[FeatureChoice]) -> None:
    """Keep the chosen feature set if it is still there, else choose the best one."""
    ids = [choice.id for choice in choices]
    if studio.feature_set_id not in ids:
        studio.set_feature_set(ids[0] if ids else None)


class FeatureSetPicker(parts.Choice):
    """Shows and sets the feature set of the studio."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(tr("Run and layer"), parent)
        self._studio = studio
        self.setToolTip(tr("Whose features are looked at"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(MOST_WIDTH_PX)
        self.activated.connect(lambda _index: studio.set_feature_set(self.currentData()))
        studio.feature_set_changed.connect(self._show_choice)

    def set_choices(self, choices: list[FeatureChoice]) -> None:
        """Offer these."""
        self.clear()
        for choice in choices:
            self.addItem(choice.words, choice.id)
            tip = text.counted(choice.count, tr("image"), tr("images"))
            self.setItemData(self.count() - 1, tip, 3)
        self._show_choice()

    def _show_choice(self) -> None:
        self.setCurrentIndex(self.findData(self._studio.feature_set_id))
