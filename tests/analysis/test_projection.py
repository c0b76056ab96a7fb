import numpy as np
import pytest

from ssl_studio.analysis.neighbours import neighbours_of_all
from ssl_studio.analysis.projection import pca_map, trustworthiness, umap_map
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel, Progress


def apart(points, labels):
    """Every point is nearest to the centre of its own group."""
    centres = np.stack([points[labels == c].mean(axis=0) for c in np.unique(labels)])
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    return bool((distances.argmin(axis=1) == labels).all())


def test_pca_separates_blobs_and_says_how_much_it_shows(blobs, labels):
    made = pca_map(blobs)
    assert made.coordinates.shape == (120, 2)
    assert apart(made.coordinates, labels)
    assert made.settings["variance_1"] > made.settings["variance_2"] > 0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_pca_of_few_images(blobs, count):
    made = pca_map(blobs[:count])
    assert made.coordinates.shape == (count, 2)
    assert np.isfinite(made.coordinates).all()


def test_umap_separates_blobs_repeats_with_its_seed_and_reports(blobs, labels):
    events: list[object] = []
    first = umap_map(blobs, seed=3, report=events.append)
    again = umap_map(blobs, seed=3, known=neighbours_of_all(blobs, 14))
    assert apart(first.coordinates, labels)
    assert np.array_equal(first.coordinates, again.coordinates)
    laid = [e for e in events if isinstance(e, Progress) and e.note.startswith("Laying")]
    assert laid[-1].done == laid[-1].total


@pytest.mark.parametrize("count", [5, 9, 20])
def test_umap_of_few_images(blobs, count):
    made = umap_map(blobs[:count], seed=0)
    assert made.coordinates.shape == (count, 2)
    assert np.isfinite(made.coordinates).all()


def test_umap_of_many_duplicates(blobs):
    assert np.isfinite(umap_map(np.repeat(blobs[:3], 20, axis=0), seed=0).coordinates).all()


def test_umap_starts_from_an_earlier_map():
    angle = np.linspace(0, 4, 150)
    waves = [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    curve = np.stack(waves, axis=1).astype(np.float32)
    first = umap_map(curve, seed=0).coordinates
    start = -first[:, ::-1]
    moved = umap_map(curve, seed=1, start=start).coordinates
    assert all(np.corrcoef(start[:, i], moved[:, i])[0, 1] > 0.8 for i in (0, 1))


def test_umap_stops_when_asked_during_the_layout(blobs):
    cancel = Cancel()

    def stop(event: object) -> None:
        if isinstance(event, Progress) and event.note.startswith("Laying"):
            cancel.request()

    with pytest.raises(Cancelled):
        umap_map(blobs, seed=0, report=stop, cancel=cancel)


def test_too_few_images_for_umap_are_told_in_words(blobs):
    with pytest.raises(AnalysisError, match="PCA"):
        umap_map(blobs[:4], seed=0)


def test_trustworthiness_of_the_identity_is_one(blobs):
    plane = blobs[:, :2]
    unit = plane / np.linalg.norm(plane, axis=1, keepdims=True)
    assert trustworthiness(plane, unit, k=5) == 1.0
    shuffled = np.random.default_rng(0).permutation(unit)
    assert trustworthiness(plane, shuffled, k=5) < 0.8
