"""Two SimCLR views per picture: ours against lightly's transform and against tensor operations.

    python benchmarks/augment.py [--rounds 7]

Contestants take turns, and the best round of each counts, so that other work on the machine
disturbs all alike; the last column compares seconds of CPU, which a busy machine stretches
least. Pictures are in memory for everyone: nothing is decoded.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from lightly.transforms import SimCLRTransform
from torchvision.transforms.functional import to_pil_image

from ssl_studio.images import augment, crops, geometry
from ssl_studio.images.augment import ViewRecipe
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.images.photometric import Colours, draw_jitter, draw_sigma


@dataclass(frozen=True, slots=True)
class Case:
    """One size of pictures with its views; `side` is that of the cache."""

    title: str
    side: int
    batch: int
    recipe: ViewRecipe
    theirs: SimCLRTransform


def cases() -> list[Case]:
    """The sizes of the issue: CIFAR-like and photos."""
    jitter = {"jitter": (0.8, 0.8, 0.8, 0.2), "jitter_probability": 0.8, "grey": 0.2}
    scaled = (0.1 * 96 / 224, 2 * 96 / 224)
    blurred = ViewRecipe(96, **jitter, blur=0.5, blur_sigma=scaled, blur_kernel=9)
    return [
        Case(
            "32 px, no blur",
            32,
            256,
            ViewRecipe(32, **jitter),
            SimCLRTransform(32, gaussian_blur=0.0),
        ),
        Case("96 px from 120, blur", 120, 128, blurred, SimCLRTransform(96, sigmas=scaled)),
    ]


def pictures(case: Case) -> ImageBatch:
    """Smooth noise: as many colours as photos have, none of them grey by chance."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(case.batch, 3, 8, 8, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(case.side,) * 2, mode="bicubic")
    pixels = (smooth.clamp(0, 1) * 255).byte()
    return ImageBatch(pixels, torch.ones(case.batch), torch.arange(case.batch))


def compiled_views(case: Case, batch: ImageBatch) -> None:
    """Two views as a method makes them."""
    draw = Draw(1, len(batch))
    augment.multi_crop(batch, [(case.recipe, 2)], draw)


def tensor_views(case: Case, batch: ImageBatch) -> None:
    """The same views by the code that runs on a GPU."""
    recipe, draw = case.recipe, Draw(1, len(batch))
    for _ in range(2):
        boxes = geometry.sample_boxes(batch.aspect, draw, recipe.scale, recipe.ratio)
        crop = geometry.Crop(boxes, recipe.size, draw.chance(recipe.flip))
        colours = Colours(
            jitter=draw_jitter(draw, recipe.jitter, recipe.jitter_probability),
            grey=draw.chance(recipe.grey),
            sigma=draw_sigma(draw, recipe.blur, recipe.blur_sigma) if recipe.blur else None,
            kernel=recipe.blur_kernel or 1,
        )
        crops.render_tensors(batch.pixels, crop, colours)


def on_one_thread(work: Callable[[], None]) -> Callable[[], None]:
    """The same work with torch held to one thread."""

    def run() -> None:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        work()
        torch.set_num_threads(threads)

    return run


def contestants(case: Case) -> dict[str, tuple[int, Callable[[], None]]]:
    """By name: how many pictures one call takes, and the call."""
    batch = pictures(case)
    images = [to_pil_image(picture) for picture in batch.pixels[:32]]

    def theirs() -> None:
        for image in images:
            case.theirs(image)

    ours, tensors = (lambda: compiled_views(case, batch)), (lambda: tensor_views(case, batch))
    return {
        "lightly, picture by picture, 1 thread": (len(images), on_one_thread(theirs)),
        "tensor operations, 1 thread": (len(batch), on_one_thread(tensors)),
        "tensor operations": (len(batch), tensors),
        "ours, 1 thread": (len(batch), on_one_thread(ours)),
        "ours": (len(batch), ours),
    }


def measure(rows: dict[str, tuple[int, Callable[[], None]]], rounds: int) -> None:
    """Let the contestants take turns and print pictures per second, of the clock and of CPUs."""
    wall, cpu = (dict.fromkeys(rows, float("inf")) for _ in range(2))
    for turn in range(rounds + 1):
        for name, (_, call) in rows.items():
            start, busy = time.perf_counter(), time.process_time()
            call()
            if turn:  # the first turn compiles and warms
                wall[name] = min(wall[name], time.perf_counter() - start)
                cpu[name] = min(cpu[name], time.process_time() - busy)
    base = next(iter(rows))
    for name, (count, _) in rows.items():
        speed, work = count / wall[name], count / cpu[name]
        gain = work * cpu[base] / rows[base][0]
        print(f"  {name:40} {speed:9,.0f} images/s {work:9,.0f} per CPU second {gain:6.1f} x")


def main() -> None:
    """Measure all cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for case in cases():
        print(f"{case.title}: two views, torch threads {torch.get_num_threads()}")
        measure(contestants(case), rounds)


if __name__ == "__main__":
    main()
