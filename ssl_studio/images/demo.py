"""Pictures for the demo: eight groups of drawings with plenty of variation inside each, and
scikit-learn's handwritten digits.

Every drawing has its own colours, size, place, turn, light and grain, so that neither a colour
nor a raw pixel gives its group away. Drawn at four times the size and shrunk, so edges are smooth.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

_SUPER = 4
_DIGIT_SIDE_PX = 32

Colour = tuple[int, int, int]
Brush = ImageDraw.ImageDraw
Random = np.random.Generator


def write_drawings(folder: Path, per_group: int, seed: int) -> Iterator[Path]:
    """Write `per_group` pictures of each group into `folder/<group>/`, yielding each path.

    64 to 96 px a side, every third a PNG and the others JPEG; the same seed draws the same
    pictures.
    """
    for number, (name, paint) in enumerate(GROUPS.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(per_group):
            picture = draw(paint, np.random.default_rng((seed, number, i)))
            path = folder / name / f"{name}-{i:03d}.{'png' if i % 3 == 0 else 'jpg'}"
            picture.save(path, quality=92)
            yield path


def write_digits(folder: Path) -> Iterator[Path]:
    """Write scikit-learn's 1,797 handwritten digits into `folder/digit <n>/`, yielding each path.

    They are 8 x 8 with 17 greys; enlarged smoothly, since nobody can look at 8 pixels.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    for i, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        path = folder / f"digit {digit}" / f"digit-{i:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        grey = Image.fromarray((pixels * (255 / 16)).round().astype(np.uint8))
        grey.resize((_DIGIT_SIDE_PX, _DIGIT_SIDE_PX), Image.Resampling.BICUBIC).save(path)
        yield path


def draw(paint: Callable[[Brush, float, Random], None], random: Random) -> Image.Image:
    """One picture: a background with a soft light, the subject, and grain."""
    side = int(random.integers(64, 97))
    big = side * _SUPER
    image = _background(big, random)
    paint(ImageDraw.Draw(image), float(big), random)
    pixels = np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float32)
    grain = random.normal(0, random.uniform(1, 6), (side, side, 1))
    return Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))


def _background(side: int, random: Random) -> Image.Image:
    top, bottom = np.array(_pale(random)), np.array(_pale(random))
    mix = np.linspace(0, 1, side)[:, None, None]
    column = top * (1 - mix) + bottom * mix
    pixels = np.broadcast_to(column, (side, side, 3)).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(pixels))


def _pale(random: Random) -> Colour:
    r, g, b = (int(v) for v in random.integers(170, 256, 3))
    return r, g, b


def _strong(random: Random) -> Colour:
    r, g, b = (int(v) for v in random.permutation([*random.integers(0, 90, 2), 150]))
    return r, g, b


def _turned(
    points: list[tuple[float, float]], angle: float, x: float, y: float
) -> list[tuple[float, float]]:
    c, s = math.cos(angle), math.sin(angle)
    return [(x + px * c - py * s, y + px * s + py * c) for px, py in points]


def _place(side: float, random: Random) -> tuple[float, float]:
    x, y = random.uniform(0.42, 0.58, 2) * side
    return float(x), float(y)


def _stripes(brush: Brush, side: float, random: Random) -> None:
    gap = side / random.integers(5, 9)
    angle, colour = random.uniform(0, math.pi), _strong(random)
    width = gap * random.uniform(0.4, 0.6)
    for at in np.arange(-side, side, gap):
        bar = [(-side, at), (side, at), (side, at + width), (-side, at + width)]
        brush.polygon(_turned(bar, angle, side / 2, side / 2), fill=colour)


def _dots(brush: Brush, side: float, random: Random) -> None:
    gap = side / random.integers(4, 7)
    radius, angle = gap * random.uniform(0.22, 0.34), random.uniform(0, math.pi / 2)
    colour = _strong(random)
    steps = np.arange(-side, side, gap)
    for x, y in _turned([(a, b) for a in steps for b in steps], angle, side / 2, side / 2):
        brush.circle((x, y), radius, fill=colour)


def _rings(brush: Brush, side: float, random: Random) -> None:
    x, y = _place(side, random)
    gap, colour = side / random.uniform(9, 14), _strong(random)
    for radius in np.arange(gap, side * 0.46, 2 * gap):
        brush.circle((x, y), float(radius + gap), outline=colour, width=int(gap * 0.9))


def _stars(brush: Brush, side: float, random: Random) -> None:
    colour, tips, turn = _strong(random), int(random.integers(4, 6)), random.uniform(0, math.tau)
    cells = [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.2, 0.5, 0.8)]
    for i in random.permutation(len(cells))[: random.integers(5, 8)]:
        x, y = ((c + random.uniform(-0.04, 0.04)) * side for c in cells[i])
        outer = side * random.uniform(0.1, 0.15)
        points = []
        for corner in range(2 * tips):
            radius = outer if corner % 2 == 0 else outer * 0.35
            angle = turn + corner * math.pi / tips
            points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
        brush.polygon(points, fill=colour)


def _flower(brush: Brush, side: float, random: Random) -> None:
    x, y = _place(side, random)
    petals, reach = int(random.integers(5, 8)), side * random.uniform(0.18, 0.24)
    turn, colour, heart = random.uniform(0, math.tau), _strong(random), _pale(random)
    stem = [(x - side * 0.02, y), (x + side * 0.02, y), (x + side * 0.02, side), (x, side)]
    brush.polygon(stem, fill=(30, int(random.integers(90, 150)), 40))
    for i in range(petals):
        angle = turn + i * math.tau / petals
        centre = (x + reach * math.cos(angle), y + reach * math.sin(angle))
        brush.circle(centre, reach * 0.52, fill=colour)
    brush.circle((x, y), reach * 0.5, fill=heart, outline=colour, width=int(side * 0.01))


def _house(brush: Brush, side: float, random: Random) -> None:
    x, _ = _place(side, random)
    width, height = random.uniform(0.42, 0.6) * side, random.uniform(0.28, 0.4) * side
    ground = side * random.uniform(0.84, 0.92)
    left, right, top = x - width / 2, x + width / 2, ground - height
    wall, roof = _strong(random), _strong(random)
    brush.rectangle((0, ground, side, side), fill=(70, int(random.integers(110, 160)), 60))
    brush.rectangle((left, top, right, ground), fill=wall)
    peak = top - height * random.uniform(0.5, 0.9)
    overhang = width * 0.1
    brush.polygon([(left - overhang, top), (x, peak), (right + overhang, top)], fill=roof)
    pane, light = width * 0.2, _pale(random)
    for centre in (left + width * 0.27, right - width * 0.27):
        box = (centre - pane / 2, top + height * 0.2, centre + pane / 2, top + height * 0.2 + pane)
        brush.rectangle(box, fill=light)
    brush.rectangle((x - pane * 0.4, ground - height * 0.45, x + pane * 0.4, ground), fill=light)


def _tree(brush: Brush, side: float, random: Random) -> None:
    ground = side * random.uniform(0.86, 0.94)
    brush.rectangle((0, ground, side, side), fill=(150, 120, int(random.integers(60, 110))))
    red, green, blue = (int(v) for v in random.integers((10, 80, 10), (70, 140, 80)))
    leaf = (red, green, blue)
    for x in np.linspace(0.18, 0.82, int(random.integers(2, 4))) * side:
        x += random.normal(0, side * 0.03)
        height, width = side * random.uniform(0.5, 0.7), side * random.uniform(0.12, 0.17)
        trunk = side * 0.025
        brush.rectangle((x - trunk, ground - height * 0.2, x + trunk, ground), fill=(90, 60, 30))
        for tier in range(3):
            base = ground - height * (0.15 + 0.25 * tier)
            half, tip = width * (1 - 0.22 * tier), base - height * 0.36
            brush.polygon([(x - half, base), (x, tip), (x + half, base)], fill=leaf)


def _waves(brush: Brush, side: float, random: Random) -> None:
    gap, colour = side / random.integers(3, 5), _strong(random)
    swing, length = gap * random.uniform(0.45, 0.6), side / random.uniform(2, 3)
    phase, slope = random.uniform(0, math.tau), random.uniform(-0.15, 0.15)
    xs = np.arange(-8, side + 8, 4)
    for at in np.arange(-gap, side + 2 * gap, gap):
        ys = at + slope * xs + swing * np.sin(xs * math.tau / length + phase)
        line = list(zip(xs.tolist(), ys.tolist(), strict=True))
        brush.line(line, fill=colour, width=int(gap * 0.3), joint="curve")


GROUPS: dict[str, Callable[[Brush, float, Random], None]] = {
    "dots": _dots,
    "flowers": _flower,
    "houses": _house,
    "rings": _rings,
    "stars": _stars,
    "stripes": _stripes,
    "trees": _tree,
    "waves": _waves,
}
"""The groups by the name of their folder."""
