"""`translator translate --losses` and `--sum-losses`: how losses are reported."""

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
TOTALS = ["lost  2  $.quantities[]", "read 3, written 3, rejected 1 (no-equivalent 1)"]


@pytest.fixture
def carts(tmp_path: Path) -> Path:
    """A file of two request bodies with three events: one has losses and one is refused."""
    common = {"user_id": "u", "timestamp": "2024-05-01T12:00:00Z", "product_ids": ["A", "B"]}
    cart = {"type": "add_to_cart", **common, "quantities": [1, 2]}
    like = {"type": "like", **common, "product_ids": ["A"]}
    file = tmp_path / "bodies.ndjson"
    bodies = [{"data": [like, {"type": "impression", **common}]}, {"data": [cart]}]
    file.write_text("".join(f"{json.dumps(body)}\n" for body in bodies))
    return file


@pytest.mark.parametrize("jobs", [1, 2])
def test_losses_in_request_bodies(run: Run, carts: Path, tmp_path: Path, jobs: int) -> None:
    """A loss has its line, the path of the event in the line, and the path in the event."""
    losses = tmp_path / "losses.ndjson.gz"
    command = (*COMMAND, carts, "--envelope", "--rejects", tmp_path / "r", "--losses", losses)
    result = run(*command, "--jobs", jobs)
    assert result.code == 1
    assert result.error_lines == TOTALS
    entries = [json.loads(line) for line in gzip.decompress(losses.read_bytes()).splitlines()]
    because = "Go Shops has the id of an item only"
    assert entries == [
        {"line": 2, "at": "$.data[0]", "kind": "lost", "path": f"$.quantities[{n}]",
         "because": because}
        for n in (0, 1)
    ]  # fmt: skip
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_sum_losses(run: Run, carts: Path, tmp_path: Path) -> None:
    """--sum-losses shows totals before the counts and does not change the output."""
    command = (*COMMAND, carts, "--envelope", "--rejects", tmp_path / "r")
    result = run(*command, "--sum-losses")
    assert result.error_lines == TOTALS
    assert result.out == run(*command).out


def test_quiet(run: Run, carts: Path, tmp_path: Path) -> None:
    """--quiet hides the totals of --losses, and conflicts with --sum-losses."""
    command = (*COMMAND, carts, "--envelope", "--rejects", tmp_path / "r", "--quiet")
    losses = tmp_path / "losses"
    assert run(*command, "--losses", losses).err == ""
    assert len(losses.read_bytes().splitlines()) == 2
    result = run(*command, "--sum-losses")
    assert result.code == 2
    assert "--quiet hides the totals" in result.err


def test_same_file(run: Run, event_file: Path, tmp_path: Path) -> None:
    """--losses may name neither another file of the run nor standard output."""
    before = event_file.read_bytes()
    other = tmp_path / "other"
    command = ("translate", "goshops", "miso", event_file)
    for options in (
        ("--losses", event_file),
        ("--losses", other, "-o", other),
        ("--losses", other, "--rejects", other),
    ):
        result = run(*command, *options)
        assert result.code == 2
        assert "name the same file" in result.err
    result = run(*command, "--losses", "-")
    assert result.code == 2
    assert "--losses requires a file name" in result.err
    assert event_file.read_bytes() == before
    assert not other.exists()


def test_losses_in_wrapped_lines(run: Run, tmp_path: Path) -> None:
    """With --wrapped, the path of a loss is relative to the event at $.event."""
    event = {"resource_type": "ai_note", "resource_id": 1, "interaction_type": "view", "x": [1]}
    lines, losses = tmp_path / "lines", tmp_path / "losses"
    lines.write_text(json.dumps({"event": event, "params": {"user": "ada"}}))
    result = run("translate", "aisquare", "miso", lines, "--wrapped", "--losses", losses)
    assert result.error_lines[0] == "lost  1  $.x[]"
    (loss,) = map(json.loads, losses.read_text().splitlines())
    assert (loss["at"], loss["path"]) == ("$.event", "$.x[0]")


def test_totals_are_safe_for_terminals(run: Run, tmp_path: Path) -> None:
    """Names of unknown fields are truncated and shown without control characters."""
    event = {"resource_type": "ai_note", "resource_id": 1, "interaction_type": "view"}
    lines = tmp_path / "lines"
    lines.write_text(json.dumps({**event, "\x1b[31m\nred\u202e" + "x" * 5000: 1}))
    result = run("translate", "aisquare", "miso", lines, "--sum-losses")
    assert len(result.error_lines) == 2
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
    assert len(result.error_lines[0]) < 400


@pytest.mark.parametrize("jobs", [1, 2])
def test_full_disk(spawn: Spawn, event_file: Path, tmp_path: Path, jobs: int) -> None:
    """If writing the losses fails, neither they nor the output replace existing files."""
    many, out, losses = tmp_path / "many", tmp_path / "out", tmp_path / "losses"
    many.write_bytes(event_file.read_bytes() * 5000)
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
def test_interrupted(spawn: Spawn, event_file: Path, tmp_path: Path, to_file: bool) -> None:
    """After an interruption, the losses are saved if and only if the output remains."""
    out, losses = tmp_path / "out", tmp_path / "losses"
    command = ("translate", "goshops", "miso", "--losses", losses)
    process = spawn(*command, *(("-o", out) if to_file else ()))
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(event_file.read_bytes() + b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"line 2: invalid-json")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"carried  1  $.project" in err
    assert losses.exists() is not to_file
    assert not out.exists()


def test_closed_pipe(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """A closed standard output ends the run without a message and saves the losses so far."""
    many, losses = tmp_path / "many", tmp_path / "losses"
    many.write_bytes(event_file.read_bytes() * 10_000)
    process = spawn("translate", "goshops", "miso", many, "--losses", losses)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
    assert losses.read_bytes().endswith(b"\n")
