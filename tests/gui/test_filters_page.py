"""The page of filters: three views, in both directions."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages import filters
from ssl_studio.gui.pages.attention_view import ALL_BLOCKS, spread_of
from ssl_studio.gui.pages.filter_reads import RunFacts, read_run, rescaled
from ssl_studio.gui.pages.filters import ATTENTION, UNITS, FiltersPage
from ssl_studio.gui.pages.unit_panel import WHOLE_IMAGES
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.heat import heat_image, scaled, spread_out, view_box
from ssl_studio.jobs.attention import AttentionJob
from ssl_studio.jobs.filters import FiltersJob
from ssl_studio.jobs.job import Job
from ssl_studio.jobs.maximise import MaximiseJob
from ssl_studio.jobs.unit_groups import NetworkFacts
from ssl_studio.jobs.units import UnitsJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ExhibitRecord
from ssl_studio.project.units import AttentionMaps, UnitPictureRecord
from tests.gui.conftest import settle, show_page
from tests.gui.sample import RANKS, SURVEYED, Sample, add_survey, encoded


def add_units(project: Project, sample: Sample) -> None:
    """The survey of `conv1` at the final checkpoint too; filters, a picture and attention."""
    rng = np.random.default_rng(0)
    ids = np.array(sample.image_ids)
    run_id = sample.run_id
    final = project.runs.save_checkpoint(run_id, 200, 10.0, "final", b"state")
    add_survey(project, run_id, final, ids, rng)
    picture = encoded(rng.integers(0, 256, (16, 16, 3)).astype(np.uint8), "PNG")
    project.units.add_pictures(
        [UnitPictureRecord(0, run_id, final, "conv1", 2, "everywhere", 0, 256, 5, 0.1, 1, picture)]
    )
    weights = np.full((4, 4, 4), 1 / 16, np.float16)
    project.units.set_attention(
        run_id,
        final,
        int(ids[3]),
        [
            AttentionMaps(block, source, weights if source == "class" else weights[:1])
            for block in (1, 2)
            for source in ("class", "rollout")
        ],
    )
    project.exhibits.delete(run_id, "filters")
    project.exhibits.add(
        [
            ExhibitRecord(
                0, run_id, None, step, 0.0, "filters", None, panel, position,
                f"Largest weight 0.{position + 1}.", picture,
            )
            for panel, step in (("untrained", 0), ("filter", 200))
            for position in range(5)
        ]
    )  # fmt: skip


@pytest.fixture
def jobs(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> list[Job[object]]:
    """What the page wants to be run; nothing is."""
    wanted: list[Job[object]] = []
    monkeypatch.setattr(studio, "run", lambda job, lane="work": wanted.append(job))
    return wanted


@pytest.fixture
def page(
    sample_project: Sample,
    studio: Studio,
    jobs: list[Job[object]],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> FiltersPage:
    """The page with all there is to see, of a network described by hand."""
    with Project.open(sample_project.path) as project:
        add_units(project, sample_project)
    facts = NetworkFacts({"conv1": 6, "conv2": 12}, 2, 4, 1.0, 32)
    monkeypatch.setattr(filters, "describe_network", lambda _project, _run_id: facts)
    made = FiltersPage(studio)
    show_page(made, studio, qtbot)
    return made


def test_filters_stand_beside_those_before_training(page: FiltersPage) -> None:
    assert len(page.sheet.trained.tiles.tiles) == len(page.sheet.untrained.tiles.tiles) == 5
    assert page.sheet.right.isVisible()
    assert "0.1 to 0.5" in page.sheet.about.text()
    page.sheet.beside.setChecked(False)
    assert not page.sheet.right.isVisible()


def test_one_scale_for_all_says_so(page: FiltersPage) -> None:
    page.sheet.one_scale.setChecked(True)
    assert "from −0.5 to 0.5" in page.sheet.about.text()


def test_before_training_can_be_chosen(page: FiltersPage, studio: Studio, qtbot: QtBot) -> None:
    last = page.moment_box.count() - 1
    page.moment_box.setCurrentIndex(last)
    page.moment_box.activated.emit(last)
    settle(studio, qtbot)
    assert page.moment.checkpoint_id is None
    assert page.sheet.head.text() == "Before training"


def open_units(page: FiltersPage, studio: Studio, qtbot: QtBot) -> None:
    page.show_tab(UNITS)
    settle(studio, qtbot)
    qtbot.waitUntil(lambda: page.units.panel.details is not None)
    settle(studio, qtbot)


def test_units_of_the_layer_with_their_best_images(
    page: FiltersPage, studio: Studio, qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    tiles = page.units.grid.tiles.tiles
    assert [tile.key for tile in tiles] == list(range(SURVEYED))
    assert [len(tile.parts) for tile in tiles] == [RANKS] * SURVEYED
    assert "of 100 images" in page.units.about.text()
    assert [page.units.layer_box.itemData(i) for i in range(2)] == ["conv1", "conv2"]


def test_units_are_sorted_by_what_they_go_with(
    page: FiltersPage, studio: Studio, sample_project: Sample, qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    box = page.units.order_box
    box.setCurrentIndex(box.findData("group"))
    box.activated.emit(0)
    assert page.units.grid.tiles.tiles[0].key == 4
    qtbot.waitUntil(lambda: page.units.panel.heading.text() == "Unit 4 of conv1")
    settle(studio, qtbot)
    (share,) = page.units.panel.shares.shares
    assert share[1:] == (RANKS, 1.0)
    assert "100 %" in page.units.panel.liking.text()


def test_a_unit_is_found_by_its_number(page: FiltersPage, studio: Studio, qtbot: QtBot) -> None:
    open_units(page, studio, qtbot)
    page.units.search.setValue(3)
    assert page.units.unit == 3
    qtbot.waitUntil(lambda: page.units.panel.heading.text() == "Unit 3 of conv1")


def test_the_panel_shows_crops_or_whole_images_with_heat(
    page: FiltersPage, studio: Studio, qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    panel = page.units.panel
    assert panel.best.tiles.tiles[0].parts[0].box == (0.25, 0, 0.75, 1)
    assert not panel.opacity.isVisible()
    panel.ways.button(WHOLE_IMAGES).click()
    part = panel.best.tiles.tiles[0].parts[0]
    assert part.heat is not None
    assert part.frame == (0.25, 0, 0.75, 1)
    panel.opacity.setValue(30)
    assert panel.best.opacity == pytest.approx(0.3)


def test_choosing_a_best_image_chooses_it_everywhere(
    page: FiltersPage, studio: Studio, qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    key = page.units.panel.best.tiles.tiles[2].key
    page.units.panel.best.choose(key)
    assert studio.selection.tolist() == [key]


def test_a_painted_unit_is_shown_and_painted_again_with_another_seed(
    page: FiltersPage, studio: Studio, jobs: list[Job[object]], qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    page.units.search.setValue(2)
    qtbot.waitUntil(lambda: page.units.panel.heading.text() == "Unit 2 of conv1")
    panel = page.units.panel
    assert [tile.title for tile in panel.painted.tiles.tiles] == ["trained"]
    assert "Reaches 5" in panel.painted_note.text()
    panel.paint_button.click()
    panel.paint_start_button.click()
    again, start = jobs
    assert isinstance(again, MaximiseJob)
    assert isinstance(start, MaximiseJob)
    assert (again.units, again.seed, again.trained) == ((2,), 1, True)
    assert (start.units, start.trained, start.checkpoint_id) == ((2,), False, None)


def test_painted_pictures_take_the_place_of_crops(
    page: FiltersPage, studio: Studio, jobs: list[Job[object]], qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    page.units.ways.button(1).click()
    shown = [len(tile.parts) for tile in page.units.grid.tiles.tiles]
    assert shown == [0, 0, 1, 0, 0, 0]
    page.units.paint_button.click()
    assert isinstance(jobs[0], MaximiseJob)
    assert jobs[0].units == ()


def test_a_layer_nobody_looked_at_offers_to(
    page: FiltersPage, studio: Studio, jobs: list[Job[object]], qtbot: QtBot
) -> None:
    open_units(page, studio, qtbot)
    page.units.layer_box.setCurrentIndex(1)
    page.units.layer_box.activated.emit(1)
    assert page.units.nothing.isVisible()
    assert not page.units.grid.isVisible()
    page.units.look_wanted.emit()
    (job,) = jobs
    assert isinstance(job, UnitsJob)
    assert (job.layer, job.trained) == ("conv2", True)


def test_a_network_that_cannot_be_built_is_said_in_words(
    studio: Studio, jobs: list[Job[object]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_without_surveys(project: Project, run_id: int) -> RunFacts:
        return replace(read_run(project, run_id), surveys=())

    monkeypatch.setattr(filters, "read_run", read_without_surveys)
    page = FiltersPage(studio)
    show_page(page, studio, qtbot)
    page.show_tab(UNITS)
    settle(studio, qtbot)
    qtbot.waitUntil(lambda: "has not been trained" in page.units.nothing.heading.text())


def test_heads_of_a_block_and_of_all(page: FiltersPage, studio: Studio, qtbot: QtBot) -> None:
    page.show_tab(ATTENTION)
    settle(studio, qtbot)
    view = page.attention
    assert [tile.title for tile in view.heads.tiles.tiles] == [f"head {n}" for n in range(1, 5)]
    assert view.heads.tiles.tiles[0].detail == "6.2 % · 16 patches"
    assert len(view.whole.tiles.tiles) == 2
    view.block_box.setCurrentIndex(view.block_box.findData(ALL_BLOCKS))
    view.block_box.activated.emit(0)
    assert len(view.heads.tiles.tiles) == 8
    view.opacity.setValue(20)
    assert view.heads.opacity == pytest.approx(0.2)


def test_attention_goes_to_the_image_that_is_chosen(
    page: FiltersPage,
    studio: Studio,
    sample_project: Sample,
    jobs: list[Job[object]],
    qtbot: QtBot,
) -> None:
    page.show_tab(ATTENTION)
    settle(studio, qtbot)
    chosen = sample_project.image_ids[7]
    studio.select([chosen])
    settle(studio, qtbot)
    assert page.attention.nothing.isVisible()
    page.attention.follow_wanted.emit()
    (job,) = jobs
    assert isinstance(job, AttentionJob)
    assert job.image_ids == (chosen,)


def test_filters_that_were_never_read_are_offered(
    studio: Studio, jobs: list[Job[object]], sample_project: Sample, qtbot: QtBot
) -> None:
    with Project.open(sample_project.path) as project:
        project.exhibits.delete(sample_project.run_id, "filters")
    page = FiltersPage(studio)
    show_page(page, studio, qtbot)
    assert page.no_sheet.isVisible()
    page._read_filters()
    assert isinstance(jobs[0], FiltersJob)


def test_numbers_without_widgets() -> None:
    assert scaled(np.array([-1.0, 0.0, 4.0], np.float32)).tolist() == [0, 0, 1]
    assert spread_out(np.array([2.0, 3.0, 4.0], np.float32)).tolist() == [0, 0.5, 1]
    heat = heat_image(np.array([[0.0, 0.25, 0.5, 0.75, 1.0]], np.float32))
    lightness = [heat.pixelColor(x, 0).lightnessF() for x in range(5)]
    assert lightness == sorted(lightness)
    assert lightness[-1] - lightness[0] > 0.7
    assert view_box(QImage(40, 20, QImage.Format.Format_RGB32).size()) == (0.25, 0, 0.75, 1)
    assert spread_of(np.full(8, 1 / 8)) == pytest.approx(8)


def test_a_weaker_scale_is_nearer_to_grey() -> None:
    picture = QImage(5, 3, QImage.Format.Format_RGB888)
    picture.fill(0xFF0000)
    faint = rescaled(picture, 0.5).pixelColor(4, 2)
    assert (faint.red(), faint.green()) == (191, 64)


def test_units_of_the_network_as_it_was_before_training(
    sample_project: Sample, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample as every page gets it: surveyed before training only."""
    facts = NetworkFacts({"conv1": SURVEYED}, 0, 0, 1.0, 32)
    monkeypatch.setattr(filters, "describe_network", lambda _project, _run_id: facts)
    plain = FiltersPage(studio)
    show_page(plain, studio, qtbot)
    open_units(plain, studio, qtbot)
    assert plain.moment.checkpoint_id is None
    assert [tile.key for tile in plain.units.grid.tiles.tiles] == list(range(SURVEYED))
