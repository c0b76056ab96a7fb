"""Jigsaw: put the nine shuffled tiles of an image back in order.

Each image is cut into nine tiles, which are shuffled by one permutation of a fixed set; the
network has to say which one. It looks at every tile by itself and compares them only at the end,
so it cannot follow lines from tile to tile and has to know what the parts of things look like.

Noroozi, Favaro 2016, arXiv 1603.09246; `MehdiNoroozi/JigsawPuzzleSolver`.

Departures: permutations come from exact algebraic sets that keep members further apart than the
paper's greedy set (which can be chosen); the tile network is any convolutional backbone with
BatchNorm; tiles are encoded once in true order and several permutations of their codes are
classified (`google/revisiting-self-supervised`), which gives more for each pass.

Letters: B images, t side of a tile, M permutations for each image, n permutations of the set, d
width of a tile's code.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ssl_studio.images.augment import tiles
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods import proposals
from ssl_studio.methods.base import (
    Clock,
    DataInfo,
    Exhibit,
    Method,
    MethodSettings,
    Needs,
    Panel,
    Paper,
    Proposal,
    StepOutput,
    Views,
    register_method,
    setting,
)
from ssl_studio.methods.health import centred
from ssl_studio.methods.pretext.permutations import TILES, PermutationSet, permutation_set
from ssl_studio.networks.backbone import Backbone

SIDE = 3
SMALL_PX = 64
"""Below this side pictures need a harder puzzle, see `Jigsaw.propose`."""
SMALLEST_CANVAS_PX = 64
"""Smaller pictures are enlarged to this side before they are cut."""
FRAME_PX = 2
FRAME_COLOUR = (0.9, 0.1, 0.1)
BACKGROUND = 1.0
TOP_SHOWN = 3


class JigsawSettings(MethodSettings):
    """What Jigsaw can be told."""

    permutations: PermutationSet = setting(
        "agl72",
        "The shuffles to tell apart. agl72: 72 that differ in eight tiles or more. pgl504: 504, "
        "harder. greedy: as many as you say, far apart. published: the paper's algorithm.",
        advanced=False,
        title="Set of shuffles",
    )
    count: int = setting(
        100,
        "How many shuffles the greedy sets hold; 1,000 in the paper. More is harder.",
        ge=2,
        le=2000,
        title="Number of shuffles",
    )
    per_image: int = setting(
        4,
        "Shuffles of each picture in a step. Each gives the network more to learn from one look; "
        "the paper takes 1.",
        ge=1,
        le=64,
    )
    gap: Literal["wide", "narrow"] = setting(
        "wide",
        "Room between tiles, against matching edges. Wide: a quarter of a cell, as in the "
        "published code. Narrow: a seventh, as in the paper's text.",
        advanced=False,
    )
    colour_shift: int = setting(
        -1,
        "Pixels by which the colour channels of a tile are moved apart, against cues from the "
        "lens. The paper: 2 for tiles of 64 px; -1 takes 1 for tiles below 32 px, else 2.",
        ge=-1,
        le=8,
    )
    crop: float = setting(
        0.88,
        "Side of the random square that is cut into tiles, as a share of the picture's; 225 of "
        "256 px in the paper. Small JPEG pictures need less: else the edges of their 8-pixel "
        "blocks tell where in the picture a tile was.",
        gt=0,
        le=1,
    )
    grey: float = setting(
        0.3,
        "Share of pictures shown without colour; 0.3 as in the paper, 0.66 in VISSL's runs.",
        ge=0,
        le=1,
    )
    flip: bool = setting(
        True,
        "Mirror half of the pictures. Switch off when left and right matter.",
        advanced=False,
        title="Mirror",
    )
    tile_width: int = setting(
        128,
        "Width of the code of a tile; 1,024 in the paper, whose network is wider.",
        ge=8,
        le=4096,
    )
    head_width: int = setting(
        512,
        "Width of the layer that compares the tiles; 4,096 in the paper, for wider codes. 0 leaves "
        "it out, as in VISSL's runs: then each tile votes for its place by itself.",
        ge=0,
        le=8192,
    )
    dropout: float = setting(
        0.3,
        "Share of that layer switched off at random; 0.5 in the paper, for a wider layer.",
        ge=0,
        lt=1,
    )
    learning_rate: float = setting(
        0.03,
        "Step size at the reference batch. 0.01 at 256 in the paper, for a network without "
        "BatchNorm.",
        gt=0,
        le=10,
    )
    reference_batch: int = setting(
        128, "The batch at which the learning rate is meant as written.", ge=1, le=65536
    )
    weight_decay: float = setting(
        1e-4,
        "Pull of all weights towards zero; 5e-4 in the paper, for a network without BatchNorm.",
        ge=0,
        le=1,
    )


@dataclass(frozen=True, slots=True)
class Cut:
    """Sides in pixels of a cell and of the tile in it, and the largest shift of a channel."""

    cell: int
    tile: int
    shift: int


TILE_SHARE = {"wide": 64 / 85, "narrow": 64 / 75}
"""Tile to cell: 85 px cells in the published code, 75 px in the paper's text."""


def plan_cut(image_size: int, stride: int, settings: JigsawSettings) -> Cut:
    """How pictures of a size are cut for a backbone; tiles have a multiple of 4 pixels.

    Pictures are enlarged until a tile is more than half a stride of the backbone: its last layers
    should see more than one place, and a strided convolution over one place has undefined
    gradients in bf16 on CPUs (oneDNN in torch 2.15).
    """
    share = TILE_SHARE[settings.gap]
    smallest = stride // 2 + 4
    cell = max(image_size // SIDE, SMALLEST_CANVAS_PX // SIDE, math.ceil(smallest / share))
    tile = max(smallest, round(share * cell / 4) * 4)
    shift = settings.colour_shift if settings.colour_shift >= 0 else (1 if tile < 32 else 2)
    return Cut(cell, tile, min(shift, (cell - tile) // 2))


@register_method
class Jigsaw(Method):
    """Jigsaw puzzles with a context-free network (arXiv 1603.09246)."""

    id = "jigsaw"
    title = "Jigsaw"
    family = "pretext"
    paper = Paper(
        "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles",
        "Noroozi, Favaro",
        2016,
        "1603.09246",
    )
    explanation = (
        "Cuts each picture into nine tiles, shuffles them, and asks the network how they were "
        "shuffled. To solve the puzzle it has to know which part of a thing sits where. You can "
        "see the puzzles and how it solves them."
    )
    good_for = (
        "Pictures of whole things with parts in a usual place, from about 64 px on. Of little use "
        "for textures, very small pictures, or pictures without an up and down."
    )
    remedies = "lower the learning rate, take fewer shuffles, or leave more colour in the pictures."
    needs = Needs(min_images=64, min_side=32, backbones=("conv",))
    Settings = JigsawSettings
    settings: JigsawSettings

    def __init__(self, backbone: Backbone, settings: JigsawSettings, data: DataInfo) -> None:
        super().__init__(backbone, settings, data)
        self.cut = plan_cut(data.image_size, backbone.stride, settings)
        members = permutation_set(settings.permutations, settings.count)
        self.members: Tensor
        self.register_buffer("members", torch.from_numpy(members))
        d = settings.tile_width
        self.tile_code = nn.Sequential(
            nn.Linear(backbone.width, d, bias=False), nn.BatchNorm1d(d), nn.ReLU(inplace=True)
        )
        self.solver = solver(TILES * d, settings.head_width, settings.dropout, len(members))

    @classmethod
    def propose(cls, data: DataInfo) -> dict[str, Proposal]:
        """A set of shuffles that so many images can teach."""
        cpu = data.device == "cpu"
        batch = proposals.batch_size(data, lowest=32, highest=128, highest_on_cpu=64)
        values = {
            "backbone": proposals.conv_backbone(data),
            "batch_size": batch,
            "epochs": proposals.epochs(data, batch.value, cpu_steps=3000),
        }
        if cpu or data.images <= 5000:
            why = "fewer shuffles are learned sooner" if cpu else "few images teach few shuffles"
            values["permutations"] = Proposal("greedy", why)
            values["count"] = Proposal(24, "far apart: seven tiles or more differ")
        if data.image_size < SMALL_PX:
            small = f"in pictures of {data.image_size} px"
            values["crop"] = Proposal(0.75, f"{small} JPEG blocks give places away")
            values["grey"] = Proposal(0.66, f"{small} colour matches across the gaps")
            values["head_width"] = Proposal(0, f"{small} comparing tiles is too easy")
        return values

    @property
    def picture_size(self) -> int:
        """The scale at which the tiles were seen: small pictures are enlarged."""
        return max(self.data.image_size, SMALLEST_CANVAS_PX)

    @property
    def feature_layer(self) -> str:
        """The last layer but one: the last knows about places in a picture, not about things."""
        return self.encoder.layers[-2]

    def views(self, batch: ImageBatch, draw: Draw) -> Views:
        """Tiles (B, 9, 3, t, t) in true order, and numbers (B, M) of the shuffles to apply."""
        cut, s = self.cut, self.settings
        pieces = tiles(
            batch,
            draw,
            cell=cut.cell,
            tile=cut.tile,
            shift=cut.shift,
            flip=0.5 if s.flip else 0.0,
            grey=s.grey,
            crop=s.crop,
        )
        return {"tiles": pieces, "shuffle": draw.integers(len(self.members), (s.per_image,))}

    def step(self, views: Views, index: Tensor, clock: Clock) -> StepOutput:
        """Cross entropy of the shuffles' numbers."""
        features, codes = self.encode_tiles(views["tiles"])
        shuffle: Tensor = views["shuffle"]
        logits = self.solve(codes, shuffle)
        with self.autocast_off(logits):
            truth = shuffle.flatten()
            loss = F.cross_entropy(logits, truth)
        guess = logits.detach().argmax(dim=1)
        right_tiles = (self.members[guess] == self.members[truth]).sum(dim=1)
        middle = features[TILES // 2 :: TILES]
        terms = {
            "puzzle_accuracy": (guess == truth).float().mean(),
            "correct_tiles": right_tiles.float().mean(),
            "loss_ratio": loss.detach() / math.log(len(self.members)),
        }
        return StepOutput(loss, terms, embedding=centred(middle))

    def encode_tiles(self, pieces: Tensor) -> tuple[Tensor, Tensor]:
        """Features (9B, D) and codes (B, 9, d) of tiles (B, 9, 3, t, t), each seen by itself."""
        # channels_last is lost when five axes are folded into four.
        flat = pieces.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        features = self.backbone(flat)
        return features, self.tile_code(features).view(len(pieces), TILES, -1)

    def solve(self, codes: Tensor, shuffle: Tensor) -> Tensor:
        """Float32 scores (B*M, n) of all shuffles for codes (B, 9, d) shuffled by (B, M)."""
        return self.classify(shuffled(codes, self.members[shuffle]))

    def classify(self, codes: Tensor) -> Tensor:
        """Float32 scores (..., n) of codes (..., 9, d) as they lie."""
        scores: Tensor = self.solver(codes.flatten(-2).flatten(0, -2))
        return scores.float()

    def exhibits(self, batch: ImageBatch, draw: Draw) -> list[Exhibit]:
        """The puzzle, how the network solves it, and the truth."""
        cut = self.cut
        pictures = tiles(batch, None, cell=cut.cell, tile=cut.tile, normalised=False)
        shuffle = draw.integers(len(self.members), (1,))
        _, codes = self.encode_tiles(tiles(batch, None, cell=cut.cell, tile=cut.tile))
        chances = self.solve(codes, shuffle).softmax(dim=1)
        truth, guess = self.members[shuffle[:, 0]], self.members[chances.argmax(dim=1)]
        puzzle = shuffled(pictures, truth[:, None])[:, 0]
        # The tile in slot t belongs to place p[t]; sorting by the guess puts it where it says.
        solved = shuffled(puzzle, guess.argsort(dim=1)[:, None])[:, 0]
        wrong = (truth != guess).gather(1, guess.argsort(dim=1))
        panels = [
            Panel("shuffled", assemble(puzzle, cut.cell - cut.tile)),
            Panel("solved", assemble(framed(solved, wrong), cut.cell - cut.tile)),
            Panel("true", assemble(pictures, cut.cell - cut.tile)),
        ]
        note = (
            f"One of {len(self.members)} shuffles; guessing blindly puts about one tile right. "
            "Tiles in a wrong place have a red frame."
        )
        return [Exhibit("puzzle", panels, _captions(chances, wrong), note)]


def solver(codes: int, width: int, dropout: float, shuffles: int) -> nn.Module:
    """Scores of all shuffles from the codes of nine tiles side by side."""
    if width == 0:
        return nn.Linear(codes, shuffles)
    return nn.Sequential(
        nn.Linear(codes, width, bias=False),
        nn.BatchNorm1d(width),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
        nn.Linear(width, shuffles),
    )


def _captions(chances: Tensor, wrong: Tensor) -> list[str]:
    best = chances.topk(min(TOP_SHOWN, chances.shape[1]), dim=1).values.tolist()
    right = (~wrong).sum(dim=1).tolist()
    return [
        f"{count} of {TILES} right, sure to {first:.0%} (next "
        + ", ".join(f"{share:.0%}" for share in others)
        + ")"
        for count, (first, *others) in zip(right, best, strict=True)
    ]


def shuffled(rows: Tensor, order: Tensor) -> Tensor:
    """Rows (B, 9, ...) in the orders (B, M, 9): (B, M, 9, ...); slot t receives row order[t]."""
    picture = torch.arange(len(rows), device=rows.device)[:, None, None]
    return rows[picture, order]


def framed(pieces: Tensor, marked: Tensor) -> Tensor:
    """Tiles (B, 9, 3, t, t) with a red frame where `marked` (B, 9) is True."""
    edge = torch.ones(pieces.shape[-2:], dtype=torch.bool, device=pieces.device)
    width = min(FRAME_PX, pieces.shape[-1] // 4)
    edge[width:-width, width:-width] = False
    colour = pieces.new_tensor(FRAME_COLOUR)[:, None, None]
    return torch.where(marked[:, :, None, None, None] & edge, colour, pieces)


def assemble(pieces: Tensor, gap: int) -> Tensor:
    """Pictures (B, 3, h, h) of tiles (B, 9, 3, t, t) laid out row by row with gaps between."""
    padded = F.pad(pieces, (0, gap, 0, gap), value=BACKGROUND)
    rows = padded.view(len(pieces), SIDE, SIDE, *padded.shape[2:])
    picture = torch.einsum("nrckhw->nkrhcw", rows).flatten(4, 5).flatten(2, 3)
    return picture[..., : picture.shape[-2] - gap, : picture.shape[-1] - gap]
