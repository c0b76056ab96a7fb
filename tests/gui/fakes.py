"""Jobs that do as they are told, and a catalogue that needs no torch."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from ssl_studio.events import Cancel, Event, Report
from ssl_studio.jobs.catalogue import BackboneEntry, Catalogue, MethodCard


@dataclass(frozen=True)
class ScriptedJob:
    """Reports its events, then waits for `release` (polling the cancel), then returns or raises."""

    events: tuple[Event, ...] = ()
    error: Exception | None = None
    result: object = "done"
    title: str = "Scripted"
    waits: bool = False
    started: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> object:
        for event in self.events:
            report(event)
        self.started.set()
        while self.waits and not self.release.wait(0.005):
            cancel.check()
        if self.error is not None:
            raise self.error
        return self.result


def small_catalogue() -> Catalogue:
    """Two methods, two backbones, a handful of settings."""
    number = {"type": "integer", "minimum": 1, "maximum": 1000, "advanced": False}
    training = {
        "properties": {
            "backbone": {"type": "string", "default": "light", "advanced": False},
            "epochs": {**number, "default": 100, "description": "Looks at every image."},
            "batch_size": {**number, "default": 64},
            "seed": {**number, "default": 1, "advanced": True},
        }
    }
    rate = {"type": "number", "exclusiveMinimum": 0, "maximum": 10, "default": 0.06}
    settings = {"properties": {"learning_rate": {**rate, "advanced": False}}}
    needs = {"min_images": 32, "min_side": 16, "frames": 1, "colour": False, "start_from": False}
    cards = tuple(
        MethodCard(
            id=name.lower(),
            title=name,
            family=family,
            paper=f"Somebody 2020: {name}",
            arxiv="2002.05709",
            explanation=f"What {name} does.",
            good_for="Photos.",
            needs={**needs, "backbones": backbones},
            settings_schema=settings,
            defaults={"learning_rate": 0.06},
        )
        for name, family, backbones in (
            ("SimCLR", "contrastive", ("conv", "vit")),
            ("MAE", "masked", ("vit",)),
        )
    )
    backbones = (
        BackboneEntry("light", "conv", "Light", "For CPUs.", 16),
        BackboneEntry("vit_tiny", "vit", "ViT, tiny", "A transformer.", 16),
    )
    return Catalogue(cards, backbones, training, {"backbone": "light", "epochs": 100})
