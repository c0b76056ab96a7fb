"""Colours of a map that people with colour-blindness can tell apart, for each theme.

The first seven are those of Okabe and Ito (2008), lighter on dark ground; the others are after
Paul Tol's muted scheme. Scales are after cividis (Nuñez et al. 2018), which differs in lightness
all the way, shortened at the end that would drown in the ground.
"""

import numpy as np

from ssl_studio.gui import theme

GROUPS = {
    "light": (
        "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#a89600",
        "#332288", "#882255", "#117733", "#aa4499", "#6b4c2a",
    ),
    "dark": (
        "#3d9bdc", "#f0b13c", "#1fbf92", "#f0743a", "#e09ac4", "#9bd6f7", "#f0e442",
        "#9187e0", "#c8587f", "#6fb56a", "#c77fc0", "#b99a72",
    ),
}  # fmt: skip
SCALES = {
    "light": ("#00224e", "#3a4a6d", "#7d7c78", "#b39f57", "#dcb500"),
    "dark": ("#4a76b8", "#7a8fae", "#a4a398", "#cfc070", "#fee838"),
}


def group_css(place: int) -> str:
    """The colour of the n-th group; they repeat after twelve."""
    colours = GROUPS[theme.name()]
    return colours[place % len(colours)]


def repeats_after() -> int:
    """How many groups have a colour of their own."""
    return len(GROUPS[theme.name()])


def scale_css(levels: int) -> list[str]:
    """Colours from the smallest to the largest number."""
    ends = [[int(css[i : i + 2], 16) for i in (1, 3, 5)] for css in SCALES[theme.name()]]
    at = np.linspace(0, len(ends) - 1, levels)
    table = np.array(ends, float)
    channels = [np.interp(at, np.arange(len(ends)), table[:, c]).round() for c in range(3)]
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in zip(*channels, strict=True)]
