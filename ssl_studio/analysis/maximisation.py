"""Pictures that maximise a unit: gradient ascent on the picture itself.

After Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017
(doi 10.23915/distill.00007): the picture is parametrised by its Fourier coefficients, scaled so
that all frequencies weigh alike, in colours that are decorrelated as those of the images are; and
it is moved, scaled, turned and blurred a little before every step, so that only what survives
this is kept. Rectifiers pass a little gradient backwards at the beginning, since a unit that is
silent on noise would never be woken.

Letters: U units of a chunk, h and w sides of the picture, f frequencies along the last axis.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, conv2d, grid_sample, leaky_relu

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Cancel
from ssl_studio.images.augment import normalise
from ssl_studio.networks.backbone import Backbone
from ssl_studio.training.extraction import ViewSpec, evaluating

Objective = Literal["everywhere", "centre"]
RATE = 0.05  # Adam's, as in the authors' code (tensorflow/lucid)
LEAK = 0.1
LEAKING_SHARE = 0.25  # of the steps; afterwards the gradient is the true one
START_SPREAD = 0.01  # of the coefficients at the start: nearly grey
GAIN = 0.25  # of the coefficients before the sigmoid; more saturates within a few steps
# Share of the largest place in what is maximised everywhere. The mean alone gives textures that
# excite a unit less than some images do; the largest alone leaves most of the picture grey.
PEAK = 0.3
# Beyond this much contrast (before the sigmoid: 12 and 88 per cent) a picture is pulled back.
FREE_CONTRAST, PULL = 2.0, 0.3
NOISE_TRIES = 16
# How far a picture is moved before a step: parts of its side, a factor, and degrees.
SHIFT, ZOOM, TURN_DEGREES = 1 / 16, 0.1, 5.0
BLUR_SHARE, BLURRED_SHARE = 1 / 48, 0.6  # widest blur in parts of the side; until which step
_UNLIKE_GREY = ((0.58, 0.58, 0.58), (0.26, 0.0, -0.26), (0.08, -0.16, 0.08))


@dataclass(frozen=True, slots=True)
class Maximisation:
    """A picture that excites a unit.

    Attributes:
        picture: uint8 (h, w, 3).
        activation: The unit's largest over all places on this picture, moved no more.
        start: The same at the start of the ascent.
        noise: The same on the best of `NOISE_TRIES` pictures of white noise.
    """

    unit: int
    picture: npt.NDArray[np.uint8]
    activation: float
    start: float
    noise: float


@dataclass(frozen=True, slots=True)
class Ascent:
    """How to climb.

    Attributes:
        steps: More give clearer pictures; time grows in proportion.
        seed: Of the start and of all movements. The same seed gives the same picture, whatever
            other units are computed along with it.
        objective: "everywhere" excites the unit at all places and at one of them most, which
            shows a texture; "centre" at the middle of the picture only, which shows one thing.
        colours: (3, 3) square root of the covariance of the images' colours, rows are red,
            green and blue; None takes shades with some blue-yellow and green-purple.
    """

    steps: int = 256
    seed: int = 0
    objective: Objective = "everywhere"
    colours: npt.NDArray[np.float32] | None = None


def maximise(
    encoder: Backbone,
    layer: str,
    units: Sequence[int],
    view: ViewSpec,
    device: torch.device,
    ascent: Ascent,
    *,
    cancel: Cancel | None = None,
) -> list[Maximisation]:
    """One picture for each unit, all in one batch; the caller cuts long lists into chunks.

    Costs `steps` forward and backward passes over as many pictures as units. The encoder stays
    as it is. Raises AnalysisError for encoders that do not read colour.
    """
    if encoder.spec.channels != 3:
        raise AnalysisError(
            f"The network reads {encoder.spec.channels} planes, which make no colour picture.",
            remedy="Choose a run whose encoder reads colour images.",
        )
    encoder.to(device)
    climb = _Climb(encoder, layer, units, view, device, ascent)
    start, noise = climb.activations(climb.pictures()), climb.best_of_noise()
    with _open_to_gradients(encoder):
        for step in range(ascent.steps):
            if cancel is not None:
                cancel.check()
            climb.step(step)
    pictures = climb.pictures()
    reached = climb.activations(pictures)
    levels = (pictures * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return [
        Maximisation(unit, levels[i], float(reached[i]), float(start[i]), float(noise[i]))
        for i, unit in enumerate(units)
    ]


def colour_root(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The (3, 3) symmetric square root of the covariance of (n, 3) colours, its largest row 1."""
    values, vectors = np.linalg.eigh(np.cov(pixels.T) + 1e-6 * np.eye(3))
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return np.asarray(root / np.linalg.norm(root, axis=1).max(), np.float32)


class _Climb:
    """The coefficients of all pictures and what a step does to them."""

    def __init__(
        self,
        encoder: Backbone,
        layer: str,
        units: Sequence[int],
        view: ViewSpec,
        device: torch.device,
        ascent: Ascent,
    ) -> None:
        self._encoder, self._layer, self._view, self._ascent = encoder, layer, view, ascent
        self._units = torch.as_tensor(list(units), device=device)
        self._side = encoder.image_size
        # One generator for each unit, so that a picture does not depend on its company.
        seeds = [(ascent.seed * 1_000_003 + unit) % 2**63 for unit in units]
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        colours = _UNLIKE_GREY if ascent.colours is None else ascent.colours
        self._colours = torch.as_tensor(np.asarray(colours, np.float32), device=device)
        if ascent.colours is None:
            self._colours = self._colours.T
        self._scale = _frequency_scale(self._side).to(device)
        shape = (3, self._side, self._side // 2 + 1, 2)
        self._spectrum = (START_SPREAD * self._normal(shape)).to(device).requires_grad_()
        self._adam = torch.optim.Adam([self._spectrum], lr=RATE)
        self._reached = torch.zeros(len(self._units), device=device)

    def pictures(self) -> Tensor:
        """The (U, 3, h, w) pictures in [0, 1], without a gradient."""
        with torch.no_grad():
            return self._planes().sigmoid()

    def step(self, number: int) -> None:
        """Climb once."""
        progress = number / max(1, self._ascent.steps)
        planes = self._planes()
        moved = self._moved(_blurred(planes.sigmoid(), self._sigma(progress)))
        leak = LEAK if progress < LEAKING_SHARE else 0.0
        with _leaking(self._encoder, leak):
            score = self._score(self._maps(moved))
        self._reached = torch.maximum(self._reached, score.detach().abs())
        beyond = (planes.abs() - FREE_CONTRAST).clamp_min(0).square().mean(dim=(1, 2, 3))
        # Units differ in scale, and what the pull weighs against them must not. It is the pull
        # that is scaled: Adam would remember the huge steps of a unit that was silent at first.
        loss = PULL * self._reached * beyond - score
        self._adam.zero_grad(set_to_none=True)
        loss.sum().backward()
        self._adam.step()

    def activations(self, pictures: Tensor) -> Tensor:
        """The (U,) largest activation of each unit on its own picture."""
        with evaluating(self._encoder):
            return self._maps(pictures).flatten(1).amax(dim=1)

    def best_of_noise(self) -> Tensor:
        """The (U,) largest activation on `NOISE_TRIES` pictures of white noise."""
        generator = torch.Generator().manual_seed(self._ascent.seed)
        shape = (NOISE_TRIES, 3, self._side, self._side)
        noise = torch.rand(shape, generator=generator).to(self._units.device)
        with evaluating(self._encoder):
            views = normalise(noise, self._view.mean, self._view.std)
            maps = self._encoder.maps(views, [self._layer])[self._layer].float()
        return maps.amax(dim=(0, 2, 3))[self._units]

    def _planes(self) -> Tensor:
        """The pictures before the sigmoid."""
        waves = torch.view_as_complex(self._spectrum) * self._scale
        planes = torch.fft.irfft2(waves, s=(self._side, self._side), norm="ortho")
        return GAIN * torch.einsum("rc,uchw->urhw", self._colours, planes)

    def _maps(self, pictures: Tensor) -> Tensor:
        """The (U, H, W) map of each unit on its own picture."""
        views = normalise(pictures, self._view.mean, self._view.std)
        maps = self._encoder.maps(views, [self._layer])[self._layer].float()
        return maps[torch.arange(len(maps), device=maps.device), self._units]

    def _score(self, maps: Tensor) -> Tensor:
        if self._ascent.objective == "centre":
            return maps[:, maps.shape[1] // 2, maps.shape[2] // 2]
        return (1 - PEAK) * maps.mean(dim=(1, 2)) + PEAK * maps.amax(dim=(1, 2))

    def _sigma(self, progress: float) -> float:
        """Width of the blur in pixels, falling to nothing."""
        return self._side * BLUR_SHARE * max(0.0, 1 - progress / BLURRED_SHARE)

    def _moved(self, pictures: Tensor) -> Tensor:
        """Each picture shifted, scaled and turned by chance; borders are mirrored."""
        draws = 2 * self._uniform((4,)) - 1
        angle = torch.deg2rad(TURN_DEGREES * draws[:, 0])
        zoom = 1 + ZOOM * draws[:, 1]
        cos, sin, shift = zoom * angle.cos(), zoom * angle.sin(), 2 * SHIFT * draws[:, 2:]
        rows = torch.stack(
            [
                torch.stack([cos, -sin, shift[:, 0]], dim=1),
                torch.stack([sin, cos, shift[:, 1]], dim=1),
            ],
            dim=1,
        ).to(pictures.device)
        grid = affine_grid(rows, list(pictures.shape), align_corners=False)
        return grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)

    def _normal(self, shape: tuple[int, ...]) -> Tensor:
        return torch.stack([torch.randn(shape, generator=g) for g in self._generators])

    def _uniform(self, shape: tuple[int, ...]) -> Tensor:
        return torch.stack([torch.rand(shape, generator=g) for g in self._generators])


def _frequency_scale(side: int) -> Tensor:
    """(h, f) weights 1 / frequency, so that a picture at the start looks like a natural one."""
    down = torch.fft.fftfreq(side)[:, None]
    across = torch.fft.rfftfreq(side)[None]
    frequency: Tensor = (down**2 + across**2).sqrt().clamp_min(1 / side)
    return frequency.reciprocal()


def _blurred(pictures: Tensor, sigma: float) -> Tensor:
    reach = math.ceil(2 * sigma)
    if sigma < 0.2 or reach >= pictures.shape[-1]:
        return pictures
    taps = torch.arange(-reach, reach + 1, dtype=pictures.dtype, device=pictures.device)
    weights = torch.exp(-(taps**2) / (2 * sigma**2))
    weights = (weights / weights.sum()).repeat(3, 1, 1, 1)
    padded = nn.functional.pad(pictures, [reach] * 4, mode="reflect")
    return conv2d(conv2d(padded, weights, groups=3), weights.transpose(2, 3), groups=3)


@contextmanager
def _open_to_gradients(encoder: Backbone) -> Iterator[None]:
    """Eval mode with frozen weights and gradients to the input; all is put back after."""
    training = {module: module.training for module in encoder.modules()}
    wanted = {weight: weight.requires_grad for weight in encoder.parameters()}
    try:
        encoder.eval().requires_grad_(False)
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        for module, mode in training.items():
            module.training = mode
        for weight, mode in wanted.items():
            weight.requires_grad_(mode)


@contextmanager
def _leaking(encoder: Backbone, slope: float) -> Iterator[None]:
    """Rectifiers answer as ever, but pass `slope` of the gradient where they are silent."""
    rectifiers = [module for module in encoder.modules() if isinstance(module, nn.ReLU)]
    in_place = [module.inplace for module in rectifiers]
    hooks = []

    def leak(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        leaky = leaky_relu(inputs[0], slope)
        return leaky + (output - leaky).detach()

    try:
        for module in rectifiers if slope else []:
            module.inplace = False
            hooks.append(module.register_forward_hook(leak))
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in zip(rectifiers, in_place, strict=True):
            module.inplace = mode
