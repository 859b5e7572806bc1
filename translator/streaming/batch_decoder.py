"""The fast path for common events: decode many lines into structs at once and translate those.

It only succeeds or skips. Skipped lines, including all that are to be rejected, are translated
line by line by the caller, who also writes the rejects.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import length_hint
from typing import Any, Final

import msgspec

from translator.results import ENCODER
from translator.runtime.formats import exact_matcher, list_matcher
from translator.runtime.values import FallBack
from translator.streaming.ndjson import MAX_LINE, Chunk, are_objects

_GROUP_SIZE: Final = 32
"""Lines that are decoded together if a chunk cannot be decoded as a whole."""

_NAMED_LINE: Final = re.compile(r"`\$\[(\d+)\]")
"""The index of a line in an error of the decoder."""

_WARMUP_BYTES: Final = 2 * 1024 * 1024
"""Bytes of a stream to translate without structs, before the code for structs is compiled."""

_PAUSE_BYTES: Final = 2 * 1024 * 1024
"""Bytes to translate in a slower way after too many lines were skipped."""

_MOST_SKIPPED_FAST, _MOST_SKIPPED = 0.1, 0.5
"""The shares of lines that the fast and the general reader may skip."""

_SAMPLE_LINES: Final = 1024
"""Lines after which the share of skipped lines is checked."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The outputs of `count` lines, each a struct, a dict or JSON text, and the skipped lines.

    A skipped line is its index in the chunk, the number of outputs before it, and its bytes.
    """

    outputs: list[Any]
    count: int
    skipped: list[tuple[int, int, bytes]]

    def encode(self) -> bytes:
        """Encode the outputs as lines of JSON."""
        outputs = self.outputs
        if not any(output.__class__ is str for output in outputs):
            return ENCODER.encode_lines(outputs)
        for index, output in enumerate(outputs):
            if output.__class__ is not str:
                outputs[index] = ENCODER.encode(output).decode()
        return "\n".join([*outputs, ""]).encode()


class _FormatCheck:
    """Stands in for a list of collected strings, to check each string on its own."""

    def __init__(self, format_name: str) -> None:
        self._matches = exact_matcher(format_name)

    def append(self, value: Any) -> None:
        """Raise `FallBack` if the value is a string that does not have the format."""
        if not self._matches(value):
            raise FallBack


class StructReader:
    """Decodes lines into structs of a type and translates those with emitted code.

    The code `translate` takes an iterator of structs, and lists: that of the outputs, and those in
    which it collects date-times and UUIDs. It raises to skip an event. If it `writes_text`, lines
    must be without backslashes.
    """

    def __init__(
        self, struct_type: Any, translate: Callable[..., None], *, writes_text: bool = False
    ) -> None:
        self._decoder = msgspec.json.Decoder(struct_type)
        self._translate = translate
        self._writes_text = writes_text
        self._in_groups = False  # set by a chunk that cannot be decoded as a whole, for the next
        self._are_date_times, self._are_uuids = list_matcher("date-time"), list_matcher("uuid")
        self._checks = _FormatCheck("date-time"), _FormatCheck("uuid")

    def translate_lines(self, data: bytes, lines: list[bytes]) -> Batch:
        """Translate the lines that `data` has."""
        batch = Batch([], len(lines), [])
        if not self._in_groups and self._translate_group(lines, data, 0, batch) is None:
            return batch
        self._in_groups = False
        for first in range(0, len(lines), _GROUP_SIZE):
            self._translate_with_bad_lines(lines, first, first + _GROUP_SIZE, batch)
        return batch

    def _translate_with_bad_lines(
        self, lines: list[bytes], first: int, end: int, batch: Batch
    ) -> None:
        """Translate the lines from `first` to `end`, some of which cannot be decoded."""
        while group := lines[first:end]:
            bad = self._translate_group(group, b"".join(group), first, batch)
            if bad is None:
                return
            self._in_groups = True
            head = group[:bad]
            is_head_done = self._translate_group(head, b"".join(head), first, batch) is None
            # A wrong guess of the bad line costs time only: each line is translated or skipped.
            for index in range(first + bad if is_head_done else first, first + bad + 1):
                line = lines[index]
                if self._translate_group([line], line, index, batch) is not None:
                    batch.skipped.append((index, len(batch.outputs), line))
            first += bad + 1

    def _translate_group(
        self, lines: list[bytes], data: bytes, first: int, batch: Batch
    ) -> int | None:
        """Translate lines, numbered from `first`.

        Returns None, or the index of the line that probably cannot be decoded; then no line is
        translated.
        """
        if not lines:
            return None
        if self._writes_text and b"\\" in data:
            return next(index for index, line in enumerate(lines) if b"\\" in line)
        if not are_objects(lines):
            return _find_other(lines)
        try:
            events: list[Any] = self._decoder.decode_lines(data)
        except Exception as error:
            named = _NAMED_LINE.search(str(error))
            return min(int(named[1]), len(lines) - 1) if named else 0
        if len(events) != len(lines):
            return 0
        outputs, skipped = batch.outputs, batch.skipped
        before = len(outputs), len(skipped)
        date_times: list[Any] = []
        uuids: list[Any] = []
        self._translate_events(events, lines, first, batch, date_times, uuids)
        if not (self._are_date_times(date_times) and self._are_uuids(uuids)):
            del outputs[before[0] :], skipped[before[1] :]
            self._translate_events(events, lines, first, batch, *self._checks)
        return None

    def _translate_events(
        self, events: list[Any], lines: list[bytes], first: int, batch: Batch, *collections: Any
    ) -> None:
        """Translate decoded events; skip those that raise."""
        rest = iter(events)
        while True:
            try:
                self._translate(rest, batch.outputs, *collections)
                return
            except Exception:
                # The outputs so far are kept, and the iterator is past the event that raised.
                index = len(events) - length_hint(rest) - 1
                batch.skipped.append((first + index, len(batch.outputs), lines[index]))


def _find_other(lines: list[bytes]) -> int:
    """Return the index of the first line that is not an object, or has something behind it."""
    return next(
        (
            index
            for index, line in enumerate(lines)
            if not line.startswith(b"{") or not line.endswith(b"}\n")
        ),
        0,
    )


class AdaptiveStructReader:
    """Decodes a stream into structs for as long as that pays off.

    The first bytes of a stream are left to the caller, so that short streams need not wait for
    specs to be read and code to be compiled. When the fast reader skips many lines, the general
    one is used for a while, which takes more events; when that skips most lines, there is a pause.
    """

    def __init__(self, translator: Any) -> None:
        self._translator = translator
        is_compiled = "fast_reader" in getattr(translator, "__dict__", {})
        self._bytes_to_wait: float = 0 if is_compiled else _WARMUP_BYTES
        self._is_fast = True
        self._bytes_to_fast = 0
        self._lines_tried = self._lines_skipped = 0

    def translate_chunk(self, chunk: Chunk) -> Batch | None:
        """Translate a chunk; return None if the caller has to translate all of it."""
        size = len(chunk.data)
        self._bytes_to_wait -= size
        self._bytes_to_fast -= size
        if self._bytes_to_wait > 0 or size > MAX_LINE:
            return None
        if self._lines_tried >= _SAMPLE_LINES:
            self._choose_reader()
            if self._bytes_to_wait > 0:
                return None
        name = "fast_reader" if self._is_fast else "general_reader"
        reader: StructReader | None = getattr(self._translator, name, None)
        if reader is None:
            self._bytes_to_wait = math.inf
            return None
        batch = reader.translate_lines(chunk.data, chunk.lines)
        self._lines_tried += batch.count
        self._lines_skipped += len(batch.skipped)
        return batch

    def _choose_reader(self) -> None:
        """Choose the reader for the next chunks by the share of lines that were skipped."""
        share = self._lines_skipped / self._lines_tried
        self._lines_tried = self._lines_skipped = 0
        if self._is_fast and share > _MOST_SKIPPED_FAST:
            self._is_fast = False
            self._bytes_to_fast = _PAUSE_BYTES
        elif not self._is_fast and share > _MOST_SKIPPED:
            self._bytes_to_wait = _PAUSE_BYTES
            self._is_fast = True
        elif self._bytes_to_fast <= 0:
            self._is_fast = True
