"""Features in three blobs, and a small cache of drawn pictures."""

import numpy as np
import pytest
import torch

from ssl_studio.images.cache import PixelCache
from ssl_studio.training.extraction import ViewSpec
from tests.pictures import GROUPS, draw_shape


@pytest.fixture
def labels() -> np.ndarray:
    return np.repeat(np.arange(3), 40)


@pytest.fixture
def blobs(labels: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = 4 * rng.normal(size=(3, 12))
    return (centres[labels] + rng.normal(size=(len(labels), 12))).astype(np.float32)


@pytest.fixture
def view() -> ViewSpec:
    return ViewSpec(32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


@pytest.fixture
def cache() -> PixelCache:
    rng = np.random.default_rng(1)
    drawn = [np.asarray(draw_shape(group, rng)) for group in GROUPS for _ in range(8)]
    pixels = torch.from_numpy(np.stack(drawn).transpose(0, 3, 1, 2).copy())
    aspect = torch.ones(len(pixels))
    aspect[0] = 2.0
    valid = torch.ones(len(pixels), dtype=torch.bool)
    return PixelCache(pixels, aspect, valid, torch.full((3,), 0.5), torch.full((3,), 0.25), False)
