"""Growth: how the cost of commands depends on the number of formats."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import synthetic
from benchmarks.processes import COMMAND, ROOT, install_package, time_commands
from benchmarks.timing import format_number, print_heading, print_table, round_count

SIZES = (4, 16, 64, 256)
"""Numbers of synthetic formats, in addition to the shipped ones."""


def main() -> None:
    """Time the commands for all numbers of formats side by side, and print the table."""
    rounds = round_count(3)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["TRANSLATOR_CACHE"] = str(folder / "plans")
        python = install_package(folder)
        commands = {size: _commands(folder / f"formats-{size}", python, size) for size in SIZES}
        timings = time_commands(
            {f"{name} {size}": commands[size][name] for size in SIZES for name in commands[size]},
            rounds,
        )
    print_heading(
        "growth with the number of formats",
        f"{rounds} rounds, whole processes; ms of CPU, medians",
    )
    rows = []
    for name in commands[SIZES[0]]:
        seconds = [timings.cpu.seconds(f"{name} {size}").median for size in SIZES]
        cells = [format_number(value * 1e3) for value in seconds]
        rows.append((name, *cells, f"{_exponent(seconds):.2f}"))
    print_table(("formats", *map(str, SIZES), "exponent (0: constant, 1: linear)"), rows)


def _commands(folder: Path, python: str, size: int) -> dict[str, list[str]]:
    """Write formats to a folder, and return the commands to time, by name."""
    source, target, *_ = synthetic.copies(ROOT, folder, size)
    event = folder / "event.ndjson"
    event.write_text(json.dumps(synthetic.EVENT) + "\n", encoding="utf-8")
    command = [python, *COMMAND]
    folders = [f"--specs={folder / 'specs'}", f"--mappings={folder / 'mappings'}"]
    translate = [*command, "translate", source, target, "--param=project=p", *folders, str(event)]
    return {
        "translate, no cache": ["env", "TRANSLATOR_CACHE=off", *translate],
        "translate, plan cached": translate,
        "check": [*command, "check", *folders],
        "formats (all pairs)": [*command, "formats", *folders],
    }


def _exponent(seconds: Sequence[float]) -> float:
    """Fit seconds to a power of the number of formats by least squares; return the exponent."""
    xs, ys = [math.log(size) for size in SIZES], [math.log(value) for value in seconds]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    deviations = [x - x_mean for x in xs]
    covariance = sum(dx * (y - y_mean) for dx, y in zip(deviations, ys, strict=True))
    return covariance / sum(dx * dx for dx in deviations)


if __name__ == "__main__":
    main()
