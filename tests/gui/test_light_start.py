import subprocess
import sys


def test_the_way_to_the_first_window_imports_nothing_heavy() -> None:
    code = (
        "import sys, ssl_studio.gui.app, ssl_studio.gui.pages as p; p.pages();"
        "heavy = {'torch', 'faiss', 'umap', 'sklearn', 'scipy', 'numba'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
