"""`--jobs`, and every way in which a run of several processes may end."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Spawn = Callable[..., "subprocess.Popen[bytes]"]

LIMIT = 60


@pytest.fixture
def mixed(events: Path, tmp_path: Path) -> Path:
    """A file of many lines, good and bad, of about 3 MB."""
    file = tmp_path / "mixed.ndjson"
    file.write_bytes((events.read_bytes() * 20 + b"oops\n\n") * 250)
    return file


def children(pid: int) -> list[int]:
    """The processes that a process started and that live."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(entry.name))
    return found


def until(condition: Callable[[], Any]) -> Any:
    """What a condition gives when it holds."""
    end = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def test_the_same_as_one(run: Run, mixed: Path, tmp_path: Path) -> None:
    """Events, rejects and counts are the same to the byte, however many processes there are."""
    expected = None
    for jobs in (1, 2, 3):
        out, rejects = tmp_path / "out", tmp_path / "rejects"
        result = run(
            "translate", "goshops", "miso", mixed, "-o", out, "--rejects", rejects, "--jobs", jobs
        )
        found = result.code, result.err, out.read_bytes(), rejects.read_bytes()
        expected = expected or found
        assert found == expected
    assert expected is not None
    assert expected[1] == (
        "read 15250, written 10000, rejected 5250 (invalid-event 5000, invalid-json 250)\n"
    )


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5", "10000000", ""])
def test_no_number(run: Run, one: Path, jobs: str) -> None:
    """A number of processes that is none is refused."""
    result = run("translate", "goshops", "miso", one, f"--jobs={jobs}")
    assert result.code == 2
    assert "is not a number from 1 to" in result.err


def waiting(spawn: Spawn, one: Path, *arguments: object) -> tuple[subprocess.Popen[bytes], int]:
    """A run of two processes that waits for more, and one of its workers."""
    process = spawn("translate", "goshops", "miso", "--jobs", 2, *arguments)
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(one.read_bytes() + b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"line 2: invalid-json")
    (worker, *_) = until(lambda: children(process.pid))
    return process, worker


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_interrupted(
    spawn: Spawn, one: Path, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    """Ctrl-C and SIGTERM end the workers too, leave no half file, and say where it stopped."""
    out = tmp_path / "out.ndjson"
    process, worker = waiting(spawn, one, "-o", out)
    process.send_signal(sent)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == code
    assert f"interrupted at line 2; {out} was not written".encode() in err
    assert os.listdir(tmp_path) == [one.name]
    assert not Path(f"/proc/{worker}").exists()


def test_a_worker_outlives_nobody(spawn: Spawn, one: Path) -> None:
    """When the process that started them is killed, the workers end."""
    process, worker = waiting(spawn, one)
    process.kill()
    process.communicate(timeout=LIMIT)
    until(lambda: not Path(f"/proc/{worker}").exists() or stopped(worker))


def stopped(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has waited for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_lost_worker(spawn: Spawn, one: Path, tmp_path: Path, sent: signal.Signals) -> None:
    """A worker that is ended from outside ends the run: it says where, and there is no output."""
    out = tmp_path / "out.ndjson"
    out.write_text("before")
    process, worker = waiting(spawn, one, "-o", out)
    os.kill(worker, sent)
    _, err = process.communicate(one.read_bytes(), timeout=LIMIT)
    assert process.returncode == 71
    assert err.decode().splitlines()[-1] == (
        f"translator: a worker process ({worker}) was ended by {sent.name}; "
        f"stopped at line 2; {out} was not written"
    )
    assert out.read_text() == "before"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_full_disk(spawn: Spawn, mixed: Path, tmp_path: Path) -> None:
    """When -o cannot be written to its end, what was there before is untouched."""
    out = tmp_path / "out.ndjson"
    out.write_text("before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = ("translate", "goshops", "miso", mixed, "-o", out, "--jobs", 2)
    process = spawn(*command, preexec_fn=limit)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 74
    last = err.decode().splitlines()[-1]
    assert last.startswith(f"translator: cannot write {out}: File too large; stopped at line ")
    assert last.endswith(f"; {out} was not written")
    assert out.read_text() == "before"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_closed_pipe(spawn: Spawn, one: Path, tmp_path: Path) -> None:
    """A reader that goes away ends the run quietly."""
    many = tmp_path / "many.ndjson"
    many.write_bytes(one.read_bytes() * 10_000)
    process = spawn("translate", "goshops", "miso", many, "--jobs", 2)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(LIMIT) == 0


def test_each_event_as_it_comes(spawn: Spawn, one: Path) -> None:
    """The counts of a run whose input was a pipe are those of its lines."""
    process = spawn("translate", "goshops", "miso", "--jobs", 2)
    out, err = process.communicate(one.read_bytes() * 3, timeout=LIMIT)
    assert [json.loads(line)["product_ids"] for line in out.splitlines()] == [["SKU-1"]] * 3
    assert err == b"read 3, written 3, rejected 0\n"
