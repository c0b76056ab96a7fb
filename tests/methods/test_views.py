import pytest
import torch

from ssl_studio.images.photometric import normalise
from ssl_studio.methods.views import to_picture, training_view
from tests.methods.toys import data_info


def test_strength_one_is_simclrs_distortion():
    recipe = training_view(data_info(), scale=(0.08, 1.0), strength=1.0)
    assert recipe.jitter == pytest.approx((0.8, 0.8, 0.8, 0.2))
    assert recipe.jitter_probability == 0.8


def test_strength_none_leaves_colours_alone():
    assert training_view(data_info(), scale=(0.2, 1.0)).jitter_probability == 0


def test_the_blur_follows_the_side_of_the_view():
    recipe = training_view(data_info(side=112), scale=(0.2, 1.0), blur=0.5)
    assert recipe.blur_sigma == pytest.approx((0.05, 1.0))


def test_no_mirror_means_none():
    assert training_view(data_info(), scale=(0.2, 1.0), flip=False).flip == 0


def test_a_normalised_view_goes_back_to_its_picture():
    data = data_info()
    picture = torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(to_picture(normalise(picture, data.mean, data.std), data), picture)
