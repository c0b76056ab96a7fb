"""The way of a word: from the code to a translator's file, from there to the window."""

import os
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from ssl_studio.gui.text import tr
from tests.scripts import load_script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("translations")


def test_words_are_collected_with_their_places(script: ModuleType) -> None:
    words = script.words_of('a = tr("Hello")\nb = tr("Hello")\nc = other("Bye")\n', "x.py")
    assert words == {"Hello": [("x.py", 1), ("x.py", 2)]}
    assert len(script.collect()) > 500


def test_a_translation_reaches_the_window_and_survives_an_update(
    script: ModuleType, tmp_path: Path, qapp: QCoreApplication
) -> None:
    script.update("de", tmp_path)
    path = tmp_path / "ssl-studio_de.ts"
    script.write(path, "de", script.collect(), {"Train": "Trainieren"})
    script.update("de", tmp_path)
    assert script.translated(path) == {"Train": "Trainieren"}
    assert script.release(tmp_path) == 0
    translator = QTranslator()
    assert translator.load(os.fspath(tmp_path / "ssl-studio_de.qm"))
    qapp.installTranslator(translator)
    try:
        assert tr("Train") == "Trainieren"
        assert tr("Map") == "Map"
    finally:
        qapp.removeTranslator(translator)
    assert tr("Train") == "Train"


def test_without_a_translation_there_is_nothing_to_release(
    script: ModuleType, tmp_path: Path
) -> None:
    assert script.release(tmp_path) == 1
