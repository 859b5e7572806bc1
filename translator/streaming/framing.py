"""Bodies of requests: how a vendor's upload holds events, read from lines and written to them.

A spec says it by `x-envelope`: the pointer of the schema of such a body, an object whose one
required member is a list of events.

Lines that bring their own params: `{"event": …, "params": {…}}`.

For events of sources whose body says less than is known where it was received: who sent it, when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from translator.errors import TranslationError
from translator.results import ENCODER, EventResult, Rejected
from translator.schema.openapi import Envelope
from translator.streaming.compression import Sink
from translator.streaming.pipeline import EventTranslator, translate_event


@dataclass(frozen=True, slots=True)
class BodyFraming:
    """The form of a line that is a body: each of its events has a result of its own.

    A body may hold any number of events, however few the vendor takes at once.
    """

    envelope: Envelope

    def __call__(
        self, number: int, value: Any, translator: EventTranslator
    ) -> Iterator[EventResult]:
        """The result of each event of a body."""
        field = self.envelope.field
        events = value.get(field) if isinstance(value, dict) else None
        if not isinstance(events, list) or len(value) != 1:
            message = f'the line is not a body {{"{field}": [events]}} and nothing else'
            yield Rejected(number, "invalid-body", "$", message, value)
            return
        path_step = f".{field}" if field.isidentifier() else f"[{field!r}]"
        for index, event in enumerate(events):
            yield translate_event(number, event, translator, f"${path_step}[{index}]")


class BodyWriter:
    """Puts events, which come as lines of JSON, into bodies of at most `most`, a body a line.

    What `target` has got is whole bodies once `finish` was called, and after an error of writing
    nothing more is written.
    """

    def __init__(self, target: Sink, envelope: Envelope, max_events: int | None) -> None:
        self._target = target
        self._max_events = max_events
        self._body_start = b"{" + ENCODER.encode(envelope.field) + b":["
        self._event_count = 0

    def write(self, lines: bytes, /) -> int:
        """Put the events into bodies; the last one stays open for more."""
        for event in lines.split(b"\n")[:-1]:
            self._target.write(b"," if self._event_count else self._body_start)
            self._target.write(event)
            self._event_count += 1
            if self._event_count == self._max_events:
                self.finish()
        return len(lines)

    def finish(self) -> None:
        """Close the body that is open, if one is."""
        if self._event_count:
            self._event_count = 0
            self._target.write(b"]}\n")

    def flush(self) -> None:
        """Give on what was written."""
        self._target.flush()


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
