"""The environment that the project's own commands run in: made on first use, kept after that.

Standard library only. `SSL_STUDIO_VENV` names another place for it than `.venv` in the checkout.

    python3 packaging/environment.py prepare [--dev]   make it or bring it up to date
    python3 packaging/environment.py key [--dev]       the hash of what belongs into it
    python3 packaging/environment.py packages          system packages that Qt still lacks
"""

import argparse
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 8_000_000_000  # torch with its GPU libraries unpacks to about 6 GB

# Debian's and Ubuntu's names for the libraries that Qt loads from the system.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


class SetupError(Exception):
    """Something that the reader has to mend; the message says what to do."""


def say(text: str) -> None:
    """Tell the reader, at once, what happens next."""
    print(f"• {text}", file=sys.stderr, flush=True)


def folder() -> Path:
    """Where the environment lies."""
    chosen = os.environ.get("SSL_STUDIO_VENV")
    return Path(chosen).expanduser().resolve() if chosen else CHECKOUT / ".venv"


def python() -> Path:
    """The environment's interpreter."""
    return folder() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def requirements(dev: bool) -> list[str]:
    """What `pyproject.toml` asks for, with or without the developers' tools."""
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = project["optional-dependencies"]["dev"] if dev else []
    return [*project["dependencies"], *extra]


def key(dev: bool) -> str:
    """A hash of interpreter, machine and requirements: equal keys mean equal packages."""
    parts = [sys.version, platform.machine(), *sorted(requirements(dev))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def variables() -> dict[str, str]:
    """This process's environment, with the checkout's package first on the path."""
    found = os.environ.copy()
    rest = found.get("PYTHONPATH")
    found["PYTHONPATH"] = os.pathsep.join([str(CHECKOUT), *([rest] if rest else [])])
    found["VIRTUAL_ENV"] = str(folder())
    found["PATH"] = os.pathsep.join([str(python().parent), found.get("PATH", "")])
    return found


def prepare(dev: bool) -> Path:
    """An environment with all requirements, made where it is missing; gives its interpreter.

    The stamp is written last, so an interrupted set-up is taken up again. Raises SetupError.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"This is Python {platform.python_version()}; SSL Studio needs 3.11 or newer. "
            "Run the same command with a newer interpreter, for instance python3.12."
        )
    with _alone():
        stamps = _stamps()
        wanted = "dev" if dev else "runtime"
        if python().exists() and stamps.get(wanted) == key(dev):
            return python()
        if not python().exists() or stamps.get("python") != sys.version:
            _create(ours=bool(stamps))
            stamps = {"python": sys.version}
            _write_stamps(stamps)
        _install(requirements(dev), "with the developers' tools" if dev else "to run it")
        stamps |= {"runtime": key(False), wanted: key(dev)}
        _add_command()
        _write_stamps(stamps)
    return python()


def _create(ours: bool) -> None:
    _check_space()
    if folder().exists() and any(folder().iterdir()) and not ours:
        raise SetupError(
            f"{folder()} exists and was not made by this command, so it is left as it is. "
            "Move it away, or name another place with SSL_STUDIO_VENV=/path/to/environment."
        )
    say(f"Making a virtual environment in {folder()} (Python {platform.python_version()}).")
    folder().parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "venv", "--clear", str(folder())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if "ensurepip" in done.stdout + done.stderr:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            "Python's venv module is not complete on this system. Install it with:\n"
            f"    {_as_root()}apt-get install python{version}-venv"
        )
    raise SetupError(f"The virtual environment could not be made:\n{done.stdout}{done.stderr}")


def _check_space() -> None:
    place = next(p for p in [folder(), *folder().parents] if p.exists())
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{place} has {free / 1e9:.1f} GB free; the packages need about "
            f"{NEEDED_BYTES / 1e9:.0f} GB. Make room, or name another place with "
            "SSL_STUDIO_VENV=/path/to/environment."
        )


def _install(wanted: list[str], purpose: str) -> None:
    say(f"Installing {len(wanted)} packages and what they need, {purpose}.")
    say("The first time this downloads some gigabytes (torch) and takes minutes; later, seconds.")
    command = [str(python()), "-m", "pip", "install", "--disable-pip-version-check"]
    if not sys.stderr.isatty():
        command += ["--quiet", "--progress-bar", "off"]
    if subprocess.run([*command, "setuptools>=77", *wanted], check=False).returncode:
        raise SetupError(
            "The packages could not be installed; pip's own words stand above. "
            "Check the network and the disk, then run the same command again."
        )


def _add_command() -> None:
    """Put `ssl-studio` into the checkout's own environment.

    A shared environment outside the checkout stays free of it: several checkouts may use that
    one, and `variables` names the right package in any case.
    """
    if not folder().is_relative_to(CHECKOUT):
        return
    command = [str(python()), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    command += ["--no-deps", "--no-build-isolation", "--editable", str(CHECKOUT)]
    if subprocess.run(command, check=False).returncode:
        raise SetupError("The package itself could not be installed; pip's words stand above.")


def _stamps() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((folder() / "ssl-studio.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _write_stamps(stamps: dict[str, str]) -> None:
    (folder() / "ssl-studio.json").write_text(json.dumps(stamps, indent=1), "utf-8")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep a second set-up of the same environment waiting until the first is through."""
    try:
        import fcntl
    except ImportError:  # Windows: no second set-up is expected there
        yield
        return
    folder().parent.mkdir(parents=True, exist_ok=True)
    with (folder().parent / f"{folder().name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this environment.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def missing_libraries(window: bool) -> list[str]:
    """System libraries that Qt would look for in vain, by file name.

    `window` asks for what a window on an X display needs too, not only for drawing in memory.
    """
    if not sys.platform.startswith("linux"):
        return []
    found = set(_unresolved(window)) | set(_import_failure())
    return sorted(found)


def _unresolved(window: bool) -> list[str]:
    if shutil.which("ldd") is None:
        return []
    code = "import PySide6, pathlib; print(pathlib.Path(PySide6.__file__).parent)"
    home = subprocess.run([str(python()), "-c", code], capture_output=True, text=True, check=True)
    qt = Path(home.stdout.strip())
    plugins = ["libqoffscreen.so", *(["libqxcb.so"] if window else [])]
    files = [qt / "Qt/lib" / f"libQt6{part}.so.6" for part in ("Core", "Gui", "Widgets")]
    files += [qt / "Qt/plugins/platforms" / plugin for plugin in plugins]
    listed = subprocess.run(
        ["ldd", *[str(f) for f in files if f.exists()]], capture_output=True, text=True, check=False
    )
    return re.findall(r"^\s*(\S+) => not found", listed.stdout, re.MULTILINE)


def _import_failure() -> list[str]:
    code = "from PySide6 import QtWidgets; QtWidgets.QApplication([])"
    tried = subprocess.run(
        [str(python()), "-c", code],
        env={**variables(), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode == 0:
        return []
    names = re.findall(r"(\S+): cannot open shared object file", tried.stderr)
    if not names:
        raise SetupError(f"Qt does not start here, and says why:\n{tried.stderr.strip()}")
    return names


def require_qt(window: bool) -> None:
    """Stop with the line that mends it when Qt lacks libraries of the system. Raises SetupError."""
    missing = missing_libraries(window)
    if not missing:
        return
    packages = sorted({PACKAGES[name] for name in missing if name in PACKAGES})
    lines = [f"Qt needs libraries that this system lacks: {', '.join(missing)}."]
    if packages:
        lines.append("On Debian and Ubuntu this installs them:")
        lines.append(f"    {_as_root()}apt-get install {' '.join(packages)}")
    unknown = [name for name in missing if name not in PACKAGES]
    if unknown:
        lines.append(f"Look for the packages that hold {', '.join(unknown)}.")
    raise SetupError("\n".join(lines))


def _as_root() -> str:
    return "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "


def main() -> int:
    """Serve `.ci/run` and the curious."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=["prepare", "key", "packages"])
    parser.add_argument("--dev", action="store_true", help="with the developers' tools")
    asked = parser.parse_args()
    try:
        if asked.what == "key":
            print(key(asked.dev))
        elif asked.what == "prepare":
            print(prepare(asked.dev))
        else:
            print(" ".join(sorted({PACKAGES.get(n, n) for n in missing_libraries(False)})))
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
