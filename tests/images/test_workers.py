from collections.abc import Iterator

import pytest

from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel
from ssl_studio.images.workers import decode_threads, in_order


def test_results_keep_the_order() -> None:
    assert list(in_order(lambda n: n * n, range(50), Cancel(), 3)) == [n * n for n in range(50)]


def test_no_more_than_a_few_units_are_taken_ahead() -> None:
    taken = []

    def units() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_order(str, units(), Cancel(), 2)
    next(results)
    assert len(taken) <= 10
    results.close()  # type: ignore[attr-defined]


def test_what_the_work_raises_is_raised() -> None:
    def fail(number: int) -> int:
        raise TimeoutError(str(number))

    with pytest.raises(TimeoutError, match="0"):
        list(in_order(fail, range(3), Cancel(), 2))


def test_a_result_that_was_overtaken_by_cancel_is_not_given() -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        next(in_order(lambda _number: cancel.request(), range(3), cancel, 1))


def test_at_least_one_thread() -> None:
    assert 1 <= decode_threads() <= 16
