"""Request bodies: their events are read one by one, and written in batches."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from translator import Catalog, TranslationError
from translator.results import Rejected, Translated
from translator.schema.openapi import Envelope
from translator.schema.spec import Spec, find_envelope
from translator.streaming.framing import BodyFraming, BodyWriter
from translator.streaming.pipeline import translate_lines

DATA = Envelope(("data",), 2)


class Echo:
    """Translates an event to itself; rejects events without an `id`."""

    def translate_all(self, event: Any, params: Any = None) -> list[dict[str, Any]]:
        if "id" not in event:
            raise TranslationError("no-item", "$.id", "the event names no item")
        return [event]


def results(*lines: object) -> list[Translated | Rejected]:
    return list(translate_lines([json.dumps(line) for line in lines], Echo(), BodyFraming(DATA)))


def body_sizes(max_events: int | None, *writes: int) -> list[int]:
    """Write events in batches of the given sizes; return the number of events in each body."""
    target = io.BytesIO()
    writer = BodyWriter(target, DATA, max_events)
    number = iter(range(100))
    for count in writes:
        writer.write(b"".join(b'{"id":%d}\n' % next(number) for _ in range(count)))
    writer.finish()
    bodies = [json.loads(line) for line in target.getvalue().split(b"\n")[:-1]]
    assert all(list(body) == ["data"] for body in bodies)
    assert [event["id"] for body in bodies for event in body["data"]] == list(range(sum(writes)))
    return [len(body["data"]) for body in bodies]


def test_events_of_a_body() -> None:
    """Each event of a body has a result, with the line number of the body."""
    bodies = [[{"id": 1}, {"id": 2}, {"id": 3}], [], [{"id": 4}]]
    assert results(*({"data": events} for events in bodies)) == [
        Translated(n, [{"id": i}]) for n, i in ((1, 1), (1, 2), (1, 3), (3, 4))
    ]


def test_rejected_event_of_a_body() -> None:
    """The reject of an event in a body has only that event and its path in the body."""
    assert results({"data": [{"id": 1}, {"x": 2}]}) == [
        Translated(1, [{"id": 1}]),
        Rejected(1, "no-item", "$.data[1].id", "the event names no item", {"x": 2}),
    ]


@pytest.mark.parametrize("line", [{"id": 1}, [], None, {"data": {}}, {"data": [], "more": 1}, 5])
def test_invalid_body(line: object) -> None:
    """A line that is not a body, or has other fields, is one reject with the whole line."""
    (reject,) = results(line)
    assert isinstance(reject, Rejected)
    assert (reject.code, reject.event) == ("invalid-body", line)


@pytest.mark.parametrize(
    ("max_events", "writes", "sizes"),
    [
        (2, (5,), [2, 2, 1]),
        (2, (1, 1, 2, 0), [2, 2]),
        (3, (1, 1, 2, 5), [3, 3, 3]),
        (1, (2,), [1, 1]),
        (None, (3, 4), [7]),
        (2, (), []),
        (2, (0,), []),
    ],
)
def test_bodies_are_filled(
    max_events: int | None, writes: tuple[int, ...], sizes: list[int]
) -> None:
    """A body is filled before the next one begins, whatever the writes; none is empty."""
    assert body_sizes(max_events, *writes) == sizes


SHIPPED = {
    "miso": Envelope(("data",), 10_000),
    "algolia": Envelope(("events",), 1000),
    "ga4": Envelope(
        ("events",),
        25,
        shared=("name", "params", "timestamp_micros"),
        shares_others=True,
        read_shared=("timestamp_micros",),
    ),
    "personalize": Envelope(("eventList",), 10, shared=("trackingId", "userId", "sessionId")),
    "retail": Envelope(
        ("inputConfig", "userEventInlineSource", "userEvents"),
        10_000,
        inner_fields=(("userEventInlineSource",), ("userEvents",)),
    ),
    "segment": Envelope(("batch",), None, shared=("context",)),
    "xapi": Envelope((), None),
}


def test_envelope_of_shipped_specs() -> None:
    """A spec says where the events of a body are, how many it may have, and what they share."""
    catalog = Catalog()
    envelopes = {name: find_envelope(catalog.spec(name)) for name in catalog.formats()}
    assert {name: body for name, body in envelopes.items() if body is not None} == SHIPPED


def test_body_without_limit() -> None:
    """If the list has no `maxItems`, a body may have any number of events."""
    event = "#/components/schemas/Event"
    body = {
        "type": "object",
        "required": ["events"],
        "properties": {"events": {"type": "array", "items": {"$ref": event}}},
    }
    document = {
        "openapi": "3.1.0",
        "x-event": event,
        "x-envelope": "#/components/schemas/Body",
        "components": {"schemas": {"Event": {"type": "object"}, "Body": body}},
    }
    assert find_envelope(Spec("shop", document, "shop.json")) == Envelope(("events",), None)
