"""Start-up: the command line translating one event, relative to an empty interpreter."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import COMMAND, MIB, install_package, time_commands
from benchmarks.timing import format_number, goal_cells, print_heading, print_table, round_count
from benchmarks.workloads import WORKLOADS

EMPTY = "python -c pass"
CACHE_VARIABLE = "TRANSLATOR_CACHE"
_OFF = ("env", f"{CACHE_VARIABLE}=off")
GOAL = 8.0
"""Maximum time of one translation with a cached plan, relative to an empty interpreter."""


def main() -> None:
    """Time the commands and print the table."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ[CACHE_VARIABLE] = str(folder / "plans")
        python = install_package(folder)
        commands = {
            EMPTY: [python, "-c", "pass"],
            "import msgspec": [python, "-c", "import msgspec"],
            "from translator import translate": [
                *(python, "-P", "-c"),
                "from translator import translate",
            ],
        }
        goals: dict[str, float] = {}
        small = WORKLOADS["small"]
        call = f"translate({small.events[0]!r}, *{small.pair!r})"
        first = [python, "-P", "-c", f"from translator import translate; {call}"]
        commands["first translate of the library"] = first
        commands["first translate of the library, no cache"] = [*_OFF, *first]
        for workload in (small, WORKLOADS["rich"]):
            file = folder / f"{workload.name}.ndjson"
            file.write_text(json.dumps(workload.events[0]) + "\n", encoding="utf-8")
            options = [f"--param={name}={value}" for name, value in workload.params.items()]
            translate = [python, *COMMAND, "translate", *workload.pair, *options, str(file)]
            name = f"translate {workload.source} {workload.target}, one event"
            commands[name] = translate
            commands[f"{name}, no cache"] = [*_OFF, *translate]
            goals[name] = GOAL
        rounds = round_count(15)
        timings = time_commands(commands, rounds)
    remark = f"{rounds} rounds; byte code is compiled; plans are cached unless it says otherwise"
    print_heading("start-up", remark)
    rows = []
    for name, processes in timings.processes.items():
        ratio = timings.cpu.ratio(name, EMPTY)
        milliseconds = format_number(timings.cpu.seconds(name).median * 1e3)
        peak = f"{max(process.peak for process in processes) / MIB:.0f}"
        goal = goal_cells(ratio.median, at_most=goals.get(name))
        rows.append((name, milliseconds, *ratio.cells(), peak, *goal))
    head = ("", "ms of CPU", "relative to empty", "quartiles", "peak MiB", "goal", "")
    print_table(head, rows)


if __name__ == "__main__":
    main()
