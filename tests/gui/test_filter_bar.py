from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ssl_studio.gui.filter_chips import Names, chips
from ssl_studio.gui.widgets.facets import DatePopup, SizePopup, ValuePopup
from ssl_studio.gui.widgets.filter_bar import FilterBar, Offered
from ssl_studio.project.records import ClusterRecord, Facet, ImageFilter, TagRecord

OFFERED = Offered(
    labels=[Facet("cat", 5), Facet("dog", 3)],
    tags=[TagRecord(4, "sharp", "#ff0000", 1, 2)],
    clusters=[ClusterRecord(9, 1, 0, "Moths", "#00ff00", "", 8)],
    dates=("2020-01-01", "2021-12-31"),
)


@pytest.fixture
def bar(qtbot: QtBot) -> FilterBar:
    made = FilterBar()
    qtbot.addWidget(made)
    made.offer(OFFERED)
    made.edited.connect(made.show_filter)
    return made


def values(bar: FilterBar, name: str) -> ValuePopup:
    popup = bar.popups[name]
    assert isinstance(popup, ValuePopup)
    return popup


def test_ticks_ask_for_values(bar: FilterBar, qtbot: QtBot) -> None:
    items = values(bar, "labels").values
    with qtbot.waitSignal(bar.edited) as edited:
        items.item(1).setCheckState(Qt.CheckState.Checked)
    assert edited.args == [ImageFilter(labels=("dog",))]


def test_tags_and_clusters_are_asked_for_by_number(bar: FilterBar, qtbot: QtBot) -> None:
    values(bar, "tag_ids").values.item(1).setCheckState(Qt.CheckState.Checked)
    with qtbot.waitSignal(bar.edited) as edited:
        values(bar, "cluster_ids").values.item(0).setCheckState(Qt.CheckState.Checked)
    assert edited.args == [ImageFilter(tag_ids=(4,), cluster_ids=(9,))]


def test_opening_shows_what_is_asked_for(bar: FilterBar) -> None:
    bar.show_filter(ImageFilter(labels=("cat",)))
    bar.open("labels")
    items = values(bar, "labels").values
    assert items.item(0).checkState() == Qt.CheckState.Checked
    assert items.item(1).checkState() == Qt.CheckState.Unchecked
    bar.popups["labels"].hide()


def test_a_range_of_days(bar: FilterBar, qtbot: QtBot) -> None:
    popup = bar.popups["dates"]
    assert isinstance(popup, DatePopup)
    bar.open("dates")
    with qtbot.waitSignal(bar.edited) as edited:
        popup.first_on.setChecked(True)
    assert edited.args == [ImageFilter(dated_from="2020-01-01")]
    popup.hide()


def test_a_range_of_sizes(bar: FilterBar, qtbot: QtBot) -> None:
    popup = bar.popups["sizes"]
    assert isinstance(popup, SizePopup)
    with qtbot.waitSignal(bar.edited) as edited:
        popup.boxes[0].setValue(64)
    assert edited.args == [ImageFilter(min_side_px=64)]


def test_show_all_takes_everything_away(bar: FilterBar, qtbot: QtBot) -> None:
    bar.show_filter(ImageFilter(text="x"))
    with qtbot.waitSignal(bar.edited) as edited:
        bar.clear_button.click()
    assert edited.args == [ImageFilter()]


FULL = ImageFilter(
    text="beach",
    labels=("cat", None),
    tag_ids=(4, None),
    cluster_ids=(9,),
    cameras=("Lumen One",),
    statuses=("bad",),
    duplicates="hide",
    dated_from="2020-01-01",
    min_side_px=64,
    max_bytes=5000,
    image_ids=(1, 2),
    min_distance=0.5,
    clustering_id=1,
)


def test_every_part_of_a_filter_has_a_chip_in_words() -> None:
    names = Names({4: "sharp"}, {9: "Moths"})
    words = [chip.words for chip in chips(FULL, names)]
    assert words == [
        "“beach”",
        "label cat",
        "no label",
        "tag sharp",
        "no tag",
        "cluster Moths",
        "Lumen One",
        "unreadable",
        "from 2020-01-01",
        "short side from 64 px",
        "file up to 5.0 kB",
        "without exact copies",
        "distance from 0.5",
        "2 chosen images",
    ]


def test_taking_all_chips_away_one_by_one_ends_with_all_images() -> None:
    wanted = FULL
    for _ in range(20):
        left = chips(wanted, Names())
        if not left:
            break
        wanted = left[0].without
    assert wanted == ImageFilter()


def test_no_chip_for_no_filter() -> None:
    assert chips(ImageFilter(), Names()) == []
    assert chips(replace(ImageFilter(), image_ids=()), Names())[0].words == "0 chosen images"


def test_the_menu_of_more_filters_reads_from_left_to_right(bar: FilterBar) -> None:
    menu = bar.more.menu()
    menu.aboutToShow.emit()
    assert menu.layoutDirection() == bar.layoutDirection()
    assert menu.actions()[0].menu().layoutDirection() == bar.layoutDirection()
