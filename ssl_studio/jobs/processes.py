"""Several processes that share one training, as `torchrun` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

PATIENCE = timedelta(days=7)
"""How long the others wait for work that the first process does for all."""


@contextmanager
def process_group() -> Iterator[int]:
    """This process's rank, inside the group that `torchrun` announced; 0 when it is alone.

    GPUs speak NCCL, CPUs gloo. The outermost block enters the group and leaves it.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield 0
        return
    import torch
    import torch.distributed as dist

    if dist.is_initialized():
        yield dist.get_rank()
        return
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield dist.get_rank()
    finally:
        dist.destroy_process_group()


def is_first() -> bool:
    """Whether this is the process that writes and reports; known before the group is entered."""
    return os.environ.get("RANK", "0") == "0"


def agree(value: int) -> int:
    """The first process's value, everywhere. All processes of the group must ask."""
    import torch.distributed as dist

    if not dist.is_initialized():
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


@contextmanager
def first_alone() -> Iterator[None]:
    """The first process goes through, however that ends, then the others, which find its work.

    All processes of the group must come by.
    """
    import torch.distributed as dist

    if not dist.is_initialized():
        yield
        return
    # gloo waits as long as one likes: NCCL takes ten minutes of silence for a failure.
    group = dist.new_group(backend="gloo", timeout=PATIENCE)
    assert isinstance(group, dist.ProcessGroup)
    if not is_first():
        dist.barrier(group)
    try:
        yield
    finally:
        if is_first():
            dist.barrier(group)
        dist.destroy_process_group(group)
