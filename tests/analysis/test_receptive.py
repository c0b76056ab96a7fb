import pytest
import torch
from torch import Tensor

from ssl_studio.analysis.receptive import Field, receptive_field
from ssl_studio.networks.backbone import Backbone, create_backbone
from ssl_studio.training.extraction import evaluating


def seen(encoder: Backbone, layer: str, cell: int) -> tuple[int, int]:
    """First and last + 1 column that the cells of one column depend on, by trying each.

    Done in float64 with all-positive weights, so that no path is cut by a ReLU or cancels out.
    """
    for parameter in encoder.double().parameters():
        parameter.data = parameter.data.abs() + 0.01
    side = encoder.image_size
    picture = torch.ones(1, 3, side, side, dtype=torch.float64)
    tries = picture.repeat(side + 1, 1, 1, 1)
    for column in range(side):
        tries[column, :, :, column] = 2.0
    with evaluating(encoder):
        maps: Tensor = encoder.maps(tries, [layer])[layer][..., cell]
    differs = (maps[:-1] - maps[-1]).abs().flatten(1).amax(dim=1) > 0
    columns = differs.nonzero().flatten().tolist()
    return columns[0], columns[-1] + 1


@pytest.mark.parametrize(
    ("name", "stem", "layer", "cell"),
    [
        ("light", "auto", "conv2", 3),
        ("light", "auto", "conv3", 0),
        ("light6", "auto", "conv4", 7),
        ("resnet18", "auto", "conv2", 12),
        ("resnet18", "full", "conv2", 3),
    ],
)
def test_the_field_is_what_changing_pixels_shows(name, stem, layer, cell):
    encoder = create_backbone(name, 32, stem=stem, seed=0)
    field = receptive_field(encoder, layer)
    assert field is not None
    assert field.pixels(cell, 32) == seen(encoder, layer, cell)


def test_convolutions_and_pools_of_a_vgg_follow_the_textbook():
    field = receptive_field(create_backbone("vgg16_bn", 32), "conv2")
    assert field == Field(-6, 2, 14)


def test_edge_filters_in_front_widen_the_field():
    plain = receptive_field(create_backbone("light", 32, seed=0), "conv1")
    edges = receptive_field(create_backbone("light", 32, seed=0, sobel=True), "conv1")
    assert plain == Field(-1, 2, 4)
    assert edges == Field(-2, 2, 6)


def test_gates_of_a_regnet_are_left_out():
    field = receptive_field(create_backbone("regnet_y_400mf", 32, seed=0), "conv2")
    assert field == Field(-2, 2, 5)


def test_a_unit_of_a_transformer_stands_for_its_patch():
    encoder = create_backbone("vit_micro", 32, seed=0)
    field = receptive_field(encoder, "block2")
    assert field is not None
    assert field.pixels(3, 32) == (12, 16)
    assert receptive_field(encoder, "cls") is None


def test_linear_layers_see_everything():
    assert receptive_field(create_backbone("alexnet", 32, seed=0), "fc6") is None
