"""Events read into structs, many lines at a time, and translated from there.

It is the quick way for the events that most streams are made of, and no other way of judging or
translating: what it does not take for whatever reason, and whatever it would refuse, is left to
the ordinary way, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from translator.chunks import Chunk
from translator.lines import MAX_LINE, are_objects
from translator.runtime import Aside

_FEW: Final = 16
_EARLY: Final = 64
_TRIED: Final = 1024
_IDLE: Final = 16 * _TRIED


@dataclass(slots=True)
class Reader:
    """Reads lines into structs of a type, and translates each with `run`.

    `run` gives what is to be written, or a list of it where an event becomes `several`, and raises
    for an event that is left.
    """

    type: Any
    run: Callable[[Any], Any]
    several: bool
    decoder: Any = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = msgspec.json.Decoder(self.type)

    def rows(self, data: bytes, count: int) -> Rows:
        """What the events of `count` lines become, and which lines are left."""
        made: list[Any] = []
        if are_objects(data):
            try:
                events = self.decoder.decode_lines(data)
                if len(events) == count:
                    self.make(events, made)
                    return Rows(made, count, ())
            except Exception:
                made.clear()
        left: list[tuple[int, int, bytes]] = []
        lines = data.split(b"\n")
        for first in range(0, len(lines), _FEW):
            self._few(lines[first : first + _FEW], first, made, left)
        return Rows(made, len(lines) - len(left), left)

    def make(self, events: list[Any], made: list[Any]) -> None:
        """Add what events become. Raises where any is left."""
        run = self.run
        if not self.several:
            made += [run(event) for event in events]
            return
        for event in events:
            made += _several(run(event))

    def _few(
        self, lines: list[bytes], first: int, made: list[Any], left: list[tuple[int, int, bytes]]
    ) -> None:
        """Add what a few lines become: together if they can be, and else one by one."""
        decode, before = self.decoder.decode, len(made)
        try:
            self.make([decode(line) for line in lines], made)
            return
        except Exception:
            del made[before:]
        for number, line in enumerate(lines, first):
            try:
                self.make([decode(line)], made)
            except Exception:
                left.append((number, len(made), line))


def _several(made: Any) -> Any:
    """What an event became, as a list. Raises `Aside` where that is nothing."""
    if made.__class__ is not list:
        return (made,)
    if not made:
        raise Aside
    return made


@dataclass(frozen=True, slots=True)
class Rows:
    """What the `read` events of a chunk became, and the lines that are `left`.

    Each of those has its number in the chunk, the number of events made before it, and its bytes.
    """

    made: list[Any]
    read: int
    left: Sequence[tuple[int, int, bytes]]


class Quick:
    """Reads a stream into structs for as long as that is of use.

    It is made for files: the first few lines go the ordinary way, so that what reads no more than
    those compiles nothing. Where most events are left, structs are given up for a while.
    """

    def __init__(self, translator: Any) -> None:
        self._translator = translator
        self._reader: Reader | None = None
        self._seen = self._tried = self._left = 0

    def rows(self, part: Chunk) -> Rows | None:
        """What the events of a chunk become; None where structs are of no use."""
        count = part.last - part.first + 1
        self._seen += count
        if self._seen < _EARLY or len(part.data) > MAX_LINE:
            return None
        if self._reader is None:
            self._reader = getattr(self._translator, "reader", None)
            if self._reader is None:
                self._seen = -(1 << 62)
                return None
        if self._tried >= _TRIED and 2 * self._left > self._tried:
            self._seen, self._tried, self._left = -_IDLE, 0, 0
            return None
        self._tried += count
        if self._tried >= 2 * _TRIED:
            self._tried //= 2
            self._left //= 2
        rows = self._reader.rows(part.data, count)
        self._left += len(rows.left)
        return rows
