"""Losses as data, and a translator that gives them with every translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

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


class LossReportingTranslator(Protocol):
    """A translator that can say what it loses, and be made anew with other params."""

    def translate_with_losses(self, event: Any) -> TranslationWithLosses:
        """The translations of one event, and its losses. Raises `TranslationError`."""
        ...

    def param_names(self, params: Mapping[str, Any]) -> frozenset[str]:
        """The names of the params given, None being as good as nothing."""
        ...

    def bound(self, params: Mapping[str, Any]) -> LossReportingTranslator:
        """A translator that also has these params, before its own."""
        ...

    def rebind(self, params: Mapping[str, Any]) -> None:
        """Give other values to params that it has."""
        ...


class WithLosses:
    """A translator for streams: of each event, they are given the losses too."""

    def __init__(self, translator: LossReportingTranslator) -> None:
        self._translator = translator
        self.translate_with_losses = translator.translate_with_losses
        self.param_names = translator.param_names
        self.rebind = translator.rebind

    def translate_all(self, event: Any) -> list[dict[str, Any]]:
        """The translations of one event. Raises `TranslationError`."""
        return self.translate_with_losses(event).events

    def bound(self, params: Mapping[str, Any]) -> WithLosses:
        """A translator that also has these params, before its own, and gives losses too."""
        return WithLosses(self._translator.bound(params))
