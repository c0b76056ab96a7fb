import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ssl_studio.errors import AnalysisError
from ssl_studio.gui.pages import mask_studio
from ssl_studio.gui.pages.reconstructions import LIVE, RECORDED, ReconstructionsPage
from ssl_studio.gui.pages.recorded_panel import shared_ending
from ssl_studio.gui.studio import Studio
from ssl_studio.jobs.live_exhibits import Abilities, LiveExhibit, LiveReconstruction
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointRecord
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample

GRID = (4, 4)


class FakeLive:
    """A method that fills everything in with one grey for each checkpoint, without a network."""

    def __init__(self, *, reconstructs: bool = True, shows: bool = True, lent: bool = True) -> None:
        self.can = (reconstructs, shows, lent)
        self.asked: list[tuple[int, int, np.ndarray]] = []
        self.shown: list[tuple[int, int]] = []
        self.problem: AnalysisError | None = None

    def under(self, _report: object, _cancel: object) -> "FakeLive":
        return self

    def abilities(self, project: Project, run_id: int, ids: np.ndarray) -> Abilities:
        if self.problem is not None:
            raise self.problem
        points = tuple(
            CheckpointRecord(n, run_id, 20 * n, float(n), "epoch", 0, 0, "") for n in (0, 1, 2)
        )
        reconstructs, shows, lent = self.can
        return Abilities(
            run_id, "Toy", reconstructs, shows, GRID, 0.75, lent, "", points, ids[:6],
            len(ids) - len(ids[:6]),
        )  # fmt: skip

    def reconstruct(self, project, checkpoint_id, ids, image_id, mask) -> LiveReconstruction:
        self.asked.append((checkpoint_id, image_id, mask))
        full = np.full((16, 16, 3), 50 * checkpoint_id, np.uint8)
        original = np.full((16, 16, 3), 222, np.uint8)
        cover = mask.repeat(4, 0).repeat(4, 1)[..., None]
        composite = np.where(cover, full, original)
        return LiveReconstruction(full, composite, original, mask, mask * np.float32(0.5), 0.012)

    def show(self, project, checkpoint_id, ids, seed) -> list[LiveExhibit]:
        self.shown.append((checkpoint_id, seed))
        picture = np.zeros((9, 9, 3), np.uint8)
        return [
            LiveExhibit(
                "puzzle", ("shuffled", "solved", "true"), ((picture,) * 3,) * len(ids),
                ("3 of 9 right, sure to 12%",) * len(ids), "A note.", ids,
            )
        ]  # fmt: skip


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> ReconstructionsPage:
    made = ReconstructionsPage(studio)
    show_page(made, studio, qtbot)
    return made


def go_live(page: ReconstructionsPage, studio: Studio, qtbot: QtBot, fake: FakeLive) -> FakeLive:
    page.live._live = fake  # type: ignore[assignment]
    qtbot.mouseClick(page.tabs.button(LIVE), Qt.MouseButton.LeftButton)
    settle(studio, qtbot)
    return fake


def grey(image) -> int:
    return image.pixelColor(0, 0).red()


def test_panels_stand_side_by_side_at_the_last_epoch(page: ReconstructionsPage) -> None:
    assert page.recorded.table.columns == ("Masked", "Reconstruction", "Original")
    assert len(page.recorded.table.rows) == 4
    assert page.recorded.epoch_label.text() == "epoch 10"


def test_the_slider_goes_back_in_time(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    before = page.recorded.table.rows[0].pictures[0]
    page.recorded.slider.setValue(0)
    settle(studio, qtbot)
    assert page.recorded.epoch_label.text() == "epoch 1"
    assert page.recorded.table.rows[0].pictures[0] != before


def test_epochs_play_to_the_end_and_stop(page: ReconstructionsPage, studio: Studio) -> None:
    page.recorded.play.click()
    assert page.recorded.slider.value() == 0
    page.recorded._timer.timeout.emit()
    assert page.recorded.slider.value() == page.recorded.slider.maximum()
    assert not page.recorded._timer.isActive()


def test_a_sentence_that_all_captions_share_is_said_once() -> None:
    captions = ["likeness 0.43 Likeness is a cosine.", "likeness 0.7 Likeness is a cosine."]
    assert shared_ending(captions) == "Likeness is a cosine."
    assert shared_ending(["error 0.1", "error 0.2"]) == ""
    assert shared_ending([]) == ""


def test_going_live_fills_in_the_first_image_at_the_last_checkpoint(
    page: ReconstructionsPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    fake = go_live(page, studio, qtbot, FakeLive())
    checkpoint_id, image_id, mask = fake.asked[-1]
    assert (checkpoint_id, mask.mean()) == (2, 0.75)
    assert image_id == page.live.strip.images.ids[0]
    assert "75 % hidden (12 of 16" in page.live.masks.ratio_label.text()
    assert "12 ms" in page.live.masks.figures.text()
    assert "left out" in page.live.left_out.text()


def test_painting_asks_again_and_only_the_newest_mask_counts(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    fake = go_live(page, studio, qtbot, FakeLive())
    canvas = page.live.masks.canvas
    canvas.show_all()
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    settle(studio, qtbot)
    assert np.argwhere(fake.asked[-1][2]).tolist() == [[0, 0]]
    assert "6 % hidden" in page.live.masks.ratio_label.text()


def test_the_slider_of_the_share_and_another_mask(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    fake = go_live(page, studio, qtbot, FakeLive())
    page.live.masks.ratio.setValue(50)
    settle(studio, qtbot)
    half = fake.asked[-1][2]
    assert half.mean() == 0.5
    page.live.masks.random.click()
    settle(studio, qtbot)
    assert fake.asked[-1][2].mean() == 0.5
    assert not np.array_equal(fake.asked[-1][2], half)


def test_visible_patches_are_kept_or_painted_over(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    go_live(page, studio, qtbot, FakeLive())
    masks = page.live.masks
    masks.canvas.show_all()
    settle(studio, qtbot)
    assert grey(masks.output.image) == 222
    masks.keep_visible.setChecked(False)
    assert grey(masks.output.image) == 100


@pytest.mark.parametrize(("lent", "words"), [(True, "normalised targets"), (False, "raw pixels")])
def test_the_badge_says_what_the_network_predicts(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot, lent: bool, words: str
) -> None:
    go_live(page, studio, qtbot, FakeLive(lent=lent))
    assert page.live.masks.badge.text() == words
    assert ("lent" in page.live.masks.note.text()) == lent


def test_an_earlier_checkpoint_answers_otherwise(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    go_live(page, studio, qtbot, FakeLive())
    page.live.masks.canvas.hide_all()
    page.live.slider.setValue(1)
    settle(studio, qtbot)
    assert page.live.epoch_label.text() == "epoch 1"
    assert grey(page.live.masks.output.image) == 50


def test_chosen_images_are_tried(
    page: ReconstructionsPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    go_live(page, studio, qtbot, FakeLive())
    assert not page.live.chosen.isEnabled()
    studio.select(sample_project.image_ids[7:9])
    page.live.chosen.click()
    settle(studio, qtbot)
    assert page.live.strip.images.ids.tolist() == list(sample_project.image_ids[7:9])


def test_puzzles_are_shuffled_anew(page: ReconstructionsPage, studio: Studio, qtbot: QtBot) -> None:
    fake = go_live(page, studio, qtbot, FakeLive(reconstructs=False))
    assert page.live.table.columns == ("Shuffled", "Solved", "True")
    assert page.live.again.text().strip() == "Shuffle anew"
    page.live.again.click()
    settle(studio, qtbot)
    # On a slow machine the first one may be asked for twice, before and after the strip is filled.
    assert list(dict.fromkeys(fake.shown)) == [(2, 0), (2, 1)]
    assert "sure to 12%" in page.live.table.rows[0].caption


def test_a_method_without_pictures_and_a_run_in_trouble_say_so(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    fake = FakeLive(reconstructs=False, shows=False)
    go_live(page, studio, qtbot, fake)
    assert "no pictures of its own" in page.live.state.heading.text()
    fake.problem = AnalysisError("This run has no checkpoint yet.", remedy="Train it.")
    page.live.forget_run()
    page.mark_stale()
    settle(studio, qtbot)
    assert page.live.state.heading.text() == "This run has no checkpoint yet."


def test_closing_the_project_goes_back_to_what_is_recorded(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    go_live(page, studio, qtbot, FakeLive())
    studio.close()
    assert page.tab == RECORDED
    assert page.live.abilities is None
    assert page.live.masks.output.image is None


def test_nothing_hidden_has_no_error() -> None:
    pixels, mask = np.zeros((4, 4, 3), np.uint8), np.zeros((2, 2), bool)
    made = LiveReconstruction(pixels, pixels, pixels, mask, np.zeros((2, 2), np.float32), 0.02)
    assert mask_studio.answer_words(made) == "Nothing is hidden\nFilled in within 20 ms"


def test_tools_come_when_the_network_is_loaded(
    page: ReconstructionsPage, studio: Studio, qtbot: QtBot
) -> None:
    fake = FakeLive()
    page.live._live = fake  # type: ignore[assignment]
    qtbot.mouseClick(page.tabs.button(LIVE), Qt.MouseButton.LeftButton)
    tools = (page.live.kind_box, page.live.slider, page.live.epoch_label)
    assert [tool.isVisibleTo(page) for tool in tools] == [False, False, False]
    settle(studio, qtbot)
    assert [tool.isVisibleTo(page) for tool in tools] == [False, True, True]
