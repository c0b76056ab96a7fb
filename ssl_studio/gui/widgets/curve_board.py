"""All curves of one run, or of several beside each other, with what changes their look."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QMenu, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.models.series import (
    RunCurves,
    XAxis,
    curve_name,
    group_help,
    group_title,
    plot_groups,
)
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.curve_plot import CurvePlot, Line, Look

COLUMNS = 2
FIRST_PX, OTHERS_PX = 264, 188
REFRESH_MS = 150
"""News come thirty times a second; curves are drawn anew that seldom."""
SMOOTHEST = 99
PICTURE_RATIO = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class BoardRun:
    """A run whose curves are shown; `colour` is the number of a category."""

    id: int
    name: str
    colour: int
    curves: RunCurves


class _Slot(QWidget):
    """The place of a plot. Without a layout, so that words of one plot never move the others."""

    plot: CurvePlot | None = None

    def put(self, plot: CurvePlot) -> None:
        """Show a plot here."""
        self.plot = plot
        plot.setParent(self)
        plot.setGeometry(self.rect())
        plot.show()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The plot fills its place."""
        if self.plot is not None:
            self.plot.setGeometry(self.rect())


class CurveBoard(QWidget):
    """Controls and a grid of plots.

    Signals: `csv_wanted()`, `picture_wanted()`, `look_changed()`.
    """

    csv_wanted = Signal()
    picture_wanted = Signal()
    look_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: Sequence[BoardRun] = ()
        self._slots: dict[tuple[str, ...], _Slot] = {}
        self.plots: dict[tuple[str, ...], CurvePlot] = {}
        self.hidden: frozenset[str] = frozenset()
        self.axis = parts.Choice(tr("What the curves go over"))
        for kind, words in self._axes():
            self.axis.addItem(words, kind)
        self.axis.setCurrentIndex(1)
        self.smoothing = parts.slider(tr("Smoothing"))
        self.smoothing.setRange(0, SMOOTHEST)
        self.smoothing.setFixedWidth(110)
        self.smoothing_words = parts.label("", "small")
        self.smoothing_words.setFixedWidth(30)
        self.log = QCheckBox(tr("Log axis"))
        self.log.setToolTip(tr("Draw heights by their logarithm, where all are above 0"))
        self.waiting = parts.label(tr("Curves appear with the first steps."), "muted")
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.refresh)
        self._behind: list[tuple[str, ...]] = []
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._refresh_one)
        self._build()
        self._show_smoothing()
        self.axis.currentIndexChanged.connect(lambda _index: self._on_look())
        self.smoothing.valueChanged.connect(lambda _value: self._on_look())
        self.log.toggled.connect(lambda _on: self._on_look())

    @staticmethod
    def _axes() -> tuple[tuple[XAxis, str], ...]:
        return (
            (XAxis.STEP, tr("over steps")),
            (XAxis.EPOCH, tr("over epochs")),
            (XAxis.TIME, tr("over time")),
        )

    def _build(self) -> None:
        self.export = parts.button(tr("Export"), "export")
        self.export.setToolTip(tr("Figures or pictures of these curves"))
        menu = QMenu(self.export)
        menu.addAction(tr("Figures as CSV …"), self.csv_wanted.emit)
        menu.addAction(tr("Plots as PNG …"), self.picture_wanted.emit)
        self.export.setMenu(menu)
        self.controls = parts.row(
            self.axis,
            theme.GAP,
            parts.label(tr("Smoothing"), "small"),
            self.smoothing,
            self.smoothing_words,
            self.log,
            None,
            self.export,
        )
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.WIDE)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.sheet = parts.plain(parts.column(self._grid))
        self.setLayout(parts.column(self.controls, self.waiting, self.sheet, None, gap_px=12))
        self.setProperty("role", "plain")

    # -- the look ------------------------------------------------------------------------------

    def look(self) -> Look:
        """How the curves are drawn now."""
        return Look(
            self.smoothing.value() / 100, self.log.isChecked(), str(self.axis.currentData())
        )

    def set_look(self, look: Look) -> None:
        """Draw them so."""
        self.axis.setCurrentIndex(max(0, self.axis.findData(look.axis)))
        self.smoothing.setValue(round(100 * look.smoothing))
        self.log.setChecked(look.log)

    def _on_look(self) -> None:
        self._show_smoothing()
        self.refresh()
        self.look_changed.emit()

    def _show_smoothing(self) -> None:
        value = self.smoothing.value()
        self.smoothing_words.setText(f"{value / 100:.2f}" if value else tr("off"))
        self.smoothing.setToolTip(
            tr("How much the past counts in the drawn curve; the raw one stays faintly behind it.")
        )

    # -- the curves ----------------------------------------------------------------------------

    def show_runs(self, runs: Sequence[BoardRun]) -> None:
        """Show the curves of these runs; names have to differ."""
        if [run.id for run in runs] != [run.id for run in self._runs]:
            self.hidden = frozenset()
        self._runs = runs
        self.refresh()

    def refresh_soon(self) -> None:
        """Draw what has come, a little later and once for many news."""
        if not self._soon.isActive():
            self._soon.start()

    @property
    def is_behind(self) -> bool:
        """Whether something is still to be drawn."""
        return self._soon.isActive() or bool(self._behind)

    def refresh(self) -> None:
        """Draw what has come, one plot after the other: the window does other things between."""
        self._soon.stop()
        names = [name for run in self._runs for name in run.curves.series]
        groups = plot_groups(names)
        if len(self._runs) > 1:
            groups = [(name,) for group in groups for name in group]
        if groups != list(self._slots):
            self._lay_out(groups)
        # Those that have waited longest come first, or the last ones would never be drawn while
        # a slider moves.
        waiting = [group for group in self._behind if group in groups]
        self._behind = waiting + [group for group in groups if group not in waiting]
        if self._behind:
            self._next.start()

    def catch_up(self) -> None:
        """Draw all that is left, at once."""
        if self._soon.isActive():
            self.refresh()
        while self._behind:
            self._refresh_one()
        for plot in self.plots.values():
            plot.catch_up()

    def _refresh_one(self) -> None:
        if self._behind:
            group = self._behind[0]
            if group in self.plots:
                self._show(self._behind.pop(0))
            else:
                self.plots[group] = self._new_plot(group)
                self._slots[group].put(self.plots[group])
        if self._behind:
            self._next.start()

    def _show(self, group: tuple[str, ...]) -> None:
        look = self.look()
        self.plots[group].show_lines(self._lines(group, XAxis(look.axis)), look, self.hidden)

    def _lines(self, group: tuple[str, ...], axis: XAxis) -> list[Line]:
        if len(self._runs) > 1:
            return [
                Line(run.name, *run.curves.series[group[0]].over(axis), run.colour)
                for run in self._runs
                if group[0] in run.curves.series
            ]
        series = self._runs[0].curves.series if self._runs else {}
        return [
            Line(curve_name(name), *series[name].over(axis), number)
            for number, name in enumerate(group)
            if name in series
        ]

    def _lay_out(self, groups: list[tuple[str, ...]]) -> None:
        """Make room; plots come later. The first goes over the whole width."""
        self.waiting.setVisible(not groups)
        for gone in set(self._slots) - set(groups):
            self.plots.pop(gone, None)
            slot = self._slots[gone]
            slot.hide()
            slot.deleteLater()
        self._slots = {group: self._slots.get(group) or _Slot() for group in groups}
        for position, slot in enumerate(self._slots.values()):
            slot.setFixedHeight(FIRST_PX if position == 0 else OTHERS_PX)
            line, column = divmod(position - 1, COLUMNS)
            if position == 0:
                self._grid.addWidget(slot, 0, 0, 1, COLUMNS)
            else:
                self._grid.addWidget(slot, line + 1, column)

    def _new_plot(self, group: tuple[str, ...]) -> CurvePlot:
        plot = CurvePlot(self._title(group))
        plot.setToolTip(group_help(group))
        plot.hovered.connect(self._on_hovered)
        plot.toggled.connect(self.toggle)
        return plot

    def _title(self, group: tuple[str, ...]) -> str:
        is_part = len(self._runs) > 1 and group_title(group) == group_title(("nmi",))
        if not is_part:
            return group_title(group)
        return tr("{group}: {curve}").format(group=group_title(group), curve=curve_name(group[0]))

    def toggle(self, name: str) -> None:
        """Hide or show a curve in all plots."""
        self.hidden = self.hidden ^ {name}
        self.refresh()

    def _on_hovered(self, x: float) -> None:
        place = None if math.isnan(x) else x
        for plot in self.plots.values():
            plot.show_cursor(place)

    # -- leaving the window --------------------------------------------------------------------

    def picture(self) -> QImage:
        """All plots as they are, at twice the size of the screen's pixels."""
        self.catch_up()
        size = self.sheet.size() * PICTURE_RATIO
        image = QImage(size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(PICTURE_RATIO)
        image.fill(theme.colour("window"))
        self.sheet.render(image, QPoint())
        return image


def distinct_names(names: Sequence[tuple[int, str]]) -> dict[int, str]:
    """Names by id, with the id added where two are called the same."""
    words = [name for _id, name in names]
    return {key: f"{name} #{key}" if words.count(name) > 1 else name for key, name in names}
