"""The pane that says what is known about one unit."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.decoding import decoded
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.pages.filter_reads import UnitDetails, figures_words
from ssl_studio.gui.pages.unit_list import crop_part
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.heat import heat_image, scaled
from ssl_studio.gui.widgets.histogram import Histogram
from ssl_studio.gui.widgets.share_bars import ShareBars
from ssl_studio.gui.widgets.unit_tiles import LINE_PX, Part, Tile, TileGrid
from ssl_studio.project.units import UnitPictureRecord

WIDTH_PX = 408
TILE_PX = 100
PAINTED_PX = 164
CROPS, WHOLE_IMAGES = 0, 1


class UnitPanel(QFrame):
    """Best images, the picture that maximises the unit, its answers, and what it goes with.

    Signals: `image_chosen(id)` and `image_opened(id)` for one of the best images;
    `paint_wanted(trained)` for the picture that maximises the unit.
    """

    image_chosen = Signal(int)
    image_opened = Signal(int)
    paint_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "side")
        self.setFixedWidth(WIDTH_PX)
        self.details: UnitDetails | None = None
        self._margin = 1.0
        self.heading = parts.label("", "heading")
        self.figures = parts.label("", "small", wrap=True)
        self.ways = QButtonGroup(self)
        self.opacity = parts.slider(tr("How much the heat covers"))
        self.best = TileGrid(tr("Images that excite the unit most"), TILE_PX, lines=2)
        self.painted = TileGrid(tr("Pictures that maximise the unit"), PAINTED_PX, lines=2)
        self.paint_button = parts.button(
            tr("Paint it"), "play", on_click=lambda: self.paint_wanted.emit(True)
        )
        self.paint_start_button = parts.button(
            tr("Before training too"), on_click=lambda: self.paint_wanted.emit(False)
        )
        self.painted_note = parts.label("", "small", wrap=True)
        self.histogram = Histogram(tr("Answers to all images"))
        self.shares = ShareBars()
        self.shares_head = parts.label("", "section")
        self.liking = parts.label("", "small", wrap=True)
        self._build()
        self._connect()
        self.show_nothing()

    def _build(self) -> None:
        self.opacity.setRange(0, 100)
        self.opacity.setValue(45)
        self.best.setFixedHeight(3 * (TILE_PX + 12 + 2 * LINE_PX + 4 + theme.GAP) + theme.GAP)
        for grid in (self.best, self.painted):
            grid.stand_still()
        self.painted.setFixedHeight(PAINTED_PX + 12 + 2 * LINE_PX + 4 + 2 * theme.GAP)
        for number, words in ((CROPS, tr("What it sees")), (WHOLE_IMAGES, tr("Whole images"))):
            self.ways.addButton(_tab(words), number)
        self.ways.button(CROPS).setChecked(True)
        buttons = [self.ways.button(CROPS), self.ways.button(WHOLE_IMAGES)]
        body = parts.plain(
            parts.column(
                self.figures,
                parts.row(*buttons, theme.GAP, self.opacity, gap_px=0),
                self.best,
                parts.label(tr("A picture that maximises it"), "section"),
                self.painted,
                self.painted_note,
                parts.row(self.paint_button, self.paint_start_button, None),
                theme.HALF,
                parts.label(tr("Its answers to all images, and to the picture"), "section"),
                self.histogram,
                self.shares_head,
                self.shares,
                self.liking,
                None,
            ),
            (theme.WIDE, 0, theme.WIDE, theme.WIDE),
        )
        self.body = parts.scrolled(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.HALF)
        self.heading.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, 0)
        layout.addWidget(self.heading)
        layout.addWidget(self.body, 1)

    def _connect(self) -> None:
        self.ways.idClicked.connect(lambda _way: self._show_best())
        self.opacity.valueChanged.connect(lambda value: self.best.set_opacity(value / 100))
        self.best.key_chosen.connect(self.image_chosen)
        self.best.key_opened.connect(self.image_opened)

    def show_nothing(self) -> None:
        """No unit is chosen."""
        self.details = None
        self.heading.setText(tr("No unit is chosen"))
        self.body.hide()

    def show_details(
        self,
        details: UnitDetails,
        layer: str,
        thumbnails: ThumbnailStore,
        *,
        margin: float,
        grouping: str,
        liking: str,
    ) -> None:
        """Show a unit; `margin` as in `Part`, `liking` says what it goes with."""
        self.details, self._margin = details, margin
        record = details.answers.record
        self.heading.setText(
            tr("Unit {n} of {layer}").format(n=record.unit, layer=text.layer(layer))
        )
        self.figures.setText(figures_words(record))
        self.best.tiles.set_thumbnails(thumbnails)
        self._show_best()
        self._show_painted()
        self.shares.show_shares(details.shares)
        self.shares.setVisible(bool(details.shares))
        self.shares_head.setText(grouping)
        self.shares_head.setVisible(bool(details.shares))
        self.liking.setText(liking)
        self.liking.setVisible(bool(liking))
        self.body.show()

    def show_way(self, way: int) -> None:
        """Show the crops, or the whole images with heat."""
        self.ways.button(way).setChecked(True)
        self._show_best()

    def _show_best(self) -> None:
        details = self.details
        if details is None:
            return
        whole = self.ways.checkedId() == WHOLE_IMAGES
        self.opacity.setVisible(whole)
        self.best.set_opacity(self.opacity.value() / 100 if whole else 0.0)
        largest = max((image.activation for image in details.best), default=0.0)
        tiles = []
        for image, heat, name in zip(
            details.best, details.answers.maps, details.labels, strict=False
        ):
            part = crop_part(image)
            if whole:
                warmth = heat_image(scaled(heat, largest))
                part = Part(
                    image_id=image.image_id, heat=warmth, margin=self._margin, frame=part.box
                )
            words = text.figure(image.activation)
            tiles.append(Tile(image.image_id, (part,), name or words, words if name else ""))
        self.best.set_tiles(tiles)

    def _show_painted(self) -> None:
        assert self.details is not None
        trained, start = self.details.painted, self.details.painted_untrained
        tiles = []
        for key, record, words in (
            (1, trained, tr("trained")), (0, start, tr("before training"))
        ):  # fmt: skip
            if record is not None:
                tiles.append(_painted_tile(key, record, words))
        self.painted.set_tiles(tiles)
        self.painted.setVisible(bool(tiles))
        self.paint_button.setText(" " + (tr("Paint another") if trained else tr("Paint it")))
        self.paint_start_button.setVisible(start is None)
        self.painted_note.setText(self._painted_words())
        marks = [(trained.activation, "warning")] if trained is not None else []
        self.histogram.show_values(self.details.answers.activations, marks)

    def _painted_words(self) -> str:
        assert self.details is not None
        trained = self.details.painted
        if trained is None:
            return tr("A picture is changed step by step until it excites the unit most.")
        return tr(
            "Reaches {reached}; the best image {best}, the best of random noise {noise}. "
            "{steps} steps, seed {seed}."
        ).format(
            reached=text.figure(trained.activation),
            best=text.figure(self.details.answers.record.largest),
            noise=text.figure(trained.noise),
            steps=trained.steps,
            seed=trained.seed,
        )


def _painted_tile(key: int, record: UnitPictureRecord, words: str) -> Tile:
    picture = decoded(record.picture)
    return Tile(key, (Part(picture),), words, text.figure(record.activation))


def _tab(words: str) -> QToolButton:
    made = QToolButton(text=words, checkable=True, accessibleName=words)
    made.setProperty("role", "tab")
    return made
