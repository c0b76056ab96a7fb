"""The filters of the first layer, beside those before training."""

from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.filter_reads import NO_SHEETS, FilterSheet, FilterSheets, rescaled
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.unit_tiles import Part, Tile, TileGrid

FILTER_PX, ZOOM_PX = 72, (40, 240)


class FilterSheetView(QWidget):
    """Two grids side by side that scroll together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheets = NO_SHEETS
        self.about = parts.label("", "muted", wrap=True)
        self.one_scale = QCheckBox(tr("One scale for all"))
        self.one_scale.setToolTip(
            tr("Otherwise each filter is stretched by its own largest weight, so that faint "
               "filters can be seen too.")
        )  # fmt: skip
        self.beside = QCheckBox(tr("Beside: before training"))
        self.beside.setChecked(True)
        self.zoom = parts.slider(tr("Size of filters"))
        self.trained = TileGrid(tr("Filters"), FILTER_PX, lines=2, zoom_px=ZOOM_PX)
        self.untrained = TileGrid(
            tr("Filters before training"), FILTER_PX, lines=2, zoom_px=ZOOM_PX
        )
        self.right = parts.plain(
            parts.column(_head(tr("Before training, as drawn by chance")), self.untrained, gap_px=0)
        )
        self._build()
        self._connect()

    def _build(self) -> None:
        self.zoom.setRange(*ZOOM_PX)
        self.zoom.setValue(FILTER_PX)
        self.zoom.setFixedWidth(120)
        bar = parts.frame(
            "bar",
            parts.row(
                self.one_scale, self.beside, None, parts.label(tr("Size"), "muted"), self.zoom
            ),
            theme.GAP,
        )
        self.head = _head("")
        left = parts.plain(parts.column(self.head, self.trained, gap_px=0))
        grids = parts.row(gap_px=0)
        grids.addWidget(left, 1)
        grids.addWidget(self.right, 1)
        self.about.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.about)
        layout.addLayout(grids, 1)

    def _connect(self) -> None:
        self.one_scale.toggled.connect(lambda _on: self._show())
        self.beside.toggled.connect(lambda _on: self._show())
        self.zoom.valueChanged.connect(self._on_zoomed)
        for one, other in ((self.trained, self.untrained), (self.untrained, self.trained)):
            one.verticalScrollBar().valueChanged.connect(other.verticalScrollBar().setValue)
            one.tile_width_changed.connect(self.zoom.setValue)
            one.key_chosen.connect(other.choose)

    def show_sheets(self, sheets: FilterSheets, when: str) -> None:
        """Show the filters of a moment, named in words."""
        self._sheets = sheets
        self.head.setText(when[:1].upper() + when[1:])
        self._show()

    def _show(self) -> None:
        trained, untrained = self._sheets.trained, self._sheets.untrained
        together = self.one_scale.isChecked()
        self.trained.set_tiles(filter_tiles(trained, together))
        self.untrained.set_tiles(filter_tiles(untrained, together))
        self.right.setVisible(self.beside.isChecked() and bool(untrained.pictures))
        self.about.setText(sheet_words(trained, together))

    def _on_zoomed(self, size_px: int) -> None:
        self.trained.set_tile_width(size_px)
        self.untrained.set_tile_width(size_px)


def _head(words: str) -> QLabel:
    made = parts.label(words, "section")
    made.setContentsMargins(theme.WIDE, theme.GAP, theme.GAP, theme.HALF)
    return made


def filter_tiles(sheet: FilterSheet, together: bool) -> list[Tile]:
    """Tiles with the largest weight below; `together` draws all on the scale of the strongest."""
    largest = max((strength or 0.0 for strength in sheet.strengths), default=0.0)
    tiles = []
    for number, (picture, strength) in enumerate(zip(sheet.pictures, sheet.strengths, strict=True)):
        shown = picture
        if together and strength is not None and largest > 0:
            shown = rescaled(picture, strength / largest)
        weight = tr("unknown") if strength is None else f"{strength:#.3g}"
        tip = tr("Filter {n}, largest weight {weight}").format(n=number, weight=weight)
        below = "" if strength is None else f"± {weight}"
        tiles.append(Tile(number, (Part(shown),), str(number), below, tip))
    return tiles


def sheet_words(sheet: FilterSheet, together: bool) -> str:
    """How many filters, and on which scale they are drawn."""
    if not sheet.pictures:
        return tr("Nothing is stored of this moment.")
    strengths = [strength for strength in sheet.strengths if strength is not None]
    size = tr("{n} filters of {w} × {h} pixels. Grey is a weight of zero.").format(
        n=len(sheet.pictures), w=sheet.pictures[0].width(), h=sheet.pictures[0].height()
    )
    if not strengths:
        return f"{size} {sheet.note}".strip()
    if together:
        scale = tr("All are drawn from −{top} to {top}.").format(top=text.figure(max(strengths)))
    else:
        scale = tr(
            "Each is stretched by its own largest weight, written below: {low} to {high}."
        ).format(low=text.figure(min(strengths)), high=text.figure(max(strengths)))
    return f"{size} {scale} {sheet.note}".strip()
