"""Groups with their colours, to be switched on and off."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from ssl_studio.gui import text
from ssl_studio.gui.text import tr

DOT_PX = 12


class Legend(QListWidget):
    """One line per group; unchecking hides it. `hidden_changed(frozenset of positions)`."""

    hidden_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Legend"))
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(DOT_PX, DOT_PX))
        self.itemChanged.connect(lambda _item: self.hidden_changed.emit(self.hidden_groups()))

    def set_groups(self, groups: Sequence[tuple[str, str, int]]) -> None:
        """Show these: name, colour, number of points. All are switched on."""
        self.blockSignals(True)
        self.clear()
        for name, css, number in groups:
            item = QListWidgetItem(_dot(css), f"{name}   {text.count(number)}", self)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
        self.blockSignals(False)
        self.hidden_changed.emit(frozenset())

    def hidden_groups(self) -> frozenset[int]:
        """Positions of the groups that are switched off."""
        states = (self.item(row).checkState() for row in range(self.count()))
        return frozenset(r for r, state in enumerate(states) if state == Qt.CheckState.Unchecked)


def _dot(css: str) -> QIcon:
    pixmap = QPixmap(2 * DOT_PX, 2 * DOT_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(css))
    painter.drawEllipse(2, 2, 2 * DOT_PX - 4, 2 * DOT_PX - 4)
    painter.end()
    return QIcon(pixmap)
