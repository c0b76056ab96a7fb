"""One image as large as the window, over any page; arrows lead to the next.

It is decoded in a thread of its own; meanwhile its thumbnail stands there.
"""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import assets, text, theme
from ssl_studio.gui.choices import NO_IDS, Ids
from ssl_studio.gui.models.larger_pictures import Decoded, decode
from ssl_studio.gui.reader import Reader
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.tag_book import tag_book
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.picture_canvas import WHEEL_FACTOR, PictureCanvas
from ssl_studio.project.records import ImageRecord

KEPT = 6
"""Decoded pictures at hand: the one shown, its neighbours and where one came from."""

_STEPS = {
    Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageUp: -1,
}  # fmt: skip


class LargeView(QFrame):
    """Covers its parent while it is shown. Esc, Space and Enter close it.

    Signals: `image_changed(id)`.
    """

    image_changed = Signal(int)

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "large")
        self.setStyleSheet(_SHEET)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Large view"))
        self._studio = studio
        self._ground = parent
        self._book = tag_book(studio)
        self._ids: Ids = NO_IDS
        self._row = 0
        self._restored: Ids | None = None
        self._reader: Reader | None = None
        self._kept: OrderedDict[int, Decoded] = OrderedDict()
        self._return_to: QWidget | None = None
        self.canvas = PictureCanvas()
        self.name = parts.label("", "heading")
        self.facts = parts.label()
        self.tags = parts.label()
        self.place = parts.label()
        self.zoom = parts.label()
        self._build()
        self.hide()
        studio.large_view_requested.connect(self.look)
        studio.project_closed.connect(self._on_closed)
        self._book.changed.connect(self._show_tags)
        self.canvas.zoomed.connect(self._show_zoom)
        self.canvas.needs_pixels.connect(lambda: self._ask(self.image_id, whole=True))
        parent.installEventFilter(self)

    def _build(self) -> None:
        step = [
            _button("back", tr("Image before (Left)"), lambda: self.step(-1)),
            _button("forward", tr("Next image (Right)"), lambda: self.step(1)),
            _button("fit", tr("Whole picture (0)"), self.canvas.fit),
            _button("close", tr("Close (Esc)"), self.leave),
        ]
        top = parts.row(self.name, theme.WIDE, self.facts, None, self.place, theme.GAP, *step)
        hints = parts.label(
            tr("Arrows: other images   ·   Wheel: zoom   ·   Drag: move   ·   1–9: tags"), "hint"
        )
        below = parts.row(self.tags, None, hints, theme.WIDE, self.zoom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.GAP, theme.WIDE, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addLayout(top)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(below)

    # -- coming and going ----------------------------------------------------------------------

    @property
    def image_id(self) -> int | None:
        """The image that is shown."""
        return int(self._ids[self._row]) if len(self._ids) else None

    def look(self, image_ids: Ids, image_id: int) -> None:
        """Show an image; `image_ids` are those that the arrows lead to."""
        selection = self._studio.selection
        several = len(selection) > 1 and bool((selection == image_id).any())
        self._restored = selection if several else None
        among = selection if several else np.asarray(image_ids, np.int64)
        found = np.flatnonzero(among == image_id)
        self._ids = among if len(found) else np.asarray([image_id], np.int64)
        self._row = int(found[0]) if len(found) else 0
        if not self.isVisible():
            self._return_to = self.window().focusWidget()
        self._cover()
        self.show()
        self.raise_()
        self.setFocus()
        self._show_image()

    def leave(self) -> None:
        """Close, and give the keyboard back to where it was."""
        self.hide()
        if self._restored is not None:
            self._studio.select(self._restored)
            self._restored = None
        if self._return_to is not None and self._return_to.isVisible():
            self._return_to.setFocus()
        self._return_to = None

    def step(self, rows: int) -> None:
        """Show an image further on, or back; stops at either end."""
        self._go_to(self._row + rows)

    def _go_to(self, row: int) -> None:
        row = max(0, min(len(self._ids) - 1, row))
        if row != self._row:
            self._row = row
            self._show_image()

    def _cover(self) -> None:
        self.setGeometry(self._ground.rect())

    def _on_closed(self) -> None:
        self._reader = None  # the studio has ended it
        self._kept.clear()
        self._ids, self._restored = NO_IDS, None
        self.hide()

    # -- showing -------------------------------------------------------------------------------

    def _show_image(self) -> None:
        image_id = self.image_id
        if image_id is None or not self._studio.is_open:
            return
        self.canvas.fit()
        self.place.setText(
            tr("{n} of {all}").format(n=text.count(self._row + 1), all=text.count(len(self._ids)))
        )
        self._studio.select([image_id])
        self.image_changed.emit(image_id)
        self._show_tags()
        self._studio.reader.ask(
            "large view", lambda project: project.images.get([image_id]), self._show_facts
        )
        kept = self._kept.get(image_id)
        if kept is not None:
            self.canvas.show_image(kept.image, kept.size)
        else:
            thumbnail = self._studio.thumbnails.pixmap(image_id)
            self.canvas.show_preview(thumbnail, thumbnail.size() if thumbnail else QSize())
        self._ask(image_id)

    def _show_facts(self, records: list[ImageRecord]) -> None:
        if not records:
            return
        record = records[0]
        self.name.setText(record.path.rsplit("/", 1)[-1])
        said = [record.label, record.captured_at and record.captured_at.replace("T", " ")]
        if record.width and record.height:
            said.append(f"{record.width} × {record.height}")
        self.facts.setText("   ·   ".join(part for part in said if part))
        waiting = self.image_id == record.id and record.id not in self._kept
        if waiting and not self.canvas.words and record.width and record.height:
            thumbnail = self._studio.thumbnails.pixmap(record.id)
            self.canvas.show_preview(thumbnail, QSize(record.width, record.height))

    def _show_tags(self) -> None:
        image_id = self.image_id
        found = [] if image_id is None else self._book.of(image_id)
        self.tags.setText("   ".join(f"● {tag.name}" for tag in found))

    def _show_zoom(self) -> None:
        self.zoom.setText(f"{100 * self.canvas.zoom:.0f} %")

    # -- decoding ------------------------------------------------------------------------------

    def _ask(self, image_id: int | None, *, whole: bool = False) -> None:
        """Ask for pixels, then for those of the next and the one before."""
        if image_id is None or not self._studio.is_open:
            return
        if self._reader is None:
            self._reader = self._studio.new_reader(tr("Reading a picture"))
        kept = self._kept.get(image_id)
        if kept is not None and (not whole or kept.image.width() >= kept.size.width()):
            self._ask_near()
            return
        side = None if whole else self._screen_side()
        self._reader.ask(
            "shown",
            lambda project: decode(project, image_id, side),
            lambda shown: self._on_decoded(image_id, shown),
            lambda error: self._on_failed(image_id, error),
        )

    def _on_decoded(self, image_id: int, shown: Decoded) -> None:
        self._keep(image_id, shown)
        if image_id == self.image_id:
            self.canvas.show_image(shown.image, shown.size)
        self._ask_near()

    def _on_failed(self, image_id: int, error: StudioError) -> None:
        if image_id == self.image_id:
            said = (error.what, error.why, error.remedy)
            self.canvas.show_nothing("\n\n".join(part for part in said if part))

    def _ask_near(self) -> None:
        for key, row in (("next", self._row + 1), ("before", self._row - 1)):
            if 0 <= row < len(self._ids) and int(self._ids[row]) not in self._kept:
                self._ask_ahead(key, int(self._ids[row]))

    def _ask_ahead(self, key: str, image_id: int) -> None:
        assert self._reader is not None
        side = self._screen_side()
        self._reader.ask(
            key,
            lambda project: decode(project, image_id, side),
            lambda shown: self._keep(image_id, shown),
            lambda _error: None,
        )

    def _keep(self, image_id: int, shown: Decoded) -> None:
        self._kept[image_id] = shown
        self._kept.move_to_end(image_id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _screen_side(self) -> int:
        """Pixels of the screen's longer side: more cannot be seen without zooming."""
        screen = self.screen() or QGuiApplication.primaryScreen()
        size = screen.size() * screen.devicePixelRatio()
        return max(size.width(), size.height(), 1024)

    # -- Qt ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, zoom and leaving."""
        key = Qt.Key(event.key())
        keys = Qt.Key
        if key in (keys.Key_Escape, keys.Key_Space, keys.Key_Return, keys.Key_Enter):
            self.leave()
        elif key in _STEPS:
            self.step(_STEPS[key])
        elif key == keys.Key_Home:
            self._go_to(0)
        elif key == keys.Key_End:
            self._go_to(len(self._ids) - 1)
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self.canvas.zoom_by(WHEEL_FACTOR)
        elif key == keys.Key_Minus:
            self.canvas.zoom_by(1 / WHEEL_FACTOR)
        elif key == keys.Key_0:
            self.canvas.fit()
        elif key == keys.Key_Z:
            self.canvas.zoom_to(1.0)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the pixels: a few photos are a hundred megabytes."""
        super().hideEvent(event)
        self._kept.clear()
        self.canvas.show_nothing()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return super().eventFilter(watched, event)


def _button(icon: str, tip: str, on_click: Callable[[], object]) -> QToolButton:
    made = QToolButton(toolTip=tip, accessibleName=tip, autoRaise=True)
    made.setIcon(assets.icon(icon, "#d7dade", "#ffffff", "#6b7177"))
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.clicked.connect(lambda: on_click())
    return made


# The ground is dark in either theme: colours of pictures are judged on it.
_SHEET = """
QFrame[role="large"] { background: #16181a; }
QFrame[role="large"] QLabel { color: #d7dade; background: transparent; }
QFrame[role="large"] QLabel[role="hint"] { color: #868d94; }
QFrame[role="large"] QToolButton:hover { background: #2c3034; }
"""
