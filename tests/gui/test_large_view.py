from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.large_view import LargeView
from ssl_studio.gui.widgets.picture_canvas import PictureCanvas
from ssl_studio.project.file import Project
from tests.gui.conftest import settle
from tests.gui.sample import Sample
from tests.pictures import draw_shape


@pytest.fixture
def view(studio: Studio, sample_project: Sample, qtbot: QtBot) -> LargeView:
    """Over an empty window; the files of the first three images are there."""
    rng = np.random.default_rng(0)
    with Project.open(sample_project.path, read_only=True) as project:
        for path in project.images.full_paths(sample_project.image_ids[:3]):
            path.parent.mkdir(parents=True, exist_ok=True)
            draw_shape("circles", rng, 64).save(path)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(640, 480)
    made = LargeView(studio, window)
    window.show()
    return made


def look(view: LargeView, studio: Studio, ids: tuple[int, ...], qtbot: QtBot) -> None:
    studio.look_at(ids[0], ids)
    settle(studio, qtbot)


def test_the_file_itself_is_shown_with_its_name(
    view: LargeView, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    look(view, studio, sample_project.image_ids, qtbot)
    assert view.isVisible()
    assert view.canvas.has_all_pixels
    assert view.name.text() == "circles-00000.jpg"
    assert "circles" in view.facts.text()
    assert view.place.text() == "1 of 36"


def test_arrows_lead_on_and_the_selection_follows(
    view: LargeView, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    look(view, studio, sample_project.image_ids[:3], qtbot)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.image_id == sample_project.image_ids[0]
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.image_id == sample_project.image_ids[1]
    assert studio.selection.tolist() == [sample_project.image_ids[1]]
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.place.text() == "3 of 3"
    settle(studio, qtbot)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_keys_that_close(
    view: LargeView, studio: Studio, sample_project: Sample, qtbot: QtBot, key: Qt.Key
) -> None:
    look(view, studio, sample_project.image_ids[:2], qtbot)
    qtbot.keyClick(view, key)
    assert not view.isVisible()


def test_several_chosen_images_are_browsed_and_chosen_again(
    view: LargeView, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    chosen = list(sample_project.image_ids[:2])
    studio.select(chosen)
    studio.look_at(chosen[1], sample_project.image_ids)
    assert view.place.text() == "2 of 2"
    settle(studio, qtbot)
    view.leave()
    assert studio.selection.tolist() == chosen


def test_a_file_that_is_gone_is_told_in_words(
    view: LargeView, studio: Studio, sample_project: Sample, tmp_path: Path, qtbot: QtBot
) -> None:
    look(view, studio, sample_project.image_ids[20:21], qtbot)
    assert "no longer there" in view.canvas.words


def test_closing_the_project_closes_it(
    view: LargeView, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    look(view, studio, sample_project.image_ids[:1], qtbot)
    studio.close()
    assert not view.isVisible()
    assert view.image_id is None


def test_tags_are_shown(
    view: LargeView, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    first = sample_project.image_ids[0]
    studio.edit("tag", lambda project: project.edits.add_tag("sharp", [first]))
    look(view, studio, sample_project.image_ids[:1], qtbot)
    qtbot.waitUntil(lambda: "sharp" in view.tags.text())


@pytest.fixture
def canvas(qtbot: QtBot) -> PictureCanvas:
    made = PictureCanvas()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show_image(QImage(200, 100, QImage.Format.Format_RGB32), QSize(800, 400))
    return made


def test_a_picture_fits_and_zooms_at_the_mouse(canvas: PictureCanvas) -> None:
    assert canvas.zoom == pytest.approx(0.5)
    place = QPointF(300, 150)
    before = canvas._to_picture(place)
    canvas.zoom_by(4, place)
    assert canvas.zoom == pytest.approx(2.0)
    after = canvas._to_picture(place)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1e-6)


def test_more_pixels_are_asked_for_when_they_would_be_seen(
    canvas: PictureCanvas, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(canvas.needs_pixels):
        canvas.zoom_to(1.0)


def test_zooming_out_ends_with_the_whole_picture(canvas: PictureCanvas) -> None:
    canvas.zoom_by(4)
    canvas.zoom_by(0.01)
    assert canvas.is_fitted


def test_a_picture_cannot_be_lost_at_the_edge(canvas: PictureCanvas) -> None:
    canvas.zoom_to(1.0)
    canvas._keep(QPointF(0.5, 0.5), QPointF(-5000, 9000))
    assert canvas.visible_part().width() == pytest.approx(400, abs=2)
