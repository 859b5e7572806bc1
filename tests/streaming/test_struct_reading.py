"""Streams are read into structs, and nobody can tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tools.judging import PAIRS
from tests.tools.strategies import careless, events, nearly_events, wild
from translator import Catalog, Translator
from translator.streaming.batch_decoder import AdaptiveStructReader, StructReader
from translator.streaming.ndjson import Chunk
from translator.streaming.pipeline import ChunkResult, make_work

PARAMS = {
    "project": "shop-1",
    "item_type": "OFFER",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "user": "u-1",
}

READ = [pair for pair in PAIRS if pair not in {("miso", "interaction"), ("interaction", "miso")}]
"""The pairs that are read into structs; what the others write has parts of the event whole."""


@cache
def translator(source: str, target: str) -> Translator:
    """A translator with every param that there is for its pair."""
    known: dict[str, Any] = {}
    for name, value in PARAMS.items():
        try:
            Translator(source, target, params={name: value})
        except Exception:
            continue
        known[name] = value
    return Translator(source, target, params=known)


LAB: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "text", "inner"],
    "properties": {
        "kind": {"type": "string", "enum": ["a", "b"]},
        "text": {"type": "string", "minLength": 2, "maxLength": 4},
        "whole": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10},
        "half": {"type": "integer", "minimum": 0.5, "maximum": 3.5},
        "number": {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
        "flag": {"type": "boolean"},
        "several": {"type": ["integer", "string", "null"], "minLength": 1, "maximum": 3},
        "listed": {"type": ["string", "null"], "enum": ["x", "y", None]},
        "strict": {"type": ["string", "null"], "enum": ["x"]},
        "id": {"type": "string", "format": "uuid"},
        "when": {"type": ["integer", "string", "null"], "format": "date-time", "minimum": 1},
        "few": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}},
        "once": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
        "mail": {"type": "string", "format": "email"},
        "any": {"type": ["boolean", "number", "string", "array"],
                "anyOf": [{"items": {"type": "number"}}, {"items": {"type": "string"}}]},
        "from": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "inner": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "more": {"type": ["number", "boolean"]},
                "_when": {"type": "string", "format": "date-time"},
            },
            "additionalProperties": False,
        },
    },
}  # fmt: skip

MAPPING = """
version: 1
between: [lab, interaction]
fields:
  kind: {is: action, values: {a: view, b: like}}
  text: actor.id
  inner.id: place.city
"""

VALID = {"kind": "a", "text": "abc", "inner": {"id": "1"}}

VALUES = ["", "a", "x", "ab", "abcd", "abcde", "ä€", "😀😀", "z\n", 0, 1, 3, 4, 9, 10, -1, 2**70,
          -(2**70), 10**400, 1.0, 0.5, 3.0, 3.5, 10.5, 1e308, True, False, None, [], {}, ["a"],
          ["a", "a"], ["a", "b", "c"], [1], [1, "a"], {"id": "1"}, {"id": "1", "more": 2},
          {"id": "1", "more": True}, {"id": 1}, {"id": "1", "more": None}, {"id": "1", "other": 1},
          {"id": None}, {"id": [["a"]]}]  # fmt: skip

MORE = ["0190163d-8694-739b-aea5-966c26f8ad91", "0190163D8694739Baea5966c26f8ad91",
        "2024-05-01T12:00:00Z", "2024-05-01T12:00:00", "2024-02-29t12:00:00.123456789+23:59",
        "2016-12-31T23:59:60Z", "a@example.com", {"id": "1", "_when": "2024-05-01T12:00:00Z"},
        {"id": "1", "_when": "2024-05-01"}]  # fmt: skip


def lab(folder: Path) -> Translator:
    """A translator of events with every kind of member."""
    spec = {"openapi": "3.1.0", "info": {"title": "Lab", "version": "1"},
            "x-event": "#/components/schemas/Event",
            "components": {"schemas": {"Event": LAB}}}  # fmt: skip
    (folder / "lab.json").write_text(json.dumps(spec))
    (folder / "lab.yaml").write_text(MAPPING)
    catalog = Catalog(specs=[folder], mappings=[folder])
    return Translator("lab", "interaction", catalog=catalog)


class InTheOrdinaryWay:
    """A translator whose events are read one by one."""

    def __init__(self, made: Translator) -> None:
        self.translate_all = made.translate_all


def reader(source: str, target: str) -> StructReader:
    """What reads the events of a pair."""
    found = translator(source, target).reader
    assert found is not None
    return found


def both(source: str, target: str, data: bytes) -> tuple[ChunkResult, ChunkResult]:
    """What becomes of a chunk read into structs, and what becomes of it otherwise."""
    made = translator(source, target)
    part = Chunk(7, 7 + data.count(b"\n"), data)
    return make_work(made)(part), make_work(InTheOrdinaryWay(made))(part)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Structs are tried for the first line already."""
    monkeypatch.setattr("translator.streaming.batch_decoder._WARMUP_BYTES", 0)


def test_the_pairs_that_are_read_into_structs() -> None:
    """All but those that copy parts of an event."""
    assert [pair for pair in PAIRS if translator(*pair).reader is not None] == READ


ENDS = ["", "\r", " ", "\t\r"]


@st.composite
def lines(draw: st.DrawFn, source: str) -> bytes:
    """Lines of a stream: events of every kind and what is nearly one, blank lines and no JSON."""
    one = st.one_of(
        events(source),
        events(source),
        nearly_events(source),
        nearly_events(source, careless()),
        wild(),
    )
    found = []
    for value in draw(st.lists(one, min_size=1, max_size=6)):
        ascii_only, spaced = draw(st.booleans()), draw(st.booleans())
        try:
            text = json.dumps(
                value, ensure_ascii=ascii_only, separators=None if spaced else (",", ":")
            )
            found.append(text.encode() + draw(st.sampled_from(ENDS)).encode())
        except UnicodeEncodeError:
            found.append(json.dumps(value).encode())
    odd = st.sampled_from(
        [b"", b" ", b"{}", b"[]", b"null", b"{} {}", b'{"a":', b"1}", b"\xff", b'{"a": NaN}',
         found[0] + found[0], found[0][:-1], b"\xef\xbb\xbf" + found[0], found[0] + b",",
         found[0].replace(b":", b":\n", 1), found[0].replace(b"{", b'{"type": 1, ', 1)]
    )  # fmt: skip
    for value in draw(st.lists(odd, max_size=2)):
        found.insert(draw(st.integers(0, len(found))), value)
    return b"\n".join(found)


SOURCES = sorted({source for source, _ in READ})


@pytest.mark.laws
@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data())
def test_a_stream_is_the_same_by_either_way(source: str, data: st.DataObject) -> None:
    """Each chunk of lines becomes the same bytes, rejects and counts, in the same order."""
    target = data.draw(st.sampled_from([there for here, there in READ if here == source]))
    quick, ordinary = both(source, target, data.draw(lines(source)))
    assert quick == ordinary


def test_lines_that_break_within_a_text_are_told_alike() -> None:
    """A line that ends in the middle of a text is told to end there, whoever read it."""
    quick, ordinary = both("goshops", "miso", b'[":\n"]\n{"project": "\n"}')
    assert quick == ordinary
    assert "the line ends in the middle" in quick.rejects[0].message


def recorded(source: str) -> list[bytes]:
    """The lines of the published examples."""
    file = Path(__file__).parents[2] / "examples" / f"{source}.ndjson"
    return file.read_bytes().splitlines()


@pytest.mark.parametrize(("source", "target"), READ)
def test_the_published_examples_are_the_same_by_either_way(source: str, target: str) -> None:
    """So do the examples, all at once."""
    quick, ordinary = both(source, target, b"\n".join(recorded(source)))
    assert quick == ordinary
    assert quick.read == len(recorded(source))


OTHERS = (b"null", b"7", b'"7"', b"7.0", b"-1", b"[]", b"{}", b'""', b"true", b"1e2", b"-0",
          b"18446744073709551616", b'["a",1]', b"[1.5]", b'"\\ud800"')  # fmt: skip


def mutated(line: bytes) -> Iterator[bytes]:
    """A line with one member of it left out, given twice, or of another value."""
    for member in re.finditer(rb'("\w+":)("[^"]*"|[\d.]+|true|null)(,?)', line):
        name, value, comma = member.groups()
        before, after = line[: member.start()], line[member.end() :]
        yield before.removesuffix(b"," if not comma else b"") + after
        for other in OTHERS:
            yield before + name + other + comma + after
            yield before + name + other + b"," + member[0] + after
            yield before + name + value + b"," + name + other + comma + after


@pytest.mark.parametrize(("source", "target"), READ)
def test_mutated_examples_are_the_same_by_either_way(source: str, target: str) -> None:
    """So do they with any one member left out, null, doubled, or of another type."""
    found = [one for line in recorded(source)[:40] for one in mutated(line)]
    quick, ordinary = both(source, target, b"\n".join(found))
    assert quick == ordinary
    assert quick.rejects


@pytest.mark.parametrize(("source", "target"), [one for one in READ if one[0] != "interaction"])
def test_usual_events_are_read_into_structs(source: str, target: str) -> None:
    """Of the examples that can be translated, those are left that leap or have lists of numbers."""
    here = reader(source, target)
    for line in recorded(source):
        rows = here.translate_lines(line, 1)
        assert rows.outputs or translated(source, target, line) == [] or unusual(line)


def unusual(line: bytes) -> bool:
    """Whether an example is one of the few that no struct takes."""
    return b"-02-29" in line or b":60" in line or re.search(rb": \[[\d.]", line) is not None


def translated(source: str, target: str, line: bytes) -> list[Any]:
    """What a line becomes in the ordinary way; nothing where it is refused."""
    (one,) = translator(source, target).stream([line])
    return getattr(one, "events", [])


@pytest.mark.parametrize("member", LAB["properties"])
def test_members_of_every_kind_are_the_same_by_either_way(member: str, tmp_path: Path) -> None:
    """Members of each kind, bound and format, with values of all kinds and at their edges."""
    made = lab(tmp_path)
    values = [json.dumps(value).encode() for value in (*VALUES, *MORE)]
    lines = [json.dumps({**VALID, member: 0}).encode() for _ in values]
    at = b'"%s": 0' % member.encode()
    data = b"\n".join(
        line.replace(at, at[:-1] + value) for line, value in zip(lines, values, strict=True)
    )
    part = Chunk(1, len(values), data)
    quick, ordinary = make_work(made)(part), make_work(InTheOrdinaryWay(made))(part)
    assert quick == ordinary
    assert quick.rejects
    assert made.reader is not None
    rows = made.reader.translate_lines(data, len(values))
    taken = len(values) - len(rows.skipped)
    assert bool(taken) == (member not in {"once", "mail"})  # which no type tells


# --- what makes the quick way worth it ---------------------------------------------------------


def test_a_few_lines_compile_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever translates a handful of events does not wait for a second function."""
    made = Translator("goshops", "miso")
    (line, *_) = recorded("goshops")
    monkeypatch.setattr("translator.streaming.batch_decoder._WARMUP_BYTES", 60 * len(line))
    quick, lines = AdaptiveStructReader(made), b"\n".join([line] * 40)
    assert quick.translate_chunk(Chunk(1, 40, lines)) is None
    assert "reader" not in vars(made)
    assert quick.translate_chunk(Chunk(41, 80, lines)) is not None
    assert AdaptiveStructReader(made).translate_chunk(Chunk(1, 40, lines)) is not None


def test_what_is_never_read_into_structs_is_not_tried_for_ever() -> None:
    """Where most lines are left, the next two megabytes are read in the ordinary way at once."""
    quick = AdaptiveStructReader(translator("goshops", "miso"))
    lines = b"\n".join([b'{"project": "p", "more": 1}'] * 100)
    chunks = 3 * 2**21 // len(lines)
    tried = [quick.translate_chunk(Chunk(1, 100, lines)) is not None for _ in range(chunks)]
    assert all(tried[:10])
    assert 10 <= sum(tried) <= 40
    assert any(tried[chunks // 2 :])


@given(
    st.lists(st.sampled_from([b'{"a": 1}', b"{}", b"", b"[]", b"{", b"}", b'{"a":']), min_size=1)
)
@example([b"{}", b"{", b"}", b"{}"])
def test_lines_that_are_objects_each(found: list[bytes]) -> None:
    """Where every line looks like an object, as many objects as lines are one from each."""
    from translator.streaming.ndjson import read_lines

    data = b"\n".join(found)
    values = read_lines(data, len(found))
    if values is not None:
        assert values == [json.loads(line) for line in found]
