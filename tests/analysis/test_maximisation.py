import numpy as np
import pytest
import torch

from ssl_studio.analysis.maximisation import Ascent, colour_root, maximise
from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel, Cancelled
from ssl_studio.images.augment import normalise
from ssl_studio.networks.backbone import create_backbone
from ssl_studio.training.extraction import ViewSpec, evaluating

CPU = torch.device("cpu")
VIEW = ViewSpec(16, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


@pytest.fixture
def encoder():
    return create_backbone("light", 16, seed=0)


def run(encoder, layer, units, **ascent):
    return maximise(encoder, layer, units, VIEW, CPU, Ascent(**{"steps": 48, **ascent}))


@pytest.mark.parametrize(
    ("name", "layer", "steps"),
    [("light", "conv4", 48), ("vit_micro", "block2", 128), ("vit_micro", "cls", 48)],
)
def test_the_picture_excites_its_unit_far_more_than_noise_and_the_start(name, layer, steps):
    encoder = create_backbone(name, 16, seed=0)
    for found in run(encoder, layer, [0, 1], steps=steps):
        assert found.picture.shape == (16, 16, 3)
        assert found.activation > found.noise + 0.2 * abs(found.noise)
        assert found.activation > found.start + 0.2 * abs(found.start)


def test_the_activation_is_that_of_the_picture(encoder):
    (found,) = run(encoder, "conv3", [5])
    pixels = torch.from_numpy(found.picture).permute(2, 0, 1)[None] / 255
    with evaluating(encoder):
        maps = encoder.maps(normalise(pixels, VIEW.mean, VIEW.std), ["conv3"])["conv3"]
    assert float(maps[0, 5].max()) == pytest.approx(found.activation, rel=0.02)


def test_the_seed_alone_decides_whatever_the_company(encoder):
    alone = run(encoder, "conv3", [7])[0].picture.astype(int)
    together = run(encoder, "conv3", [3, 7])[1].picture.astype(int)
    other = run(encoder, "conv3", [7], seed=1)[0].picture.astype(int)
    assert np.abs(alone - together).max() <= 2
    assert np.abs(alone - other).max() > 20


def test_a_unit_that_is_silent_at_first_is_woken(encoder):
    with torch.no_grad():
        norm = encoder.net.conv4[1]
        norm.bias -= 0.4
    (found,) = run(encoder, "conv4", [0], steps=64)
    assert found.start == 0
    assert found.activation > 0


def test_a_picture_keeps_its_contrast_within_bounds(encoder):
    (found,) = run(encoder, "conv2", [1], steps=96)
    levels = found.picture.astype(int)
    assert levels.std() > 10
    assert ((levels < 3) | (levels > 252)).mean() < 0.2


def test_the_centre_can_be_meant_alone(encoder):
    (found,) = run(encoder, "conv1", [0], objective="centre", steps=32)
    contrast = np.abs(found.picture.astype(int) - 128).mean(axis=2)
    assert contrast[5:11, 5:11].mean() > contrast[0].mean()


def test_the_encoder_stays_as_it_is(encoder):
    encoder.train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    run(encoder, "conv2", [0], steps=8)
    assert encoder.training
    assert all(weight.requires_grad for weight in encoder.parameters())
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    assert not any(module._forward_hooks for module in encoder.modules())


def test_an_ascent_stops_when_asked(encoder):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        maximise(encoder, "conv1", [0], VIEW, CPU, Ascent(), cancel=cancel)


def test_edges_alone_can_be_maximised_too():
    encoder = create_backbone("light", 16, seed=0, sobel=True)
    (found,) = run(encoder, "conv2", [0])
    assert found.activation > found.noise


def test_networks_without_colour_are_refused():
    with pytest.raises(AnalysisError, match="2 planes"):
        run(create_backbone("light", 16, seed=0, channels=2), "conv1", [0])


def test_the_colour_root_squared_is_the_covariance_in_proportion():
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(4000, 3)) @ rng.normal(size=(3, 3))
    root = colour_root(pixels.astype(np.float32)).astype(float)
    squared, covariance = root @ root, np.cov(pixels.T)
    assert np.allclose(squared / squared[0, 0], covariance / covariance[0, 0], atol=1e-3)
    assert np.linalg.norm(root, axis=1).max() == pytest.approx(1)
