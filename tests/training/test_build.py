import json

import pytest
import torch

from ssl_studio.errors import SettingsError
from ssl_studio.methods.base import DataInfo
from ssl_studio.training.build import (
    EncoderInfo,
    build_encoder,
    build_method,
    encoder_info,
    parse_settings,
    parse_training,
)
from ssl_studio.training.checkpoint import Checkpoint, Position, state_on_cpu
from ssl_studio.training.settings import TrainSettings

TRAIN = TrainSettings(backbone="light", image_size=32, batch_size=16, seed=3)
DATA = DataInfo(images=100, image_size=32, global_batch=16)


def test_the_first_weights_depend_on_the_seed_alone():
    torch.manual_seed(1)
    first = state_on_cpu(build_method("simclr", TRAIN, {}, DATA))
    torch.manual_seed(2)
    second = state_on_cpu(build_method("simclr", TRAIN, {}, DATA))
    assert all(torch.equal(first[k], second[k]) for k in first)


def test_building_leaves_the_random_state_alone():
    torch.manual_seed(1)
    build_method("simclr", TRAIN, {}, DATA)
    drawn = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(drawn, torch.rand(3))


def test_an_encoder_is_rebuilt_from_json_and_a_checkpoint():
    method = build_method("simclr", TRAIN, {}, DATA)
    with torch.no_grad():
        for p in method.backbone.parameters():
            p.add_(0.1)
    info = EncoderInfo.from_json(
        json.loads(json.dumps(encoder_info(method, "simclr", TRAIN).to_json()))
    )
    checkpoint = Checkpoint(Position(), state_on_cpu(method), {}, "backbone.")
    x = torch.rand(2, 3, 32, 32)
    rebuilt = build_encoder(info, checkpoint.encoder_state())
    torch.testing.assert_close(rebuilt(x), method.backbone.eval()(x))
    assert not torch.allclose(build_encoder(info)(x), rebuilt(x))


def test_the_random_encoder_is_the_start_of_the_run():
    method = build_method("simclr", TRAIN, {}, DATA)
    info = encoder_info(method, "simclr", TRAIN)
    fresh = build_encoder(info).state_dict()
    start = method.backbone.state_dict()
    assert all(torch.equal(fresh[k], start[k]) for k in start)


@pytest.mark.parametrize(
    ("train", "data", "words"),
    [
        ({}, {"images": 10}, "at least 64 images"),
        ({"backbone": "resnet999"}, {}, "resnet999"),
        ({"backbone": "vit_micro"}, {}, "cannot train"),
    ],
)
def test_what_a_method_cannot_use_is_refused_in_words(train, data, words):
    settings = TRAIN.model_copy(update=train)
    info = DataInfo(**({"images": 100, "image_size": 32} | data))
    with pytest.raises(SettingsError, match=words):
        build_method("jigsaw", settings, {}, info)


def test_a_wrong_setting_is_named():
    with pytest.raises(SettingsError, match="temperature"):
        parse_settings("simclr", {"temperature": -1})
    with pytest.raises(SettingsError, match="epochs"):
        parse_training({"epochs": 0})
    with pytest.raises(SettingsError, match="nonsense"):
        parse_training({"nonsense": 1})


def test_a_method_begins_with_the_encoder_it_is_given():
    other = build_method("simclr", TRAIN.model_copy(update={"seed": 9}), {}, DATA)
    start = other.backbone.state_dict()
    method = build_method("simclr", TRAIN, {}, DATA, start=start)
    assert all(torch.equal(start[k], v) for k, v in method.backbone.state_dict().items())


def test_an_encoder_of_another_shape_is_refused_in_words():
    start = build_method("simclr", TRAIN, {}, DATA).backbone.state_dict()
    other = TRAIN.model_copy(update={"backbone": "light6"})
    with pytest.raises(SettingsError, match="does not fit light6"):
        build_method("simclr", other, {}, DATA, start=start)
