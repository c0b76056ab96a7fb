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

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypedDict, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from ssl_studio.errors import SettingsError
from ssl_studio.events import Cancel, Report
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods.settings import (
    DataInfo,
    MethodSettings,
    OptimiserName,
    Proposal,
    RateRule,
    setting,
)
from ssl_studio.networks.backbone import Backbone, Positions, Stem

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

Family = Literal["pretext", "contrastive", "distillation", "masked", "clustering"]


class BackboneOptions(TypedDict, total=False):
    """Options of `BackboneSpec` that a method may set."""

    sobel: bool
    stem: Stem
    zero_gamma: bool
    positions: Positions
    patch_size: int | None


Views = Any
"""Whatever `Method.views` returns and `Method.step` takes: tensors in lists, tuples or dicts."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a method comes from."""

    title: str
    authors: str
    year: int
    arxiv: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a method asks of the images and of the backbone.

    Attributes:
        min_images: Fewer than this and training is refused.
        min_side: Smallest sensible training side in pixels.
        backbones: Families of backbones it can train.
        frames: Ordered frames per item (1: single images).
        colour: Whether grey images make the task void.
        start_from: Whether it must start from the encoder of another run.
    """

    min_images: int = 64
    min_side: int = 16
    backbones: tuple[Literal["conv", "vit"], ...] = ("conv", "vit")
    frames: int = 1
    colour: bool = False
    start_from: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One leg of a run, with its own optimisers and schedules over `epochs` epochs."""

    name: str
    epochs: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the run stands. All schedules are pure functions of it.

    Attributes:
        step: Optimiser steps done since the run began.
        epoch: Epoch since the run began, from 0.
        stage: The stage and
        stage_step, stage_steps: the position in it and its length in steps.
        steps_per_epoch: In this stage.
        seed: Seed of everything drawn at this step.
    """

    step: int
    epoch: int
    stage: Stage
    stage_step: int
    stage_steps: int
    steps_per_epoch: int
    seed: int

    @property
    def progress(self) -> float:
        """How much of the stage is done, in [0, 1)."""
        return self.stage_step / max(1, self.stage_steps)

    @property
    def stage_epoch(self) -> int:
        """Epoch since the stage began, from 0."""
        return self.stage_step // max(1, self.steps_per_epoch)


@dataclass(frozen=True, slots=True)
class OptimiserSpec:
    """One optimiser of a stage.

    Attributes:
        kind: sgd, adamw, lars (as published) or larc (clipped, trust 0.02).
        rate: Peak learning rate, the batch rule applied already.
        weight_decay: For groups that do not set their own.
        schedule: "cosine" falls to `final_rate` over the stage; "constant" stays.
        warmup_epochs: Linear climb from zero at the start of the stage.
        weight_decay_end: Cosine target of the weight decay (DINO), None keeps it.
    """

    kind: OptimiserName
    rate: float
    weight_decay: float = 0.0
    momentum: float = 0.9
    betas: tuple[float, float] = (0.9, 0.999)
    schedule: Literal["cosine", "constant"] = "cosine"
    final_rate: float = 0.0
    warmup_epochs: float = 0.0
    weight_decay_end: float | None = None
    trust: float = 0.001


@dataclass(frozen=True, slots=True)
class ParamGroup:
    """Parameters that are updated alike, by the optimiser of the given name.

    Attributes:
        parameters: (name, parameter) pairs; each trainable parameter is in exactly one group.
        weight_decay: None takes the optimiser's.
        rate_scale: Factor on the scheduled rate.
        constant_rate: Leaves warm-up and cosine out (SimSiam's predictor).
        adapt: Whether LARS/LARC scale these tensors; off for biases and normalisation.
    """

    name: str
    parameters: Sequence[tuple[str, nn.Parameter]]
    optimiser: str = "main"
    weight_decay: float | None = None
    rate_scale: float = 1.0
    constant_rate: bool = False
    adapt: bool = True


@dataclass(frozen=True, slots=True)
class StepOutput:
    """What one step of a method gives.

    Attributes:
        loss: Scalar, float32; drives the optimiser "main".
        terms: Named detached scalars for the curves.
        embedding: (B, d) detached; its spread and effective rank are the run's health.
        others: Losses of further optimisers by name. Each loss reaches only the parameters of
            its own optimiser, as an adversarial pair needs.
    """

    loss: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)
    embedding: Tensor | None = None
    others: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpochStart:
    """What `before_epoch` did.

    Attributes:
        figures: Named figures for the curves (cluster counts, stability ...).
        rebuild: Optimisers whose parameters were replaced and that must be made anew.
    """

    figures: Mapping[str, float] = field(default_factory=dict)
    rebuild: tuple[str, ...] = ()


class DatasetWork(Protocol):
    """What a method may ask for between epochs, about all N images of the run."""

    @property
    def images(self) -> int:
        """N, how many images the run trains on."""
        ...

    @property
    def seed(self) -> int:
        """Start of all random numbers of this work; another one each time."""
        ...

    @property
    def report(self) -> Report:
        """Where progress is told."""
        ...

    @property
    def cancel(self) -> Cancel:
        """To be checked at least every 100 ms of work."""
        ...

    def features(self, forward: Callable[[Tensor], Tensor]) -> Tensor:
        """Float32 (N, d) on the CPU, in the order of the run's images.

        `forward` takes normalised deterministic views (B, 3, s, s) of consecutive images. It
        runs in eval mode without gradients; the mode of every module is restored after. With
        several processes each computes its share and all get the whole.
        """
        ...


@dataclass(frozen=True, slots=True)
class Panel:
    """One row of pictures of an exhibit: float32 (B, 3, h, w) in [0, 1]."""

    name: str
    pictures: Tensor


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A picture that a method shows of its own working, on B fixed images.

    Attributes:
        kind: Stable id: "reconstruction", "puzzle", "views" ...
        panels: Rows to be shown beside each other, image by image.
        captions: One line per image ("" for none).
        note: What a reader must know to judge it honestly.
    """

    kind: str
    panels: Sequence[Panel]
    captions: Sequence[str]
    note: str = ""


@runtime_checkable
class ShowsItsWork(Protocol):
    """A method with exhibits."""

    def exhibits(self, batch: ImageBatch, draw: Draw) -> list[Exhibit]:
        """Exhibits on the given images, in eval mode without gradients."""
        ...


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """A masked picture, what was made of it, and the truth; (B, 3, s, s) in [0, 1].

    `output` keeps visible patches; `painted` is what the method makes of all of them, None where
    that is the same. `mask` is (B, rows, columns) of patches, True where hidden; `error` (B, rows,
    columns) is the loss of each patch. `true_statistics` says that the method predicts patches
    without their brightness and contrast, and that the true ones were lent to show them.
    """

    masked: Tensor
    output: Tensor
    original: Tensor
    mask: Tensor
    error: Tensor
    note: str
    painted: Tensor | None = None
    true_statistics: bool = False


@runtime_checkable
class Reconstructs(Protocol):
    """A method that can fill in hidden patches."""

    def reconstruct(
        self,
        batch: ImageBatch,
        draw: Draw,
        *,
        ratio: float | None = None,
        mask: Tensor | None = None,
    ) -> Reconstruction:
        """Fill in what `mask` hides, or a random share `ratio` (None: the trained one)."""
        ...


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
