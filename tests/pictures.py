"""Draws the pictures that tests work on: three obvious groups, odd modes, broken files.

Everything is drawn from a seed, so two calls with the same arguments give the same files.
"""

import csv
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

GROUPS = ("circles", "squares", "stripes")

# Far apart in colour as well as in shape, so that even a weak encoder tells them apart.
_COLOURS = {"circles": (210, 50, 50), "squares": (50, 170, 70), "stripes": (60, 80, 210)}

# The corners of the odd pictures: top left, top right, bottom left, bottom right.
CORNERS = ((220, 30, 40), (30, 200, 60), (40, 60, 210), (230, 220, 60))


def draw_shape(group: str, rng: np.random.Generator, size: int = 32) -> Image.Image:
    """One RGB picture of `group`, `size` pixels a side, with random place, scale and tint."""
    ground = tuple(int(v) for v in rng.integers(190, 235, 3))
    tint = tuple(int(np.clip(v + rng.integers(-25, 26), 0, 255)) for v in _COLOURS[group])
    picture = Image.new("RGB", (size, size), ground)
    pen = ImageDraw.Draw(picture)
    radius = size * rng.uniform(0.2, 0.32)
    x, y = rng.uniform(radius, size - radius, 2)
    box = (x - radius, y - radius, x + radius, y + radius)
    if group == "circles":
        pen.ellipse(box, fill=tint)
    elif group == "squares":
        pen.rectangle(box, fill=tint)
    else:
        gap = max(4, size // 6)
        for left in range(int(rng.integers(0, gap)) - gap, size + gap, gap):
            pen.rectangle((left, 0, left + gap // 2, size), fill=tint)
    noisy = np.asarray(picture, np.int16) + rng.integers(-8, 9, (size, size, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def draw_folder(
    root: Path,
    *,
    per_class: int = 8,
    size: int = 32,
    groups: tuple[str, ...] = GROUPS,
    suffix: str = ".jpg",
    seed: int = 0,
) -> list[Path]:
    """Fill `root` with `per_class` pictures in a sub-folder for each group; paths in order."""
    rng = np.random.default_rng(seed)
    paths = []
    for group in groups:
        folder = root / group
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            path = folder / f"{group}-{number:04d}{suffix}"
            draw_shape(group, rng, size).save(path, quality=92)
            paths.append(path)
    return sorted(paths)


def write_labels(root: Path, table: Path, *, split: bool = True) -> Path:
    """Write a CSV `path,label[,split]` for what `draw_folder` drew; every fifth is for testing."""
    paths = sorted(p for p in root.rglob("*") if p.suffix.lower() in (".jpg", ".png"))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "split"] if split else ["path", "label"])
        for number, path in enumerate(paths):
            row = [path.relative_to(root).as_posix(), path.parent.name]
            writer.writerow([*row, "test" if number % 5 == 0 else "train"] if split else row)
    return table


def quadrants(width: int = 48, height: int = 32) -> Image.Image:
    """An RGB picture whose four quarters have the colours of `CORNERS`; no symmetry at all."""
    small = Image.new("RGB", (2, 2))
    small.putdata(CORNERS)
    return small.resize((width, height), Image.Resampling.NEAREST)


def grey_ramp(width: int = 48, height: int = 32) -> np.ndarray:
    """Float64 (height, width), from 0 on the left to 1 on the right."""
    return np.tile(np.linspace(0.0, 1.0, width), (height, 1))


def draw_broken(root: Path) -> dict[str, str]:
    """Write files that cannot be read; each file's name with the kind of its fault.

    Kinds: empty, truncated, not an image, damaged, too large.
    """
    root.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    noise = Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    whole = {}
    for suffix in (".jpg", ".png"):
        noise.save(root / f"whole{suffix}")
        whole[suffix] = (root / f"whole{suffix}").read_bytes()
        (root / f"whole{suffix}").unlink()
    (root / "empty.jpg").write_bytes(b"")
    (root / "truncated.jpg").write_bytes(whole[".jpg"][: len(whole[".jpg"]) // 2])
    (root / "truncated.png").write_bytes(whole[".png"][: len(whole[".png"]) // 2])
    (root / "letter.jpg").write_bytes(b"Dear reader, this is not a picture at all.\n" * 20)
    (root / "header.jpg").write_bytes(whole[".jpg"][:60])
    (root / "huge.png").write_bytes(_huge_png(50_000))
    (root / "wide.png").write_bytes(_huge_png(24_000))
    scrambled = bytearray(whole[".png"])
    scrambled[-200:-100] = bytes(100)
    (root / "scrambled.png").write_bytes(scrambled)
    return {
        "empty.jpg": "empty",
        "header.jpg": "truncated",
        "huge.png": "too large",
        "letter.jpg": "not an image",
        "scrambled.png": "damaged",
        "truncated.jpg": "truncated",
        "truncated.png": "truncated",
        "wide.png": "too large",
    }


def _huge_png(side: int) -> bytes:
    """A small PNG file that claims to be `side` pixels wide and high."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def draw_odd_modes(root: Path) -> list[str]:
    """Write `quadrants()` in every colour mode and container that tests care about; file names.

    Each of them, decoded to RGB, has to look like `quadrants()`.
    """
    root.mkdir(parents=True, exist_ok=True)
    picture = quadrants()
    black = Image.new("RGB", picture.size)
    opaque = picture.copy()
    opaque.putalpha(255)
    picture.save(root / "rgb.jpg", quality=95, subsampling=0)
    picture.save(root / "progressive.jpg", quality=95, subsampling=0, progressive=True)
    picture.convert("CMYK").save(root / "cmyk.jpg", quality=95, subsampling=0)
    picture.convert("CMYK").save(root / "cmyk.tif")
    picture.convert("YCbCr").save(root / "ycbcr.tif")
    picture.quantize(16).save(root / "palette.png")
    picture.quantize(16).save(root / "palette.gif")
    opaque.save(root / "rgba.png")
    opaque.save(root / "rgba.webp", lossless=True)
    picture.save(root / "rgb.bmp")
    picture.save(root / "rgb.ppm")
    picture.save(root / "rgb.tga")
    picture.save(root / "mislabelled.jpg", format="PNG")
    frames = [black.quantize(4)]
    picture.quantize(16).save(root / "animated.gif", save_all=True, append_images=frames)
    picture.save(root / "animated.webp", save_all=True, append_images=[black], lossless=True)
    picture.save(root / "pages.tif", save_all=True, append_images=[black])
    return sorted(path.name for path in root.iterdir())


def draw_grey_modes(root: Path) -> list[str]:
    """Write `grey_ramp()` as 8, 16 and 32 bit integers and as floats; file names."""
    root.mkdir(parents=True, exist_ok=True)
    ramp = grey_ramp()
    bytes8 = Image.fromarray(np.round(ramp * 255).astype(np.uint8))
    bytes8.save(root / "l.png")
    bytes8.save(root / "l.jpg", quality=98)
    grey_alpha = bytes8.convert("LA")
    grey_alpha.save(root / "la.png")
    Image.fromarray(np.round(ramp * 65535).astype(np.uint16)).save(root / "i16.png")
    Image.fromarray(np.round(ramp * 65535).astype(np.uint16)).save(root / "i16.tif")
    Image.fromarray(np.round(ramp * 4095).astype(np.uint16)).save(root / "i12.tif")
    Image.fromarray(np.round(ramp * 2_000_000 - 1_000_000).astype(np.int32)).save(root / "i32.tif")
    Image.fromarray(ramp.astype(np.float32)).save(root / "unit.tif")
    Image.fromarray((ramp * 5000 - 40).astype(np.float32)).save(root / "float.tif")
    return sorted(path.name for path in root.iterdir())


def draw_turned(root: Path) -> list[str]:
    """Write `quadrants()` eight times, stored turned and mirrored as EXIF orientation 1 to 8."""
    root.mkdir(parents=True, exist_ok=True)
    # What a camera stores, so that a viewer which obeys the tag shows the upright picture.
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    for tag, turn in stored.items():
        picture = quadrants() if turn is None else quadrants().transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = tag
        picture.save(root / f"turned-{tag}.jpg", exif=exif, quality=95, subsampling=0)
    return sorted(path.name for path in root.iterdir())


def camera_exif() -> Image.Exif:
    """What a camera writes: maker, model and the time of the shot."""
    exif = Image.Exif()
    exif[0x010F] = "Lumen"
    exif[0x0110] = "Lumen One"
    exif.get_ifd(0x8769)[0x9003] = "2021:06:05 14:03:02"
    return exif


def swapped_profile() -> bytes:
    """An ICC profile of a strange RGB space in which red and green have changed places."""
    white, red = (0.9642, 1.0, 0.8249), (0.4360, 0.2225, 0.0139)
    green, blue = (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, int(2.2 * 256)) + bytes(2)
    name = b"Swapped\0"
    body = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78),
        b"wtpt": _xyz(white),
        b"rXYZ": _xyz(green),
        b"gXYZ": _xyz(red),
        b"bXYZ": _xyz(blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _profile(body)


def _xyz(values: tuple[float, float, float]) -> bytes:
    fixed = struct.pack(">3i", *(round(v * 65536) for v in values))
    return b"XYZ " + bytes(4) + fixed


def _profile(body: dict[bytes, bytes]) -> bytes:
    table, data = b"", b""
    start = 128 + 4 + 12 * len(body)
    for tag, content in body.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", start + len(data), len(content))
        data += padded
    total = start + len(data)
    header = struct.pack(">I4sI4s4s4s", total, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(body)) + table + data
