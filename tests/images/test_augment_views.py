import dataclasses

import pytest
import torch
from torch import Tensor

from ssl_studio.images import augment, photometric
from ssl_studio.images.augment import ViewRecipe
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.geometry import sample_boxes

EVERYTHING = ViewRecipe(
    24,
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_probability=0.8,
    grey=0.2,
    blur=0.5,
    blur_kernel=5,
    solarise=0.2,
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.25, 0.3),
)


def random_batch(rows: int = 12, side: int = 32) -> ImageBatch:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (rows, 3, side, side), generator=generator, dtype=torch.uint8)
    return ImageBatch(pixels, torch.linspace(0.5, 2, rows), torch.arange(rows))


def step_by_step(batch: ImageBatch, recipe: ViewRecipe, draw: Draw) -> Tensor:
    """A view made by the single operations."""
    brightness, contrast, saturation, hue = recipe.jitter
    x = augment.random_resized_crop(
        batch, recipe.size, draw, scale=recipe.scale, flip=recipe.flip, bicubic=recipe.bicubic
    )
    x = augment.colour_jitter(
        x,
        draw,
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        hue=hue,
        probability=recipe.jitter_probability,
    )
    x = augment.grayscale(x, draw, recipe.grey)
    x = augment.gaussian_blur(x, draw, recipe.blur, recipe.blur_sigma, recipe.blur_kernel)
    x = augment.solarise(x, draw, recipe.solarise)
    return augment.normalise(x, recipe.mean, recipe.std)


@pytest.mark.parametrize("bicubic", [False, True])
def test_a_view_is_its_operations_in_order(bicubic):
    batch = random_batch(40)
    recipe = dataclasses.replace(EVERYTHING, bicubic=bicubic)
    expected = step_by_step(batch, recipe, Draw(4, 40))
    ours = augment.make_view(batch, recipe, Draw(4, 40))
    # Solarisation jumps at one half: rounding may take a value to the other side of it.
    assert ((ours - expected).abs() > 1e-4).double().mean() < 1e-4


def test_a_recipe_without_colours_is_the_crop():
    batch = random_batch()
    recipe = ViewRecipe(16, scale=(0.2, 1.0), bicubic=True)
    expected = augment.random_resized_crop(batch, 16, Draw(1, 12), scale=(0.2, 1.0), bicubic=True)
    torch.testing.assert_close(augment.make_view(batch, recipe, Draw(1, 12)), expected)


def test_the_same_seed_gives_the_same_views():
    batch = random_batch()
    first, second, other = (
        augment.make_view(batch, EVERYTHING, Draw(seed, 12)) for seed in (5, 5, 6)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_two_views_of_one_draw_differ():
    batch, draw = random_batch(), Draw(5, 12)
    first, second = (augment.make_view(batch, EVERYTHING, draw) for _ in range(2))
    assert ((first - second).abs().flatten(1).amax(1) > 0.01).all()


def test_every_picture_of_a_batch_has_its_own_draw():
    one = random_batch(1)
    batch = ImageBatch(one.pixels.expand(50, -1, -1, -1), one.aspect.expand(50), torch.arange(50))
    views = augment.make_view(batch, EVERYTHING, Draw(2, 50)).flatten(1)
    distance = torch.cdist(views, views) + torch.eye(50) * 1e3
    assert distance.min() > 1


def test_micro_batches_give_the_views_of_the_whole_batch():
    batch = random_batch(12)
    whole = augment.make_view(batch, EVERYTHING, Draw(9, 12))
    parts = [
        augment.make_view(
            batch.rows(start, start + 4), EVERYTHING, Draw(9, 4, offset=start, total=12)
        )
        for start in (0, 4, 8)
    ]
    torch.testing.assert_close(torch.cat(parts), whole, atol=1e-5, rtol=0)


def test_frames_share_everything():
    single = random_batch(4)
    frames = ImageBatch(
        single.pixels.unsqueeze(1).expand(-1, 3, -1, -1, -1), single.aspect, single.index
    )
    out = augment.make_view(frames, EVERYTHING, Draw(3, 4))
    assert out.shape == (4, 3, 3, 24, 24)
    expected = augment.make_view(single, EVERYTHING, Draw(3, 4))
    for frame in out.unbind(1):
        torch.testing.assert_close(frame, expected, atol=1e-5, rtol=0)


def test_multi_crop_gives_every_size_as_often_as_asked():
    batch = random_batch()
    recipes = [(EVERYTHING, 2), (dataclasses.replace(EVERYTHING, size=12, scale=(0.05, 0.3)), 4)]
    views = augment.multi_crop(batch, recipes, Draw(0, 12))
    assert [view.shape[-1] for view in views] == [24, 24, 12, 12, 12, 12]
    assert not torch.equal(views[2], views[3])


def test_views_lie_in_memory_as_convolutions_take_them():
    view = augment.make_view(random_batch(), EVERYTHING, Draw(1, 12))
    assert view.is_contiguous(memory_format=torch.channels_last)


def test_a_view_before_normalisation_lies_between_zero_and_one():
    recipe = dataclasses.replace(EVERYTHING, mean=(0.0,) * 3, std=(1.0,) * 3, bicubic=True)
    views = augment.make_view(random_batch(60), recipe, Draw(8, 60))
    assert 0 <= views.min() <= views.max() <= 1


def test_views_show_the_boxes_that_were_drawn():
    batch = random_batch()
    boxes = sample_boxes(batch.aspect, Draw(6, 12), (0.08, 1.0), (3 / 4, 4 / 3))
    expected = augment.crop_boxes(batch, boxes, 20)
    ours = augment.make_view(batch, ViewRecipe(20, flip=0.0), Draw(6, 12))
    torch.testing.assert_close(ours, expected)


def test_jitter_leaves_no_picture_in_the_order_of_another():
    jitter = photometric.draw_jitter(Draw(0, 500), (0.4,) * 4, 1.0)
    assert torch.equal(jitter.order.sort(dim=1).values, torch.arange(4).expand(500, 4))
