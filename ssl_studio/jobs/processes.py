"""Several processes that share one training, as `torchrun` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def process_group() -> Iterator[int]:
    """This process's rank, inside the group that `torchrun` announced; 0 when it is alone.

    GPUs speak NCCL, CPUs gloo. The group is left again at the end of the block.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield 0
        return
    import torch
    import torch.distributed as dist

    on_gpu = torch.cuda.is_available() and torch.cuda.device_count() > 0
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield dist.get_rank()
    finally:
        dist.destroy_process_group()


def is_first() -> bool:
    """Whether this is the process that writes and reports, told from the environment alone."""
    return os.environ.get("RANK", "0") == "0"
