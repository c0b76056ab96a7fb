"""From names and settings to a method or an encoder that is ready to run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torchvision
from pydantic import ValidationError
from torch import Tensor

import ssl_studio
from ssl_studio.errors import SettingsError
from ssl_studio.images.cache import PixelCache
from ssl_studio.methods.base import DataInfo, Method, MethodSettings, get_method
from ssl_studio.networks.backbone import Backbone, BackboneSpec, backbone_card, build
from ssl_studio.training.extraction import ViewSpec
from ssl_studio.training.settings import TrainSettings, resolve_device


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """All that is needed to use a run's encoder again; plain JSON through `to_json`.

    Attributes:
        layer: The layer that clusters and neighbours look at first.
        seed: What the weights were initialised from.
    """

    backbone: BackboneSpec
    view: ViewSpec
    layer: str
    method: str
    seed: int

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "EncoderInfo":
        """The record that `to_json` wrote."""
        view = data["view"]
        return cls(
            backbone=BackboneSpec(**data["backbone"]),
            view=ViewSpec(view["size"], tuple(view["mean"]), tuple(view["std"])),
            layer=data["layer"],
            method=data["method"],
            seed=data["seed"],
        )


def parse_settings(method_id: str, values: Mapping[str, Any]) -> MethodSettings:
    """The method's settings with these values. Raises SettingsError in words."""
    try:
        return get_method(method_id).Settings(**values)
    except ValidationError as error:
        raise settings_error(error) from error


def parse_training(values: Mapping[str, Any]) -> TrainSettings:
    """The settings of a training with these values. Raises SettingsError in words."""
    try:
        return TrainSettings(**values)
    except ValidationError as error:
        raise settings_error(error) from error


def settings_error(error: ValidationError) -> SettingsError:
    """A validation error of pydantic in words a user can act on."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "the settings"
    return SettingsError(
        f"“{name}” cannot be {first.get('input')!r}.", f"{first['msg']}.", "Choose another value."
    )


def data_info(cache: PixelCache, train: TrainSettings, *, frames: int = 1) -> DataInfo:
    """What the method may know about these images."""
    mean, std = cache.mean.tolist(), cache.std.tolist()
    return DataInfo(
        images=len(cache),
        image_size=train.image_size,
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
        global_batch=train.batch_size,
        frames=frames,
        device=resolve_device(train.device).type,
    )


def backbone_spec(method_id: str, train: TrainSettings, settings: MethodSettings) -> BackboneSpec:
    """The backbone of a run. Raises SettingsError when the method cannot train it."""
    method = get_method(method_id)
    family = backbone_card(train.backbone).family
    if family not in method.needs.backbones:
        wanted = " or ".join(
            {"conv": "a convolutional network", "vit": "a vision transformer"}[f]
            for f in method.needs.backbones
        )
        raise SettingsError(
            f"{method.title} cannot train the backbone “{train.backbone}”.",
            f"It needs {wanted}.",
            "Choose another backbone.",
        )
    options = method.backbone_options(settings, train.image_size)
    return BackboneSpec(train.backbone, train.image_size, **options)


def build_method(
    method_id: str,
    train: TrainSettings,
    settings: Mapping[str, Any],
    info: DataInfo,
    *,
    start: Mapping[str, Tensor] | None = None,
) -> Method:
    """The method with fresh weights, which depend on the seed alone.

    With `start` (`Checkpoint.encoder_state` of another run) the backbone begins there, and so do
    all copies that the method makes of it.

    Raises SettingsError when the images, the backbone or the start do not fit.
    """
    cls, parsed = get_method(method_id), parse_settings(method_id, settings)
    needs = cls.needs
    if info.images < needs.min_images:
        raise SettingsError(
            f"{cls.title} needs at least {needs.min_images} images; here are {info.images}.",
            "With fewer there is nothing to learn from.",
            "Add images to the folder.",
        )
    if info.image_size < needs.min_side:
        raise SettingsError(
            f"{cls.title} needs images of at least {needs.min_side} px; these are "
            f"{info.image_size} px.",
            remedy="Choose a larger image size.",
        )
    spec = backbone_spec(method_id, train, parsed)
    # Heads draw their first weights from torch's own generator; fork_rng leaves it untouched.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(train.seed)
        backbone = build(spec, seed=train.seed)
        if start is not None:
            _begin_with(backbone, start)
        return cls(backbone, parsed, info)


def _begin_with(backbone: Backbone, state: Mapping[str, Tensor]) -> None:
    try:
        backbone.load_state_dict(dict(state))
    except RuntimeError as error:
        raise SettingsError(
            f"The encoder to start from does not fit {backbone.name} at {backbone.image_size} px.",
            "It has other layers, or layers of other sizes.",
            "Choose the backbone and image size of the run that it comes from.",
        ) from error


def encoder_info(method: Method, method_id: str, train: TrainSettings) -> EncoderInfo:
    """How the encoder of this method is used again."""
    return EncoderInfo(
        backbone=method.encoder.spec,
        view=ViewSpec(method.picture_size, method.data.mean, method.data.std),
        layer=method.feature_layer,
        method=method_id,
        seed=train.seed,
    )


def build_encoder(info: EncoderInfo, state: Mapping[str, Tensor] | None = None) -> Backbone:
    """The encoder with the given tensors (`Checkpoint.encoder_state`), in eval mode.

    Without tensors it is the run's own random initialisation.
    """
    encoder = build(info.backbone, seed=info.seed)
    if state is not None:
        encoder.load_state_dict(dict(state))
    return encoder.eval()


def versions() -> dict[str, str]:
    """What computed a result, for its provenance."""
    return {
        "ssl_studio": ssl_studio.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }
