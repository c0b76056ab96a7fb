"""The small parts that pages are put together from, with the house's margins and roles."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import theme

FIELD_MARGIN_PX = 2
"""What the style leaves free around the text of a box of choices."""


def label(
    words: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False
) -> QLabel:
    """A text; `role` names its look in the style sheet."""
    made = QLabel(words, wordWrap=wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def chip(words: str = "", tone: str = "") -> QLabel:
    """A short word on a rounded ground."""
    made = label(words, "chip")
    made.setProperty("tone", tone)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def set_tone(widget: QWidget, tone: str) -> None:
    """Change the tone of a chip or bar."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(
    words: str, icon: str = "", *, role: str = "", on_click: Callable[[], object] | None = None
) -> QPushButton:
    """A push button; `role` is "", "primary" or "link"."""
    made = QPushButton(f" {words}" if icon else words)
    made.setAccessibleName(words)
    made.setAutoDefault(True)  # Enter presses it like Space, also outside of dialogs
    if role:
        made.setProperty("role", role)
    if icon:
        theme.set_icon(made, icon, "on_accent" if role == "primary" else "muted")
    if on_click is not None:
        made.clicked.connect(lambda: on_click())
    return made


def toggle(words: str, icon: str = "", tip: str = "") -> QToolButton:
    """A button with words that stays down and looks it."""
    shown = f" {words}" if icon else words  # the style leaves no room between icon and words
    made = QToolButton(text=shown, checkable=True, toolTip=tip, accessibleName=words)
    made.setProperty("role", "tab")
    if icon:
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setIconSize(QSize(16, 16))
        theme.set_icon(made, icon)
    return made


class WholeNumber(QSpinBox):
    """A number box; only with the focus does the wheel change it, so that forms scroll."""

    def __init__(self, low: int, high: int, name: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setGroupSeparatorShown(True)
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.lineEdit().setTextMargins(theme.HALF, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the form, unless the box has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Choice(QComboBox):
    """A box of choices, as wide as they need; the wheel belongs to the form.

    Where there is less room, what is chosen ends in dots and the tip says all of it.
    """

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the form."""
        event.ignore()

    @property
    def shown_text(self) -> str:
        """What is chosen, cut to the room there is."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option,
            QStyle.SubControl.SC_ComboBoxEditField, self,
        )  # fmt: skip
        words, font = self.currentText(), self.fontMetrics()
        if font.horizontalAdvance(words) <= field.width():
            return words
        return font.elidedText(words, Qt.TextElideMode.ElideRight, field.width() - FIELD_MARGIN_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The box with as much of the text as there is room for."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def event(self, event: QEvent) -> bool:
        """Where dots stand the tip says all."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.currentText()
            if self.shown_text != words:
                tip = f"{words}\n{self.toolTip()}".strip()
                QToolTip.showText(event.globalPos(), tip, self)
                return True
        return super().event(event)


def slider(name: str) -> QSlider:
    """A slider from left to right."""
    made = QSlider(Qt.Orientation.Horizontal)
    made.setAccessibleName(name)
    return made


def tool_button(icon: str, tip: str, on_click: Callable[[], object] | None = None) -> QToolButton:
    """A flat button with a picture; the tip is its accessible name too."""
    made = QToolButton(toolTip=tip, accessibleName=tip, autoRaise=True)
    made.setIconSize(QSize(18, 18))
    theme.set_icon(made, icon)
    if on_click is not None:
        made.clicked.connect(lambda: on_click())
    return made


def frame(role: str, layout: QLayout, margin_px: int = theme.WIDE) -> QFrame:
    """A ground with a look and a margin."""
    made = QFrame()
    made.setProperty("role", role)
    layout.setContentsMargins(margin_px, margin_px, margin_px, margin_px)
    made.setLayout(layout)
    return made


def line() -> QFrame:
    """A hair line."""
    made = QFrame()
    made.setProperty("role", "line")
    return made


def fill(layout: QBoxLayout, *parts: QWidget | QLayout | int | None) -> QBoxLayout:
    """Put parts into a layout: a number is a gap in pixels, None stretches."""
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout


def row(*parts: QWidget | QLayout | int | None, gap_px: int = theme.GAP) -> QHBoxLayout:
    """Parts side by side."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap_px)
    fill(layout, *parts)
    return layout


def column(*parts: QWidget | QLayout | int | None, gap_px: int = theme.GAP) -> QVBoxLayout:
    """Parts one below the other."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap_px)
    fill(layout, *parts)
    return layout


def plain(layout: QLayout, margins_px: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QWidget:
    """A widget that is nothing but its layout; margins are left, top, right, bottom."""
    made = QWidget()
    made.setProperty("role", "plain")
    layout.setContentsMargins(*margins_px)
    made.setLayout(layout)
    return made


def scrolled(content: QWidget) -> QScrollArea:
    """Content that scrolls up and down where it has to."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let go of it."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            return
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
