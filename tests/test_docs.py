"""Every command, setting, method and exit code is documented, and the pages are up to date."""

from types import ModuleType

import pytest

from tests.scripts import ROOT, load_script


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return load_script("reference")


@pytest.mark.parametrize("page", ["commands", "methods"])
def test_page_says_what_the_code_says(reference: ModuleType, page: str) -> None:
    written = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    assert written == getattr(reference, page)(), "run: python packaging/reference.py"


def test_every_setting_has_a_help_text() -> None:
    from ssl_studio.jobs.catalogue import catalogue

    known = catalogue()
    schemas = {"training": known.training_schema}
    schemas |= {card.id: card.settings_schema for card in known.methods}
    silent = [
        f"{owner}.{name}"
        for owner, schema in schemas.items()
        for name, declared in schema["properties"].items()
        if len(declared.get("description", "")) < 15
    ]
    assert silent == []


def test_readme_names_both_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "python3 packaging/demo.py" in text
    assert "python3 packaging/check.py" in text
