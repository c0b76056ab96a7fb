"""A training shared by processes, for test_processes.py: each writes the losses it saw."""

import json
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist

from ssl_studio.events import Cancel, Metric
from ssl_studio.images.cache import PixelCache
from ssl_studio.training.build import build_method, data_info
from ssl_studio.training.settings import TrainSettings
from ssl_studio.training.state import TrainingData
from ssl_studio.training.trainer import Trainer
from tests.training.conftest import MemoryKeeper

SETTINGS = {
    "simclr": {},
    "swav": {"prototypes": 8, "queue": 16, "queue_from": 0.0, "head_width": 32, "head_output": 16},
}


def pictures(count: int = 64) -> PixelCache:
    generator = torch.Generator().manual_seed(3)
    pixels = torch.randint(0, 256, (count, 3, 32, 32), generator=generator)
    return PixelCache(
        pixels=pixels.to(torch.uint8),
        aspect=torch.ones(count),
        valid=torch.ones(count, dtype=torch.bool),
        mean=torch.full((3,), 0.5),
        std=torch.full((3,), 0.25),
        mapped=False,
    )


def losses(method_id: str) -> list[float]:
    """Mean loss over all processes at each of eight steps."""
    told: list[float] = []

    def report(event):
        if isinstance(event, Metric) and "loss" in event.values:
            told.append(event.values["loss"])

    settings = TrainSettings(
        backbone="light", epochs=2, batch_size=16, precision="fp32", evaluate_every=0, seed=5
    )
    cache = pictures()
    method = build_method(method_id, settings, SETTINGS[method_id], data_info(cache, settings))
    data = TrainingData(cache)
    Trainer(method, settings, data, report=report, cancel=Cancel(), keeper=MemoryKeeper()).run()
    return told


def main(rank: int, world: int, meeting: Path, out: Path) -> None:
    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    if world > 1:
        dist.init_process_group(
            "gloo", init_method=f"file://{meeting}", rank=rank, world_size=world
        )
    found = {method_id: losses(method_id) for method_id in SETTINGS}
    if rank == 0:
        out.write_text(json.dumps(found))
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
