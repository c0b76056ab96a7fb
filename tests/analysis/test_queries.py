import io

import numpy as np
import pytest
import torch
from PIL import Image

from ssl_studio.analysis.features import encode, pixel_forward, pixels
from ssl_studio.analysis.queries import one_picture, pixel_row
from ssl_studio.errors import UnreadableImage
from ssl_studio.networks.backbone import create_backbone

CPU = torch.device("cpu")


def bmp(cache, position):
    """A picture of the cache as a file, at its true shape."""
    picture = Image.fromarray(cache.pixels[position].numpy().transpose(1, 2, 0))
    buffer = io.BytesIO()
    picture.save(buffer, "BMP")
    return buffer.getvalue()


def test_a_picture_from_outside_has_the_features_of_the_same_picture_inside(cache, view):
    encoder = create_backbone("light", 32, seed=0)
    layer = encoder.default_layer
    inside = encode(encoder, cache, view, CPU)[layer]
    outside = encode(encoder, one_picture(bmp(cache, 5), cache.side, "five"), view, CPU)[layer]
    assert np.allclose(outside[0], inside[5], atol=1e-5)


@pytest.mark.parametrize("dimensions", [0, 6])
def test_raw_pixels_of_a_picture_from_outside_are_those_of_the_same_inside(cache, dimensions):
    stored = pixels(cache, 32, CPU, dimensions=dimensions)
    forward = pixel_forward(cache, 32, CPU, dimensions=dimensions)
    row = pixel_row(one_picture(bmp(cache, 5), cache.side, "five"), 32, CPU, forward)
    assert np.allclose(row, stored[5], atol=1e-4)


def test_what_is_no_picture_is_told_in_words():
    with pytest.raises(UnreadableImage):
        one_picture(b"not a picture", 32, "notes.txt")
