import subprocess
import sys


def test_scanning_does_not_load_torch() -> None:
    names = ("scan", "labels", "decode", "thumbnails", "walk", "workers", "cache_store")
    code = "import sys, " + ", ".join(f"ssl_studio.images.{name}" for name in names)
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nsys.exit('torch' in sys.modules)"], check=False
    )
    assert done.returncode == 0
