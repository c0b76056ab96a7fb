import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from ssl_studio.gui.widgets.map_room import MapRoom, apart
from ssl_studio.gui.widgets.map_tiles import TILE_PX, MapTiles
from ssl_studio.gui.widgets.point_cloud import Looks, Place, PointCloud, Tints, draw

TINTS = Tints(QColor("white"), QColor("grey"), QColor("black"))


@pytest.fixture
def cloud() -> PointCloud:
    points = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)
    return PointCloud(points)


def test_a_rectangle_has_exactly_its_points(cloud: PointCloud) -> None:
    x, y = cloud.points.T
    wanted = np.flatnonzero((x >= -0.5) & (x <= 0.3) & (y >= 0) & (y <= 2))
    assert np.sort(cloud.rows_between((-0.5, 0), (0.3, 2))).tolist() == wanted.tolist()


def test_tiles_together_are_the_whole_picture(cloud: PointCloud, qapp: object) -> None:
    looks = Looks(3000)
    looks.groups = np.arange(3000) % 3
    looks.set_colours(["#ff0000", "#00ff00", "#0000ff"])
    for scale in (20.0, 90.0, 400.0):
        place = Place(scale, -300, -210, 600, 420)
        tiled = QImage(600, 420, QImage.Format.Format_RGB32)
        painter = QPainter(tiled)
        assert MapTiles(cloud, looks).paint(painter, place, TINTS, patient=True)
        painter.end()
        whole = draw(cloud, looks, place, TINTS)
        one, other = (
            np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (tiled, whole)
        )
        assert (np.abs(one - other) > 2).mean() < 0.001


def test_panning_finds_tiles_drawn_before(
    cloud: PointCloud, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = MapTiles(cloud, Looks(3000))
    picture = QImage(600, 420, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    tiles.paint(painter, Place(90.0, -300, -210, 600, 420), TINTS, patient=True)
    while tiles.draw_one(Place(90.0, -300, -210, 600, 420).grown(TILE_PX), TINTS):
        pass
    monkeypatch.setattr("ssl_studio.gui.widgets.map_tiles.draw", None)
    assert tiles.paint(painter, Place(90.0, -200, -150, 600, 420), TINTS, patient=True)
    painter.end()


def test_pictures_keep_apart_and_stay_when_others_leave_the_view(cloud: PointCloud) -> None:
    rows = np.arange(3000)
    kept = apart(cloud, rows, 0.5)
    gaps = np.abs(cloud.points[kept][:, None] - cloud.points[kept][None]).max(-1)
    np.fill_diagonal(gaps, 9)
    assert gaps.min() >= 0.5
    right = rows[cloud.points[:, 0] > 0]
    far = kept[cloud.points[kept][:, 0] > 1]
    assert set(far.tolist()) <= set(apart(cloud, right, 0.5).tolist())


def test_room_is_the_same_wherever_one_looks_from(cloud: PointCloud) -> None:
    room, looks = MapRoom(), Looks(3000)

    def rows(low: float, high: float) -> set[int]:
        is_all = False
        while not is_all:
            chunks, is_all = room.rows(cloud, looks, 0.1, (low, low), (high, high))
        return {row for chunk in chunks for row in chunk.tolist()}

    whole = rows(-4, 4)
    kept = cloud.points[sorted(whole)]
    gaps = np.abs(kept[:, None] - kept[None]).max(-1)
    np.fill_diagonal(gaps, 9)
    assert gaps.min() >= 0.1
    assert rows(-0.7, 0.4) <= whole
    looks.is_hidden[:] = True
    looks.changed()
    assert rows(-4, 4) == set()


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_points(count: int, qapp: object) -> None:
    cloud = PointCloud(np.zeros((count, 2), np.float32))
    draw(cloud, Looks(count), Place(10.0, -50, -50, 100, 100), TINTS)
    assert len(cloud.rows_between((-1, -1), (1, 1))) == count


def test_frames_of_a_film_share_their_looks():
    rng = np.random.default_rng(0)
    first, second = (
        PointCloud(rng.normal(size=(50, 2)).astype(np.float32), sort=False) for _ in range(2)
    )
    looks = Looks(50)
    assert looks.sorted_for(first)[1] is looks.sorted_for(second)[1]
