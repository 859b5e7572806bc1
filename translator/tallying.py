"""The work of a stream of which losses are asked for: chunks translated, and what they lost.

Apart from the work of other streams, so that those pay nothing for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from translator.accounting import Accounting, LossKind
from translator.chunks import LongLine
from translator.streams import (
    ENCODER,
    Form,
    Outcome,
    Part,
    Translated,
    Work,
    plain,
    rejected_line,
    results,
)
from translator.sums import folded


@dataclass(frozen=True, slots=True)
class _Entry:
    """A loss as the file of losses has it: `at` is where the event stands in its line."""

    line: int
    at: str
    kind: LossKind
    path: str
    because: str


class _Tally:
    """What the events of one chunk came to, so far."""

    def __init__(self, *, listed: bool) -> None:
        self.events = bytearray()
        self.losses = bytearray()
        self.sums: dict[tuple[LossKind, str], int] = {}
        self._listed = listed

    def add(self, one: Translated) -> None:
        """Take in an event that was translated."""
        self.events += ENCODER.encode_lines(one.events)
        for loss in one.losses or ():
            key = loss.kind, folded(loss.path)
            self.sums[key] = self.sums.get(key, 0) + 1
            if self._listed:
                entry = _Entry(one.line, one.at, loss.kind, loss.path, loss.because)
                self.losses += ENCODER.encode(entry)
                self.losses += b"\n"


def tallied(translator: Accounting, form: Form = plain, *, listed: bool) -> Work:
    """What is done with each chunk of a stream; the losses are `listed`, or only summed."""

    def work(part: Part) -> Outcome:
        if isinstance(part, LongLine):
            return Outcome(part.number, 1, rejects=[rejected_line(part)])
        outcome = Outcome(part.last)
        tally = _Tally(listed=listed)
        number = part.first
        try:
            for number, line in part.lines():
                for one in results(number, line, translator, form):
                    outcome.read += 1
                    if isinstance(one, Translated):
                        outcome.written += len(one.events)
                        tally.add(one)
                    else:
                        outcome.rejects.append(one)
        except Exception as defect:
            outcome.line, outcome.defect = number, defect
            outcome.read += 1
        outcome.events, outcome.losses = bytes(tally.events), bytes(tally.losses)
        outcome.sums = [(kind, path, count) for (kind, path), count in tally.sums.items()]
        return outcome

    return work
