"""Events read into structs, many lines at a time, and translated from there.

It is the quick way for the events that most streams are made of, and no other way of judging or
translating: what it does not take for whatever reason, and whatever it would refuse, is left to
the ordinary way, line by line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import msgspec

from translator.chunks import Chunk
from translator.lines import MAX_LINE, are_objects
from translator.runtime import Aside

_FEW: Final = 12
_EARLY: Final = 2 * 1024 * 1024
_TRIED: Final = 1024
_IDLE: Final = 2 * 1024 * 1024


@dataclass(slots=True)
class Reader:
    """Reads lines into structs of a type, and translates each with `run`.

    `run` gives what is to be written, or a list of it where an event becomes `several`, and raises
    for an event that is left. Once lines cannot be read all together, the next are read by the
    few: it is `wary`.
    """

    type: Any
    run: Callable[[Any], Any]
    several: bool
    wary: bool = False
    decoder: Any = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = msgspec.json.Decoder(self.type)

    def rows(self, data: bytes, count: int) -> Batch:
        """What the events of `count` lines become, and which lines are left."""
        rows = Batch([], count, [])
        lines = BytesIO(data).readlines()
        if len(lines) < count:
            lines.append(b"")  # the last line is blank
        events = None if self.wary else self._read(lines, data)
        if events is not None:
            self._make(events, lines, 0, rows)
            return rows
        self.wary = False
        for first in range(0, count, _FEW):
            some = lines[first : first + _FEW]
            events = self._read(some, b"".join(some))
            if events is not None:
                self._make(events, some, first, rows)
                continue
            self.wary = True
            for number, line in enumerate(some, first):
                self._make_one(line, number, rows)
        return rows

    def _read(self, lines: list[bytes], data: bytes) -> list[Any] | None:
        """The events of some lines, an object each; None where any is none or cannot be read."""
        if not are_objects(lines):
            return None
        try:
            events: list[Any] = self.decoder.decode_lines(data)
        except Exception:
            return None
        return events if len(events) == len(lines) else None

    def _make(self, events: list[Any], lines: list[bytes], first: int, rows: Batch) -> None:
        """Add what events become, whose lines are numbered from `first` on."""
        run, made = self.run, rows.made
        if not self.several:
            with suppress(Exception):
                made += [run(event) for event in events]
                return
        for number, event in enumerate(events):
            try:
                made += _several(run(event))
            except Exception:
                rows.left.append((first + number, len(made), lines[number]))

    def _make_one(self, line: bytes, number: int, rows: Batch) -> None:
        try:
            rows.made.extend(_several(self.run(self.decoder.decode(line))))
        except Exception:
            rows.left.append((number, len(rows.made), line))


def _several(made: Any) -> Any:
    """What an event became, as a list. Raises `Aside` where that is nothing."""
    if made.__class__ is not list:
        return (made,)
    if not made:
        raise Aside
    return made


@dataclass(frozen=True, slots=True)
class Batch:
    """What the events of `count` lines became, and the lines that are `left`.

    Each of those has its number in the chunk, the number of events made before it, and its bytes.
    """

    made: list[Any]
    count: int
    left: list[tuple[int, int, bytes]]


class Quick:
    """Reads a stream into structs for as long as that is of use.

    The first `_EARLY` bytes go the ordinary way: whoever has no more of them does not wait for
    specs to be read and code to be compiled. Where most events are left, structs are given up for
    a while.
    """

    def __init__(self, translator: Any) -> None:
        self._translator = translator
        self._reader: Reader | None = getattr(translator, "__dict__", {}).get("reader")
        self._seen: float = 0 if self._reader is None else _EARLY
        self._tried = self._left = 0

    def rows(self, part: Chunk) -> Batch | None:
        """What the events of a chunk become; None where structs are of no use."""
        count = part.last - part.first + 1
        self._seen += len(part.data)
        if self._seen < _EARLY or len(part.data) > MAX_LINE:
            return None
        if self._reader is None:
            self._reader = getattr(self._translator, "reader", None)
            if self._reader is None:
                self._seen = -math.inf
                return None
        if self._tried >= _TRIED and 2 * self._left > self._tried:
            self._seen, self._tried, self._left = _EARLY - _IDLE, 0, 0
            return None
        self._tried += count
        if self._tried >= 2 * _TRIED:
            self._tried //= 2
            self._left //= 2
        rows = self._reader.rows(part.data, count)
        self._left += len(rows.left)
        return rows
