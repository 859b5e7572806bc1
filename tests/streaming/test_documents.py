"""Input that is not NDJSON: JSON arrays of events, and events over several lines."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest

from translator.streaming.compression import BlockReader, DamagedFile
from translator.streaming.documents import open_document
from translator.streaming.ndjson import document_kind

EVENTS: list[Any] = [
    {"a": 'quote " comma , bracket ] brace } \\', "b": [1, {"c": "\\"}], "d": {}},
    {},
    {"e": "čaj\u2028\n☕", "f": [[], [{}]]},
] * 2


def read_lines(text: str, size: int = 1 << 20) -> list[bytes]:
    """Read the lines of a document that arrives in blocks of this size."""
    data = text.encode()
    blocks = BlockReader(data[start : start + size] for start in range(0, len(data), size))
    lines = open_document(io.BufferedReader(blocks, size), "events.json").read().split(b"\n")
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EVENTS),
        json.dumps(EVENTS, indent=2),
        json.dumps(EVENTS, separators=(",", ":"), ensure_ascii=False),
        "\n".join(json.dumps(event, indent=2) for event in EVENTS),
        "\r\n".join(map(json.dumps, EVENTS)),
        json.dumps(EVENTS[:2], indent=1) + "\n" + json.dumps(EVENTS[2:]) + "\n[]\n",
    ],
    ids=["array", "indented array", "compact array", "indented", "lines", "arrays"],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_each_value_is_a_line(text: str, size: int) -> None:
    """Each object becomes one line, wherever the blocks of the input end."""
    lines = read_lines(text, size)
    assert [json.loads(line) for line in lines] == EVENTS


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_values_that_are_not_objects(size: int) -> None:
    """Other values, stray brackets and text become lines of their own, to be rejected."""
    lines = read_lines('[1, "a,b",[2, 3],, null,{"a":1}} ] } {"a":2} ', size)
    assert [*map(bytes.strip, lines)] == [
        b"1", b'"a,b"', b"[2, 3]", b"null", b'{"a":1}', b"]", b"}", b'{"a":2}'
    ]  # fmt: skip


def test_newline_in_a_string_stays_invalid() -> None:
    """A line break within a string, which JSON forbids, is not repaired."""
    (line,) = read_lines('[{"a": "x\ny"}]')
    with pytest.raises(ValueError, match="control character"):
        json.loads(line)


@pytest.mark.parametrize("text", ["[", '[{"a": 1}', '[{"a": 1}, {"b": "]', '[{"a": 1},\n'])
def test_array_that_is_not_closed(text: str) -> None:
    """An array that is cut off is an error, after the events that are complete."""
    with pytest.raises(DamagedFile, match=r"the JSON array in events.json is not closed"):
        read_lines(text)


def test_bounded_memory() -> None:
    """A large array, and a large value in it, are never stored."""
    blocks = 400
    item = b'{"a": "' + b"x" * 50_000 + b'"}, '
    value = [b'{"a": "'] + [b"y" * 50_000] * blocks + [b'"}']
    source = BlockReader(iter([b"["] + [item] * blocks + value + [b"]"]))
    tracemalloc.start()
    reader = open_document(io.BufferedReader(source), "events.json")
    size = sum(map(len, iter(lambda: reader.read(100_000), b"")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 2 * blocks * 50_000
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("", None),
        ("\n\n", None),
        ("[", "a JSON array"),
        (' \n [{"a"', "a JSON array"),
        ("\ufeff[", "a JSON array"),
        ('{\n  "a": 1\n}', "JSON over several lines"),
        ('{ "a": 1, \r\n  "b": 2\n}', "JSON over several lines"),
        ("{\n}\n", "JSON over several lines"),
        ('{"a": 1}\n{"a": 2}\n', None),
        ('{"a": {"b": 1\n{"a": 2}\n', None),
        ('{"a": 1,\n{"a": 2}\n', None),
        ('{\n{"a": 2}\n', None),
        ('{"a": "very long', None),
        ("oops\n", None),
    ],
)
def test_kind_of_an_input(head: str, kind: str | None) -> None:
    """The first bytes tell NDJSON, also with a bad first line, from other JSON."""
    assert document_kind(head.encode()) == kind
