"""Curves over steps or epochs that stay fluid while they grow."""

from collections.abc import Mapping
from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.widgets import parts

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
MIN_HEIGHT_PX = 150
FEW_POINTS = 24
"""So few are shown as dots too: a single one has no line."""


class CurvePlot(QFrame):
    """A titled panel with any number of named curves and a read-out under the pointer."""

    def __init__(self, title: str, x_label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setMinimumHeight(MIN_HEIGHT_PX)
        self._items: dict[str, pg.PlotDataItem] = {}
        self._x_label = x_label
        self.title = parts.label(title, "section")
        self.readout = parts.label("", "small")
        self.readout.setTextFormat(Qt.TextFormat.RichText)
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # The read-out takes the room that is left; its words must not widen the page.
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.legend = parts.label("", "small")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName(title)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.HALF)
        layout.setSpacing(theme.HALF)
        head = parts.row(self.title)
        head.addWidget(self.readout, 1)
        layout.addLayout(head)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot)
        theme.signals().theme_changed.connect(self._take_colours)
        self._take_colours()

    def show_curves(self, curves: Mapping[str, Curve]) -> None:
        """Show these curves and no others; called once per batch of news.

        Names are shown as they are, so they come translated.
        """
        for name in set(self._items) - set(curves):
            self.plot.removeItem(self._items.pop(name))
        for position, (name, (x, y)) in enumerate(curves.items()):
            if name not in self._items:
                self._items[name] = self._new_item(position)
            finite = np.isfinite(y)
            symbol = "o" if int(finite.sum()) <= FEW_POINTS else None
            self._items[name].setData(x[finite], y[finite], symbol=symbol, **self._dots(position))
        self._show_latest()

    def curve(self, name: str) -> Curve:
        """What is shown under a name."""
        x, y = self._items[name].getData()
        empty = np.empty(0)
        return (empty if x is None else x, empty if y is None else y)

    @property
    def names(self) -> list[str]:
        """Names of the curves shown."""
        return list(self._items)

    @staticmethod
    def _dots(position: int) -> dict[str, object]:
        colour = theme.category_css(position)
        return {"symbolSize": 5, "symbolBrush": colour, "symbolPen": None}

    def _new_item(self, position: int) -> pg.PlotDataItem:
        item = pg.PlotDataItem(
            pen=pg.mkPen(theme.category_css(position), width=1.6), antialias=True
        )
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        self.plot.addItem(item)
        return item

    def _take_colours(self) -> None:
        self.plot.setBackground(theme.css("surface"))
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, self.font().pointSizeF() - 1.5))
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.css("border")))
            axis.setTextPen(pg.mkPen(theme.css("muted")))
            axis.setTickFont(font)
            axis.setStyle(tickLength=-4, maxTickLevel=0)
        self.plot.getAxis("left").setWidth(44)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self._cursor.setPen(pg.mkPen(theme.css("border_strong")))
        for position, item in enumerate(self._items.values()):
            item.setPen(pg.mkPen(theme.category_css(position), width=1.6))

    def _on_mouse_moved(self, place: QPointF) -> None:
        box = self.plot.getViewBox()
        if not self._items or not box.sceneBoundingRect().contains(place):
            self._cursor.hide()
            self._show_latest()
            return
        x = box.mapSceneToView(place).x()
        self._cursor.setPos(x)
        self._cursor.show()
        self._show_values_at(x)

    def _show_values_at(self, x: float) -> None:
        values, where = {}, x
        for name in self._items:
            xs, ys = self.curve(name)
            if len(xs):
                nearest = min(int(np.searchsorted(xs, x)), len(xs) - 1)
                where = float(xs[nearest])
                values[name] = float(ys[nearest])
        self._say(values, f"{self._x_label} {text.figure(where)}")

    def _show_latest(self) -> None:
        latest = {name: self.curve(name)[1] for name in self._items}
        self._say({name: float(ys[-1]) for name, ys in latest.items() if len(ys)}, "")

    def _say(self, values: Mapping[str, float], where: str) -> None:
        """One value stands beside the title; several, in their colours, are the legend too."""
        is_single = len(self._items) == 1
        said = [where, *(text.figure(value) for value in values.values() if is_single)]
        self.readout.setText(": ".join(part for part in said if part))
        self.legend.setVisible(not is_single)
        colours = {name: theme.category_css(n) for n, name in enumerate(self._items)}
        self.legend.setText(
            " &nbsp; ".join(
                f'<span style="color:{colours[name]}">{escape(name)} {text.figure(value)}</span>'
                for name, value in values.items()
            )
        )
