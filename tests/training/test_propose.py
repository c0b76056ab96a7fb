import pytest
import torch

from ssl_studio.methods.base import all_methods, get_method
from ssl_studio.training.build import parse_settings, parse_training
from ssl_studio.training.propose import FolderInfo, propose
from ssl_studio.training.settings import TrainSettings

CPU, GPU = torch.device("cpu"), torch.device("cuda")
FOLDERS = [
    FolderInfo(200, 32),
    FolderInfo(1_800, 28, classes=10, greyscale=True),
    FolderInfo(8_000, 96, classes=100),
    FolderInfo(50_000, 32, classes=10),
    FolderInfo(300_000, 600),
]


@pytest.mark.parametrize("method", [m.id for m in all_methods()])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f"{f.images}x{f.short_side}")
@pytest.mark.parametrize("device", [CPU, GPU], ids=str)
def test_what_is_proposed_is_accepted_and_has_a_reason(method, folder, device):
    proposals = propose(method, folder, device)
    assert all(p.why for p in proposals.values())
    names = set(TrainSettings.model_fields)
    own = {k: p.value for k, p in proposals.items() if k not in names | {"clusters"}}
    parse_settings(method, own)
    settings = parse_training({k: p.value for k, p in proposals.items() if k in names})
    assert settings.batch_size <= folder.images // 2
    assert settings.image_size >= get_method(method).needs.min_side


def test_labels_decide_the_number_of_clusters():
    assert propose("simclr", FolderInfo(5_000, 32, classes=7), CPU)["clusters"].value == 7


def test_large_photos_are_made_smaller_on_a_processor():
    big = FolderInfo(5_000, 2_000)
    assert propose("simclr", big, CPU)["image_size"].value == 96
    assert propose("simclr", big, GPU)["image_size"].value == 224


def test_names_that_single_images_bear_are_not_groups():
    clusters = propose("simclr", FolderInfo(500, 32, classes=499), CPU)["clusters"]
    assert clusters.value == 8
