"""What every method owes the trainer, checked for each one that is registered."""

import math

import pytest
import torch
from torch import Tensor

import ssl_studio.methods  # noqa: F401  (registers all methods)
from ssl_studio.errors import StudioError
from ssl_studio.images.batch import Draw
from ssl_studio.methods.base import Reconstructs, ShowsItsWork, all_methods, get_method
from ssl_studio.networks.backbone import backbone_card
from ssl_studio.training.optimisers import check_groups
from ssl_studio.training.settings import TrainSettings
from tests.methods.toys import begin, build, clock, data_info, one_step, pictures

METHODS = [cls.id for cls in all_methods()]
FOLDERS = [
    data_info(images=images, side=side, device=device, greyscale=grey)
    for images in (64, 1_500, 50_000)
    for side, device, grey in ((32, "cpu", False), (96, "cuda", False), (128, "cuda", True))
]


@pytest.fixture(params=METHODS)
def method_id(request) -> str:
    return request.param


@pytest.fixture
def batch():
    return pictures(64)


@pytest.fixture
def method(method_id, batch):
    method = build(method_id)
    begin(method, batch)
    return method


def leaves(views) -> list[Tensor]:
    if isinstance(views, Tensor):
        return [views]
    items = views.values() if isinstance(views, dict) else views
    return [leaf for item in items for leaf in leaves(item)]


def train(method, batch, steps, start=0, views=None) -> list[float]:
    """Plain SGD on one batch; the loss before each step."""
    optimiser = torch.optim.SGD([p for _, p in method.trainable()], lr=0.05, momentum=0.9)
    losses = []
    for step in range(start, start + steps):
        at = clock(step)
        output = one_step(method, batch, at, views=views)
        optimiser.zero_grad()
        output.loss.backward()
        method.after_backward(at)
        optimiser.step()
        method.after_step(at, stepped=True)
        losses.append(output.loss.item())
    return losses


def test_it_says_what_it_is(method_id):
    cls = get_method(method_id)
    assert cls.title
    assert len(cls.explanation) > 100
    assert cls.good_for
    assert cls.paper.arxiv.count(".") == 1
    assert cls.paper.arxiv in cls.__doc__ or cls.paper.arxiv in (cls.__init__.__doc__ or "")


def test_every_setting_has_help_bounds_and_a_valid_default(method_id):
    schema = get_method(method_id).Settings.model_json_schema()
    for name, field in schema["properties"].items():
        assert len(field["description"]) > 15, name
        assert "advanced" in field, name
        if field.get("type") in {"integer", "number"}:
            assert {"minimum", "exclusiveMinimum"} & field.keys(), name
            assert {"maximum", "exclusiveMaximum"} & field.keys(), name


def test_the_simple_form_is_short(method_id):
    fields = get_method(method_id).Settings.model_json_schema()["properties"].values()
    assert 1 <= sum(not field["advanced"] for field in fields) <= 5


@pytest.mark.parametrize("data", FOLDERS, ids=lambda d: f"{d.images}-{d.image_size}-{d.device}")
def test_its_proposals_are_valid_and_say_why(method_id, data):
    cls = get_method(method_id)
    proposals = cls.propose(data)
    own = {k: p.value for k, p in proposals.items() if k in cls.Settings.model_fields}
    training = {k: p.value for k, p in proposals.items() if k not in own}
    cls.Settings(**own)
    TrainSettings(**training)
    assert backbone_card(training["backbone"]).family in cls.needs.backbones
    assert training["batch_size"] <= data.images
    assert all(p.why and "\n" not in p.why for p in proposals.values())


def test_a_first_step_gives_a_finite_scalar_and_figures(method, batch):
    output = one_step(method, batch.rows(0, 16), clock())
    assert output.loss.shape == ()
    assert output.loss.dtype == torch.float32
    assert math.isfinite(output.loss.item())
    for name, value in output.terms.items():
        assert value.shape == (), name
        assert not value.requires_grad, name
        assert math.isfinite(value.item()), name
    if output.embedding is not None:
        assert output.embedding.shape[0] == 16
        assert not output.embedding.requires_grad


def test_losses_stay_in_full_precision_under_autocast(method, batch):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = one_step(method, batch.rows(0, 16), clock())
    assert output.loss.dtype == torch.float32
    assert math.isfinite(output.loss.item())


def test_views_as_the_step_computes_change_nothing(method, batch):
    losses = []
    for dtype in (torch.float32, torch.bfloat16):
        views = method.views(batch, Draw(1, len(batch), dtype=dtype))
        with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
            torch.manual_seed(0)
            losses.append(method.step(views, batch.index, clock()).loss)
    assert torch.equal(*losses)


def test_the_gradient_reaches_the_whole_backbone(method, batch):
    one_step(method, batch.rows(0, 16), clock()).loss.backward()
    trained = [(n, p) for n, p in method.backbone.named_parameters() if p.requires_grad]
    assert trained
    for name, parameter in trained:
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    assert any(p.grad.abs().max() > 0 for _, p in trained[:2])


def test_the_loss_falls_in_twenty_steps(method, batch):
    small = batch.rows(0, 16)
    views = method.views(small, Draw(1, 16))
    losses = train(method, small, 20, views=views)
    assert sum(losses[-3:]) / 3 < 0.95 * losses[0]


def test_the_same_seed_gives_the_same_numbers(method_id, batch):
    runs = []
    for _ in range(2):
        method = build(method_id)
        begin(method, batch)
        torch.rand(3)  # what others draw in between must not matter
        runs.append(train(method, batch.rows(0, 16), 3))
    assert runs[0] == runs[1]


def test_another_seed_gives_other_weights(method_id):
    one, other = build(method_id), build(method_id, seed=1)
    weights = {n: p for n, p in other.named_parameters() if p.requires_grad and p.ndim > 1}
    assert any(not torch.equal(p, weights[n]) for n, p in one.named_parameters() if n in weights)


def test_its_state_goes_on_where_it_stopped(method_id, method, batch):
    small = batch.rows(0, 16)
    train(method, small, 2)
    state = {k: v.clone() for k, v in method.state_dict().items()}
    other = build(method_id, seed=5)
    other.enter_stage(other.stages(10)[0])
    other.prepare_to_load(state)
    other.load_state_dict(state)
    assert train(method, small, 2, start=2) == train(other, small, 2, start=2)


def test_a_view_does_not_depend_on_its_companions(method, batch):
    with torch.no_grad():
        whole = leaves(method.views(batch.rows(0, 8), Draw(3, 8)))
        part = leaves(method.views(batch.rows(4, 8), Draw(3, 4, offset=4, total=8)))
    assert len(whole) == len(part)
    for a, b in zip(whole, part, strict=True):
        torch.testing.assert_close(a[4:], b, atol=1e-6, rtol=0)


def test_views_differ_between_draws_and_carry_no_gradient(method, batch):
    one = leaves(method.views(batch.rows(0, 8), Draw(1, 8)))
    other = leaves(method.views(batch.rows(0, 8), Draw(2, 8)))
    assert not any(leaf.requires_grad for leaf in one)
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_every_trainable_parameter_has_one_group_and_its_optimiser(method):
    stage = method.stages(10)[0]
    specs, groups = method.optimisers(stage), method.param_groups(stage)
    check_groups(groups, method.trainable())
    assert {g.optimiser for g in groups} == set(specs)
    assert "main" in specs


def test_its_stages_share_out_the_epochs(method):
    stages = method.stages(10)
    assert sum(stage.epochs for stage in stages) == 10
    assert all(stage.epochs > 0 for stage in stages)


def test_its_order_visits_known_images(method):
    order = method.order(0, torch.Generator().manual_seed(0))
    assert order.dtype == torch.int64
    assert len(order) == method.samples_per_epoch()
    assert order.min() >= 0
    assert order.max() < method.data.images
    again = method.order(0, torch.Generator().manual_seed(0))
    assert torch.equal(order, again)


def test_its_features_come_from_a_known_layer(method, batch):
    assert method.feature_layer in method.encoder.layers
    x = torch.zeros(2, 3, 32, 32)
    assert method.encoder.eval().pooled(x, method.feature_layer).shape[0] == 2


def test_its_exhibits_are_pictures_with_captions(method, batch):
    if not isinstance(method, ShowsItsWork):
        pytest.skip("shows nothing")
    with torch.inference_mode():
        shown = method.eval().exhibits(batch.rows(0, 3), Draw(0, 3))
    assert shown
    for exhibit in shown:
        assert len(exhibit.captions) == 3
        for panel in exhibit.panels:
            assert panel.pictures.shape[:2] == (3, 3)
            assert panel.pictures.dtype == torch.float32
            assert panel.pictures.min() >= 0
            assert panel.pictures.max() <= 1


def test_it_can_fill_in_patches_if_it_says_so(method, batch):
    if not isinstance(method, Reconstructs):
        pytest.skip("does not reconstruct")
    with torch.inference_mode():
        filled = method.eval().reconstruct(batch.rows(0, 2), Draw(0, 2))
    assert filled.output.shape == filled.original.shape == (2, 3, 32, 32)
    assert filled.mask.dtype == torch.bool
    assert filled.error.shape == filled.mask.shape


@pytest.mark.parametrize(("family", "name"), [("conv", "resnet18"), ("vit", "vit_micro")])
def test_it_trains_the_families_of_backbones_it_names(method_id, batch, family, name):
    if family not in get_method(method_id).needs.backbones:
        pytest.skip("does not train these")
    method = build(method_id, backbone=name)
    begin(method, batch)
    assert all(math.isfinite(loss) for loss in train(method, batch.rows(0, 4), 1))


def test_identical_pictures_do_no_harm(method_id):
    same = pictures(64)
    same.pixels[:] = same.pixels[:1].clone()
    method = build(method_id)
    try:
        begin(method, same)
    except StudioError:
        return  # nothing to tell apart: said in words, which is a fair answer
    assert all(math.isfinite(loss) for loss in train(method, same.rows(0, 16), 2))
