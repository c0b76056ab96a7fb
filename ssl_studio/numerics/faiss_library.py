"""faiss, imported when it is first needed.

faiss and torch each bring an OpenMP runtime of their own. On Linux (faiss-cpu 1.15.1, torch 2.15)
both orders of import, with work in both libraries and from several threads at once, run and agree:
`tests/numerics/test_faiss_library.py` keeps it so.

On macOS the second libomp ends the process (OMP error 15), and where that is allowed faiss crashes
in its parallel regions (faiss-wheels/faiss-wheels#73, torchgeo/torchgeo-bench#139): there the check
is lifted and faiss gets one thread, so that it opens no such region.
"""

import os
import sys
from types import ModuleType


def load_faiss() -> ModuleType:
    """The faiss module, set up for this process."""
    if sys.platform == "darwin":
        os.environ.setdefault("KMP_DUPLICATE_LIB_OK", "TRUE")
    import faiss

    if sys.platform == "darwin":
        faiss.omp_set_num_threads(1)
    module: ModuleType = faiss
    return module
