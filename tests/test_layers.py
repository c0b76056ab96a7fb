"""The rules of who may import whom, and what the way to the first window must not load."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = [
    "errors", "events", "distributed", "project", "images", "numerics", "networks", "methods",
    "training", "analysis", "exporting", "jobs", "cli",
]  # fmt: skip

_BLOCK_QT = """
import sys
for name in ("PySide6", "pyqtgraph"):
    sys.modules[name] = None
"""

_IMPORT_ALL = """
import importlib, pkgutil
for room in sys.argv[1:]:
    module = importlib.import_module(f"ssl_studio.{room}")
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"ssl_studio.{room}."):
        importlib.import_module(found.name)
"""

_NO_TORCH = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{sys.argv[1]}."):
    importlib.import_module(found.name)
print([name for name in ("torch", "faiss", "umap", "sklearn", "numba") if name in sys.modules])
"""


def _python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_imports_point_one_way() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_rooms_below_the_window_need_no_qt() -> None:
    _python(_BLOCK_QT + _IMPORT_ALL, *ROOMS)


@pytest.mark.parametrize("package", ["ssl_studio.jobs", "ssl_studio.cli", "ssl_studio.gui"])
def test_heavy_packages_stay_off_the_way_to_the_window(package: str) -> None:
    assert _python(_NO_TORCH, package).strip() == "[]"
