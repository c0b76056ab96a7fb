"""SimCLR end to end, side by side: SSL Studio, lightly, and the bare network on resident tensors.

    python -m benchmarks.simclr_speed ~/datasets/cifar10/train --side 32 --backbone light

Two views, batch 256, the same backbone module, head sizes and optimiser for all. In each round
the contenders run one after the other, so that a slow moment of the machine hits all, and each
round begins with another one, so that nobody always follows the same:

    ours        the trainer's own steps: cache, augmentation, forward, loss, backward, update
    lightly     SimCLRTransform in a DataLoader with 2 workers, its head, its NTXentLoss, fp32
    bare        our forward + loss + backward + update on views that lie ready in memory
    views       our augmentation alone

"equal" runs all in fp32; "default" lets ours take the precision that it chooses here. lightly has a
process of its own, with the system's memory allocation; ours is set up as the program sets it up.
"""

import argparse
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import torch
from lightly.data import LightlyDataset
from lightly.loss import NTXentLoss
from lightly.models.modules import SimCLRProjectionHead
from lightly.transforms import SimCLRTransform
from torch.utils.data import DataLoader, Subset

from benchmarks.common import NoKeeper, cache_of, class_folder
from ssl_studio.allocator import keep_freed_memory
from ssl_studio.events import Cancel, ignore
from ssl_studio.images.batch import Draw
from ssl_studio.images.cache import PixelCache, cache_side
from ssl_studio.networks.backbone import create_backbone
from ssl_studio.training.build import build_method, data_info
from ssl_studio.training.settings import TrainSettings, autocast
from ssl_studio.training.state import TrainingData
from ssl_studio.training.trainer import Trainer, _channels_last

BATCH = 256


def our_trainer(cache: PixelCache, backbone: str, side: int, precision: str) -> Trainer:
    """A trainer that is ready to step."""
    settings = TrainSettings(
        backbone=backbone,
        image_size=side,
        epochs=10_000,
        batch_size=BATCH,
        precision=precision,
        evaluate_every=0,
        exhibit_every=0,
    )
    own = {"blur": side >= 64, "strength": 0.5 if side < 64 else 1.0}
    method = build_method("simclr", settings, own, data_info(cache, settings))
    data = TrainingData(cache)
    return Trainer(method, settings, data, report=ignore, cancel=Cancel(), keeper=NoKeeper())


def ours(trainer: Trainer) -> Iterator[int]:
    """One real step of the trainer at each turn."""
    while True:
        for batch in trainer.loader.batches(trainer._chunks()):
            trainer._one_step(batch)
            trainer._after_step()
            yield BATCH
        trainer.at = replace(trainer.at, epoch=trainer.at.epoch + 1, epoch_step=0)


def bare(trainer: Trainer) -> Iterator[int]:
    """The same step without loading and augmentation."""
    batch = next(trainer.loader.batches([torch.arange(BATCH)]))
    with torch.no_grad():
        views = _channels_last(trainer.method.views(batch, Draw(0, BATCH)))
    clock = trainer._clock()
    while True:
        with autocast(trainer.device, trainer.precision):
            loss = trainer.method.step(views, batch.index, clock).loss
        loss.backward()
        for optimiser in trainer.optimisers.by_name.values():
            optimiser.step()
        trainer.optimisers.zero()
        yield BATCH


def views_alone(trainer: Trainer) -> Iterator[int]:
    """Loading and augmentation without the network."""
    chunks = trainer._chunks()
    for step in itertools.count():
        for batch in trainer.loader.batches(chunks):
            with torch.no_grad():
                trainer.method.views(batch, Draw(step, BATCH))
            yield BATCH


def lightly_steps(folder: Path, count: int, backbone: str, side: int) -> Iterator[int]:
    """lightly's SimCLR as its own example writes it, on the same backbone module."""
    transform = SimCLRTransform(input_size=side, gaussian_blur=0.5 if side >= 64 else 0.0)
    dataset = Subset(LightlyDataset(str(folder), transform=transform), range(count))
    loader = DataLoader(dataset, batch_size=BATCH, shuffle=True, drop_last=True, num_workers=2)
    network = create_backbone(backbone, side, seed=0)
    head = SimCLRProjectionHead(network.width, 512, 128)
    criterion = NTXentLoss(temperature=0.5)
    parameters = [*network.parameters(), *head.parameters()]
    optimiser = torch.optim.SGD(parameters, lr=0.06, momentum=0.9, weight_decay=5e-4)
    while True:
        for batch in loader:
            first, second = (head(network(view)) for view in batch[0])
            loss = criterion(first, second)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            yield BATCH


class Lightly:
    """lightly's steps in a process of their own."""

    def __init__(self, folder: Path, count: int, backbone: str, side: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, folder, count, backbone, side)
        self._process = context.Process(target=_serve, args=arguments)
        self._process.start()

    def rate(self, seconds: float, untimed: int) -> float:
        """As `rate`; comes back when its workers have read ahead all they may, and sleep."""
        self._pipe.send((seconds, untimed))
        result: float = self._pipe.recv()
        processes = psutil.Process(self._process.pid).children(recursive=True)
        busy = True
        while busy:
            before = [sum(process.cpu_times()[:2]) for process in processes]
            time.sleep(0.3)
            after = [sum(process.cpu_times()[:2]) for process in processes]
            busy = any(b - a > 0.05 for a, b in zip(before, after, strict=True))
        return result

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()


def _serve(pipe: Connection, folder: Path, count: int, backbone: str, side: int) -> None:
    steps = lightly_steps(folder, count, backbone, side)
    while (asked := pipe.recv()) is not None:
        pipe.send(rate(steps, *asked))


def rate(steps: Iterator[int], seconds: float, untimed: int) -> float:
    """Images per second over about so many seconds, after some steps that are not counted."""
    for _ in range(untimed):
        next(steps)
    start, images = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        images += next(steps)
    return images / (time.perf_counter() - start)


def main() -> None:
    """Print one table of medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a folder of class folders")
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--backbone", default="light")
    parser.add_argument("--images", type=int, default=5120)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument(
        "--untimed",
        type=int,
        default=5,
        help="steps of lightly before its clock starts, so that what its workers read ahead while "
        "others ran is used up; 0 for networks so slow that it does not matter",
    )
    args = parser.parse_args()

    keep_freed_memory()
    files, _ = class_folder(args.folder)
    files = files[:: max(1, len(files) // args.images)][: args.images]
    side = cache_side(args.side, 32 if args.side <= 32 else 120)
    cache = cache_of(files, side, torch.device("cpu"))
    lightly = Lightly(args.folder, args.images, args.backbone, args.side)
    running: dict[str, Iterator[int]] = {}
    for name, precision in {"equal": "fp32", "default": "auto"}.items():
        trainer = our_trainer(cache, args.backbone, args.side, precision)
        running |= {
            f"ours, {name}": ours(trainer),
            f"bare, {name}": bare(trainer),
            f"views, {name}": views_alone(trainer),
        }
    for steps in running.values():
        next(steps)
    lightly.rate(0.0, 1)
    rates: dict[str, list[float]] = {name: [] for name in ("lightly", *running)}
    for turn in range(args.rounds):
        names = list(rates)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if name == "lightly":
                rates[name].append(lightly.rate(args.seconds, args.untimed))
            else:
                rates[name].append(rate(running[name], args.seconds, min(1, args.untimed)))
    lightly.close()

    print(f"{args.backbone}, {args.side} px, batch {BATCH}, {torch.get_num_threads()} threads")
    print("| contender | images/s (median) | lowest | highest |\n| --- | --- | --- | --- |")
    for name, values in rates.items():
        median = statistics.median(values)
        print(f"| {name} | {median:.0f} | {min(values):.0f} | {max(values):.0f} |")
    for name in ("equal", "default"):
        pairs = zip(rates[f"ours, {name}"], rates["lightly"], strict=True)
        faster = statistics.median(a / b for a, b in pairs)
        pairs = zip(rates[f"bare, {name}"], rates[f"ours, {name}"], strict=True)
        cost = statistics.median(a / b for a, b in pairs)
        print(f"{name}: {faster:.2f} x lightly; {cost:.3f} x the time of the bare step")


if __name__ == "__main__":
    main()
