import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_shared(world: int, folder: Path) -> dict[str, list[float]]:
    out, meeting = folder / f"losses{world}.json", folder / f"meeting{world}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.training.run_shared",
                *map(str, (r, world, meeting, out)),
            ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for r in range(world)
    ]
    for process in processes:
        said, _ = process.communicate(timeout=240)
        assert process.returncode == 0, said.decode()
    return json.loads(out.read_text())


def test_two_processes_have_the_losses_of_one_with_the_same_global_batch(tmp_path):
    one, two = run_shared(1, tmp_path), run_shared(2, tmp_path)
    assert len(one["simclr"]) == len(one["swav"]) == 8
    for method_id in ("simclr", "swav"):
        # The first loss shows the forward pass, the second the gradients of the first; later
        # ones drift, since sums in another order round differently and each step amplifies that.
        assert two[method_id][:2] == pytest.approx(one[method_id][:2], abs=1e-5), method_id
        assert two[method_id] == pytest.approx(one[method_id], abs=5e-3), method_id
