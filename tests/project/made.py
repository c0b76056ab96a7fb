"""Rows for tests, and a second process for those that need one."""

import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssl_studio.project import Project, ScannedImage

JPEG = b"\xff\xd8 a small picture"


def scanned(path: str, content: str | None = None, problem: str | None = None) -> ScannedImage:
    return ScannedImage(
        path=path,
        bytes=100,
        modified_ns=1,
        content_hash=content or f"hash of {path!a}",
        width=None if problem else 32,
        height=None if problem else 24,
        mode="RGB",
        format="JPEG",
        problem=problem,
        thumbnail=None if problem else JPEG,
        thumbnail_width=None if problem else 32,
        thumbnail_height=None if problem else 24,
    )


@dataclass(frozen=True)
class Filled:
    project: Project
    folder: Path
    root: int
    images: list[int]
    run: int
    checkpoint: int
    features: int
    clustering: int
    clusters: list[int]


def fill(project: Project, count: int = 12, k: int = 3) -> Filled:
    """Images in two classes, a finished run, random features in three clusters."""
    folder = project.path.parent / "pictures"
    paths = [f"{'ab'[i % 2]}/{i:03d}.jpg" for i in range(count)]
    for name in paths:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    root = project.images.add_root(folder)
    labels = {name: (name[0], "train") for name in paths}
    images = project.images.upsert(root, [scanned(name) for name in paths], labels)
    ids = np.array(images)
    run = project.runs.create("first", "simclr", "resnet18", image_ids=ids, epochs=2)
    project.runs.add_metrics(run, 1, 0.5, 1.0, {"loss": 2.0, "lr": 0.1})
    checkpoint = project.runs.save_checkpoint(run, 1, 1.0, "final", b"the state")
    project.runs.update(run, status="finished", step=1, epoch=1.0)
    values = np.random.default_rng(0).standard_normal((count, 4)).astype(np.float32)
    features = project.features.add(
        source="run",
        run_id=run,
        checkpoint_id=checkpoint,
        backbone="resnet18",
        layer="pool",
        image_ids=ids,
        values=values,
    )
    numbers, spread = np.arange(count) % k, np.arange(count) / count
    clustering = project.clusterings.add(
        features, "kmeans", k, 0, {}, {"nmi": 0.5}, 1.0, ids, numbers, spread, spread[::-1]
    )
    clusters = [cluster.id for cluster in project.clusterings.clusters(clustering)]
    return Filled(project, folder, root, images, run, checkpoint, features, clustering, clusters)


def alter(path: Path, *statements: str) -> None:
    """Change a closed project behind its back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def other_process(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Python code in a second process; it talks through its standard streams."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
