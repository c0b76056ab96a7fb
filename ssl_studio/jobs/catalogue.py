"""What can be trained: methods with their settings, the trainer's settings, and backbones.

Plain values only, so that the window makes forms of them without knowing the methods' room.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ssl_studio.events import Cancel, Progress, Report


@dataclass(frozen=True, slots=True)
class MethodCard:
    """One method, for a person who chooses.

    Attributes:
        needs: min_images, min_side, backbones (families), frames, colour, start_from.
        settings_schema: JSON schema of its settings: each property has title, description,
            bounds, default, and "advanced".
        defaults: The published values, by name.
    """

    id: str
    title: str
    family: str
    paper: str
    arxiv: str
    explanation: str
    good_for: str
    needs: Mapping[str, Any]
    settings_schema: Mapping[str, Any]
    defaults: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BackboneEntry:
    """One network, for a person who chooses; `family` is "conv" or "vit"."""

    name: str
    family: str
    title: str
    explanation: str
    min_side: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All methods by family and title, all backbones by name, and the trainer's own settings."""

    methods: tuple[MethodCard, ...]
    backbones: tuple[BackboneEntry, ...]
    training_schema: Mapping[str, Any]
    training_defaults: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DescribeMethodsJob:
    """List all that can be trained. The project is not looked at."""

    @property
    def title(self) -> str:
        """What it does."""
        return "Listing the methods"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> Catalogue:
        """Load the methods, which takes seconds the first time, and describe them."""
        report(Progress(0, None, "Loading the methods"))
        return catalogue()


def catalogue() -> Catalogue:
    """All that can be trained."""
    from ssl_studio.training.settings import TrainSettings

    return Catalogue(
        tuple(describe_methods()),
        tuple(describe_backbones()),
        TrainSettings.model_json_schema(),
        TrainSettings().model_dump(mode="json"),
    )


def describe_methods() -> list[MethodCard]:
    """Every method by family and title."""
    from ssl_studio.methods.base import all_methods

    return [
        MethodCard(
            id=cls.id,
            title=cls.title,
            family=cls.family,
            paper=f"{cls.paper.authors} {cls.paper.year}: {cls.paper.title}",
            arxiv=cls.paper.arxiv,
            explanation=cls.explanation,
            good_for=cls.good_for,
            needs=asdict(cls.needs),
            settings_schema=cls.Settings.model_json_schema(),
            defaults=cls.Settings().model_dump(mode="json"),
        )
        for cls in all_methods()
    ]


def describe_backbones() -> list[BackboneEntry]:
    """Every backbone by name."""
    from ssl_studio.networks.backbone import backbone_card, backbone_names

    cards = [backbone_card(name) for name in backbone_names()]
    return [BackboneEntry(c.name, c.family, c.title, c.explanation, c.min_side) for c in cards]
