import numpy as np
import pytest
import torch
from torch import nn

from ssl_studio.analysis.features import probe_features
from ssl_studio.analysis.layer_probe import Augmented, LayerProbe, _Heads, layer_probe, shifted
from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel
from ssl_studio.images.batch import Draw
from ssl_studio.networks.backbone import create_backbone


def test_a_step_is_that_of_torchs_sgd(blobs, labels):
    heads = _Heads(blobs, 3, (0.0, 0.05))
    mine = nn.Linear(12, 3)
    nn.init.zeros_(mine.weight)
    nn.init.zeros_(mine.bias)
    sgd = torch.optim.SGD(mine.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=0.05)
    normal = (torch.from_numpy(blobs) - heads.mean) / heads.std
    truth = torch.from_numpy(labels)
    for start in (0, 30, 60):
        rows = slice(start, start + 60)
        heads.step(torch.from_numpy(blobs[rows]), truth[rows], 0.1)
        sgd.zero_grad()
        nn.functional.cross_entropy(mine(normal[rows]), truth[rows]).backward()
        sgd.step()
    assert torch.allclose(heads.weights[3:], mine.weight, atol=1e-6)
    assert torch.allclose(heads.bias[3:], mine.bias, atol=1e-6)
    assert not torch.allclose(heads.weights[:3], mine.weight, atol=1e-4)


def test_the_rate_falls_twice():
    plan = LayerProbe(epochs=60)
    rates = [plan.rate_at(epoch) for epoch in (0, 35, 36, 47, 48, 59)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_layers_do_not_disturb_each_other(blobs, labels):
    plan = LayerProbe(epochs=4, decays=(5e-4,))
    noise = np.random.default_rng(0).normal(size=blobs.shape).astype(np.float32)
    train, test = {"a": blobs[::2]}, {"a": blobs[1::2]}
    more, more_test = train | {"b": noise[::2]}, test | {"b": noise[1::2]}
    alone = layer_probe(train, labels[::2], test, classes=3, seed=0, plan=plan)
    both = layer_probe(more, labels[::2], more_test, classes=3, seed=0, plan=plan)
    assert np.array_equal(alone["a"].scores, both["a"].scores)
    assert (both["a"].predictions == labels[1::2]).all()
    assert (both["b"].predictions == labels[1::2]).mean() < 0.6


def test_a_source_gives_the_training_features(blobs, labels):
    asked: list[int] = []

    def source(rows):
        asked.append(len(rows))
        return {"a": torch.from_numpy(blobs[::2][rows])}

    plan = LayerProbe(epochs=2, decays=(0.0,))
    train, test = {"a": blobs[::2]}, {"a": blobs[1::2]}
    layer_probe(train, labels[::2], test, classes=3, seed=0, plan=plan, source=source)
    assert sum(asked) == 2 * 60


def test_augmented_features_change_and_leave_the_encoder_as_it_was(cache, view):
    encoder = create_backbone("light", 32, seed=0).train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    rows = np.arange(4)
    source = Augmented(
        encoder, cache, view, torch.device("cpu"), np.arange(10, 20), ["conv2"], seed=0
    )
    first, second = source(rows)["conv2"], source(rows)["conv2"]
    plain = probe_features(
        encoder, cache, view, torch.device("cpu"), layers=["conv2"], positions=np.arange(10, 14)
    )
    assert first.shape == plain["conv2"].shape
    assert not torch.equal(first, second)
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_shifted_views_are_parts_of_the_padded_ones():
    views = torch.arange(2 * 3 * 16 * 16.0).reshape(2, 3, 16, 16) + 1
    moved = shifted(views.repeat(40, 1, 1, 1), Draw(0, 80))
    assert moved.shape == (80, 3, 16, 16)
    middle = moved[:, 0, 8, 8]
    assert len(torch.unique(middle)) > 20
    assert set(torch.unique(moved).tolist()) <= {0.0, *views.flatten().tolist()}


def test_probes_stop_when_asked(blobs, labels):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        layer_probe({"a": blobs}, labels, {"a": blobs}, classes=3, seed=0, cancel=cancel)
