"""Wrapped lines: an event is translated with the params of its line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from translator import Rejected, Translated, Translator

VIEW = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view"}


def results(translator: Translator, *lines: object) -> list[Translated | Rejected]:
    return list(translator.stream([json.dumps(line) for line in lines], wrapped=True))


def expected_events(params: dict[str, Any], strict: bool = False) -> list[dict[str, Any]]:
    translator = Translator("aisquare", "miso", params=params, strict=strict)
    return list(translator.translate_all(VIEW))


PARAMS: list[dict[str, Any]] = [
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
    """Each line is translated as by a translator with the line's params."""
    translator = Translator("aisquare", "miso", strict=strict)
    lines = [{"event": VIEW, "params": params} for params in PARAMS]
    assert results(translator, *lines) == [
        Translated(number, expected_events(params, strict))
        for number, params in enumerate(PARAMS, 1)
    ]


def test_precedence_of_params() -> None:
    """Params of a line take precedence over the translator's, which stay the same."""
    own = {"user": "all", "time": "2024-05-01T00:00:00Z"}
    translator = Translator("aisquare", "miso", params=own)
    lines = [{"event": VIEW, "params": params} for params in ({}, {"user": "ada"}, {"user": None})]
    expected = [expected_events(own), expected_events(own | {"user": "ada"}), expected_events(own)]
    assert results(translator, *lines, {"event": VIEW}) == [
        Translated(number, events)
        for number, events in enumerate([*expected, expected_events(own)], 1)
    ]
    assert translator.translate_all(VIEW) == expected_events(own)


def test_timezone_of_the_line() -> None:
    """Dates of an event are read in the timezone of its line."""
    data = {"event": "view", "item": "1", "customer": "u", "date": "2024-05-01T12:00:00"}
    event = {"project": "p", "data": data}
    zones = ["Europe/Berlin", "America/Lima", "Europe/Berlin"]
    lines = [{"event": event, "params": {"timezone": zone}} for zone in zones]
    offsets = [
        result.events[0]["timestamp"][19:]
        for result in results(Translator("goshops", "miso"), *lines)
        if isinstance(result, Translated)
    ]
    assert offsets == ["+02:00", "-05:00", "+02:00"]


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
def test_invalid_params(params: dict[str, Any], code: str) -> None:
    """An unknown or invalid param rejects its whole line, and no other line."""
    valid = {"event": VIEW, "params": {"user": "ada", "time": "2024-05-01T12:00:00Z"}}
    invalid = {"event": VIEW, "params": params}
    first, second, third = results(Translator("aisquare", "miso"), valid, invalid, valid)
    assert isinstance(second, Rejected)
    assert (second.line, second.code, second.path, second.event) == (2, code, "$.params", invalid)
    assert isinstance(first, Translated)
    assert third == Translated(3, first.events)


def test_rejected_event() -> None:
    """The reject of a wrapped event has a path from the root of the line, and the whole line."""
    line = {"event": {**VIEW, "resource_id": "x"}, "params": {"user": "ada"}}
    (reject,) = results(Translator("aisquare", "miso"), line)
    assert isinstance(reject, Rejected)
    assert (reject.code, reject.path) == ("invalid-event", "$.event.resource_id")
    assert reject.event == line


@pytest.mark.parametrize(
    "line", [VIEW, {"params": {}}, {"event": VIEW, "params": []}, {"event": VIEW, "x": 1}, 5, None]
)
def test_invalid_wrapper(line: object) -> None:
    """A line that is not a wrapped event is one reject."""
    (reject,) = results(Translator("aisquare", "miso"), line)
    assert isinstance(reject, Rejected)
    assert (reject.code, reject.event) == ("invalid-wrapper", line)
