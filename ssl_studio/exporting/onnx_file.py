"""The encoder as ONNX, and the proof that it computes the same."""

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ssl_studio.errors import ExportError
from ssl_studio.networks.backbone import Backbone

OPSET = 18
_BATCHES = (1, 5)
# A protobuf message holds at most 2 GiB; larger weights go into a file of their own.
_MOST_INSIDE = 1_900_000_000


@dataclass(frozen=True, slots=True)
class OnnxCheck:
    """How ONNX compares with torch.

    Attributes:
        difference: Largest absolute difference of any output, over batches of 1 and 5.
        largest: Largest absolute output of torch, to read the difference against.
        allowed: What the difference had to stay under.
    """

    difference: float
    largest: float
    allowed: float
    input: str = "images"
    output: str = "features"
    opset: int = OPSET


def write_onnx(
    path: Path, model: nn.Module, backbone: Backbone, side: int, tolerance: float
) -> OnnxCheck:
    """Export for pictures of `side` px with a dynamic batch axis; compare with torch (onnxruntime).

    Raises ExportError when the export fails or the outputs differ by more than `tolerance`
    times the largest output (at least 1).
    """
    shape = (2, backbone.spec.channels, side, side)
    try:
        _export(path, model.eval(), torch.zeros(shape), backbone.parameter_count() * 4)
    except Exception as error:  # the exporter raises whatever its many parts raise
        raise ExportError(
            f"The backbone {backbone.name} could not be turned into ONNX.",
            str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__,
            "Export without ONNX; the weights and their card do not depend on it.",
        ) from error
    check = compare(path, model, backbone, side, tolerance)
    if not check.difference <= check.allowed:
        raise ExportError(
            f"The ONNX file of {backbone.name} does not compute what the encoder does.",
            f"Outputs differ by up to {check.difference:.3g}; {check.allowed:.3g} is allowed.",
            "Export without ONNX.",
        )
    return check


def compare(
    path: Path, model: nn.Module, backbone: Backbone, side: int, tolerance: float
) -> OnnxCheck:
    """Run both on the same random images, batches of 1 and of 5."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    channels = backbone.spec.channels
    difference, largest = 0.0, 0.0
    for batch in _BATCHES:
        images = torch.randn(batch, channels, side, side, generator=generator)
        with torch.inference_mode():
            expected = model(images).numpy()
        (found,) = session.run(["features"], {"images": images.numpy()})
        if found.shape != expected.shape:
            raise ExportError(
                f"The ONNX file of {backbone.name} gives {found.shape} for {batch} images.",
                f"The encoder gives {expected.shape}.",
                "Export without ONNX.",
            )
        difference = float(np.maximum(difference, np.abs(found - expected).max()))
        largest = max(largest, float(np.abs(expected).max()))
    return OnnxCheck(difference, largest, tolerance * max(1.0, largest))


def _export(path: Path, model: nn.Module, example: torch.Tensor, weight_bytes: int) -> None:
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    with warnings.catch_warnings():
        # The exporter warns about its own parts' deprecations, which no user can mend.
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            # Traced strictly: len(tensor) stays symbolic, and a batch axis that got fixed raises
            # instead of being exported.
            program = torch.export.export(
                model,
                (example,),
                dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
                strict=True,
            )
            torch.onnx.export(
                program,
                f=str(path),
                input_names=["images"],
                output_names=["features"],
                opset_version=OPSET,
                dynamo=True,
                external_data=weight_bytes > _MOST_INSIDE,
                verbose=False,
            )
        finally:
            logger.setLevel(level)
