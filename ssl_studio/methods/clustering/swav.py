"""SwAV: name each view by a few shared prototypes, and predict one view's name from the others.

Every view of an image is scored against a set of learned prototypes. The scores of a batch are
turned into soft codes that use all prototypes about equally, and the code of one view has to be
predicted from the other views of the same image. Many small crops predict the codes of the two
large ones at little cost.

Caron, Misra, Mairal, Goyal, Bojanowski, Joulin 2020, arXiv 2006.09882; `facebookresearch/swav`.

Departures: defaults are those of published small-image runs; with several processes each keeps the
whole queue and brings its share to Sinkhorn's algorithm, so that every checkpoint is complete.

Letters: B images of this process, V views, K prototypes, d width of the embedding, L length of the
queue.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ssl_studio import distributed
from ssl_studio.images.augment import ViewRecipe, multi_crop
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods import proposals
from ssl_studio.methods.base import (
    Clock,
    DataInfo,
    DatasetWork,
    EpochStart,
    Exhibit,
    Method,
    MethodSettings,
    Needs,
    OptimiserSpec,
    Paper,
    ParamGroup,
    Proposal,
    Stage,
    StepOutput,
    Views,
    register_method,
    setting,
)
from ssl_studio.methods.health import mean_cosine, relative_entropy, spread_figures
from ssl_studio.methods.settings import OptimiserName, RateRule
from ssl_studio.methods.views import SMALLEST_BLURRED_PX, training_view, views_exhibit
from ssl_studio.networks.backbone import Backbone
from ssl_studio.networks.heads import Prototypes, mlp
from ssl_studio.networks.memory import Queue
from ssl_studio.numerics.sinkhorn import sinkhorn

LARGE_CROPS = 2
FINAL_RATE = 1e-3
"""Rate at the end as a share of the peak (4.8 to 0.0048 in the authors' scripts)."""


class SwAVSettings(MethodSettings):
    """What SwAV can be told."""

    prototypes: int = setting(
        512,
        "Names that views can get. Take about ten times as many as you expect kinds of things. "
        "3,000 in the paper for 1,000 kinds; 512 in published small-image runs.",
        ge=8,
        le=100_000,
        advanced=False,
    )
    small_crops: int = setting(
        4,
        "Small crops of each picture besides the two large ones. 6 in the paper; 0 is quicker, "
        "4 learns more from each picture.",
        ge=0,
        le=12,
        advanced=False,
    )
    strength: float = setting(
        0.5,
        "How strongly colours change between views. 1 in the paper for photos, 0.5 for small "
        "pictures. Take 0.2 or less when colour itself tells your groups apart.",
        ge=0,
        le=2,
        advanced=False,
        title="Colour distortion",
    )
    flip: bool = setting(
        True,
        "Mirror half of the views. Switch off when left and right matter, as in text.",
        advanced=False,
        title="Mirror",
    )
    grey: float = setting(0.2, "Share of views without colour.", ge=0, le=1)
    blur: bool = setting(False, "Blur half of the views. On in the paper; hurts below about 64 px.")
    large_min: float = setting(
        0.2,
        "Smallest share of the picture in a large crop: 0.14 in the paper; small pictures have "
        "less to crop from.",
        gt=0,
        le=1,
    )
    small_min: float = setting(
        0.05, "Smallest share of the picture in a small crop, as in the paper.", gt=0, le=1
    )
    small_max: float = setting(
        0.3,
        "Largest share of the picture in a small crop: 0.14 in the paper; small pictures need "
        "more to show anything.",
        gt=0,
        le=1,
    )
    small_side: float = setting(
        0.5,
        "Side of a small crop as a share of the training side: 96 of 224 px in the paper; half "
        "for small pictures.",
        gt=0.1,
        le=1,
    )
    temperature: float = setting(
        0.1, "How sharply a view must predict the code of another; as in the paper.", gt=0, le=5
    )
    epsilon: float = setting(
        0.05,
        "How soft the codes are; as in the paper. Lower it to 0.03 when the loss stays at its "
        "first value.",
        ge=0.005,
        le=1,
    )
    sinkhorn_iterations: int = setting(
        3,
        "Rounds that even out the use of the prototypes: 3 in the paper, 5 for small batches.",
        ge=1,
        le=100,
    )
    hard_codes: bool = setting(
        False, "Give each view one prototype only. A remedy when the codes stay even; not default."
    )
    freeze_epochs: float = setting(
        1.0,
        "Epochs during which the prototypes do not move, so that the features settle first; one "
        "epoch in the paper.",
        ge=0,
        le=1000,
    )
    queue: int = setting(
        0,
        "Earlier embeddings that help to even out the codes of a small batch. 3,840 with the "
        "paper's batch of 256; not needed when the batch is twice the prototypes.",
        ge=0,
        le=1_000_000,
    )
    queue_from: float = setting(
        0.1,
        "Share of the training after which the queue begins: epoch 15 in the paper. Too early, "
        "and the loss jumps up.",
        ge=0,
        lt=1,
    )
    head_width: int = setting(2048, "Width inside the head, as in the paper.", ge=16, le=16384)
    head_output: int = setting(
        128, "Width of the vectors that are scored, as in the paper.", ge=8, le=4096
    )
    optimiser: OptimiserName = setting(
        "adamw",
        "AdamW, as in published small-image runs with Adam; the paper takes LARS with a batch of "
        "4,096 (rate 0.3 at 256) or 256 (0.6).",
    )
    learning_rate: float = setting(1e-3, "Step size at a batch of 256, for AdamW.", gt=0, le=100)
    rate_rule: RateRule = setting("linear", "The paper scales the rate with the batch.")
    weight_decay: float = setting(
        1e-6, "Pull of all weights towards zero, as in the paper.", ge=0, le=1
    )
    warmup_epochs: float = setting(
        5.0, "Epochs over which the rate climbs; 10 in the paper's longer runs.", ge=0, le=1000
    )


def swapped_prediction(
    scores: Sequence[Tensor], codes: Sequence[Tensor], temperature: float
) -> Tensor:
    """Cross entropy of each code with the predictions of all other views (equation 2); a scalar.

    Args:
        scores: V tensors (B, K), cosines of each view with the prototypes.
        codes: (B, K) of the first few views, rows sum to 1, without gradient.
        temperature: Of the predictions.
    """
    predictions = [F.log_softmax(s.float() / temperature, dim=1) for s in scores]
    losses = [
        -(code * prediction).sum(dim=1).mean()
        for a, code in enumerate(codes)
        for v, prediction in enumerate(predictions)
        if v != a
    ]
    return torch.stack(losses).mean()


@register_method
class SwAV(Method):
    """SwAV with multi-crop and queue (arXiv 2006.09882)."""

    id = "swav"
    title = "SwAV"
    family = "clustering"
    paper = Paper(
        "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
        "Caron, Misra, Mairal, Goyal, Bojanowski, Joulin",
        2020,
        "2006.09882",
    )
    explanation = (
        "Gives every crop of a picture a name out of a fixed list of prototypes, and asks the "
        "network to guess the name of one crop from another crop of the same picture. The names "
        "are shared out evenly, so it cannot call everything the same. In the end each prototype "
        "stands for a small group of pictures."
    )
    good_for = (
        "Groups straight from training, also from folders with many kinds of things, and with "
        "smaller batches than SimCLR. Wants some thought about the number of prototypes."
    )
    remedies = (
        "lower the softness of the codes (epsilon) to 0.03, keep the prototypes still for longer, "
        "take fewer prototypes or milder crops, or lower the learning rate."
    )
    needs = Needs(min_images=64, min_side=16)
    Settings = SwAVSettings
    settings: SwAVSettings

    def __init__(self, backbone: Backbone, settings: SwAVSettings, data: DataInfo) -> None:
        super().__init__(backbone, settings, data)
        self.head = mlp(backbone.width, settings.head_width, settings.head_output)
        self.prototypes = Prototypes(settings.head_output, settings.prototypes)
        length = settings.queue // data.global_batch * data.global_batch  # whole batches
        self.queues = nn.ModuleList(
            Queue(length, settings.head_output) for _ in range(LARGE_CROPS if length else 0)
        )
        self.counts: Tensor
        self.register_buffer("counts", torch.zeros(settings.prototypes, dtype=torch.int64))
        self.recipes = self._recipes()

    def _recipes(self) -> list[tuple[ViewRecipe, int]]:
        s = self.settings
        step = self.backbone.stride if self.backbone.family == "vit" else 2
        side = round(s.small_side * self.data.image_size / step) * step
        side = max(side, self.backbone.narrowest_px)

        def crop(size: int, low: float, high: float) -> ViewRecipe:
            return training_view(
                self.data,
                size=size,
                scale=(min(low, high), high),
                strength=s.strength,
                grey=s.grey,
                blur=0.5 if s.blur else 0.0,
                flip=s.flip,
                only_encoded=True,
            )

        large = crop(self.data.image_size, s.large_min, 1.0)
        return [(large, LARGE_CROPS), (crop(side, s.small_min, s.small_max), s.small_crops)]

    @classmethod
    def propose(cls, data: DataInfo) -> dict[str, Proposal]:
        """Prototypes, crops and queue for this folder and device."""
        cpu = data.device == "cpu"
        batch = proposals.batch_size(data, highest=256)
        length = proposals.epochs(data, batch.value)
        most = 64 if cpu else 512
        count = min(max(data.images // 50, 30), most)
        values = {
            "backbone": proposals.conv_backbone(data),
            "batch_size": batch,
            "epochs": length,
            "prototypes": Proposal(count, f"about one for every 50 images, 30 to {most}"),
            "sinkhorn_iterations": Proposal(5, "evens out the names of a small batch better"),
            "warmup_epochs": Proposal(
                min(5.0, length.value / 10), "a tenth of the epochs, at most five"
            ),
        }
        queue = min(4 * count, data.images // 4) // batch.value * batch.value
        if batch.value < 2 * count and queue:
            values["queue"] = Proposal(queue, "the batch is less than twice the prototypes")
        if cpu:
            values["rate_rule"] = Proposal("fixed", "few steps need the full rate")
            values["epsilon"] = Proposal(0.03, "few steps learn more from sharper codes")
            values["small_crops"] = Proposal(0, "two crops leave a CPU time for more steps")
            values["head_width"] = Proposal(256, "suits the narrow features of a light network")
            values["head_output"] = Proposal(64, "suits a few dozen prototypes")
        if data.image_size >= SMALLEST_BLURRED_PX:
            values["blur"] = Proposal(True, f"pictures of {data.image_size} px bear a blur")
            values["strength"] = Proposal(0.8, "between the values for small images and for photos")
        if data.greyscale:
            values["grey"] = Proposal(0.0, "the pictures are grey already")
        return values

    def main_optimiser(self) -> OptimiserSpec:
        """The rate falls to a thousandth."""
        spec = super().main_optimiser()
        return replace(spec, final_rate=spec.rate * FINAL_RATE)

    def param_groups(self, stage: Stage) -> list[ParamGroup]:
        """One group: decay and LARS act on prototypes, biases and normalisation too."""
        return [ParamGroup("all", self.trainable())]

    def before_epoch(self, clock: Clock, work: DatasetWork) -> EpochStart:
        """Tell how the last epoch's views were spread over the prototypes."""
        if clock.stage_step == 0:
            return EpochStart()
        figures = spread_figures(distributed.total(self.counts))
        figures["prototype_cosine"] = float(mean_cosine(self.prototypes.weight))
        self.counts.zero_()
        return EpochStart(figures)

    def before_step(self, clock: Clock) -> None:
        """Bring the prototypes back to unit length."""
        self.prototypes.normalise()

    def views(self, batch: ImageBatch, draw: Draw) -> Views:
        """Two large views (B, 3, s, s), then the small ones."""
        return multi_crop(batch, self.recipes, draw)

    def step(self, views: Views, index: Tensor, clock: Clock) -> StepOutput:
        """Codes of the two large views, predicted from all others."""
        embeddings = self._embed(views)
        with self.autocast_off(views[0]):
            scores = [self.prototypes(z) for z in embeddings]
            codes = [
                self._codes(a, embeddings[a].detach(), scores[a].detach(), clock)
                for a in range(LARGE_CROPS)
            ]
            loss = swapped_prediction(scores, codes, self.settings.temperature)
            terms = self._figures(loss.detach(), [s.detach() for s in scores], codes)
        return StepOutput(loss, terms, embedding=embeddings[0].detach())

    def _embed(self, views: Sequence[Tensor]) -> list[Tensor]:
        """Unit vectors (B, d) of each view."""
        # Views of one size pass the backbone together and all pass the head together, so that
        # BatchNorm sees them as in the authors' code.
        groups = [g for g in (views[:LARGE_CROPS], views[LARGE_CROPS:]) if len(g)]
        features = torch.cat([self.backbone(torch.cat(list(group))) for group in groups])
        z = self.head(features)
        with self.autocast_off(z):
            return list(F.normalize(z.float(), dim=1).chunk(len(views)))

    @torch.no_grad()
    def _codes(self, crop: int, z: Tensor, scores: Tensor, clock: Clock) -> Tensor:
        """Balanced soft codes (B, K); the queue's rows stand first and are cut off."""
        rows = scores
        if self.queues and clock.progress >= self.settings.queue_from:
            queue = self.queues[crop]
            assert isinstance(queue, Queue)
            if queue.full:
                share = queue.contents().chunk(distributed.world())[distributed.rank()]
                rows = torch.cat([self.prototypes(share), scores])
            # Pushed after use, so that no embedding is counted twice.
            queue.push(distributed.gather(z))
        s = self.settings
        codes = sinkhorn(rows, s.epsilon, s.sinkhorn_iterations, hard=s.hard_codes)
        return codes[-len(scores) :]

    def _figures(
        self, loss: Tensor, scores: Sequence[Tensor], codes: Sequence[Tensor]
    ) -> dict[str, Tensor]:
        first, second = (s.argmax(dim=1) for s in scores[:LARGE_CROPS])
        self.counts += torch.zeros_like(self.counts).scatter_add_(0, first, torch.ones_like(first))
        largest = (scores[0] / self.settings.temperature).softmax(dim=1).amax(dim=1)
        return {
            "loss_ratio": loss / math.log(scores[0].shape[1]),
            "code_entropy": relative_entropy(torch.cat(list(codes))),
            "confidence": largest.mean(),
            "view_agreement": (first == second).float().mean(),
        }

    def after_backward(self, clock: Clock) -> None:
        """Without a gradient, prototypes feel neither momentum nor decay."""
        if clock.stage_step < self.settings.freeze_epochs * clock.steps_per_epoch:
            self.prototypes.weight.grad = None

    def exhibits(self, batch: ImageBatch, draw: Draw) -> list[Exhibit]:
        """Picture, views, and the prototypes that the two large views get."""
        views = self.views(batch, draw)
        unit = F.normalize(self.prototypes.weight.float(), dim=1)
        scores = [z @ unit.T / self.settings.temperature for z in self._embed(views)]
        names = [
            "first view",
            "second view",
            *(f"small view {i}" for i in range(1, len(views) - 1)),
        ]
        named = [s.softmax(dim=1).max(dim=1) for s in scores[:LARGE_CROPS]]
        captions = [
            f"prototype {a} ({p:.0%}) and {b} ({q:.0%})"
            for p, a, q, b in zip(*(x.tolist() for pair in named for x in pair), strict=True)
        ]
        shown = dict(zip(names, views, strict=True))
        note = "Numbers of the prototypes of both large views, with their predicted probability."
        return [views_exhibit(batch, shown, captions, self.data, note)]
