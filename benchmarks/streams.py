"""Streams, NDJSON to NDJSON: beside orjson alone, beside loops by hand, and as whole processes."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import lines, peers, processes
from benchmarks.lines import Copy
from benchmarks.measure import (
    Contestant,
    Race,
    Spread,
    heading,
    number,
    numbers,
    race,
    rounds,
    table,
)
from benchmarks.work import Work, works
from translator import TranslationError

UNCHANGED = "orjson, each line unchanged"
STREAM = "the translator's stream"
LINES = 4_000
"""So many lines are read in one pass."""

WITH_PEERS = ("small", "rich")
"""For these kinds of work, all the ways there are; for the others, the first ones."""

BAD = 100
"""One line of so many is bad, where some are to be."""

MANY = 100_000
"""So many lines are read by whole processes."""

MANY_MORE = 2_000_000
"""So many lines are read by two workers, of which one would take some seconds."""

SIZES = (1_000, 10_000, 100_000)
"""So many lines have the files whose peaks of memory are compared."""

MEMORY_GOAL = 40
"""MiB at peak, at most."""


def main() -> None:
    """Run every part and print the tables."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        if importlib.util.find_spec("orjson") is None:
            heading("streams", "not measured: orjson, which they are relative to, is not installed")
        else:
            in_one_process(place)
        python = processes.installed(place)
        whole_processes(place, python)
        two_jobs(place, python)
        memory(place, python)


def write(file: Path, events: Iterable[Any], count: int) -> Path:
    """A file of `count` lines, which repeat `events`; a text is written as it is."""
    with open(file, "w", encoding="utf-8") as out:
        for event in islice(cycle(list(events)), count):
            text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
            out.write(f"{text}\n")
    return file


def with_bad_lines(work: Work) -> list[Any]:
    """Lines of small events, one of `BAD` bad: no JSON, not valid, or without a translation."""
    good: list[Any] = list(islice(cycle(work.events), 3 * BAD))
    late = {**good[0], "data": {**good[0]["data"], "date": "yesterday"}}
    numbered = {**good[0], "data": {**good[0]["data"], "customer": 7}}
    bad = ('{"project": "shop-1", "data": {"event": "view"', numbered, late)
    for place, one in enumerate(bad):
        good[BAD * place + BAD // 2] = one
    return good


# --- in one process --------------------------------------------------------------------------


def in_one_process(place: Path) -> None:
    """Loops over the lines of a file, and the translator's stream."""
    kinds = works()
    for name, goal in (("small", 0.85), ("rich", 0.85), ("carrying", None), ("fan-out", None)):
        work = kinds[name]
        source = write(place / f"{name}.ndjson", work.events, LINES)
        copies = loops(work)
        _compare(place, source, copies, work)
        title = f"streams, {name}: {work.about}"
        _report(title, _timed(place, {way: (copy, source) for way, copy in copies.items()}), goal)
    work = kinds["small"]
    clean = place / "small.ndjson"
    mixed = write(place / "mixed.ndjson", with_bad_lines(work), LINES)
    _compare_rejects(place, mixed, work)
    bad = {
        UNCHANGED: (lines.orjson_unchanged(), clean),
        STREAM: (lines.stream(work.translator()), mixed),
    }
    _report("streams, small, 1 % bad lines (orjson reads the good ones)", _timed(place, bad), 0.75)


def loops(work: Work) -> dict[str, Copy]:
    """The ways from file to file that are timed for a kind of work."""
    made = {
        UNCHANGED: lines.orjson_unchanged(),
        STREAM: lines.stream(work.translator()),
        f"{STREAM}, checks off": lines.stream(work.translator(validate=False)),
        "orjson and by hand, no checks": _through(work, work.by_hand),
    }
    if work.name not in WITH_PEERS:
        return made
    made["msgspec, each line unchanged"] = lines.msgspec_unchanged()
    made["json, each line unchanged"] = lines.json_unchanged()
    made["orjson and by hand, the same checks"] = _through(work, work.by_hand_checked)
    for name in (
        "jsonschema-rs, then by hand",
        "fastjsonschema, then by hand",
        "pydantic, in and out",
    ):
        run = peers.peer(name, work)
        if run is not None:
            made[f"orjson and {name}"] = _through(work, run)
    return made


def _through(work: Work, run: Callable[[Any], Any]) -> Copy:
    return lines.orjson_through(run, several=work.several)


def _timed(place: Path, ways: dict[str, tuple[Copy, Path]]) -> Race:
    listed = [
        Contestant(name, partial(copy, source, place / "out"), LINES)
        for name, (copy, source) in ways.items()
    ]
    return race(listed, rounds(11))


def _compare(place: Path, source: Path, copies: dict[str, Copy], work: Work) -> None:
    """Hold every way to what it is to write: the events themselves, or their translations."""
    run = work.bound()
    made = (run(event) for event in islice(cycle(work.events), LINES))
    translated = [one for many in made for one in (many if work.several else [many])]
    unchanged = list(islice(cycle(work.events), LINES))
    for name, copy in copies.items():
        copy(source, place / "out")
        with open(place / "out", encoding="utf-8") as file:
            written = [json.loads(line) for line in file]
        if written != (unchanged if name.endswith("unchanged") else translated):
            raise SystemExit(f"{name} is not timed, for it writes something else")


def _compare_rejects(place: Path, source: Path, work: Work) -> None:
    """Hold the stream to what it is to write and to reject where some lines are bad."""
    lines.stream(work.translator())(source, place / "out")
    run, expected, bad = work.bound(), [], 0
    for line in source.read_bytes().splitlines():
        try:
            expected.append(run(json.loads(line)))
        except (TranslationError, ValueError):
            bad += 1
    written = [json.loads(line) for line in (place / "out").read_bytes().splitlines()]
    rejected = (place / "out.rejects").read_bytes().splitlines()
    if bad != LINES // BAD or len(rejected) != bad or written != expected:
        raise SystemExit(f"{STREAM} is not timed: of {bad} bad lines it rejects {len(rejected)}")


def _report(title: str, found: Race, goal: float | None) -> None:
    count = len(found.samples[UNCHANGED])
    heading(title, f"{LINES:,} lines, {count} rounds, CPU time; files in a temporary folder")
    rows = []
    for name in sorted(found.samples, key=lambda name: found.seconds(name).median):
        speed = found.ratio(UNCHANGED, name)
        micro = number(found.seconds(name).median * 1e6)
        aim = ("", "")
        if name == STREAM and goal is not None:
            met = "reached" if speed.median >= goal else "not reached"
            aim = (f"at least {goal}", met)
        rows.append((name, micro, *numbers(speed), *aim))
    table(("", "µs a line", "speed relative to orjson", "quartiles", "to reach", ""), rows)


# --- whole processes -------------------------------------------------------------------------


def whole_processes(place: Path, python: str) -> None:
    """The command line beside jq, Node and a Python script, each over one large file."""
    work = works()["small"]
    source = str(write(place / "many.ndjson", work.events, MANY))
    commands = {
        "translator translate": [python, *processes.COMMAND, "translate", *work.pair, source],
        "python, orjson and by hand, no checks": _script(source),
        "jq, no checks": _jq(source),
        "node, ajv and by hand": _node(source),
    }
    remarks = [f"{name}: not present" for name, command in commands.items() if command is None]
    present = {name: command for name, command in commands.items() if command is not None}
    translate = work.bound()
    expected = [translate(event) for event in islice(cycle(work.events), MANY)]
    for name, command in present.items():
        out = place / "out"
        if (code := processes.run(command, str(out)).code) != 0:
            raise SystemExit(f"{name} ended with exit code {code}")
        with open(out, encoding="utf-8") as file:
            if [json.loads(line) for line in file] != expected:
                raise SystemExit(f"{name} is not timed, for it writes something else")
    count = rounds(3)
    ended = processes.race(present, count)
    heading(
        f"streams as whole processes, small: {MANY:,} lines",
        f"{count} rounds; start-up and all threads included; output to /dev/null",
        *remarks,
    )
    cpu, wall = ended.cpu(), ended.wall()
    rows = []
    for name in sorted(present, key=lambda name: cpu.seconds(name).median):
        peak = max(one.peak for one in ended.ended[name]) / processes.MIB
        each = cpu.seconds(name).median / MANY * 1e6
        ratio = numbers(cpu.ratio(name, "translator translate"))
        clock = number(wall.seconds(name).median / MANY * 1e6)
        rows.append((name, number(each), *ratio, clock, f"{peak:.0f}"))
    head = ("", "µs of CPU a line", "relative", "quartiles", "µs of wall clock", "MiB at peak")
    table(head, rows)


def _script(source: str) -> list[str] | None:
    if importlib.util.find_spec("orjson") is None:
        return None
    return [sys.executable, "-m", "benchmarks.script", source]


def _jq(source: str) -> list[str] | None:
    program = str(processes.ROOT / "benchmarks" / "goshops_to_miso.jq")
    return ["jq", "-c", "-f", program, source] if shutil.which("jq") else None


def _node(source: str) -> list[str] | None:
    """Node with ajv, which `make bench` installs beside the Python peers where there is npm."""
    modules = processes.ROOT / "benchmarks" / ".venv"
    if shutil.which("node") is None or not (modules / "node_modules" / "ajv").exists():
        return None
    program = str(processes.ROOT / "benchmarks" / "node" / "goshops_to_miso.mjs")
    spec = str(processes.ROOT / "specs" / "goshops.json")
    return ["node", program, str(modules), spec, source]


def two_jobs(place: Path, python: str) -> None:
    """The command line with two workers, beside one, by the wall clock."""
    usage = [python, *processes.COMMAND, "translate", "--help"]
    told = subprocess.run(usage, capture_output=True, text=True, check=True).stdout
    if "--jobs" not in told:
        heading("streams, two workers", "not measured: the command has no --jobs")
        return
    work = works()["small"]
    source = str(write(place / "more.ndjson", work.events, MANY_MORE))
    one = [python, *processes.COMMAND, "translate", *work.pair, source]
    ended = processes.race({"one": one, "two": [*one, "--jobs", "2"]}, rounds(3))
    faster, cpu = ended.wall().ratio("one", "two"), ended.cpu().ratio("two", "one")
    heading(f"streams, two workers, small: {MANY_MORE:,} lines", f"{rounds(3)} rounds")
    rows = [("times one worker's throughput", *numbers(faster), "at least 1.6", _met(faster, 1.6))]
    table(("wall clock", "ratio", "quartiles", "to reach", ""), rows)
    print(f"The two take {number(cpu.median)} times the CPU of the one.")


def _met(ratio: Spread, least: float) -> str:
    return "reached" if ratio.median >= least else "not reached"


def memory(place: Path, python: str) -> None:
    """The peak memory of the command line, over files that grow."""
    kinds = works()
    rows = []
    for name, sizes in (("small", SIZES), ("rich", SIZES[:-1])):
        work = kinds[name]
        given = [
            part for one, value in work.params.items() for part in ("--param", f"{one}={value}")
        ]
        for size in sizes:
            source = write(place / "grown.ndjson", work.events, size)
            command = [python, *processes.COMMAND, "translate", *work.pair, *given, str(source)]
            ended = processes.run([*command, "-o", str(place / "out")])
            peak = ended.peak / processes.MIB
            met = "reached" if peak <= MEMORY_GOAL else "not reached"
            mib = source.stat().st_size / processes.MIB
            aim = f"at most {MEMORY_GOAL}"
            rows.append((f"{name}, {size:,} lines", f"{mib:.1f}", f"{peak:.1f}", aim, met))
    heading("streams, peak memory of the process (translator translate -o)")
    table(("", "MiB of input", "MiB at peak", "to reach", ""), rows)


if __name__ == "__main__":
    main()
