"""The fast path for common events: decode many lines into structs at once and translate those.

It only succeeds or skips. Skipped lines, including all that are to be rejected, are translated
line by line by the caller, who also writes the rejects.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import msgspec

from translator.results import Loss
from translator.runtime.values import FallBack
from translator.streaming.ndjson import MAX_LINE, Chunk, are_objects

_GROUP_SIZE: Final = 64
"""Lines that are decoded together if a chunk cannot be decoded as a whole."""

_NAMED_LINE: Final = re.compile(r"`\$\[(\d+)\]")
"""The index of a line in an error of the decoder."""

_WARMUP_BYTES: Final = 2 * 1024 * 1024
"""Bytes of a stream to translate without structs, before the code for structs is compiled."""

_PAUSE_BYTES: Final = 2 * 1024 * 1024
"""Bytes to translate without structs after too many lines were skipped."""

_SAMPLE_LINES: Final = 1024
"""Lines after which the share of skipped lines is checked."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The outputs of `count` lines, and the skipped lines.

    A skipped line is its index in the chunk, the number of outputs before it, and its bytes.
    `losses` are those of each translated event, if the reader finds losses.
    """

    outputs: list[Any]
    count: int
    skipped: list[tuple[int, int, bytes]]
    losses: list[Sequence[Loss]] = field(default_factory=list)


class StructReader:
    """Decodes lines into structs of a type and translates each with `translate`.

    `translate` returns an output, or a list of outputs if the translation `fans_out`. It raises
    to skip an event.
    """

    def __init__(self, struct_type: Any, translate: Callable[[Any], Any], fans_out: bool) -> None:
        self._decoder = msgspec.json.Decoder(struct_type)
        self._translate = translate
        self._fans_out = fans_out
        self._in_groups = False  # set by a chunk that cannot be decoded as a whole, for the next

    def _decode(self, data: bytes, lines: list[bytes]) -> list[Any]:
        events: list[Any] = self._decoder.decode_lines(data)
        return events

    def _translator_into(self, batch: Batch) -> Callable[[Any], Any]:
        """Return the function that translates an event of a batch."""
        return self._translate

    def translate_lines(self, data: bytes, count: int) -> Batch:
        """Translate `count` lines."""
        batch = Batch([], count, [])
        lines = BytesIO(data).readlines()
        if len(lines) < count:
            lines.append(b"")  # the last line is blank
        if not self._in_groups and self._translate_group(lines, data, 0, batch) is None:
            return batch
        self._in_groups = False
        for first in range(0, count, _GROUP_SIZE):
            self._translate_with_bad_lines(lines, first, min(first + _GROUP_SIZE, count), batch)
        return batch

    def _translate_with_bad_lines(
        self, lines: list[bytes], first: int, end: int, batch: Batch
    ) -> None:
        """Translate the lines from `first` to `end`, some of which cannot be decoded."""
        while first < end:
            group = lines[first:end]
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
        if not are_objects(lines):
            return _find_other(lines)
        try:
            events = self._decode(data, lines)
        except Exception as error:
            named = _NAMED_LINE.search(str(error))
            return min(int(named[1]), len(lines) - 1) if named else 0
        if len(events) != len(lines):
            return 0
        if self._fans_out:
            self._fan_out(events, lines, first, batch)
            return None
        outputs, skipped = batch.outputs, batch.skipped
        done = len(outputs) + len(skipped)
        translated = map(self._translator_into(batch), iter(events))
        while True:
            try:
                outputs.extend(translated)
                return None
            except Exception:
                # The outputs so far are kept, and the iterator is past the event that raised.
                index = len(outputs) + len(skipped) - done
                skipped.append((first + index, len(outputs), lines[index]))

    def _fan_out(self, events: list[Any], lines: list[bytes], first: int, batch: Batch) -> None:
        """Translate each event into one or more."""
        outputs, translate = batch.outputs, self._translator_into(batch)
        for index, event in enumerate(events):
            try:
                output = translate(event)
                if output == []:
                    raise FallBack
                outputs += output if isinstance(output, list) else (output,)
            except Exception:
                batch.skipped.append((first + index, len(outputs), lines[index]))


class LossStructReader(StructReader):
    """A reader that also finds the losses of each event.

    `translate` takes an event and a function that it calls with what it notes about the event.
    `find_losses` derives the losses of an event from its struct, its line and these notes.
    """

    def __init__(
        self,
        struct_type: Any,
        translate: Callable[..., Any],
        fans_out: bool,
        find_losses: Callable[[Any, bytes, list[Any]], Sequence[Loss]],
    ) -> None:
        super().__init__(struct_type, translate, fans_out)
        self._find_losses = find_losses

    def _decode(self, data: bytes, lines: list[bytes]) -> list[Any]:
        """Decode events, and return each with its line."""
        return list(zip(super()._decode(data, lines), lines, strict=True))

    def _translator_into(self, batch: Batch) -> Callable[[Any], Any]:
        translate: Callable[..., Any] = self._translate
        find_losses, add_losses = self._find_losses, batch.losses.append

        def translate_pair(pair: tuple[Any, bytes]) -> Any:
            event, line = pair
            notes: list[Any] = []
            output = translate(event, notes.append)
            if output == []:
                raise FallBack
            add_losses(find_losses(event, line, notes))
            return output

        return translate_pair


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
    specs to be read and code to be compiled. There is a pause when most lines are skipped.
    The reader is a cached property of the translator, called `name`.
    """

    def __init__(self, translator: Any, name: str = "struct_reader") -> None:
        self._translator, self._name = translator, name
        self._reader: StructReader | None = getattr(translator, "__dict__", {}).get(name)
        self._bytes_to_wait: float = 0 if self._reader is not None else _WARMUP_BYTES
        self._lines_tried = self._lines_skipped = 0

    def translate_chunk(self, chunk: Chunk) -> Batch | None:
        """Translate a chunk; return None if the caller has to translate all of it."""
        self._bytes_to_wait -= len(chunk.data)
        if self._bytes_to_wait > 0 or len(chunk.data) > MAX_LINE:
            return None
        if self._reader is None:
            self._reader = getattr(self._translator, self._name, None)
            if self._reader is None:
                self._bytes_to_wait = math.inf
                return None
        if self._lines_tried >= _SAMPLE_LINES:
            most_skipped = 2 * self._lines_skipped > self._lines_tried
            self._lines_tried = self._lines_skipped = 0
            if most_skipped:
                self._bytes_to_wait = _PAUSE_BYTES
                return None
        batch = self._reader.translate_lines(chunk.data, chunk.last - chunk.first + 1)
        self._lines_tried += batch.count
        self._lines_skipped += len(batch.skipped)
        return batch
