"""`Translator.translate_lines`: whole lines in, whole lines out, the same as event by event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from translator import TranslationError, Translator

VIEW: dict[str, Any] = {
    "project": "shop-1",
    "data": {"event": "view", "item": "SKU-1", "customer": "ada", "date": "2024-05-01T12:00:00Z"},
}
INVALID = {**VIEW, "data": {**VIEW["data"], "customer": 7}}
REFUSED = {**VIEW, "data": {**VIEW["data"], "date": "yesterday"}}
LINES = [json.dumps(each).encode() for each in (VIEW, INVALID, REFUSED)] + [
    b"",
    b"{",
    b"7",
    b'{"project": "\xff"}',
    json.dumps(VIEW).encode() + b" ",
]


def one_by_one(translator: Translator, lines: list[bytes]) -> tuple[list[Any], list[Any]]:
    """Return the events and the rejects of a stream of the lines."""
    events: list[Any] = []
    rejects: list[Any] = []
    for result in translator.stream(lines):
        if hasattr(result, "events"):
            events += result.events
        else:
            rejects.append((result.line, result.code, result.path, result.message))
    return events, rejects


@pytest.mark.parametrize("with_structs", [False, True])
@pytest.mark.parametrize("position", [0, 1, 63, 64, 65, 127, 199])
@pytest.mark.parametrize("bad", LINES[1:], ids=range(1, len(LINES)))
def test_lines_are_translated_as_one_by_one(position: int, bad: bytes, with_structs: bool) -> None:
    """A line of any kind at any position changes nothing in the results of the others."""
    translator = Translator("goshops", "miso")
    if with_structs:
        assert translator.fast_reader is not None
    lines = [LINES[0]] * 200
    lines[position] = bad
    lines[position // 2] = LINES[2]
    expected = one_by_one(translator, lines)
    result = translator.translate_lines(b"\n".join(lines) + b"\n")
    events = [json.loads(line) for line in result.events.splitlines()]
    rejects = [(each.line, each.code, each.path, each.message) for each in result.rejects]
    assert (events, rejects) == expected
    assert (result.read, result.written) == (len(events) + len(rejects), len(events))


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
def test_the_last_line_needs_no_newline(end: bytes) -> None:
    """A missing newline, or a blank line, at the end changes nothing."""
    result = Translator("goshops", "miso").translate_lines(LINES[0] + end)
    assert (result.read, result.written, result.rejects) == (1, 1, [])
    assert result.events.endswith(b"}\n")


def test_no_lines() -> None:
    """No lines give no events."""
    result = Translator("goshops", "miso").translate_lines(b"")
    assert result == (b"", [], 0, 0, {})


def test_losses_are_counted_by_kind_and_path() -> None:
    """With `losses`, each path has the number of its losses."""
    event = {
        "type": "bookmark",
        "user_id": "ada",
        "timestamp": "2024-05-01T12:00:00Z",
        "product_ids": ["SKU-1"],
        "context": {"locale": "en"},
    }
    translator = Translator("miso", "goshops", params={"project": "shop-1"})
    result = translator.translate_lines(json.dumps(event).encode() + b"\n", losses=True)
    assert result.losses == {("lost", "$.context.locale"): 1, ("approximated", "$.type"): 1}


def test_an_error_of_the_arguments_is_raised_at_once() -> None:
    """A translator without a route fails before any line is read."""
    with pytest.raises(TranslationError, match="unknown"):
        Translator("goshops", "nowhere")
