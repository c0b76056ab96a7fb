"""Does each method learn? kNN accuracy on test images against raw pixels and random weights.

    python -m benchmarks.learning ~/datasets/cifar10 --per-class 1000 --epochs 15

Trains every method on the same images with the backbone that it proposes for the device, and
prints one table: weighted kNN (k = 20, tau = 0.07) of test images among the training images, for
raw pixels, for the same network at random initialisation, and after training.
"""

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from benchmarks.common import NoKeeper, cache_of, class_folder
from ssl_studio.events import Cancel, Event, Metric, Note
from ssl_studio.images.cache import PixelCache
from ssl_studio.methods.base import all_methods, get_method
from ssl_studio.numerics import scores
from ssl_studio.training.build import build_encoder, build_method, data_info, encoder_info
from ssl_studio.training.checkpoint import unpack
from ssl_studio.training.extraction import ViewSpec, evaluating, extract
from ssl_studio.training.propose import FolderInfo, propose
from ssl_studio.training.settings import TrainSettings, resolve_device
from ssl_studio.training.state import TrainingData
from ssl_studio.training.trainer import Trainer

Labels = tuple[np.ndarray, np.ndarray]


def knn(bank: np.ndarray, queries: np.ndarray, labels: Labels) -> float:
    """Percent of test images whose twenty nearest training images vote for their class."""
    return 100 * scores.knn_accuracy(bank, labels[0], queries, labels[1], k=20, tau=0.07)


def raw_pixels(cache: PixelCache) -> np.ndarray:
    """Every image as one long vector of its pixels, centred."""
    pixels = cache.pixels.reshape(len(cache), -1).float().cpu().numpy() / 255
    return pixels - pixels.mean(axis=0)


def features(encoder: torch.nn.Module, layer: str, cache: PixelCache, view: ViewSpec) -> np.ndarray:
    """One layer's pooled features of every image."""
    device = next(encoder.parameters()).device
    with evaluating(encoder):
        return extract(lambda x: encoder.pooled(x, layer), cache, view, device).numpy()


def learn(
    method_id: str,
    train: PixelCache,
    test: PixelCache,
    labels: Labels,
    overrides: dict[str, object],
    own: dict[str, object],
) -> dict[str, object]:
    """Train one method and score its features before and after."""
    device = resolve_device("auto")
    side = int(train.pixels.shape[-1])
    proposed = propose(method_id, FolderInfo(len(train), side, 10), device)
    names = set(TrainSettings.model_fields)
    values = {k: p.value for k, p in proposed.items() if k in names} | {"image_size": side}
    settings = TrainSettings(**(values | {"evaluate_every": 0, "exhibit_every": 0} | overrides))
    known = set(get_method(method_id).Settings.model_fields)
    own = {k: p.value for k, p in proposed.items() if k in known} | own
    method = build_method(method_id, settings, own, data_info(train, settings))
    keeper, losses = NoKeeper(), []

    def report(event: Event) -> None:
        if isinstance(event, Metric) and "loss" in event.values:
            losses.append(event.values["loss"])
        elif isinstance(event, Note) and event.level != "info":
            print(f"  {method_id}: {event.text}", flush=True)

    trainer = Trainer(
        method, settings, TrainingData(train), report=report, cancel=Cancel(), keeper=keeper
    )
    start = time.perf_counter()
    outcome = trainer.run()
    seconds = time.perf_counter() - start
    info = encoder_info(method, method_id, settings)
    state = unpack(keeper.last).encoder_state()
    trained, random = build_encoder(info, state).to(device), build_encoder(info).to(device)
    row: dict[str, object] = {
        "method": method_id,
        "backbone": settings.backbone,
        "layer": info.layer,
        "epochs": settings.epochs,
        "steps": outcome.step,
        "seconds": round(seconds, 1),
        "images_per_second": round(settings.epochs * len(train) / seconds),
        "first_loss": round(losses[0], 3),
        "last_loss": round(losses[-1], 3),
    }
    for name, encoder in {"random": random, "trained": trained}.items():
        pair = [features(encoder, info.layer, cache, info.view) for cache in (train, test)]
        row[name] = round(knn(pair[0], pair[1], labels), 2)
    return row


def measure(method_id: str, args: argparse.Namespace) -> dict[str, object]:
    """One row of the table."""
    if args.jobs > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // args.jobs))
    device = resolve_device("auto")
    files, train_labels = class_folder(args.folder / "train", args.per_class)
    train = cache_of(files, args.side, device)
    files, test_labels = class_folder(args.folder / "test", args.test_per_class)
    test = cache_of(files, args.side, device)
    labels = (np.array(train_labels), np.array(test_labels))
    asked = {"epochs": args.epochs, "backbone": args.backbone, "batch_size": args.batch}
    overrides = {k: v for k, v in asked.items() if v is not None} | {"seed": args.seed}
    own = {k: json.loads(v) for k, v in (item.split("=", 1) for item in args.set)}
    row = learn(method_id, train, test, labels, overrides, own)
    pixels = round(knn(raw_pixels(train), raw_pixels(test), labels), 2)
    return row | {"pixels": pixels, "training_images": len(train), "test_images": len(test)}


def main() -> None:
    """Print the table, and write it as JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds train/<class>/* and test/<class>/*")
    parser.add_argument("--per-class", type=int, default=1000, help="training images per class")
    parser.add_argument("--test-per-class", type=int, default=None)
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--methods", default=",".join(m.id for m in all_methods()))
    parser.add_argument("--epochs", type=int, default=None, help="default: what is proposed")
    parser.add_argument("--backbone", default=None)
    parser.add_argument("--batch", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON")
    parser.add_argument("--jobs", type=int, default=1, help="methods trained side by side")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()

    head = "method | training images | backbone | layer | epochs | loss | raw | random | trained"
    print(f"| {head} |\n|{' --- |' * 9}", flush=True)
    rows = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, mp_context=context) as pool:
        rows_to_come = [pool.submit(measure, name, args) for name in args.methods.split(",")]
        for row in (future.result() for future in rows_to_come):
            rows.append(row)
            print(
                f"| {row['method']} | {row['training_images']:,} | {row['backbone']} "
                f"| {row['layer']} | {row['epochs']} | {row['first_loss']} to {row['last_loss']} "
                f"| {row['pixels']} | {row['random']} | {row['trained']} |",
                flush=True,
            )
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
