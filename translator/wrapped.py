"""Lines that bring their own params: `{"event": …, "params": {…}}`.

For events of sources whose body says less than is known where it was received: who sent it, when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from translator.errors import TranslationError
from translator.streams import EventResult, EventTranslator, Rejected, translate_event

KEPT: Final = 16
"""So many compiled translators are kept: one for each set of names that params come in."""


class Binds(EventTranslator, Protocol):
    """A translator that others can be made of, which differ in their params."""

    def param_names(self, params: Mapping[str, Any]) -> frozenset[str]:
        """The names of the params given, None being as good as nothing."""
        ...

    def bound(self, params: Mapping[str, Any]) -> Binds:
        """A translator that also has these params, before its own."""
        ...

    def rebind(self, params: Mapping[str, Any]) -> None:
        """Give other values to params that it has."""
        ...


class WrappedFraming:
    """The form of a line that holds an event and params, which go before those of the translator.

    Code is compiled once for each set of names; the values are set for each line. One of these
    therefore belongs to one stream.
    """

    def __init__(self, translator: Binds) -> None:
        self._translator = translator
        self._bound: dict[frozenset[str], Binds] = {}

    def __call__(self, number: int, value: Any, _: EventTranslator) -> Iterator[EventResult]:
        """The result of the event, whose reject shows the whole line."""
        if not isinstance(value, dict) or not value.keys() <= {"event", "params"}:
            params = None
        else:
            params = value.get("params", {})
        if not isinstance(params, dict) or "event" not in value:
            message = 'the line is not {"event": …, "params": {…}}'
            yield Rejected(number, "invalid-wrapper", "$", message, value)
            return
        try:
            translator = self._with(params)
        except TranslationError as error:
            yield Rejected(number, error.code, "$.params", error.message, value)
            return
        yield translate_event(number, value["event"], translator, "$.event", value)

    def _with(self, params: Mapping[str, Any]) -> EventTranslator:
        names = self._translator.param_names(params)
        if not names:
            return self._translator
        known = self._bound.get(names)
        if known is not None:
            known.rebind(params)
            return known
        made = self._translator.bound(params)
        if len(self._bound) == KEPT:
            self._bound.clear()
        self._bound[names] = made
        return made
