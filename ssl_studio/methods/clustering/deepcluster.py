"""DeepCluster: group the features of all images, learn the groups as if they were labels, repeat.

Even a network with random weights groups images better than chance. So each round clusters the
features of the whole folder and trains the network for a while as an ordinary classifier of the
cluster numbers. Every round starts with a new last layer, because cluster numbers mean nothing
from one round to the next.

Caron, Bojanowski, Joulin, Douze 2018, arXiv 1807.05520; `facebookresearch/deepcluster`.

Departures: images are drawn evenly from the clusters by their own position, as the paper says (the
authors' code draws from another list and ends up with the raw cluster sizes); a round makes at
least 200 steps, or the new layer learns nothing in a small folder; views change colour too, for
the same reason; the kernel of power iteration clustering follows the distances of the round.

Letters: N images, B of a batch, D width of the feature, K cluster slots.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ssl_studio import distributed
from ssl_studio.events import Note, Progress
from ssl_studio.images.augment import make_view
from ssl_studio.images.batch import Draw, ImageBatch, mix_seed
from ssl_studio.methods import proposals
from ssl_studio.methods.base import (
    BackboneOptions,
    Clock,
    DataInfo,
    DatasetWork,
    EpochStart,
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
from ssl_studio.methods.clustering.even_draws import balanced_order
from ssl_studio.methods.health import centred, spread_figures
from ssl_studio.methods.settings import OptimiserName, RateRule
from ssl_studio.methods.views import training_view
from ssl_studio.networks.backbone import Backbone
from ssl_studio.numerics.kmeans import KMeans, kmeans
from ssl_studio.numerics.power_iteration import pic
from ssl_studio.numerics.scores import ami, churn, nmi
from ssl_studio.numerics.whitening import pca_whiten

HISTORY_ROUNDS = 10
"""Rounds whose labels are kept: as many as the stability of an image looks at."""
CEILING_EVERY = 10
"""Rounds between comparisons of two clusterings of the same features."""
HEAD_STD = 0.01
UNLABELLED = -1
_CLUSTER_SEED, _HEAD_SEED, _CEILING_SEED = 1, 2, 3


class DeepClusterSettings(MethodSettings):
    """What DeepCluster can be told."""

    algorithm: Literal["kmeans", "pic"] = setting(
        "kmeans",
        "How features are grouped: k-means with a number of clusters you choose, or power "
        "iteration clustering (pic), which finds the number itself.",
        title="Grouping",
        advanced=False,
    )
    groups: int = setting(
        100,
        "Groups that k-means makes. Take about ten times as many as you expect kinds of things; "
        "the paper takes 10,000 for a million photos of 1,000 kinds.",
        ge=2,
        le=100_000,
        advanced=False,
    )
    pca: int = setting(
        64,
        "Numbers that a feature is reduced to before grouping. The paper keeps 256 of 4096; of "
        "the few hundred of a small network, 32 to 64 group better.",
        ge=2,
        le=4096,
        title="PCA dimensions",
    )
    kmeans_iterations: int = setting(
        20, "Iterations of k-means, as in the paper's code.", ge=1, le=1000
    )
    pic_sigma: float = setting(
        0.0,
        "Width of the kernel of power iteration clustering. 0 takes it from the distances of each "
        "round; the paper's 0.2 makes nearly every image of a small folder its own group.",
        ge=0,
        le=100,
    )
    pic_alpha: float = setting(
        0.001, "Share of the graph in each power iteration, as in the paper's code.", gt=0, lt=1
    )
    pic_neighbours: int = setting(
        5, "Neighbours of each image in the graph, as in the paper's code.", ge=1, le=100
    )
    steps_per_round: int = setting(
        200,
        "Fewest training steps between groupings; the images are gone through several times where "
        "one pass is shorter. The paper makes one pass, thousands of steps.",
        ge=1,
        le=100_000,
    )
    sobel: bool = setting(
        False,
        "Show the network edges in place of colours, so that it cannot group by colour alone. On "
        "in the paper; better off with a ResNet and with grey or medical pictures.",
        advanced=False,
        title="Edges only",
    )
    crop_min: float = setting(
        0.2,
        "Smallest share of the picture that a view shows. 0.08 in the paper; small pictures have "
        "less to crop from.",
        gt=0,
        le=1,
        title="Smallest crop",
    )
    strength: float = setting(
        0.5,
        "How strongly colours change in training views. 0 in the paper, which uses edges; with "
        "crops alone small folders learn nothing beyond a random network.",
        ge=0,
        le=2,
        advanced=False,
        title="Colour distortion",
    )
    grey: float = setting(
        0.2, "Share of views without colour; 0 in the paper, too easy on small images.", ge=0, le=1
    )
    flip: bool = setting(True, "Mirror half of the views. Switch off when left and right matter.")
    head_rate: float = setting(
        0.05,
        "Step size of the last layer, which is new in each round and has no momentum.",
        gt=0,
        le=10,
    )
    optimiser: OptimiserName = setting("sgd", "SGD, as in the paper.")
    learning_rate: float = setting(
        0.05, "Step size, as in the paper; it stays constant.", gt=0, le=10
    )
    rate_rule: RateRule = setting("fixed", "The paper's rate is for its batch of 256.")
    weight_decay: float = setting(
        5e-4,
        "Pull of all weights towards zero. 1e-5 in the paper; small folders need more.",
        ge=0,
        le=1,
    )


def new_head(width: int, slots: int, seed: int, like: Tensor) -> nn.Linear:
    """A last layer (D to K), weights N(0, 0.01) and biases 0, on the device of `like`."""
    head = nn.Linear(width, slots, device="meta").to_empty(device="cpu")
    generator = torch.Generator().manual_seed(seed)
    nn.init.normal_(head.weight, std=HEAD_STD, generator=generator)
    nn.init.zeros_(head.bias)
    return head.to(like.device)


@register_method
class DeepCluster(Method):
    """DeepCluster (arXiv 1807.05520), with k-means or power iteration clustering."""

    id = "deepcluster"
    title = "DeepCluster"
    family = "clustering"
    paper = Paper(
        "Deep Clustering for Unsupervised Learning of Visual Features",
        "Caron, Bojanowski, Joulin, Douze",
        2018,
        "1807.05520",
    )
    explanation = (
        "Groups all pictures by what the network sees in them, then trains the network to tell "
        "these groups apart, and groups again with the better eyes it got. Over the rounds the "
        "groups settle. You can watch how much they still change and how even they are."
    )
    good_for = (
        "Folders whose pictures fall into many groups of similar size. Sensitive to the number of "
        "groups; grouping by colour alone is its usual mistake."
    )
    remedies = (
        "choose fewer clusters, switch on “Edges only” if groups follow colour, strengthen the "
        "colour distortion, or lower the learning rate."
    )
    needs = Needs(min_images=64, min_side=16, backbones=("conv",))
    Settings = DeepClusterSettings
    settings: DeepClusterSettings

    def __init__(self, backbone: Backbone, settings: DeepClusterSettings, data: DataInfo) -> None:
        super().__init__(backbone, settings, data)
        slots = self._slots()
        self.head = new_head(backbone.width, slots, 0, torch.empty(0))
        self.labels: Tensor
        self.label_history: Tensor
        self.rounds: Tensor
        self.register_buffer("labels", torch.full((data.images,), UNLABELLED))
        self.register_buffer(
            "label_history",
            torch.full((HISTORY_ROUNDS, data.images), UNLABELLED, dtype=torch.int32),
        )
        self.register_buffer("rounds", torch.zeros((), dtype=torch.int64))
        self.recipe = training_view(
            data,
            scale=(settings.crop_min, 1.0),
            strength=settings.strength,
            grey=settings.grey,
            flip=settings.flip,
        )

    @classmethod
    def propose(cls, data: DataInfo) -> dict[str, Proposal]:
        """Clusters and rounds for the number of images."""
        cpu = data.device == "cpu"
        batch = 64 if cpu or data.images < 5000 else 256
        clusters = max(2, min(max(data.images // 50, 20), 2000, data.images // 4))
        values = {
            "backbone": proposals.conv_backbone(data),
            "batch_size": Proposal(batch, "small, so that each round makes enough steps"),
            "epochs": Proposal(30, "rounds of at least 200 steps each, a first result on a CPU")
            if cpu
            else Proposal(100, "rounds; groups usually settle in fewer than 200"),
            "groups": Proposal(clusters, f"one for about {data.images // clusters} images"),
            "pca": Proposal(32, "suits the narrow features of a light network")
            if cpu
            else Proposal(64, "suits features of 512 numbers"),
        }
        if data.greyscale:
            values["grey"] = Proposal(0.0, "the pictures are grey already")
        return values

    @classmethod
    def backbone_options(cls, settings: MethodSettings, image_size: int) -> BackboneOptions:
        """Edges in front of the backbone, if asked for."""
        assert isinstance(settings, DeepClusterSettings)
        return {"sobel": settings.sobel}

    # --- plan --------------------------------------------------------------------------------

    def optimisers(self, stage: Stage) -> dict[str, OptimiserSpec]:
        """One that stays for the body, one for the head that is made anew; constant rates."""
        body = replace(self.main_optimiser(), schedule="constant")
        head = OptimiserSpec(
            kind="sgd",
            rate=self.settings.head_rate,
            weight_decay=self.settings.weight_decay,
            momentum=0.0,
            schedule="constant",
        )
        return {"main": body, "head": head}

    def param_groups(self, stage: Stage) -> list[ParamGroup]:
        """Body and head. All are decayed, biases and normalisation too, as in the paper's code."""
        head = {f"head.{name}" for name, _ in self.head.named_parameters()}
        named = self.trainable()
        return [
            ParamGroup("body", [(n, p) for n, p in named if n not in head], "main"),
            ParamGroup("head", [(n, p) for n, p in named if n in head], "head"),
        ]

    def passes(self) -> int:
        """How often a round goes through the images to make its fewest steps."""
        wanted = self.settings.steps_per_round * self.data.global_batch
        return max(1, math.ceil(wanted / self.data.images))

    def samples_per_epoch(self) -> int:
        """A round is an epoch."""
        return self.passes() * self.data.images

    def order(self, epoch: int, generator: torch.Generator) -> Tensor:
        """Every pass draws evenly from the clusters of this round."""
        labels = self.labels.cpu()
        return torch.cat([balanced_order(labels, generator) for _ in range(self.passes())])

    # --- a round -----------------------------------------------------------------------------

    def before_epoch(self, clock: Clock, work: DatasetWork) -> EpochStart:
        """Cluster the features of all images, and put a new last layer on."""
        features = work.features(self.backbone)
        labels, figures = self._group(features, clock, work)
        work.cancel.check()
        figures = {**self._round_figures(labels), **figures}
        self._remember(labels)
        slots = self._slots() if self.settings.algorithm == "kmeans" else int(labels.max()) + 1
        seed = mix_seed(clock.seed, _HEAD_SEED)
        self.head = new_head(self.backbone.width, slots, seed, self.labels)
        return EpochStart(figures, rebuild=("head",))

    def _group(
        self, features: Tensor, clock: Clock, work: DatasetWork
    ) -> tuple[Tensor, dict[str, float]]:
        """Labels (N,) of the first process, on all of them, and its figures."""
        labels = torch.empty_like(self.labels)
        figures: dict[str, float] = {}
        if distributed.is_first():
            work.report(Progress(0, None, f"Grouping {work.images:,} images"))
            x = pca_whiten(features.numpy(), self.settings.pca)
            numbers, figures = self._cluster(x, clock, work)
            labels.copy_(torch.from_numpy(numbers))
        return distributed.broadcast(labels), figures

    def _cluster(
        self, x: NDArray[np.float32], clock: Clock, work: DatasetWork
    ) -> tuple[NDArray[np.int64], dict[str, float]]:
        if self.settings.algorithm == "pic":
            s = self.settings
            groups = pic(
                x,
                neighbours=s.pic_neighbours,
                sigma=s.pic_sigma or None,
                alpha=s.pic_alpha,
                check=work.cancel.check,
            )
            return groups.labels, {"pic_sigma": groups.sigma}
        slots = self._slots()
        if slots < self.settings.groups and clock.epoch == 0:
            text = f"{work.images:,} images are too few for {self.settings.groups:,} clusters: "
            work.report(Note("warning", f"{text}{slots:,} are made."))
        found = self._kmeans(x, clock, _CLUSTER_SEED)
        figures = {"clustering_loss": found.objective[-1] / len(x)}
        if int(self.rounds) % CEILING_EVERY == 0:
            other = self._kmeans(x, clock, _CEILING_SEED)
            figures["ami_ceiling"] = ami(found.labels, other.labels)
        return found.labels, figures

    def _kmeans(self, x: NDArray[np.float32], clock: Clock, stream: int) -> KMeans:
        # A fixed seed would start every round from the same images.
        seed = mix_seed(clock.seed, stream)
        return kmeans(x, self._slots(), iterations=self.settings.kmeans_iterations, seed=seed)

    def _slots(self) -> int:
        """Clusters of k-means: as asked, but at least four images for each."""
        return max(2, min(self.settings.groups, self.data.images // 4))

    def _round_figures(self, labels: Tensor) -> dict[str, float]:
        """Sizes of the new clusters, and how much they share with those of the last round."""
        new, old = labels.cpu().numpy(), self.labels.cpu().numpy()
        slots = self._slots() if self.settings.algorithm == "kmeans" else int(new.max()) + 1
        figures = spread_figures(torch.bincount(labels.cpu(), minlength=slots))
        if int(self.rounds) > 0:
            figures |= {
                "nmi_previous": nmi(old, new, mean="geometric"),
                "ami_previous": ami(old, new),
                "churn": churn(old, new),
            }
        return figures

    def _remember(self, labels: Tensor) -> None:
        self.labels.copy_(labels)
        self.label_history.copy_(self.label_history.roll(1, dims=0))
        self.label_history[0] = labels.to(torch.int32)
        self.rounds += 1

    def prepare_to_load(self, state: Mapping[str, Tensor]) -> None:
        """The last layer has as many outputs as the round that was saved had clusters."""
        slots, width = state["head.weight"].shape
        if slots != self.head.out_features:
            self.head = new_head(width, slots, 0, self.labels)

    # --- a step ------------------------------------------------------------------------------

    def views(self, batch: ImageBatch, draw: Draw) -> Views:
        """One view (B, 3, s, s) of each picture."""
        return make_view(batch, self.recipe, draw)

    def step(self, views: Views, index: Tensor, clock: Clock) -> StepOutput:
        """Cross entropy with the cluster of each image in this round."""
        features = self.backbone(views)
        # Clustering takes AlexNet's and VGG's features before their last ReLU, which the
        # classifier has to get back. Other features are not negative and stay as they are.
        logits = self.head(features.relu()).float()
        labels = self.labels[index]
        with self.autocast_off(logits):
            loss = F.cross_entropy(logits, labels)
        correct = (logits.detach().argmax(dim=1) == labels).float().mean()
        terms = {
            "pseudo_label_accuracy": correct,
            "loss_ratio": loss.detach() / math.log(max(2, self.head.out_features)),
        }
        return StepOutput(loss, terms, embedding=centred(features))
