"""What an export would write: the files, the first lines of one, and how to load it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QHeaderView,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.export_plans import Plan

CODE_PX, MOST_CODE_PX = 132, 420
"""Boxes of code are as high as what they hold, within these."""


class ExportPreview(QWidget):
    """Shows a plan, or why there is none. `copied()` after the code went to the clipboard."""

    copied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = QTableWidget(0, 3)
        self.files.setAccessibleName(tr("What will be written"))
        self.first_lines = _code_box(tr("What it holds"))
        self.snippet = _code_box(tr("How to load it"))
        self.note = parts.label("", "muted", wrap=True)
        self.problem = parts.label("", "warning", wrap=True)
        self._build_files()
        copy = parts.tool_button("copy", tr("Copy the code"), self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(parts.label(tr("WHAT WILL BE WRITTEN"), "section"))
        for widget in (self.files, self.note, self.problem):
            layout.addWidget(widget)
        layout.addWidget(parts.label(tr("WHAT IT HOLDS"), "section"))
        layout.addWidget(self.first_lines)
        layout.addLayout(parts.row(parts.label(tr("HOW TO LOAD IT"), "section"), None, copy))
        layout.addWidget(self.snippet)

    def _build_files(self) -> None:
        self.files.setHorizontalHeaderLabels([tr("File"), tr("Size, about"), tr("What it is")])
        self.files.verticalHeader().hide()
        self.files.setShowGrid(False)
        self.files.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.files.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.files.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.files.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)

    def show_plan(self, plan: Plan) -> None:
        """Show what would be written."""
        self.files.setRowCount(len(plan.files))
        for row, file in enumerate(plan.files):
            size = "–" if file.bytes is None else text.size(file.bytes)
            about = file.about
            if file.is_there:
                about = tr("IS THERE ALREADY · {about}").format(about=file.about)
            for column, words in enumerate((file.name, size, about)):
                self.files.setItem(row, column, QTableWidgetItem(words))
        height = self.files.horizontalHeader().sizeHint().height()
        self.files.setFixedHeight(
            height + sum(self.files.rowHeight(r) for r in range(len(plan.files))) + 4
        )
        _fill(self.first_lines, plan.preview)
        _fill(self.snippet, plan.snippet)
        self.note.setText(plan.note)
        self.note.setVisible(bool(plan.note))
        self.problem.setVisible(bool(plan.clashes))
        self.problem.setText(tr("Something of that name is there already; you will be asked."))

    def show_problem(self, words: str) -> None:
        """Nothing can be written; say why."""
        self.files.setRowCount(0)
        self.files.setFixedHeight(40)
        _fill(self.first_lines, "")
        _fill(self.snippet, "")
        self.note.hide()
        self.problem.setText(words)
        self.problem.show()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.snippet.toPlainText())
        self.copied.emit()


def _code_box(name: str) -> QPlainTextEdit:
    box = QPlainTextEdit()
    box.setReadOnly(True)
    box.setAccessibleName(name)
    box.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    box.setTabChangesFocus(True)
    return box


def _fill(box: QPlainTextEdit, words: str) -> None:
    box.setPlainText(words)
    lines = words.count("\n") + 3  # room for a scroll bar
    wanted = lines * box.fontMetrics().lineSpacing()
    box.setFixedHeight(min(max(wanted, CODE_PX), MOST_CODE_PX))
