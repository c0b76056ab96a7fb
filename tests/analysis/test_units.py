import numpy as np
import pytest
import torch

from ssl_studio.analysis import units
from ssl_studio.analysis.units import batch_for, survey_units
from ssl_studio.events import Cancel, Cancelled
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.networks.backbone import backbone_names, create_backbone
from ssl_studio.training.extraction import evaluating

CPU = torch.device("cpu")


@pytest.fixture
def encoder():
    return create_backbone("light", 32, seed=0)


def all_maps(encoder, cache, view, layer):
    batch = cache.take(torch.arange(len(cache)))
    views = normalise(eval_view(batch, view.size), view.mean, view.std)
    with evaluating(encoder):
        return encoder.maps(views, [layer])[layer]


def test_activations_are_the_largest_of_every_image(encoder, cache, view):
    survey = survey_units(encoder, cache, view, CPU, "conv3", batch_size=5)
    expected = all_maps(encoder, cache, view, "conv3").amax(dim=(2, 3)).half().numpy()
    assert np.array_equal(survey.activations, expected)
    assert survey.units.tolist() == list(range(expected.shape[1]))


def test_maps_are_those_of_the_best_pictures(encoder, cache, view):
    survey = survey_units(encoder, cache, view, CPU, "conv3", units=[4, 2], top=3, batch_size=5)
    maps = all_maps(encoder, cache, view, "conv3").half().numpy()
    assert survey.maps.shape == (2, 3, *maps.shape[2:])
    for best in survey.pictures:
        column = [4, 2].index(best.unit)
        assert np.array_equal(survey.maps[column, best.rank], maps[best.position, best.unit])


def test_the_receptive_crop_contains_the_place_of_the_largest_activation(encoder, cache, view):
    maps = all_maps(encoder, cache, view, "conv3")
    for best in survey_units(encoder, cache, view, CPU, "conv3", top=2).pictures:
        left = 0.25 if best.position == 0 else 0.0  # this picture is twice as wide as high
        row, column = divmod(int(maps[best.position, best.unit].argmax()), maps.shape[3])
        x = left + (1 - 2 * left) * (column + 0.5) / maps.shape[3]
        y = (row + 0.5) / maps.shape[2]
        assert best.x0 < x < best.x1
        assert best.y0 < y < best.y1


def test_large_maps_are_kept_small(cache, view, monkeypatch):
    monkeypatch.setattr(units, "HEAT_CELLS", 4)
    survey = survey_units(create_backbone("light", 32, seed=0), cache, view, CPU, "conv1")
    assert survey.maps.shape == (32, 9, 4, 4)
    best = survey.pictures[0]
    assert survey.maps[best.unit, 0].max() == np.float16(best.activation)


def test_batches_fit_whatever_the_layer(encoder, monkeypatch):
    monkeypatch.setattr(units, "MAP_BYTES", 10 * 4 * 32 * 16 * 16)
    assert batch_for(encoder, "conv5", CPU) == 10
    monkeypatch.setattr(units, "MAP_BYTES", 1)
    assert batch_for(encoder, "conv5", CPU) == 1


def test_a_survey_stops_when_asked(encoder, cache, view):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        survey_units(encoder, cache, view, CPU, "conv1", cancel=cancel)


SMALL = ("alexnet", "light", "light6", "resnet18", "vit_micro")


@pytest.mark.parametrize("name", SMALL)
def test_every_layer_of_every_kind_of_network_can_be_surveyed(name, cache, view):
    assert name in backbone_names()
    encoder = create_backbone(name, 32, seed=0)
    for layer in (encoder.layers[0], encoder.layers[-1]):
        survey = survey_units(encoder, cache, view, CPU, layer, top=2)
        assert survey.activations.shape == (len(cache), len(survey.units))
        assert len(survey.pictures) == 2 * len(survey.units)
