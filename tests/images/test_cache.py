import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ssl_studio.errors import Cancelled, FolderError, StorageError
from ssl_studio.events import Cancel, Event, Note, Progress, ignore
from ssl_studio.images import cache as cache_module
from ssl_studio.images import cache_store
from ssl_studio.images.cache import PixelCache, build_cache, cache_side
from ssl_studio.images.decode import decode
from tests import pictures

Build = Callable[..., PixelCache]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every cache is stored, however small, in a folder of the test's own."""
    monkeypatch.setenv("SSL_STUDIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache_module, "_STORED_FROM_BYTES", 0)
    return tmp_path / "cache" / "pixels"


@pytest.fixture
def paths(tiny_folder: Path) -> list[Path]:
    return sorted(tiny_folder.rglob("*.jpg"))


def hashes_of(paths: list[Path]) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def build(paths: list[Path], side: int = 32, hashes: list[str] | None = None) -> PixelCache:
    hashes = hashes or hashes_of(paths)
    return build_cache(paths, hashes, side, "cpu", ignore, Cancel(), threads=2)


def never_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a picture was decoded again")

    monkeypatch.setattr(cache_module, "open_picture", refuse)


def without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_fits_memory", lambda size: False)


def test_rows_are_the_pictures_in_the_order_asked_for(paths: list[Path]) -> None:
    cache = build(paths[::-1])
    assert cache.pixels.shape == (24, 3, 32, 32)
    assert cache.pixels.dtype == torch.uint8
    assert len(cache) == 24
    assert cache.side == 32
    for row, path in zip(cache.pixels, paths[::-1], strict=True):
        assert np.array_equal(row.permute(1, 2, 0).numpy(), decode(path))


def test_pictures_are_stretched_and_the_aspect_is_kept(tmp_path: Path) -> None:
    pictures.quadrants(60, 20).save(tmp_path / "wide.png")
    cache = build([tmp_path / "wide.png"], 16)
    assert cache.aspect.tolist() == [3.0]
    corners = cache.pixels[0, :, [1, 1, 14, 14], [1, 14, 1, 14]].T
    assert (corners.int() - torch.tensor(pictures.CORNERS)).abs().max() <= 2


def test_second_run_opens_what_the_first_stored(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(paths)
    never_decode(monkeypatch)
    second = build(paths)
    assert torch.equal(first.pixels, second.pixels)
    assert torch.equal(first.aspect, second.aspect)
    assert torch.equal(first.mean, second.mean)


def test_other_side_or_order_is_another_cache(paths: list[Path]) -> None:
    hashes = hashes_of(paths)
    keys = {
        cache_store.cache_key(hashes, 32),
        cache_store.cache_key(hashes, 40),
        cache_store.cache_key(hashes[::-1], 32),
    }
    assert len(keys) == 3


def test_small_caches_are_not_stored(
    paths: list[Path], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_STORED_FROM_BYTES", 1 << 20)
    build(paths)
    assert not store.exists()


def test_what_does_not_fit_memory_is_mapped(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = build(paths)
    without_memory(monkeypatch)
    mapped = build(paths)
    assert mapped.mapped
    assert not mapped.resident("cpu")
    assert torch.equal(mapped.pixels, expected.pixels)
    assert not expected.mapped
    assert expected.resident("cpu")
    assert not expected.resident("cuda")


@pytest.mark.parametrize("file", ["pixels.u8", "aspect.f32", "facts.json"])
def test_damaged_store_is_built_anew(paths: list[Path], store: Path, file: str) -> None:
    expected = build(paths)
    (victim,) = store.glob(f"*/{file}")
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 0xFF
    victim.write_bytes(data)
    assert torch.equal(build(paths).pixels, expected.pixels)


def test_shortened_store_is_built_anew(paths: list[Path], store: Path) -> None:
    expected = build(paths)
    (victim,) = store.glob("*/pixels.u8")
    victim.write_bytes(victim.read_bytes()[:-1])
    assert torch.equal(build(paths).pixels, expected.pixels)


def test_unreadable_pictures_keep_their_place_and_are_named(paths: list[Path]) -> None:
    hashes = hashes_of(paths)
    paths[3].unlink()
    paths[7].write_bytes(paths[8].read_bytes())
    told: list[Event] = []
    cache = build_cache(paths, hashes, 32, "cpu", told.append, Cancel())
    assert cache.valid.tolist() == [i not in (3, 7) for i in range(24)]
    assert cache.positions.tolist() == [i for i in range(24) if i not in (3, 7)]
    assert cache.aspect[3] == 1
    (note,) = [event for event in told if isinstance(event, Note)]
    assert note.text == (
        "2 pictures are left out of this run. circles-0003.jpg: The file is no longer there.; "
        "circles-0007.jpg: The file was changed since the folder was scanned."
    )


@pytest.mark.parametrize("mapped", [False, True])
def test_picture_that_came_back_is_filled_in(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    if mapped:
        without_memory(monkeypatch)
    hashes, data = hashes_of(paths), paths[5].read_bytes()
    paths[5].unlink()
    assert not build(paths, hashes=hashes).valid[5]
    paths[5].write_bytes(data)
    again = build(paths, hashes=hashes)
    assert again.valid.all()
    assert np.array_equal(again.pixels[5].permute(1, 2, 0).numpy(), decode(paths[5]))
    never_decode(monkeypatch)
    assert build(paths, hashes=hashes).valid.all()


def test_nothing_left_is_an_error(paths: list[Path]) -> None:
    hashes = hashes_of(paths)
    for path in paths:
        path.unlink()
    with pytest.raises(FolderError, match="No picture is left"):
        build(paths, hashes=hashes)
    with pytest.raises(FolderError, match="list of pictures is empty"):
        build([], hashes=[])


def test_full_disk_does_not_matter_if_memory_has_room(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_store, "_SPARE_DISK_BYTES", 1 << 60)
    assert build(paths).valid.all()


def test_full_disk_without_memory_is_told(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_store, "_SPARE_DISK_BYTES", 1 << 60)
    without_memory(monkeypatch)
    with pytest.raises(StorageError, match="SSL_STUDIO_CACHE"):
        build(paths)


def test_cancel_leaves_no_half_made_store(paths: list[Path], store: Path) -> None:
    cancel = Cancel()

    def report(event: Event) -> None:
        cancel.request()

    with pytest.raises(Cancelled):
        build_cache(paths, hashes_of(paths), 32, "cpu", report, cancel)
    assert list(store.iterdir()) == []


def test_progress_reaches_the_total(paths: list[Path]) -> None:
    told: list[Event] = []
    build_cache(paths, hashes_of(paths), 32, "cpu", told.append, Cancel())
    assert told[-1] == Progress(24, 24, "Preparing pixels")


def test_longest_unused_store_makes_room(
    paths: list[Path], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(paths, 32)
    build(paths, 24)
    monkeypatch.setattr(cache_store, "_last_used", lambda folder: used[folder.name])
    used = {cache_store.cache_key(hashes_of(paths), side): side for side in (24, 32)}
    monkeypatch.setattr(cache_store, "MAX_STORED_BYTES", 24 * 3 * (32 * 32 + 16 * 16))
    build(paths, 16)
    kept = {cache_store.cache_key(hashes_of(paths), side) for side in (16, 32)}
    assert {folder.name for folder in store.iterdir()} == kept


def test_foreign_folders_are_never_deleted(
    paths: list[Path], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store / "holiday").mkdir(parents=True)
    monkeypatch.setattr(cache_store, "MAX_STORED_BYTES", 0)
    build(paths)
    assert (store / "holiday").exists()


def test_mean_and_deviation_are_those_of_all_pixels(paths: list[Path]) -> None:
    cache = build(paths)
    values = cache.pixels.double() / 255
    assert torch.allclose(cache.mean, values.mean((0, 2, 3)).float(), atol=1e-6)
    assert torch.allclose(cache.std, values.std((0, 2, 3), unbiased=False).float(), atol=1e-6)


def test_deviation_of_one_colour_can_be_divided_by(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / "a.png")
    assert (build([tmp_path / "a.png"], 8).std > 0).all()


def test_take_gives_pixels_aspect_and_index(paths: list[Path]) -> None:
    cache = build(paths)
    batch = cache.take(torch.tensor([5, 2, 5]))
    assert torch.equal(batch.pixels, cache.pixels[[5, 2, 5]])
    assert torch.equal(batch.aspect, cache.aspect[[5, 2, 5]])
    assert batch.index.tolist() == [5, 2, 5]


def test_batches_lie_as_the_compiled_code_reads_them(paths: list[Path]) -> None:
    cache = build(paths)
    frames = torch.tensor([[0, 1], [2, 3]])
    for batch in (cache.take(torch.tensor([5, 2])), cache.take(frames)):
        assert batch.pixels.mT.is_contiguous()


def test_only_some_pictures_in_another_order(paths: list[Path]) -> None:
    cache = build(paths)
    some = cache.only(torch.tensor([7, 3]))
    assert torch.equal(some.pixels, cache.pixels[[7, 3]])
    assert torch.equal(some.aspect, cache.aspect[[7, 3]])
    assert len(some.valid) == 2
    assert some.take(torch.tensor([0])).pixels.mT.is_contiguous()


def test_take_frames(paths: list[Path]) -> None:
    cache = build(paths)
    index = torch.tensor([[1, 2, 3], [7, 8, 9]])
    batch = cache.take(index)
    assert batch.pixels.shape == (2, 3, 3, 32, 32)
    assert torch.equal(batch.pixels[1, 2], cache.pixels[9])
    assert batch.index.tolist() == [1, 7]


@pytest.mark.parametrize(
    ("training", "typical", "side"),
    [(32, 32, 32), (32, 28, 28), (96, 64, 64), (96, 110, 110), (96, 400, 120), (224, 3000, 280)],
)
def test_cache_side(training: int, typical: int, side: int) -> None:
    assert cache_side(training, typical) == side


@pytest.mark.gpu
@pytest.mark.parametrize("stored", [False, True])
def test_pixels_lie_on_the_gpu_if_they_fit(paths: list[Path], stored: bool) -> None:
    expected = build(paths)
    if not stored:
        cache_store.make_room(cache_store.MAX_STORED_BYTES)
    cache = build_cache(paths, hashes_of(paths), 32, "cuda", ignore, Cancel())
    assert cache.resident("cuda")
    assert torch.equal(cache.pixels.cpu(), expected.pixels)
    assert cache.take(torch.tensor([1])).pixels.device.type == "cuda"
    assert torch.allclose(cache.mean, expected.mean)
