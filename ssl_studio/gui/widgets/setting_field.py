"""One setting: what its schema says of it, and the widget that edits it.

Knows the schema that pydantic writes, and nothing of methods.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget

from ssl_studio.gui import text
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts

Schema = Mapping[str, Any]
FIELD_WIDTH_PX = 168
INT_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One property of the schema, understood.

    Attributes:
        kind: "int", "float", "bool", "choice", "text" or "json".
        titles, tips: How choices are called and explained, as far as that is known.
        nullable: Whether it may be left empty.
    """

    name: str
    title: str
    help: str
    kind: str
    default: Any
    advanced: bool
    choices: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    tips: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    nullable: bool = False


def read_schema(schema: Schema) -> list[FieldSpec]:
    """The fields of a schema in order."""
    definitions = schema.get("$defs", {})
    return [
        _read_property(name, declared, definitions)
        for name, declared in schema.get("properties", {}).items()
    ]


def _read_property(name: str, declared: Schema, definitions: Schema) -> FieldSpec:
    about, nullable = _resolved(declared, definitions)
    low, high = about.get("minimum"), about.get("maximum")
    return FieldSpec(
        name=name,
        title=_title(name, declared),
        help=declared.get("description", ""),
        kind=_kind(about),
        default=declared.get("default"),
        advanced=bool(declared.get("advanced", False)),
        choices=tuple(str(value) for value in about.get("enum", ())),
        titles=about.get("titles", {}),
        tips=about.get("tips", {}),
        low=about.get("exclusiveMinimum", low),
        high=about.get("exclusiveMaximum", high),
        low_open="exclusiveMinimum" in about,
        high_open="exclusiveMaximum" in about,
        nullable=nullable,
    )


def _title(name: str, declared: Schema) -> str:
    stored = str(declared.get("title", ""))
    return stored if stored and stored.lower() != name.replace("_", " ") else text.words(name)


def _resolved(declared: Schema, definitions: Schema) -> tuple[dict[str, Any], bool]:
    about = dict(declared)
    nullable = False
    for key in ("anyOf", "oneOf", "allOf"):
        options = about.pop(key, [])
        kept = [option for option in options if option.get("type") != "null"]
        nullable = nullable or len(kept) < len(options)
        if len(kept) == 1:
            about = {**kept[0], **about}
        elif kept:
            about["type"] = "json"
    if "$ref" in about:
        about = {**definitions.get(str(about.pop("$ref")).rsplit("/", 1)[-1], {}), **about}
    if "const" in about:
        about["enum"] = [about["const"]]
    return about, nullable


def _kind(about: Schema) -> str:
    if "enum" in about:
        return "choice"
    known = {"integer": "int", "number": "float", "boolean": "bool", "string": "text"}
    return known.get(str(about.get("type")), "json")


class SettingsField(QWidget):
    """The editor of one property, whatever its kind."""

    edited = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.editor = self._new_editor()
        self.editor.setAccessibleName(spec.title)
        self.editor.setAccessibleDescription(spec.help)
        self.setLayout(parts.row(self.editor))
        self.setFixedWidth(FIELD_WIDTH_PX)
        self.set_value(spec.default)

    def _new_editor(self) -> QWidget:
        spec = self.spec
        if spec.kind == "bool":
            check = QCheckBox()
            check.toggled.connect(lambda _on: self.edited.emit())
            return check
        if spec.kind == "choice":
            combo = parts.Choice()
            for choice in spec.choices:
                combo.addItem(spec.titles.get(choice) or text.words(choice))
                tip = spec.tips.get(choice, "")
                combo.setItemData(combo.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            combo.currentIndexChanged.connect(lambda _index: self.edited.emit())
            return combo
        if spec.kind == "int" and not spec.nullable:
            low = -INT_LIMIT if spec.low is None else int(spec.low) + spec.low_open
            high = INT_LIMIT if spec.high is None else int(spec.high) - spec.high_open
            spin = parts.WholeNumber(max(-INT_LIMIT, low), min(INT_LIMIT, high))
            spin.valueChanged.connect(lambda _value: self.edited.emit())
            return spin
        edit = QLineEdit()
        if spec.nullable:
            edit.setPlaceholderText(tr("automatic"))
        edit.textChanged.connect(lambda _text: self.edited.emit())
        return edit

    def value(self) -> Any:
        """What is entered. Raises ValueError with words where that makes no sense."""
        editor, spec = self.editor, self.spec
        if isinstance(editor, QCheckBox):
            return editor.isChecked()
        if isinstance(editor, QComboBox):
            return spec.choices[editor.currentIndex()] if spec.choices else None
        if isinstance(editor, QSpinBox):
            return editor.value()
        assert isinstance(editor, QLineEdit)
        return parse_value(spec, editor.text())

    def set_value(self, value: Any) -> None:
        """Enter a value without saying so."""
        editor = self.editor
        blocker = QSignalBlocker(editor)
        if isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QComboBox):
            if str(value) in self.spec.choices:
                editor.setCurrentIndex(self.spec.choices.index(str(value)))
        elif isinstance(editor, QSpinBox):
            editor.setValue(int(value or 0))
        elif isinstance(editor, QLineEdit):
            editor.setText(value_text(self.spec, value))
        blocker.unblock()


def value_text(spec: FieldSpec, value: Any) -> str:
    """A value as it stands in a line."""
    if value is None:
        return ""
    if spec.kind == "float":
        return f"{float(value):g}"
    return str(value) if spec.kind in ("text", "int") else json.dumps(value)


def parse_value(spec: FieldSpec, entered: str) -> Any:
    """The value of a line. Raises ValueError with words for the user."""
    entered = entered.strip()
    if not entered and spec.nullable:
        return None
    if spec.kind == "text":
        return entered
    if spec.kind == "json":
        try:
            return json.loads(entered)
        except json.JSONDecodeError as error:
            raise ValueError(tr("is not written as a list or value, such as [2, 6]")) from error
    try:
        number = int(entered) if spec.kind == "int" else float(entered.replace(",", "."))
    except ValueError as error:
        raise ValueError(tr("is not a number")) from error
    return _within(spec, number)


def _within(spec: FieldSpec, number: float) -> float:
    too_low = spec.low is not None and (number < spec.low or (spec.low_open and number == spec.low))
    too_high = spec.high is not None and (
        number > spec.high or (spec.high_open and number == spec.high)
    )
    if number != number or too_low or too_high:
        low = "-∞" if spec.low is None else f"{spec.low:g}"
        high = "∞" if spec.high is None else f"{spec.high:g}"
        raise ValueError(tr("has to lie between {low} and {high}").format(low=low, high=high))
    return number
