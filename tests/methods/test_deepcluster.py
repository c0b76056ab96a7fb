"""DeepCluster's rounds: even draws, a fresh head, labels that last; k-means and PIC."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from ssl_studio.events import Note
from ssl_studio.images.batch import ImageBatch
from ssl_studio.methods.base import Stage, get_method
from ssl_studio.methods.clustering import deepcluster
from ssl_studio.methods.clustering.deepcluster import new_head
from ssl_studio.methods.clustering.even_draws import balanced_order
from tests.methods.toys import ToyWork, begin, build, clock, data_info, one_step, pictures

STAGE = Stage("training", 10)


@pytest.fixture
def batch():
    return pictures(64)


@pytest.fixture
def method(batch):
    method = build("deepcluster")
    begin(method, batch)
    return method


def next_round(method, batch, step=4):
    return method.before_epoch(clock(step), ToyWork(batch, method))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class TestBalancedOrder:
    labels = torch.tensor([0] * 90 + [2] * 8 + [5] * 2)

    def test_every_cluster_is_drawn_equally_often(self):
        drawn = self.labels[balanced_order(self.labels, generator())].bincount()
        assert drawn.sum() == 100
        assert drawn[[1, 3, 4]].sum() == 0
        assert (drawn[[0, 2, 5]] - 33).abs().max() <= 2  # 34 each, cut from 102 to 100

    def test_large_clusters_are_drawn_without_repetition(self):
        order = balanced_order(self.labels, generator())
        large = order[order < 90]
        assert len(large.unique()) == len(large)

    def test_positions_are_those_of_the_images(self):
        labels = torch.tensor([3, 0, 3, 0, 3, 3])
        order = balanced_order(labels, generator())
        assert (labels[order] == 0).sum() in (2, 3, 4)
        assert set(order.tolist()) <= set(range(6))

    def test_it_is_shuffled_and_follows_the_generator(self):
        one, other = (balanced_order(self.labels, generator(seed)) for seed in (0, 1))
        assert not torch.equal(one, other)
        assert torch.equal(one, balanced_order(self.labels, generator()))


def test_a_round_makes_its_fewest_steps():
    for images, batch, passes in [(64, 16, 50), (10_000, 64, 2), (100_000, 256, 1)]:
        method = build("deepcluster", data_info(images, batch), steps_per_round=200)
        assert method.passes() == passes
        assert method.samples_per_epoch() // batch >= 200


def test_each_pass_of_an_order_is_even(batch):
    method = build("deepcluster", steps_per_round=16)
    begin(method, batch)
    used = len(method.labels.unique())
    for one_pass in method.order(0, generator()).split(64):
        assert method.labels[one_pass].bincount().max() <= 64 // used + 1


def test_a_round_puts_a_new_head_on_and_leaves_the_body_alone(method, batch):
    old, body = method.head, [p.clone() for p in method.backbone.parameters()]
    start = next_round(method, batch)
    assert start.rebuild == ("head",)
    assert method.head is not old
    assert method.head.weight is not old.weight
    assert not torch.equal(method.head.weight, old.weight)
    assert all(torch.equal(a, b) for a, b in zip(body, method.backbone.parameters(), strict=True))


def test_a_new_head_has_the_published_weights():
    head = new_head(256, 400, 3, torch.empty(0))
    assert head.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert head.bias.abs().max() == 0
    assert torch.equal(head.weight, new_head(256, 400, 3, torch.empty(0)).weight)


def test_the_head_has_an_optimiser_without_momentum(method, batch):
    next_round(method, batch)
    specs = method.optimisers(STAGE)
    assert (specs["head"].momentum, specs["main"].momentum) == (0.0, 0.9)
    assert specs["head"].schedule == specs["main"].schedule == "constant"
    head = next(g for g in method.param_groups(STAGE) if g.optimiser == "head")
    assert {id(p) for _, p in head.parameters} == {id(p) for p in method.head.parameters()}


def test_nothing_is_spared_from_decay(method):
    assert all(g.weight_decay is None for g in method.param_groups(STAGE))


def test_labels_are_the_nearest_clusters_of_all_images(method):
    assert method.labels.shape == (64,)
    assert method.labels.min() >= 0
    assert method.labels.max() < method.head.out_features == 8


def test_equal_images_share_a_cluster(batch):
    twice = ImageBatch(batch.pixels[torch.arange(64) // 2], batch.aspect, batch.index)
    method = build("deepcluster")
    begin(method, twice)
    assert torch.equal(method.labels[::2], method.labels[1::2])


def test_the_history_holds_the_newest_round_first(method, batch):
    first = method.labels.clone()
    next_round(method, batch)
    assert torch.equal(method.label_history[0].long(), method.labels)
    assert torch.equal(method.label_history[1].long(), first)
    assert (method.label_history[2:] == -1).all()


def test_every_round_has_seeds_of_its_own(method, batch, monkeypatch):
    seeds = []
    original = deepcluster.kmeans

    def listening(x, k, *, iterations, seed):
        seeds.append(seed)
        return original(x, k, iterations=iterations, seed=seed)

    monkeypatch.setattr(deepcluster, "kmeans", listening)
    for step in (4, 8):
        next_round(method, batch, step)
    assert len(set(seeds)) == 2


def test_figures_tell_sizes_and_stability(method, batch):
    figures = next_round(method, batch).figures
    assert figures["n_used"] + figures["empty"] == 8
    assert 1 <= figures["eff_k"] <= 8
    assert 0 <= figures["nmi_previous"] <= 1
    assert 0 <= figures["churn"] <= 1


def test_the_first_round_compares_two_clusterings_of_the_same_features(batch):
    method = build("deepcluster")
    start = method.before_epoch(clock(), ToyWork(batch, method))
    assert start.figures["ami_ceiling"] <= 1
    assert "nmi_previous" not in start.figures


def test_equal_labels_have_full_stability(method):
    figures = method._round_figures(method.labels)
    assert figures["nmi_previous"] == pytest.approx(1)
    assert figures["churn"] == 0


def test_the_loss_of_a_fresh_head_is_that_of_guessing(method, batch):
    output = one_step(method, batch.rows(0, 32), clock())
    assert output.loss.item() == pytest.approx(math.log(8), abs=0.2)


def test_only_the_clusters_of_the_batch_are_asked_for(method, batch):
    index = torch.tensor([5, 40, 63])
    rows = ImageBatch(batch.pixels[index], batch.aspect[index], index)
    method.head.weight.data.zero_()
    method.head.bias.data.zero_()
    method.head.bias.data[method.labels[5]] = 50.0
    accuracy = one_step(method, rows, clock()).terms["pseudo_label_accuracy"]
    expected = (method.labels[index] == method.labels[5]).float().mean()
    assert accuracy == expected


class Signed(nn.Module):
    """A network whose feature is signed, as AlexNet's before its last ReLU."""

    def forward(self, x):
        return x.mean(dim=(2, 3)).repeat(1, 86)[:, :256]


def test_the_classifier_gets_back_the_relu_that_clustering_leaves_out(method, batch):
    method.backbone = Signed()
    seen = []
    method.head.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0]))
    one_step(method, batch.rows(0, 8), clock())
    assert seen[0].min() == 0
    assert ToyWork(batch, method).features(method.backbone).min() < 0


class TestPowerIteration:
    @pytest.fixture
    def method(self, batch):
        method = build("deepcluster", algorithm="pic")
        begin(method, batch)
        return method

    def test_the_head_has_an_output_for_each_group_it_found(self, method):
        assert method.head.out_features == int(method.labels.max()) + 1
        assert method.head.out_features > 1

    def test_its_state_loads_into_a_head_of_another_size(self, method, batch):
        fresh = build("deepcluster", algorithm="pic", seed=1)
        assert fresh.head.out_features != method.head.out_features
        fresh.prepare_to_load(method.state_dict())
        fresh.load_state_dict(method.state_dict())
        assert torch.equal(fresh.head.weight, method.head.weight)
        assert torch.equal(fresh.labels, method.labels)

    def test_groups_do_not_mix_distant_blobs(self, method):
        rng = np.random.default_rng(0)
        blobs = rng.normal(scale=0.1, size=(64, 8)) + np.repeat([[0], [50]], 32, axis=0)
        work = ToyWork(pictures(64), method)
        labels, figures = method._cluster(blobs.astype(np.float32), clock(), work)
        assert not set(labels[:32]) & set(labels[32:])
        assert figures["pic_sigma"] > 0


def test_edges_are_fixed_and_stay_so():
    method = build("deepcluster", sobel=True)
    assert not [n for n, _ in method.trainable() if "edges" in n]
    flat = torch.full((1, 3, 16, 16), 0.7)
    edges = method.backbone.edges(flat)
    assert edges.shape == (1, 2, 16, 16)
    assert edges[..., 1:-1, 1:-1].abs().max() < 1e-6


def test_too_few_images_make_fewer_clusters_and_say_so(batch):
    method = build("deepcluster", groups=1000)
    work = begin(method, batch)
    assert method.head.out_features == 16
    notes = [e.text for e in work.events if isinstance(e, Note)]
    assert len(notes) == 1
    assert "1,000" in notes[0]


@pytest.mark.parametrize(("images", "groups"), [(1_000, 20), (10_000, 200), (500_000, 2_000)])
def test_a_cluster_is_proposed_for_every_fifty_images(images, groups):
    proposals = get_method("deepcluster").propose(data_info(images))
    assert proposals["groups"].value == groups
