"""What a page shows when it has nothing to show: why, and what to do next."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import assets, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts

ICON_PX = 56
TEXT_WIDTH_PX = 460


class EmptyState(QWidget):
    """An icon, a heading, a sentence, and at most a few buttons; the first is the main one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name, self._icon_colour = "info", "faint"
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.heading = parts.label("", "heading")
        self.heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence = parts.label("", "muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setFixedWidth(TEXT_WIDTH_PX)
        self._buttons = parts.row()
        centre = Qt.AlignmentFlag.AlignHCenter
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.GAP)
        layout.addStretch(2)
        layout.addWidget(self._icon, alignment=centre)
        layout.addSpacing(theme.GAP)
        layout.addWidget(self.heading, alignment=centre)
        layout.addWidget(self.sentence, alignment=centre)
        layout.addSpacing(theme.GAP)
        layout.addLayout(self._buttons)
        layout.setAlignment(self._buttons, centre)
        layout.addStretch(3)
        theme.signals().theme_changed.connect(self._show_icon)

    def tell(
        self,
        icon: str,
        heading: str,
        sentence: str,
        actions: Sequence[tuple[str, Callable[[], object]]] = (),
        *,
        colour: str = "faint",
    ) -> None:
        """Say this."""
        self._icon_name, self._icon_colour = icon, colour
        self.heading.setText(heading)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.sentence.setMinimumHeight(max(0, self.sentence.heightForWidth(TEXT_WIDTH_PX)))
        parts.clear(self._buttons)
        for position, (words, on_click) in enumerate(actions):
            role = "primary" if position == 0 else ""
            self._buttons.addWidget(parts.button(words, role=role, on_click=on_click))
        self._show_icon()

    def tell_problem(self, error: StudioError, retry: Callable[[], object] | None = None) -> None:
        """Say what went wrong, why, and what to do."""
        sentence = " ".join(part for part in (error.why, error.remedy) if part)
        actions = [(tr("Try again"), retry)] if retry is not None else []
        self.tell("alarm", error.what, sentence, actions, colour="danger")

    def _show_icon(self) -> None:
        colour = theme.css(self._icon_colour)
        pixmap = assets.icon_pixmap(self._icon_name, colour, ICON_PX, self.devicePixelRatioF())
        self._icon.setPixmap(pixmap)
        self._icon.setFixedSize(QSize(ICON_PX, ICON_PX))
