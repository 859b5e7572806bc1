"""Bodies of requests: how a vendor's upload holds events, read from lines and written to them.

A spec says it by `x-envelope`: the pointer of the schema of such a body, an object whose one
required member is a list of events.

Lines that bring their own params: `{"event": …, "params": {…}}`.

For events of sources whose body says less than is known where it was received: who sent it, when.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

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


_PARAM_CODES = frozenset({"invalid-param", "unknown-param"})


def wrapped_framing(number: int, value: Any, translator: EventTranslator) -> Iterator[EventResult]:
    """Translate a line that holds an event and its params: `{"event": …, "params": {…}}`.

    The params take precedence over the translator's own. A reject shows the whole line.
    """
    is_wrapper = isinstance(value, dict) and value.keys() <= {"event", "params"}
    params = value.get("params", {}) if is_wrapper else None
    if not isinstance(params, dict) or "event" not in value:
        message = 'the line is not {"event": …, "params": {…}}'
        yield Rejected(number, "invalid-wrapper", "$", message, value)
        return
    result = translate_event(number, value["event"], translator, "$.event", value, params)
    if isinstance(result, Rejected) and result.code in _PARAM_CODES:
        result = replace(result, path="$.params")
    yield result
