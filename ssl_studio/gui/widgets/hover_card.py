"""The picture under the pointer, with what is known about it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.elided_label import ElidedLabel
from ssl_studio.gui.widgets.image_details import Picture
from ssl_studio.project.records import ImageRecord

PICTURE_PX = 144


class HoverCard(QFrame):
    """A small card over a widget, out of the pointer's way."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._place = QPoint()
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self.picture = Picture(PICTURE_PX, self)
        self.name = ElidedLabel(cut=Qt.TextElideMode.ElideMiddle)
        self.words = parts.label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.HALF)
        parts.fill(layout, self.picture, self.name, self.words)
        self.setFixedWidth(PICTURE_PX + 2 * theme.GAP)
        self.hide()

    def show_image(self, pixmap: QPixmap | None, words: str, place: QPoint) -> None:
        """Show a picture (or that it is still to come) at a place."""
        if pixmap is not None:
            self.picture.show_pixmap(pixmap)
        self.picture.setVisible(pixmap is not None)
        self.name.setText("")
        self.name.hide()
        self._say(words)
        self._place = place
        self._fit()
        self.show()
        self.raise_()

    def show_record(self, record: ImageRecord, words: str) -> None:
        """Name and label of the image."""
        self.name.setText(record.path.rpartition("/")[2])
        self.name.show()
        lines = [words] if words else []
        if record.label is not None and not words.endswith(f": {record.label}"):
            lines.append(tr("Label: {name}").format(name=record.label))
        self._say("\n".join(lines))
        self._fit()

    def _fit(self) -> None:
        """As large as its words need, and whole within the widget it lies over."""
        over, place = self._over, self._place
        self.adjustSize()
        x = min(place.x(), over.width() - self.width() - theme.GAP)
        y = min(place.y(), over.height() - self.height() - 3 * theme.GAP)
        self.move(max(0, x), max(0, y))

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
