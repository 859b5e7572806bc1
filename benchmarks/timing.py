"""Time contestants side by side, and print medians and quartiles.

In each round every contestant runs once, in random order, and ratios are computed within the
round, so that load on the machine affects all contestants alike. Python's cyclic garbage collector
is disabled while samples are taken, as in `timeit`, and runs between rounds.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

ROUNDS = 25
"""Default number of rounds; the environment variable `ROUNDS` overrides it."""

SAMPLE_SECONDS = 0.004
"""Minimum CPU time of a sample: the contestant is repeated as often as that takes."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something to time: one call of `run` processes `events_per_run` events."""

    name: str
    run: Callable[[], object]
    events_per_run: int = 1


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The median and the lower and upper quartile of some numbers."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Quartiles:
        """Compute the quartiles of one or more numbers."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)

    def cells(self, factor: float = 1.0) -> tuple[str, str]:
        """Format the median, and the quartiles, as two cells of a table."""
        low, high = format_number(self.low * factor), format_number(self.high * factor)
        return format_number(self.median * factor), f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds per event: for each contestant one sample per round, in order."""

    samples: dict[str, list[float]]

    def seconds(self, name: str) -> Quartiles:
        """Return the time per event."""
        return Quartiles.of(self.samples[name])

    def ratio(self, name: str, to: str) -> Quartiles:
        """Return the time of `name` relative to `to`, computed within each round."""
        pairs = zip(self.samples[name], self.samples[to], strict=True)
        return Quartiles.of([seconds / other for seconds, other in pairs])

    def fastest_first(self) -> list[str]:
        """Return the names of the contestants, sorted by median time."""
        return sorted(self.samples, key=lambda name: self.seconds(name).median)


def round_count(default: int = ROUNDS) -> int:
    """Return the number of rounds: the environment's `ROUNDS`, or `default`."""
    value = os.environ.get("ROUNDS", "")
    return max(1, int(value)) if value else default


def time_contestants(contestants: Sequence[Contestant], rounds: int) -> Timings:
    """Measure the CPU time of each contestant `rounds` times, interleaved."""
    samples: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    shuffle = random.Random(0)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        repeats = {contestant.name: _repeats(contestant.run) for contestant in contestants}
        for _ in range(rounds):
            for contestant in shuffle.sample(contestants, len(contestants)):
                count = repeats[contestant.name]
                seconds = _sample(contestant.run, count)
                samples[contestant.name].append(seconds / count / contestant.events_per_run)
            gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return Timings(samples)


def one_pass(
    function: Callable[..., Any], events: Sequence[Any], *arguments: Any
) -> Callable[[], object]:
    """Return a callable that calls `function(event, *arguments)` for each event.

    The loop runs in C, so that its own overhead is negligible.
    """

    def run() -> object:
        return deque(map(function, events, *map(repeat, arguments)), 0)

    return run


def check_agreement(name: str, outputs: Iterable[Any], expected: Sequence[Any]) -> None:
    """Exit unless a contestant's outputs are those of the translator."""
    for number, (output, wanted) in enumerate(zip(outputs, expected, strict=True)):
        if output != wanted:
            raise SystemExit(
                f"{name}: output {number} differs from the translator's.\n"
                f"got      {output}\nexpected {wanted}"
            )


def _repeats(run: Callable[[], object]) -> int:
    """Find how many calls fill a sample, by doubling, after a first call to warm up."""
    run()
    count = 1
    while (seconds := _sample(run, count)) < SAMPLE_SECONDS / 2:
        count *= 2
    return max(1, round(count * SAMPLE_SECONDS / seconds)) if seconds < SAMPLE_SECONDS else count


def _sample(run: Callable[[], object], count: int) -> float:
    begin = time.process_time()
    for _ in range(count):
        run()
    return time.process_time() - begin


# --- output ----------------------------------------------------------------------------------


def print_heading(title: str, *remarks: str) -> None:
    """Print an underlined title, and remarks below it."""
    print(f"\n{title}\n{'-' * len(title)}")
    for remark in remarks:
        print(remark)


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column is aligned to the left, the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    for first, *rest in lines:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        print("  ".join((first.ljust(widths[0]), *cells)).rstrip())
    sys.stdout.flush()


def format_number(value: float) -> str:
    """Format a number with about three digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def goal_cells(
    value: float, *, at_most: float | None = None, at_least: float | None = None
) -> tuple[str, str]:
    """Format a goal, and whether `value` meets it, as two cells of a table."""
    if at_most is not None:
        return f"at most {at_most:g}", "met" if value <= at_most else "missed"
    if at_least is not None:
        return f"at least {at_least:g}", "met" if value >= at_least else "missed"
    return "", ""
