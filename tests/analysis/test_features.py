import dataclasses

import numpy as np
import pytest
import torch

from ssl_studio.analysis.features import encode, pixels, probe_features, probe_side
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.networks.backbone import create_backbone
from ssl_studio.training.extraction import evaluating

CPU = torch.device("cpu")


@pytest.fixture
def encoder():
    return create_backbone("light", 32, seed=0)


def test_the_default_layer_gives_what_the_encoder_gives(encoder, cache, view):
    batch = cache.take(torch.arange(len(cache)))
    with evaluating(encoder):
        direct = encoder(normalise(eval_view(batch, 32), view.mean, view.std))
    found = encode(encoder, cache, view, CPU, batch_size=5)
    assert list(found) == ["conv5"]
    assert found["conv5"].dtype == np.float32
    assert np.allclose(found["conv5"], direct.numpy(), atol=1e-5)


def test_several_layers_in_one_pass_equal_one_at_a_time(encoder, cache, view):
    both = encode(encoder, cache, view, CPU, layers=["conv1", "conv3"])
    for layer in ("conv1", "conv3"):
        alone = encode(encoder, cache, view, CPU, layers=[layer])[layer]
        assert np.array_equal(both[layer], alone)


def test_features_of_some_images_are_rows_of_all(encoder, cache, view):
    some = np.array([5, 2, 11])
    found = encode(encoder, cache, view, CPU, positions=some)["conv5"]
    assert np.allclose(found, encode(encoder, cache, view, CPU)["conv5"][some], atol=1e-6)


def test_the_same_seed_gives_the_same_random_encoder(cache, view):
    first, again = (
        encode(create_backbone("light", 32, seed=4), cache, view, CPU)["conv5"] for _ in range(2)
    )
    assert np.array_equal(first, again)


def test_extraction_leaves_the_encoder_as_it_was(encoder, cache, view):
    encoder.train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    probe_features(encoder, cache, view, CPU)
    assert all(module.training for module in encoder.modules())
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_layers_of_a_probe_have_about_equal_size(encoder, cache, view):
    found = probe_features(encoder, cache, view, CPU, budget=512)
    assert {layer: rows.shape[1] for layer, rows in found.items()} == {
        "conv1": 32 * 16,
        "conv2": 64 * 9,
        "conv3": 128 * 4,
        "conv4": 128 * 4,
        "conv5": 256,
    }


def test_the_pooled_side_fits_into_the_map():
    assert probe_side(2048, 512, 1, 1) == 1
    assert probe_side(2048, 4096, 7, 7) == 1
    assert probe_side(9000, 64, 56, 56) == 12


def test_small_pixels_are_all_kept(cache):
    rows = pixels(cache, 32, CPU)
    assert rows.shape == (len(cache), 3 * 32 * 32)
    assert rows.min() >= 0
    assert rows.max() <= 1
    assert np.allclose(rows[1], cache.pixels[1].flatten() / 255, atol=1e-5)


def test_large_pixels_are_reduced_and_keep_their_distances(cache):
    whole, reduced = pixels(cache, 32, CPU), pixels(cache, 32, CPU, dimensions=20)
    assert reduced.shape == (len(cache), 20)
    apart, apart_reduced = (np.linalg.norm(x[1:] - x[:-1], axis=1) for x in (whole, reduced))
    assert np.corrcoef(apart, apart_reduced)[0, 1] > 0.99
    assert np.array_equal(reduced, pixels(cache, 32, CPU, dimensions=20))


def test_no_images_no_features(encoder, cache, view):
    empty = dataclasses.replace(cache, pixels=cache.pixels[:0], aspect=cache.aspect[:0])
    with pytest.raises(AnalysisError, match="no images"):
        encode(encoder, empty, view, CPU)
    with pytest.raises(AnalysisError, match="no images"):
        pixels(empty, 32, CPU)


def test_extraction_stops_when_asked(encoder, cache, view):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        encode(encoder, cache, view, CPU, cancel=cancel)
