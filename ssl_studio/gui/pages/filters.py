"""What single units look for: first-layer filters, and the images that excite a unit most."""

from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.thumbnails import fetch_images
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.reconstructions import FILTERS
from ssl_studio.gui.pages.run_picker import RunPicker, read_trained_runs
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.panel_table import PanelRow, PanelTable
from ssl_studio.jobs.exhibit import ExhibitJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord, UnitImage

FILTER_PX = 40
CROP_PX = 72
UNIT_LIMIT = 256
"""Units shown of a layer: enough to see what it looks for, few enough to decode in a moment."""
FIRST_LAYER = ""


@dataclass(frozen=True, slots=True)
class Places:
    """What there is to see of a run: the layers whose units are known."""

    has_filters: bool
    layers: tuple[tuple[int | None, str], ...]


def read_places(project: Project, run_id: int) -> Places:
    """Layers by checkpoint, the newest first; runs in the background."""
    checkpoints: list[int | None] = [c.id for c in reversed(project.runs.checkpoints(run_id))]
    layers = {
        layer: checkpoint_id
        for checkpoint_id in [None, *reversed(checkpoints)]
        for layer in project.exhibits.unit_layers(run_id, checkpoint_id)
    }
    return Places(
        FILTERS in project.exhibits.kinds(run_id),
        tuple((checkpoint_id, layer) for layer, checkpoint_id in layers.items()),
    )


def read_filters(project: Project, run_id: int) -> list[PanelRow]:
    """The newest first-layer filters; runs in the background."""
    steps = project.exhibits.steps(run_id, FILTERS)
    records = project.exhibits.all(run_id, FILTERS, steps[-1][0]) if steps else []
    return [PanelRow((QImage.fromData(record.picture),)) for record in records]


def read_units(
    project: Project, run_id: int, checkpoint_id: int | None, layer: str
) -> tuple[int, list[PanelRow]]:
    """Width and rows of the units' best crops; runs in the background."""
    units = project.exhibits.units(run_id, checkpoint_id, layer)
    by_unit: dict[int, list[UnitImage]] = {}
    for unit in units:
        by_unit.setdefault(unit.unit, []).append(unit)
    shown = dict(list(by_unit.items())[:UNIT_LIMIT])
    wanted = {image.image_id for images in shown.values() for image in images}
    pictures = fetch_images(project, sorted(wanted))
    rows = []
    for number, images in shown.items():
        crops = tuple(crop(pictures.get(image.image_id), image) for image in images)
        caption = tr("unit {n} · activation {low} to {high}").format(
            n=number,
            low=text.figure(images[-1].activation),
            high=text.figure(images[0].activation),
        )
        rows.append(PanelRow(crops, caption, images[0].image_id))
    return max((len(row.pictures) for row in rows), default=0), rows


def crop(picture: QImage | None, unit: UnitImage) -> QImage | None:
    """The part of a picture that excites a unit, at least two pixels a side."""
    if picture is None or picture.isNull():
        return None
    width, height = picture.width(), picture.height()
    left, top = round(unit.x0 * width), round(unit.y0 * height)
    right, bottom = round(unit.x1 * width), round(unit.y1 * height)
    return picture.copy(QRect(left, top, max(2, right - left), max(2, bottom - top)))


class FiltersPage(Page):
    """Filters of the first layer, or crops for the units of another."""

    key, icon = "filters", "filters"
    listens = frozenset({"exhibits", "unit_images", "runs"})
    job_types = ("ExhibitJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = RunPicker(studio)
        self.layer_box = parts.Choice(tr("Layer"))
        self.about = parts.label("", "muted")
        self.make_button = parts.button(tr("Look again"), "refresh", on_click=self._make)
        self.table = PanelTable(tr("Filters and units"), FILTER_PX)
        self._build()
        self.layer_box.activated.connect(lambda _index: self._ask_layer())
        self.table.row_opened.connect(studio.set_query)
        studio.run_changed.connect(self.mark_stale)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Filters")

    def _build(self) -> None:
        bar = parts.frame(
            "bar",
            parts.row(self.picker, self.layer_box, theme.GAP, self.about, None, self.make_button),
            theme.GAP,
        )
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(parts.scrolled(self.table))

    def refresh(self) -> None:
        """Ask for the runs; the filters follow."""
        self.ask("runs", read_trained_runs, self._show_runs)

    def clear(self) -> None:
        """Nothing is open."""
        self.table.set_rows((), ())

    def _show_runs(self, runs: list[RunRecord]) -> None:
        if not runs:
            self.show_empty(
                tr("No network to look into"),
                tr("Train a run first. Then you see here what its units look for."),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        self.picker.set_runs(runs)
        run_id = self.studio.run_id
        assert run_id is not None
        self.ask("places", lambda p: read_places(p, run_id), self._show_places)

    def _show_places(self, places: Places) -> None:
        before = self.layer_box.currentText()
        self.layer_box.clear()
        if places.has_filters:
            self.layer_box.addItem(tr("First-layer filters"), (None, FIRST_LAYER))
        for checkpoint_id, layer in places.layers:
            self.layer_box.addItem(
                tr("Units of {layer}").format(layer=layer), (checkpoint_id, layer)
            )
        self.layer_box.setCurrentIndex(max(0, self.layer_box.findText(before)))
        if self.layer_box.count():
            self._ask_layer()
        else:
            self.show_empty(
                tr("Nobody has looked into this network yet"),
                tr("Filters come at once; for the units every image is looked at once."),
                (tr("Look now"), self._make),
            )

    def _ask_layer(self) -> None:
        chosen, run_id = self.layer_box.currentData(), self.studio.run_id
        if chosen is None or run_id is None:
            return
        checkpoint_id, layer = chosen
        if layer == FIRST_LAYER:
            self.ask("layer", lambda p: read_filters(p, run_id), self._show_filters)
        else:
            self.ask(
                "layer", lambda p: read_units(p, run_id, checkpoint_id, layer), self._show_units
            )

    def _show_filters(self, rows: list[PanelRow]) -> None:
        self.about.setText(tr("{n} filters; grey is a weight of zero").format(n=len(rows)))
        self.table.set_tile(FILTER_PX)
        self.table.set_rows(("",), rows)
        self.show_content()

    def _show_units(self, found: tuple[int, list[PanelRow]]) -> None:
        width, rows = found
        self.about.setText(tr("The parts of images that excite each unit most"))
        self.table.set_tile(CROP_PX)
        self.table.set_rows([""] * width, rows)
        self.show_content()

    def _make(self) -> None:
        if self.studio.run_id is not None:
            self.studio.run(ExhibitJob(self.studio.run_id, ("filters", "units")))
