"""Bodies of requests: their events are read one by one, and written so many to a body."""

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

DATA = Envelope("data", 2)


class Same:
    """Translates an event to itself; refuses those without an `id`."""

    def translate_all(self, event: Any, params: Any = None) -> list[dict[str, Any]]:
        if "id" not in event:
            raise TranslationError("no-item", "$.id", "the event names no item")
        return [event]


def results(*lines: object) -> list[Translated | Rejected]:
    return list(translate_lines([json.dumps(line) for line in lines], Same(), BodyFraming(DATA)))


def bodies(most: int | None, *writes: int) -> list[Any]:
    """The bodies that come of writes of so many events each."""
    target = io.BytesIO()
    writer = BodyWriter(target, DATA, most)
    number = iter(range(100))
    for count in writes:
        writer.write(b"".join(b'{"id":%d}\n' % next(number) for _ in range(count)))
    writer.finish()
    found = [json.loads(line) for line in target.getvalue().split(b"\n")[:-1]]
    assert all(list(one) == ["data"] for one in found)
    assert [event["id"] for one in found for event in one["data"]] == list(range(sum(writes)))
    return [len(one["data"]) for one in found]


def test_events_of_a_body() -> None:
    """Each event of a body is a result of its own, with the number of the body's line."""
    found = results(
        {"data": [{"id": 1}, {"id": 2}, {"id": 3}]}, {"data": []}, {"data": [{"id": 4}]}
    )
    assert found == [Translated(n, [{"id": i}]) for n, i in ((1, 1), (1, 2), (1, 3), (3, 4))]


def test_a_bad_event_leaves_the_others() -> None:
    """A refused event of a body is a reject with its place in the body, and only that event."""
    assert results({"data": [{"id": 1}, {"x": 2}]}) == [
        Translated(1, [{"id": 1}]),
        Rejected(1, "no-item", "$.data[1].id", "the event names no item", {"x": 2}),
    ]


@pytest.mark.parametrize("line", [{"id": 1}, [], None, {"data": {}}, {"data": [], "more": 1}, 5])
def test_what_is_no_body(line: object) -> None:
    """A line that is not a body and nothing else is one reject, with all of it."""
    (found,) = results(line)
    assert isinstance(found, Rejected)
    assert (found.code, found.event) == ("invalid-body", line)


@pytest.mark.parametrize(
    ("most", "writes", "sizes"),
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
def test_bodies_are_filled(most: int | None, writes: tuple[int, ...], sizes: list[int]) -> None:
    """A body is filled before the next begins, however the events come; none is empty."""
    assert bodies(most, *writes) == sizes


def test_specs_say_what_bodies_are() -> None:
    """A shipped spec with an x-envelope gives the list's name and how many it takes at most."""
    found = {name: find_envelope(Catalog().spec(name)) for name in Catalog().formats()}
    assert {name for name, one in found.items() if one is not None} == {"miso"}
    assert found["miso"] == Envelope("data", 10_000)


def test_a_body_without_a_bound() -> None:
    """Where the list has no maxItems, a body takes any number of events."""
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
    assert find_envelope(Spec("shop", document, "shop.json")) == Envelope("events", None)
