import pytest
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from ssl_studio.gui.models.pixmap_cache import PixmapCache


@pytest.fixture
def cache(qtbot: QtBot) -> PixmapCache[str]:
    """Room for three pixmaps of 10 x 10."""
    made: PixmapCache[str] = PixmapCache(3 * 10 * 10 * QPixmap(1, 1).depth() // 8)
    for key in "abc":
        made.put(key, QPixmap(10, 10))
    return made


def test_the_least_recently_used_goes_first(cache: PixmapCache[str]) -> None:
    cache.get("a")
    cache.peek("b")
    cache.put("d", QPixmap(10, 10))
    assert [key for key in "abcd" if cache.peek(key) is not None] == ["a", "c", "d"]


def test_room_comes_back(cache: PixmapCache[str]) -> None:
    cache.drop("a")
    cache.put("b", QPixmap(10, 10))
    cache.put("d", QPixmap(10, 10))
    assert [key for key in "abcd" if cache.peek(key) is not None] == ["b", "c", "d"]
    cache.clear()
    assert len(cache) == 0


def test_one_that_is_too_large_is_kept_alone(cache: PixmapCache[str]) -> None:
    cache.put("d", QPixmap(100, 100))
    assert len(cache) == 1
    assert cache.get("d") is not None
