from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from ssl_studio.gui.models import thumbnails
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from tests.gui.sample import Sample


@pytest.fixture
def store(sample_project: Sample, qtbot: QtBot) -> Iterator[ThumbnailStore]:
    made = ThumbnailStore(sample_project.path)
    yield made
    made.close()


def test_a_picture_arrives_later(
    store: ThumbnailStore, sample_project: Sample, qtbot: QtBot
) -> None:
    image_id = sample_project.image_ids[0]
    with qtbot.waitSignal(store.settled):
        assert store.pixmap(image_id) is None
    pixmap = store.pixmap(image_id)
    assert pixmap is not None
    assert pixmap.size() == QSize(32, 32)


def test_an_image_without_a_picture_is_asked_for_once(store: ThumbnailStore, qtbot: QtBot) -> None:
    with qtbot.waitSignal(store.settled):
        store.pixmap(999_999)
    assert store.is_without(999_999)
    store.pixmap(999_999)
    assert store.pending == 0


def test_what_was_scrolled_past_long_ago_is_not_fetched(store: ThumbnailStore) -> None:
    for image_id in range(5000):
        store.pixmap(image_id)
    assert store.pending == thumbnails.WANTED_LIMIT
