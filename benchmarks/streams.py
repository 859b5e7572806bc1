"""Streams, NDJSON to NDJSON: relative to orjson, and with two workers."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks import handwritten, pydantic_models
from benchmarks.processes import COMMAND, MIB, install_package, time_commands
from benchmarks.timing import (
    Contestant,
    check_agreement,
    format_number,
    goal_cells,
    print_heading,
    print_table,
    round_count,
    time_contestants,
)
from benchmarks.validation import compile_validator, validated
from benchmarks.workloads import WORKLOADS, Function, Workload
from translator import TranslationError, Translator
from translator.streaming.pipeline import translate_stream

Copy = Callable[[Path, Path], None]
"""A function that reads one file and writes another."""

UNCHANGED = "orjson, each line unchanged"
STREAM = "the translator's stream"
HAND_WRITTEN = "orjson + hand-written"

GOALS = {"small": 1.0, "rich": 0.8}
"""Minimum speed of the stream relative to orjson, by workload."""

BAD_LINES_GOAL = 0.75
WORKERS_GOAL = 1.8
"""Minimum throughput of two workers relative to one."""

MEMORY_GOAL = 40
"""Maximum MiB at peak of one worker."""

LOSSES_GOAL = 2.5
"""Maximum time of a stream that counts losses, relative to one that does not."""

LINES = 20_000
BAD_EVERY = 100
"""In files with bad lines, one in this many is bad."""

LOSSES_LINES = 2_000

WARMUP_BYTES = 4 * 1024 * 1024
"""Bytes to translate before a stream is timed, so that its fast path is compiled."""

WORKERS_LINES = 2_000_000
ONE, TWO, HALVES = "one worker", "two workers", "two commands, half of the lines each"

_BUFFER = 256 * 1024


def main() -> None:
    """Run every measurement and print the tables."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for workload in WORKLOADS.values():
            time_streams(folder, workload)
        time_bad_lines(folder, WORKLOADS["small"])
        time_losses()
        time_workers(folder)


def write_lines(file: Path, events: Sequence[Any], count: int) -> Path:
    """Write `count` lines that repeat `events`; a string is written as it is."""
    lines = [
        event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
        for event in events
    ]
    with open(file, "w", encoding="utf-8") as output:
        output.writelines(f"{line}\n" for line in islice(cycle(lines), count))
    return file


def read_lines(file: Path) -> list[Any]:
    """Parse each line of a file."""
    return [json.loads(line) for line in file.read_bytes().splitlines()]


# --- contestants -----------------------------------------------------------------------------


def stream(translator: Translator) -> Copy:
    """Copy by the translator's stream, with rejects in a file next to the target.

    The struct reader is compiled beforehand; a stream compiles it after its first 2 MiB.
    """
    if translator.fast_reader is None:
        raise SystemExit("streams: the translator has no struct reader")

    def copy(source: Path, target: Path) -> None:
        with (
            open(source, "rb", _BUFFER) as lines,
            open(target, "wb", _BUFFER) as output,
            open(f"{target}.rejects", "wb", _BUFFER) as rejects,
        ):
            translate_stream(lines, output, translator, rejects=rejects)

    return copy


def orjson_unchanged(source: Path, target: Path) -> None:
    """Parse each line and write it again."""
    loads, dumps, newline = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    with open(source, "rb", _BUFFER) as lines, open(target, "wb", _BUFFER) as output:
        for line in lines:
            output.write(dumps(loads(line), None, newline))


def orjson_through(function: Function, *, fans_out: bool) -> Copy:
    """Copy by parsing each line, passing it through `function`, and writing the result."""

    def copy(source: Path, target: Path) -> None:
        loads, dumps, newline = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
        with open(source, "rb", _BUFFER) as lines, open(target, "wb", _BUFFER) as output:
            if fans_out:
                for line in lines:
                    for event in function(loads(line)):
                        output.write(dumps(event, None, newline))
            else:
                for line in lines:
                    output.write(dumps(function(loads(line)), None, newline))

    return copy


# --- in one process --------------------------------------------------------------------------


def time_streams(folder: Path, workload: Workload) -> None:
    """Compare the outputs, then time the ways to copy a file of valid events."""
    pair = workload.pair
    validate, validate_target = map(compile_validator, pair)
    functions: dict[str, Function] = {
        HAND_WRITTEN: handwritten.PAIRS[pair],
        "orjson + jsonschema-rs + hand-written": validated(
            validate, handwritten.PAIRS[pair], validate_target
        ),
        "orjson + pydantic": pydantic_models.PAIRS[pair],
    }
    copies: dict[str, Copy] = {
        UNCHANGED: orjson_unchanged,
        STREAM: stream(workload.translator()),
        f"{STREAM}, unchecked": stream(workload.translator(validate=False)),
    }
    for name, function in functions.items():
        copies[name] = orjson_through(function, fans_out=workload.fans_out)
    source = write_lines(folder / f"{workload.name}.ndjson", workload.events, LINES)
    repeated = list(islice(cycle(workload.events), LINES))
    outputs = map(workload.bound(), repeated)
    translated = list(chain.from_iterable(outputs) if workload.fans_out else outputs)
    for name, copy in copies.items():
        copy(source, folder / "output")
        expected = repeated if name == UNCHANGED else translated
        check_agreement(name, read_lines(folder / "output"), expected)
    title = f"streams, {workload.name}: {workload.description}"
    goal = GOALS.get(workload.name)
    _time(title, folder, {name: (copy, source) for name, copy in copies.items()}, goal)


def time_bad_lines(folder: Path, workload: Workload) -> None:
    """Time the stream on lines of which some are bad; orjson reads valid ones."""
    copy = stream(workload.translator())
    source = write_lines(folder / "bad.ndjson", _with_bad_lines(workload.events), LINES)
    translate, expected = workload.bound(), []
    for line in source.read_bytes().splitlines():
        try:
            expected.append(translate(json.loads(line)))
        except (TranslationError, ValueError):
            continue
    copy(source, folder / "output")
    check_agreement(STREAM, read_lines(folder / "output"), expected)
    rejects = len((folder / "output.rejects").read_bytes().splitlines())
    if not rejects == LINES - len(expected) == LINES // BAD_EVERY:
        raise SystemExit(f"{STREAM}: {rejects} rejects, expected {LINES // BAD_EVERY}")
    valid = folder / f"{workload.name}.ndjson"
    copies: dict[str, tuple[Copy, Path]] = {
        UNCHANGED: (orjson_unchanged, valid),
        STREAM: (copy, source),
    }
    _time("streams, small, 1 % bad lines (none for orjson)", folder, copies, BAD_LINES_GOAL)


def _with_bad_lines(events: Sequence[Any]) -> list[Any]:
    """Replace one event in `BAD_EVERY`: by broken JSON, an invalid and an untranslatable event."""
    lines = list(islice(cycle(events), 3 * BAD_EVERY))
    event = lines[0]
    invalid = {**event, "data": {**event["data"], "customer": 7}}
    untranslatable = {**event, "data": {**event["data"], "date": "yesterday"}}
    broken = '{"project": "shop-1", "data": {"event": "view"'
    for number, line in enumerate((broken, invalid, untranslatable)):
        lines[BAD_EVERY * number + BAD_EVERY // 2] = line
    return lines


def _time(
    title: str, folder: Path, copies: dict[str, tuple[Copy, Path]], goal: float | None
) -> None:
    """Time copies, given with their source file, and print the table."""
    rounds = round_count(15)
    contestants = [
        Contestant(name, partial(copy, source, folder / "output"), LINES)
        for name, (copy, source) in copies.items()
    ]
    timings = time_contestants(contestants, rounds)
    print_heading(title, f"{LINES:,} lines, {rounds} rounds, CPU time; files in a temporary folder")
    rows = []
    for name in timings.fastest_first():
        speed = timings.ratio(UNCHANGED, name)
        micro = format_number(timings.seconds(name).median * 1e6)
        cells = goal_cells(speed.median, at_least=goal if name == STREAM else None)
        rows.append((name, micro, *speed.cells(), *cells))
    print_table(("", "µs per line", "speed relative to orjson", "quartiles", "goal", ""), rows)


def time_losses() -> None:
    """Time streams in memory that count losses."""
    rounds = round_count(15)
    rows = []
    for workload in WORKLOADS.values():
        translator = workload.translator()
        lines = [json.dumps(event, ensure_ascii=False) for event in workload.events]
        data = "".join(f"{line}\n" for line in islice(cycle(lines), LOSSES_LINES)).encode()
        contestants = [
            Contestant("plain", partial(translator.translate_lines, data), LOSSES_LINES),
            Contestant(
                "losses", partial(translator.translate_lines, data, losses=True), LOSSES_LINES
            ),
        ]
        for contestant in contestants:
            for _ in range(WARMUP_BYTES // len(data) + 1):
                contestant.run()
        ratio = time_contestants(contestants, rounds).ratio("losses", "plain")
        rows.append((workload.name, *ratio.cells(), *goal_cells(ratio.median, at_most=LOSSES_GOAL)))
    print_heading("streams, counting losses", f"{LOSSES_LINES:,} lines in memory, {rounds} rounds")
    print_table(("", "time relative to a plain stream", "quartiles", "goal", ""), rows)


# --- whole processes -------------------------------------------------------------------------


def time_workers(folder: Path) -> None:
    """Time the command line with one and with two workers, by wall time; report peak memory.

    Output goes to a file, which workers write themselves. Two commands that translate half of the
    lines each show what the machine allows.
    """
    workload, rounds = WORKLOADS["small"], round_count(3)
    source = write_lines(folder / "workers.ndjson", workload.events, WORKERS_LINES)
    half = write_lines(folder / "half.ndjson", workload.events, WORKERS_LINES // 2)
    translate = [install_package(folder), *COMMAND, "translate", *workload.pair]

    def command(file: Path, number: int = 1) -> list[str]:
        return [*translate, str(file), "-o", str(folder / f"workers-{number}.output")]

    halves = " & ".join(shlex.join(command(half, number)) for number in (1, 2))
    commands = {
        ONE: command(source),
        TWO: [*command(source), "--jobs", "2"],
        HALVES: ["sh", "-c", f"{halves} & wait"],
    }
    timings = time_commands(commands, rounds)
    print_heading("streams, two workers, small", f"{WORKERS_LINES:,} lines, {rounds} rounds")
    rows = []
    for name in (TWO, HALVES):
        speed, cpu = timings.wall.ratio(ONE, name), timings.cpu.ratio(name, ONE)
        goal = goal_cells(speed.median, at_least=WORKERS_GOAL if name == TWO else None)
        rows += [(f"{name}: throughput (wall time)", *speed.cells(), *goal)]
        rows += [(f"{name}: CPU time", *cpu.cells(), "", "")]
    print_table(("", "relative to one worker", "quartiles", "goal", ""), rows)
    peak = max(process.peak for process in timings.processes[ONE]) / MIB
    print(f"Peak of one worker: {peak:.1f} MiB", *goal_cells(peak, at_most=MEMORY_GOAL), sep=", ")


if __name__ == "__main__":
    main()
