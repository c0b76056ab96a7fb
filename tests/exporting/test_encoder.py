import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ssl_studio.errors import ExportError
from ssl_studio.exporting import onnx_file
from ssl_studio.exporting.encoder import CardInfo, export_encoder
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.images.batch import ImageBatch
from ssl_studio.networks.backbone import BackboneSpec, create_backbone
from ssl_studio.networks.vit import VitBackbone, VitSize
from ssl_studio.training.extraction import evaluating
from tests.pictures import draw_folder

INFO = CardInfo(
    "Run one", (0.4, 0.5, 0.6), (0.2, 0.25, 0.3), "SimCLR", "arXiv 2002.05709", {"epoch": 15}
)

# Everything but the standard library, torch, torchvision and what those two need is out of reach.
FENCE = """
import sys
import importlib.metadata as metadata
import re

def plain(name):
    return re.sub("[-_.]+", "-", name).lower()

def closure(name, seen):
    for line in metadata.requires(name) or []:
        found = plain(re.match(r"[A-Za-z0-9._-]+", line)[0])
        if "extra ==" not in line and found not in seen:
            seen.add(found)
            try:
                closure(found, seen)
            except metadata.PackageNotFoundError:
                pass
    return seen

needed = {"torch", "torchvision"} | closure("torch", set()) | closure("torchvision", set())
blocked = {"ssl_studio"}
for package, distributions in metadata.packages_distributions().items():
    if not any(plain(name) in needed for name in distributions):
        blocked.add(package)

def fenced(finder):
    class Fence:
        @staticmethod
        def find_spec(name, path=None, target=None):
            top = name.partition(".")[0]
            return None if top in blocked else finder.find_spec(name, path, target)

        def __getattr__(self, name):
            return getattr(finder, name)

    return Fence()

sys.meta_path[:] = [fenced(finder) for finder in sys.meta_path]
for forbidden in ("ssl_studio", "safetensors", "onnxruntime"):
    try:
        __import__(forbidden)
    except ImportError:
        continue
    raise SystemExit(f"{forbidden} can be imported")
"""


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def light(**options):
    encoder = create_backbone("light", 32, seed=0, **options)
    generator = torch.Generator().manual_seed(0)
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1, generator=generator)
    return encoder


def tiny_vit():
    spec = BackboneSpec("vit_micro", 32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return VitBackbone(spec, VitSize(width=16, blocks=2, heads=2))


@pytest.fixture(scope="module")
def cards(tmp_path_factory) -> dict[str, tuple[np.ndarray, np.ndarray, Path]]:
    """What the cards of two encoders compute in one fresh Python with torch and torchvision alone.

    Both start from the same words, so one start of Python and torch serves them: each card runs
    in its own folder and its own names.
    """
    home = tmp_path_factory.mktemp("cards")
    (picture,) = draw_folder(home, per_class=1, groups=("circles",), suffix=".png")
    script = [FENCE, "import json, os, torch"]
    for name, (encoder, layer) in CARDS.items():
        folder = home / name
        export_encoder(folder, encoder(), INFO, layer=layer, onnx=False)
        code = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.S)
        assert code
        script.append(
            f"os.chdir({str(folder)!r})\n"
            "names = {}\n"
            f"exec({code[1]!r}, names)\n"
            "images = torch.linspace(-2, 2, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)\n"
            "with torch.inference_mode():\n"
            "    print(json.dumps(names['encoder'](images).tolist()))\n"
            f"print(json.dumps(names['features']([{str(picture)!r}]).tolist()))\n"
        )
    (home / "fresh.py").write_text("\n".join(script))
    done = subprocess.run(
        [sys.executable, "-I", str(home / "fresh.py")],
        cwd=home,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [np.array(json.loads(line)) for line in done.stdout.splitlines()]
    return {
        name: (lines[2 * number], lines[2 * number + 1], picture)
        for number, name in enumerate(CARDS)
    }


CARDS = {"conv": (lambda: light(sobel=True), None), "vit": (lambda: tiny_vit(), "block1")}


@pytest.mark.parametrize("name", list(CARDS))
def test_the_card_loads_the_encoder_with_torch_and_torchvision_alone(cards, name):
    make, layer = CARDS[name]
    encoder = make()
    found, of_file, picture = cards[name]
    images = torch.linspace(-2, 2, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)
    with evaluating(encoder):
        expected = encoder.pooled(images, layer or encoder.default_layer)
        from_file = encoder.pooled(own_view(picture), layer or encoder.default_layer)
    assert np.allclose(found, expected, atol=1e-6)
    assert np.allclose(of_file, from_file, atol=1e-4)


def own_view(picture: Path) -> torch.Tensor:
    """The picture as features are computed from it in this program."""
    from PIL import Image

    pixels = torch.from_numpy(np.asarray(Image.open(picture)).transpose(2, 0, 1).copy())[None]
    batch = ImageBatch(pixels, torch.ones(1), torch.zeros(1, dtype=torch.int64))
    return normalise(eval_view(batch, 32), INFO.mean, INFO.std)


@pytest.mark.parametrize(("make", "layer"), [(light, None), (tiny_vit, None)], ids=["conv", "vit"])
def test_onnx_computes_the_same_for_any_batch(tmp_path, make, layer):
    import onnxruntime

    encoder = make()
    exported = export_encoder(tmp_path / "encoder", encoder, INFO, layer=layer)
    assert exported.onnx_difference is not None
    assert exported.onnx_difference < 1e-5
    session = onnxruntime.InferenceSession(tmp_path / "encoder" / "encoder.onnx")
    for batch in (1, 3, 5):
        images = torch.rand(batch, 3, 32, 32, generator=torch.Generator().manual_seed(batch))
        with evaluating(encoder):
            expected = encoder(images).numpy()
        (found,) = session.run(None, {"images": images.numpy()})
        assert np.abs(found - expected).max() < 1e-5
    description = json.loads((tmp_path / "encoder" / "encoder.json").read_text())
    assert description["onnx"]["difference"] == exported.onnx_difference
    assert f"{exported.onnx_difference:.3g}" in (tmp_path / "encoder" / "README.md").read_text()


def test_the_description_tells_architecture_preprocessing_and_origin(tmp_path):
    export_encoder(tmp_path, create_backbone("light", 96, seed=0), INFO, onnx=False)
    told = json.loads((tmp_path / "encoder.json").read_text())
    assert told["architecture"]["name"] == "light"
    assert told["architecture"]["features"] == 256
    assert told["preprocessing"]["resize_short_side"] == 110
    assert told["preprocessing"]["mean"] == [0.4, 0.5, 0.6]
    assert told["provenance"] == {"epoch": 15}


def test_weights_carry_torchvisions_names(tmp_path):
    import torchvision
    from safetensors.torch import load_file

    export_encoder(
        tmp_path, create_backbone("resnet18", 224, stem="full", seed=0), INFO, onnx=False
    )
    net = torchvision.models.resnet18()
    net.fc = torch.nn.Identity()
    net.load_state_dict(load_file(tmp_path / "encoder.safetensors"), strict=True)


def test_an_onnx_file_that_computes_something_else_is_refused(tmp_path, monkeypatch):
    class Other(torch.nn.Module):
        def forward(self, images):
            return images.mean(dim=(2, 3)).repeat(1, 86)[:, :256]

    export = onnx_file._export

    def other(path, model, example, weight_bytes):
        export(path, Other(), example, weight_bytes)

    monkeypatch.setattr(onnx_file, "_export", other)
    with pytest.raises(ExportError, match="does not compute"):
        export_encoder(tmp_path / "encoder", light(), INFO)
    assert os.listdir(tmp_path) == []


def test_a_failed_onnx_export_is_told_in_words_and_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_args):
        raise RuntimeError("no such operator\nand a long story")

    monkeypatch.setattr(onnx_file, "_export", fail)
    with pytest.raises(ExportError, match="no such operator Export without ONNX"):
        export_encoder(tmp_path / "encoder", light(), INFO)
    assert os.listdir(tmp_path) == []


def test_an_encoder_is_overwritten_only_when_asked(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    export_encoder(tmp_path, light(), INFO, onnx=False)
    with pytest.raises(ExportError, match="there already"):
        export_encoder(tmp_path, light(), INFO, onnx=False)
    export_encoder(tmp_path, light(), INFO, onnx=False, overwrite=True)
    assert sorted(os.listdir(tmp_path)) == [
        "README.md",
        "encoder.json",
        "encoder.safetensors",
        "notes.txt",
    ]


def test_a_disk_that_takes_no_more_is_told_in_words_and_leaves_nothing(tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(ExportError, match="could not be written"):
            export_encoder(tmp_path / "e", create_backbone("light", 32, seed=0), INFO, onnx=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
