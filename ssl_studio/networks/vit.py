"""Vision transformers (arXiv 2010.11929) on torchvision's VisionTransformer.

Shapes: B batch, L patches, l patches that are encoded, D width, h and w sides of the patch grid.
Pre-norm, LayerNorm eps 1e-6, GELU, class token first; one final norm over all tokens.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision.models.vision_transformer import EncoderBlock, VisionTransformer

from ssl_studio.errors import SettingsError
from ssl_studio.networks.backbone import Backbone, BackboneSpec, register_backbone

_POSITIONS_KEY = "encoder.pos_embedding"


@dataclass(frozen=True, slots=True)
class VitSize:
    """Width D, number of blocks, attention heads; the inner layer is four times as wide."""

    width: int
    blocks: int
    heads: int


class VitBackbone(Backbone):
    """A transformer over square patches; the feature is the class token after the final norm.

    Layers are block1..blockN (mean over patch tokens after that block), `mean` (mean over patch
    tokens after the final norm, the better feature of MAE) and `cls`. Pictures of another size
    than `image_size` are read too: positions are interpolated to their grid.
    """

    num_prefix = 1

    def __init__(self, spec: BackboneSpec, size: VitSize) -> None:
        patch = choose_patch_size(spec)
        net = VisionTransformer(
            spec.image_size, patch, size.blocks, size.heads, size.width, 4 * size.width
        )
        net.heads = nn.Identity()
        if spec.inputs != 3:
            net.conv_proj = nn.Conv2d(spec.inputs, size.width, patch, stride=patch)
        blocks = tuple(f"block{i + 1}" for i in range(size.blocks))
        super().__init__(
            spec,
            net,
            family="vit",
            width=size.width,
            layers=(*blocks, "mean", "cls"),
            default_layer="cls",
            stride=patch,
        )
        self.size = size
        self.patch_size = patch
        self.grid = spec.image_size // patch
        self._initialise()

    def forward(self, x: Tensor) -> Tensor:
        """The (B, D) class token of (B, C, S, S) images."""
        return self.encode(self.embed(x))[:, 0]

    def embed(self, x: Tensor) -> Tensor:
        """The (B, L, D) patch tokens with their positions, without the class token."""
        tokens: Tensor = self._net.conv_proj(self.edges(x))
        height, width = tokens.shape[-2:]
        return tokens.flatten(2).transpose(1, 2) + self.positions(height, width)

    def encode(self, tokens: Tensor) -> Tensor:
        """The (B, 1 + l, D) tokens after all blocks and the final norm, class token first."""
        encoded: Tensor = self._net.encoder.ln(self._net.encoder.layers(self._with_class(tokens)))
        return encoded

    def maps(self, x: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The (B, D, h, w) patch tokens of each asked layer; (B, D, 1, 1) for `cls`."""
        wanted = {self._known(layer) for layer in layers}
        height, width = (side // self.patch_size for side in x.shape[-2:])
        tokens = self._with_class(self.embed(x))
        found: dict[str, Tensor] = {}
        for number, block in enumerate(self._net.encoder.layers, start=1):
            tokens = block(tokens)
            if f"block{number}" in wanted:
                found[f"block{number}"] = _as_map(tokens, height, width)
        normed = self._net.encoder.ln(tokens)
        found["mean"] = _as_map(normed, height, width)
        found["cls"] = normed[:, 0, :, None, None]
        return {layer: found[layer] for layer in layers}

    def positions(self, height: int, width: int) -> Tensor:
        """The (1, h*w, D) positions of a grid, rows first; bicubic where the grid is not its own.

        The target size is explicit, so that training and inference round alike.
        """
        table: Tensor = self._net.encoder.pos_embedding[:, self.num_prefix :]
        if (height, width) == (self.grid, self.grid):
            return table
        return _resized(table, self.grid, (height, width))

    def attention(self, x: Tensor, block: int = -1) -> Tensor:
        """The (B, heads, 1 + L, 1 + L) attention weights inside one block; rows sum to 1."""
        blocks = list(self._net.encoder.layers)
        chosen: EncoderBlock = blocks[block]
        tokens = self._with_class(self.embed(x))
        for earlier in blocks[: blocks.index(chosen)]:
            tokens = earlier(tokens)
        normed = chosen.ln_1(tokens)
        _, weights = chosen.self_attention(normed, normed, normed, average_attn_weights=False)
        return cast(Tensor, weights)

    def load_encoder_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over weights; positions of another grid are interpolated. Raises SettingsError."""
        state = dict(state)
        table = state.get(_POSITIONS_KEY)
        places = 0 if table is None else table.shape[1] - self.num_prefix
        side = math.isqrt(max(places, 0))
        if table is not None and side != self.grid and side**2 == places > 0:
            patches = _resized(table[:, self.num_prefix :], side, (self.grid, self.grid))
            state[_POSITIONS_KEY] = torch.cat([table[:, : self.num_prefix], patches], dim=1)
        super().load_encoder_state(state)

    @property
    def _net(self) -> VisionTransformer:
        return self.net

    def _with_class(self, tokens: Tensor) -> Tensor:
        first = self._net.class_token + self._net.encoder.pos_embedding[:, : self.num_prefix]
        return torch.cat([first.expand(len(tokens), -1, -1).to(tokens.dtype), tokens], dim=1)

    def _initialise(self) -> None:
        """Weights as MAE and MoCo v3 start them (2111.06377 app. A.1; moco-v3:vits.py)."""
        for module in self.net.modules():
            if isinstance(module, nn.MultiheadAttention):
                nn.init.xavier_uniform_(module.in_proj_weight)
                nn.init.zeros_(module.in_proj_bias)
            elif isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        patches = self._net.conv_proj
        nn.init.xavier_uniform_(patches.weight.data.flatten(1))  # as the linear map that it is
        nn.init.zeros_(patches.bias)
        nn.init.normal_(self._net.class_token, std=0.02)
        self._initialise_positions()

    def _initialise_positions(self) -> None:
        table = self._net.encoder.pos_embedding
        if self.spec.positions == "learned":
            nn.init.trunc_normal_(table, std=0.02)
            return
        table.requires_grad_(False)
        with torch.no_grad():
            table[:, : self.num_prefix] = 0
            table[:, self.num_prefix :] = sincos_positions(self.size.width, self.grid, self.grid)

    def _first_layer(self) -> nn.Conv2d:
        layer: nn.Conv2d = self._net.conv_proj
        return layer

    def _net_source(self) -> str:
        side, patch, size = self.image_size, self.patch_size, self.size
        source = (
            "net = torchvision.models.VisionTransformer(\n"
            f"    image_size={side}, patch_size={patch}, num_layers={size.blocks},\n"
            f"    num_heads={size.heads}, hidden_dim={size.width}, mlp_dim={4 * size.width},\n)\n"
            "net.heads = nn.Identity()\n"
        )
        if self.spec.inputs != 3:
            conv = f"nn.Conv2d({self.spec.inputs}, {size.width}, {patch}, stride={patch})"
            source += f"net.conv_proj = {conv}\n"
        return source

    def _encoder_source(self, layer: str) -> str:
        encoder = "net" if layer == "cls" else "MeanOfPatches(net)"
        helper = "" if layer == "cls" else _mean_source(layer)
        edges = "edges, " if self.spec.sobel else ""
        return f"{helper}encoder = nn.Sequential({edges}{encoder})\n"


def choose_patch_size(spec: BackboneSpec) -> int:
    """The patch side: as asked, or the divisor of the image side nearest to 4, 8 or 16.

    About 64 to 200 tokens: 4 px up to 48, 8 px up to 112, 16 px above. Raises SettingsError.
    """
    side = spec.image_size
    if spec.patch_size is not None:
        if side % spec.patch_size:
            raise SettingsError(
                f"Patches of {spec.patch_size} px do not tile images of {side} px.",
                remedy=f"Choose an image size that is a multiple of {spec.patch_size}.",
            )
        return spec.patch_size
    target = 4 if side <= 48 else 8 if side <= 112 else 16
    fitting = [patch for patch in range(target // 2, 2 * target + 1) if side % patch == 0]
    if not fitting:
        raise SettingsError(
            f"Images of {side} px cannot be cut into equal patches of about {target} px.",
            remedy=f"Choose {side // target * target} px.",
        )
    return min(fitting, key=lambda patch: (abs(patch - target), patch))


def sincos_positions(width: int, rows: int, columns: int) -> Tensor:
    """Fixed 2-D positions (h*w, D), rows first: half the channels code the column, half the row.

    Each half is [sin | cos] of D/4 frequencies 10000^(-j/(D/4)), so that each row has squared norm
    D/2 (facebookresearch/mae:util/pos_embed.py; column first). D must be a multiple of 4.
    """
    quarter = width // 4
    frequencies = 10_000.0 ** (-torch.arange(quarter, dtype=torch.float64) / quarter)
    row, column = torch.meshgrid(
        torch.arange(rows, dtype=torch.float64),
        torch.arange(columns, dtype=torch.float64),
        indexing="ij",
    )
    halves = [place.reshape(-1, 1) * frequencies for place in (column, row)]
    return torch.cat([code for half in halves for code in (half.sin(), half.cos())], dim=1).float()


def _resized(table: Tensor, side: int, size: tuple[int, int]) -> Tensor:
    grid = table.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    grid = interpolate(grid.float(), size=size, mode="bicubic", align_corners=False)
    return grid.flatten(2).transpose(1, 2).to(table.dtype)


def _as_map(tokens: Tensor, height: int, width: int) -> Tensor:
    patches = tokens[:, VitBackbone.num_prefix :].transpose(1, 2)
    return patches.reshape(*patches.shape[:2], height, width)


def _mean_source(layer: str) -> str:
    encode = "self.net.encoder(tokens)"
    if layer != "mean":
        blocks = f"self.net.encoder.layers[:{layer.removeprefix('block')}]"
        encode = f"{blocks}(tokens + self.net.encoder.pos_embedding)"
    return (
        "\n\nclass MeanOfPatches(nn.Module):\n"
        "    def __init__(self, net):\n"
        "        super().__init__()\n"
        "        self.net = net\n\n"
        "    def forward(self, x):\n"
        "        patches = self.net.conv_proj(x).flatten(2).transpose(1, 2)\n"
        "        first = self.net.class_token.expand(len(x), -1, -1)\n"
        "        tokens = torch.cat([first, patches], dim=1)\n"
        f"        return {encode}[:, 1:].mean(dim=1)\n\n\n"
    )


@register_backbone(
    "vit_micro",
    family="vit",
    title="ViT micro",
    explanation="The smallest transformer: it looks at patches and lets them talk to each other. "
    "Small enough for a processor; needed for masked autoencoders.",
    min_side=8,
)
def vit_micro(spec: BackboneSpec) -> Backbone:
    """128 features, 6 blocks."""
    return VitBackbone(spec, VitSize(width=128, blocks=6, heads=4))


@register_backbone(
    "vit_tiny",
    family="vit",
    title="ViT tiny",
    explanation="The usual transformer for small images: 5 million weights. Wants a graphics card "
    "and longer training than a ResNet.",
    min_side=8,
)
def vit_tiny(spec: BackboneSpec) -> Backbone:
    """192 features, 12 blocks."""
    return VitBackbone(spec, VitSize(width=192, blocks=12, heads=3))


@register_backbone(
    "vit_small",
    family="vit",
    title="ViT small",
    explanation="A transformer of 21 million weights, as in many published results with DINO and "
    "MoCo v3. Wants a good graphics card.",
    min_side=8,
)
def vit_small(spec: BackboneSpec) -> Backbone:
    """384 features, 12 blocks."""
    return VitBackbone(spec, VitSize(width=384, blocks=12, heads=6))


@register_backbone(
    "vit_base",
    family="vit",
    title="ViT base",
    explanation="The transformer of the MAE paper's main tables: 86 million weights. For large "
    "folders, large images and days of time on a graphics card.",
    min_side=8,
)
def vit_base(spec: BackboneSpec) -> Backbone:
    """768 features, 12 blocks; at 224 px torchvision's vit_b_16."""
    return VitBackbone(spec, VitSize(width=768, blocks=12, heads=12))
