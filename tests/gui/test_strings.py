"""Every word that users see goes through `tr`, as a literal that a translator can be given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ssl_studio.gui

GUI = Path(ssl_studio.gui.__file__).parent
FILES = sorted(GUI.rglob("*.py"))

SHOWING = {
    "setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName",
    "setAccessibleDescription", "setStatusTip", "setTitle", "setInformativeText", "addTab",
    "addAction", "addMenu", "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton",
    "QGroupBox", "label", "button", "tool_button", "chip", "show_empty", "slider", "StudioError",
    "setHeaderLabels", "setHorizontalHeaderLabels", "addButton", "Choice",
}  # fmt: skip
"""Calls whose text is shown."""

NAMES = {"SSL Studio", "SSLStudio"}
ROLES = {"role", "tone", "icon", "line_role", "objectName", "format"}


def called(node: ast.Call) -> str:
    target = node.func
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def is_wordy(text: str) -> bool:
    """Words, not the name of an icon or a role: these are a single word in small letters."""
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) > 2 and (" " in text.strip() or text[:1].isupper()) and text not in NAMES


def bare(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in SHOWING:
            values = [*node.args, *(k.value for k in node.keywords if k.arg not in ROLES)]
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    if is_wordy(value.value):
                        yield value.lineno, value.value
                elif isinstance(value, ast.JoinedStr):
                    yield from (
                        (value.lineno, part.value)
                        for part in value.values
                        if isinstance(part, ast.Constant) and is_wordy(str(part.value).strip())
                    )


def not_literal(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == "tr":
            argument = node.args[0] if node.args else None
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                yield node.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(GUI)))
def test_no_shown_word_is_bare(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not list(bare(tree))
    assert not list(not_literal(tree)), "tr() takes a literal: a translator cannot see variables"


def test_the_lint_finds_what_it_should() -> None:
    assert list(bare(ast.parse('box.setText("Hello there")')))
    assert list(bare(ast.parse('parts.label(f"{n} images left")')))
    assert not list(bare(ast.parse('parts.label(tr("Hello"), "small")')))
    assert list(not_literal(ast.parse("tr(words)")))
