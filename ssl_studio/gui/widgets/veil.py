"""A veil over the whole window with an icon and a word in its middle."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ssl_studio.gui import assets, theme
from ssl_studio.gui.widgets.painting import outline

ICON_PX = 56
MARGIN_PX = 16


class Veil(QWidget):
    """Says what will happen to what is dropped, or that the window is about to close."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._icon, self._words, self._beside = "drop", "", ""
        window.installEventFilter(self)
        self.hide()

    def tell(self, icon: str, words: str, beside: str = "", *, blocks: bool = False) -> None:
        """Cover the window and say this; `blocks` keeps mouse and keyboard from what is below."""
        self._icon, self._words, self._beside = icon, words, beside
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not blocks)
        self.setAccessibleName(words)
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        if blocks:
            self.setFocus()
        self.update()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, frame, icon, words."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("window", 225))
        frame = self.rect().adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        outline(painter, frame, theme.colour("accent"), 2, dashed=self._icon == "drop")
        middle = self.rect().center()
        pixmap = assets.icon_pixmap(
            self._icon, theme.css("accent"), ICON_PX, self.devicePixelRatioF()
        )
        painter.drawPixmap(middle.x() - ICON_PX // 2, middle.y() - ICON_PX, pixmap)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() + 5)
        self._line(painter, QRect(0, middle.y() + 16, self.width(), 32), self._words, "text", font)
        below = QRect(0, middle.y() + 52, self.width(), 24)
        self._line(painter, below, self._beside, "muted", self.font())
        painter.end()

    @staticmethod
    def _line(painter: QPainter, place: QRect, words: str, role: str, font: QFont) -> None:
        painter.setFont(font)
        painter.setPen(theme.colour(role))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
