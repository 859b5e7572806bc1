"""Lines that hold more than a bare event: request bodies, and events with their own params."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from translator.paths import json_path_step
from translator.results import ENCODER, EventResult, Rejected
from translator.schema.openapi import Envelope
from translator.streaming.compression import Sink
from translator.streaming.ndjson import Unreadable, read_body
from translator.streaming.pipeline import EventTranslator, translate_event

_RAW_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])

_NO_FIELDS: Final = b"{}"

_PARAM_CODES = frozenset({"invalid-param", "unknown-param"})


class BodyFraming(msgspec.Struct, frozen=True):
    """Framing of lines that are request bodies: lists of events, or objects that have such a list.

    Each event gets the shared fields that the body has and the event lacks; other fields of the
    body are ignored, if the spec names them. Where a body is a list, an event alone is a body too.
    The number of events in a body read is not limited, whatever the vendor's limit is.
    """

    envelope: Envelope

    def __call__(
        self, number: int, value: Any, translator: EventTranslator
    ) -> Iterator[EventResult]:
        """Yield the result of each event of a body."""
        envelope = self.envelope
        if isinstance(value, Unreadable):
            value = read_body(value, envelope.path)
            if isinstance(value, Unreadable):
                yield translate_event(number, value, translator)
                return
        if isinstance(value, dict) and not envelope.path:
            yield translate_event(number, value, translator)
            return
        events = self._find_events(value)
        if events is None:
            message = f"expected a request body {envelope.shape()}"
            if names := self._known_fields():
                message += f" without other fields than {', '.join(names)}"
            elif envelope.path and not envelope.shares_others:
                message += " without other fields"
            yield Rejected(number, "invalid-body", "$", message, value)
            return
        shared = self._shared_fields(value) if envelope.path else {}
        path = "".join(map(json_path_step, envelope.path))
        for index, event in enumerate(events):
            inherited = shared if isinstance(event, dict) else {}
            whole = _merge(inherited, event) if inherited else event
            result = translate_event(number, whole, translator, f"${path}[{index}]")
            if isinstance(result, Rejected) and inherited:
                result = _locate(result, f"${path}[{index}]", inherited, event)
            yield result

    def _find_events(self, body: Any) -> list[Any] | None:
        """Return the list of events; None if this is no body, or has fields that it cannot have."""
        envelope = self.envelope
        for level, step in enumerate(envelope.path):
            if not isinstance(body, dict) or step not in body:
                return None
            if level:
                unknown = body.keys() - {step, *envelope.inner_fields[level - 1]}
            else:
                unknown = {name for name in body if name != step and not self._is_known(name)}
            if unknown:
                return None
            body = body[step]
        return body if isinstance(body, list) else None

    def _is_known(self, name: str) -> bool:
        return self._is_inherited(name) or name in self.envelope.own_fields

    def _is_inherited(self, name: str) -> bool:
        return self.envelope.is_shared(name) or name in self.envelope.read_shared

    def _known_fields(self) -> list[str]:
        envelope = self.envelope
        shared = () if envelope.shares_others else (*envelope.shared, *envelope.read_shared)
        return list(dict.fromkeys((*envelope.own_fields, *shared)))

    def _shared_fields(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in body.items()
            if name != self.envelope.path[0] and self._is_inherited(name)
        }


def _merge(shared: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with shared fields; its own fields win, within an object too."""
    merged = shared | event
    for name, value in shared.items():
        own = merged[name]
        if own is not value and isinstance(own, dict) and isinstance(value, dict):
            merged[name] = value | own
    return merged


def _locate(
    result: Rejected, path: str, inherited: dict[str, Any], event: dict[str, Any]
) -> Rejected:
    """Correct the path of a reject if it leads to a shared field, which is in the body."""
    for name in inherited.keys() - event.keys():
        start = path + json_path_step(name)
        if result.path.startswith(start) and result.path[len(start) :][:1] in ("", ".", "["):
            return msgspec.structs.replace(result, path="$" + result.path[len(path) :])
    return result


class BodyWriter:
    """A sink that groups events into request bodies, one body per line.

    A body has at most `max_events` events (None: no limit), after the fields in `body_fields` and
    the shared fields of its events. It ends before an event with other shared fields. `target` has
    only complete bodies after `finish`.
    """

    def __init__(
        self,
        target: Sink,
        envelope: Envelope,
        max_events: int | None,
        body_fields: Mapping[str, Any] | None = None,
    ) -> None:
        self._target = target
        self._envelope = envelope
        self._max_events = max_events
        self._fields = _inner(ENCODER.encode(body_fields or {}))
        steps = b"{".join(ENCODER.encode(step) + b":" for step in envelope.path)
        self._list_start = steps + b"["
        self._end = b"]" + b"}" * len(envelope.path) + b"\n"
        self._shared = _NO_FIELDS
        self._event_count = 0

    def write(self, lines: bytes, /) -> int:
        """Add events, given as lines of JSON; the last body stays open for more."""
        has_shared_fields = self._envelope.has_shared_fields
        for event in lines.split(b"\n")[:-1]:
            shared = _NO_FIELDS
            if has_shared_fields:
                shared, event = self._split(event)
                if self._event_count and not _are_equal(shared, self._shared):
                    self.finish()
            if self._event_count:
                self._target.write(b",")
            else:
                self._shared = shared
                start = b"{" + self._fields + _inner(shared) if self._envelope.path else b""
                self._target.write(start + self._list_start)
            self._target.write(event)
            self._event_count += 1
            if self._event_count == self._max_events:
                self.finish()
        return len(lines)

    def _split(self, event: bytes) -> tuple[bytes, bytes]:
        """Return the shared fields of an event as an object, and the event without them."""
        fields = _RAW_FIELDS.decode(event)
        names = [name for name in fields if self._envelope.is_shared(name)]
        shared = {name: fields.pop(name) for name in names}
        return ENCODER.encode(shared), ENCODER.encode(fields)

    def finish(self) -> None:
        """Close the open body, if there is one."""
        if self._event_count:
            self._event_count = 0
            self._target.write(self._end)

    def flush(self) -> None:
        """Flush the target."""
        self._target.flush()


def _inner(fields: bytes) -> bytes:
    """Return the fields of a JSON object with a comma after each."""
    return b"" if fields == _NO_FIELDS else fields[1:-1] + b","


def _are_equal(left: bytes, right: bytes) -> bool:
    """Whether JSON objects are equal, in whatever order they and their objects are written."""
    return left == right or _sorted(left) == _sorted(right)


def _sorted(value: bytes) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(value), order="sorted")


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
