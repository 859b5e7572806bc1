"""Where the time goes: per event, per line of a stream, and from the start to the first event.

A part's share is what is saved when the part is left out: the source's checks by `validate=False`
with `guard=True`, a function that emitted code calls by putting one in its place that does nothing.
A call of nothing still costs a call, so the shares of such functions are a little too small.
"""

from __future__ import annotations

import pstats
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FunctionType
from typing import Any

from benchmarks import lines, processes, streams
from benchmarks.measure import Contestant, heading, number, over, race, rounds, table
from benchmarks.validators import JUDGES
from benchmarks.work import Work, works
from translator import Translator
from translator.chunks import Chunk, chunks
from translator.lines import are_objects
from translator.streams import ENCODER

LONGEST = 14
"""So many modules of a profile are listed, those that took longest."""


_FIRST = """
from translator import Translator
Translator("goshops", "miso").translate({event!r})
"""


def main() -> None:
    """Print the tables."""
    for work in works().values():
        per_event(work)
    with TemporaryDirectory() as folder:
        for name in ("small", "rich"):
            per_line(Path(folder), works()[name])
    first_event()


# --- per event -------------------------------------------------------------------------------


def per_event(work: Work) -> None:
    """Time the translator whole and with parts left out."""
    checked, off = work.translator(), work.translator(validate=False, guard=True)
    whole, run = _emitted(checked), _emitted(off)
    listed: dict[str, Callable[[Any], object]] = {
        "whole": whole,
        "judge": _judge(checked, work),
        "native": JUDGES["jsonschema-rs"](work.source),
        "off": run,
        "by hand": work.by_hand,
        "bound": work.bound(),
    }
    found = _timed(work, listed)
    found |= _without(run, work)
    total = found["bound"]
    rows = [
        ("judging the event by its spec, with the call", total - found["off"]),
        ("  the judge alone", found["judge"]),
        ("  a judge that reads date-times itself", found["native"]),
        *(
            (f"  of the rest: {name}", found["off"] - value)
            for name, value in found.items()
            if name not in listed
        ),
        ("the rest: translating, checks of the target", found["off"]),
        ("  by hand, no checks at all, it takes", found["by hand"]),
        ("a method between caller and function", max(0.0, total - found["whole"])),
        ("all", total),
    ]
    heading(f"where the time goes, per event, {work.name}: {work.about}")
    head = ("", "µs an event", "% of all")
    table(head, [(name, number(t * 1e6), f"{t / total:.0%}") for name, t in rows])


def _emitted(translator: Translator) -> FunctionType:
    run = translator._run
    if not isinstance(run, FunctionType):
        raise SystemExit("the translator runs something else than an emitted function")
    return run


def _judge(translator: Translator, work: Work) -> Callable[[Any], object]:
    judges = translator._events.first
    if translator._events.discriminator is None:
        return judges[""]
    member = {id(event): judges[event["type"]] for event in work.events}
    return lambda event: member[id(event)](event)


def _timed(work: Work, runs: dict[str, Callable[[Any], object]]) -> dict[str, float]:
    size = len(work.events)
    listed = [Contestant(name, over(run, work.events), size) for name, run in runs.items()]
    found = race(listed, rounds(15))
    return {name: found.seconds(name).median for name in runs}


def _without(run: FunctionType, work: Work) -> dict[str, float]:
    """The time per event without each of the functions that emitted code calls."""
    found = {}
    for name in sorted(_named(run)):
        nothing = _Nothing()
        with _replaced(run.__globals__, name, nothing.called):
            try:
                for event in work.events:
                    run(event)
            except Exception:  # what it gives cannot be done without
                continue
        if nothing.calls:
            with _replaced(run.__globals__, name, lambda value, *_: value):
                found[name] = _timed(work, {name: run})[name]
    return found


class _Nothing:
    """A function that gives its first argument back, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def called(self, value: Any, *_: Any) -> Any:
        self.calls += 1
        return value


def _named(run: FunctionType) -> set[str]:
    """The names of the functions that stand in an emitted function, or in one that it calls."""
    space = run.__globals__
    codes = [one.__code__ for one in space.values() if isinstance(one, FunctionType)
             and one.__globals__ is space]  # fmt: skip
    names = {name for code in codes for one in _nested(code) for name in one.co_names}
    return {
        name
        for name in names & space.keys()
        if callable(space[name])
        and not isinstance(space[name], type)
        and getattr(space[name], "__globals__", None) is not space
    }


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _nested(one)


@contextmanager
def _replaced(space: dict[str, Any], name: str, by: Callable[..., Any]) -> Iterator[None]:
    """Put a function in the place of another."""
    before = space[name]
    space[name] = by
    try:
        yield
    finally:
        space[name] = before


# --- per line --------------------------------------------------------------------------------


def per_line(place: Path, work: Work) -> None:
    """Time the parts of a stream, each with all that must come before it."""
    source = streams.write(place / "in", work.events, streams.LINES)
    translator = work.translator()
    reader = translator.reader
    assert reader is not None
    decode, encode, run = reader.decoder.decode_lines, ENCODER.encode_lines, reader.run

    def parts() -> Iterator[Chunk]:
        with open(source, "rb") as file:
            yield from (one for one in chunks(file) if isinstance(one, Chunk))

    def read() -> None:
        for _ in parts():
            pass

    def look() -> None:
        for part in parts():
            are_objects(BytesIO(part.data).readlines())

    def parse() -> None:
        for part in parts():
            are_objects(BytesIO(part.data).readlines())
            decode(part.data)

    def translate() -> list[object]:
        made: list[object] = []
        for part in parts():
            are_objects(BytesIO(part.data).readlines())
            made = [run(event) for event in decode(part.data)]
        return made

    def write() -> None:
        for part in parts():
            are_objects(BytesIO(part.data).readlines())
            encode([run(event) for event in decode(part.data)])

    steps: dict[str, Callable[[], object]] = {
        "read": read,
        "look": look,
        "parse": parse,
        "translate": translate,
        "write": write,
        "all": partial(lines.stream(translator), source, place / "out"),
    }
    listed = [Contestant(name, run, streams.LINES) for name, run in steps.items()]
    found = race(listed, rounds(9))
    taken = {name: found.seconds(name).median for name in steps}
    total, before, rows = taken["all"], 0.0, []
    for name, about in (
        ("read", "reading chunks, counting lines"),
        ("look", "making sure that each line is an object"),
        ("parse", "parsing and judging (msgspec, into structs)"),
        ("translate", "translating, with the checks that are left"),
        ("write", "encoding (msgspec)"),
        ("all", "writing to a file, and what the stream does around it"),
    ):
        rows.append((about, taken[name] - before))
        before = taken[name]
    heading(f"where the time goes, per line of a stream, {work.name}: {work.about}")
    head = ("", "µs a line", "% of all")
    table(head, [(about, number(t * 1e6), f"{t / total:.0%}") for about, t in rows])


# --- the first event -------------------------------------------------------------------------


def first_event() -> None:
    """Profile a new process that translates one event: own time by module."""
    with TemporaryDirectory() as folder:
        program, file = Path(folder) / "first.py", Path(folder) / "profile"
        program.write_text(_FIRST.format(event=works()["small"].events[0]), encoding="utf-8")
        command = [sys.executable, "-m", "cProfile", "-o", str(file), str(program)]
        subprocess.run(command, check=True, cwd=processes.ROOT)
        found = pstats.Stats(str(file))
    modules: dict[str, float] = {}
    total = 0.0
    for (path, _, _), (_, _, own, _, _) in found.stats.items():  # type: ignore[attr-defined]
        name = _module(path)
        modules[name] = modules.get(name, 0.0) + own
        total += own
    heading(
        "where the time goes, imports and first event, goshops to miso",
        "Own time under the profiler, which makes calls of Python slower than the rest.",
    )
    longest = sorted(modules.items(), key=lambda pair: -pair[1])[:LONGEST]
    rows = [(name, number(t * 1e3), f"{t / total:.0%}") for name, t in longest]
    table(("module", "ms", "% of all"), rows)


def _module(path: str) -> str:
    if path.startswith("<"):
        return path
    if path == "~":
        return "functions of C, mostly reading and running modules"
    parts = Path(path).with_suffix("").parts
    for package in ("translator", "yaml", "msgspec", "jsonschema_rs"):
        if package in parts:
            return ".".join(parts[parts.index(package) :])
    return f"{parts[-1]} (standard library)"


if __name__ == "__main__":
    main()
