"""Named shares as bars, one below the other."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import text, theme

LINE_PX = 34
SHOWN = 12


class ShareBars(QWidget):
    """Some bars; each with a name, a number if there is one, and a share in [0, 1]."""

    def __init__(self, most: int = SHOWN, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self.shares: list[tuple[str, int | None, float]] = []

    def show_shares(self, shares: Sequence[tuple[str, int | None, float]]) -> None:
        """Show the first of these, in this order."""
        self.shares = list(shares)[: self._most]
        self.setFixedHeight(LINE_PX * len(self.shares))
        self.setAccessibleDescription(
            ", ".join(f"{name} {round(100 * share)} %" for name, _number, share in self.shares)
        )
        self.update()

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(160, LINE_PX * len(self.shares))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Words above, bar below."""
        painter = QPainter(self)
        for position, (name, number, share) in enumerate(self.shares):
            words = QRect(0, position * LINE_PX, self.width(), 20)
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            part = f"{round(100 * share)} %"
            said = part if number is None else f"{text.count(number)}  ·  {part}"
            metrics = painter.fontMetrics()
            room = words.width() - metrics.horizontalAdvance(said) - theme.GAP
            painter.setPen(theme.colour("text"))
            elided = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided)
            painter.setPen(theme.colour("muted"))
            painter.drawText(words, right, said)
            ground = QRect(0, words.bottom() + 2, self.width(), 5)
            painter.fillRect(ground, theme.colour("border"))
            ground.setWidth(max(1, round(share * self.width())))
            painter.fillRect(ground, theme.colour("accent"))
        painter.end()
