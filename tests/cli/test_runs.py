"""Runs of `translator translate`: several files, other JSON, limits, summaries, progress."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator.cli.stream_console import format_progress
from translator.streaming.pipeline import Counts

Run = Callable[..., Any]
Spawn = Callable[..., "subprocess.Popen[bytes]"]

TIMEOUT = 60

ROOT = Path(__file__).parents[2]

COMMAND = ("translate", "goshops", "miso")


def make_event(item: str) -> dict[str, Any]:
    data = {"event": "view", "item": item, "customer": "u1", "date": "2024-05-01T12:00:00Z"}
    return {"project": "p1", "data": data}


def items(result: Any) -> list[str]:
    return [item for event in result.events for item in event["product_ids"]]


@pytest.fixture
def three_files(tmp_path: Path) -> list[Path]:
    """Three files: one of them compressed, none with a newline at the end, two with a reject."""
    paths = [tmp_path / name for name in ("b.ndjson", "a.ndjson.gz", "c.ndjson")]
    for number, path in enumerate(paths):
        lines = [json.dumps(make_event(f"SKU-{number}{letter}")) for letter in "xy"]
        data = "\n".join([*lines, "oops"][: 2 + (number > 0)]).encode()
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return paths


@pytest.mark.parametrize("jobs", [1, 2])
def test_several_files(run: Run, three_files: list[Path], jobs: int) -> None:
    """Files are read in order; messages name the file and count its own lines."""
    first, second, third = three_files
    result = run(*COMMAND, first, second, "--jobs", jobs, third)
    assert items(result) == [f"SKU-{number}{letter}" for number in range(3) for letter in "xy"]
    shown = [line.partition(" at ")[0] for line in result.error_lines]
    assert shown == [
        f"{second}:3: invalid-json",
        f"{third}:3: invalid-json",
        "read 8, written 6, rejected 2 (invalid-json 2)",
    ]
    assert result.code == 1


def test_records_of_several_files(run: Run, three_files: list[Path], tmp_path: Path) -> None:
    """Rejects and losses begin with the name of their file; with one file, they have none."""
    rejects, losses = tmp_path / "rejects", tmp_path / "losses"
    options = ("--rejects", rejects, "--losses", losses)
    run("translate", "goshops", "aisquare", *three_files, *options)
    for path, count in ((rejects, 8), (losses, 0)):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        assert len(records) == count
        assert all(list(record)[:2] == ["file", "line"] for record in records)
    run(*COMMAND, *three_files, *options)
    records = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(record["file"], record["line"]) for record in records] == [
        (str(path), 3) for path in three_files[1:]
    ]
    losses_found = [json.loads(line) for line in losses.read_text().splitlines()]
    assert {record["file"] for record in losses_found} == {*map(str, three_files)}
    assert list(losses_found[0]) == ["file", "line", "at", "kind", "path", "because"]
    run(*COMMAND, three_files[2], *options)
    assert next(iter(json.loads(rejects.read_text()))) == "line"
    assert next(iter(json.loads(losses.read_text().splitlines()[0]))) == "line"


def test_standard_input_among_files(spawn: Spawn, three_files: list[Path]) -> None:
    """- means standard input, in its place."""
    process = spawn(*COMMAND, three_files[0], "-", three_files[2])
    data = json.dumps(make_event("SKU-in")).encode() + b"\noops"
    out, err = process.communicate(data, timeout=TIMEOUT)
    found = [json.loads(line)["product_ids"][0] for line in out.splitlines()]
    assert found == ["SKU-0x", "SKU-0y", "SKU-in", "SKU-2x", "SKU-2y"]
    assert err.startswith(b"standard input:2: invalid-json at $")


def test_missing_file_among_several(run: Run, three_files: list[Path], tmp_path: Path) -> None:
    """A file that cannot be opened is reported before any event is translated."""
    result = run(*COMMAND, three_files[0], tmp_path / "nowhere", "-o", tmp_path / "out")
    assert (result.code, result.out) == (2, "")
    assert "nowhere': No such file or directory" in result.err
    assert not (tmp_path / "out").exists()


def test_file_that_disappears(spawn: Spawn, event_file: Path) -> None:
    """If a later file is gone when its turn comes, the run ends after the last line read."""
    process = spawn(*COMMAND, "-", event_file)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(event_file.read_bytes())
    process.stdin.flush()
    process.stdout.readline()
    event_file.unlink()
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 74
    assert err.decode().splitlines()[-1] == (
        f"translator: cannot read '{event_file}': No such file or directory; "
        "stopped after line 1 of standard input"
    )


def test_names_are_safe_for_terminals(run: Run, tmp_path: Path) -> None:
    """Names of files are shown without control characters and workflow commands."""
    paths = [tmp_path / "a\x1b[31m\n::error::b", tmp_path / "c.json"]
    for path in paths:
        path.write_text("[1]")
    result = run(*COMMAND, *paths)
    assert result.code == 1
    assert "\x1b" not in result.err
    assert not any(line.startswith("::") for line in result.error_lines)
    assert len(result.error_lines) == 5


def test_damaged_file_among_several(run: Run, three_files: list[Path]) -> None:
    """A file that cannot be read to its end stops the run there, and is named."""
    three_files[1].write_bytes(three_files[1].read_bytes()[:-4])
    result = run(*COMMAND, *three_files)
    assert result.code == 74
    assert f"of {three_files[1]}" in result.error_lines[-1]
    assert items(result)[:2] == ["SKU-0x", "SKU-0y"] and "SKU-2x" not in items(result)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("jobs", [1, 2])
def test_array(run: Run, tmp_path: Path, indent: int | None, jobs: int) -> None:
    """A JSON array of events is read; `line` is the number of the event."""
    file = tmp_path / "events.json"
    events = [make_event("SKU-1"), {"project": "p1"}, make_event("SKU-2")]
    file.write_text(json.dumps(events, indent=indent))
    result = run(*COMMAND, file, "--jobs", jobs)
    assert items(result) == ["SKU-1", "SKU-2"]
    assert result.error_lines[0] == (
        f"{file} is a JSON array: `line` is the number of the event in it"
    )
    assert result.error_lines[1].startswith("line 2: invalid-event at $.data: ")
    assert result.error_lines[2] == "read 3, written 2, rejected 1 (invalid-event 1)"


def test_pretty_printed_input(spawn: Spawn) -> None:
    """Events over several lines are read, from standard input too."""
    data = "\n".join(json.dumps(make_event(f"SKU-{number}"), indent=4) for number in range(3))
    out, err = spawn(*COMMAND).communicate(data.encode(), timeout=TIMEOUT)
    assert [json.loads(line)["product_ids"] for line in out.splitlines()] == [
        ["SKU-0"], ["SKU-1"], ["SKU-2"]
    ]  # fmt: skip
    notice, counts = err.decode().splitlines()
    assert notice.startswith("standard input is JSON over several lines: ")
    assert counts == "read 3, written 3, rejected 0"


def test_array_that_is_cut_off(run: Run, tmp_path: Path) -> None:
    """An array without its end is reported; the events before that are translated."""
    file = tmp_path / "events.json"
    file.write_text(json.dumps([make_event("SKU-1"), make_event("SKU-2")])[:-1])
    result = run(*COMMAND, file)
    assert result.code == 74
    problem = f"the JSON array in {file} is not closed; is it complete?"
    assert problem in result.error_lines[-1]
    assert items(result) == ["SKU-1", "SKU-2"]


def test_bodies_in_an_array(run: Run, tmp_path: Path) -> None:
    """The items of an array are what lines are otherwise: here request bodies."""
    file = tmp_path / "bodies.json"
    event = {"type": "like", "user_id": "u", "product_ids": ["a"]}
    body = {"data": [{**event, "timestamp": "2024-05-01T12:00:00Z"}] * 2}
    file.write_text(json.dumps([body, body], indent=1))
    result = run("translate", "miso", "goshops", file, "--envelope", "--param", "project=p")
    assert (result.code, len(result.events)) == (0, 4)


@pytest.mark.parametrize(
    ("limit", "rejects", "code"),
    [("0", 0, 0), ("0", 1, 3), ("5", 5, 1), ("5", 6, 3), ("10%", 10, 1), ("10.5%", 11, 3)],
)
def test_reject_limit(run: Run, tmp_path: Path, limit: str, rejects: int, code: int) -> None:
    """A run with more rejects than --max-rejects has an exit code of its own, and no output."""
    file, out, saved = (tmp_path / name for name in ("in", "out", "rejects"))
    lines = ["oops"] * rejects + [json.dumps(make_event("SKU-1"))] * (100 - rejects)
    file.write_text("\n".join(lines))
    options = ("--max-rejects", limit, "-o", out, "--rejects", saved)
    result = run(*COMMAND, file, *options)
    assert result.code == code
    assert out.exists() == (code != 3)
    assert len(saved.read_text().splitlines()) == rejects
    if code == 3:
        assert " rejected" in result.error_lines[-1]
        assert result.error_lines[-1].endswith(f"; {out} was not written")


def test_reject_limit_ends_a_run_early(run: Run, tmp_path: Path) -> None:
    """A run that has too many rejects does not read on; a percentage needs a thousand events."""
    file = tmp_path / "in"
    file.write_text("oops\n" * 100_000)
    for limit in ("20", "50%"):
        result = run(*COMMAND, file, "--max-rejects", limit)
        read = int(result.error_lines[-2].split()[1].rstrip(","))
        assert result.code == 3
        assert 20 < read < 20_000
    few = tmp_path / "few"
    good = f"{json.dumps(make_event('SKU-1'))}\n"
    few.write_text("oops\n" * 300 + good * 700)
    assert run(*COMMAND, few, "--max-rejects", "50%").code == 1


def load_summary(path: Path) -> dict[str, Any]:
    summary = json.loads(path.read_text())
    assert isinstance(summary, dict)
    return summary


def test_summary(run: Run, three_files: list[Path], tmp_path: Path) -> None:
    """--summary has counts, losses, hashes of specs and mappings, and names of params only."""
    file = tmp_path / "summary.json"
    options = ("--param", "timezone=America/Lima", "--sum-losses", "--summary", file)
    assert run(*COMMAND, *three_files, *options).code == 1
    summary = load_summary(file)
    assert "Lima" not in file.read_text()
    page = (ROOT / "docs" / "cli.md").read_text()
    table = page.partition("## Summary of a run")[2].partition("## Interruptions")[0]
    rows = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(rows)) == list(summary)
    assert summary.pop("seconds") > 0
    for kind, count in (("specs", 3), ("mappings", 2)):
        hashes = summary.pop(kind)
        assert len(hashes) == count
        for entry in hashes:
            assert Path(entry["path"]).parent.name == kind
            assert entry["sha256"] == hashlib.sha256(Path(entry["path"]).read_bytes()).hexdigest()
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", summary.pop("version"))
    assert summary == {
        "source": "goshops",
        "target": "miso",
        "files": [*map(str, three_files)],
        "params": ["timezone"],
        "crosswalks": [],
        "allow": [],
        "strict": False,
        "accept": [],
        "exit_code": 1,
        "complete": True,
        "stopped_at": None,
        "read": 8,
        "written": 6,
        "rejected": 2,
        "rejects": {"invalid-json": 2},
        "losses": [{"kind": "carried", "path": "$.project", "count": 6}],
    }


@pytest.mark.parametrize("cache", ["off", "on"])
def test_summary_names_the_files_in_use(
    run: Run, event_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    """The hashes are those of the files that were used, with and without a cache."""
    monkeypatch.setenv("TRANSLATOR_CACHE", "off" if cache == "off" else str(tmp_path / "cache"))
    file = tmp_path / "summary.json"
    for _ in range(2):
        assert run(*COMMAND, event_file, "--summary", file).code == 0
        summary = load_summary(file)
        names = [Path(entry["path"]).name for entry in summary["specs"] + summary["mappings"]]
        assert names == [
            "goshops.json", "interaction.json", "miso.json", "goshops.yaml", "miso.yaml"
        ]  # fmt: skip
        assert summary["losses"] is None


def test_summary_of_a_run_that_ends_early(run: Run, tmp_path: Path) -> None:
    """A run that --max-rejects ends has a summary with the place."""
    file, out = tmp_path / "in", tmp_path / "summary.json"
    file.write_text("oops\n" * 3)
    assert run(*COMMAND, file, "--max-rejects", "2", "--summary", out).code == 3
    summary = load_summary(out)
    assert (summary["exit_code"], summary["complete"]) == (3, False)
    assert (summary["stopped_at"], summary["rejected"]) == ("line 3", 3)


def test_summary_of_an_interrupted_run(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """Ctrl-C leaves a summary, and names the file that was being read."""
    out = tmp_path / "summary.json"
    process = spawn(*COMMAND, event_file, "-", "--summary", out)
    assert process.stdin is not None and process.stderr is not None
    process.stdin.write(b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"standard input:1: invalid-json")
    process.send_signal(signal.SIGINT)
    assert process.stderr.read().decode().splitlines()[-1] == (
        "translator: interrupted at line 1 of standard input"
    )
    assert process.wait(TIMEOUT) == 130
    summary = load_summary(out)
    assert (summary["exit_code"], summary["stopped_at"]) == (130, "line 1 of standard input")
    assert (summary["read"], summary["written"]) == (2, 1)


def test_summary_of_a_closed_pipe(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """When the reader of the output goes away, the run ends without a message, but a summary."""
    many, out = tmp_path / "many", tmp_path / "summary.json"
    many.write_bytes(event_file.read_bytes() * 20_000)
    process = spawn(*COMMAND, many, "--summary", out)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(TIMEOUT) == 0
    summary = load_summary(out)
    assert summary["complete"] is False
    assert summary["read"] < 20_000


def test_summary_of_a_full_disk(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """The summary has the exit code of a full disk; if it fails itself, that is reported."""
    out = tmp_path / "summary.json"
    with open("/dev/full", "wb") as full:
        process = spawn(*COMMAND, event_file, "--summary", out, stdout=full)
        assert process.wait(TIMEOUT) == 74
    assert load_summary(out)["exit_code"] == 74
    process = spawn(*COMMAND, event_file, "--summary", "/dev/full")
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 74
    assert b"cannot write /dev/full: No space left on device" in err


def read_terminal(process: subprocess.Popen[bytes], terminal: int) -> str:
    """Read what the process writes to a terminal until it ends."""
    output = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # the process has closed the terminal
            block = b""
        if not block:
            process.wait(TIMEOUT)
            return output.decode()
        output += block


@pytest.mark.parametrize("quiet", [False, True])
def test_progress(spawn: Spawn, event_file: Path, tmp_path: Path, quiet: bool) -> None:
    """A terminal shows the percentage at most twice per second, and nothing if quiet."""
    many = tmp_path / "many"
    many.write_bytes(event_file.read_bytes() * 20_000)
    terminal, stderr = pty.openpty()
    options = ["--quiet"] if quiet else []
    process = spawn(*COMMAND, many, "-o", tmp_path / "out", *options, stderr=stderr)
    os.close(stderr)
    output = read_terminal(process, terminal)
    os.close(terminal)
    updates = re.findall(
        r"\r\x1b\[K(\d+)%, (?:.*? left, \d+ events/s, )?read \d+, written \d+, rejected 0", output
    )
    if quiet:
        assert output == ""
    else:
        assert 1 <= len(updates) < 10
        assert output.endswith("\r\x1b[Kread 20000, written 20000, rejected 0\r\n")


@pytest.mark.parametrize(
    ("seconds", "share", "expected"),
    [
        (0.2, 0.01, "1%, read 600, written 600, rejected 0"),
        (2, 0.25, "25%, 6 s left, 300 events/s, read 600, written 600, rejected 0"),
        (100, 0.5, "50%, 1 min 40 s left, 6 events/s, read 600, written 600, rejected 0"),
        (60, 0.01, "1%, 1 h 39 min left, 10 events/s, read 600, written 600, rejected 0"),
        (2, None, "300 events/s, read 600, written 600, rejected 0"),
    ],
)
def test_format_of_the_progress(seconds: float, share: float | None, expected: str) -> None:
    """The progress has percentage and time left if the size is known, and the rate if it can."""
    assert format_progress(Counts(read=600, written=600), seconds, share) == expected
