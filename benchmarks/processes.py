"""Run whole processes side by side, and measure their CPU time, wall time and peak memory."""

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

from benchmarks.timing import Timings

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ("-P", "-m", "translator")
"""Arguments that make the interpreter of `install_package` run the command line."""

MIB = 1024 * 1024

# A child of a large process reports its parent's memory as its own peak, so a small launcher runs
# between them.
_LAUNCHER = """
import json, os, sys, time
output, *command = sys.argv[1:]
redirects = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
             (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
begin = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=redirects)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begin
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime,
                  usage.ru_maxrss]))
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished process: seconds of wall time and of CPU time (all threads), peak in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class CommandTimings:
    """The finished processes of each command, one per round."""

    processes: dict[str, list[Finished]]

    @property
    def cpu(self) -> Timings:
        """Seconds of CPU time."""
        return Timings({name: [run.cpu for run in runs] for name, runs in self.processes.items()})

    @property
    def wall(self) -> Timings:
        """Seconds of wall time."""
        return Timings({name: [run.wall for run in runs] for name, runs in self.processes.items()})


def run_process(command: Sequence[str], output: str = os.devnull) -> Finished:
    """Run a command, with its standard output in the file `output`. Exits if the command fails."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, output, *command]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    completed = subprocess.run(
        launcher,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    exit_code, wall, cpu, peak = json.loads(completed.stdout)
    if exit_code:
        raise SystemExit(f"exit code {exit_code} of {list(command)}")
    return Finished(wall, cpu, peak * (1 if sys.platform == "darwin" else 1024))


def time_commands(commands: Mapping[str, Sequence[str]], rounds: int) -> CommandTimings:
    """Run each command `rounds` times, interleaved, after one warm-up round."""
    processes: dict[str, list[Finished]] = {name: [] for name in commands}
    shuffle = random.Random(0)
    for number in range(rounds + 1):
        for name in shuffle.sample(list(commands), len(commands)):
            finished = run_process(commands[name])
            if number:
                processes[name].append(finished)
    return CommandTimings(processes)


def install_package(folder: Path) -> str:
    """Install this package below `folder` as users do, and return the path of the interpreter.

    An editable installation would add code to the start of every interpreter, including the empty
    one. Dependencies are taken from the running interpreter.
    """
    source = folder / "source"
    source.mkdir()
    for name in ("translator", "specs", "mappings", "generated"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    environment = folder / "venv"
    venv.create(environment, symlinks=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--target", str(packages), str(source)]
    subprocess.run([*pip, *options], check=True)
    (dependencies,) = Path(sys.prefix).glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return str(environment / "bin" / "python")
