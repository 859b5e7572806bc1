"""Growth: what more formats cost, and what more leaves in an event cost."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import processes, synthetic
from benchmarks.measure import (
    Contestant,
    Spread,
    heading,
    number,
    numbers,
    over,
    race,
    rounds,
    spread,
    table,
)
from translator import Catalog, Translator
from translator.kept import VARIABLE

FORMATS = (4, 16, 64, 256)
"""So many made-up formats, beside those shipped."""

SHIPPED = len(Catalog().formats())
"""So many formats are shipped."""

LEAVES = (10, 100, 1000)
"""So many leaves has an event."""

CHECKS = 3
"""A check of many formats takes seconds: so many rounds are enough."""

LINEAR = 1.05
"""An exponent up to this counts as linear, for no measurement is exact."""

# What a program does: a catalog, a translator, an event; and then another pair of the same.
_FIRST = """
import json, sys, time
from translator import Catalog, Translator
folder, event = sys.argv[1], json.loads(sys.argv[2])
begin = time.process_time()
catalog = Catalog(specs=[folder + "/specs"], mappings=[folder + "/mappings"])
Translator("made000", "made001", catalog=catalog, params={"project": "p"}).translate(event)
first = time.process_time()
Translator("made002", "made003", catalog=catalog, params={"project": "p"}).translate(event)
print(json.dumps([first - begin, time.process_time() - first]))
"""


def main() -> None:
    """Print what grows with the number of formats, and with the leaves of an event."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        formats(place, processes.installed(place))
        leaves(place)


# --- formats ---------------------------------------------------------------------------------


def formats(place: Path, python: str) -> None:
    """Time the first translation and the check, among more and more formats."""
    count = rounds(5)
    rows = []
    found: dict[str, list[float]] = {"first": [], "another": [], "check": []}
    os.environ[VARIABLE] = str(place / "plans")
    event = place / "event.ndjson"
    event.write_text(json.dumps(synthetic.EVENT) + "\n", encoding="utf-8")
    whole = []
    for size in FORMATS:
        folder = place / f"formats-{size}"
        synthetic.copies(processes.ROOT, folder, size)
        given = ["--specs", str(folder / "specs"), "--mappings", str(folder / "mappings")]
        first, another, peak = _first(place, python, folder, count)
        check = [python, *processes.COMMAND, "check", *given]
        ended = processes.race({"check": check}, 1 if size == FORMATS[-1] else min(count, CHECKS))
        checked = ended.cpu().seconds("check")
        whole.append(_whole(python, given, str(event), size, count))
        most = max(one.peak for one in ended.ended["check"]) / processes.MIB
        for name, value in (("first", first), ("another", another), ("check", checked)):
            found[name].append(value.median)
        rows.append(
            (
                f"{size} formats",
                *_milli(first),
                *_milli(another),
                f"{peak / processes.MIB:.0f}",
                *_milli(checked),
                number(checked.median * 1000 / size),
                f"{most:.0f}",
            )
        )
    heading(
        "growth, formats",
        f"{count} rounds (check: {CHECKS}, the largest 1), each in a new process; ms of CPU",
        "A first translation is counted from after the imports; a check is the whole process.",
    )
    head = ("", "first translation", "quartiles", "another pair", "quartiles", "MiB at peak")
    table((*head, "check", "quartiles", "per format", "MiB at peak"), rows)
    print(
        f"Exponents: first translation {_exponent(FORMATS, found['first']):.2f}, another pair "
        f"{_exponent(FORMATS, found['another']):.2f} (0 is no growth), check "
        f"{_exponent(FORMATS, found['check']):.2f} (1 is linear)."
    )

    heading(
        "growth, whole commands among more formats",
        f"{count} rounds (formats: {CHECKS}, the largest 1), each in a new process; ms of CPU",
        "`formats` lists all pairs of the made-up formats and of those shipped.",
    )
    table(
        ("", "translate, plan kept", "quartiles", "formats", "quartiles", "pairs", "µs a pair"),
        whole,
    )


def _whole(python: str, given: Sequence[str], event: str, size: int, count: int) -> tuple[str, ...]:
    """A row of what the command line takes to translate one event, and to list the pairs."""
    command = [python, *processes.COMMAND]
    pair = ["translate", "made000", "made001", "--param", "project=p"]
    one = processes.race({"translate": [*command, *pair, *given, event]}, count)
    rounds_of = 1 if size == FORMATS[-1] else min(count, CHECKS)
    every = processes.race({"formats": [*command, "formats", *given]}, rounds_of)
    listed = every.cpu().seconds("formats")
    pairs = (size + SHIPPED) * (size + SHIPPED - 1)
    translated = _milli(one.cpu().seconds("translate"))
    each = number(listed.median * 1e6 / pairs)
    return (f"{size} formats", *translated, *_milli(listed), f"{pairs:,}", each)


def _first(place: Path, python: str, folder: Path, count: int) -> tuple[Spread, Spread, int]:
    """CPU of a first translation and of one more pair, and the peak memory, in new processes."""
    command = [python, "-P", "-c", _FIRST, str(folder), json.dumps(synthetic.EVENT)]
    firsts, others, peaks = [], [], []
    for number_of in range(count + 1):
        ended = processes.run(command, str(place / "out"))
        if ended.code != 0:
            raise SystemExit(f"the first translation ended with exit code {ended.code}")
        first, other = json.loads((place / "out").read_text(encoding="utf-8"))
        if number_of:  # the very first one fills the caches of the file system
            firsts.append(first)
            others.append(other)
            peaks.append(ended.peak)
    return spread(firsts), spread(others), max(peaks)


# --- leaves ----------------------------------------------------------------------------------


def leaves(place: Path) -> None:
    """Time events and compilation, with more and more leaves in an event."""
    found: dict[str, list[float]] = {"checked": [], "unchecked": [], "compile": []}
    rows = []
    for size in LEAVES:
        folder = place / f"leaves-{size}"
        event = synthetic.wide(folder, size)
        catalog = Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])
        begin = time.process_time()
        run = Translator("left", "right", catalog=catalog).translate
        read = time.process_time() - begin
        off = Translator("left", "right", catalog=catalog, validate=False).translate
        _same(event, run(event), off(event))
        again = _Compiling(catalog)
        timed = race(
            [
                Contestant("checked", over(run, [event] * 10), 10),
                Contestant("unchecked", over(off, [event] * 10), 10),
                Contestant("compile", again.once),
            ],
            rounds(9),
        )
        for name, values in found.items():
            values.append(timed.seconds(name).median)
        rows.append(
            (
                f"{size:,} leaves",
                *_micro(timed.seconds("checked")),
                *_micro(timed.seconds("unchecked")),
                *_milli(timed.seconds("compile")),
                number(read * 1000),
            )
        )
    heading(
        "growth, leaves",
        f"{rounds(9)} rounds; a mapping of as many rows between two formats, ten leaves an object",
    )
    head = ("", "µs an event", "quartiles", "checks off", "quartiles", "ms to compile", "quartiles")
    table((*head, "with files, once"), rows)
    fitted = []
    for name, about in (
        ("checked", "an event"),
        ("unchecked", "an event, checks off"),
        ("compile", "to compile"),
    ):
        exponent = _exponent(LEAVES, found[name])
        last = _exponent(LEAVES[-2:], found[name][-2:])
        met = "reached" if exponent <= LINEAR else "not reached"
        fitted.append((about, f"{exponent:.2f}", f"{last:.2f}", f"at most {LINEAR}", met))
    table(
        ("time", "exponent, fitted", f"from {LEAVES[-2]} to {LEAVES[-1]}", "to reach", ""), fitted
    )


class _Compiling:
    """Compiles the same pair again, from files that were read before."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def once(self) -> object:
        return Translator("left", "right", catalog=self._catalog)


def _same(event: object, made: object, other: object) -> None:
    text = json.dumps(event).replace("left_", "right_")
    if json.loads(text) != made or made != other:
        raise SystemExit("the wide event is not translated as it should be")


def _exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """How time grows with size: 0 not at all, 1 linearly, 2 with the square (least squares)."""
    xs, ys = [math.log(size) for size in sizes], [math.log(one) for one in seconds]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    over_x = sum((x - x_mean) ** 2 for x in xs)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / over_x


def _milli(found: Spread) -> tuple[str, str]:
    return numbers(Spread(found.median * 1e3, found.low * 1e3, found.high * 1e3))


def _micro(found: Spread) -> tuple[str, str]:
    return numbers(Spread(found.median * 1e6, found.low * 1e6, found.high * 1e6))


if __name__ == "__main__":
    main()
