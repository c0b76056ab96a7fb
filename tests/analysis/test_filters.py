import dataclasses

import pytest
import torch

from ssl_studio.analysis.filters import first_filters
from ssl_studio.analysis.units import survey_units
from ssl_studio.errors import AnalysisError
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.images.geometry import eval_boxes
from ssl_studio.networks.backbone import create_backbone
from ssl_studio.training.extraction import ViewSpec, evaluating

CPU = torch.device("cpu")


@pytest.fixture
def encoder():
    return create_backbone("light", 32, seed=0)


def all_maps(encoder, cache, view, layer):
    batch = cache.take(torch.arange(len(cache)))
    views = normalise(eval_view(batch, view.size), view.mean, view.std)
    with evaluating(encoder):
        return views, encoder.maps(views, [layer])[layer]


def test_the_best_pictures_are_those_of_all_activations(encoder, cache, view):
    found = survey_units(encoder, cache, view, CPU, "conv2", top=4, batch_size=7).pictures
    _, maps = all_maps(encoder, cache, view, "conv2")
    values, positions = maps.amax(dim=(2, 3)).sort(dim=0, descending=True, stable=True)
    assert len(found) == 4 * maps.shape[1]
    for best in found:
        assert best.activation == pytest.approx(float(values[best.rank, best.unit]), abs=1e-5)
    mine = [best.position for best in found if best.unit == 3]
    assert mine == positions[:4, 3].tolist()


def test_the_crop_alone_makes_the_activation(encoder, cache, view):
    """What lies outside of the box may change at will; what lies inside may not."""
    views, maps = all_maps(encoder, cache, view, "conv2")
    boxes = eval_boxes(cache.aspect, view.size)
    for best in survey_units(encoder, cache, view, CPU, "conv2", top=3, units=[0, 5, 9]).pictures:
        left, top, right, bottom = boxes[best.position].tolist()
        x0, x1 = (round((x - left) / (right - left) * 32) for x in (best.x0, best.x1))
        y0, y1 = (round((y - top) / (bottom - top) * 32) for y in (best.y0, best.y1))
        assert (x1 - x0) * (y1 - y0) < 32 * 32
        noise = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(0))
        noise[:, y0:y1, x0:x1] = views[best.position, :, y0:y1, x0:x1]
        with evaluating(encoder):
            changed = encoder.maps(noise[None], ["conv2"])["conv2"][0, best.unit]
        cell = maps[best.position, best.unit].argmax()
        assert float(changed.flatten()[cell]) == pytest.approx(best.activation, abs=1e-5)


def test_boxes_lie_in_the_part_of_the_picture_that_the_network_sees(encoder, cache, view):
    found = survey_units(encoder, cache, view, CPU, "conv4", top=len(cache)).pictures
    wide = [best for best in found if best.position == 0]
    assert wide
    assert all(0.25 <= best.x0 < best.x1 <= 0.75 for best in wide)
    assert all(0 <= best.y0 < best.y1 <= 1 for best in wide)


def test_units_without_place_answer_to_the_whole_view(cache, view):
    encoder = create_backbone("vit_micro", 32, seed=0)
    best = survey_units(encoder, cache, view, CPU, "cls", top=1, units=[0]).pictures[0]
    side = 0.5 if best.position == 0 else 1.0
    assert (best.x1 - best.x0, best.y1 - best.y0) == (pytest.approx(side), pytest.approx(1.0))


def test_fewer_images_than_asked_give_what_there_is(encoder, cache, view):
    few = dataclasses.replace(cache, pixels=cache.pixels[:2], aspect=cache.aspect[:2])
    assert len(survey_units(encoder, few, view, CPU, "conv1", units=[1]).pictures) == 2


def test_a_unit_that_is_not_there_is_refused(encoder, cache, view):
    with pytest.raises(AnalysisError, match="0 to 31"):
        survey_units(encoder, cache, view, CPU, "conv1", units=[32])


def test_filters_show_zero_as_mid_grey_and_use_the_whole_range(encoder):
    shown = first_filters(encoder)
    weights = encoder.first_filters()
    assert shown.pictures.shape == (32, 4, 4, 3)
    assert shown.pictures.min() >= 0
    assert shown.pictures.max() <= 1
    back = torch.from_numpy(shown.pictures).permute(0, 3, 1, 2) - 0.5
    scale = 2 * torch.from_numpy(shown.strengths)[:, None, None, None]
    assert torch.allclose(back * scale, weights, atol=1e-6)
    assert shown.note == ""


def test_filters_behind_edges_are_grey_and_say_so():
    shown = first_filters(create_backbone("light", 32, seed=0, sobel=True))
    assert shown.pictures.std(axis=3).max() < 1e-6
    assert "edges" in shown.note


def test_filters_of_other_planes_make_no_picture():
    encoder = create_backbone("light", 32, seed=0, channels=2)
    with pytest.raises(AnalysisError, match="2 planes"):
        first_filters(encoder)


def test_filters_pass_keeps_the_mode_of_the_encoder(encoder, cache, view):
    encoder.train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    survey_units(encoder, cache, ViewSpec(32, view.mean, view.std), CPU, "conv1", units=[0])
    assert encoder.training
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
