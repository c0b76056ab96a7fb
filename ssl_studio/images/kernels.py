"""Compiled code that renders one picture after the other, while it lies in the cache.

The same numbers as the tensor operations of `geometry` and `photometric`; a test holds the two
together. All compiled functions stand in this one file: what numba keeps on disk is renewed when
the file changes, not when a callee in another file does.

Letters: B pictures, S side of the cache, s side of the view, k taps, in pixels.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ssl_studio.images.geometry import EDGE_PX
from ssl_studio.images.photometric import BRIGHTNESS, CONTRAST, GREY, SATURATION

P = ParamSpec("P")
R = TypeVar("R")
F = np.float32
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Numbers = NDArray[np.uint32]
Halves = NDArray[np.uint16]

# Numbers without a type are float64 to numba, and would widen every loop they stand in.
_0, _1, _2, _3, _4, _6 = (F(number) for number in (0, 1, 2, 3, 4, 6))
BLOCK = 16  # columns that are turned into rows at once
PART = 256  # pixels that are stored at once, so that what lies in between stays near
_HALF, _1_5, _2_5 = F(0.5), F(1.5), F(2.5)
_EDGE, _BYTE, _NEGLIGIBLE = F(EDGE_PX), F(1 / 255), F(1e-9)
_RED, _GREEN, _BLUE = (F(weight) for weight in GREY)

# Sums in any order, so that they run in vector lanes; NaN and infinity keep their meaning.
_MATH = {"reassoc", "contract", "nsz"}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code without interpreter lock, kept on disk if there is a place."""
    try:
        return njit(cache=True, nogil=True, error_model="numpy", fastmath=_MATH)(function)
    except RuntimeError:  # nowhere to write: compiled anew in each process
        return njit(nogil=True, error_model="numpy", fastmath=_MATH)(function)


@compiled
def render_rows(
    pixels: Bytes,
    boxes: Floats,
    flip: Flags,
    bicubic: bool,
    factors: Floats,
    order: Places,
    grey: Flags,
    blurred: Flags,
    taps: Floats,
    inverted: Flags,
    scale: Floats,
    offset: Floats,
    size: int,
    out: Floats,
    rounded: Halves,
    start: int,
    stop: int,
) -> None:
    """Render the pictures `start` .. `stop` into `out`, (B, s, s, 3), or into `rounded`.

    The one that is not wanted has no rows. `rounded` holds the upper halves of float32, which are
    bfloat16.

    `pixels` lie on their sides, (B, 3, x, y), and are turned between the two resamplings: adding
    whole lines is quick, fetching pixels from scattered places is not.
    """
    side, k = pixels.shape[2], taps.shape[1]
    half = len(rounded) > 0
    x = np.empty((3, size * size), np.float32)
    picture = x.reshape(3, size, size)
    wide = np.zeros((size + k - 1) ** 2, np.float32)
    spare = np.zeros((size + k - 1) ** 2, np.float32)
    reach = 2 * int(np.ceil(max(side / size, 1.0) * (2 if bicubic else 1))) + 2
    lines = np.zeros((BLOCK, side), np.float32)
    turned = np.zeros((side + reach, size), np.float32)
    columns, rows = np.empty(size, np.uint32), np.empty(size, np.uint32)
    across, down = np.empty((reach, size), np.float32), np.empty((reach, size), np.float32)
    for b in range(start, stop):
        taps_x = _weigh(boxes[b, 0], boxes[b, 2], side, bicubic, _1, columns, across)
        taps_y = _weigh(boxes[b, 1], boxes[b, 3], side, bicubic, _BYTE, rows, down)
        if flip[b]:
            _reverse(columns, across, taps_x)
        top, bottom = int(rows.min()), min(side, int(rows.max()) + taps_y)
        for channel in range(3):
            _narrow(pixels[b, channel], columns, across, taps_x, top, bottom, lines, turned)
            _lower(turned, rows, down, taps_y, bicubic, picture[channel])
        for place in range(4):
            _adjust(x, order[b, place], factors[b])
        if grey[b]:
            _to_grey(x)
        if blurred[b]:
            for channel in range(3):
                _blur(picture[channel], taps[b], wide, spare)
        if inverted[b]:
            _solarise(x)
        if half:
            _store_rounded(x, scale, offset, rounded[b].reshape(-1))
        else:
            _store(x, 0, x.shape[1], scale, offset, out[b].reshape(-1))


@compiled
def _weigh(
    start: F, stop: F, side: int, bicubic: bool, unit: F, first: Numbers, weights: Floats
) -> int:
    """`resize_weights` of geometry, times `unit`: (k, s), for k pixels from `first` on; gives k."""
    size = first.shape[0]
    begin = start * F(side)
    end = stop * F(side)
    step = (end - begin) / F(size)
    wide = max(step, _1)
    support = wide * (_2 if bicubic else _1)
    lowest, highest = int(np.floor(begin + _EDGE)), min(side, int(np.ceil(end - _EDGE)))
    count = 1
    for i in range(size):
        centre = begin + (F(i) + _HALF) * step
        low = max(lowest, int(np.ceil(centre - support - _HALF)))
        high = min(highest, int(np.floor(centre + support - _HALF)) + 1)
        first[i] = min(max(low, 0), side - 1)
        inside = min(max(high - low, 0), weights.shape[0])
        total = _0
        for tap in range(inside):
            distance = abs(F(low + tap) + _HALF - centre) / wide
            weight = _cubic(distance) if bicubic else max(_0, _1 - distance)
            weights[tap, i] = weight
            total += weight
        total = unit / total
        for tap in range(inside):
            weights[tap, i] *= total
        for tap in range(inside, weights.shape[0]):
            weights[tap, i] = _0
        count = max(count, high - low)
    return int(min(count, weights.shape[0]))  # boxes that are not numbers must not read elsewhere


@compiled
def _cubic(distance: F) -> F:
    if distance < _1:
        return (_1_5 * distance - _2_5) * distance * distance + _1
    if distance < _2:
        return ((_2_5 - _HALF * distance) * distance - _4) * distance + _2
    return _0


@compiled
def _reverse(first: Numbers, weights: Floats, count: int) -> None:
    size = first.shape[0]
    for i in range(size // 2):
        j = size - 1 - i
        first[i], first[j] = first[j], first[i]
        for tap in range(count):
            weights[tap, i], weights[tap, j] = weights[tap, j], weights[tap, i]


@compiled
def _narrow(
    plane: Bytes,
    columns: Numbers,
    weights: Floats,
    count: int,
    top: int,
    bottom: int,
    lines: Floats,
    turned: Floats,
) -> None:
    """The rows from `top` to `bottom` resampled to s columns, out of columns; `turned` has rows.

    Taps go in pairs, the last of an odd number with weight 0: half as many passes.
    """
    size, last, height = columns.shape[0], plane.shape[0] - 1, bottom - top
    for first in range(0, size, BLOCK):
        width = min(BLOCK, size - first)
        for x in range(width):
            left, line = int(columns[first + x]), lines[x]
            for tap in range(0, count, 2):
                one = plane[min(left + tap, last)][top:bottom]
                two = plane[min(left + tap + 1, last)][top:bottom]
                a, b = weights[tap, first + x], weights[tap + 1, first + x]
                if tap == 0:
                    for i in range(height):
                        line[i] = a * F(one[i]) + b * F(two[i])
                else:
                    for i in range(height):
                        line[i] += a * F(one[i]) + b * F(two[i])
        for i in range(height):
            target = turned[top + i, first:]
            if width == BLOCK:  # a number that the compiler knows
                for x in range(BLOCK):
                    target[x] = lines[x, i]
            else:
                for x in range(width):
                    target[x] = lines[x, i]


@compiled
def _lower(
    turned: Floats, rows: Numbers, weights: Floats, count: int, bicubic: bool, out: Floats
) -> None:
    """The rows of `turned` resampled to s rows, within [0, 1]."""
    size = rows.shape[0]
    for y in range(size):
        line, top = out[y], int(rows[y])
        for tap in range(0, count, 2):
            one, two = turned[top + tap], turned[top + tap + 1]
            a, b = weights[tap, y], weights[tap + 1, y]
            if tap == 0:
                for i in range(size):
                    line[i] = a * one[i] + b * two[i]
            else:
                for i in range(size):
                    line[i] += a * one[i] + b * two[i]
        if bicubic:  # the triangle has no weights below 0
            for i in range(size):
                line[i] = min(max(line[i], _0), _1)


@compiled
def _adjust(x: Floats, operation: int, factors: Floats) -> None:
    if operation == BRIGHTNESS:
        if factors[0] != _1:
            _brightness(x, factors[0])
    elif operation == CONTRAST:
        if factors[1] != _1:
            _contrast(x, factors[1])
    elif operation == SATURATION:
        if factors[2] != _1:
            _saturation(x, factors[2])
    elif factors[3] != _0:
        _hue(x, factors[3] * _6)


@compiled
def _brightness(x: Floats, factor: F) -> None:
    for channel in range(3):
        plane = x[channel]
        for i in range(plane.shape[0]):
            plane[i] = min(plane[i] * factor, _1)


@compiled
def _contrast(x: Floats, factor: F) -> None:
    red, green, blue = x[0], x[1], x[2]
    total = _0
    for i in range(red.shape[0]):
        total += _RED * red[i] + _GREEN * green[i] + _BLUE * blue[i]
    share = (_1 - factor) * (total / F(red.shape[0]))
    for channel in range(3):
        plane = x[channel]
        for i in range(plane.shape[0]):
            plane[i] = min(max(plane[i] * factor + share, _0), _1)


@compiled
def _saturation(x: Floats, factor: F) -> None:
    red, green, blue = x[0], x[1], x[2]
    for i in range(red.shape[0]):
        share = (_1 - factor) * (_RED * red[i] + _GREEN * green[i] + _BLUE * blue[i])
        red[i] = min(max(red[i] * factor + share, _0), _1)
        green[i] = min(max(green[i] * factor + share, _0), _1)
        blue[i] = min(max(blue[i] * factor + share, _0), _1)


@compiled
def _hue(x: Floats, turn: F) -> None:
    """`apply_hue` of photometric; `turn` in sixths of the circle."""
    reds, greens, blues = x[0], x[1], x[2]
    for i in range(reds.shape[0]):
        red, green, blue = reds[i], greens[i], blues[i]
        high = max(max(red, green), blue)
        low = min(min(red, green), blue)
        spread = high - low
        inverse = _1 / (spread if spread > _0 else _1)
        from_red = (green - blue) * inverse
        from_green = (blue - red) * inverse + _2
        from_blue = (red - green) * inverse + _4
        hue = from_red if high == red else (from_green if high == green else from_blue)
        hue += turn
        hue = hue + _6 if hue < _0 else hue
        hue = hue - _6 if hue >= _6 else hue
        reds[i] = low + spread * min(max(abs(hue - _3) - _1, _0), _1)
        greens[i] = low + spread * min(max(_2 - abs(hue - _2), _0), _1)
        blues[i] = low + spread * min(max(_2 - abs(hue - _4), _0), _1)


@compiled
def _to_grey(x: Floats) -> None:
    red, green, blue = x[0], x[1], x[2]
    for i in range(red.shape[0]):
        luma = _RED * red[i] + _GREEN * green[i] + _BLUE * blue[i]
        red[i] = luma
        green[i] = luma
        blue[i] = luma


@compiled
def _blur(plane: Floats, taps: Floats, wide: Floats, spare: Floats) -> None:
    """Rows, then columns, as long sums of shifted copies of the plane with mirrored margins.

    `wide` and `spare` are flat planes of (s + k - 1) ** 2. Sums that run over the end of a row
    fall on margins, which are not read.
    """
    size, half = plane.shape[0], taps.shape[0] // 2
    stride = size + 2 * half
    _mirror(plane, half, wide)
    _sum_shifted(wide, taps, 1, half, wide.shape[0] - half, spare)
    _sum_shifted(spare, taps, stride, half * stride, (half + size) * stride, wide)
    for y in range(size):
        row = wide[(y + half) * stride + half :]
        for i in range(size):
            plane[y, i] = row[i]


@compiled
def _mirror(plane: Floats, half: int, wide: Floats) -> None:
    size = plane.shape[0]
    stride = size + 2 * half
    for y in range(stride):
        source = plane[(size - 1) - abs((size - 1) - abs(y - half))]
        row = wide[y * stride : (y + 1) * stride]
        for i in range(size):
            row[half + i] = source[i]
        for i in range(half):
            row[half - 1 - i] = source[1 + i]
            row[half + size + i] = source[size - 2 - i]


@compiled
def _sum_shifted(
    source: Floats, taps: Floats, stride: int, start: int, stop: int, out: Floats
) -> None:
    """The symmetric filter at the places start .. stop of `out`, its taps `stride` apart."""
    half, count = taps.shape[0] // 2, stop - start
    target, middle = out[start:stop], source[start:stop]
    for tap in range(1, half + 1, 2):  # two pairs at once: the planes are read half as often
        other = min(tap + 1, half)
        a, b = taps[half + tap], taps[half + other] if tap < half else _0
        if tap > 1 and a <= _NEGLIGIBLE:
            break
        one, two = source[start - tap * stride :], source[start + tap * stride :]
        three, four = source[start - other * stride :], source[start + other * stride :]
        if tap == 1:
            centre = taps[half]
            for i in range(count):
                target[i] = centre * middle[i] + a * (one[i] + two[i]) + b * (three[i] + four[i])
        else:
            for i in range(count):
                target[i] += a * (one[i] + two[i]) + b * (three[i] + four[i])


@compiled
def _solarise(x: Floats) -> None:
    for channel in range(3):
        plane = x[channel]
        for i in range(plane.shape[0]):
            plane[i] = _1 - plane[i] if plane[i] >= _HALF else plane[i]


@compiled
def _store(x: Floats, start: int, stop: int, scale: Floats, offset: Floats, out: Floats) -> None:
    """The pixels `start` .. `stop` with channels last and normalised."""
    red, green, blue = x[0][start:stop], x[1][start:stop], x[2][start:stop]
    for i in range(stop - start):
        out[3 * i] = red[i] * scale[0] + offset[0]
        out[3 * i + 1] = green[i] * scale[1] + offset[1]
        out[3 * i + 2] = blue[i] * scale[2] + offset[2]


@compiled
def _store_rounded(x: Floats, scale: Floats, offset: Floats, out: Halves) -> None:
    """`_store` as the nearest bfloat16 of each finite float32, ties to even."""
    full = np.empty(3 * PART, np.float32)
    bits = full.view(np.uint32)
    for first in range(0, x.shape[1], PART):
        last = min(first + PART, x.shape[1])
        _store(x, first, last, scale, offset, full)
        target = out[3 * first : 3 * last]
        for i in range(target.shape[0]):
            even = (bits[i] >> np.uint32(16)) & np.uint32(1)
            target[i] = np.uint16((bits[i] + np.uint32(0x7FFF) + even) >> np.uint32(16))
