"""The running figures of a training: sums kept on the device, read now and then."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil
import torch
from torch import Tensor

from ssl_studio import distributed


@dataclass
class Meter:
    """Averages loss terms between two reports without waiting for the device at each step."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    count: int = 0

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Take one step's detached scalars."""
        for name, value in values.items():
            value = value.detach().float()
            self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.count += 1

    def read(self) -> dict[str, float]:
        """Means since the last read, over all processes; this waits for the device."""
        if not self.count:
            return {}
        names = sorted(self.sums)
        stacked = distributed.mean(torch.stack([self.sums[n] for n in names]) / self.count)
        self.sums, self.count = {}, 0
        return dict(zip(names, stacked.tolist(), strict=True))


class Pace:
    """Images per second of training, and the time that is left.

    The rate is that of the last stretch, so that pauses and looks at the features (`skip`)
    do not spoil it.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._mark = time.perf_counter()
        self._recent: deque[tuple[int, float]] = deque(maxlen=50)

    def lap(self, images: int) -> None:
        """Note that so many images were trained on since the last lap."""
        now = time.perf_counter()
        self._recent.append((images, now - self._mark))
        self.seconds += now - self._mark
        self._mark = now

    def skip(self) -> None:
        """Count the time since the last lap as training time, but not into the rate."""
        now = time.perf_counter()
        self.seconds += now - self._mark
        self._mark = now

    def forget(self) -> None:
        """Leave the time since the last lap out altogether (a pause)."""
        self._mark = time.perf_counter()

    @property
    def images_per_second(self) -> float:
        """Over the last 50 laps; 0 before the first."""
        spent = sum(s for _, s in self._recent)
        return sum(n for n, _ in self._recent) / spent if spent > 0 else 0.0


def memory_bytes(device: torch.device) -> int:
    """Peak of the GPU's allocator, or what this process holds in RAM."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)
