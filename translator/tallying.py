"""The work of a stream of which losses are asked for: chunks translated, and what they lost.

Apart from the work of other streams, so that those pay nothing for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from translator.accounting import LossKind, WithLosses
from translator.chunks import LongLine
from translator.streams import (
    ENCODER,
    ChunkResult,
    Framing,
    InputPart,
    Translated,
    Work,
    bare_framing,
    reject_long_line,
    translate_line,
)
from translator.sums import fold_path


@dataclass(frozen=True, slots=True)
class _LossRecord:
    """A loss as the file of losses has it: `at` is where the event stands in its line."""

    line: int
    at: str
    kind: LossKind
    path: str
    because: str


class _ChunkLosses:
    """What the events of one chunk came to, so far."""

    def __init__(self, *, list_losses: bool) -> None:
        self.events = bytearray()
        self.losses = bytearray()
        self.loss_counts: dict[tuple[LossKind, str], int] = {}
        self._list_losses = list_losses

    def add(self, translated: Translated) -> None:
        """Take in an event that was translated."""
        self.events += ENCODER.encode_lines(translated.events)
        for loss in translated.losses or ():
            key = loss.kind, fold_path(loss.path)
            self.loss_counts[key] = self.loss_counts.get(key, 0) + 1
            if self._list_losses:
                record = _LossRecord(
                    translated.line, translated.at, loss.kind, loss.path, loss.because
                )
                self.losses += ENCODER.encode(record)
                self.losses += b"\n"


def make_loss_work(
    translator: WithLosses, framing: Framing = bare_framing, *, list_losses: bool
) -> Work:
    """What is done with each chunk of a stream; the losses are `listed`, or only summed."""

    def work(part: InputPart) -> ChunkResult:
        if isinstance(part, LongLine):
            return ChunkResult(part.number, 1, rejects=[reject_long_line(part)])
        chunk_result = ChunkResult(part.last)
        chunk_losses = _ChunkLosses(list_losses=list_losses)
        number = part.first
        try:
            for number, line in part.numbered_lines():
                for result in translate_line(number, line, translator, framing):
                    chunk_result.read += 1
                    if isinstance(result, Translated):
                        chunk_result.written += len(result.events)
                        chunk_losses.add(result)
                    else:
                        chunk_result.rejects.append(result)
        except Exception as defect:
            chunk_result.line, chunk_result.defect = number, defect
            chunk_result.read += 1
        chunk_result.events, chunk_result.losses = (
            bytes(chunk_losses.events),
            bytes(chunk_losses.losses),
        )
        chunk_result.loss_counts = [
            (kind, path, count) for (kind, path), count in chunk_losses.loss_counts.items()
        ]
        return chunk_result

    return work
