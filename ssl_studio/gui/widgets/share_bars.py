"""Named shares as bars, one below the other."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import text, theme

LINE_PX = 34
SHOWN = 12


class ShareBars(QWidget):
    """Up to a dozen bars; each with a name, a number, and a share in [0, 1]."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares: list[tuple[str, int, float]] = []

    def show_shares(self, shares: Sequence[tuple[str, int, float]]) -> None:
        """Show these, in this order."""
        self.shares = list(shares)[:SHOWN]
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
            painter.setPen(theme.colour("text"))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(theme.colour("muted"))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(words, right, f"{text.count(number)}  ·  {round(100 * share)} %")
            ground = QRect(0, words.bottom() + 2, self.width(), 5)
            painter.fillRect(ground, theme.colour("border"))
            ground.setWidth(max(1, round(share * self.width())))
            painter.fillRect(ground, theme.colour("accent"))
        painter.end()
