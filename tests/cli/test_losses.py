"""`translator translate --losses` and `--sum-losses`: what is lost, and where it is told."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Spawn = Callable[..., "subprocess.Popen[bytes]"]

COMMAND = ("translate", "miso", "goshops", "--param", "project=s")
SUMS = ["lost  2  $.quantities[]", "read 3, written 3, rejected 1 (no-equivalent 1)"]


@pytest.fixture
def carts(tmp_path: Path) -> Path:
    """A body of two events, and another: of three events, two lose something and one is refused."""
    common = {"user_id": "u", "timestamp": "2024-05-01T12:00:00Z", "product_ids": ["A", "B"]}
    cart = {"type": "add_to_cart", **common, "quantities": [1, 2]}
    like = {"type": "like", **common, "product_ids": ["A"]}
    file = tmp_path / "bodies.ndjson"
    bodies = [{"data": [like, {"type": "impression", **common}]}, {"data": [cart]}]
    file.write_text("".join(f"{json.dumps(one)}\n" for one in bodies))
    return file


@pytest.mark.parametrize("jobs", [1, 2])
def test_losses_of_bodies(run: Run, carts: Path, tmp_path: Path, jobs: int) -> None:
    """A loss names its line, where the event stands in it, and the path in the event."""
    losses = tmp_path / "losses.ndjson.gz"
    command = (*COMMAND, carts, "--envelope", "--rejects", tmp_path / "r", "--losses", losses)
    result = run(*command, "--jobs", jobs)
    assert result.code == 1
    assert result.complaints == SUMS
    found = [json.loads(line) for line in gzip.decompress(losses.read_bytes()).splitlines()]
    because = "a Go Shops event counts one item"
    assert found == [
        {"line": 2, "at": "$.data[0]", "kind": "lost", "path": f"$.quantities[{n}]",
         "because": because}
        for n in (0, 1)
    ]  # fmt: skip
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_sums_alone(run: Run, carts: Path, tmp_path: Path) -> None:
    """--sum-losses shows the sums before the counts, and changes nothing of what is written."""
    command = (*COMMAND, carts, "--envelope", "--rejects", tmp_path / "r")
    result = run(*command, "--sum-losses")
    assert result.complaints == SUMS
    assert result.out == run(*command).out


def test_quiet(run: Run, carts: Path, tmp_path: Path) -> None:
    """--quiet leaves out the sums of --losses; together with --sum-losses it is refused."""
    command = (*COMMAND, carts, "--envelope", "--rejects", tmp_path / "r", "--quiet")
    losses = tmp_path / "losses"
    assert run(*command, "--losses", losses).err == ""
    assert len(losses.read_bytes().splitlines()) == 2
    result = run(*command, "--sum-losses")
    assert result.code == 2
    assert "--quiet leaves out the sums" in result.err


def test_same_file(run: Run, one: Path, tmp_path: Path) -> None:
    """The file of losses is no other file of the run, and not standard output."""
    before = one.read_bytes()
    other = tmp_path / "other"
    command = ("translate", "goshops", "miso", one)
    for more in (
        ("--losses", one),
        ("--losses", other, "-o", other),
        ("--losses", other, "--rejects", other),
    ):
        result = run(*command, *more)
        assert result.code == 2
        assert "name the same file" in result.err
    result = run(*command, "--losses", "-")
    assert result.code == 2
    assert "--losses needs the name of a file" in result.err
    assert one.read_bytes() == before
    assert not other.exists()


def test_params_of_the_line(run: Run, tmp_path: Path) -> None:
    """With --wrapped, a loss has its path in the event, which stands at $.event."""
    event = {"resource_type": "ai_note", "resource_id": 1, "interaction_type": "view", "x": [1]}
    lines, losses = tmp_path / "lines", tmp_path / "losses"
    lines.write_text(json.dumps({"event": event, "params": {"user": "ada"}}))
    result = run("translate", "aisquare", "miso", lines, "--wrapped", "--losses", losses)
    assert result.complaints[0] == "lost  1  $.x[]"
    (found,) = map(json.loads, losses.read_text().splitlines())
    assert (found["at"], found["path"]) == ("$.event", "$.x[0]")


def test_sums_steer_no_terminal(run: Run, tmp_path: Path) -> None:
    """Names of unknown members are shown on one line of bounded length, without control signs."""
    event = {"resource_type": "ai_note", "resource_id": 1, "interaction_type": "view"}
    lines = tmp_path / "lines"
    lines.write_text(json.dumps({**event, "\x1b[31m\nred\u202e" + "x" * 5000: 1}))
    result = run("translate", "aisquare", "miso", lines, "--sum-losses")
    assert len(result.complaints) == 2
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
    assert len(result.complaints[0]) < 400


@pytest.mark.parametrize("jobs", [1, 2])
def test_full_disk(spawn: Spawn, one: Path, tmp_path: Path, jobs: int) -> None:
    """Where the losses cannot be written, neither they nor the output replace what was there."""
    many, out, losses = tmp_path / "many", tmp_path / "out", tmp_path / "losses"
    many.write_bytes(one.read_bytes() * 5000)
    losses.write_text("before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))

    command = ("translate", "goshops", "aisquare", many, "--crosswalk", "items=items.csv")
    (tmp_path / "items.csv").write_text("goshops,aisquare\nSKU-1,ai_note:15\n")
    process = spawn(*command, "-o", out, "--losses", losses, "--jobs", jobs, preexec_fn=limit)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 74
    last = err.decode().splitlines()[-1]
    assert last.startswith(f"translator: cannot write {losses}: File too large; stopped at line ")
    assert losses.read_text() == "before"
    assert not out.exists()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


@pytest.mark.parametrize("to_file", [True, False])
def test_interrupted(spawn: Spawn, one: Path, tmp_path: Path, to_file: bool) -> None:
    """Losses of a run that was interrupted go with what was written, or stay with it."""
    out, losses = tmp_path / "out", tmp_path / "losses"
    command = ("translate", "goshops", "miso", "--losses", losses)
    process = spawn(*command, *(("-o", out) if to_file else ()))
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(one.read_bytes() + b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"line 2: invalid-json")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"carried  1  $.project" in err
    assert losses.exists() is not to_file
    assert not out.exists()


def test_closed_pipe(spawn: Spawn, one: Path, tmp_path: Path) -> None:
    """A reader of the output that goes away ends the run quietly; the losses so far are kept."""
    many, losses = tmp_path / "many", tmp_path / "losses"
    many.write_bytes(one.read_bytes() * 10_000)
    process = spawn("translate", "goshops", "miso", many, "--losses", losses)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
    assert losses.read_bytes().endswith(b"\n")
