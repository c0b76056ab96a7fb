"""Sheets to read: all keys, and what is new."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from ssl_studio.gui import news, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts

COLUMNS = 2
NEWS_PX = QSize(620, 560)
Section = tuple[str, list[tuple[str, str]]]


def _sheet(parent: QWidget, title: str, content: QWidget) -> QDialog:
    dialog = QDialog(parent, windowTitle=title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(0, 0, 0, theme.WIDE)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    area = parts.scrolled(content)
    area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # arrows scroll
    area.setAccessibleName(title)
    layout.addWidget(area)
    layout.addLayout(parts.row(None, buttons, theme.WIDE))
    return dialog


def shared_out(sections: Sequence[Section], columns: int) -> list[list[Section]]:
    """Sections in order, cut into columns of about the same length."""
    total = sum(len(rows) + 2 for _title, rows in sections)
    columns_made: list[list[Section]] = [[] for _ in range(columns)]
    filled = 0
    for section in sections:
        length = len(section[1]) + 2
        column = min(columns - 1, int((filled + length / 2) * columns / total))
        columns_made[column].append(section)
        filled += length
    return columns_made


def show_shortcuts(parent: QWidget, sections: Sequence[Section]) -> QDialog:
    """A sheet of all keys."""
    columns = [
        parts.plain(parts.column(*(_section(*section) for section in column), None, gap_px=20))
        for column in shared_out(sections, COLUMNS)
    ]
    holder = parts.plain(parts.row(*columns, gap_px=40), (28, 24, 28, 8))
    dialog = _sheet(parent, tr("Keys"), holder)
    wanted = holder.sizeHint() + QSize(24, 80)
    dialog.resize(wanted.boundedTo(parent.size() - QSize(40, 40)))
    dialog.open()
    return dialog


def _section(title: str, rows: list[tuple[str, str]]) -> QWidget:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    grid.addWidget(parts.label(title.upper(), "section"), 0, 0, 1, 2)
    for line, (words, keys) in enumerate(rows, 1):
        grid.addWidget(parts.label(words), line, 0)
        grid.addWidget(parts.chip(keys), line, 1, Qt.AlignmentFlag.AlignRight)
    return parts.plain(grid)


def news_widget(releases: Sequence[news.Release]) -> QWidget:
    """What is new, release by release."""
    blocks: list[QWidget] = []
    for release in releases:
        blocks.append(parts.label(release.title, "heading"))
        for group, lines in release.groups:
            blocks.append(parts.label(group.upper(), "section"))
            blocks += [_bullet(line) for line in lines]
    return parts.plain(parts.column(*blocks, None, gap_px=6), (28, 24, 28, 8))


def _bullet(line: str) -> QWidget:
    dot = parts.label("•", "muted")
    row = parts.row(dot, parts.label(line, wrap=True))
    row.setAlignment(dot, Qt.AlignmentFlag.AlignTop)
    row.setStretch(1, 1)
    return parts.plain(row)


def show_news(parent: QWidget) -> QDialog:
    """All that changed, from the change log that comes with the program."""
    content = news_widget(news.releases())
    dialog = _sheet(parent, tr("What is new"), content)
    dialog.resize(NEWS_PX.boundedTo(parent.size() - QSize(40, 40)))
    dialog.open()
    return dialog
