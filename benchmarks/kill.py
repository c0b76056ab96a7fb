"""Kill scans and trainings at random moments, and look whether the project survives.

    python -m benchmarks.kill --rounds 20 --out /tmp/kill

Each round starts the command line in a process of its own, ends it with SIGKILL at a random
moment, opens the project and checks it. In the end the scan holds every picture, and the run
that was killed again and again has, bit for bit, the weights of one that never was.
"""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ssl_studio.events import Cancel, ignore
from ssl_studio.images.demo import GROUPS, write_drawings
from ssl_studio.jobs.check import CheckJob
from ssl_studio.jobs.new_run import NewRunJob
from ssl_studio.jobs.scan import ScanJob
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project

TRAINING = {
    "backbone": "light",
    "image_size": 16,
    "batch_size": 32,
    "device": "cpu",
    "precision": "fp32",
    "evaluate_every": 2,
    "exhibit_every": 2,
}
SETTINGS = {"head_width": 32, "head_output": 16}


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes:
        seconds: After which the process was killed; None where it was through by then.
        images: How many the project held afterwards; `step`: where its last run stood.
        offered: Whether a run waits or is offered for resuming.
        findings: What `check` says; nothing is the good answer.
    """

    what: str
    seconds: float | None
    images: int
    step: int
    offered: bool
    findings: tuple[str, ...]


def kill_scans(
    project: Path, folder: Path, rounds: int, span_s: float, chance: random.Random
) -> list[Round]:
    """Scan `folder`, killed within `span_s` of the scan's begin; then once to the end."""
    arguments = ["scan", str(project), str(folder)]
    found = [_round("scan", project, arguments, span_s, chance) for _ in range(rounds)]
    ScanJob(folder).run(project, ignore, Cancel())
    return found


def kill_trainings(
    project: Path, run_id: int, rounds: int, span_s: float, chance: random.Random
) -> list[Round]:
    """Train a run, killed within `span_s` of each start; then once to the end."""
    arguments = ["train", str(project), "--run", str(run_id)]
    found = [_round("training", project, arguments, span_s, chance) for _ in range(rounds)]
    TrainJob(run_id).run(project, ignore, Cancel())
    return found


def new_run(project: Path, epochs: int) -> int:
    """A small run that waits."""
    job = NewRunJob("simclr", {**TRAINING, "epochs": epochs}, SETTINGS)
    return job.run(project, ignore, Cancel()).run_id


def same_weights(project: Path, first: int, second: int) -> bool:
    """Whether two runs ended with equal tensors, bit for bit."""
    from ssl_studio.training.checkpoint import unpack

    states = []
    with Project.open(project) as opened:
        for run_id in (first, second):
            latest = opened.runs.latest_checkpoint(run_id)
            assert latest is not None
            states.append(unpack(opened.runs.load_checkpoint(latest.id)).method)
    return all(bool((states[0][name] == states[1][name]).all()) for name in states[0])


def _round(
    what: str, project: Path, arguments: Sequence[str], span_s: float, chance: random.Random
) -> Round:
    seconds = _start_and_kill(arguments, chance.uniform(0, span_s))
    with Project.open(project) as opened:
        images = opened.images.count()
        runs = opened.runs.all()
        offered = bool(opened.runs.unfinished()) or any(r.status == "queued" for r in runs)
    step = runs[-1].step if runs else 0
    findings = CheckJob().run(project, ignore, Cancel()).findings
    return Round(what, seconds, images, step, offered, findings)


def _start_and_kill(arguments: Sequence[str], after_s: float) -> float | None:
    """Start the command, wait until its job begins and so many seconds more, and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ssl_studio", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stderr is not None
    with process.stderr as said:
        said.readline()  # the job's title
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return after_s
    return None


def _print(rounds: Sequence[Round]) -> None:
    for number, one in enumerate(rounds, 1):
        moment = "was through" if one.seconds is None else f"killed after {one.seconds:.2f} s"
        verdict = "clean" if not one.findings else "; ".join(one.findings)
        print(f"{number:>3} {one.what:<9} {moment:<22} {one.images:>5} images, "
              f"step {one.step:>4}: {verdict}")  # fmt: skip


def main() -> int:
    """Half of the rounds kill scans, half trainings; exit code 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--pictures", type=int, default=200, help="in each of eight groups")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    asked.out.mkdir(parents=True)
    folder, project = asked.out / "pictures", asked.out / "kill.sslstudio"
    total = len(list(write_drawings(folder, asked.pictures, asked.seed)))
    Project.create(project).close()
    scans = kill_scans(project, folder, asked.rounds // 2, 1.5, chance)
    control, victim = new_run(project, asked.rounds), new_run(project, asked.rounds)
    TrainJob(control).run(project, ignore, Cancel())
    trainings = kill_trainings(project, victim, asked.rounds - len(scans), 12.0, chance)
    _print([*scans, *trainings])
    with Project.open(project) as opened:
        complete = opened.images.count() == total == asked.pictures * len(GROUPS)
    equal = same_weights(project, control, victim)
    print(f"every picture is there: {complete}; weights equal those of a run left alone: {equal}")
    return 0 if complete and equal and not any(r.findings for r in [*scans, *trainings]) else 1


if __name__ == "__main__":
    sys.exit(main())
