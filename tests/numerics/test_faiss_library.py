import subprocess
import sys

import pytest

# Both libraries work in parallel regions of their own OpenMP, in one thread and in two at once.
SCRIPT = """
import threading
{imports}
import numpy as np
x = np.random.default_rng(0).normal(size=(4000, 32)).astype("float32")
def search():
    index = faiss.IndexFlatL2(32)
    index.add(x)
    return index.search(x, 5)[1][:, 0]
def multiply():
    return (torch.from_numpy(x) @ torch.from_numpy(x).T).argmax(dim=1).numpy()
torch.set_num_threads(2); faiss.omp_set_num_threads(2)
assert (search() == np.arange(4000)).all()
multiply()
threads = [threading.Thread(target=work) for work in (search, multiply, search, multiply)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert (search() == np.arange(4000)).all()
print("done")
"""


@pytest.mark.parametrize(
    "imports", ["import faiss, torch", "import torch, faiss"], ids=["faiss first", "torch first"]
)
def test_faiss_and_torch_share_a_process(imports: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(imports=imports)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "done\n", done.stderr


def test_the_room_is_light_to_import() -> None:
    modules = "kmeans, matching, neighbours, power_iteration, scores, whitening"
    heavy = "{'faiss', 'sklearn', 'scipy', 'torch'} & sys.modules.keys()"
    script = f"import sys\nfrom ssl_studio.numerics import {modules}\nprint({heavy} or 'none')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "none\n", done.stderr
