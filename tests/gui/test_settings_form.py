import pytest
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from ssl_studio.gui.widgets.setting_field import FieldSpec, parse_value, read_schema
from ssl_studio.gui.widgets.settings_form import SettingsForm

SCHEMA = {
    "$defs": {"Rule": {"enum": ["linear", "sqrt"], "type": "string"}},
    "properties": {
        "epochs": {"type": "integer", "minimum": 1, "maximum": 999, "default": 100,
                   "title": "Epochs", "description": "How often.", "advanced": False},
        "learning_rate": {"type": "number", "exclusiveMinimum": 0, "default": 0.06,
                          "title": "Learning Rate", "advanced": True},
        "rule": {"$ref": "#/$defs/Rule", "default": "sqrt", "advanced": True},
        "hidden": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "crops": {"type": "array", "default": [2, 6]},
        "compile": {"type": "boolean", "default": False},
    },
}  # fmt: skip


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    made = SettingsForm()
    qtbot.addWidget(made)
    made.set_schema(SCHEMA)
    made.show()
    return made


def test_the_form_starts_with_the_defaults(form: SettingsForm) -> None:
    assert form.values() == {
        "epochs": 100,
        "learning_rate": 0.06,
        "rule": "sqrt",
        "hidden": None,
        "crops": [2, 6],
        "compile": False,
    }


def test_values_go_in_and_come_out(form: SettingsForm) -> None:
    entered = {"epochs": 5, "learning_rate": 3e-4, "rule": "linear", "hidden": 7, "compile": True}
    form.set_values(entered)
    assert form.values() == {**entered, "crops": [2, 6]}


def test_editing_a_field_is_heard(form: SettingsForm, qtbot: QtBot) -> None:
    spin = form.fields["epochs"].editor
    assert isinstance(spin, QSpinBox)
    with qtbot.waitSignal(form.changed):
        spin.setValue(7)
    assert form.values()["epochs"] == 7


def test_the_simple_form_leaves_out_what_is_advanced(form: SettingsForm) -> None:
    assert form.fields["epochs"].isVisible()
    assert not form.fields["learning_rate"].isVisible()
    form.show_advanced(True)
    assert form.fields["learning_rate"].isVisible()


def test_a_proposal_is_entered_with_its_reason(form: SettingsForm) -> None:
    form.propose({"epochs": (20, "few images")})
    assert form.values()["epochs"] == 20
    assert "few images" in form._rows["epochs"].why.text()


def test_a_proposal_does_not_overrule_the_user(form: SettingsForm) -> None:
    form.set_values({"epochs": 3})
    form.propose({"epochs": (20, "few images")})
    assert form.values()["epochs"] == 3


def test_a_changed_value_is_marked_and_can_be_taken_back(form: SettingsForm) -> None:
    form.propose({"epochs": (20, "few images")})
    assert form.changed_names == []
    row = form._rows["epochs"]
    assert not row.reset.isVisible()
    form.set_values({"epochs": 3})
    assert form.changed_names == ["epochs"]
    assert row.title.text() == "Epochs •"
    row.reset.click()
    assert form.values()["epochs"] == 20
    assert row.title.text() == "Epochs"
    assert not row.reset.isVisible()


def test_all_changes_can_be_taken_back(form: SettingsForm) -> None:
    form.set_values({"epochs": 3, "learning_rate": -1, "rule": "linear"})
    form.reset_all()
    assert form.values()["rule"] == "sqrt"
    assert form.changed_names == []


def test_a_proposal_that_cannot_be_written_exactly_is_no_change(form: SettingsForm) -> None:
    form.propose({"learning_rate": (0.123456789, "so")})
    assert form.changed_names == []


def test_the_choice_that_is_made_is_explained(qtbot: QtBot) -> None:
    form = SettingsForm()
    qtbot.addWidget(form)
    choice = {"enum": ["a", "b"], "default": "a", "tips": {"a": "Small.", "b": "Large."}}
    form.set_schema({"properties": {"net": choice | {"description": "The network."}}})
    assert form._rows["net"].help.text() == "The network. Small."
    form.set_values({"net": "b"})
    assert form._rows["net"].help.text() == "The network. Large."


def test_nonsense_is_named_in_words(form: SettingsForm) -> None:
    form.set_values({"learning_rate": -1})
    assert not form.is_valid
    with pytest.raises(ValueError, match="Learning rate has to lie between 0 and"):
        form.values()


def test_titles_are_written_as_sentences() -> None:
    titles = {spec.name: spec.title for spec in read_schema(SCHEMA)}
    assert titles["learning_rate"] == "Learning rate"


@pytest.mark.parametrize("entered", ["", "three", "nan", "0", "11"])
def test_what_is_no_number_within_bounds_is_refused(entered: str) -> None:
    spec = FieldSpec("x", "X", "", "float", 1.0, False, low=0, high=10, low_open=True)
    with pytest.raises(ValueError, match=r"number|between"):
        parse_value(spec, entered)
