"""Run the main job on a demo project: `python3 packaging/demo.py [FOLDER]`.

Makes its own virtual environment, draws and unpacks about 2,800 images, trains on them, groups
them, says what it found, and opens the window on the result. Without a display it leaves
pictures of the window's pages instead. FOLDER is `build/demo` if left out. Standard library only.
"""

import os
import subprocess
import sys

import environment


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> int:
    """Prepare, then hand over to `ssl-studio demo`."""
    try:
        python = environment.prepare(dev=False)
        environment.require_qt(window=has_display())
    except environment.SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    arguments = sys.argv[1:] or [str(environment.CHECKOUT / "build" / "demo")]
    command = [str(python), "-m", "ssl_studio", "demo", *arguments]
    environment.say("Running: ssl-studio demo " + " ".join(arguments))
    try:
        return subprocess.run(command, env=environment.variables(), check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
