"""Lines that bring their own params: the values are those of the line, and no other's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from translator import Rejected, Translated, Translator

VIEW = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view"}


def results(made: Translator, *lines: object) -> list[Translated | Rejected]:
    return list(made.stream([json.dumps(line) for line in lines], wrapped=True))


def alone(params: dict[str, Any], strict: bool = False) -> list[dict[str, Any]]:
    return Translator("aisquare", "miso", params=params, strict=strict).translate_all(VIEW)


SEVERAL: list[dict[str, Any]] = [
    {"user": "ada"},
    {"user": "bob"},
    {},
    {"time": "2024-05-01T12:00:00Z"},
    {"user": "ada", "time": "2024-05-01T12:00:01Z"},
    {"time": "2024-05-01T12:00:02Z", "user": "eve"},
    {"user": None},
    {"user": "bob"},
]


@pytest.mark.parametrize("strict", [False, True])
def test_params_of_the_line(strict: bool) -> None:
    """Each line is translated as by a translator that was made with its params."""
    made = Translator("aisquare", "miso", strict=strict)
    found = results(made, *({"event": VIEW, "params": params} for params in SEVERAL))
    assert found == [
        Translated(number, alone(params, strict)) for number, params in enumerate(SEVERAL, 1)
    ]


def test_params_of_the_line_go_first() -> None:
    """Params of the line go before those of the translator, which keeps its own."""
    own = {"user": "all", "time": "2024-05-01T00:00:00Z"}
    made = Translator("aisquare", "miso", params=own)
    lines = [{"event": VIEW, "params": params} for params in ({}, {"user": "ada"}, {"user": None})]
    expected = [alone(own), alone(own | {"user": "ada"}), alone(own)]
    assert results(made, *lines, {"event": VIEW}) == [
        Translated(number, events) for number, events in enumerate([*expected, alone(own)], 1)
    ]
    assert made.translate_all(VIEW) == alone(own)


def test_zones_of_the_line() -> None:
    """A timezone of the line is the one that its date is read in."""
    data = {"event": "view", "item": "1", "customer": "u", "date": "2024-05-01T12:00:00"}
    event = {"project": "p", "data": data}
    zones = ["Europe/Berlin", "America/Lima", "Europe/Berlin"]
    lines = [{"event": event, "params": {"timezone": zone}} for zone in zones]
    found = results(Translator("goshops", "miso"), *lines)
    times = [one.events[0]["timestamp"][19:] for one in found if isinstance(one, Translated)]
    assert times == ["+02:00", "-05:00", "+02:00"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"user": 5}, "invalid-param"),
        ({"user": ["ada"]}, "invalid-param"),
        ({"time": "noon"}, "invalid-param"),
        ({"usr": "ada"}, "unknown-param"),
        ({"user": "ada", "time": 1}, "invalid-param"),
    ],
)
def test_bad_params(params: dict[str, Any], code: str) -> None:
    """A param that is not one rejects its line, whole, and no other, also where it came before."""
    good = {"event": VIEW, "params": {"user": "ada", "time": "2024-05-01T12:00:00Z"}}
    bad = {"event": VIEW, "params": params}
    first, second, third = results(Translator("aisquare", "miso"), good, bad, good)
    assert isinstance(second, Rejected)
    assert (second.line, second.code, second.path, second.event) == (2, code, "$.params", bad)
    assert isinstance(first, Translated)
    assert third == Translated(3, first.events)


def test_refused_events() -> None:
    """The reject of an event has the path from the line's root, and shows the line."""
    line = {"event": {**VIEW, "resource_id": "x"}, "params": {"user": "ada"}}
    (found,) = results(Translator("aisquare", "miso"), line)
    assert isinstance(found, Rejected)
    assert (found.code, found.path) == ("invalid-event", "$.event.resource_id")
    assert found.event == line


@pytest.mark.parametrize(
    "line", [VIEW, {"params": {}}, {"event": VIEW, "params": []}, {"event": VIEW, "x": 1}, 5, None]
)
def test_what_is_not_wrapped(line: object) -> None:
    """A line of another form is one reject."""
    (found,) = results(Translator("aisquare", "miso"), line)
    assert isinstance(found, Rejected)
    assert (found.code, found.event) == ("invalid-wrapper", line)
