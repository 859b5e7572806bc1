"""What callers get for one event: its translations, the losses, or the reject."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, Literal, NamedTuple

import msgspec

ENCODER: Final = msgspec.json.Encoder()


class Translated(msgspec.Struct, frozen=True):
    """A translated event: the number of its line (from 1) and the events it became, in order.

    `losses` is None unless requested. Their paths start at the event, which is `at` a JSON path
    of the line.
    """

    line: int
    events: list[dict[str, Any]]
    losses: list[Loss] | None = None
    at: str = "$"


class Rejected(msgspec.Struct, frozen=True):
    """A refused event. `event` is the JSON value of the line, or its string if it is not JSON."""

    line: int
    code: str
    path: str
    message: str
    event: Any

    def to_json(self) -> bytes:
        """Encode the reject as one line of JSON, with its newline."""
        return ENCODER.encode(self) + b"\n"

    def __str__(self) -> str:
        return f"line {self.line}: {self.code} at {self.path}: {self.message}"


EventResult = Translated | Rejected

LossKind = Literal["lost", "approximated", "normalised", "carried"]


class Loss(msgspec.Struct, frozen=True):
    """A leaf of the event that no output holds unchanged: its JSON path, and the reason."""

    kind: LossKind
    path: str
    because: str

    def __str__(self) -> str:
        return f"{self.path} {self.kind}" + (f": {self.because}" if self.because else "")


class TranslatedLines(NamedTuple):
    """The results of lines of NDJSON.

    `events` are lines of JSON, in the order of the input. `read` and `written` count events.
    `rejects` have the numbers of their lines, from 1. `losses` counts losses by kind and path
    without list indexes (`$.items[].quantity`); it is empty unless requested.
    """

    events: bytes
    rejects: list[Rejected]
    read: int
    written: int
    losses: Counter[tuple[LossKind, str]]


class TranslationWithLosses(NamedTuple):
    """The events that an event was translated to, and its losses."""

    events: list[dict[str, Any]]
    losses: list[Loss]
