"""Curves that stay fluid while they grow, with a read-out under the pointer.

What is drawn is thinned to the width of the picture, so that 100,000 points cost as much as a
thousand and no peak is lost. Dragging a box zooms in, a double click shows all again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.models.smoothing import Smoother, nearest, thin
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.curve_canvas import Canvas, axis_words

Floats = NDArray[np.float64]
MIN_HEIGHT_PX = 168
UNBROKEN = 32
"""An entry of the legend up to so many letters stays in one line."""
FEW_POINTS = 24
"""So few are shown as dots and never smoothed: a single one has no line."""
RAW_ALPHA = 70
WIDTH_PX, DENSE_WIDTH_PX = 1.6, 1.0
DENSE_POINTS = 400
"""From so many drawn points on lines are hair lines, which Qt paints many times faster."""
SPARE = 0.04
EMPTY: Floats = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve: `x` ascending, `colour` the number of a category."""

    name: str
    x: Floats
    y: Floats
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """How curves are drawn.

    Attributes:
        smoothing: Weight of the past in the moving average, 0 for none.
        log: Whether y is drawn by its logarithm, where all values are above 0.
        axis: "step", "epoch" or "time" (seconds).
    """

    smoothing: float = 0.0
    log: bool = False
    axis: str = "epoch"


@dataclass(eq=False, slots=True)
class _Drawn:
    line: Line
    smoothed: Floats
    raw_item: pg.PlotCurveItem
    item: pg.PlotDataItem
    smoother: Smoother


class CurvePlot(QFrame):
    """A titled panel with any number of curves.

    Signals: `hovered(x)` with NaN when the pointer leaves; `toggled(name)` when an entry of the
    legend is clicked.
    """

    hovered = Signal(float)
    toggled = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setMinimumHeight(MIN_HEIGHT_PX)
        self._lines: Sequence[Line] = ()
        self._drawn: dict[str, _Drawn] = {}
        self._hidden: frozenset[str] = frozenset()
        self._look = Look()
        self._is_zoomed = self._is_fitting = False
        self._place: float | None = None
        self._columns = 0
        self.title = parts.label(title, "section")
        self.readout = _rich_label(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.legend = _rich_label(Qt.AlignmentFlag.AlignLeft)
        self.legend.setWordWrap(True)
        self.legend.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.legend.setAccessibleName(tr("Legend: open an entry to hide or show its curve"))
        self.legend.linkActivated.connect(self._on_legend)
        self.plot = Canvas()
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._is_behind = False
        self._catch_up_soon = QTimer(self, singleShot=True, interval=0)
        self._catch_up_soon.timeout.connect(self.catch_up)
        self._redraw_soon = QTimer(self, singleShot=True, interval=0)
        self._redraw_soon.timeout.connect(self._draw)
        self._build(title)
        self._take_colours()

    def _build(self, title: str) -> None:
        self.plot.setAccessibleName(title)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = self.plot.box
        box.sigXRangeChanged.connect(self._on_range)
        box.sigRangeChangedManually.connect(self._on_zoomed)
        self._cursor.hide()
        box.addItem(self._cursor, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.plot.viewport().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.HALF)
        layout.setSpacing(theme.HALF)
        head = parts.row(self.title)
        head.addWidget(self.readout, 1)
        layout.addLayout(head)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot, 1)
        theme.signals().theme_changed.connect(self._take_colours)

    # -- what is shown -------------------------------------------------------------------------

    def show_lines(
        self, lines: Sequence[Line], look: Look, hidden: frozenset[str] = frozenset()
    ) -> None:
        """Show these curves and no others; called once per batch of news.

        Names are shown as they are, so they come translated; those in `hidden` stay in the
        legend only.
        """
        if look.axis != self._look.axis:
            self._is_zoomed = False
        self._lines, self._look, self._hidden = lines, look, hidden
        self._is_behind = True
        if not self.visibleRegion().isEmpty():
            self.catch_up()

    def catch_up(self) -> None:
        """Draw what was shown last. Plots that are scrolled out of view wait with that."""
        if not self._is_behind:
            return
        self._is_behind = False
        self.plot.bottom.kind = self._look.axis
        shown = {
            line.name: line for line in self._lines if line.name not in self._hidden and len(line.x)
        }
        for name in set(self._drawn) - set(shown):
            gone = self._drawn.pop(name)
            self.plot.box.removeItem(gone.raw_item)
            self.plot.box.removeItem(gone.item)
        for name, line in shown.items():
            self._take(name, line)
        if self.plot.left.logMode != self.is_log:
            self.plot.left.setLogMode(self.is_log)
        self._show_words()
        self._fit()
        self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A plot that comes into view is brought up to date."""
        super().paintEvent(event)
        if self._is_behind:
            self._catch_up_soon.start()

    def _take(self, name: str, line: Line) -> None:
        finite = np.isfinite(line.y)
        if not finite.all():
            line = Line(name, line.x[finite], line.y[finite], line.colour)
        weight = self._look.smoothing if len(line.x) > FEW_POINTS else 0.0
        known = self._drawn.get(name)
        if known is None:
            raw, item = pg.PlotCurveItem(), pg.PlotDataItem(antialias=True)
            self.plot.box.addItem(raw, ignoreBounds=True)
            self.plot.box.addItem(item, ignoreBounds=True)
            known = self._drawn[name] = _Drawn(line, EMPTY, raw, item, Smoother())
        known.line, known.smoothed = line, known.smoother.smooth(line.y, weight)
        self._paint_with(known)

    @property
    def is_log(self) -> bool:
        """Whether y is drawn by its logarithm: where it was asked for and can be done."""
        values = [drawn.line.y for drawn in self._drawn.values() if len(drawn.line.y)]
        return self._look.log and bool(values) and all(float(y.min()) > 0 for y in values)

    def curve(self, name: str) -> tuple[Floats, Floats]:
        """All points of a curve."""
        self.catch_up()
        line = self._drawn[name].line
        return line.x, line.y

    def drawn(self, name: str) -> tuple[Floats, Floats]:
        """The points of a curve that are drawn at the moment."""
        x, y = self._drawn[name].item.getOriginalDataset()
        return (EMPTY if x is None else x, EMPTY if y is None else y)

    @property
    def names(self) -> list[str]:
        """Names of the curves that are drawn."""
        self.catch_up()
        return list(self._drawn)

    # -- drawing -------------------------------------------------------------------------------

    def _fit(self) -> None:
        """Everything in view, unless the user has zoomed."""
        lines = [drawn.line for drawn in self._drawn.values() if len(drawn.line.x)]
        if self._is_zoomed or not lines:
            return
        left = min(float(line.x[0]) for line in lines)
        right = max(float(line.x[-1]) for line in lines)
        bounds = np.array(
            [min(float(li.y.min()) for li in lines), max(float(li.y.max()) for li in lines)]
        )
        low, high = self._to_plot(bounds).tolist()
        if right <= left:  # a single point stands at the end of what led there
            left, right = min(0.0, left), right or 1.0
        if high <= low:
            reach = abs(low) * 0.1 or 0.5
            low, high = low - reach, high + reach
        self._is_fitting = True
        self.plot.box.setRange(xRange=(left, right), yRange=(low, high), padding=SPARE)
        self._is_fitting = False

    def _draw(self) -> None:
        self._redraw_soon.stop()
        (low, high), _y = self.plot.box.viewRange()
        columns = self._columns = self.plot.width()
        for drawn in self._drawn.values():
            line = drawn.line
            is_smooth = drawn.smoothed is not line.y
            x, y = thin(line.x, drawn.smoothed, low, high, columns // 2 if is_smooth else columns)
            drawn.item.setData(x, self._to_plot(y), symbol=self._symbol(line))
            width = DENSE_WIDTH_PX if len(x) > DENSE_POINTS else WIDTH_PX
            drawn.item.setPen(pg.mkPen(theme.category_css(line.colour), width=width))
            if is_smooth:
                raw_x, raw_y = thin(line.x, line.y, low, high, columns)
                drawn.raw_item.setData(raw_x, self._to_plot(raw_y))
            drawn.raw_item.setVisible(is_smooth)

    def _to_plot(self, y: Floats) -> Floats:
        return np.log10(y) if self.is_log else y

    @staticmethod
    def _symbol(line: Line) -> str | None:
        return "o" if len(line.x) <= FEW_POINTS else None

    def _paint_with(self, drawn: _Drawn) -> None:
        css = theme.category_css(drawn.line.colour)
        faint = QColor(css)
        faint.setAlpha(RAW_ALPHA)
        drawn.raw_item.setPen(pg.mkPen(faint, width=1))
        drawn.item.setSymbolBrush(css)
        drawn.item.setSymbolPen(None)
        drawn.item.setSymbolSize(5)

    def _take_colours(self) -> None:
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, self.font().pointSizeF() - 1.5))
        self.plot.take_colours(font)
        self._cursor.setPen(pg.mkPen(theme.css("border_strong")))
        for drawn in self._drawn.values():
            self._paint_with(drawn)
        self._draw()
        self._show_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width shows another number of points."""
        super().resizeEvent(event)
        if self.plot.width() != self._columns:
            self._redraw_soon.start()

    # -- the pointer ---------------------------------------------------------------------------

    def show_cursor(self, x: float | None) -> None:
        """Mark a place on the x axis and read the curves there; None goes back to the newest."""
        self._place = x
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setPos(x)
        self._show_words()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A pointer that leaves reads nothing; a double click shows all."""
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(float("nan"))
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.show_all()
            return True
        return super().eventFilter(watched, event)

    def show_all(self) -> None:
        """Go back to the whole."""
        self._is_zoomed = False
        self._fit()
        self._draw()

    def _on_range(self, *_range: object) -> None:
        if not self._is_fitting:
            self._redraw_soon.start()

    def _on_zoomed(self, *_mask: object) -> None:
        self._is_zoomed = True

    def _on_mouse_moved(self, place: QPointF) -> None:
        box = self.plot.box
        inside = box.sceneBoundingRect().contains(place)
        self.hovered.emit(box.mapSceneToView(place).x() if inside else float("nan"))

    def _on_legend(self, link: str) -> None:
        number = int(link)
        if number < len(self._lines):
            self.toggled.emit(self._lines[number].name)

    # -- words ---------------------------------------------------------------------------------

    def values(self) -> dict[str, float]:
        """The value of each drawn curve at the cursor, or its newest; smoothed as it is drawn."""
        found = {}
        for name, drawn in self._drawn.items():
            if len(drawn.line.x):
                at = len(drawn.line.x) - 1
                if self._place is not None:
                    at = nearest(drawn.line.x, self._place)
                found[name] = float(drawn.smoothed[at])
        return found

    def _show_words(self) -> None:
        """One value stands beside the title; several, in their colours, are the legend too."""
        values = self.values()
        where = "" if self._place is None else axis_words(self._look.axis, self._nearest_place())
        is_single = len(self._lines) == 1
        said = [where, *(text.figure(value) for value in values.values() if is_single)]
        self.readout.setText(escape(": ".join(part for part in said if part)))
        self.legend.setVisible(not is_single and bool(self._lines))
        self.legend.setText(
            " &nbsp; ".join(
                self._entry(number, line, values.get(line.name))
                for number, line in enumerate(self._lines)
            )
        )

    def _nearest_place(self) -> float:
        place = self._place or 0.0
        lines = [drawn.line for drawn in self._drawn.values() if len(drawn.line.x)]
        places = [float(line.x[nearest(line.x, place)]) for line in lines]
        return min(places, key=lambda x: abs(x - place), default=place)

    def _entry(self, number: int, line: Line, value: float | None) -> str:
        if line.name in self._hidden:
            style = f"color:{theme.css('faint')};text-decoration:line-through"
            return f'<a href="{number}" style="{style}">{escape(line.name)}</a>'
        style = f"color:{theme.category_css(line.colour)};text-decoration:none"
        words = line.name if value is None else f"{line.name} {text.figure(value)}"
        if len(words) <= UNBROKEN:
            words = words.replace(" ", "\N{NO-BREAK SPACE}")
        return f'<a href="{number}" style="{style}">{escape(words)}</a>'


def _rich_label(alignment: Qt.AlignmentFlag) -> QLabel:
    made = parts.label("", "small")
    made.setTextFormat(Qt.TextFormat.RichText)
    made.setAlignment(alignment)
    # It takes the room that is left; its words must not widen the page.
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made
