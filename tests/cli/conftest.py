"""Fixtures that run the command line, in the test process or in a new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from translator.cli.main import main

ROOT = Path(__file__).parents[2]

Run = Callable[..., "Result"]
Spawn = Callable[..., "subprocess.Popen[bytes]"]


@dataclass(frozen=True)
class Result:
    """The exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def error_lines(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of plans that all tests of the command line share."""
    return tmp_path_factory.mktemp("cache") / "plans"


@pytest.fixture(autouse=True)
def cached_plans(plans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cache plans, as the command line does by default."""
    monkeypatch.setenv("TRANSLATOR_CACHE", str(plans))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line with these arguments in this process."""

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = main(list(map(str, arguments)))
        return Result(code, *capfd.readouterr())

    return call


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Start the command line with these arguments in a new process."""
    processes: list[subprocess.Popen[bytes]] = []
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

    def call(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "translator", *map(str, arguments)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, **{**pipes, **options})
        processes.append(process)
        return process

    yield call
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """A file of three lines; the second is not a valid event."""
    file = tmp_path / "events.ndjson"
    lines = [view_event("SKU-1"), {"project": "p1"}, view_event("SKU-2")]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


@pytest.fixture
def event_file(tmp_path: Path) -> Path:
    """A file of one event."""
    file = tmp_path / "event.ndjson"
    file.write_text(f"{json.dumps(view_event('SKU-1'))}\n")
    return file


def view_event(item: str) -> dict[str, Any]:
    data = {"event": "view", "item": item, "customer": "u1", "date": "2024-05-01T12:00:00Z"}
    return {"project": "p1", "data": data}
