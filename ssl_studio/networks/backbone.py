"""One face for every network that turns images into features, and the registry of their names.

Shapes: B batch, C channels, H and W sides of a map, S side of the image, D width of the feature.
A backbone holds torchvision's own module as `net`, so that its weights carry torchvision's names.
"""

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

import ssl_studio.networks
from ssl_studio.errors import SettingsError
from ssl_studio.networks.sobel import EDGE_CHANNELS, Sobel, sobel_source

Family = Literal["conv", "vit"]
Stem = Literal["auto", "small", "medium", "full"]
Positions = Literal["sincos", "learned"]


@dataclass(frozen=True, slots=True)
class BackboneSpec:
    """All that is needed to build a backbone again; every field is a plain JSON value.

    `stem`, `zero_gamma`, `positions` and `patch_size` are ignored where a network has no such part.
    """

    name: str
    image_size: int
    channels: int = 3
    sobel: bool = False
    stem: Stem = "auto"
    zero_gamma: bool = False
    positions: Positions = "sincos"
    patch_size: int | None = None

    @property
    def inputs(self) -> int:
        """Channels that the first layer of the network sees."""
        return EDGE_CHANNELS if self.sobel else self.channels


@dataclass(frozen=True, slots=True)
class BackboneCard:
    """What an analyst reads about a backbone before choosing it."""

    name: str
    family: Family
    title: str
    explanation: str
    min_side: int


class Backbone(nn.Module):
    """A network that maps (B, C, S, S) normalised images to (B, D) features.

    `layers` are the names whose maps can be taken, from the image upwards; the feature of `forward`
    is the pooled map of `default_layer`. `stride` is the number of pixels per cell of the last map.
    `edges` is the frozen Sobel filter of DeepCluster, or nothing.
    """

    def __init__(
        self,
        spec: BackboneSpec,
        net: nn.Module,
        *,
        family: Family,
        width: int,
        layers: tuple[str, ...],
        default_layer: str,
        stride: int,
    ) -> None:
        super().__init__()
        self.spec = spec
        self.edges: nn.Module = Sobel(spec.channels) if spec.sobel else nn.Identity()
        self.net = net
        self.family = family
        self.width = width
        self.layers = layers
        self.default_layer = default_layer
        self.stride = stride

    @property
    def name(self) -> str:
        """The name it was created by."""
        return self.spec.name

    @property
    def narrowest_px(self) -> int:
        """Side of the smallest view that it should learn from."""
        return self.stride

    @property
    def image_size(self) -> int:
        """Side in pixels of the images it was made for."""
        return self.spec.image_size

    def forward(self, x: Tensor) -> Tensor:
        """The (B, D) feature of (B, C, S, S) images."""
        feature: Tensor = self.net(self.edges(x))
        return feature

    @abstractmethod
    def maps(self, x: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The (B, C, H, W) map of each asked layer; layers without place have H = W = 1."""

    def pooled(self, x: Tensor, layer: str) -> Tensor:
        """The (B, C) mean over places of one layer's map."""
        return self.maps(x, [layer])[layer].mean(dim=(2, 3))

    def encoder_state(self) -> dict[str, Tensor]:
        """The weights under torchvision's names; they share memory with this module."""
        return {name: value.detach() for name, value in self.net.state_dict().items()}

    def load_encoder_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `encoder_state` of the same backbone gave. Raises SettingsError."""
        try:
            self.net.load_state_dict(dict(state), strict=True)
        except RuntimeError as error:
            raise SettingsError(
                f"These weights do not fit the backbone {self.name} at {self.image_size} px.",
                str(error).splitlines()[-1].strip(),
                "Choose the backbone, image size and stem that the weights were trained with.",
            ) from error

    def build_snippet(self, layer: str | None = None) -> str:
        """Python source that rebuilds this network with torch and torchvision alone.

        Run, it leaves two names: `net`, whose state_dict has exactly the names of `encoder_state`,
        and `encoder`, which maps (B, C, S, S) normalised images to the (B, D) feature of `layer`
        (`default_layer` when None) and holds `net`.
        """
        imports = "import torch\nimport torchvision\nfrom torch import nn\n"
        edges = sobel_source(self.spec.channels) if self.spec.sobel else ""
        encoder = self._encoder_source(self._known(layer or self.default_layer))
        return f"{imports}\n{self._net_source()}{edges}{encoder}encoder.eval()\n"

    def first_filters(self) -> Tensor:
        """The (n, C, k, k) filters of the first layer as they act on the image, on the CPU.

        Behind Sobel edges the two are folded into one filter, two pixels wider.
        """
        weight = self._first_layer().weight.detach().float().cpu()
        if isinstance(self.edges, Sobel):
            return nn.functional.conv_transpose2d(weight, self.edges.weight.detach().cpu())
        return weight.clone()

    def parameter_count(self) -> int:
        """How many numbers the network learns or fixes, Sobel filters left out."""
        return sum(p.numel() for p in self.net.parameters())

    def macs(self) -> int:
        """Multiply-adds of one image, counted by one pass; attention's products included."""
        from torch.utils.flop_counter import FlopCounterMode

        was_training = self.training
        side, device = self.image_size, next(self.net.parameters()).device
        image = torch.zeros(1, self.spec.channels, side, side, device=device)
        with torch.no_grad(), _countable_attention(), FlopCounterMode(display=False) as counter:
            self.eval()(image)
        self.train(was_training)
        return int(counter.get_total_flops()) // 2

    def _known(self, layer: str) -> str:
        if layer not in self.layers:
            raise SettingsError(
                f"The backbone {self.name} has no layer {layer!r}.",
                remedy=f"Choose one of {', '.join(self.layers)}.",
            )
        return layer

    @abstractmethod
    def _first_layer(self) -> nn.Conv2d: ...

    @abstractmethod
    def _net_source(self) -> str: ...

    @abstractmethod
    def _encoder_source(self, layer: str) -> str: ...


Builder = Callable[[BackboneSpec], Backbone]
_BUILDERS: dict[str, tuple[BackboneCard, Builder]] = {}


def register_backbone(
    name: str, *, family: Family, title: str, explanation: str, min_side: int
) -> Callable[[Builder], Builder]:
    """Make a builder known under a name; the decorator is the whole registration."""

    def register(builder: Builder) -> Builder:
        card = BackboneCard(name, family, title, explanation, min_side)
        _BUILDERS[name] = (card, builder)
        return builder

    return register


def create_backbone(
    name: str,
    image_size: int,
    *,
    channels: int = 3,
    sobel: bool = False,
    stem: Stem = "auto",
    zero_gamma: bool = False,
    positions: Positions = "sincos",
    patch_size: int | None = None,
    seed: int | None = None,
) -> Backbone:
    """A backbone with fresh weights for square images of `image_size` pixels.

    `channels` counts the channels of the image (1 or 2 for parts of a colour space). `stem` fixes
    the first layers whatever the size, `zero_gamma` starts every residual block as the identity,
    `positions` and `patch_size` concern ViTs. With `seed` the weights depend on it alone and the
    global random state stays as it is. Raises SettingsError.
    """
    spec = BackboneSpec(name, image_size, channels, sobel, stem, zero_gamma, positions, patch_size)
    return build(spec, seed=seed)


def build(spec: BackboneSpec, *, seed: int | None = None) -> Backbone:
    """Like `create_backbone`, from a stored spec."""
    card = backbone_card(spec.name)
    if spec.image_size < card.min_side:
        raise SettingsError(
            f"The backbone {spec.name} cannot read images of {spec.image_size} px.",
            f"Its layers shrink them to nothing below {card.min_side} px.",
            "Choose a larger image size, or a light backbone.",
        )
    with seeded_weights(seed):
        return _BUILDERS[spec.name][1](spec)


@contextmanager
def seeded_weights(seed: int | None) -> Iterator[None]:
    """Within it, fresh weights depend on the seed alone; None leaves the random state in charge."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def backbone_names() -> tuple[str, ...]:
    """All names, sorted."""
    _discover()
    return tuple(sorted(_BUILDERS))


def backbone_card(name: str) -> BackboneCard:
    """What to tell about one backbone. Raises SettingsError for an unknown name."""
    _discover()
    if name not in _BUILDERS:
        raise SettingsError(
            f"There is no backbone {name!r}.",
            remedy=f"Choose one of {', '.join(sorted(_BUILDERS))}.",
        )
    return _BUILDERS[name][0]


def _discover() -> None:
    for module in pkgutil.iter_modules(ssl_studio.networks.__path__):
        importlib.import_module(f"{ssl_studio.networks.__name__}.{module.name}")


@contextmanager
def _countable_attention() -> Iterator[None]:
    """Without torch's fused attention for inference, which the counter does not see into."""
    was_enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was_enabled)
