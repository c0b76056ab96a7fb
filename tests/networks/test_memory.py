import pytest
import torch

from ssl_studio.networks.memory import MemoryBank, Queue


def batch(first: int, rows: int = 3) -> torch.Tensor:
    """Rows that tell their number."""
    return torch.arange(first, first + rows, dtype=torch.float32)[:, None].expand(-1, 2)


@pytest.mark.parametrize(("length", "rows"), [(6, 3), (7, 3), (5, 2), (4, 4)])
def test_queue_holds_exactly_the_latest(length: int, rows: int) -> None:
    queue = Queue(length, 2)
    expected = torch.empty(0, 2)
    for step in range(9):
        queue.push(batch(100 * step, rows))
        expected = torch.cat([batch(100 * step, rows), expected])[:length]
        assert torch.equal(queue.newest_first(), expected)
        assert len(queue) == len(expected)
    assert queue.full


def test_contents_are_the_same_rows() -> None:
    queue = Queue(5, 2)
    for step in range(4):
        queue.push(batch(10 * step))
        found = set(queue.contents()[:, 0].tolist())
        assert found == set(queue.newest_first()[:, 0].tolist())


def test_a_batch_longer_than_the_queue_is_cut() -> None:
    queue = Queue(2, 2)
    queue.push(batch(0, 5))
    assert torch.equal(queue.newest_first(), batch(0, 2))


def test_queue_goes_on_from_its_state() -> None:
    first, second = Queue(5, 2), Queue(5, 2)
    first.push(batch(0))
    second.load_state_dict(first.state_dict())
    for queue in (first, second):
        queue.push(batch(10, 4))
    assert torch.equal(first.newest_first(), second.newest_first())


def test_what_was_read_stays_when_the_queue_moves() -> None:
    queue = Queue(3, 2)
    queue.push(batch(0))
    read = queue.contents()
    queue.push(batch(10))
    assert torch.equal(read.sort(dim=0).values, batch(0))


def test_bank_keeps_unit_running_means() -> None:
    bank = MemoryBank(4, 2, momentum=0.5)
    index = torch.tensor([2])
    bank.update(index, torch.tensor([[3.0, 0.0]]))
    bank.update(index, torch.tensor([[0.0, 1.0]]))
    half = 0.5**0.5
    torch.testing.assert_close(bank.at(index), torch.tensor([[half, half]]))


def test_bank_knows_what_was_seen() -> None:
    bank = MemoryBank(4, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(bank.rows.norm(dim=1), torch.ones(4))
    bank.update(torch.tensor([1, 3]), torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    assert bank.seen.tolist() == [False, True, False, True]
    assert torch.equal(bank.at(torch.tensor([3])), torch.tensor([[0.0, 1.0]]))


def test_bank_without_length_keeps_means() -> None:
    bank = MemoryBank(2, 1, momentum=0.9, normalise=False)
    for value in (10.0, 20.0):
        bank.update(torch.tensor([0]), torch.tensor([[value]]))
    torch.testing.assert_close(bank.rows[0, 0], torch.tensor(0.9 * 10 + 0.1 * 20))
