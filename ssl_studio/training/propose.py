"""Values that suit a folder and a device, each with its reason, and how long a run will take."""

from dataclasses import dataclass, replace
from math import log2

import torch

from ssl_studio.methods import proposals
from ssl_studio.methods.base import DataInfo, Proposal, get_method

_SIDES = (32, 64, 96, 128, 160, 224)
_CPU_LARGEST_SIDE = 96
_IMAGES_PER_CLASS = 4  # labels that fewer images bear on average name no kinds of things


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """What proposals look at.

    Attributes:
        images: Readable images.
        short_side: Median of their shorter sides in pixels.
        classes: Number of distinct labels, None without labels.
        greyscale: Whether nearly all are without colour.
    """

    images: int
    short_side: int
    classes: int | None = None
    greyscale: bool = False


def propose(method_id: str, folder: FolderInfo, device: torch.device) -> dict[str, Proposal]:
    """Values for the training and for the method's own settings, by name.

    What the method proposes itself goes before the general rules; "clusters" is the number of
    groups to look for afterwards.
    """
    method = get_method(method_id)
    size = propose_image_size(folder.short_side, device.type)
    info = DataInfo(
        images=folder.images,
        image_size=int(size.value),
        greyscale=folder.greyscale,
        device=device.type,
    )
    batch = proposals.batch_size(info)
    info = replace(info, global_batch=int(batch.value))
    own = method.propose(info)
    general = {
        "image_size": size,
        "batch_size": batch,
        "backbone": propose_backbone(method.needs.backbones, info),
        "epochs": proposals.epochs(info, int(own.get("batch_size", batch).value)),
        "clusters": propose_clusters(folder),
    }
    return general | own


def propose_image_size(short_side: int, device: str) -> Proposal:
    """The training side nearest to the images' own, within what the device can do."""
    largest = _CPU_LARGEST_SIDE if device == "cpu" else _SIDES[-1]
    sides = [side for side in _SIDES if side <= largest]
    side = min(sides, key=lambda s: abs(log2(s / max(1, short_side))))
    if short_side > largest:
        why = f"the images are {short_side} px, but more than {largest} px is slow on a {device}"
    else:
        why = f"the shorter side of the images is {short_side} px"
    return Proposal(side, why)


def propose_backbone(families: tuple[str, ...], info: DataInfo) -> Proposal:
    """A network that the method can train and the device can carry."""
    if "conv" in families:
        return proposals.conv_backbone(info)
    name = "vit_micro" if info.device == "cpu" else "vit_tiny"
    return Proposal(name, "the method needs a transformer, and this one suits the device")


def propose_clusters(folder: FolderInfo) -> Proposal:
    """How many groups to look for at first."""
    if folder.classes and 1 < folder.classes <= folder.images // _IMAGES_PER_CLASS:
        return Proposal(folder.classes, f"the folder names {folder.classes} classes")
    k = min(100, max(2, round((folder.images / 2) ** 0.5 / 2)))
    return Proposal(k, "a first guess from the number of images; try fewer and more")
