"""The fast path for common events: decode many lines into structs at once and translate those.

It only succeeds or skips. Skipped lines, including all that are to be rejected, are translated
line by line by the caller, who also writes the rejects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import length_hint
from typing import Any, Final

import msgspec

from translator.results import ENCODER, Loss
from translator.runtime.formats import exact_matcher, list_matcher
from translator.runtime.values import FallBack
from translator.streaming.ndjson import MAX_LINE, Chunk

_GROUP_SIZE: Final = 32
"""Lines that are translated together after a chunk with bad lines."""

_WARMUP_BYTES: Final = 2 * 1024 * 1024
"""Bytes of a stream to translate without structs, before the code for structs is compiled."""

_PAUSE_BYTES: Final = 2 * 1024 * 1024
"""Bytes to translate in a slower way after too many lines were skipped."""

_MOST_SKIPPED_FAST, _MOST_SKIPPED = 0.1, 0.5
"""The shares of lines that the fast and the general reader may skip."""

_SAMPLE_LINES: Final = 1024
"""Lines after which the share of skipped lines is checked."""


class Batch(msgspec.Struct, frozen=True):
    """The outputs of `count` lines, and the skipped lines.

    The outputs are lines of JSON if `is_text`, otherwise structs and dicts. A skipped line is its
    index in the chunk, the number of outputs before it, and its bytes. `losses` are those of each
    translated event, if the reader finds losses.
    """

    outputs: list[Any]
    count: int
    skipped: list[tuple[int, int, bytes]]
    is_text: bool
    losses: list[Sequence[Loss]] = msgspec.field(default_factory=list)

    def insert(self, index: int, events: list[dict[str, Any]]) -> None:
        """Insert the events that a skipped line became."""
        if self.is_text:
            self.outputs[index:index] = [f"{ENCODER.encode(event).decode()}\n" for event in events]
        else:
            self.outputs[index:index] = events

    def encode(self) -> bytes:
        """Encode the outputs as lines of JSON."""
        if self.is_text:
            return "".join(self.outputs).encode()
        return ENCODER.encode_lines(self.outputs)


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
        self._had_bad_lines = False  # set by a chunk for the next
        self._are_date_times, self._are_uuids = list_matcher("date-time"), list_matcher("uuid")
        self._checks = _FormatCheck("date-time"), _FormatCheck("uuid")

    def translate_chunk(self, chunk: Chunk) -> Batch:
        """Translate lines; skip those that are not valid or that the code refuses."""
        lines = chunk.lines
        batch = Batch([], len(lines), [], self._writes_text)
        has_escapes = self._writes_text and b"\\" in chunk.data
        decode = self._decode_unescaped if has_escapes else self._decoder.decode
        group_size = _GROUP_SIZE if self._had_bad_lines else len(lines)
        self._had_bad_lines = False
        rest, first = iter(lines), 0
        while first < len(lines):
            events: list[Any] = []
            is_bad = False
            try:
                events.extend(map(decode, islice(rest, group_size)))
            except Exception:
                is_bad = self._had_bad_lines = True
            self._translate_events(events, lines, first, batch)
            first += len(events)
            if is_bad:
                batch.skipped.append((first, len(batch.outputs), lines[first]))
                first += 1
        return batch

    def _decode_unescaped(self, line: bytes) -> Any:
        if b"\\" in line:
            raise FallBack
        return self._decoder.decode(line)

    def _translate_events(
        self, events: list[Any], lines: list[bytes], first: int, batch: Batch
    ) -> None:
        """Translate decoded events, the first of which is the line `first`; skip some."""
        outputs, skipped = batch.outputs, batch.skipped
        before = len(outputs), len(skipped), len(batch.losses)
        date_times: list[Any] = []
        uuids: list[Any] = []
        self._run(events, lines, first, batch, date_times, uuids)
        if not (self._are_date_times(date_times) and self._are_uuids(uuids)):
            del outputs[before[0] :], skipped[before[1] :], batch.losses[before[2] :]
            self._had_bad_lines = True
            self._run(events, lines, first, batch, *self._checks)

    def _run(
        self,
        events: list[Any],
        lines: list[bytes],
        first: int,
        batch: Batch,
        *collections: Any,
        on_skip: Callable[[], object] | None = None,
    ) -> None:
        """Run the emitted code; skip the events for which it raises."""
        rest = iter(events)
        while True:
            try:
                self._translate(rest, batch.outputs, *collections)
                return
            except Exception:
                # The outputs so far are kept, and the iterator is past the event that raised.
                index = first + len(events) - length_hint(rest) - 1
                batch.skipped.append((index, len(batch.outputs), lines[index]))
                if on_skip is not None:
                    on_skip()


class LossStructReader(StructReader):
    """A reader that also finds the losses of each event.

    The code `translate` also takes the lists to which it appends notes about events, and where the
    notes of each event end. `find_losses` derives the losses of events from these.
    """

    def __init__(
        self,
        struct_type: Any,
        translate: Callable[..., None],
        find_losses: Callable[..., Iterable[Sequence[Loss]]],
        *,
        writes_text: bool = False,
    ) -> None:
        super().__init__(struct_type, translate, writes_text=writes_text)
        self._find_losses = find_losses

    def _run(
        self,
        events: list[Any],
        lines: list[bytes],
        first: int,
        batch: Batch,
        *collections: Any,
        on_skip: Callable[[], object] | None = None,
    ) -> None:
        notes: list[Any] = []
        ends: list[int] = []
        number_skipped = len(batch.skipped)

        def drop_notes() -> None:
            del notes[ends[-1] if ends else 0 :]

        super()._run(events, lines, first, batch, *collections, notes, ends, on_skip=drop_notes)
        read_lines = lines[first : first + len(events)]
        skipped = {index - first for index, *_ in batch.skipped[number_skipped:]}
        if skipped:
            kept = [index for index in range(len(events)) if index not in skipped]
            events = [events[index] for index in kept]
            read_lines = [read_lines[index] for index in kept]
        batch.losses.extend(self._find_losses(events, read_lines, notes, ends))


class AdaptiveStructReader:
    """Decodes a stream into structs for as long as that pays off.

    The first bytes of a stream are left to the caller, so that short streams need not wait for
    specs to be read and code to be compiled. When the fast reader skips many lines, the general
    one is used for a while, which takes more events; when that skips most lines, there is a pause.
    The readers are cached properties of the translator with these names.
    """

    def __init__(
        self, translator: Any, fast: str = "fast_reader", general: str = "general_reader"
    ) -> None:
        self._translator, self._fast, self._general = translator, fast, general
        is_compiled = fast in getattr(translator, "__dict__", {})
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
        name = self._fast if self._is_fast else self._general
        reader: StructReader | None = getattr(self._translator, name, None)
        if reader is None:
            self._bytes_to_wait = math.inf
            return None
        batch = reader.translate_chunk(chunk)
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
