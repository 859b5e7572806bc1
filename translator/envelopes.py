"""Bodies of requests: how a vendor's upload holds events, read from lines and written to them.

A spec says it by `x-envelope`: the pointer of the schema of such a body, an object whose one
required member is a list of events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from translator.compressed import Sink
from translator.plan import Envelope
from translator.streams import ENCODER, EventResult, EventTranslator, Rejected, translate_event

if TYPE_CHECKING:
    from translator.spec import Spec


def find_envelope(spec: Spec) -> Envelope | None:
    """How bodies of a format hold events; None where its spec knows of no bodies."""
    from translator.openapi import resolve

    pointer = spec.document.get("x-envelope")
    if pointer is None:
        return None
    schema = resolve(spec.document, pointer, spec.file)
    (property_name,) = schema["required"]
    list_schema = schema["properties"][property_name]
    return Envelope(property_name, list_schema.get("maxItems"))


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
