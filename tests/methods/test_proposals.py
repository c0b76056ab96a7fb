import pytest

from ssl_studio.methods import proposals
from tests.methods.toys import data_info


@pytest.mark.parametrize(
    ("images", "device", "batch"),
    [(100, "cuda", 64), (5_000, "cuda", 256), (50_000, "cuda", 512), (50_000, "cpu", 128)],
)
def test_the_batch_is_about_a_sixteenth_of_the_images(images, device, batch):
    assert proposals.batch_size(data_info(images, device=device)).value == batch


@pytest.mark.parametrize(("images", "epochs"), [(1_000, 300), (20_000, 158), (50_000, 100)])
def test_small_folders_get_more_epochs(images, epochs):
    assert proposals.epochs(data_info(images, device="cuda"), 256).value == epochs


@pytest.mark.parametrize("images", [1_500, 10_000, 60_000])
def test_a_cpu_gets_about_the_asked_number_of_steps(images):
    epochs = proposals.epochs(data_info(images), 64, cpu_steps=2000).value
    assert epochs * images / 64 >= 2000 or epochs == 300


def test_reasons_tell_what_comes_of_the_bounds():
    assert "least" in proposals.batch_size(data_info(100, device="cuda")).why
    assert "sixteenth" in proposals.batch_size(data_info(5_000, device="cuda")).why
    assert "2,000 steps" in proposals.epochs(data_info(10_000), 64).why
    assert "500 steps" in proposals.epochs(data_info(100), 64).why
    assert "7,800 steps" in proposals.epochs(data_info(100_000), 64).why


def test_the_backbone_suits_the_device():
    assert proposals.conv_backbone(data_info()).value == "light"
    assert proposals.conv_backbone(data_info(device="cuda")).value == "resnet18"
