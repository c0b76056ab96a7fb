"""An encoder as files that other programs load: weights, a description, a card, and ONNX."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

import ssl_studio
from ssl_studio.exporting.card import model_card
from ssl_studio.exporting.files import new_files, refuse_existing
from ssl_studio.exporting.onnx_file import OnnxCheck, write_onnx
from ssl_studio.images.geometry import EVAL_MARGIN, SMALLEST_MARGIN_SIZE_PX
from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import evaluating

WEIGHTS = "encoder.safetensors"
DESCRIPTION = "encoder.json"
CARD = "README.md"
ONNX = "encoder.onnx"
ONNX_WEIGHTS = "encoder.onnx.data"
_NAMES = (WEIGHTS, DESCRIPTION, CARD, ONNX, ONNX_WEIGHTS)


@dataclass(frozen=True, slots=True)
class CardInfo:
    """What the files say about the encoder besides its architecture.

    Attributes:
        title: Headline of the card, the name of the run.
        mean, std: Of the normalisation, for pixels in [0, 1].
        method, paper: Title of the method and its reference, "" for an untrained network.
        size: Side in pixels of the input; None for the size that the backbone was built for.
        provenance: Anything that tells where it comes from, JSON values: run, epoch, step,
            settings, count and fingerprint of the images, seed, versions.
    """

    title: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    method: str = ""
    paper: str = ""
    provenance: Mapping[str, object] = field(default_factory=dict)
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ExportedEncoder:
    """What was written.

    Attributes:
        files: Paths, the weights first.
        onnx: How far ONNX is from torch; None when it was not asked for.
    """

    folder: Path
    files: tuple[Path, ...]
    onnx: OnnxCheck | None

    @property
    def onnx_difference(self) -> float | None:
        """Largest absolute difference between the outputs of ONNX and torch."""
        return None if self.onnx is None else self.onnx.difference


class Feature(nn.Module):
    """The encoder as one function: (B, C, S, S) normalised images to (B, D) of one layer."""

    def __init__(self, backbone: Backbone, layer: str) -> None:
        super().__init__()
        self.backbone = backbone
        self.layer = layer

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features of the layer."""
        return self.backbone.pooled(images, self.layer)


def export_encoder(
    folder: Path,
    backbone: Backbone,
    info: CardInfo,
    *,
    layer: str | None = None,
    onnx: bool = True,
    tolerance: float = 1e-4,
    overwrite: bool = False,
) -> ExportedEncoder:
    """Write the encoder into `folder`: all files or none.

    Weights carry torchvision's names. With `onnx` the ONNX file is run against torch on batches
    of 1 and 5; a difference above `tolerance` times the largest output raises ExportError, and
    the measured one stands in the description and on the card. Other files in the folder stay.
    """
    layer = layer or backbone.default_layer
    refuse_existing([folder / name for name in _NAMES], overwrite=overwrite)
    backbone = backbone.to("cpu")
    check = None
    with new_files(folder, _NAMES, overwrite=overwrite) as scratch, evaluating(backbone):
        state = {name: value.contiguous() for name, value in backbone.encoder_state().items()}
        # Not `save_file`, whose own kind of error hides that a disk is full.
        (scratch / WEIGHTS).write_bytes(save(state, metadata={"format": "pt"}))
        if onnx:
            side = info.size or backbone.image_size
            model = Feature(backbone, layer)
            check = write_onnx(scratch / ONNX, model, backbone, side, tolerance)
        description = describe(backbone, layer, info, scratch / WEIGHTS, check)
        text = json.dumps(description, indent=2, ensure_ascii=False)
        (scratch / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        (scratch / CARD).write_text(model_card(backbone, description), encoding="utf-8")
    files = tuple(folder / name for name in _NAMES if (folder / name).exists())
    return ExportedEncoder(folder, files, check)


def describe(
    backbone: Backbone,
    layer: str,
    info: CardInfo,
    weights: Path,
    check: OnnxCheck | None,
) -> dict[str, object]:
    """The content of the JSON file."""
    return {
        "format": "ssl-studio encoder",
        "version": 1,
        "title": info.title,
        "method": info.method,
        "paper": info.paper,
        "architecture": {
            **asdict(backbone.spec),
            "family": backbone.family,
            "layer": layer,
            "features": _width(backbone, layer),
            "parameters": backbone.parameter_count(),
        },
        "preprocessing": preprocessing(info.size or backbone.image_size, info),
        "weights": {"file": WEIGHTS, "sha256": _sha256(weights), "names": "torchvision"},
        "onnx": None if check is None else {"file": ONNX, **asdict(check)},
        "provenance": dict(info.provenance),
        "written_by": f"SSL Studio {ssl_studio.__version__}",
    }


def preprocessing(size: int, info: CardInfo) -> dict[str, object]:
    """How a picture becomes the network's input."""
    short_side = round(size / EVAL_MARGIN) if size >= SMALLEST_MARGIN_SIZE_PX else size
    return {
        "colour": "RGB",
        "resize_short_side": short_side,
        "interpolation": "bilinear, antialiased",
        "centre_crop": size,
        "scale": "pixels divided by 255",
        "mean": list(info.mean),
        "std": list(info.std),
    }


def _width(backbone: Backbone, layer: str) -> int:
    side = backbone.image_size
    return int(backbone.pooled(torch.zeros(1, backbone.spec.channels, side, side), layer).shape[1])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
