"""MAE: hide three quarters of the patches of an image and paint them back.

A transformer sees only the visible patches. A small decoder gets its output together with one
shared token for every hidden patch and predicts the hidden pixels. To paint well, the transformer
has to know what kind of thing the visible patches belong to.

He, Chen, Xie, Li, Dollár, Girshick 2021, arXiv 2111.06377; `facebookresearch/mae`.

Departures: the number of visible patches is rounded, not cut off; the default decoder (4 blocks of
width 128) is sized for small images; a step's loss is also reported as a share of the variance, so
that it reads the same with and without normalised patches.

Letters: B images, L patches, K visible ones, p side of a patch, n = 3p² numbers in it, D width of
the encoder, E of the decoder.
"""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torchvision.models.vision_transformer import EncoderBlock

from ssl_studio.errors import SettingsError
from ssl_studio.images.augment import eval_view, make_view, normalise
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods import proposals
from ssl_studio.methods.base import (
    Clock,
    DataInfo,
    Exhibit,
    Method,
    MethodSettings,
    Needs,
    OptimiserSpec,
    Panel,
    Paper,
    Proposal,
    Reconstruction,
    StepOutput,
    Views,
    register_method,
    setting,
)
from ssl_studio.methods.health import centred
from ssl_studio.methods.masked.patches import (
    masked_mean,
    patch_errors,
    patch_statistics,
    patchify,
    take_tokens,
    unpatchify,
)
from ssl_studio.methods.settings import OptimiserName, RateRule
from ssl_studio.methods.views import to_picture, training_view
from ssl_studio.networks.backbone import Backbone
from ssl_studio.networks.vit import VitBackbone, sincos_positions

HIDDEN_GREY = 0.5
"""What hidden patches are shown as."""


class MAESettings(MethodSettings):
    """What MAE can be told."""

    mask_ratio: float = setting(
        0.75,
        "Share of each picture that is hidden. 0.75 as in the paper; down to 0.6 for very small "
        "pictures, where little is left to guess from.",
        gt=0,
        lt=1,
        advanced=False,
        title="Hidden share",
    )
    norm_pix: bool = setting(
        True,
        "Predict each patch without its own brightness and contrast. Features get better; "
        "reconstructions are then shown with the true brightness and contrast of each patch.",
        advanced=False,
        title="Normalise patches",
    )
    crop_min: float = setting(
        0.2,
        "Smallest share of the picture that a crop shows. Cropping is the only change that helps "
        "this method.",
        gt=0,
        le=1,
        advanced=False,
        title="Smallest crop",
    )
    flip: bool = setting(
        True, "Mirror half of the pictures. Switch off when left and right matter.", advanced=False
    )
    decoder_width: int = setting(
        128, "Width of the decoder; 512 in the paper, 128 suits small images.", ge=16, le=4096
    )
    decoder_blocks: int = setting(
        4,
        "Depth of the decoder; 8 in the paper, for larger images and encoders. It is thrown away "
        "after training.",
        ge=1,
        le=32,
    )
    decoder_heads: int = setting(
        4, "Attention heads of the decoder; 16 in the paper, whose decoder is wider.", ge=1, le=64
    )
    optimiser: OptimiserName = setting("adamw", "AdamW, as in the paper.")
    learning_rate: float = setting(
        3e-4,
        "Step size at a batch of 256. The paper's 1.5e-4 is for images of 224 px and long "
        "training; small images bear twice as much.",
        gt=0,
        le=1,
    )
    rate_rule: RateRule = setting("linear", "The paper scales the rate with the batch.")
    weight_decay: float = setting(
        0.05, "Pull of all weights towards zero, as in the paper.", ge=0, le=1
    )
    warmup_epochs: float = setting(
        10.0,
        "Epochs over which the rate climbs from zero: 40 of 800 in the paper, 10 in published "
        "small-image runs. About a tenth of the training.",
        ge=0,
        le=1000,
    )


class Decoder(nn.Module):
    """From encoded visible tokens to the pixels of every patch.

    Args:
        width: D of the encoder.
        grid: Patches along a side.
        outputs: n, numbers per patch.
        settings: Width, depth and heads.
    """

    def __init__(self, width: int, grid: int, outputs: int, settings: MAESettings) -> None:
        super().__init__()
        inner, heads = settings.decoder_width, settings.decoder_heads
        if inner % heads or inner % 4:
            raise SettingsError(
                f"A decoder of width {inner} cannot have {heads} heads.",
                "The width is divided among the heads and among four position codes.",
                "Choose a width that is a multiple of 4 and of the number of heads.",
            )
        self.embed = nn.Linear(width, inner)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, inner))
        self.positions: Tensor
        self.register_buffer(
            "positions", sincos_positions(inner, grid, grid)[None], persistent=False
        )
        norm = partial(nn.LayerNorm, eps=1e-6)
        self.blocks = nn.Sequential(
            *[
                EncoderBlock(heads, inner, 4 * inner, 0.0, 0.0, norm)
                for _ in range(settings.decoder_blocks)
            ]
        )
        self.norm = norm(inner)
        self.predict = nn.Linear(inner, outputs)
        self._initialise()

    def _initialise(self) -> None:
        """Xavier weights and zero biases (2111.06377, appendix A.1)."""
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                nn.init.xavier_uniform_(parameter)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)
        nn.init.normal_(self.mask_token, std=0.02)

    def forward(self, encoded: Tensor, restore: Tensor) -> Tensor:
        """Pixels (B, L, n) of all patches.

        Args:
            encoded: (B, 1 + K, D), class token first, then the visible patches.
            restore: (B, L), where each patch stands among visible and hidden ones.
        """
        x = self.embed(encoded)
        first, visible = x[:, :1], x[:, 1:]
        hidden = self.mask_token.to(x.dtype).expand(len(x), restore.shape[1] - visible.shape[1], -1)
        patches = take_tokens(torch.cat([visible, hidden], dim=1), restore) + self.positions
        # The class token's position code is zero, so it needs no addition.
        x = self.blocks(torch.cat([first.to(patches.dtype), patches], dim=1))
        pixels: Tensor = self.predict(self.norm(x[:, 1:]))
        return pixels


@register_method
class MAE(Method):
    """Masked autoencoder (arXiv 2111.06377)."""

    id = "mae"
    title = "MAE (masked autoencoder)"
    family = "masked"
    paper = Paper(
        "Masked Autoencoders Are Scalable Vision Learners",
        "He, Chen, Xie, Li, Dollár, Girshick",
        2021,
        "2111.06377",
    )
    explanation = (
        "Hides most of each picture behind grey squares and learns to paint them back from the few "
        "that are left. You can watch the paintings get better. Its groups follow colour and "
        "layout more than kinds of things; its strength is reconstruction, finding odd spots, and "
        "as a start for later training with labels."
    )
    good_for = (
        "Seeing what is regular in your pictures, finding what does not fit, filling in missing "
        "parts. For clear groups of things take SimCLR or SwAV first."
    )
    remedies = "lower the learning rate, lengthen the warm-up, or hide less of each picture."
    needs = Needs(min_images=64, min_side=16, backbones=("vit",))
    Settings = MAESettings
    settings: MAESettings
    backbone: VitBackbone

    def __init__(self, backbone: Backbone, settings: MAESettings, data: DataInfo) -> None:
        if not isinstance(backbone, VitBackbone):
            raise SettingsError(
                f"MAE cannot train the backbone {backbone.name}.",
                "It hides patches, and only vision transformers look at patches one by one.",
                "Choose a backbone whose name begins with “vit”.",
            )
        super().__init__(backbone, settings, data)
        self.patch = backbone.patch_size
        self.grid = backbone.grid
        outputs = 3 * self.patch**2
        self.decoder = Decoder(backbone.width, self.grid, outputs, settings)
        self.recipe = training_view(
            data, scale=(settings.crop_min, 1.0), flip=settings.flip, bicubic=True
        )

    @classmethod
    def propose(cls, data: DataInfo) -> dict[str, Proposal]:
        """A small transformer, and a quicker start on a CPU."""
        cpu = data.device == "cpu"
        batch = proposals.batch_size(data)
        length = proposals.epochs(data, batch.value, cpu_steps=3000, gpu_epochs=200, longest=5)
        values = {
            "backbone": Proposal("vit_micro", "the transformer that a CPU can train")
            if cpu
            else Proposal("vit_tiny", "the usual transformer for small images"),
            "batch_size": batch,
            "epochs": length,
            "warmup_epochs": Proposal(length.value / 10, "a tenth of the epochs"),
        }
        if cpu:
            values["learning_rate"] = Proposal(1e-3, "few steps need larger ones")
            values["rate_rule"] = Proposal("fixed", "this rate is meant for small batches")
        return values

    @property
    def feature_layer(self) -> str:
        """Features are the mean over patch tokens; the class token takes part in no loss."""
        return "mean"

    def main_optimiser(self) -> OptimiserSpec:
        """AdamW with the paper's shorter memory of squared gradients."""
        return replace(super().main_optimiser(), betas=(0.9, 0.95))

    def views(self, batch: ImageBatch, draw: Draw) -> Views:
        """A crop (B, 3, s, s) of each picture and noise (B, L) whose order decides the mask."""
        images = make_view(batch, self.recipe, draw)
        return {"images": images, "noise": draw.uniform(shape=(self.grid**2,))}

    def step(self, views: Views, index: Tensor, clock: Clock) -> StepOutput:
        """Predict the hidden patches; the loss is the mean over these alone."""
        images: Tensor = views["images"]
        order = views["noise"].argsort(dim=1)
        encoded, prediction = self.fill_in(images, order, self.visible(self.settings.mask_ratio))
        with self.autocast_off(images):
            hidden = order.argsort(dim=1) >= encoded.shape[1] - 1
            target = self.target(images)
            loss = masked_mean(patch_errors(prediction, target), hidden)
            blank = masked_mean(target.square().mean(dim=-1), hidden)
        terms = {"masked_loss": loss.detach(), "unexplained": loss.detach() / blank.clamp(min=1e-6)}
        return StepOutput(loss, terms, embedding=centred(encoded[:, 1:].mean(dim=1)))

    def visible(self, ratio: float) -> int:
        """K, how many patches stay when a share is hidden; at least one on each side."""
        patches = self.grid**2
        return min(max(round(patches * (1 - ratio)), 1), patches - 1)

    def fill_in(self, images: Tensor, order: Tensor, visible: int) -> tuple[Tensor, Tensor]:
        """Encode the first `visible` patches of `order` (B, L) and predict all.

        Returns:
            Tokens (B, 1 + K, D) and pixels (B, L, n).
        """
        tokens = take_tokens(self.backbone.embed(images), order[:, :visible])
        encoded = self.backbone.encode(tokens)
        return encoded, self.decoder(encoded, order.argsort(dim=1))

    def target(self, images: Tensor) -> Tensor:
        """What is predicted, float32 (B, L, n): pixels, or pixels normalised in each patch."""
        patches = patchify(images.float(), self.patch)
        if not self.settings.norm_pix:
            return patches
        mean, deviation = patch_statistics(patches)
        return (patches - mean) / deviation

    def reconstruct(
        self,
        batch: ImageBatch,
        draw: Draw,
        *,
        ratio: float | None = None,
        mask: Tensor | None = None,
    ) -> Reconstruction:
        """Fill in what `mask` (B, rows, columns) hides, or a random share of each picture."""
        original = eval_view(batch, self.data.image_size)
        images = normalise(original, self.data.mean, self.data.std)
        if mask is None:
            noise = draw.uniform(shape=(self.grid**2,))
            keep = self.visible(self.settings.mask_ratio if ratio is None else ratio)
            hidden = noise.argsort(dim=1).argsort(dim=1) >= keep
        else:
            hidden = mask.flatten(1).to(images.device, torch.bool)
        prediction = self._predict_hidden(images, hidden)
        return self._reconstruction(original, images, hidden, prediction)

    def _predict_hidden(self, images: Tensor, hidden: Tensor) -> Tensor:
        order = hidden.to(torch.uint8).argsort(dim=1, stable=True)
        counts = (~hidden).sum(dim=1).tolist()
        if len(set(counts)) == 1:
            return self.fill_in(images, order, counts[0])[1]
        # A mask drawn by hand may leave another number of patches in each picture.
        rows = [
            self.fill_in(images[i : i + 1], order[i : i + 1], count)[1]
            for i, count in enumerate(counts)
        ]
        return torch.cat(rows)

    def _reconstruction(
        self, original: Tensor, images: Tensor, hidden: Tensor, prediction: Tensor
    ) -> Reconstruction:
        shape = (len(images), self.grid, self.grid)
        error = patch_errors(prediction, self.target(images)).view(shape)
        note = "Visible patches are shown as they are; hidden ones as predicted."
        pixels = prediction.float()
        if self.settings.norm_pix:
            mean, deviation = patch_statistics(patchify(images, self.patch))
            pixels = pixels * deviation + mean
            note += " Each hidden patch is shown with its true mean brightness and contrast."
        painted = to_picture(unpatchify(pixels, self.patch, shape[1:]), self.data)
        mask = hidden.view(shape)
        cover = F.interpolate(mask[:, None].float(), scale_factor=float(self.patch)) > 0
        return Reconstruction(
            masked=torch.where(cover, HIDDEN_GREY, original),
            output=torch.where(cover, painted, original),
            original=original,
            mask=mask,
            error=error,
            note=note,
            painted=painted,
            true_statistics=self.settings.norm_pix,
        )

    def exhibits(self, batch: ImageBatch, draw: Draw) -> list[Exhibit]:
        """Masked picture, reconstruction, truth, and where the reconstruction fails."""
        r = self.reconstruct(batch, draw)
        inside = r.error * r.mask
        scale = inside.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)
        failure = F.interpolate((inside / scale)[:, None], scale_factor=float(self.patch))
        panels = [
            Panel("masked", r.masked),
            Panel("reconstruction", r.output),
            Panel("original", r.original),
            Panel("error", failure.expand(-1, 3, -1, -1)),
        ]
        means = inside.sum(dim=(1, 2)) / r.mask.sum(dim=(1, 2)).clamp(min=1)
        captions = [f"error {value:.2f}" for value in means.tolist()]
        note = f"{r.note} Error: mean square over hidden patches, white where it is largest"
        note += "; 1 is no better than plain patches." if self.settings.norm_pix else "."
        return [Exhibit("reconstruction", panels, captions, note)]
