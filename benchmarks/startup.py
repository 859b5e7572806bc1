"""Start-up: the command line translating one event, relative to an empty interpreter."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import COMMAND, MIB, install_package, time_commands
from benchmarks.timing import format_number, goal_cells, print_heading, print_table, round_count
from benchmarks.workloads import WORKLOADS
from translator import TranslationError, Translator

EMPTY = "python -c pass"
CACHE_VARIABLE = "TRANSLATOR_CACHE"
_OFF = ("env", f"{CACHE_VARIABLE}=off")
GOAL = 8.0
"""Maximum time of one translation with a cached plan, relative to an empty interpreter."""

FORMATS = ("goshops", "aisquare", "cobi", "miso", "interaction")
PARAMS = {
    "project": "shop-1",
    "item_type": "OFFER",
    "time": "2024-05-01T12:00:00Z",
    "user": "u-1",
}


def write_event(file: Path, source: str, target: str) -> dict[str, str] | None:
    """Write the first example event that can be translated, and return the params for it.

    Returns None if all examples are refused.
    """
    params = {}
    for name, value in PARAMS.items():
        with suppress(TranslationError):
            Translator(source, target, params={name: value})
            params[name] = value
    translator = Translator(source, target, params=params)
    examples = Path(__file__).parents[1] / "examples" / f"{source}.ndjson"
    for line in examples.read_text(encoding="utf-8").splitlines():
        with suppress(TranslationError):
            translator.translate_all(json.loads(line))
            file.write_text(f"{line}\n", encoding="utf-8")
            return params
    return None


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
        file = folder / "small.ndjson"
        file.write_text(json.dumps(small.events[0]) + "\n", encoding="utf-8")
        commands["translate, one event, no cache"] = [
            *(*_OFF, python, *COMMAND),
            *("translate", *small.pair, str(file)),
        ]
        refused: list[str] = []
        for source, target in permutations(FORMATS, 2):
            file = folder / f"{source}-{target}.ndjson"
            params = write_event(file, source, target)
            if params is None:
                refused.append(f"{source} to {target}")
                continue
            options = [f"--param={name}={value}" for name, value in params.items()]
            name = f"translate {source} {target}, one event"
            commands[name] = [python, *COMMAND, "translate", source, target, *options, str(file)]
            goals[name] = GOAL
        rounds = round_count(15)
        timings = time_commands(commands, rounds)
    remark = f"{rounds} rounds; byte code is compiled; plans are cached unless it says otherwise"
    print_heading("start-up", remark, f"All examples are refused: {', '.join(refused)}")
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
