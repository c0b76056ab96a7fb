from pathlib import Path

import pytest

from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel, Event, ignore
from ssl_studio.jobs.catalogue import catalogue
from ssl_studio.jobs.estimate import EstimateJob
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING, run


def test_time_and_memory_come_from_real_steps(scanned: Path) -> None:
    found, _ = run(EstimateJob("simclr", TRAINING, SETTINGS), scanned)
    assert found.images == 72
    assert found.pixels_bytes == 72 * 3 * 24 * 24
    assert found.seconds(10) == pytest.approx(720 / found.tried.images_per_second, rel=0.01)
    assert found.tried.memory_bytes is not None
    assert 0 < found.tried.memory_bytes < found.free_bytes
    assert found.share_between() < 0.01
    with Project.open(scanned) as project:
        assert project.runs.all() == []


def test_memory_grows_with_the_batch(scanned: Path) -> None:
    few, more, most = (
        run(EstimateJob("simclr", TRAINING | {"batch_size": batch}, SETTINGS), scanned)[
            0
        ].tried.memory_bytes
        for batch in (8, 24, 40)
    )
    assert few is not None
    assert more is not None
    assert most is not None
    assert most - more == pytest.approx(more - few, rel=0.25)
    assert more > few


def test_work_between_epochs_counts(scanned: Path) -> None:
    found, _ = run(EstimateJob("deepcluster", TRAINING, {}), scanned)
    assert found.tried.between_s > 0
    rate = found.tried.images_per_second
    assert rate is not None
    assert found.seconds(3) == pytest.approx(3 * (72 / rate + found.tried.between_s))
    assert 0 < found.share_between() < 1


def test_what_cannot_be_tried_is_told_in_words(scanned: Path) -> None:
    found, _ = run(EstimateJob("simclr", TRAINING | {"batch_size": 4096}, SETTINGS), scanned)
    assert found.seconds(1) is None
    assert "larger than" in found.tried.problem


def test_a_try_can_be_cancelled(scanned: Path) -> None:
    cancel = Cancel()

    def stop(_event: Event) -> None:
        cancel.request()

    with pytest.raises(Cancelled):
        EstimateJob("simclr", TRAINING, SETTINGS).run(scanned, stop, cancel)


@pytest.mark.parametrize("card", catalogue().methods, ids=lambda card: card.id)
def test_every_method_can_be_tried(scanned: Path, card: object) -> None:
    from ssl_studio.jobs.propose import ProposeJob

    method = card.id  # type: ignore[attr-defined]
    fixed = {"image_size": 32, "batch_size": 16}
    found = ProposeJob(method, fixed, probe=False).run(scanned, ignore, Cancel())
    training = found.training_values() | fixed | {"epochs": 1}
    result, _ = run(EstimateJob(method, training, found.settings_values()), scanned)
    assert result.tried.problem == ""
    assert result.tried.memory_bytes
