"""What every table and list of the window says of its cells in the same way."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
"""The parent of all rows of a list or table."""


def alignment(is_number: bool) -> int:
    """The `TextAlignmentRole` of a cell and of its heading: numbers at the right, words left."""
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
