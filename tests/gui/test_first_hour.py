"""The first hour of a new user, through the real window with mouse and keys.

A folder is picked, two methods are trained, clusters named, merged and brought back, a lasso
thrown, a picture dropped, a mask painted, features scored and the clusters exported. Only the
desktop's own file dialogs are answered by the script.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from ssl_studio.gui import dialogs
from ssl_studio.gui.main_window import MainWindow
from ssl_studio.gui.pages.export import ExportPage
from ssl_studio.gui.pages.train import TrainPage
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.studio import Studio
from tests.pictures import draw_folder, draw_shape

PER_CLASS = 24
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PATIENCE_MS = 240_000
"""Generous: the two cores of a hosted runner are slow. What is waited for takes seconds."""


class User:
    """Hands on mouse and keyboard."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    @property
    def studio(self) -> Studio:
        return self.window.studio

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def rest(self) -> None:
        """Until nothing is on its way."""
        self.wait(lambda: self.studio.is_settled)

    def go(self, key: str) -> None:
        self.click(self.window.rail.buttons[key])
        assert self.window.page is self.window.pages[key]

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        assert widget.isVisible(), widget
        assert widget.isEnabled(), widget
        QTest.mouseClick(widget, LEFT, NO_KEYS, place or widget.rect().center())

    def click_item(
        self,
        view: QAbstractItemView,
        index: QModelIndex,
        keys: Qt.KeyboardModifier = NO_KEYS,
    ) -> None:
        view.scrollTo(index)
        place = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), LEFT, keys, place)

    def press(self, keys: Qt.Key, with_: Qt.KeyboardModifier = NO_KEYS) -> None:
        if QApplication.activeWindow() is None:  # a dialog has gone, and nobody manages windows
            self.window.activateWindow()
            self.wait(lambda: QApplication.activeWindow() is self.window)
        QTest.keyClick(QApplication.focusWidget() or self.window, keys, with_)

    def answer(self, words: str) -> None:
        """Type into the dialog that is about to open, then Enter."""

        def type_in() -> None:
            dialog = QApplication.activeModalWidget()
            if dialog is None:
                QTimer.singleShot(20, type_in)
                return
            field = dialog.findChild(QLineEdit)
            assert field is not None
            field.selectAll()
            QTest.keyClicks(field, words)
            QTest.keyClick(field, Qt.Key.Key_Return)

        QTimer.singleShot(20, type_in)

    def drag(self, widget: QWidget, places: list[QPoint]) -> None:
        QTest.mousePress(widget, LEFT, NO_KEYS, places[0])
        for place in places[1:]:
            # QTest's own move holds no button where nobody draws a pointer.
            spot = QPointF(place)
            moved = QMouseEvent(
                QEvent.Type.MouseMove, spot, widget.mapToGlobal(spot),
                Qt.MouseButton.NoButton, LEFT, NO_KEYS,
            )  # fmt: skip
            QApplication.sendEvent(widget, moved)
        QTest.mouseRelease(widget, LEFT, NO_KEYS, places[-1])


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    folder = tmp_path / "pictures"
    draw_folder(folder, per_class=PER_CLASS, size=32)
    monkeypatch.setattr(dialogs, "pick_image_folder", lambda *_a: folder)
    monkeypatch.setattr(dialogs, "pick_new_project", lambda *_a: tmp_path / "first.sslstudio")
    preferences = Preferences()
    preferences.use_file(str(tmp_path / "preferences.ini"))
    studio = Studio(preferences)
    window = MainWindow(studio)
    window.resize(1280, 800)
    window.show()
    yield User(window, qtbot)
    window.close_now()
    window.deleteLater()
    studio.shut_down()
    studio.deleteLater()


def choose_method(user: User, page: TrainPage, title: str) -> None:
    tree: QTreeWidget = page.new_run.methods
    item = tree.findItems(title, Qt.MatchFlag.MatchContains)[0]
    user.click_item(tree, tree.indexFromItem(item))
    user.wait(lambda: page.new_run.start_button.isEnabled())


def train(user: User, title: str, backbone: str) -> int:
    """One epoch of a method; gives the run."""
    page = user.window.pages["train"]
    assert isinstance(page, TrainPage)
    choose_method(user, page, title)
    user.rest()
    page.new_run.training_form.set_values(
        {"backbone": backbone, "epochs": 1, "batch_size": 24, "image_size": 32, "device": "cpu"}
    )
    user.wait(lambda: page.new_run.start_button.isEnabled())
    before = user.studio.counts.runs
    user.click(page.new_run.start_button)
    user.wait(lambda: user.studio.counts.runs == before + 1)
    user.rest()
    failed = [row.state.text() for row in user.window.activity.rows if row.running.error]
    assert not failed
    run_id = user.studio.run_id
    assert run_id is not None
    return run_id


def lasso(user: User) -> None:
    page = user.window.pages["map"]
    plot, tools = page.plot, page.tools  # type: ignore[attr-defined]
    user.click(next(button for tool, button in tools.buttons.items() if tool.value == "lasso"))
    area = plot.rect().adjusted(4, 4, -4, -4)
    user.drag(
        plot,
        [area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()],
    )
    user.wait(lambda: len(user.studio.selection) > 0)


def drop_picture(user: User, path: Path) -> None:
    page = user.window.pages["neighbours"]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPointF(400, 300), copy, data, LEFT, NO_KEYS)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(400, 300), copy, data, LEFT, NO_KEYS))


def name_clusters(user: User) -> None:
    """Rename one, merge two, take the merge back: keys and menus as users know them."""
    page = user.window.pages["clusters"]
    gallery = page.gallery  # type: ignore[attr-defined]
    user.wait(lambda: gallery.model().rowCount() > 2)
    before = gallery.model().rowCount()
    user.click_item(gallery, gallery.model().index(0, 0))
    user.answer("Red circles")
    user.press(Qt.Key.Key_F2)
    user.wait(lambda: any(card.name == "Red circles" for card in page.cards))  # type: ignore[attr-defined]
    user.rest()
    user.click_item(gallery, gallery.model().index(0, 0))
    user.click_item(gallery, gallery.model().index(1, 0), Qt.KeyboardModifier.ControlModifier)
    user.press(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    user.wait(lambda: gallery.model().rowCount() == before - 1)
    user.rest()
    user.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    user.wait(lambda: gallery.model().rowCount() == before)
    assert any(card.name == "Red circles" for card in page.cards)  # type: ignore[attr-defined]


def paint_mask(user: User, run_id: int) -> None:
    page = user.window.pages["reconstructions"]
    user.studio.set_run(run_id)
    user.go("reconstructions")
    user.rest()
    user.click(page.tabs.button(1))  # type: ignore[attr-defined]
    masks = page.live.masks  # type: ignore[attr-defined]
    user.wait(lambda: masks.isVisible() and masks.hidden.size > 0)
    user.rest()
    user.click(masks.show_all)
    assert not masks.hidden.any()
    area = masks.canvas.area()
    user.drag(masks.canvas, [area.center() - QPoint(20, 0), area.center() + QPoint(20, 0)])
    assert masks.hidden.any()
    user.rest()


def export_clusters(user: User, folder: Path) -> None:
    user.window.actions_table.by_id["export_clusters"].trigger()
    page = user.window.page
    assert isinstance(page, ExportPage)
    user.rest()
    page.folder_box.setFocus()
    page.folder_box.selectAll()
    QTest.keyClicks(page.folder_box, str(folder))
    user.press(Qt.Key.Key_Tab)
    user.rest()
    user.wait(lambda: page.plan is not None and page.export_button.isEnabled())
    user.click(page.export_button)
    user.rest()


def test_the_first_hour(user: User, tmp_path: Path) -> None:
    window, studio = user.window, user.studio
    user.click(window.welcome.new_button)
    user.wait(lambda: studio.is_open and studio.counts.images == 3 * PER_CLASS)
    user.rest()
    assert len(window.pages["images"].shown_ids()) == 3 * PER_CLASS

    user.go("train")
    user.wait(lambda: studio.methods.catalogue is not None)
    train(user, "SimCLR", "light")
    page = window.pages["train"]
    assert isinstance(page, TrainPage)
    user.click(page.new_button)
    mae = train(user, "MAE", "vit_tiny")

    user.go("clusters")
    user.rest()
    name_clusters(user)

    user.go("map")
    user.rest()
    lasso(user)

    user.go("neighbours")
    outside = tmp_path / "outside.png"
    draw_shape("squares", np.random.default_rng(7), 48).save(outside)
    drop_picture(user, outside)
    user.wait(lambda: len(window.pages["neighbours"].shown_ids()) > 0)

    paint_mask(user, mae)

    user.go("evaluate")
    user.rest()
    user.click(window.pages["evaluate"].probe_button)  # type: ignore[attr-defined]
    user.rest()

    export_clusters(user, tmp_path / "out")
    assert list((tmp_path / "out").rglob("*.csv"))
    assert not [row.state.text() for row in window.activity.rows if row.running.error]
