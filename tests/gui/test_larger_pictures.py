from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from ssl_studio.events import Cancel, ignore
from ssl_studio.gui.models import larger_pictures
from ssl_studio.gui.models.larger_pictures import LargerPictures, may_be_larger, side_for
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of four pictures of 400 x 300 and one of 60 x 45 pixels."""
    folder = tmp_path_factory.mktemp("photos")
    for number, width in enumerate((400, 400, 400, 400, 60)):
        pixels = np.random.default_rng(number).integers(0, 256, (3 * width // 4, width, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    path = folder.parent / "photos.sslstudio"
    Project.create(path).close()
    ScanJob(folder).run(path, ignore, Cancel())
    return path


@pytest.fixture
def ids(photos: Path) -> list[int]:
    with Project.open(photos, read_only=True) as project:
        return list(project.images.ids())


@pytest.fixture
def larger(photos: Path, qtbot: QtBot) -> Iterator[LargerPictures]:
    made = LargerPictures(photos)
    yield made
    made.close()


def wait_for(store: LargerPictures, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not store.pending)


def test_what_is_wanted_is_decoded_at_the_next_side(
    larger: LargerPictures, ids: list[int], qtbot: QtBot
) -> None:
    larger.want("grid", ids[:2], 200)
    wait_for(larger, qtbot)
    found = larger.kept(ids[0])
    assert found is not None
    assert (found.width(), found.height()) == (256, 192)


def test_wishes_that_are_not_renewed_are_dropped(
    larger: LargerPictures, ids: list[int], qtbot: QtBot
) -> None:
    larger.want("grid", ids[:4], 200)
    larger.want("grid", ids[3:4], 200)
    wait_for(larger, qtbot)
    assert [larger.kept(i) is not None for i in ids[:4]] == [True, False, False, True]


def test_two_grids_do_not_take_each_others_wishes(
    larger: LargerPictures, ids: list[int], qtbot: QtBot
) -> None:
    larger.want("one", ids[:2], 200)
    larger.want("other", ids[2:4], 200)
    wait_for(larger, qtbot)
    assert all(larger.kept(i) is not None for i in ids[:4])


def test_a_larger_side_is_decoded_anew_and_a_smaller_one_is_not(
    larger: LargerPictures, ids: list[int], qtbot: QtBot
) -> None:
    for side_px, width in ((200, 256), (380, 384), (130, 384)):
        larger.want("grid", ids[:1], side_px)
        wait_for(larger, qtbot)
        found = larger.kept(ids[0])
        assert found is not None
        assert found.width() == width


def test_a_file_that_cannot_be_read_is_tried_once(larger: LargerPictures, qtbot: QtBot) -> None:
    larger.want("grid", [999], 200)
    wait_for(larger, qtbot)
    larger.want("grid", [999], 200)
    assert larger.pending == 0
    larger.forget()
    larger.want("grid", [999], 200)
    assert larger.pending == 1


def test_an_answer_from_before_forgetting_is_dropped(
    larger: LargerPictures, ids: list[int], qtbot: QtBot
) -> None:
    larger.want("grid", ids[:1], 200)
    larger.forget()
    wait_for(larger, qtbot)
    assert larger.kept(ids[0]) is None


def test_only_thumbnails_of_full_size_may_have_more_behind_them(qtbot: QtBot) -> None:
    assert may_be_larger(QPixmap(128, 96), 200)
    assert not may_be_larger(QPixmap(128, 96), 128)
    assert not may_be_larger(QPixmap(60, 45), 200)
    assert side_for(10_000) == larger_pictures.SIDES_PX[-1]


def test_a_grid_of_large_tiles_gets_larger_pictures(
    photos: Path, ids: list[int], qtbot: QtBot
) -> None:
    store = ThumbnailStore(photos)
    grid = ImageGrid("Images")
    qtbot.addWidget(grid)
    grid.resize(1000, 600)
    grid.images.set_thumbnails(store)
    grid.images.set_ids(ids)
    grid.set_tile_width(300)
    grid.show()
    qtbot.waitUntil(lambda: all(store.larger.kept(i) is not None for i in ids[:4]))
    assert store.larger.kept(ids[4]) is None
    store.close()
