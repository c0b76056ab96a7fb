"""faiss, imported when it is first needed.

faiss and torch each bring an OpenMP runtime of their own. On Linux (faiss-cpu 1.15.1, torch 2.15)
both orders of import, with work in both libraries and from several threads at once, run and agree:
`tests/numerics/test_faiss_library.py` keeps it so. On macOS two copies of libomp in one process
have been seen to crash inside faiss's parallel regions (facebookresearch/faiss#2317), so there
faiss is given one thread, in which it opens none.
"""

import sys
from types import ModuleType


def load_faiss() -> ModuleType:
    """The faiss module, set up for this process."""
    import faiss

    if sys.platform == "darwin":
        faiss.omp_set_num_threads(1)
    module: ModuleType = faiss
    return module
