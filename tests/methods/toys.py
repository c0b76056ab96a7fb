"""Small batches, clocks and work for the tests of methods."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ssl_studio.events import Cancel, Event, Report
from ssl_studio.images.augment import eval_view, normalise
from ssl_studio.images.batch import Draw, ImageBatch, mix_seed
from ssl_studio.methods.base import Clock, DataInfo, Method, Stage, StepOutput, get_method
from ssl_studio.networks.backbone import create_backbone

SIDE = 32


def data_info(images: int = 64, batch: int = 16, side: int = SIDE, **values) -> DataInfo:
    return DataInfo(
        images=images,
        image_size=side,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        global_batch=batch,
        **values,
    )


def pictures(rows: int = 16, side: int = SIDE, seed: int = 0) -> ImageBatch:
    """Smooth random pictures, each unlike the others."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(rows, 3, 5, 5, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear")
    return ImageBatch((smooth * 255).to(torch.uint8), torch.ones(rows), torch.arange(rows))


def clock(step: int = 0, *, steps_per_epoch: int = 4, epochs: int = 10, seed: int = 0) -> Clock:
    return Clock(
        step=step,
        epoch=step // steps_per_epoch,
        stage=Stage("training", epochs),
        stage_step=step,
        stage_steps=steps_per_epoch * epochs,
        steps_per_epoch=steps_per_epoch,
        seed=mix_seed(seed, step),
    )


@dataclass
class ToyWork:
    """DatasetWork over one batch of pictures."""

    batch: ImageBatch
    method: Method
    seed: int = 0
    events: list[Event] = field(default_factory=list)
    cancel: Cancel = field(default_factory=Cancel)

    @property
    def images(self) -> int:
        return len(self.batch)

    @property
    def report(self) -> Report:
        return self.events.append

    def features(self, forward: Callable[[Tensor], Tensor]) -> Tensor:
        data = self.method.data
        self.method.eval()
        with torch.no_grad():
            rows = forward(normalise(eval_view(self.batch, data.image_size), data.mean, data.std))
        self.method.train()
        return rows.float()


QUICK = {
    "simclr": {"head_width": 32, "head_output": 16},
    "deepcluster": {"groups": 8, "pca": 8, "steps_per_round": 4},
    "swav": {
        "prototypes": 12,
        "head_width": 32,
        "head_output": 16,
        "small_crops": 2,
        "freeze_epochs": 0,
        "learning_rate": 1e-2,
        "warmup_epochs": 0,
    },
    "mae": {"decoder_width": 16, "decoder_blocks": 1, "decoder_heads": 2, "warmup_epochs": 0},
    "jigsaw": {"permutations": "greedy", "count": 6, "tile_width": 16, "head_width": 32},
}
"""Settings that make a method of the registry small; methods without an entry run as they are."""


def build(
    method_id: str,
    data: DataInfo | None = None,
    *,
    seed: int = 0,
    backbone: str | None = None,
    **settings,
) -> Method:
    """A small method with weights that depend on the seed alone."""
    cls = get_method(method_id)
    data = data or data_info()
    parsed = cls.Settings(**{**QUICK.get(method_id, {}), **settings})
    name = backbone or ("light" if "conv" in cls.needs.backbones else "vit_micro")
    options = cls.backbone_options(parsed, data.image_size)
    if name == "vit_micro":
        options = {"patch_size": 8, **options}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cls(create_backbone(name, data.image_size, seed=seed, **options), parsed, data)


def begin(method: Method, batch: ImageBatch) -> ToyWork:
    """What the trainer does before the first step."""
    work = ToyWork(batch, method)
    stage = method.stages(10)[0]
    method.enter_stage(stage)
    method.begin_stage(stage, work)
    method.before_epoch(clock(), work)
    return work


def one_step(method: Method, batch: ImageBatch, at: Clock, *, views=None) -> StepOutput:
    """Views, forward and backward of one step, as the trainer does them."""
    torch.manual_seed(at.seed)
    method.before_step(at)
    if views is None:
        with torch.no_grad():
            views = method.views(batch, Draw(at.seed, len(batch)))
    output = method.step(views, batch.index, at)
    return output
