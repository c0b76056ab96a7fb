import numpy as np
import pytest

from ssl_studio.analysis import tsne
from ssl_studio.analysis.neighbours import neighbours_of_all
from ssl_studio.analysis.projection import trustworthiness
from ssl_studio.analysis.tsne import tsne_map
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel, Progress


@pytest.fixture
def curve():
    angle = np.linspace(0, 4, 90)
    waves = [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    return np.stack(waves, axis=1).astype(np.float32)


def test_neighbours_stay_neighbours_and_known_ones_give_the_same_map(curve):
    first = tsne_map(curve, seed=0, perplexity=10)
    again = tsne_map(curve, seed=0, perplexity=10, known=neighbours_of_all(curve, 40))
    assert trustworthiness(curve, first.coordinates, k=5) > 0.95
    assert np.array_equal(first.coordinates, again.coordinates)


@pytest.mark.parametrize("count", [8, 20])
def test_few_images_and_duplicates(blobs, count):
    made = tsne_map(np.repeat(blobs[: count // 2], 2, axis=0), seed=0)
    assert made.coordinates.shape == (count, 2)
    assert np.isfinite(made.coordinates).all()


def test_too_many_images_are_refused_with_the_reason_and_never_sampled(blobs, monkeypatch):
    monkeypatch.setattr(tsne, "MOST_IMAGES", 100)
    with pytest.raises(AnalysisError, match="100 images; there are 120"):
        tsne_map(blobs, seed=0)


def test_too_few_images_are_told_in_words(blobs):
    with pytest.raises(AnalysisError, match="PCA"):
        tsne_map(blobs[:5], seed=0)


def test_it_stops_when_asked_during_the_layout(curve):
    cancel = Cancel()

    def stop(event: object) -> None:
        if isinstance(event, Progress) and event.done > 20:
            cancel.request()

    with pytest.raises(Cancelled):
        tsne_map(curve, seed=0, perplexity=10, report=stop, cancel=cancel)
