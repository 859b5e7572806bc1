"""Start-up: the command line on one event, beside an interpreter that does nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import processes
from benchmarks.measure import Spread, heading, number, numbers, rounds, table
from benchmarks.work import works
from translator.kept import VARIABLE

EMPTY = "python -c pass"
BARE = "python -I -S -c pass"
GOAL = 8.0
"""So many times an empty interpreter's start one translation may take."""

SLOWEST = 12
"""So many modules that are imported are listed, the slowest ones."""


def main() -> None:
    """Time the commands and print the tables."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        os.environ[VARIABLE] = str(place / "plans")
        python = processes.installed(place)
        commands = _commands(place, python)
        count = rounds(15)
        ended = processes.race(commands, count)
        cpu, wall = ended.cpu(), ended.wall()
        heading(
            "start-up",
            f"{count} rounds; installed as users have it; byte code and plans are there",
        )
        rows = []
        for name in commands:
            ratio, clock = cpu.ratio(name, EMPTY), wall.ratio(name, EMPTY)
            took, peak = cpu.seconds(name).median * 1000, ended.ended[name][0].peak / processes.MIB
            one = name.startswith("translate ")
            aim = (f"at most {GOAL:g}", _met(ratio)) if one else ("", "")
            rows.append(
                (name, number(took), *numbers(ratio), number(clock.median), f"{peak:.0f}", *aim)
            )
        head = (
            "",
            "ms of CPU",
            "relative",
            "quartiles",
            "by the clock",
            "MiB at peak",
            "to reach",
            "",
        )
        table(head, rows)
        _imports(commands["translate goshops miso, one event"], python)


def _commands(place: Path, python: str) -> dict[str, list[str]]:
    kinds = works()
    translator = [python, *processes.COMMAND]
    made = {
        EMPTY: [python, "-c", "pass"],
        BARE: [python, "-I", "-S", "-c", "pass"],
        "import msgspec": [python, "-c", "import msgspec"],
        "--help": [*translator, "--help"],
    }
    for name in ("small", "rich"):
        work = kinds[name]
        file = place / f"{name}.ndjson"
        file.write_text(json.dumps(work.events[0]) + "\n", encoding="utf-8")
        params = [
            part for one, value in work.params.items() for part in ("--param", f"{one}={value}")
        ]
        name = f"translate {work.source} {work.target}, one event"
        made[name] = [*translator, "translate", *work.pair, *params, str(file)]
        made[f"the same, no plan kept ({work.source})"] = ["env", f"{VARIABLE}=off", *made[name]]
    made["show goshops miso"] = [*translator, "show", "goshops", "miso"]
    made["formats"] = [*translator, "formats"]
    made["check"] = [*translator, "check"]
    made["python -c 'import translator'"] = [python, "-P", "-c", "import translator"]
    made["from translator import translate"] = [
        *(python, "-P", "-c"),
        "from translator import translate",
    ]
    return made


def _met(ratio: Spread) -> str:
    return "reached" if ratio.median <= GOAL else "not reached"


def _imports(command: list[str], python: str) -> None:
    """Print what was imported for one translation, by the time that each module took itself."""
    timed = [python, "-X", "importtime", *command[1:]]
    told = subprocess.run(timed, capture_output=True, text=True, check=True, cwd="/").stderr
    found: dict[str, int] = {}
    modules = 0
    for line in told.splitlines():
        if match := re.fullmatch(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)", line):
            modules += 1
            package = match[2].split(".")[0]
            found[package] = found.get(package, 0) + int(match[1])
    slowest = sorted(found.items(), key=lambda pair: -pair[1])[:SLOWEST]
    heading(
        "start-up, what is imported to translate one event",
        f"{modules} modules, one run; to be timed makes them slower: read the order",
    )
    table(("package", "ms"), [(name, f"{micro / 1000:.1f}") for name, micro in slowest])


if __name__ == "__main__":
    main()
