"""A cache of drawn pixels, a keeper that remembers, and a method small enough to reason about."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ssl_studio.events import Cancel, Event
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.cache import PixelCache
from ssl_studio.methods.base import Clock, DataInfo, Method, MethodSettings, StepOutput
from ssl_studio.networks.backbone import create_backbone
from ssl_studio.training.settings import TrainSettings
from ssl_studio.training.state import TrainingData
from ssl_studio.training.trainer import Trainer


class NoiseMatch(Method):
    """Learns to give a picture and its noisy, dropped-out copy the same feature."""

    id = "noise-match"
    title = "Noise match"
    family = "pretext"
    explanation = "A test method."

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.head = nn.Sequential(nn.Linear(backbone.width, 16), nn.Dropout(0.2))

    def views(self, batch: ImageBatch, draw: Draw) -> Tensor:
        clean = batch.pixels.float() / 255
        noise = draw.normal(shape=tuple(clean.shape[1:]))
        return torch.cat([clean, clean + 0.1 * noise])

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        clean, noisy = self.head(self.backbone(views)).float().chunk(2)
        loss = (clean - noisy).square().mean() + (clean.std(dim=0) - 1).square().mean()
        return StepOutput(loss, {"distance": loss.detach()}, embedding=clean.detach())


@dataclass
class MemoryKeeper:
    """Remembers all checkpoints in memory."""

    checkpoints: list[tuple[str, int, int, bytes]] = field(default_factory=list)
    shown: list[tuple[int, int]] = field(default_factory=list)

    def checkpoint(self, kind, step, epoch, data):
        self.checkpoints.append((kind, step, epoch, data))

    def exhibits(self, step, epoch, exhibits, positions):
        self.shown.append((step, epoch))

    @property
    def last(self) -> bytes:
        return self.checkpoints[-1][3]


@dataclass
class Bench:
    """Makes trainers on one small set of pictures and keeps what they say."""

    cache: PixelCache
    labels: np.ndarray
    events: list[Event] = field(default_factory=list)

    def trainer(self, method=None, *, cancel=None, keeper=None, resume=None, hear=None, **changes):
        values = {"epochs": 2, "batch_size": 8, "precision": "fp32", "evaluate_every": 0}
        settings = TrainSettings(backbone="light", image_size=32, **(values | changes))
        events = self.events

        def report(event):
            events.append(event)
            if hear:
                hear(event)

        return Trainer(
            method or self.method(settings),
            settings,
            TrainingData(self.cache, self.labels, "same"),
            report=report,
            cancel=cancel or Cancel(),
            keeper=keeper or MemoryKeeper(),
            resume=resume,
        )

    def method(self, settings=None, cls=NoiseMatch, own=None):
        batch = settings.batch_size if settings else 8
        data = DataInfo(len(self.cache), 32, global_batch=batch)
        torch.manual_seed(0)
        backbone = create_backbone("light", 32, seed=0)
        return cls(backbone, own or MethodSettings(), data)


@pytest.fixture
def bench() -> Bench:
    generator = torch.Generator().manual_seed(0)
    count = 40
    labels = torch.arange(count) % 2
    pixels = torch.randint(0, 120, (count, 3, 32, 32), generator=generator)
    pixels += labels[:, None, None, None] * 100
    cache = PixelCache(
        pixels=pixels.to(torch.uint8),
        aspect=torch.ones(count),
        valid=torch.ones(count, dtype=torch.bool),
        mean=torch.full((3,), 0.5),
        std=torch.full((3,), 0.25),
        mapped=False,
    )
    return Bench(cache, labels.numpy())
