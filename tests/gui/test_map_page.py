from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ssl_studio.gui.pages.map import MapPage
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.widgets.map_choice import ADD, PLAIN, SUBTRACT
from ssl_studio.jobs.epoch_maps import SERIES, EpochMapsJob
from ssl_studio.jobs.map import MapJob
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter
from tests.gui.conftest import settle, show_page
from tests.gui.sample import Sample


@pytest.fixture
def page(studio: Studio, qtbot: QtBot) -> MapPage:
    made = MapPage(studio)
    show_page(made, studio, qtbot)
    return made


def colour_by(page: MapPage, field: str, qtbot: QtBot) -> None:
    page.side.choose_field(field)
    assert page.side.field == field
    page.side.field_box.activated.emit(page.side.field_box.currentIndex())
    settle(page.studio, qtbot)


def names(page: MapPage) -> list[str]:
    legend = page.side.legend
    return [legend.item(row).text().split("  ")[0].strip() for row in range(legend.count())]


def jobs(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    asked: list[object] = []
    monkeypatch.setattr(studio, "run", lambda job, lane="work": asked.append(job))
    return asked


def test_every_image_is_a_point_coloured_by_cluster(page: MapPage) -> None:
    assert len(page.shown_ids()) == 36
    assert page.side.legend.count() == 6
    assert page.algorithm_box.currentText() == "PCA"


def test_colouring_by_label_and_folder(page: MapPage, qtbot: QtBot) -> None:
    for field in ("label", "folder"):
        colour_by(page, field, qtbot)
        assert sorted(names(page)) == ["circles", "squares", "stripes"]


def test_colouring_by_tag(page: MapPage, studio: Studio, qtbot: QtBot) -> None:
    ids = page.shown_ids()[:5]
    with Project.open(studio.path) as project:
        project.edits.add_tag("good", ids.tolist())
    page.mark_stale()
    settle(studio, qtbot)
    colour_by(page, "tag", qtbot)
    assert names(page) == ["good", "no tag"]


def test_numbers_have_a_scale_whose_part_is_shown(page: MapPage, qtbot: QtBot) -> None:
    colour_by(page, "distance", qtbot)
    assert page.side.scale.isVisible()
    assert not page.side.legend.isVisible()
    page.side.scale._keep(0.5, 1.0)
    assert 0 < page.plot.looks.is_hidden.sum() < 36
    qtbot.keyClick(page.side.scale, Qt.Key.Key_Escape)
    assert page.plot.looks.is_hidden.sum() == 0


def test_the_legend_hides_groups_and_points_them_out(page: MapPage) -> None:
    groups = page.plot.looks.groups
    page.side.legend.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert page.plot.looks.is_hidden.tolist() == (groups == 0).tolist()
    page.side.legend.pointed.emit(1)
    assert page.plot.looks.is_lit.tolist() == (groups == 1).tolist()
    page.side.legend.pointed.emit(-1)
    assert page.plot.looks.is_lit.all()


def test_a_line_of_the_legend_chooses_and_filters_for_all_pages(
    page: MapPage, studio: Studio
) -> None:
    page.side.legend.chosen.emit(2)
    assert studio.selection.tolist() == page.shown_ids()[page.plot.looks.groups == 2].tolist()
    page.side.legend.wanted_everywhere.emit(2)
    assert len(studio.filter.cluster_ids) == 1


def test_the_shared_filter_dims_the_others(page: MapPage, studio: Studio, qtbot: QtBot) -> None:
    studio.set_filter(ImageFilter(labels=("circles",)))
    settle(studio, qtbot)
    assert page.plot.looks.is_lit.sum() == 12


def test_choosing_points_chooses_adds_and_takes_away_for_all_pages(
    page: MapPage, studio: Studio
) -> None:
    ids = page.shown_ids()
    page.plot.chosen.emit(np.array([0, 5]), PLAIN)
    assert studio.selection.tolist() == ids[[0, 5]].tolist()
    page.plot.chosen.emit(np.array([5, 7]), ADD)
    assert studio.selection.tolist() == ids[[0, 5, 7]].tolist()
    page.plot.chosen.emit(np.array([5]), SUBTRACT)
    assert studio.selection.tolist() == ids[[0, 7]].tolist()


def test_a_choice_elsewhere_is_set_off_here(page: MapPage, studio: Studio) -> None:
    studio.select(page.shown_ids()[7:9])
    assert page.plot.marked.tolist() == [7, 8]


def test_commands_choose_all_and_the_others(page: MapPage, studio: Studio) -> None:
    studio.select(page.shown_ids()[:30])
    assert page.do("invert_selection")
    assert len(studio.selection) == 6
    assert page.do("select_all")
    assert len(studio.selection) == 36
    assert not page.do("rename")


def edits(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(studio, "edit", lambda words, _edit: told.append(words))
    return told


def test_space_looks_at_what_is_pointed_at_or_else_at_what_is_chosen(
    page: MapPage, studio: Studio, qtbot: QtBot
) -> None:
    ids = page.shown_ids()
    with qtbot.assertNotEmitted(studio.large_view_requested):
        assert not page.do("open_large")
    studio.select(ids[[2, 5]])
    with qtbot.waitSignal(studio.large_view_requested) as looked:
        qtbot.keyClick(page.plot, Qt.Key.Key_Space)
    assert looked.args[1] == ids[5]
    page.plot._hover(7)
    with qtbot.waitSignal(studio.large_view_requested) as looked:
        qtbot.keyClick(page.plot, Qt.Key.Key_Return)
    assert looked.args[1] == ids[7]


def test_digits_move_what_is_chosen_to_the_clusters_of_the_legend(
    page: MapPage, studio: Studio, qtbot: QtBot
) -> None:
    groups = page.plot.looks.groups
    rows = np.flatnonzero(groups == 0)[:2]
    studio.select(page.shown_ids()[rows])
    assert page.do("assign_2")
    settle(studio, qtbot)
    assert page.plot.looks.groups[rows].tolist() == [1, 1]
    studio.undo_stack.undo()
    settle(studio, qtbot)
    assert page.plot.looks.groups[rows].tolist() == [0, 0]


def test_digits_need_images_and_a_cluster(
    page: MapPage, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = edits(studio, monkeypatch)
    for command in ("assign_1", "assign_9"):
        with qtbot.waitSignal(studio.message):
            assert page.do(command)
    assert told == []
    colour_by(page, "label", qtbot)
    assert not page.do("assign_1")


def test_a_right_click_chooses_the_point_and_offers_what_can_be_done(
    page: MapPage, studio: Studio
) -> None:
    words = [action.text() for action in page.images.menu().actions() if action.text()]
    assert words == ["Show all", "Select all"]
    page.plot.menu_wanted.emit(4, QPoint(0, 0))
    QApplication.activePopupWidget().close()
    assert studio.selection.tolist() == [page.shown_ids()[4]]
    words = [action.text() for action in page.images.menu().actions() if action.text()]
    assert words[:4] == ["Large view", "Show neighbours", "Tag", "Move to cluster"]


def test_escape_chooses_nothing(page: MapPage, studio: Studio, qtbot: QtBot) -> None:
    studio.select(page.shown_ids()[:3])
    qtbot.keyClick(page.plot, Qt.Key.Key_Escape)
    assert len(studio.selection) == 0


def test_opening_a_point_asks_for_its_neighbours(page: MapPage, studio: Studio) -> None:
    page.plot.opened.emit(4)
    assert studio.query == page.shown_ids()[4]


def test_a_hovered_point_shows_its_picture_label_and_cluster(
    page: MapPage, studio: Studio, qtbot: QtBot
) -> None:
    page.plot._hover(3)
    qtbot.waitUntil(page.hover.card.picture.isVisible)
    qtbot.waitUntil(lambda: "Label: " in page.hover.card.words.text())
    assert "Cluster: " in page.hover.card.words.text()
    page.plot._hover(-1)
    assert not page.hover.card.isVisible()


def test_the_card_under_the_pointer_stays_whole_at_the_edge(
    page: MapPage, sample_project: Sample, qtbot: QtBot
) -> None:
    card, plot = page.hover.card, page.plot
    card.show_image(None, "Cluster: one", QPoint(plot.width(), plot.height()))
    with Project.open(sample_project.path, read_only=True) as project:
        record = project.images.get([int(sample_project.image_ids[0])])[0]
    card.show_record(replace(record, path="x" * 240), "Cluster: one\nand more\nand more")
    assert plot.rect().contains(card.geometry())


def test_features_without_a_map_get_their_pca_at_once(
    page: MapPage, studio: Studio, sample_project: Sample, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked = jobs(studio, monkeypatch)
    studio.set_feature_set(sample_project.feature_set_id + 1)
    settle(studio, qtbot)
    assert page.is_empty
    assert asked == [MapJob(sample_project.feature_set_id + 1, "pca")]


def test_other_maps_are_offered_with_their_cost(
    page: MapPage, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = jobs(studio, monkeypatch)
    words = [action.text() for action in page.draw_menu.actions()]
    assert [word.split(",")[0] for word in words] == ["UMAP", "t-SNE"]
    page.draw_menu.actions()[1].trigger()
    assert asked == [MapJob(page.studio.feature_set_id, "tsne")]


def test_too_many_images_for_tsne_are_told_why(
    page: MapPage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("ssl_studio.gui.pages.map_menu.TSNE_LIMIT", 20)
    page.mark_stale()
    settle(page.studio, qtbot)
    action = page.draw_menu.actions()[1]
    assert not action.isEnabled()
    assert "20 images" in action.text()


def test_a_film_is_offered_only_where_epochs_are_stored(page: MapPage) -> None:
    assert not page.epochs.make_button.isEnabled()
    assert "no earlier epochs" in page.epochs.hint.text()


@pytest.fixture
def filmed(sample_project: Sample) -> Sample:
    """The sample with a film of three epochs, moving to the right."""
    with Project.open(sample_project.path) as project:
        features, run_id = project.features, sample_project.run_id
        last = features.get(sample_project.feature_set_id)
        ids, values = features.image_ids(last.id), features.values(last.id)
        points = features.coordinates(features.projections(last.id)[0])[1]
        for number, epoch in enumerate((0.0, 5.0)):
            project.runs.save_checkpoint(run_id, number, epoch, "epoch", b"x")
            made = features.add(
                source="run", backbone="light", layer=last.layer, image_ids=ids, values=values,
                run_id=run_id, epoch=epoch,
            )  # fmt: skip
            facts = {SERIES: "s", "maps": 3}
            features.add_projection(made, "pca", points + number - 2, settings=facts)
        features.add_projection(last.id, "pca", points, settings=facts)
    return sample_project


def test_the_slider_goes_through_the_epochs(
    filmed: Sample, empty_studio: Studio, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(empty_studio.project_opened):
        empty_studio.open(filmed.path)
    empty_studio.set_feature_set(filmed.feature_set_id)
    page = MapPage(empty_studio)
    show_page(page, empty_studio, qtbot)
    still = page.plot.cloud.points.copy()
    view = page.plot.view
    assert page.epochs.words.text() == "epoch 10"
    page.epochs.slider.setValue(50)
    assert np.allclose(page.plot.cloud.points, still - 1.5, atol=1e-5)
    assert page.epochs.words.text() == "near epoch 2.5"
    assert page.plot.view == view
    page.epochs.toggle()
    assert page.epochs.is_playing
    page.hide()
    assert not page.epochs.is_playing


def test_a_film_is_asked_for_with_the_kind_of_map_shown(
    page: MapPage, studio: Studio, monkeypatch: pytest.MonkeyPatch, sample_project: Sample
) -> None:
    asked = jobs(studio, monkeypatch)
    page.epochs.wanted.emit()
    assert asked == [EpochMapsJob(sample_project.run_id, "pca", "pooled")]
