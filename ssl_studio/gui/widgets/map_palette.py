"""Colours of numbers on a map that people with colour-blindness can tell apart, for each theme.

After cividis (Nuñez et al. 2018), which differs in lightness all the way, shortened at the end
that would drown in the ground.
"""

import numpy as np

from ssl_studio.gui import theme

SCALES = {
    "light": ("#00224e", "#3a4a6d", "#7d7c78", "#b39f57", "#dcb500"),
    "dark": ("#4a76b8", "#7a8fae", "#a4a398", "#cfc070", "#fee838"),
}


def scale_css(levels: int) -> list[str]:
    """Colours from the smallest to the largest number."""
    ends = [[int(css[i : i + 2], 16) for i in (1, 3, 5)] for css in SCALES[theme.name()]]
    at = np.linspace(0, len(ends) - 1, levels)
    table = np.array(ends, float)
    channels = [np.interp(at, np.arange(len(ends)), table[:, c]).round() for c in range(3)]
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in zip(*channels, strict=True)]
