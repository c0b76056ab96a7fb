"""Proposals that several methods make alike: backbone, batch and length of the training.

What counts is the number of optimiser steps, so small folders get many epochs.
"""

import math

from ssl_studio.methods.settings import DataInfo, Proposal


def conv_backbone(data: DataInfo) -> Proposal:
    """A convolutional backbone for the device."""
    if data.device == "cpu":
        return Proposal("light", "of all networks a CPU trains it quickest")
    return Proposal("resnet18", "the size that published small-image results are made with")


def batch_size(
    data: DataInfo, *, lowest: int = 64, highest: int = 512, highest_on_cpu: int = 128
) -> Proposal:
    """A power of two near a sixteenth of the images, within bounds."""
    if data.device == "cpu":
        highest = highest_on_cpu
    fitting = 2 ** int(math.log2(max(data.images / 16, 1)))
    value = max(min(lowest, highest), min(fitting, highest))
    if value == highest:
        return Proposal(value, f"as large as helps on a {data.device.upper()}")
    if value > fitting:
        return Proposal(value, f"the least that suits the method, for {data.images:,} images")
    return Proposal(value, f"about a sixteenth of the {data.images:,} images")


def epochs(
    data: DataInfo,
    batch: int,
    *,
    cpu_steps: int = 2000,
    gpu_epochs: int = 100,
    longest: int = 3,
) -> Proposal:
    """A first usable length: so many steps on a CPU, so many epochs of 50,000 images on a GPU.

    On a GPU smaller folders get more epochs, by the root of the ratio, up to `longest` times.
    """
    if data.device == "cpu":
        value = max(5, min(300, math.ceil(cpu_steps * batch / data.images)))
        steps = round(value * data.images / batch, -2)
        return Proposal(value, f"about {steps:,.0f} steps, a first result on a CPU")
    stretch = min(max(math.sqrt(50_000 / data.images), 1), longest)
    value = round(gpu_epochs * stretch)
    return Proposal(value, f"a first usable result from {data.images:,} images; more is better")
