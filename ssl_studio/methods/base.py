"""The contract between a method and the trainer.

A method is one class in one file. The trainer knows this page and no method by name.

Letters: B pictures of a micro-batch in this process, N images of the run, D width of the
backbone's feature, s side of a view in pixels.

What happens in one optimiser step, in this order (M micro-batches of one step share it):

    before_step -> M x [ views -> step -> backward ] -> clip_gradients -> after_backward
    -> optimiser(s) -> after_step

and around epochs and stages:

    enter_stage -> begin_stage -> ( before_epoch -> order -> steps ... ) per epoch -> next stage
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, TypeVar

import torch
from torch import Tensor, nn

from ssl_studio.errors import SettingsError
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods.records import (
    BackboneOptions,
    Clock,
    DatasetWork,
    EpochStart,
    Exhibit,
    Family,
    Needs,
    OptimiserSpec,
    Panel,
    Paper,
    ParamGroup,
    Reconstruction,
    Reconstructs,
    ShowsItsWork,
    Stage,
    StepOutput,
    Views,
)
from ssl_studio.methods.settings import (
    DataInfo,
    MethodSettings,
    Proposal,
    RateRule,
    setting,
)
from ssl_studio.networks.backbone import Backbone

__all__ = [
    "BackboneOptions",
    "Clock",
    "DataInfo",
    "DatasetWork",
    "EpochStart",
    "Exhibit",
    "Method",
    "MethodSettings",
    "Needs",
    "OptimiserSpec",
    "Panel",
    "Paper",
    "ParamGroup",
    "Proposal",
    "RateRule",
    "Reconstruction",
    "Reconstructs",
    "ShowsItsWork",
    "Stage",
    "StepOutput",
    "Views",
    "all_methods",
    "get_method",
    "register_method",
    "setting",
]

S = TypeVar("S", bound=MethodSettings)


class Method(nn.Module):
    """One self-supervised algorithm around a backbone.

    Subclasses set the class attributes, build their heads in `__init__` and write `views` and
    `step`; the rest has defaults. All state that training changes lies in parameters and
    buffers, so that `state_dict` resumes a run exactly. Nothing here moves tensors between
    devices, prints, or draws from global random state after `__init__`.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[Family]
    paper: ClassVar[Paper]
    explanation: ClassVar[str]
    good_for: ClassVar[str] = ""
    remedies: ClassVar[str] = (
        "Lower the learning rate, enlarge the batch, or use milder or more varied views."
    )
    needs: ClassVar[Needs] = Needs()
    Settings: ClassVar[type[MethodSettings]] = MethodSettings

    def __init__(self, backbone: Backbone, settings: MethodSettings, data: DataInfo) -> None:
        super().__init__()
        self.backbone = backbone
        self.settings = settings
        self.data = data

    # --- what suits a folder ---------------------------------------------------------------

    @classmethod
    def propose(cls, data: DataInfo) -> dict[str, Proposal]:
        """Values that suit this folder and device, by name of the setting.

        Besides the method's own settings it may propose "backbone", "epochs", "batch_size"
        and "image_size" of the training.
        """
        return {}

    # --- the network that is kept ------------------------------------------------------------

    @property
    def encoder(self) -> Backbone:
        """The network that features come from (the teacher where a method says so)."""
        return self.backbone

    @property
    def feature_layer(self) -> str:
        """The layer of the encoder that clusters, neighbours and probes look at first."""
        return self.encoder.default_layer

    @property
    def picture_size(self) -> int:
        """Side in pixels at which whole pictures go through the encoder, nothing augmented."""
        return self.data.image_size

    @classmethod
    def backbone_options(cls, settings: MethodSettings, image_size: int) -> BackboneOptions:
        """What the method asks of the backbone's construction (Sobel edges, patch size ...)."""
        return {}

    # --- plan ----------------------------------------------------------------------------

    def stages(self, epochs: int) -> list[Stage]:
        """The legs of a run of `epochs` epochs."""
        return [Stage("training", epochs)]

    def optimisers(self, stage: Stage) -> dict[str, OptimiserSpec]:
        """The optimisers of a stage by name; "main" takes `StepOutput.loss`."""
        return {"main": self.main_optimiser()}

    def main_optimiser(self) -> OptimiserSpec:
        """The optimiser that the settings describe, its rate scaled to the global batch."""
        s = self.settings
        ratio = self.data.global_batch / s.reference_batch
        scale = {"linear": ratio, "sqrt": ratio**0.5, "fixed": 1.0}[s.rate_rule]
        return OptimiserSpec(
            kind=s.optimiser,
            rate=s.learning_rate * scale,
            weight_decay=s.weight_decay,
            momentum=s.momentum,
            warmup_epochs=s.warmup_epochs,
        )

    def param_groups(self, stage: Stage) -> list[ParamGroup]:
        """All trainable parameters, in groups. The default decays weights but not biases and
        normalisation, and lets LARS adapt the former only."""
        return decay_groups(self.trainable())

    def trainable(self) -> list[tuple[str, nn.Parameter]]:
        """Names and parameters that ask for gradients."""
        return [(n, p) for n, p in self.named_parameters() if p.requires_grad]

    def samples_per_epoch(self) -> int:
        """Items that one epoch draws; constant within a stage."""
        return self.data.images

    def order(self, epoch: int, generator: torch.Generator) -> Tensor:
        """Int64 (samples_per_epoch,) positions of the images in the order of this epoch, or
        (samples_per_epoch, F) for ordered frames. The same on every process."""
        return torch.randperm(self.data.images, generator=generator)

    # --- work --------------------------------------------------------------------------------

    def enter_stage(self, stage: Stage) -> None:
        """Give the modules the shape of a stage: freeze, thaw, replace heads.

        Called when a stage begins and again when a run is resumed within it, before its state
        is loaded; so it depends on nothing but the stage.
        """

    def begin_stage(self, stage: Stage, work: DatasetWork) -> None:
        """Work over the whole dataset before a stage (mine neighbours), after `enter_stage`.
        Not called again on resume within the stage."""

    def before_epoch(self, clock: Clock, work: DatasetWork) -> EpochStart:
        """Work over the whole dataset before an epoch. Not called again on resume within it."""
        return EpochStart()

    def views(self, batch: ImageBatch, draw: Draw) -> Views:
        """Augmented, normalised inputs of one micro-batch; float32, without gradients."""
        raise NotImplementedError

    def step(self, views: Views, index: Tensor, clock: Clock) -> StepOutput:
        """Loss of one micro-batch. `index` (B,) holds the images' positions.

        Runs under autocast; similarities, softmaxes and losses are computed in float32.
        """
        raise NotImplementedError

    def before_step(self, clock: Clock) -> None:
        """Before the views of a step are drawn."""

    def clip_gradients(self) -> None:
        """Shorten gradients before they are applied; by default the global norm, if asked to."""
        if self.settings.clip > 0:
            nn.utils.clip_grad_norm_(self.parameters(), self.settings.clip, foreach=True)

    def after_backward(self, clock: Clock) -> None:
        """After the gradients of a step were clipped and before they are applied.

        Gradients set to None here freeze their parameters for this step.
        """

    def after_step(self, clock: Clock, *, stepped: bool) -> None:
        """After the optimisers; `stepped` is False when mixed precision skipped the update."""

    def prepare_to_load(self, state: Mapping[str, Tensor]) -> None:
        """Give parameters and buffers the shapes of `state` where training changes shapes."""

    def autocast_off(self, x: Tensor) -> "torch.amp.autocast_mode.autocast":
        """Context in which operations on `x`'s device run in full precision."""
        return torch.autocast(x.device.type, enabled=False)


def decay_groups(
    named: Sequence[tuple[str, nn.Parameter]], *, optimiser: str = "main", prefix: str = ""
) -> list[ParamGroup]:
    """Two groups: weights (decayed, adapted) and 1-D tensors (neither)."""
    weights = [(n, p) for n, p in named if p.ndim > 1]
    vectors = [(n, p) for n, p in named if p.ndim <= 1]
    groups = [
        ParamGroup(f"{prefix}weights", weights, optimiser),
        ParamGroup(f"{prefix}biases and norms", vectors, optimiser, weight_decay=0.0, adapt=False),
    ]
    return [g for g in groups if g.parameters]


_REGISTRY: dict[str, type[Method]] = {}

M = TypeVar("M", bound=type[Method])


def register_method(cls: M) -> M:
    """Make a method known by its id. The decorator is the whole registration."""
    if cls.id in _REGISTRY and _REGISTRY[cls.id].__qualname__ != cls.__qualname__:
        raise ValueError(f"two methods share the id {cls.id!r}")
    _REGISTRY[cls.id] = cls
    return cls


def get_method(method_id: str) -> type[Method]:
    """The method of this id. Raises SettingsError with the known ids otherwise."""
    try:
        return _REGISTRY[method_id]
    except KeyError:
        raise SettingsError(
            f"There is no method called “{method_id}”.",
            remedy="Known methods: " + ", ".join(sorted(_REGISTRY)) + ".",
        ) from None


def all_methods() -> Iterator[type[Method]]:
    """Every registered method, by family and title."""
    yield from sorted(_REGISTRY.values(), key=lambda m: (m.family, m.title))
