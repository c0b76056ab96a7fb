"""The pane that says what is known about a chosen image."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Signal, SignalInstance
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFormLayout, QFrame, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.painting import draw_fitted, fill_rounded
from ssl_studio.gui.widgets.wrapped_text import WrappedText

LONG_RUN = re.compile(r"[^\s\u200b]{16}")
"""As many letters as surely have room side by side."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the pane says: `lines` are pairs of name and value, `alike` other images like it."""

    id: int
    name: str
    full_path: str
    lines: tuple[tuple[str, str], ...]
    problem: str = ""
    alike: tuple[int, ...] = ()


class Picture(QWidget):
    """One picture on a quiet ground, as large as fits. Signals: `clicked()`."""

    clicked = Signal()

    def __init__(self, height_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap: QPixmap | None = None
        self.setFixedHeight(height_px)

    def show_pixmap(self, pixmap: QPixmap | None) -> None:
        """Show a picture, or an empty ground."""
        self._pixmap = pixmap
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """A click."""
        self.clicked.emit()

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
    """Preview, name, tags and facts of one image; how many are chosen.

    Signals: `neighbours_wanted(id)`, `look_wanted(id)`, `folder_wanted(path)` and
    `alike_wanted(tuple)` with the ids of the image and those like it.
    """

    neighbours_wanted = Signal(int)
    look_wanted = Signal(int)
    folder_wanted = Signal(str)
    alike_wanted = Signal(object)

    def __init__(self, tags: QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "side")
        self.setFixedWidth(theme.SIDE_WIDTH_PX)
        self._facts: ImageFacts | None = None
        self.picture = Picture(theme.SIDE_WIDTH_PX - 2 * theme.WIDE - 12)
        self.picture.clicked.connect(lambda: self._tell(self.look_wanted))
        self.heading = parts.label("", "heading", wrap=True)
        self.path = WrappedText("", "small")
        self.facts, self.shot = _form(), _form()
        self.chosen = parts.label("", "muted", wrap=True)
        self.tags = tags
        self.problem = parts.label("", "danger", wrap=True)
        self.alike_button = parts.button("", role="link", on_click=self._on_alike)
        self.ask_button = parts.button(
            tr("Show neighbours"),
            "neighbours",
            on_click=lambda: self._tell(self.neighbours_wanted),
        )
        self.folder_button = parts.button(tr("Show in folder"), "folder", on_click=self._on_folder)
        below: list[QWidget | int] = [self.heading, self.path, self.chosen, self.problem]
        below += [theme.HALF, tags, theme.HALF] if tags is not None else [theme.HALF]
        content = parts.column(
            self.picture, *below, self.facts, self.shot, self.alike_button, theme.GAP,
            self.ask_button, self.folder_button, None,
        )  # fmt: skip
        margin = theme.WIDE
        inner = parts.plain(content, (margin, margin, margin, margin))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(parts.scrolled(inner))
        self.show_facts(None, None)

    def show_facts(self, facts: ImageFacts | None, pixmap: QPixmap | None, number: int = 1) -> None:
        """Show an image, or that none is chosen."""
        is_same = facts is not None and self._facts is not None and facts.id == self._facts.id
        self._facts = facts
        parts.clear(self.facts)
        if not is_same:
            parts.clear(self.shot)
        self.picture.show_pixmap(pixmap)
        shown: list[QWidget] = [self.picture, self.path, self.ask_button, self.folder_button]
        shown += [self.tags] if self.tags is not None else []
        for part in shown:
            part.setVisible(facts is not None)
        self.problem.setVisible(facts is not None and bool(facts.problem))
        self.alike_button.setVisible(facts is not None and bool(facts.alike))
        if facts is None:
            self.heading.setText(tr("Nothing chosen"))
            self.chosen.setVisible(True)
            self.chosen.setText(
                tr(
                    "Click an image to see what is known about it. Space shows it large, "
                    "N its neighbours, T tags it."
                )
            )
            return
        self.heading.setText(breakable(facts.name))
        self.path.setPlainText(facts.full_path)
        _fill(self.facts, facts.lines)
        self.problem.setText(facts.problem)
        self.alike_button.setText(
            text.counted(len(facts.alike), tr("image like this one"), tr("images like this one"))
        )
        several = tr("{number} images are chosen.").format(number=text.count(number))
        self.chosen.setText(several)
        self.chosen.setVisible(number > 1)

    def show_shot(self, image_id: int, lines: Sequence[tuple[str, str]]) -> None:
        """Add what the camera wrote; dropped where another image is shown by now."""
        if self._facts is not None and self._facts.id == image_id:
            parts.clear(self.shot)
            _fill(self.shot, lines)

    def show_picture(self, image_id: int, pixmap: QPixmap | None) -> None:
        """Show a picture that came later; dropped where another image is shown by now."""
        if self._facts is not None and self._facts.id == image_id:
            self.picture.show_pixmap(pixmap)

    @property
    def image_id(self) -> int | None:
        """The image that is shown."""
        return self._facts.id if self._facts is not None else None

    def _tell(self, signal: SignalInstance) -> None:
        if self._facts is not None:
            signal.emit(self._facts.id)

    def _on_folder(self) -> None:
        if self._facts is not None:
            self.folder_wanted.emit(self._facts.full_path)

    def _on_alike(self) -> None:
        if self._facts is not None:
            self.alike_wanted.emit((self._facts.id, *self._facts.alike))


def breakable(name: str) -> str:
    """A name that a label may break: after the separators of its parts, and where none come."""
    for separator in ("/", "\\", "_", "-", "."):
        name = name.replace(separator, f"{separator}\u200b")
    return LONG_RUN.sub("\\g<0>\u200b", name)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(theme.WIDE)
    form.setVerticalSpacing(theme.HALF)
    return form


def _fill(form: QFormLayout, lines: Sequence[tuple[str, str]]) -> None:
    for name, value in lines:
        may_wrap = LONG_RUN.search(value) is None
        said = parts.label(value, wrap=True, selectable=True) if may_wrap else WrappedText(value)
        form.addRow(parts.label(name, "muted"), said)
