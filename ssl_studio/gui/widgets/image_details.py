"""The pane that says what is known about a chosen image."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFormLayout, QFrame, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.painting import draw_fitted, fill_rounded


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the pane says: `lines` are pairs of name and value."""

    id: int
    name: str
    full_path: str
    lines: tuple[tuple[str, str], ...]
    problem: str = ""


class Picture(QWidget):
    """One picture on a quiet ground, as large as fits."""

    def __init__(self, height_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap: QPixmap | None = None
        self.setFixedHeight(height_px)

    def show_pixmap(self, pixmap: QPixmap | None) -> None:
        """Show a picture, or an empty ground."""
        self._pixmap = pixmap
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it is high."""
        return QSize(self.height(), self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground and picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area: QRect = self.rect()
        fill_rounded(painter, area, theme.colour("tile"))
        if self._pixmap is not None:
            draw_fitted(painter, self._pixmap, area.adjusted(4, 4, -4, -4))
        painter.end()


class ImageDetails(QFrame):
    """Preview, name and facts of one image; how many are chosen."""

    neighbours_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "side")
        self.setFixedWidth(theme.SIDE_WIDTH_PX)
        self._image_id: int | None = None
        self.picture = Picture(theme.SIDE_WIDTH_PX - 2 * theme.WIDE)
        self.heading = parts.label("", "heading", wrap=True)
        self.path = parts.label("", "small", wrap=True, selectable=True)
        self.facts = QFormLayout()
        self.facts.setHorizontalSpacing(theme.WIDE)
        self.facts.setVerticalSpacing(theme.HALF)
        self.chosen = parts.label("", "muted", wrap=True)
        self.ask_button = parts.button(tr("Show neighbours"), "neighbours", on_click=self._on_ask)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        parts.fill(
            layout,
            self.picture,
            self.heading,
            self.path,
            theme.HALF,
            self.facts,
            theme.GAP,
            self.ask_button,
            self.chosen,
            None,
        )
        self.show_facts(None, None)

    def show_facts(self, facts: ImageFacts | None, pixmap: QPixmap | None, number: int = 1) -> None:
        """Show an image, or that none is chosen."""
        parts.clear(self.facts)
        self.picture.show_pixmap(pixmap)
        self._image_id = facts.id if facts else None
        for part in (self.picture, self.path, self.ask_button):
            part.setVisible(facts is not None)
        if facts is None:
            self.heading.setText(tr("Nothing chosen"))
            self.chosen.setText(
                tr("Click an image to see what is known about it. Press N for its neighbours.")
            )
            return
        self.heading.setText(facts.name)
        self.path.setText(facts.full_path)
        for name, value in facts.lines:
            shown = parts.label(value, wrap=True, selectable=True)
            self.facts.addRow(parts.label(name, "muted"), shown)
        if facts.problem:
            self.facts.addRow(parts.label(facts.problem, "danger", wrap=True))
        several = tr("{number} images are chosen.").format(number=text.count(number))
        self.chosen.setText(several if number > 1 else "")

    def _on_ask(self) -> None:
        if self._image_id is not None:
            self.neighbours_wanted.emit(self._image_id)
