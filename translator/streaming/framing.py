"""Lines that hold more than a bare event: request bodies, and events with their own params."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from translator.paths import json_path_step
from translator.results import ENCODER, EventResult, Rejected
from translator.schema.openapi import Envelope
from translator.streaming.compression import Sink
from translator.streaming.ndjson import Unreadable, read_body
from translator.streaming.pipeline import EventTranslator, translate_event

_PARAM_CODES = frozenset({"invalid-param", "unknown-param"})


class BodyFraming(msgspec.Struct, frozen=True):
    """Framing of lines that are request bodies: an object with a list of events.

    Its other fields are ignored, if the spec names them. The number of events in a body read is not
    limited, whatever the vendor's limit is.
    """

    envelope: Envelope

    def __call__(
        self, number: int, value: Any, translator: EventTranslator
    ) -> Iterator[EventResult]:
        """Yield the result of each event of a body."""
        field = self.envelope.field
        if isinstance(value, Unreadable):
            value = read_body(value, field)
            if isinstance(value, Unreadable):
                yield translate_event(number, value, translator)
                return
        events = value.get(field) if isinstance(value, dict) else None
        other_fields = self.envelope.other_fields
        if not isinstance(events, list) or not value.keys() <= {field, *other_fields}:
            message = f'expected a request body {{"{field}": [events]}} without other fields'
            if other_fields:
                message += f" than {', '.join(other_fields)}"
            yield Rejected(number, "invalid-body", "$", message, value)
            return
        path_step = json_path_step(field)
        for index, event in enumerate(events):
            yield translate_event(number, event, translator, f"${path_step}[{index}]")


class BodyWriter:
    """A sink that groups events into request bodies, one body per line.

    A body has at most `max_events` events (None: no limit), after the fields in `body_fields`.
    `target` has only complete bodies after `finish`.
    """

    def __init__(
        self,
        target: Sink,
        envelope: Envelope,
        max_events: int | None,
        body_fields: Mapping[str, Any] | None = None,
    ) -> None:
        self._target = target
        self._max_events = max_events
        self._body_start = ENCODER.encode({**(body_fields or {}), envelope.field: []})[:-2]
        self._event_count = 0

    def write(self, lines: bytes, /) -> int:
        """Add events, given as lines of JSON; the last body stays open for more."""
        for event in lines.split(b"\n")[:-1]:
            self._target.write(b"," if self._event_count else self._body_start)
            self._target.write(event)
            self._event_count += 1
            if self._event_count == self._max_events:
                self.finish()
        return len(lines)

    def finish(self) -> None:
        """Close the open body, if there is one."""
        if self._event_count:
            self._event_count = 0
            self._target.write(b"]}\n")

    def flush(self) -> None:
        """Flush the target."""
        self._target.flush()


def wrapped_framing(number: int, value: Any, translator: EventTranslator) -> Iterator[EventResult]:
    """Translate a line that holds an event and its params: `{"event": …, "params": {…}}`.

    The params take precedence over the translator's own. A reject shows the whole line.
    """
    if isinstance(value, Unreadable):
        yield translate_event(number, value, translator)
        return
    is_wrapper = isinstance(value, dict) and value.keys() <= {"event", "params"}
    params = value.get("params", {}) if is_wrapper else None
    if not isinstance(params, dict) or "event" not in value:
        message = 'expected {"event": …, "params": {…}} without other fields'
        yield Rejected(number, "invalid-wrapper", "$", message, value)
        return
    result = translate_event(number, value["event"], translator, "$.event", value, params)
    if isinstance(result, Rejected) and result.code in _PARAM_CODES:
        result = msgspec.structs.replace(result, path="$.params")
    yield result
