"""A form made from a JSON schema: one row per setting, with help, what is proposed and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.setting_field import (
    FieldSpec,
    Schema,
    SettingsField,
    read_schema,
    value_text,
)

RESET_PX = 28


class SettingsForm(QWidget):
    """All fields of a schema. The simple form leaves out what the schema calls advanced."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, SettingsField] = {}
        self._rows: dict[str, _Row] = {}
        self._reasons: dict[str, str] = {}
        self._proposed: dict[str, Any] = {}
        self._touched: set[str] = set()
        self._is_advanced = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.WIDE)
        self._grid.setVerticalSpacing(theme.WIDE)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnMinimumWidth(2, RESET_PX)
        theme.signals().theme_changed.connect(self._check)

    def set_schema(self, schema: Schema, leave_out: frozenset[str] = frozenset()) -> None:
        """Build the form anew, with the schema's defaults."""
        parts.clear(self._grid)
        self.fields.clear()
        self._rows.clear()
        self._reasons.clear()
        self._proposed.clear()
        self._touched.clear()
        specs = [spec for spec in read_schema(schema) if spec.name not in leave_out]
        for spec in sorted(specs, key=lambda spec: spec.advanced):
            self._add_row(spec)
        self.show_advanced(self._is_advanced)
        self._check()

    def show_advanced(self, show: bool) -> None:
        """Show or hide what the schema calls advanced."""
        self._is_advanced = show
        for name, editor in self.fields.items():
            is_shown = show or not editor.spec.advanced
            self._rows[name].words.setVisible(is_shown)
            editor.setVisible(is_shown)
            self._mark(name, self._rows[name])

    @property
    def has_simple_fields(self) -> bool:
        """Whether the simple form shows anything."""
        return any(not editor.spec.advanced for editor in self.fields.values())

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Enter values that no proposal overrules; names that the form lacks are left out."""
        for name, value in values.items():
            if name in self.fields:
                self.fields[name].set_value(value)
                self._touched.add(name)
        self._check()
        self.changed.emit()

    def propose(self, proposals: Mapping[str, tuple[Any, str]]) -> None:
        """Enter proposed values with the reason for each, except where the user was quicker."""
        for name, (value, why) in proposals.items():
            editor = self.fields.get(name)
            if editor is None:
                continue
            self._reasons[name] = why
            self._proposed[name] = value
            if name not in self._touched:
                editor.set_value(value)
        self._check()
        self.changed.emit()

    def values(self) -> dict[str, Any]:
        """All values. Raises ValueError naming the first field that makes no sense."""
        entered = {}
        for name, editor in self.fields.items():
            try:
                entered[name] = editor.value()
            except ValueError as error:
                raise ValueError(f"{editor.spec.title} {error}.") from error
        return entered

    def problem(self, name: str) -> str | None:
        """What is wrong with a field, in words."""
        try:
            self.fields[name].value()
        except ValueError as error:
            return str(error)
        return None

    @property
    def is_valid(self) -> bool:
        """Whether every field makes sense."""
        return all(self.problem(name) is None for name in self.fields)

    # -- what differs from the proposal ---------------------------------------------------------

    def proposed(self, name: str) -> Any:
        """What is proposed for a field, else its default."""
        return self._proposed.get(name, self.fields[name].spec.default)

    def is_changed(self, name: str) -> bool:
        """Whether the user (or a run that was copied) departs from what is proposed."""
        editor = self.fields[name]
        return self.problem(name) is not None or not _same(editor.value(), self.proposed(name))

    @property
    def changed_names(self) -> list[str]:
        """The fields that depart from what is proposed."""
        return [name for name in self.fields if self.is_changed(name)]

    def reset(self, name: str) -> None:
        """Go back to what is proposed for one field."""
        self._touched.discard(name)
        self.fields[name].set_value(self.proposed(name))
        self._on_edited()

    def reset_all(self) -> None:
        """Go back to what is proposed."""
        self._touched.clear()
        for name in self.fields:
            self.fields[name].set_value(self.proposed(name))
        self._on_edited()

    # -- rows ----------------------------------------------------------------------------------

    def _add_row(self, spec: FieldSpec) -> None:
        editor = SettingsField(spec)
        editor.edited.connect(lambda: self._on_touched(spec.name))
        title = QLabel(spec.title)
        title.setBuddy(editor.editor)
        help_text = parts.label(spec.help, "small", wrap=True)
        why = parts.label("", "small", wrap=True)
        reset = parts.tool_button(
            "undo", tr("Back to the proposed value"), lambda: self.reset(spec.name)
        )
        reset.setAccessibleName(tr("Back to the proposed value of {name}").format(name=spec.title))
        words = parts.plain(parts.column(title, help_text, why, gap_px=2))
        position = self._grid.rowCount()
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(words, position, 0)
        self._grid.addWidget(editor, position, 1, top)
        self._grid.addWidget(reset, position, 2, top)
        self.fields[spec.name] = editor
        self._rows[spec.name] = _Row(words, title, help_text, why, reset)

    def _on_touched(self, name: str) -> None:
        self._touched.add(name)
        self._on_edited()

    def _on_edited(self) -> None:
        self._check()
        self.changed.emit()

    def _check(self) -> None:
        for name, row in self._rows.items():
            problem = self.problem(name)
            said = self._reason(name, problem)
            row.why.setText(said)
            row.why.setVisible(bool(said))
            row.why.setStyleSheet(f"color: {theme.css('danger' if problem else 'accent')}")
            row.help.setText(self._help(name))
            self._mark(name, row)

    def _reason(self, name: str, problem: str | None) -> str:
        if problem:
            return tr("The value {problem}.").format(problem=problem)
        reason = self._reasons.get(name, "")
        if not reason:
            return ""
        spec = self.fields[name].spec
        proposed = value_text(spec, self._proposed[name]).strip('"')
        proposed = spec.titles.get(proposed) or proposed
        return tr("Proposed {value}: {why}").format(value=proposed, why=reason)

    def _help(self, name: str) -> str:
        """The help of the field, and of the choice that is made."""
        editor = self.fields[name]
        tip = ""
        if editor.spec.kind == "choice":
            tip = editor.spec.tips.get(str(editor.value()), "")
        return " ".join(part for part in (editor.spec.help, tip) if part)

    def _mark(self, name: str, row: "_Row") -> None:
        """Changed values stand out, and can be taken back."""
        is_changed = self.is_changed(name)
        title = self.fields[name].spec.title
        row.title.setText(f"{title} •" if is_changed else title)
        font = row.title.font()
        font.setBold(is_changed)
        row.title.setFont(font)
        row.title.setToolTip(tr("Changed from what is proposed") if is_changed else "")
        is_shown = self._is_advanced or not self.fields[name].spec.advanced
        policy = row.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(is_shown)  # nothing moves when it comes
        row.reset.setSizePolicy(policy)
        row.reset.setVisible(is_changed and is_shown)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """The widgets beside an editor."""

    words: QWidget
    title: QLabel
    help: QLabel
    why: QLabel
    reset: QToolButton


def _same(first: Any, second: Any) -> bool:
    """Whether two values are the same setting: floats are shown with six digits."""
    if isinstance(first, float) or isinstance(second, float):
        try:
            return abs(float(first) - float(second)) <= 1e-5 * max(abs(float(second)), 1e-12)
        except (TypeError, ValueError):
            return False
    return bool(first == second)
