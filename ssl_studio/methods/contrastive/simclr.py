"""SimCLR: two random views of an image must find each other among all others of the batch.

Every image is cropped and recoloured twice. A network and a small head on top map the views to
unit vectors; the loss asks each view to pick its partner out of all views of the batch. The head
is thrown away afterwards, because what it keeps is blind to colour and scale.

Chen, Kornblith, Norouzi, Hinton 2020, arXiv 2002.05709; `google-research/simclr`.

Departures: the loss is the mean over views (the authors' code sums the means of the two halves,
twice as much); the default head, rate and temperature are those of published small-image runs with
plain SGD; blur is off below 64 px and its width follows the side of the view.

Letters: B images of this process, W processes, d width of the head's output.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ssl_studio import distributed
from ssl_studio.images.augment import make_view
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods import proposals
from ssl_studio.methods.base import (
    Clock,
    DataInfo,
    Exhibit,
    Method,
    MethodSettings,
    Needs,
    Paper,
    Proposal,
    StepOutput,
    Views,
    register_method,
    setting,
)
from ssl_studio.methods.settings import OptimiserName, RateRule
from ssl_studio.methods.views import SMALLEST_BLURRED_PX, training_view, views_exhibit
from ssl_studio.networks.backbone import Backbone
from ssl_studio.networks.heads import mlp


class SimCLRSettings(MethodSettings):
    """What SimCLR can be told."""

    temperature: float = setting(
        0.5,
        "How sharply a view must pick its partner. 0.5 suits small images and long training (the "
        "paper's CIFAR-10 value); the paper uses 0.1 for large photos.",
        gt=0,
        le=5,
        advanced=False,
    )
    strength: float = setting(
        0.5,
        "How strongly colours change between views. 0.5 is the paper's value for small images, 1 "
        "for photos. Take 0.2 or less when colour itself tells your groups apart.",
        ge=0,
        le=2,
        advanced=False,
        title="Colour distortion",
    )
    grey: float = setting(
        0.2, "Share of views without colour. 0 keeps colour in all of them.", ge=0, le=1
    )
    blur: bool = setting(
        False, "Blur half of the views. Helps with photos from about 64 px, hurts below."
    )
    crop_min: float = setting(
        0.08,
        "Smallest share of the picture that a view shows. Raise it when small parts of your "
        "pictures do not belong together.",
        gt=0,
        le=1,
        advanced=False,
        title="Smallest crop",
    )
    flip: bool = setting(
        True,
        "Mirror half of the views. Switch off when left and right matter, as in text.",
        advanced=False,
        title="Mirror",
    )
    head_width: int = setting(
        512,
        "Width inside the head. The paper takes the width of the feature: 512 for ResNet-18.",
        ge=16,
        le=16384,
    )
    head_output: int = setting(128, "Width of the vectors that are compared.", ge=8, le=8192)
    head_layers: int = setting(
        2, "Layers of the head: 2 in the paper, 3 in the authors' later code.", ge=1, le=4
    )
    decoupled: bool = setting(
        False,
        "Leave the partner out of the crowd it competes with (decoupled contrastive learning, "
        "arXiv 2110.06848). Milder with small batches; not in the paper.",
    )
    optimiser: OptimiserName = setting(
        "sgd",
        "SGD is as good as the paper's LARS up to batches of about 512. Take AdamW with a "
        "transformer, LARS with batches of thousands.",
    )
    learning_rate: float = setting(
        0.06,
        "Step size at a batch of 128 (published for small images with SGD). The paper: 0.3 at 256 "
        "with LARS.",
        gt=0,
        le=100,
    )
    rate_rule: RateRule = setting("linear", "The paper scales the rate with the batch.")
    reference_batch: int = setting(
        128, "The batch at which the learning rate is meant as written.", ge=1, le=65536
    )
    weight_decay: float = setting(
        5e-4,
        "Pull of all weights towards zero; 1e-6 with LARS in the paper, 5e-4 in small-image runs "
        "with SGD.",
        ge=0,
        le=1,
    )
    warmup_epochs: float = setting(
        0.0,
        "Epochs over which the rate climbs from zero: 10 in the paper, none in small-image runs "
        "with SGD.",
        ge=0,
        le=1000,
    )


@dataclass(frozen=True, slots=True)
class Pairs:
    """Cosines of the views of this process with those of all, and who is who.

    Attributes:
        cosine: (2B, 2WB), rows are first and second views of this process.
        own: (2B,), the column of each row itself.
        partner: (2B,), the column of the other view of the same image.
    """

    cosine: Tensor
    own: Tensor
    partner: Tensor


def pair_cosines(first: Tensor, second: Tensor) -> Pairs:
    """Compare two sets of views (B, d) with each other and with those of all processes.

    Gradients flow through both sides: without them, half of the push on each view is lost.
    """
    views = F.normalize(torch.cat([first, second]).float(), dim=1)
    rows = len(views)
    place = torch.arange(rows, device=views.device)
    start = distributed.rank() * rows
    return Pairs(
        cosine=views @ distributed.gather_with_gradient(views).T,
        own=start + place,
        partner=start + place.roll(rows // 2),
    )


def nt_xent(pairs: Pairs, temperature: float, *, decoupled: bool = False) -> Tensor:
    """The normalised temperature-scaled cross entropy, equation 1 of 2002.05709; a scalar.

    ln(2WB - 1) when all views look alike. `decoupled` takes the partner out of the denominator.
    """
    logits = (pairs.cosine / temperature).scatter(1, pairs.own[:, None], float("-inf"))
    if not decoupled:
        return F.cross_entropy(logits, pairs.partner)
    partner = pairs.partner[:, None]
    rest = logits.scatter(1, partner, float("-inf")).logsumexp(dim=1)
    return (rest - logits.gather(1, partner).squeeze(1)).mean()


def pair_figures(pairs: Pairs) -> dict[str, Tensor]:
    """How often a partner is found first, and mean cosines of partners and of all others."""
    cosine, partner = pairs.cosine.detach(), pairs.partner[:, None]
    others = cosine.scatter(1, pairs.own[:, None], -2.0)
    positive = cosine.gather(1, partner)
    rest = cosine.sum() - positive.sum() - cosine.gather(1, pairs.own[:, None]).sum()
    return {
        "inbatch_top1": (others.argmax(dim=1) == pairs.partner).float().mean(),
        "pos_sim": positive.mean(),
        "neg_sim": rest / max(1, cosine.numel() - 2 * len(cosine)),
    }


@register_method
class SimCLR(Method):
    """SimCLR (arXiv 2002.05709)."""

    id = "simclr"
    title = "SimCLR"
    family = "contrastive"
    paper = Paper(
        "A Simple Framework for Contrastive Learning of Visual Representations",
        "Chen, Kornblith, Norouzi, Hinton",
        2020,
        "2002.05709",
    )
    explanation = (
        "Shows the network two random crops of each picture, with colours shifted, and asks it to "
        "tell which two belong together among all crops of the batch. To do so it has to notice "
        "what stays the same about a thing when framing, light and colour change. Pictures with "
        "the same things end up close to each other."
    )
    good_for = (
        "The first choice for a folder of photos or small pictures: few knobs and good groups. "
        "Less suited where colour is what tells groups apart, or where most pictures are near "
        "copies of each other, such as frames of a film."
    )
    remedies = (
        "look for near copies among the images, lower the temperature, strengthen the colour "
        "distortion, or enlarge the batch."
    )
    needs = Needs(min_images=64, min_side=16)
    Settings = SimCLRSettings
    settings: SimCLRSettings

    def __init__(self, backbone: Backbone, settings: SimCLRSettings, data: DataInfo) -> None:
        super().__init__(backbone, settings, data)
        self.head = mlp(
            backbone.width,
            settings.head_width,
            settings.head_output,
            layers=settings.head_layers,
            batch_norm=True,
            last_norm=True,
        )
        self.recipe = training_view(
            data,
            scale=(settings.crop_min, 1.0),
            strength=settings.strength,
            grey=settings.grey,
            blur=0.5 if settings.blur else 0.0,
            flip=settings.flip,
            only_encoded=True,
        )

    @classmethod
    def propose(cls, data: DataInfo) -> dict[str, Proposal]:
        """Batch, length and views for this folder."""
        batch = proposals.batch_size(data)
        length = proposals.epochs(data, batch.value)
        values = {
            "backbone": proposals.conv_backbone(data),
            "batch_size": batch,
            "epochs": length,
        }
        warmup = Proposal(
            min(10.0, length.value / 10), "a tenth of the epochs, at most the paper's 10"
        )
        if data.image_size >= SMALLEST_BLURRED_PX:
            values["blur"] = Proposal(True, f"pictures of {data.image_size} px bear a blur")
            values["strength"] = Proposal(0.8, "between the values for small images and for photos")
            values["warmup_epochs"] = warmup
        if data.device == "cpu":
            values["temperature"] = Proposal(0.2, "few steps learn more when it is sharper")
            values["learning_rate"] = Proposal(0.2, "few steps need larger ones")
            values["warmup_epochs"] = warmup
        if data.greyscale:
            values["grey"] = Proposal(0.0, "the pictures are grey already")
        return values

    def views(self, batch: ImageBatch, draw: Draw) -> Views:
        """Two views (B, 3, s, s) by the same recipe, drawn independently."""
        return [make_view(batch, self.recipe, draw) for _ in range(2)]

    def step(self, views: Views, index: Tensor, clock: Clock) -> StepOutput:
        """One forward pass over both views, so that BatchNorm sees them together."""
        first, second = self._embed(torch.cat(views)).chunk(2)
        with self.autocast_off(first):
            pairs = pair_cosines(first, second)
            loss = nt_xent(pairs, self.settings.temperature, decoupled=self.settings.decoupled)
            terms = pair_figures(pairs)
        return StepOutput(loss, terms, embedding=first.detach().float())

    def _embed(self, x: Tensor) -> Tensor:
        z: Tensor = self.head(self.backbone(x))
        return z

    def exhibits(self, batch: ImageBatch, draw: Draw) -> list[Exhibit]:
        """Picture, two views, and how alike the network finds the views."""
        first, second = self.views(batch, draw)
        cosine = F.cosine_similarity(self._embed(first).float(), self._embed(second).float())
        captions = [f"likeness {value:.2f}" for value in cosine.tolist()]
        note = "Likeness is the cosine of the two views after the head, from -1 to 1."
        shown = {"first view": first, "second view": second}
        return [views_exhibit(batch, shown, captions, self.data, note)]
