"""Spark, text in, text out: CPU time relative to the command line.

Run with the environment of `make spark`: .venv-spark/bin/python -m benchmarks.spark
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.processes import run_process
from benchmarks.timing import Timings, goal_cells, print_heading, print_table, round_count
from benchmarks.workloads import WORKLOADS

LINES = 3_000_000
WARM_UP_LINES = 500_000
GOAL = 1.5
"""Maximum CPU time of a job that writes text, relative to the command line."""

COMMAND, COPY, TRANSLATE = "command line", "Spark, each line unchanged", "Spark, translate"


def main() -> None:
    """Time jobs in a warm session and the command line, interleaved, and print the table."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    workload, rounds = WORKLOADS["small"], round_count(3)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = {count: folder / f"{count}.ndjson" for count in (WARM_UP_LINES, LINES)}
        for count, file in files.items():
            write_lines(file, workload.events, count)
        begin = tree_seconds()
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        for job in (copy, translate):
            for _ in range(2):
                job(session, files[WARM_UP_LINES], folder / "output")
        warm_up = tree_seconds() - begin
        command = [sys.executable, "-m", "translator", "translate", *workload.pair]
        command += [str(files[LINES]), "--output", str(folder / "translated.ndjson"), "--quiet"]
        samples: dict[str, list[float]] = {COMMAND: [], COPY: [], TRANSLATE: []}
        for _ in range(rounds):
            samples[COMMAND].append(run_process(command).cpu)
            for name, job in ((COPY, copy), (TRANSLATE, translate)):
                begin = tree_seconds()
                job(session, files[LINES], folder / "output")
                samples[name].append(tree_seconds() - begin)
        session.stop()
    timings = Timings(samples)
    print_heading("Spark", f"{LINES:,} lines, {rounds} rounds, CPU time of all processes")
    rows = []
    for name in samples:
        ratio = timings.ratio(name, COMMAND)
        goal = goal_cells(ratio.median, at_most=GOAL if name == TRANSLATE else None)
        rows.append((name, f"{timings.seconds(name).median:.1f}", *ratio.cells(), *goal))
    print_table(("", "seconds", "relative to the command line", "quartiles", "goal", ""), rows)
    print(f"Not counted: start of the session and four warm-up jobs, {warm_up:.0f} s of CPU time")


def write_lines(file: Path, events: list[Any], count: int) -> None:
    """Write `count` lines of JSON that repeat `events`."""
    import msgspec

    lines = msgspec.json.Encoder().encode_lines(events)
    with file.open("wb") as output:
        for _ in range(count // len(events)):
            output.write(lines)


def copy(session: Any, source: Path, target: Path) -> None:
    """Read and write text in the JVM."""
    lines = session.read.text(str(source), lineSep="\n")
    lines.write.mode("overwrite").text(str(target))


def translate(session: Any, source: Path, target: Path) -> None:
    """Translate text to text."""
    from translator.spark import translate

    lines = session.read.text(str(source), lineSep="\n")
    result = translate(lines, *WORKLOADS["small"].pair)
    events = result.where("event IS NOT NULL").select("event")
    events.write.mode("overwrite").text(str(target))


def tree_seconds() -> float:
    """Return the CPU time of this process and its descendants, which must not have ended; Linux."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # the process has ended
            continue
        number = int(stat.parent.name)
        parents[number], ticks[number] = int(fields[1]), sum(map(int, fields[11:15]))
    tree = {os.getpid()}
    while more := {number for number, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return sum(ticks[number] for number in tree) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
