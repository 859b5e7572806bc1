"""Timing contestants side by side: interleaved rounds, CPU time, medians and quartiles.

In each round every contestant runs once, in an order drawn anew, and ratios are taken within the
round: what a busy machine does to one it does to its neighbours. Python's cyclic garbage collector
is off while samples are taken, as in `timeit`, and runs between rounds; what a function makes is
freed at once all the same.
"""

from __future__ import annotations

import gc
import os
import platform
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
"""So many rounds where nobody says otherwise (`ROUNDS` in the environment does)."""

SAMPLE = 0.004
"""A sample takes so many seconds of CPU at least: as many passes as that needs."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something to be timed: `run` is one pass, over `per_pass` events."""

    name: str
    run: Callable[[], object]
    per_pass: int = 1


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some numbers, and their quartiles."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Race:
    """Seconds of CPU per event: for each contestant a sample of each round, in order."""

    samples: dict[str, list[float]]

    def seconds(self, name: str) -> Spread:
        """The time per event."""
        return spread(self.samples[name])

    def ratio(self, name: str, to: str) -> Spread:
        """How long `name` takes relative to `to`, taken within each round."""
        pairs = zip(self.samples[name], self.samples[to], strict=True)
        return spread([one / other for one, other in pairs])


def spread(numbers: Sequence[float]) -> Spread:
    """Median and quartiles of at least one number."""
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0])
    low, median, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return Spread(median, low, high)


def rounds(default: int = ROUNDS) -> int:
    """How many rounds to run: the environment's `ROUNDS`, or `default`."""
    given = os.environ.get("ROUNDS", "")
    return max(1, int(given)) if given else default


def race(
    contestants: Iterable[Contestant],
    count: int,
    *,
    clock: Callable[[], float] = time.process_time,
    sample: float = SAMPLE,
) -> Race:
    """Time each contestant `count` times, interleaved."""
    listed = list(contestants)
    samples: dict[str, list[float]] = {one.name: [] for one in listed}
    draw = random.Random(0)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        passes = {one.name: _passes(one.run, clock, sample) for one in listed}
        for _ in range(count):
            for one in draw.sample(listed, len(listed)):
                number = passes[one.name]
                taken = _sample(one.run, number, clock)
                samples[one.name].append(taken / number / one.per_pass)
            gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return Race(samples)


def over(function: Callable[..., Any], events: Sequence[Any], *others: Any) -> Callable[[], object]:
    """One pass of `function` over events, with as little around it as Python has.

    `others` are passed with each event, behind it.
    """

    def run() -> object:
        return deque(map(function, events, *map(repeat, others)), 0)

    return run


def _passes(run: Callable[[], object], clock: Callable[[], float], sample: float) -> int:
    """How many passes fill a sample; by doubling, which also warms everything up."""
    number = 1
    while (taken := _sample(run, number, clock)) < sample / 2:
        number *= 2
    return max(1, round(number * sample / taken)) if taken < sample else number


def _sample(run: Callable[[], object], number: int, clock: Callable[[], float]) -> float:
    begin = clock()
    for _ in range(number):
        run()
    return clock() - begin


# --- what is printed -------------------------------------------------------------------------


def heading(title: str, *remarks: str) -> None:
    """Print a title, underlined, and remarks below it."""
    print(f"\n{title}\n{'-' * len(title)}")
    for remark in remarks:
        print(remark)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads: the first column to the left, all others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for number, line in enumerate(lines):
        first, *rest = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join((first, *rest)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    sys.stdout.flush()


def number(value: float) -> str:
    """A number with three digits or so."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def numbers(found: Spread) -> tuple[str, str]:
    """The median, and the quartiles around it, as text."""
    return number(found.median), f"{number(found.low)} to {number(found.high)}"


def machine() -> str:
    """The interpreter and the machine, in one line."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {os.cpu_count()} CPUs ({_processor()}), {sys.platform}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()
