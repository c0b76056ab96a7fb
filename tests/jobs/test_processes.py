"""Two processes under torchrun share one training on the CPU."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ssl_studio.jobs.processes import agree, first_alone, is_first, process_group
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING, run


def _torchrun(project: Path) -> None:
    values = {**TRAINING, **SETTINGS, "epochs": 1}
    sets = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    _start_two("-m", "ssl_studio", "train", str(project), "simclr", *sets)


def _start_two(*program: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2",
         "--master-addr", "127.0.0.1", "--master-port", str(port),
         *program],
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
             "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        timeout=240,
    )  # fmt: skip


def test_two_processes_train_what_one_trains(trained: Path) -> None:
    _torchrun(trained)
    with Project.open(trained) as project:
        shared = project.runs.all()[-1]
        assert (shared.id, shared.status, shared.step) == (2, "finished", 3)
        alone = project.runs.create(
            "alone",
            shared.method,
            shared.backbone,
            settings=shared.settings,
            training=shared.training,
            epochs=1,
        )
    run(TrainJob(alone), trained)
    with Project.open(trained) as project:
        two = project.runs.metrics(shared.id)["loss"][2]
        one = project.runs.metrics(alone)["loss"][2]
        assert project.check() == []
    assert two.tolist() == pytest.approx(one.tolist(), rel=1e-3)


def test_a_process_alone_is_the_first_and_agrees_with_itself() -> None:
    with process_group() as rank:
        assert (rank, is_first(), agree(7)) == (0, True, 7)
        with first_alone():
            pass


ORDER = """
import sys, time
from pathlib import Path
from ssl_studio.jobs.processes import first_alone, process_group
with process_group() as rank:
    done = Path(sys.argv[1])
    with first_alone():
        if rank == 0:
            time.sleep(0.5)
            done.write_text("")
        assert done.exists()
"""


def test_others_wait_for_what_the_first_does(tmp_path: Path) -> None:
    (tmp_path / "order.py").write_text(ORDER)
    _start_two(str(tmp_path / "order.py"), str(tmp_path / "done"))
