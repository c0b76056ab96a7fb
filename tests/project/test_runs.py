import dataclasses
import math

import numpy as np
import pytest

from ssl_studio.errors import DamagedProject, ProjectError
from ssl_studio.project import Project
from ssl_studio.project.records import CheckpointRecord
from ssl_studio.project.runs import HISTORY, superfluous
from tests.project.made import Filled, other_process


@pytest.fixture
def run(project: Project) -> int:
    return project.runs.create("a", "simclr", "resnet18", settings={"temperature": 0.5})


def test_a_new_run_is_queued(project: Project, run: int) -> None:
    found = project.runs.get(run)
    assert (found.status, found.step, found.settings) == ("queued", 0, {"temperature": 0.5})
    assert project.runs.all() == [found]
    assert found.started_at is None


def test_no_such_run(project: Project) -> None:
    with pytest.raises(ProjectError, match="no run 7"):
        project.runs.get(7)


def test_update(project: Project, run: int) -> None:
    project.runs.update(run, step=5, epoch=0.5, environment={"torch": "2"}, notes="so far")
    project.runs.rename(run, "b")
    found = project.runs.get(run)
    assert (found.step, found.epoch, found.name) == (5, 0.5, "b")
    assert (found.environment, found.notes) == ({"torch": "2"}, "so far")


def test_unknown_columns_are_a_mistake(project: Project, run: int) -> None:
    with pytest.raises(ValueError, match="no column colour"):
        project.runs.update(run, colour="red")


def test_a_run_starts_from_a_checkpoint_that_is_there(project: Project) -> None:
    with pytest.raises(ProjectError, match="no checkpoint 7"):
        project.runs.create("a", "simclr", "resnet18", start_from=7)
    assert project.runs.all() == []


def test_times_follow_the_status(project: Project, run: int) -> None:
    project.runs.update(run, status="running")
    started = project.runs.get(run).started_at
    assert started is not None
    project.runs.update(run, status="stopped")
    assert project.runs.get(run).finished_at is not None
    project.runs.update(run, status="running")
    assert project.runs.get(run).started_at == started


def test_a_run_of_this_process_is_not_unfinished(project: Project, run: int) -> None:
    project.runs.update(run, status="running")
    assert project.runs.unfinished() == []


START = """
import sys
from ssl_studio.project import Project
with Project.open(sys.argv[1]) as project:
    project.runs.update(int(sys.argv[2]), status="running")
    print("running", flush=True)
    sys.stdin.readline()
"""


def test_a_run_whose_process_died_is_unfinished(path, run_of_the_dead: int) -> None:
    with other_process(START, path, run_of_the_dead) as process:
        process.stdout.readline()
        with Project.open(path, read_only=True) as project:
            assert project.runs.unfinished() == []
        process.kill()
        process.wait()
    with Project.open(path, read_only=True) as project:
        assert [run.id for run in project.runs.unfinished()] == [run_of_the_dead]
    with Project.open(path) as project:
        assert [run.id for run in project.runs.unfinished()] == [run_of_the_dead]
        project.runs.update(run_of_the_dead, status="stopped")
        assert project.runs.unfinished() == []


@pytest.fixture
def run_of_the_dead(path) -> int:
    with Project.create(path) as project:
        return project.runs.create("a", "simclr", "resnet18")


def test_a_number_of_a_process_that_is_used_again(project: Project, run: int) -> None:
    project.runs.update(run, status="running")
    with project.write():
        project._sql.run("UPDATE runs SET owner_started = owner_started - 1000")
    assert [found.id for found in project.runs.unfinished()] == [run]


def test_metrics(project: Project, run: int) -> None:
    project.runs.add_metrics(run, 1, 0.1, 1.0, {"loss": 3.0, "lr": 0.1})
    project.runs.add_metrics(run, 2, 0.2, 2.0, {"loss": float("nan")})
    steps, epochs, values = project.runs.metrics(run)["loss"]
    assert steps.tolist() == [1, 2]
    assert epochs.tolist() == [0.1, 0.2]
    np.testing.assert_array_equal(values, [3.0, np.nan])
    assert project.runs.metrics(run, ["lr"]).keys() == {"lr"}
    assert project.runs.metric_names(run) == ["loss", "lr"]


def test_metrics_that_are_not_there(project: Project, run: int) -> None:
    assert project.runs.metrics(run) == {}
    assert project.runs.metrics(run, ["loss"])["loss"][0].shape == (0,)
    assert project.runs.last_metrics(run) == {}


def test_a_repeated_step_replaces_its_figures(project: Project, run: int) -> None:
    for value in (1.0, 2.0):
        project.runs.add_metrics(run, 1, 0.1, 1.0, {"loss": value})
    assert project.runs.metrics(run)["loss"][2].tolist() == [2.0]


def test_last_metrics(project: Project, run: int) -> None:
    project.runs.add_metrics(run, 1, 0.1, 1.0, {"loss": 3.0, "knn": 0.5})
    project.runs.add_metrics(run, 2, 0.2, 2.0, {"loss": 2.0, "infinite": math.inf})
    assert project.runs.last_metrics(run) == {"infinite": math.inf, "knn": 0.5, "loss": 2.0}
    rows = project._sql.rows("SELECT metric, step, value FROM runs_with_last_metrics")
    assert sorted(rows) == [("infinite", 2, math.inf), ("knn", 1, 0.5), ("loss", 2, 2.0)]


def test_resuming_forgets_what_came_later(project: Project, run: int) -> None:
    for step in (1, 2, 3):
        project.runs.add_metrics(run, step, step / 10, 1.0, {"loss": 1.0})
    project.runs.forget_after(run, 2)
    assert project.runs.metrics(run)["loss"][0].tolist() == [1, 2]


def test_log(project: Project, run: int) -> None:
    project.runs.add_log(run, "alarm", "Collapse")
    (row,) = project.runs.log(run)
    assert (row.level, row.text) == ("alarm", "Collapse")


def test_training_images(filled: Filled) -> None:
    runs = filled.project.runs
    assert runs.training_images(filled.run).tolist() == filled.images
    everything = runs.create("b", "simclr", "resnet18")
    assert sorted(runs.training_images(everything)) == filled.images


def test_checkpoints(project: Project, run: int) -> None:
    assert project.runs.latest_checkpoint(run) is None
    project.runs.save_checkpoint(run, 10, 1.0, "epoch", b"one")
    second = project.runs.save_checkpoint(run, 20, 2.0, "final", b"two")
    latest = project.runs.latest_checkpoint(run)
    assert latest is not None
    assert (latest.id, latest.step, latest.bytes) == (second, 20, 3)
    assert project.runs.load_checkpoint(second) == b"two"
    with pytest.raises(ProjectError, match="no checkpoint 99"):
        project.runs.load_checkpoint(99)


def checkpoint(step: int, kind: str) -> CheckpointRecord:
    return CheckpointRecord(step, 1, step, float(step), kind, step, 1, "")  # type: ignore[arg-type]


def test_few_checkpoints_all_stay() -> None:
    assert superfluous([checkpoint(i, "epoch") for i in range(HISTORY + 2)]) == []


def test_old_timed_checkpoints_go() -> None:
    dropped = superfluous([checkpoint(i, "timed") for i in range(5)])
    assert [c.step for c in dropped] == [0, 1, 2]


def test_long_histories_are_spread_evenly() -> None:
    kept: list[CheckpointRecord] = [checkpoint(0, "start")]
    for step in range(1, 101):
        kept.append(checkpoint(step, "epoch"))
        kept = [c for c in kept if c not in superfluous(kept)]
    steps = [c.step for c in kept]
    assert len(steps) == 1 + HISTORY + 2
    assert {0, 1, 99, 100} <= set(steps)
    assert max(np.diff(steps)) <= 40


def test_saving_thins_but_keeps_what_is_in_use(filled: Filled) -> None:
    runs, run = filled.project.runs, filled.run
    first = runs.save_checkpoint(run, 2, 1.0, "timed", b"in use")
    filled.project.features.add(
        source="run",
        run_id=run,
        checkpoint_id=first,
        backbone="resnet18",
        layer="pool",
        image_ids=np.array(filled.images[:1]),
        values=np.zeros((1, 2)),
    )
    for step in range(3, 7):
        runs.save_checkpoint(run, step, 1.0, "timed", b"x")
    assert [c.step for c in runs.checkpoints(run)] == [1, 2, 5, 6]
    assert filled.project.check() == []


def test_saving_keeps_a_checkpoint_whose_units_were_looked_at(filled: Filled) -> None:
    runs, run = filled.project.runs, filled.run
    first = runs.save_checkpoint(run, 2, 1.0, "timed", b"looked at")
    none = np.empty(0, np.int64)
    filled.project.units.add_survey(
        run, first, "conv1", of_images=12, image_ids=none, units=[], seconds=0.0
    )
    for step in range(3, 7):
        runs.save_checkpoint(run, step, 1.0, "timed", b"x")
    assert [survey.checkpoint_id for survey in filled.project.units.surveys(run)] == [first]


def test_deleting_a_run_leaves_nothing_of_it(filled: Filled) -> None:
    filled.project.runs.delete(filled.run)
    for table in ("runs", "metrics", "checkpoints", "feature_sets", "clusters", "arrays"):
        assert filled.project._sql.number(f"SELECT count(*) FROM {table}") == 0
    assert filled.project.check() == []


@pytest.mark.parametrize(
    "damage",
    ["settings = '[1, 2]'", "settings = 'no JSON'", "environment = ''", "training = 'null'"],
)
def test_settings_that_are_no_settings(filled: Filled, damage: str) -> None:
    with filled.project.write():
        filled.project._sql.run(f"UPDATE runs SET {damage}")
    with pytest.raises(DamagedProject, match="not a JSON object"):
        filled.project.runs.get(filled.run)


def test_settings_with_figures_that_json_has_not(project: Project, run: int) -> None:
    settings = {"a": float("inf"), "b": np.float32(0.5), "c": (1, np.int64(2)), "d": None}
    project.runs.update(run, settings=settings)
    assert project.runs.get(run).settings == {"a": None, "b": 0.5, "c": [1, 2], "d": None}


def test_records_are_frozen(project: Project, run: int) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        project.runs.get(run).step = 3  # type: ignore[misc]


def test_curves_come_with_steps_epochs_and_seconds(project: Project, run: int) -> None:
    project.runs.add_metrics(run, 2, 0.2, 9.0, {"loss": 1.5})
    project.runs.add_metrics(run, 1, 0.1, 4.0, {"loss": 2.5, "nmi": math.nan})
    found = project.runs.curves(run)
    assert found["loss"].tolist() == [[1, 2], [0.1, 0.2], [4, 9], [2.5, 1.5]]
    assert np.isnan(found["nmi"][3, 0])
