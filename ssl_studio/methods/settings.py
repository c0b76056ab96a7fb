"""How a method's settings are declared: once, with default, bounds and help.

The form of the window, the options of the command line, the stored JSON and the table in the
docs all come from these declarations.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

OptimiserName = Literal["sgd", "adamw", "lars", "larc"]
RateRule = Literal["linear", "sqrt", "fixed"]


def setting(
    default: T,
    help: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    advanced: bool = True,
    title: str | None = None,
) -> T:
    """One declared setting. `help` is what an analyst reads beside the field.

    Args:
        default: The published value, or the value for small data with the reason in `help`.
        help: One or two plain sentences.
        ge, gt, le, lt: Bounds.
        advanced: Whether the simple form leaves it out.
        title: The words in front of the field; made from the name when None.
    """
    field: T = Field(
        default,
        description=help,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        title=title,
        json_schema_extra={"advanced": advanced},
    )
    return field


class MethodSettings(BaseModel):
    """What every method can be told. Methods redeclare a field to give it another default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    optimiser: OptimiserName = setting(
        "sgd",
        "How weights are updated: SGD with momentum, AdamW (for transformers), or layer-wise "
        "scaled SGD for large batches: LARS as published, LARC with its clipped rate.",
    )
    learning_rate: float = setting(
        0.06, "Step size at the reference batch, before the rate rule.", gt=0, le=100
    )
    rate_rule: RateRule = setting(
        "linear",
        "How the learning rate grows with the batch: in proportion (linear), with its square "
        "root, or not at all (fixed).",
    )
    reference_batch: int = setting(
        256, "The batch at which the learning rate is meant as written.", ge=1, le=65536
    )
    weight_decay: float = setting(5e-4, "Pull of all weights towards zero.", ge=0, le=1)
    momentum: float = setting(0.9, "Momentum of SGD, LARS and LARC.", ge=0, lt=1)
    warmup_epochs: float = setting(
        0.0, "Epochs over which the learning rate climbs from zero.", ge=0, le=1000
    )
    clip: float = setting(
        0.0, "Largest global gradient norm; 0 leaves gradients as they are.", ge=0, le=1e6
    )


@dataclass(frozen=True, slots=True)
class DataInfo:
    """What a method may know about the images before it is built.

    Attributes:
        images: How many images the run trains on.
        image_size: Training side in pixels.
        mean, std: Per channel, of pixels in [0, 1].
        global_batch: Images per optimiser step over all processes.
        frames: Images per item when the folder holds ordered frames, else 1.
        greyscale: Whether (nearly) all images are without colour.
        device: "cpu" or "cuda": some defaults are lighter on a CPU.
    """

    images: int
    image_size: int
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    global_batch: int = 256
    frames: int = 1
    greyscale: bool = False
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that suits this folder and device, and the reason in one line."""

    value: Any
    why: str
