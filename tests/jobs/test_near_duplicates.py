from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel, ignore
from ssl_studio.jobs.near_duplicates import NearDuplicatesJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run


def scene(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return Image.fromarray(cells).resize((160, 120), Image.Resampling.BICUBIC)


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    """Ten scenes; the first comes smaller and once more, the second recompressed."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(10):
        scene(seed).save(folder / f"{seed}.jpg", quality=92)
    scene(0).resize((80, 60)).save(folder / "0-small.jpg", quality=80)
    (folder / "0-copy.jpg").write_bytes((folder / "0.jpg").read_bytes())
    scene(1).save(folder / "1-again.png")
    path = tmp_path / "p.sslstudio"
    Project.create(path).close()
    run(ScanJob(folder), path)
    return path


def names(path: Path, kind: str = "hash") -> list[list[str]]:
    with Project.open(path) as project:
        groups = project.duplicates.near_groups(kind)  # type: ignore[arg-type]
        return [[image.path for image in project.images.get(g.image_ids)] for g in groups]


def test_groups_lead_with_the_best_picture(scanned: Path) -> None:
    result, _ = run(NearDuplicatesJob(), scanned)
    assert (result.groups, result.images, result.extra) == (2, 5, 3)
    one, two = sorted(names(scanned), key=len)
    assert one == ["1-again.png", "1.jpg"]
    assert two[2] == "0-small.jpg"


def test_only_new_pictures_are_looked_at_again(
    scanned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(NearDuplicatesJob(), scanned)
    monkeypatch.setattr("ssl_studio.images.perceptual.perceptual_hash", None)
    assert run(NearDuplicatesJob(), scanned)[0].groups == 2


def test_by_features_only_close_ones_join(scanned: Path) -> None:
    with Project.open(scanned) as project:
        ids = project.images.ids()
        values = np.eye(len(ids), 16, dtype=np.float32)
        values[1] = values[0]
        values[1, 15] = 0.1
        features = project.features.add(
            source="pixels", backbone="x", layer="y", image_ids=ids, values=values
        )
    result, _ = run(NearDuplicatesJob(feature_set_id=features), scanned)
    assert (result.groups, result.images) == (1, 2)
    assert len(names(scanned, "features")[0]) == 2


def test_one_image_cannot_be_compared(tmp_path: Path) -> None:
    Project.create(tmp_path / "p.sslstudio").close()
    with pytest.raises(AnalysisError, match="no two images"):
        run(NearDuplicatesJob(), tmp_path / "p.sslstudio")


def test_a_stopped_search_stores_no_groups(scanned: Path) -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        NearDuplicatesJob().run(scanned, ignore, cancel)
    with Project.open(scanned) as project:
        assert project.duplicates.searches() == []
