"""Whatever was reported as saved is there after `kill -9`, and the file is sound."""

import random
import time
from pathlib import Path

from ssl_studio.project import Project
from tests.project.made import other_process

WORK = """
import sys
import numpy as np
from ssl_studio.project import Project, arrays
from tests.project.made import scanned

arrays.CHUNK_BYTES = 1 << 16
rng = np.random.default_rng(0)
with Project.open(sys.argv[1]) as project:
    root = project.images.add_root(".")
    run = project.runs.all()[0].id
    project.runs.update(run, status="running")
    first = len(project.images.ids())
    for i in range(first, 10_000):
        project.images.upsert(root, [scanned(f"{i}.jpg")])
        print("image", i, flush=True)
        project.runs.add_metrics(run, i, i, 1.0, {"loss": float(i)})
        print("metric", i, flush=True)
        saved = project.runs.save_checkpoint(run, i, i, "epoch", rng.bytes(200_000))
        print("checkpoint", saved, flush=True)
"""


def killed_at_random(path: Path, random_: random.Random) -> dict[str, int]:
    """Work in another process until it is killed; the last number that it reported, by kind."""
    with other_process(WORK, path) as process:
        assert process.stdout is not None
        reports = [process.stdout.readline()]
        time.sleep(random_.uniform(0.0, 0.1))
        process.kill()
        reports += process.stdout.read().splitlines()
    whole = [line.split() for line in reports if len(line.split()) == 2]
    return {kind: int(number) for kind, number in whole[:-1]}


def test_killed_at_any_moment(path: Path) -> None:
    with Project.create(path) as project:
        run = project.runs.create("a", "simclr", "resnet18")
    random_ = random.Random(0)
    for _ in range(4):
        last = killed_at_random(path, random_)
        with Project.open(path) as project:
            assert project.check() == []
            assert [r.id for r in project.runs.unfinished()] == [run]
            assert len(project.images.ids()) > last.get("image", -1)
            steps = project.runs.metrics(run).get("loss", ([],))[0]
            assert last.get("metric", -1) in [-1, *steps]
            kept = [c.id for c in project.runs.checkpoints(run)]
            assert last.get("checkpoint", -1) in [-1, *kept]
            for checkpoint in kept:
                assert len(project.runs.load_checkpoint(checkpoint)) == 200_000
