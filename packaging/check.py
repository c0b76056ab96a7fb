"""Run all checks and tests: `python3 packaging/check.py [PYTEST ARGUMENTS]`.

Makes its own virtual environment, runs every family to its end and sums up. The exit code is
that of the first family that failed, by its place in the list: 1 lint, 2 format, 3 types,
4 layers, 5 tests; 10 when the set-up failed. Standard library only.
"""

import os
import subprocess
import sys
import time

import environment

Family = tuple[str, list[str]]

FAMILIES: list[Family] = [
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("types", ["-m", "mypy"]),
    ("layers", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    # A worker a core, up to four: each holds torch and Qt, some GB.
    ("tests", ["-m", "pytest", "-q", "-n", "auto", "--maxprocesses", "4"]),
]


def calm() -> dict[str, str]:
    """Variables for tests: no display, and one thread for each library, as tiny inputs want."""
    libraries = ("OMP", "MKL", "OPENBLAS", "NUMBA")
    quiet = {f"{library}_NUM_THREADS": "1" for library in libraries}
    return {**environment.variables(), **quiet, "QT_QPA_PLATFORM": "offscreen"}


def run(family: Family, python: str, arguments: list[str]) -> tuple[bool, float]:
    """Whether one family passed, and its seconds."""
    name, command = family
    extra = arguments if name == "tests" else []
    environment.say(f"{name}: {' '.join(command[1:] if command[0] == '-m' else [name])}")
    start = time.monotonic()
    done = subprocess.run(
        [python, *command, *extra], cwd=environment.CHECKOUT, env=calm(), check=False
    )
    return done.returncode == 0, time.monotonic() - start


def main() -> int:
    """Prepare, run all families, sum up."""
    os.chdir(environment.CHECKOUT)
    try:
        python = str(environment.prepare(dev=True))
        environment.require_qt(window=False)
    except environment.SetupError as problem:
        print(problem, file=sys.stderr)
        return 10
    results = [(family[0], *run(family, python, sys.argv[1:])) for family in FAMILIES]
    print()
    for name, passed, seconds in results:
        print(f"{name:<8} {'passed' if passed else 'FAILED'} in {seconds:.0f} s")
    failed = [number for number, (_, passed, _) in enumerate(results, 1) if not passed]
    return failed[0] if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
