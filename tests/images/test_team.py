"""Rows shared among threads are each worked on once, whoever does the work."""

import threading

import pytest
import torch

from ssl_studio.images import team


@pytest.fixture(params=["torch's threads", "own threads"])
def _kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "own threads":
        monkeypatch.setattr(team, "_openmp", lambda: None)
    elif team._openmp() is None:
        pytest.skip("torch has no OpenMP threads here")


@pytest.mark.usefixtures("_kind")
@pytest.mark.parametrize(("rows", "threads"), [(1, 1), (1, 2), (5, 2), (100, 3)])
def test_every_row_is_worked_on_once(rows: int, threads: int) -> None:
    counts = torch.zeros(rows)

    def work(start: int, stop: int) -> None:
        counts[start:stop] += 1

    team.share(work, rows, threads)
    assert bool((counts == 1).all())


@pytest.mark.usefixtures("_kind")
def test_several_threads_take_part() -> None:
    both = threading.Barrier(2, timeout=30)
    waited = threading.local()

    def work(start: int, stop: int) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            both.wait()

    team.share(work, 100, 2)
    assert not both.broken


@pytest.mark.usefixtures("_kind")
def test_what_goes_wrong_in_any_piece_is_raised() -> None:
    def work(start: int, stop: int) -> None:
        if stop == 100:
            raise ValueError("the last piece")

    with pytest.raises(ValueError, match="the last piece"):
        team.share(work, 100, 2)


@pytest.mark.usefixtures("_kind")
def test_two_callers_at_once_do_not_mix() -> None:
    rows: list[list[int]] = [[], []]

    def call(caller: int) -> None:
        def work(start: int, stop: int) -> None:
            rows[caller].extend(range(start, stop))

        for _ in range(20):
            team.share(work, 50, 2)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sorted(own) for own in rows] == [sorted([*range(50)] * 20)] * 2
