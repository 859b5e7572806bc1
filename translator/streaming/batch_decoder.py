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

from translator.runtime.values import FallBack
from translator.streaming.ndjson import MAX_LINE, Chunk, are_objects

_SMALL_BATCH: Final = 12

_WARMUP_BYTES: Final = 2 * 1024 * 1024

_SAMPLE_LINES: Final = 1024

_PAUSE_BYTES: Final = 2 * 1024 * 1024


@dataclass(slots=True)
class StructReader:
    """Reads lines into structs of a type, and translates each with `run`.

    `run` gives what is to be written, or a list of it where an event becomes `several`, and raises
    for an event that is left. Once lines cannot be read all together, the next are read by the
    few: it is `wary`.
    """

    struct_type: Any
    translate: Callable[[Any], Any]
    fans_out: bool
    line_by_line: bool = False
    decoder: Any = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = msgspec.json.Decoder(self.struct_type)

    def translate_lines(self, data: bytes, count: int) -> Batch:
        """What the events of `count` lines become, and which lines are left."""
        batch = Batch([], count, [])
        lines = BytesIO(data).readlines()
        if len(lines) < count:
            lines.append(b"")  # the last line is blank
        events = None if self.line_by_line else self._decode(lines, data)
        if events is not None:
            self._translate_events(events, lines, 0, batch)
            return batch
        self.line_by_line = False
        for first in range(0, count, _SMALL_BATCH):
            group = lines[first : first + _SMALL_BATCH]
            events = self._decode(group, b"".join(group))
            if events is not None:
                self._translate_events(events, group, first, batch)
                continue
            self.line_by_line = True
            for number, line in enumerate(group, first):
                self._translate_line(line, number, batch)
        return batch

    def _decode(self, lines: list[bytes], data: bytes) -> list[Any] | None:
        """The events of some lines, an object each; None where any is none or cannot be read."""
        if not are_objects(lines):
            return None
        try:
            events: list[Any] = self.decoder.decode_lines(data)
        except Exception:
            return None
        return events if len(events) == len(lines) else None

    def _translate_events(
        self, events: list[Any], lines: list[bytes], first: int, batch: Batch
    ) -> None:
        """Add what events become, whose lines are numbered from `first` on."""
        translate, outputs = self.translate, batch.outputs
        if not self.fans_out:
            with suppress(Exception):
                outputs += [translate(event) for event in events]
                return
        for number, event in enumerate(events):
            try:
                outputs += _as_outputs(translate(event))
            except Exception:
                batch.skipped.append((first + number, len(outputs), lines[number]))

    def _translate_line(self, line: bytes, number: int, batch: Batch) -> None:
        try:
            batch.outputs.extend(_as_outputs(self.translate(self.decoder.decode(line))))
        except Exception:
            batch.skipped.append((number, len(batch.outputs), line))


def _as_outputs(output: Any) -> Any:
    """What an event became, as a list. Raises `FallBack` where that is nothing."""
    if output.__class__ is not list:
        return (output,)
    if not output:
        raise FallBack
    return output


@dataclass(frozen=True, slots=True)
class Batch:
    """What the events of `count` lines became, and the lines that are `left`.

    Each of those has its number in the chunk, the number of events made before it, and its bytes.
    """

    outputs: list[Any]
    count: int
    skipped: list[tuple[int, int, bytes]]


class AdaptiveStructReader:
    """Reads a stream into structs for as long as that is of use.

    The first `_EARLY` bytes go the ordinary way: whoever has no more of them does not wait for
    specs to be read and code to be compiled. Where most events are left, structs are given up for
    a while.
    """

    def __init__(self, translator: Any) -> None:
        self._translator = translator
        self._reader: StructReader | None = getattr(translator, "__dict__", {}).get("reader")
        self._bytes_seen: float = 0 if self._reader is None else _WARMUP_BYTES
        self._lines_tried = self._lines_skipped = 0

    def translate_chunk(self, chunk: Chunk) -> Batch | None:
        """What the events of a chunk become; None where structs are of no use."""
        count = chunk.last - chunk.first + 1
        self._bytes_seen += len(chunk.data)
        if self._bytes_seen < _WARMUP_BYTES or len(chunk.data) > MAX_LINE:
            return None
        if self._reader is None:
            self._reader = getattr(self._translator, "reader", None)
            if self._reader is None:
                self._bytes_seen = -math.inf
                return None
        if self._lines_tried >= _SAMPLE_LINES and 2 * self._lines_skipped > self._lines_tried:
            self._bytes_seen, self._lines_tried, self._lines_skipped = (
                _WARMUP_BYTES - _PAUSE_BYTES,
                0,
                0,
            )
            return None
        self._lines_tried += count
        if self._lines_tried >= 2 * _SAMPLE_LINES:
            self._lines_tried //= 2
            self._lines_skipped //= 2
        batch = self._reader.translate_lines(chunk.data, count)
        self._lines_skipped += len(batch.skipped)
        return batch
