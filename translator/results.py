"""Losses as data, and a translator that gives them with every translation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import msgspec

ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Translated:
    """An event that was translated: the number of its line, and what it became, in order.

    Where losses were asked for, they have paths in the event, which stands `at` a path in its line.
    """

    line: int
    events: list[dict[str, Any]]
    losses: list[Loss] | None = None
    at: str = "$"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was refused. `event` is what came: parsed, or the line's text where no JSON."""

    line: int
    code: str
    path: str
    message: str
    event: Any

    def to_json(self) -> bytes:
        """One line of JSON with its end."""
        return ENCODER.encode(self) + b"\n"

    def __str__(self) -> str:
        return f"line {self.line}: {self.code} at {self.path}: {self.message}"


EventResult = Translated | Rejected

LossKind = Literal["lost", "approximated", "normalised", "carried"]


@dataclass(frozen=True, slots=True)
class Loss:
    """What became of a leaf that is not in the outputs as it was: its JSON path, and why."""

    kind: LossKind
    path: str
    because: str

    def __str__(self) -> str:
        return f"{self.path} {self.kind}" + (f": {self.because}" if self.because else "")


class TranslationWithLosses(NamedTuple):
    """What an event becomes, and what became of those of its leaves that are not there as such."""

    events: list[dict[str, Any]]
    losses: list[Loss]
