"""The rail at the left: one button for each page."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.actions import shown_keys
from ssl_studio.gui.pages import PageEntry
from ssl_studio.gui.text import tr

ICON_PX = 22
WIDTH_PX = 104
BUTTON_PX = 58


class Rail(QScrollArea):
    """Emits `chosen(key)`; scrolls where the window is too low for all pages."""

    chosen = Signal(str)

    def __init__(self, pages: Iterable[PageEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="rail_area", widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedWidth(WIDTH_PX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        holder = QFrame(objectName="rail", accessibleName=tr("Pages"))
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, theme.GAP, 0, theme.GAP)
        layout.setSpacing(0)
        for number, page in enumerate(pages, 1):
            layout.addWidget(self._new_button(page, number))
        layout.addStretch(1)
        self.setWidget(holder)

    def _new_button(self, page: PageEntry, number: int) -> QToolButton:
        button = QToolButton(text=page.title, checkable=True, accessibleName=page.title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setFixedSize(WIDTH_PX, BUTTON_PX)
        keys = f"  ({shown_keys(f'Alt+{number % 10}')})" if number <= 10 else ""
        button.setToolTip(f"{page.title}{keys}")
        theme.set_icon(button, page.icon)
        button.clicked.connect(lambda _on=False, key=page.key: self.chosen.emit(key))
        self._group.addButton(button)
        self.buttons[page.key] = button
        return button

    def show_chosen(self, key: str) -> None:
        """Mark the page that is shown."""
        self.buttons[key].setChecked(True)
        self.ensureWidgetVisible(self.buttons[key])
