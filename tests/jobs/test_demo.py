from pathlib import Path

import pytest

from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel, Event, Metric
from ssl_studio.images.demo import GROUPS, write_digits, write_drawings
from ssl_studio.jobs.demo import DemoJob
from tests.jobs.tiny import SETTINGS, TRAINING, run


@pytest.fixture
def small() -> DemoJob:
    return DemoJob(10, digits=False, training={**TRAINING, "epochs": 1}, settings=SETTINGS)


def test_same_seed_draws_the_same_pictures(tmp_path: Path) -> None:
    first = list(write_drawings(tmp_path / "a", 2, seed=3))
    second = list(write_drawings(tmp_path / "b", 2, seed=3))
    other = list(write_drawings(tmp_path / "c", 2, seed=4))
    assert len(first) == 2 * len(GROUPS)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert [p.read_bytes() for p in first] != [p.read_bytes() for p in other]


def test_all_digits_are_there(tmp_path: Path) -> None:
    assert len(list(write_digits(tmp_path))) == 1797
    assert len(list(tmp_path.iterdir())) == 10


def test_demo_goes_from_nothing_to_clusters(small: DemoJob, tmp_path: Path) -> None:
    result, _ = run(small, tmp_path / "demo.sslstudio")
    assert result.images == 80
    assert len(result.discovery.clusters) == len(GROUPS)
    assert list(result.discovery.figures)[1:] == ["random initialisation", "raw pixels"]


def test_interrupted_demo_goes_on_with_its_run(small: DemoJob, tmp_path: Path) -> None:
    cancel = Cancel()

    def stop(event: Event) -> None:
        if isinstance(event, Metric) and event.step:
            cancel.request()

    with pytest.raises(Cancelled):
        small.run(tmp_path / "demo.sslstudio", stop, cancel)
    result, _ = run(small, tmp_path / "demo.sslstudio")
    assert result.run_id == 1
