"""Decoding into structs never changes the results of a stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tools.arguments import pairs
from tests.tools.shipped import PAIR_PARAMS, PAIRS
from tests.tools.strategies import events, json_values, nearly_events, non_json_values
from translator import Catalog, Rejected, Translator
from translator.results import ENCODER
from translator.streaming.batch_decoder import AdaptiveStructReader, StructReader
from translator.streaming.ndjson import Chunk, read_lines
from translator.streaming.pipeline import ChunkResult, part_translator

PARAMS = {
    "project": "shop-1",
    "item_type": "OFFER",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "user": "u-1",
}

READ_WHOLE = {"algolia", "ga4", "retail", "segment", "snowplow", "xapi"}
"""Sources with parts that are copied whole to every target."""

WRITTEN_WHOLE = {
    "ga4": {"aisquare", "cobi", "goshops", "interaction", "miso", "personalize"},
    "retail": {"aisquare", "cobi", "goshops", "interaction", "miso", "personalize"},
    "segment": {"aisquare", "cobi", "goshops", "interaction", "miso", "personalize"},
    "xapi": {"aisquare", "cobi", "goshops", "interaction", "miso", "personalize"},
    "algolia": {"interaction", "miso"},
    "snowplow": {"interaction", "miso"},
    "interaction": {"miso", "personalize"},
    "miso": {"interaction", "personalize"},
}
"""Targets with parts that are copied whole from some sources."""

STRUCT_PAIRS = [
    (source, target)
    for source, target in PAIRS
    if source not in READ_WHOLE and source not in WRITTEN_WHOLE.get(target, ())
]
"""Pairs whose events are decoded into structs; the others copy whole parts of the event."""

STRUCT_PARAMS = [param for param in PAIR_PARAMS if param.values in STRUCT_PAIRS]


@cache
def translator(source: str, target: str) -> Translator:
    """Build a translator with all params that its mappings have."""
    names = {use.name for use in pairs()[source, target].params}
    params = {name: value for name, value in PARAMS.items() if name in names}
    return Translator(source, target, params=params)


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
    """Build a translator of events with fields of every type."""
    spec = {"openapi": "3.1.0", "info": {"title": "Lab", "version": "1"},
            "x-event": "#/components/schemas/Event",
            "components": {"schemas": {"Event": LAB}}}  # fmt: skip
    (folder / "lab.json").write_text(json.dumps(spec))
    (folder / "lab.yaml").write_text(MAPPING)
    catalog = Catalog(specs=[folder], mappings=[folder])
    return Translator("lab", "interaction", catalog=catalog)


class WithoutStructs:
    """A translator whose events are not decoded into structs."""

    def __init__(self, translator: Translator) -> None:
        self.translate_all = translator.translate_all


class WithGeneralReader(WithoutStructs):
    """A translator that decodes no events with its fast reader."""

    def __init__(self, translator: Translator) -> None:
        super().__init__(translator)
        self.fast_reader = translator.general_reader


def struct_readers(translator: Translator) -> list[StructReader]:
    readers: list[StructReader | None] = [translator.fast_reader, translator.general_reader]
    assert None not in readers
    return [reader for reader in readers if reader is not None]


def check_structs(translator: Translator, data: bytes) -> ChunkResult:
    """Translate a chunk with each reader of structs and without; return the same result."""
    chunk = Chunk(7, data)
    expected = part_translator(WithoutStructs(translator))(chunk)
    assert part_translator(translator)(chunk) == expected
    assert part_translator(WithGeneralReader(translator))(chunk) == expected
    return expected


@pytest.fixture(autouse=True)
def no_warmup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use structs from the first line on."""
    monkeypatch.setattr("translator.streaming.batch_decoder._WARMUP_BYTES", 0)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_pairs_with_structs(source: str, target: str) -> None:
    """All pairs use structs but those that copy whole parts of an event."""
    uses_structs = translator(source, target).fast_reader is not None
    assert uses_structs == ((source, target) in STRUCT_PAIRS)


LINE_ENDS = ["", "\r", " ", "\t\r"]


@st.composite
def streams(draw: st.DrawFn, source: str) -> bytes:
    """Draw lines: valid, nearly valid and invalid events, blank lines, and lines without JSON."""
    values = st.one_of(
        events(source),
        events(source),
        nearly_events(source),
        nearly_events(source, non_json_values()),
        json_values(),
    )
    lines = []
    for value in draw(st.lists(values, min_size=1, max_size=6)):
        ascii_only, spaced = draw(st.booleans()), draw(st.booleans())
        try:
            separators = None if spaced else (",", ":")
            line = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
            lines.append(line.encode() + draw(st.sampled_from(LINE_ENDS)).encode())
        except UnicodeEncodeError:
            lines.append(json.dumps(value).encode())
    special = st.sampled_from(
        [b"", b" ", b"{}", b"[]", b"null", b"{} {}", b'{"a":', b"1}", b"\xff", b'{"a": NaN}',
         lines[0] + lines[0], lines[0][:-1], b"\xef\xbb\xbf" + lines[0], lines[0] + b",",
         lines[0].replace(b":", b":\n", 1), lines[0].replace(b"{", b'{"type": 1, ', 1)]
    )  # fmt: skip
    for value in draw(st.lists(special, max_size=2)):
        lines.insert(draw(st.integers(0, len(lines))), value)
    return b"\n".join(lines)


SOURCES = sorted({source for source, _ in STRUCT_PAIRS})


@pytest.mark.laws
@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data())
def test_structs_do_not_change_a_stream(source: str, data: st.DataObject) -> None:
    """With and without structs, a chunk has the same events, rejects and counts."""
    target = data.draw(st.sampled_from([pair[1] for pair in STRUCT_PAIRS if pair[0] == source]))
    check_structs(translator(source, target), data.draw(streams(source)))


def test_newline_within_a_string() -> None:
    """The reject of a line that ends within a string does not depend on structs."""
    result = check_structs(translator("goshops", "miso"), b'[":\n"]\n{"project": "\n"}')
    assert "the line ends in the middle" in result.rejects[0].message


STRINGS = [
    'a"b',
    "a\\b",
    "a/b",
    "\t",
    "\x7f",
    "\u2028",
    "é",
    "日本",
    "\U0001f600",
    "'{x}'",
    "x" * 400,
]


@pytest.mark.parametrize("string", STRINGS)
def test_strings_of_params(string: str) -> None:
    """Strings of params are written as the encoder writes them."""
    with_param = Translator("miso", "goshops", params={"project": string})
    result = check_structs(with_param, b"\n".join(example_lines("miso")))
    assert ENCODER.encode(string) in result.events


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("string", STRINGS)
def test_strings_of_events(string: str, ascii_only: bool) -> None:
    """Strings of events are written as the encoder writes them, however they were read."""
    event = json.loads(example_lines("goshops")[0])
    event["data"]["item"] = string
    line = json.dumps(event, ensure_ascii=ascii_only).encode()
    result = check_structs(translator("goshops", "miso"), b"\n".join([line] * 3))
    assert result.events.count(ENCODER.encode(string)) == 3


@pytest.mark.parametrize("position", [0, 1, 31, 32, 33, 63, 64, 65, 98, 99])
@pytest.mark.parametrize("bad", [b"{", b"", b"{}", b"[]", b"7", b'"a"', "no offset", "2024-02-29"])
def test_a_bad_line_at_any_position(position: int, bad: bytes | str) -> None:
    """A bad line changes nothing but its own result, in the first and in later chunks."""
    lines = [example_lines("goshops")[0]] * 100
    if isinstance(bad, str):
        date = "2024-02-29T10:00:00Z" if bad == "2024-02-29" else "2024-05-01T10:00:00"
        event = json.loads(lines[0])
        bad = json.dumps(event | {"data": event["data"] | {"date": date}}).encode()
    lines[position] = bad
    bound = Translator("goshops", "miso")
    for _ in range(2):
        assert check_structs(bound, b"\n".join(lines)).written >= 99


def example_lines(source: str) -> list[bytes]:
    file = Path(__file__).parents[2] / "examples" / f"{source}.ndjson"
    return file.read_bytes().splitlines()


@pytest.mark.parametrize(("source", "target"), STRUCT_PARAMS)
def test_structs_do_not_change_examples(source: str, target: str) -> None:
    """With and without structs, the published examples have the same results."""
    result = check_structs(translator(source, target), b"\n".join(example_lines(source)))
    assert result.read == len(example_lines(source))


OTHER_VALUES = (b"null", b"7", b'"7"', b"7.0", b"-1", b"[]", b"{}", b'""', b"true", b"1e2", b"-0",
          b"18446744073709551616", b'["a",1]', b"[1.5]", b'"\\ud800"')  # fmt: skip


def mutated(line: bytes) -> Iterator[bytes]:
    """Yield the line with one field removed, repeated, or of another value."""
    for field in re.finditer(rb'("\w+":)("[^"]*"|[\d.]+|true|null)(,?)', line):
        name, value, comma = field.groups()
        before, after = line[: field.start()], line[field.end() :]
        yield before.removesuffix(b"," if not comma else b"") + after
        for other in OTHER_VALUES:
            yield before + name + other + comma + after
            yield before + name + other + b"," + field[0] + after
            yield before + name + value + b"," + name + other + comma + after


@pytest.mark.nightly
@pytest.mark.parametrize(("source", "target"), STRUCT_PAIRS)
def test_structs_do_not_change_mutated_examples(source: str, target: str) -> None:
    """With and without structs, examples with one changed field have the same results."""
    lines = [mutant for line in example_lines(source)[:40] for mutant in mutated(line)]
    assert check_structs(translator(source, target), b"\n".join(lines)).rejects


@pytest.mark.parametrize(
    ("source", "target"), [pair for pair in STRUCT_PARAMS if pair.values[0] != "interaction"]
)
def test_common_events_use_structs(source: str, target: str) -> None:
    """Structs skip few translatable examples.

    These have leap days or seconds, lists of numbers, JSON within a string, or an object that is
    carried whole.
    """
    for line, reader in product(example_lines(source), struct_readers(translator(source, target))):
        batch = reader.translate_chunk(Chunk(1, line))
        assert batch.outputs or is_uncommon(line) or is_rejected(source, target, line)


def is_uncommon(line: bytes) -> bool:
    is_time = b"-02-29" in line or b":60" in line
    is_nested = b'{\\"' in line or b'"metricAttribution":' in line
    return is_time or is_nested or re.search(rb": \[[\d.]", line) is not None


def is_rejected(source: str, target: str, line: bytes) -> bool:
    (result,) = translator(source, target).stream([line])
    return isinstance(result, Rejected)


@pytest.mark.parametrize("field", LAB["properties"])
def test_structs_do_not_change_fields_of_any_type(field: str, tmp_path: Path) -> None:
    """With and without structs, values of each type and at each limit have the same results."""
    lab_translator = lab(tmp_path)
    values = [json.dumps(value).encode() for value in (*VALUES, *MORE)]
    lines = [json.dumps({**VALID, field: 0}).encode() for _ in values]
    zero = b'"%s": 0' % field.encode()
    data = b"\n".join(
        line.replace(zero, zero[:-1] + value) for line, value in zip(lines, values, strict=True)
    )
    assert check_structs(lab_translator, data).rejects
    for reader in struct_readers(lab_translator):
        batch = reader.translate_chunk(Chunk(1, data))
        # A struct cannot check these two.
        assert (len(batch.skipped) == len(values)) == (field in {"once", "mail"})


NAMES = ["data.event", "event.data.event", "key", "{data}", "it's", 'a"b', "a\\b"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_look_like_code(name: str, tmp_path: Path) -> None:
    """Names of fields are written as they are, whatever the emitted code looks like."""
    text = {"type": "string"}
    data = {"type": "object", "required": ["event", "item"], "additionalProperties": False,
            "properties": {"event": {"enum": ["a", "b"], **text}, "item": text}}  # fmt: skip
    source = {"type": "object", "required": ["data"], "additionalProperties": False,
              "properties": {"data": data}}  # fmt: skip
    target = {"type": "object", "required": ["kind", name], "additionalProperties": False,
              "properties": {"kind": {"enum": ["x", "y"], **text}, name: text}}  # fmt: skip
    for title, event in (("one", source), ("two", target)):
        spec = {"openapi": "3.1.0", "info": {"title": title, "version": "1"},
                "x-event": "#/components/schemas/Event",
                "components": {"schemas": {"Event": event}}}  # fmt: skip
        (tmp_path / f"{title}.json").write_text(json.dumps(spec), encoding="utf-8")
    escaped = re.sub(r"[][.,|&{}\\]", r"\\\g<0>", name)
    mapping = {
        "version": 1,
        "between": ["one", "two"],
        "rows": {
            "kind": {
                "exact": [
                    [{"data.event": "a"}, {"kind": "x"}],
                    [{"data.event": "b"}, {"kind": "y"}],
                ]
            }
        },
        "fields": {"data.item": escaped},
    }
    (tmp_path / "one--two.yaml").write_text(json.dumps(mapping), encoding="utf-8")
    bound = Translator("one", "two", catalog=Catalog(specs=[tmp_path], mappings=[tmp_path]))
    lines = [json.dumps({"data": {"event": kind, "item": "i"}}).encode() for kind in "abab"]
    result = check_structs(bound, b"\n".join(lines))
    assert [json.loads(line)[name] for line in result.events.splitlines()] == ["i"] * 4


def test_short_streams_compile_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code for structs is compiled only after the first bytes of a stream."""
    translator = Translator("goshops", "miso")
    (line, *_) = example_lines("goshops")
    monkeypatch.setattr("translator.streaming.batch_decoder._WARMUP_BYTES", 60 * len(line))
    reader, lines = AdaptiveStructReader(translator), b"\n".join([line] * 40)
    assert reader.translate_chunk(Chunk(1, lines)) is None
    assert "fast_reader" not in vars(translator)
    assert reader.translate_chunk(Chunk(41, lines)) is not None
    assert AdaptiveStructReader(translator).translate_chunk(Chunk(1, lines)) is not None


def test_structs_pause_when_most_lines_are_skipped() -> None:
    """After a sample of mostly skipped lines, structs are not tried for two megabytes."""
    reader = AdaptiveStructReader(translator("goshops", "miso"))
    lines = b"\n".join([b'{"project": "p", "more": 1}'] * 100)
    chunks = 3 * 2**21 // len(lines)
    tried = [reader.translate_chunk(Chunk(1, lines)) is not None for _ in range(chunks)]
    assert all(tried[:10])
    assert 10 <= sum(tried) <= 80
    assert any(tried[chunks // 2 :])


@given(
    st.lists(st.sampled_from([b'{"a": 1}', b"{}", b"", b"[]", b"{", b"}", b'{"a":']), min_size=1)
)
@example([b"{}", b"{", b"}", b"{}"])
def test_lines_parsed_at_once(lines: list[bytes]) -> None:
    """Lines parsed together have the same values as each line alone."""
    values = read_lines(lines)
    if values is not None:
        assert values == [json.loads(line) for line in lines]
