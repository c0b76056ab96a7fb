"""The model card: what the encoder is, where it comes from, and how to load it."""

from collections.abc import Mapping

from ssl_studio.networks.backbone import Backbone

_READ = """\
import json
from pathlib import Path

FOLDER = Path(".")  # where encoder.safetensors lies


def read_weights(path):
    data = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    kinds = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16,
             "BF16": torch.bfloat16, "I64": torch.int64, "BOOL": torch.bool}
    weights = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            flat = torch.frombuffer(data[start + first : start + end], dtype=kinds[entry["dtype"]])
            weights[name] = flat.reshape(entry["shape"])
    return weights
"""

_USE = """\
net.load_state_dict(read_weights(FOLDER / "encoder.safetensors"))

from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

preprocess = v2.Compose([
    v2.Resize({short_side}, antialias=True),
    v2.CenterCrop({size}),
    v2.ToDtype(torch.float32, scale=True),
    v2.Normalize({mean}, {std}),
])


def features(paths):
    pictures = [decode_image(str(p), ImageReadMode.RGB, apply_exif_orientation=True) for p in paths]
    with torch.inference_mode():
        return encoder(torch.stack([preprocess(p) for p in pictures]))
"""


def snippet(backbone: Backbone, layer: str, preparation: Mapping[str, object]) -> str:
    """Python that loads the encoder with torch and torchvision alone.

    Run beside the exported files it leaves `encoder`, `preprocess` and `features(paths)`.
    """
    use = _USE.format(
        short_side=preparation["resize_short_side"],
        size=preparation["centre_crop"],
        mean=preparation["mean"],
        std=preparation["std"],
    )
    return f"{backbone.build_snippet(layer)}\n{_READ}\n\n{use}"


def model_card(backbone: Backbone, description: Mapping[str, object]) -> str:
    """The card as Markdown, out of the description that the JSON file holds."""
    architecture = _table(description["architecture"])
    preparation = _table(description["preprocessing"])
    code = snippet(backbone, str(architecture["layer"]), preparation)
    paper = f" ({description['paper']})" if description["paper"] else ""
    origin = (
        f"trained without labels by {description['method']}{paper}"
        if description["method"]
        else "with the weights it was initialised with: it was not trained"
    )
    parts = [
        f"# {description['title']}",
        f"A {backbone.name} for {backbone.image_size} px images, {origin}. "
        f"It turns an image into {architecture['features']} numbers (layer "
        f"`{architecture['layer']}`); similar images get similar numbers.",
        "## Load it",
        "Needs torch and torchvision, nothing else. Run it in this folder, or set `FOLDER`.",
        f"```python\n{code}```",
        "`encoder(images)` takes (B, 3, S, S) images that went through `preprocess` and gives "
        "(B, D) features. Compare features by the cosine.",
        _onnx_section(description),
        "## Architecture",
        _listing(architecture),
        "## Preprocessing",
        _listing(preparation),
        "## Where it comes from",
        _listing(_table(description["provenance"])) or "Not recorded.",
        f"Written by {description['written_by']}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _onnx_section(description: Mapping[str, object]) -> str:
    if description["onnx"] is None:
        return ""
    check = _table(description["onnx"])
    return (
        "## ONNX\n\n"
        f"`{check['file']}` computes the same: input `{check['input']}`, float32 (B, 3, S, S) "
        f"preprocessed as above, B free; output `{check['output']}`. Its largest difference from "
        f"torch was {check['difference']:.3g} where outputs reached {check['largest']:.3g} "
        "(onnxruntime on the CPU, batches of 1 and 5, when it was written)."
    )


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value


def _listing(table: Mapping[str, object]) -> str:
    return "\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in table.items())
