"""Run the fast tests with each supported Python that this machine has: `make pythons`.

Looks for the interpreters on the PATH, and among those of pyenv and uv. Each gets a fresh
environment with the package and its extras, but without the lock file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
FAST_TESTS = ("tests/runtime", "tests/schema/test_models.py", "tests/test_examples.py")


def candidates(version: str) -> Iterator[str]:
    """Yield paths where a Python may be."""
    if found := shutil.which(f"python{version}"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python"))
    for folder, pattern in ((pyenv / "versions", f"{version}*"), (uv, f"cpython-{version}*")):
        yield from map(str, sorted(folder.glob(f"{pattern}/bin/python{version}"), reverse=True))


def find_python(version: str) -> str | None:
    """Return the path of a Python that runs and can create environments."""
    for path in candidates(version):
        test = [path, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
        try:
            process = subprocess.run(test, capture_output=True, text=True, check=False)
        except OSError:
            continue
        if process.stdout.strip() == version:
            return path
    return None


def passes(python: str, folder: Path) -> bool:
    """Install the package into a new environment and run the tests there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = ("hypothesis", "packaging", "pytest", "pytest-timeout", "rfc3339", "zstandard")
    needed = [text for text in project["dependency-groups"]["dev"] if text.startswith(tools)]
    bin_folder = folder / ("Scripts" if os.name == "nt" else "bin")
    own = str(bin_folder / "python")
    source = folder / "source"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    setup = (
        [python, "-m", "venv", str(folder)],
        [own, "-m", "pip", "install", "-qq", "--disable-pip-version-check",
         f"{source}[all]", *needed],
    )  # fmt: skip
    tests = (
        [str(bin_folder / "translator"), "check"],
        [own, "-m", "pytest", "-q", "-o", "addopts=--import-mode=importlib --strict-markers",
         "-m", "not nightly", *FAST_TESTS],
    )  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(command: list[str]) -> bool:
        process = subprocess.run(command, cwd=source, env=environment, check=False)
        return process.returncode == 0

    # A copy, so that building leaves nothing in the checkout, and tests see the installed package.
    shutil.copytree(ROOT, source, ignore=ignored)
    if not all(map(run, setup)):
        return False
    shutil.rmtree(source / "translator")
    return all(map(run, tests))


def main() -> int:
    """Test each version and print what was tested."""
    outcomes: dict[str, str] = {}
    for version in VERSIONS:
        python = find_python(version)
        if python is None:
            outcomes[version] = "not found on this machine, not tested"
            continue
        print(f"Python {version}: {python}", flush=True)
        with tempfile.TemporaryDirectory(prefix="translator-pythons-") as folder:
            outcomes[version] = "passed" if passes(python, Path(folder)) else "FAILED"
    for version, outcome in outcomes.items():
        print(f"Python {version}: {outcome}")
    return int("FAILED" in outcomes.values() or "passed" not in outcomes.values())


if __name__ == "__main__":
    sys.exit(main())
