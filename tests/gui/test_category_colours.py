"""Colours of groups stay apart for people who see fewer of them."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from ssl_studio.gui import assets, theme
from ssl_studio.gui.pages.map_colours import GroupEntry
from ssl_studio.gui.pages.map_looks import entry_css
from ssl_studio.gui.widgets.colour_picker import shown_colour
from ssl_studio.project.clusterings import PALETTE

Array = NDArray[np.float64]

# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color
# vision deficiency", table 1 at severity 1.0; they act on linear RGB.
SEEN_BY = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = XYZ.sum(axis=1)
NEIGHBOURS, FIRST_EIGHT, ANY = 12.0, 9.0, 5.0
"""Least CIEDE2000 between neighbours in the list, the eight that come first, and any two. About 2
is just seen when held side by side; dots of a map are small and lie apart."""


def lab(css: str, matrix: Array) -> Array:
    """CIE L*a*b* of a colour as somebody sees it."""
    parts = np.array([int(css[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = XYZ @ (matrix @ linear).clip(0, 1) / WHITE
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: Array, other: Array) -> float:
    """CIEDE2000 as written by Sharma, Wu and Dalal 2005."""
    chroma = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    (light, far, hue), (light2, far2, hue2) = (
        (v[0], np.hypot(v[1] * stretch, v[2]), np.degrees(np.arctan2(v[2], v[1] * stretch)) % 360)
        for v in (one, other)
    )
    turn = (hue2 - hue + 180) % 360 - 180
    middle = (hue + turn / 2) % 360
    mean_light, mean_far = (light + light2) / 2, (far + far2) / 2
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    wave = 1 + sum(a * np.cos(np.radians(n * middle + p)) for a, n, p in waves)
    off = (mean_light - 50) ** 2
    d_light = (light2 - light) / (1 + 0.015 * off / np.sqrt(20 + off))
    d_far = (far2 - far) / (1 + 0.045 * mean_far)
    d_hue = 2 * np.sqrt(far * far2) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * mean_far * wave)
    blue = np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2)))
    bend = -np.sin(blue) * 2 * np.sqrt(mean_far**7 / (mean_far**7 + 25.0**7))
    return float(np.sqrt(d_light**2 + d_far**2 + d_hue**2 + bend * d_far * d_hue))


def test_the_measure_gives_published_differences() -> None:
    """Pairs 1, 7 and 17 of Sharma, Wu and Dalal."""
    for one, other, wanted in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ):
        assert difference(np.array(one), np.array(other)) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("eyes", SEEN_BY)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_colours_of_groups_stay_apart(name: str, eyes: str) -> None:
    seen = [lab(css, SEEN_BY[eyes]) for css in assets.palette_values(name)["categories"]]
    beside = zip(seen, [*seen[1:], seen[0]], strict=True)
    assert min(difference(*pair) for pair in beside) > NEIGHBOURS
    assert min(difference(*pair) for pair in combinations(seen[:8], 2)) > FIRST_EIGHT
    assert min(difference(*pair) for pair in combinations(seen, 2)) > ANY


def test_clusters_are_stored_in_the_colours_of_the_light_theme() -> None:
    assert list(PALETTE) == assets.palette_values("light")["categories"]


def test_the_map_shows_a_cluster_in_the_colour_that_all_pages_show() -> None:
    for place, stored in enumerate(PALETTE):
        shown = entry_css(GroupEntry("cluster", stored, 1), 0)
        assert shown == shown_colour(stored).name() == theme.category_css(place)
    assert entry_css(GroupEntry("cluster", "#123456", 1), 0) == "#123456"
