"""Whole processes, timed side by side: CPU of all their threads, wall clock, and peak memory."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Race

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ("-P", "-m", "translator")
"""How the command line is run by the interpreter of `installed`."""

MIB = 1024 * 1024

# A process that was started from a large one counts the large one's memory as its own peak, so a
# small one stands in between.
_LAUNCHER = """
import json, os, sys, time
out, *argv = sys.argv[1:]
silent = [(os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
          (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
begin = time.perf_counter()
pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=silent)
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - begin
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime,
                  used.ru_maxrss]))
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ended: its exit code, seconds of wall clock and of CPU, and bytes at peak."""

    code: int
    wall: float
    cpu: float
    peak: int


def run(command: Sequence[str], out: str = os.devnull) -> Ended:
    """Run a command to its end; `out` is the file that gets its standard output."""
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCHER, out, *command]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        launch, stdin=subprocess.DEVNULL, capture_output=True, check=True, cwd=ROOT, env=own
    )
    code, wall, cpu, peak = json.loads(done.stdout)
    return Ended(code, wall, cpu, peak * (1 if sys.platform == "darwin" else 1024))


@dataclass(frozen=True, slots=True)
class Children:
    """What became of each command, round by round."""

    ended: dict[str, list[Ended]]

    def cpu(self) -> Race:
        """The seconds of CPU."""
        return Race({name: [one.cpu for one in ended] for name, ended in self.ended.items()})

    def wall(self) -> Race:
        """The seconds of wall clock."""
        return Race({name: [one.wall for one in ended] for name, ended in self.ended.items()})


def race(
    commands: Mapping[str, Sequence[str]], count: int, *, codes: Sequence[int] = (0,)
) -> Children:
    """Run each command `count` times, interleaved, after a first time that is not counted."""
    ended: dict[str, list[Ended]] = {name: [] for name in commands}
    draw = random.Random(0)
    for number in range(count + 1):
        for name in draw.sample(list(commands), len(commands)):
            one = run(commands[name])
            if one.code not in codes:
                raise SystemExit(f"{name} ended with exit code {one.code}: {list(commands[name])}")
            if number:
                ended[name].append(one)
    return Children(ended)


def installed(folder: Path) -> str:
    """An interpreter with this package installed as users have it, not as developers do.

    An editable installation puts code into the start of every interpreter, which an empty one
    would be charged with too. The dependencies are those of the interpreter that runs this.
    """
    copy = folder / "source"
    copy.mkdir()
    for name in ("translator", "specs", "mappings", "generated"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    place = folder / "venv"
    venv.create(place, symlinks=True)
    (packages,) = place.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    how = ["--no-deps", "--no-build-isolation", "--target", str(packages), str(copy)]
    subprocess.run([*pip, *how], check=True)
    (dependencies,) = Path(sys.prefix).glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return str(place / "bin" / "python")
