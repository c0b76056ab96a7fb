"""A row of figures: small titles, large values in the colour of their tone."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.widgets import parts

Shown = tuple[str, str, str, str]
TONES = {"good": "good", "warning": "warning", "danger": "danger"}


class FigureRow(QWidget):
    """Figures side by side, each (title, value, tone, help)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[tuple[QWidget, QLabel, QLabel]] = []
        self._shown: tuple[Shown, ...] = ()
        self._row = parts.row(gap_px=3 * theme.GAP)
        self._row.addStretch(1)
        self.setLayout(self._row)
        theme.signals().theme_changed.connect(self._paint)

    def show_figures(self, figures: Sequence[Shown]) -> None:
        """Show these; cells are kept, so that values change without a flicker."""
        while len(self._cells) < len(figures):
            self._add_cell()
        self._shown = tuple(figures)
        for cell, figure in zip(self._cells, figures, strict=False):
            widget, title, value = cell
            title.setText(figure[0])
            value.setText(figure[1])
            widget.setToolTip(figure[3])
            widget.setAccessibleName(f"{figure[0]}: {figure[1]}")
            widget.show()
        for widget, _title, _value in self._cells[len(figures) :]:
            widget.hide()
        self._paint()

    def texts(self) -> dict[str, str]:
        """Values by title."""
        return {title: value for title, value, _tone, _help in self._shown}

    def _add_cell(self) -> None:
        title, value = parts.label("", "small"), parts.label("", "figure")
        widget = parts.plain(parts.column(title, value, gap_px=0))
        self._row.insertWidget(len(self._cells), widget)
        self._cells.append((widget, title, value))

    def _paint(self) -> None:
        for (_widget, _title, value), figure in zip(self._cells, self._shown, strict=False):
            colour = theme.css(TONES.get(figure[2], "text"))
            value.setStyleSheet(f"color: {colour}")
