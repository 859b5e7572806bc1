"""`--jobs`: same results as without it, and every way in which such a run can end."""

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

from translator.streaming.ranges import RANGE_SIZE

Run = Callable[..., Any]
Spawn = Callable[..., "subprocess.Popen[bytes]"]

TIMEOUT = 60


@pytest.fixture
def mixed(events: Path, tmp_path: Path) -> Path:
    """A file of valid and invalid lines that is large enough for workers to read ranges of it."""
    file = tmp_path / "mixed.ndjson"
    file.write_bytes((events.read_bytes() * 20 + b"oops\n" + b" " * 40_000 + b"\n") * 50)
    assert file.stat().st_size > 4 * RANGE_SIZE
    return file


def children(pid: int) -> list[int]:
    """Return the running child processes."""
    pids = []
    for entry in Path("/proc").iterdir():
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if int(parent) == pid and state != "Z":
            pids.append(int(entry.name))
    return pids


def wait_for(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds and return its value."""
    deadline = time.monotonic() + TIMEOUT
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value


def test_results_do_not_depend_on_jobs(run: Run, mixed: Path, tmp_path: Path) -> None:
    """Events, rejects and counts are the same for any number of processes."""
    expected = None
    for jobs in (1, 2, 3):
        out, rejects = tmp_path / "out", tmp_path / "rejects"
        result = run(
            "translate", "goshops", "miso", mixed, "-o", out, "--rejects", rejects, "--jobs", jobs
        )
        outcome = result.code, result.err, out.read_bytes(), rejects.read_bytes()
        expected = expected or outcome
        assert outcome == expected
    assert expected is not None
    assert expected[1] == (
        "read 3050, written 2000, rejected 1050 (invalid-event 1000, invalid-json 50)\n"
    )


@pytest.mark.parametrize("options", [("--losses", "losses"), ("--envelope", "--batch", "7")])
def test_other_outputs_do_not_depend_on_jobs(
    run: Run,
    mixed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
) -> None:
    """Losses have the same lines, and request bodies the same events; several files follow."""
    monkeypatch.chdir(tmp_path)
    outcomes = []
    for jobs in (1, 2):
        command = ("translate", "goshops", "miso", mixed, "small", mixed, "-o", "out")
        Path("small").write_bytes(mixed.read_bytes()[:1000])
        result = run(*command, "--rejects", "rejects", "--jobs", jobs, *options)
        files = {
            name: Path(name).read_bytes()
            for name in ("out", "rejects", "losses")
            if name != "losses" or name in options
        }
        outcomes.append((result.code, result.err, files))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("to_file", [True, False])
def test_standard_input_from_a_file(
    spawn: Spawn, mixed: Path, tmp_path: Path, to_file: bool
) -> None:
    """Redirected input is read from its position."""
    outcomes = []
    for jobs in (1, 2):
        options = ("-o", tmp_path / "out") if to_file else ()
        with open(mixed, "rb") as file:
            os.lseek(file.fileno(), 5, os.SEEK_SET)
            process = spawn("translate", "goshops", "miso", "--jobs", jobs, *options, stdin=file)
            out, err = process.communicate(timeout=TIMEOUT)
            assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == mixed.stat().st_size
        outcomes.append((out, err, (tmp_path / "out").read_bytes() if to_file else b""))
    assert outcomes[0] == outcomes[1]
    assert b"read 3050, written 1999, rejected 1051" in outcomes[0][1]


@pytest.mark.parametrize("ended", ["run", "worker"])
def test_ended_while_workers_read_a_file(
    spawn: Spawn, mixed: Path, tmp_path: Path, ended: str
) -> None:
    """Ctrl-C and a lost worker leave no partial file when workers write it."""
    many, out = tmp_path / "many.ndjson", tmp_path / "out"
    many.write_bytes(mixed.read_bytes() * 40)
    names = os.listdir(tmp_path)
    command = (
        "translate",
        "goshops",
        "miso",
        many,
        "-o",
        out,
        "--jobs",
        2,
        "--rejects",
        os.devnull,
    )
    process = spawn(*command)
    workers = wait_for(lambda: len(pids := children(process.pid)) == 2 and pids)
    os.kill(
        process.pid if ended == "run" else workers[0],
        signal.SIGINT if ended == "run" else signal.SIGKILL,
    )
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == (130 if ended == "run" else 71)
    assert f"; {out} was not written".encode() in err
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5", "10000000", ""])
def test_invalid_number(run: Run, event_file: Path, jobs: str) -> None:
    """An invalid number of processes is refused."""
    result = run("translate", "goshops", "miso", event_file, f"--jobs={jobs}")
    assert result.code == 2
    assert "is not a number from 1 to" in result.err


def start_waiting_run(
    spawn: Spawn, event_file: Path, *arguments: object
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a run with two workers that waits for input; return it and a worker's id."""
    process = spawn("translate", "goshops", "miso", "--jobs", 2, *arguments)
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(event_file.read_bytes() + b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"line 2: invalid-json")
    (worker, *_) = wait_for(lambda: children(process.pid))
    return process, worker


@pytest.mark.parametrize(
    ("signal_sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_interrupted(
    spawn: Spawn, event_file: Path, tmp_path: Path, signal_sent: signal.Signals, code: int
) -> None:
    """Ctrl-C and SIGTERM end the workers, leave no partial file, and report the line."""
    out = tmp_path / "out.ndjson"
    process, worker = start_waiting_run(spawn, event_file, "-o", out)
    process.send_signal(signal_sent)
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == code
    assert f"interrupted at line 2; {out} was not written".encode() in err
    assert os.listdir(tmp_path) == [event_file.name]
    assert not Path(f"/proc/{worker}").exists()


def test_workers_end_with_their_parent(spawn: Spawn, event_file: Path) -> None:
    """Workers end when the process that started them is killed."""
    process, worker = start_waiting_run(spawn, event_file)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    wait_for(lambda: not Path(f"/proc/{worker}").exists() or has_ended(worker))


def has_ended(pid: int) -> bool:
    """Return whether a process has ended, even if nobody has waited for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("signal_sent", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_lost_worker(
    spawn: Spawn, event_file: Path, tmp_path: Path, signal_sent: signal.Signals
) -> None:
    """A killed worker ends the run, which reports the line and writes no output."""
    out = tmp_path / "out.ndjson"
    out.write_text("before")
    process, worker = start_waiting_run(spawn, event_file, "-o", out)
    os.kill(worker, signal_sent)
    _, err = process.communicate(event_file.read_bytes(), timeout=TIMEOUT)
    assert process.returncode == 71
    assert err.decode().splitlines()[-1] == (
        f"translator: a worker process ({worker}) was ended by {signal_sent.name}; "
        f"stopped at line 2; {out} was not written"
    )
    assert out.read_text() == "before"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_full_disk(spawn: Spawn, mixed: Path, tmp_path: Path) -> None:
    """If writing -o fails, the previous file is unchanged."""
    out = tmp_path / "out.ndjson"
    out.write_text("before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = ("translate", "goshops", "miso", mixed, "-o", out, "--jobs", 2)
    process = spawn(*command, preexec_fn=limit)
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 74
    last = err.decode().splitlines()[-1]
    assert last.startswith(f"translator: cannot write {out}: File too large; stopped at line ")
    assert last.endswith(f"; {out} was not written")
    assert out.read_text() == "before"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_closed_pipe(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """A closed standard output ends the run without a message."""
    many = tmp_path / "many.ndjson"
    many.write_bytes(event_file.read_bytes() * 10_000)
    process = spawn("translate", "goshops", "miso", many, "--jobs", 2)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(TIMEOUT) == 0


def test_input_from_a_pipe(spawn: Spawn, event_file: Path) -> None:
    """Events from a pipe are translated and counted."""
    process = spawn("translate", "goshops", "miso", "--jobs", 2)
    out, err = process.communicate(event_file.read_bytes() * 3, timeout=TIMEOUT)
    assert [json.loads(line)["product_ids"] for line in out.splitlines()] == [["SKU-1"]] * 3
    assert err == b"read 3, written 3, rejected 0\n"
