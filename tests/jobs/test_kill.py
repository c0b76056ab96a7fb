"""A few rounds of `benchmarks/kill.py`; that does twenty."""

import random
from pathlib import Path

from benchmarks.kill import kill_scans, kill_trainings, new_run, same_weights
from ssl_studio.jobs.train import TrainJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import run
from tests.pictures import draw_folder


def test_killed_scan_leaves_a_sound_project_and_goes_on(tmp_path: Path) -> None:
    draw_folder(tmp_path / "pictures", per_class=200)
    project = tmp_path / "p.sslstudio"
    Project.create(project).close()
    rounds = kill_scans(project, tmp_path / "pictures", 2, 0.4, random.Random(1))
    assert [r.findings for r in rounds] == [()] * 2
    with Project.open(project) as opened:
        assert opened.images.count() == 600


def test_killed_training_ends_with_the_weights_of_one_left_alone(scanned: Path) -> None:
    control, victim = new_run(scanned, 12), new_run(scanned, 12)
    whole = run(TrainJob(control), scanned)[0].step
    (killed,) = kill_trainings(scanned, victim, 1, 2.0, random.Random(2))
    assert killed.findings == ()
    # A quick machine may be through with the training before its process ends.
    assert killed.offered or killed.step == whole
    assert same_weights(scanned, control, victim)
