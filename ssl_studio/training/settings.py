"""What a training can be told besides the method's own settings, and where it runs."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch.nn.attention import SDPBackend, sdpa_kernel

from ssl_studio.errors import SettingsError
from ssl_studio.methods.settings import setting

DeviceName = Literal["auto", "cpu", "cuda"]
Precision = Literal["fp32", "bf16", "fp16"]


class TrainSettings(BaseModel):
    """The training of one run: backbone, length, batch, device and how often it looks up."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    backbone: str = setting(
        "light", "The network that is trained and kept in the end.", advanced=False
    )
    image_size: int = setting(
        32, "Side in pixels of the pictures that the network sees.", ge=16, le=512, advanced=False
    )
    epochs: int = setting(
        100, "How many times every image is looked at.", ge=1, le=100_000, advanced=False
    )
    batch_size: int = setting(
        256, "Images per step, over all processes.", ge=2, le=65_536, advanced=False
    )
    seed: int = setting(0, "Start of all random numbers of the run.", ge=0, le=2**31 - 1)
    device: DeviceName = setting("auto", "Where to train: the GPU if there is one, or the CPU.")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = setting(
        "auto",
        "Number format of the heavy arithmetic. Automatic: bf16 where the device computes it "
        "quickly, else fp16 on GPUs and fp32 on CPUs. Losses are always fp32.",
    )
    micro_batches: int = setting(
        1,
        "Cut each batch into so many parts that are computed one after the other, to save "
        "memory. Contrastive losses then compare within a part only.",
        ge=1,
        le=1024,
    )
    checkpoint_minutes: float = setting(
        5.0, "Save the state of the run after so many minutes, besides each epoch's end.", gt=0
    )
    evaluate_every: int = setting(
        5,
        "Epochs between looks at the features (kNN, NMI where labels exist); 0 never.",
        ge=0,
    )
    exhibit_every: int = setting(
        10, "Epochs between pictures of the method's own working; 0 never.", ge=0
    )
    compile: bool = setting(
        False,
        "Compile the backbone with torch.compile: some minutes first, then often quicker on "
        "GPUs. Needs a C++ compiler.",
    )


def resolve_device(name: DeviceName) -> torch.device:
    """The device of that name. Raises SettingsError when it is not there."""
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise SettingsError(
            "This computer shows no CUDA GPU.",
            "Either there is none, or its driver does not fit this PyTorch.",
            "Choose “auto” or “cpu” as the device.",
        )
    return torch.device("cuda", torch.cuda.current_device())


def resolve_precision(name: str, device: torch.device) -> Precision:
    """The number format that "auto" means on a device."""
    if name != "auto":
        return name  # type: ignore[return-value]
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return "bf16" if _cpu_computes_bf16() else "fp32"


def _cpu_computes_bf16() -> bool:
    # Without these instructions bf16 on a CPU is emulated and slower than fp32.
    cpu = torch.cpu
    return bool(cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported())


@contextmanager
def autocast(device: torch.device, precision: Precision) -> Iterator[None]:
    """The context that the forward passes run in.

    On CPUs attention is computed as plain matrix products: torch's fused kernel is made for long
    sequences, and took 60 % of a step on the few dozen tokens of a small picture.
    """
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
    plain = sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()
    with plain, torch.autocast(device.type, dtype=dtype, enabled=precision != "fp32"):
        yield
