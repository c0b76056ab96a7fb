"""What passes between a method and those who train, store and show it.

Letters: B pictures of a micro-batch in this process, N images of the run, D width of the
backbone's feature, s side of a view in pixels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypedDict, runtime_checkable

from torch import Tensor, nn

from ssl_studio.events import Cancel, Report
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods.settings import OptimiserName
from ssl_studio.networks.backbone import Positions, Stem

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
