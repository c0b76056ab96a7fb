"""Fills a project with drawn images, a run with curves, and what would be derived from it.

Nothing is trained: features are drawn around one centre per group, so that clusters,
neighbours and maps look as those of a good run do.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ssl_studio.project.file import Project
from ssl_studio.project.records import ExhibitRecord, ScannedImage, UnitImage
from ssl_studio.project.units import UnitAnswers, UnitRecord
from tests.pictures import GROUPS, draw_shape

FEATURES = 16
NEIGHBOURS = 12
EPOCHS = 10
STEPS = 20
SURVEYED, RANKS = 6, 9


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the project is, and the ids of what it holds."""

    path: Path
    folder: Path
    run_id: int
    feature_set_id: int
    clustering_id: int
    image_ids: tuple[int, ...]


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    """uint8 (H, W, 3) as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def make_sample(place: Path, *, per_group: int = 12, size_px: int = 32) -> Sample:
    """A project with images, a finished run, and everything derived from it."""
    rng = np.random.default_rng(0)
    folder = place / "shapes"
    folder.mkdir(parents=True)
    path = place / "shapes.sslstudio"
    with Project.create(path) as project:
        ids, groups = add_images(project, folder, per_group, size_px, rng)
        run_id = add_run(project, ids, rng)
        feature_set_id, values = add_features(project, run_id, ids, groups, rng)
        clustering_id = add_clusters(project, feature_set_id, ids, groups, values, rng)
        add_pictures(project, run_id, ids, rng)
        add_survey(project, run_id, None, ids, np.random.default_rng(1))
    return Sample(path, folder, run_id, feature_set_id, clustering_id, tuple(ids.tolist()))


def add_images(
    project: Project, folder: Path, per_group: int, size_px: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Drawn images and two files that are none; ids and group numbers, both (N,)."""
    rows, labels = [], {}
    for number in range(len(GROUPS) * per_group):
        group = GROUPS[number % len(GROUPS)]
        picture = draw_shape(group, rng, size_px)
        name = f"{group}/{group}-{number:05d}.jpg"
        jpeg = encoded(np.asarray(picture), "JPEG")
        rows.append(
            ScannedImage(
                name, len(jpeg), 1, f"{number:032x}", size_px, size_px, "RGB", "JPEG",
                thumbnail=jpeg, thumbnail_width=size_px, thumbnail_height=size_px,
            )
        )  # fmt: skip
        labels[name] = (group, "train")
    for name, problem in (
        ("notes.jpg", "The file is not a picture: it begins with text."),
        ("cut.jpg", "The picture breaks off after 41 % of its lines."),
    ):
        rows.append(ScannedImage(name, 314, 1, None, None, None, None, None, problem))
    ids = project.images.upsert(project.images.add_root(folder), rows, labels)
    sound = np.asarray(ids[: len(GROUPS) * per_group], np.int64)
    return sound, np.arange(len(sound)) % len(GROUPS)


def add_run(project: Project, ids: np.ndarray, rng: np.random.Generator) -> int:
    """A finished run with curves and a log."""
    run_id = project.runs.create(
        "SimCLR, light",
        "simclr",
        "light",
        settings={"temperature": 0.5},
        training={"backbone": "light", "image_size": 32, "epochs": EPOCHS, "batch_size": 128},
        image_ids=ids,
        epochs=EPOCHS,
        steps_per_epoch=STEPS,
    )
    for step in range(1, EPOCHS * STEPS + 1):
        done = step / (EPOCHS * STEPS)
        project.runs.add_metrics(
            run_id, step, step / STEPS, step * 0.4,
            {
                "loss": 4.8 * np.exp(-2 * done) + 1.1 + rng.normal(0, 0.05),
                "embedding_std": 0.02 + 0.05 * done + rng.normal(0, 0.001),
                "effective_rank": 4 + 40 * done + rng.normal(0, 0.8),
                "learning_rate": 0.06 * np.cos(done * np.pi / 2),
                "images_per_s": 900 + rng.normal(0, 20),
                "gradient_norm": 1.2 + rng.normal(0, 0.1),
            },
        )  # fmt: skip
    for epoch in range(2, EPOCHS + 1, 2):
        project.runs.add_metrics(
            run_id, epoch * STEPS, epoch, epoch * 8.0,
            {"knn_accuracy": 0.4 + 0.05 * epoch, "nmi": 0.1 + 0.06 * epoch},
        )  # fmt: skip
    project.runs.add_log(run_id, "info", "Training on 36 images with bf16 on the CPU.")
    project.runs.add_log(run_id, "warning", "The batch was halved: 64 images at a time fit.")
    project.runs.update(run_id, status="finished", step=EPOCHS * STEPS, epoch=EPOCHS, seconds=80.0)
    return run_id


def add_features(
    project: Project, run_id: int, ids: np.ndarray, groups: np.ndarray, rng: np.random.Generator
) -> tuple[int, np.ndarray]:
    """Features around a centre per group, with neighbours, maps and probes."""
    values = rng.normal(size=(len(GROUPS), FEATURES))[groups] * 2
    values = (values + rng.normal(size=values.shape) * 0.6).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    features = project.features
    trained = features.add(
        source="run", backbone="light", layer="pooled", image_ids=ids, values=values,
        run_id=run_id, epoch=EPOCHS,
    )  # fmt: skip
    untrained = features.add(
        source="random", backbone="light", layer="pooled", image_ids=ids,
        values=rng.normal(size=values.shape).astype(np.float32),
    )  # fmt: skip
    distances = 1 - values @ values.T
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1)[:, :NEIGHBOURS]
    features.add_neighbours(
        trained, "cosine", ids[order], np.take_along_axis(distances, order, 1).astype(np.float32)
    )
    centred = values - values.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    features.add_projection(trained, "pca", (centred @ axes.T).astype(np.float32))
    for feature_set, accuracy in ((trained, 0.94), (untrained, 0.52)):
        features.add_probe(feature_set, "knn", {"accuracy@20": accuracy}, seconds=0.4)
        features.add_probe(feature_set, "linear", {"accuracy": accuracy + 0.02}, seconds=3.0)
    return trained, values


def add_clusters(
    project: Project, feature_set_id: int, ids: np.ndarray, groups: np.ndarray,
    values: np.ndarray, rng: np.random.Generator,
) -> int:  # fmt: skip
    """The groups, cut once more into two each, with a few images astray."""
    numbers = groups * 2 + rng.integers(0, 2, len(groups))
    astray = rng.random(len(groups)) < 0.08
    numbers[astray] = rng.integers(0, 2 * len(GROUPS), int(astray.sum()))
    centres = np.stack([values[numbers == number].mean(0) for number in range(2 * len(GROUPS))])
    gaps = np.sort(np.linalg.norm(values[:, None] - centres[None], axis=2), axis=1)
    return project.clusterings.add(
        feature_set_id, "k-means", 2 * len(GROUPS), 0, {},
        {"label_accuracy": 0.61, "label_nmi": 0.7, "silhouette": 0.31},
        0.8, ids, numbers, gaps[:, 0], gaps[:, 1] - gaps[:, 0],
    )  # fmt: skip


def add_pictures(project: Project, run_id: int, ids: np.ndarray, rng: np.random.Generator) -> None:
    """Reconstructions at two epochs, first-layer filters and units."""
    records = []
    for step, epoch in ((STEPS, 1.0), (EPOCHS * STEPS, float(EPOCHS))):
        for position in range(4):
            for panel in ("masked", "reconstruction", "original"):
                picture = np.asarray(draw_shape(GROUPS[position % 3], rng, 32))
                records.append(
                    ExhibitRecord(
                        0, run_id, None, step, epoch, "reconstructions", int(ids[position]),
                        panel, position, "", encoded(picture, "PNG"),
                    )
                )  # fmt: skip
    for position in range(24):
        noise = rng.integers(0, 256, (5, 5, 3)).astype(np.uint8)
        records.append(
            ExhibitRecord(
                0, run_id, None, EPOCHS * STEPS, float(EPOCHS), "filters", None, "filter",
                position, "", encoded(noise, "PNG"),
            )
        )  # fmt: skip
    project.exhibits.add(records)
    units = [
        UnitImage("pooled", unit, rank, int(ids[(unit * 7 + rank) % len(ids)]), 9.0 - rank,
                  0.25, 0.25, 0.75, 0.75)
        for unit in range(6)
        for rank in range(9)
    ]  # fmt: skip
    project.exhibits.set_units(run_id, None, "pooled", units)


def add_survey(
    project: Project,
    run_id: int,
    checkpoint_id: int | None,
    ids: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """A survey of the six units of `conv1`; the fifth likes images labelled as the first is."""
    labels = project.images.labels(ids)
    likes_first = np.array([label == labels[0] for label in labels])
    units, best = [], []
    for unit in range(SURVEYED):
        answers = rng.random(len(ids)) + (2.0 * likes_first if unit == 4 else 0)
        order = np.argsort(-answers)[:RANKS]
        figures = UnitRecord(unit, float(answers.mean()), float(answers.max()), 0.1, unit / 10)
        maps = rng.random((RANKS, 4, 4))
        units.append(UnitAnswers(figures, answers.astype(np.float16), maps.astype(np.float16)))
        best += [
            UnitImage("conv1", unit, rank, int(ids[place]), float(answers[place]), 0.25, 0, 0.75, 1)
            for rank, place in enumerate(order)
        ]
    project.exhibits.set_units(run_id, checkpoint_id, "conv1", best)
    project.units.add_survey(
        run_id, checkpoint_id, "conv1", of_images=100, image_ids=ids, units=units, seconds=1.0
    )
