import numpy as np
import pytest

from ssl_studio.analysis.aligned import aligned_maps
from ssl_studio.analysis.projection import pca_map
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Progress


@pytest.fixture
def epochs(blobs):
    """Features that grow out of noise."""
    noise = np.random.default_rng(5).normal(size=blobs.shape).astype(np.float32)
    spread = float(blobs.std())
    return [blobs * share + noise * spread * (1 - share) for share in (0.7, 0.85, 1.0)]


def moved(first, second):
    return float(np.linalg.norm(first - second, axis=1).mean())


def test_pca_maps_are_turned_towards_the_next_epoch_and_not_distorted(epochs):
    made = aligned_maps(epochs, "pca")
    own = pca_map(epochs[0]).coordinates
    free = moved(own * [-1, 1], made[1].coordinates)
    assert moved(made[0].coordinates, made[1].coordinates) < free
    spans = [np.linalg.norm(m - m.mean(0)) for m in (own, made[0].coordinates)]
    assert spans[0] == pytest.approx(spans[1], rel=1e-5)


def test_a_series_ends_in_the_map_that_is_known(epochs):
    known = pca_map(epochs[-1]).coordinates[:, ::-1]
    made = aligned_maps(epochs, "pca", last=known)
    assert np.array_equal(made[-1].coordinates, known)
    assert moved(made[1].coordinates, known) < moved(made[1].coordinates, known[:, ::-1])


def test_umap_maps_can_be_followed(epochs):
    events: list[object] = []
    made = aligned_maps(epochs[1:], "umap", report=events.append)
    assert all(
        np.corrcoef(made[0].coordinates[:, i], made[1].coordinates[:, i])[0, 1] > 0.9
        for i in (0, 1)
    )
    done = [e.done / e.total for e in events if isinstance(e, Progress) and e.total]
    assert done[-1] == 1


def test_epochs_of_other_images_are_refused(epochs):
    with pytest.raises(AnalysisError, match="same images"):
        aligned_maps([epochs[0][:50], epochs[1]], "pca")
