"""Freed memory stays while work goes on, in every thread, and goes back afterwards."""

import subprocess
import sys

import pytest

from ssl_studio import allocator

SCRIPT = """
import resource, threading, psutil
from ssl_studio.allocator import give_back, keep_freed_memory

assert keep_freed_memory()
import torch

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def steps():
    for turn in range(10):
        if turn == 6:
            before = faults()
        kept = [torch.ones(20_000_000) for _ in range(4)]  # 80 MB each
        del kept
    later.append(faults() - before)

later = []
thread = threading.Thread(target=steps)
thread.start()
thread.join()
held = psutil.Process().memory_info().rss
give_back()
print(later[0], (held - psutil.Process().memory_info().rss) // 10**6)
"""


@pytest.mark.skipif(allocator._glibc() is None, reason="not glibc")
def test_blocks_are_used_again_until_they_are_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    faults, returned_mb = map(int, done.stdout.split())
    assert faults < 1_000  # 310,000 pages are touched
    assert returned_mb > 250


def test_a_system_without_these_calls_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator, "_glibc", lambda: None)
    assert not allocator.keep_freed_memory()
    allocator.give_back()
