"""Streams of lines: how lines are read, rejected and counted."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.errors import ERROR_CODES, TranslationError
from translator.results import Rejected
from translator.streaming import ndjson
from translator.streaming.ndjson import CHUNK_SIZE, STREAM_CODES, read_lines
from translator.streaming.pipeline import Counts, translate_stream


class Repeater:
    """Writes the `id` of an event `times` times; rejects events without an `id`."""

    def translate_all(self, event: object, params: Any = None) -> list[dict[str, object]]:
        if not isinstance(event, dict) or "id" not in event:
            raise TranslationError("no-item", "$.id", "the event names no item")
        if event["id"] == "defect":
            raise ZeroDivisionError("a defect")
        return [{"id": event["id"]}] * event.get("times", 1)


def run(data: bytes, size: int = CHUNK_SIZE) -> tuple[list[Any], list[Any], Counts]:
    target, rejects = io.BytesIO(), io.BytesIO()
    counts = translate_stream(
        io.BytesIO(data), target, Repeater(), rejects=rejects, chunk_size=size
    )
    return objects(target), objects(rejects), counts


def objects(stream: io.BytesIO) -> list[Any]:
    return [json.loads(line) for line in stream.getvalue().decode().split("\n") if line]


def reject_of(data: bytes, size: int = CHUNK_SIZE) -> dict[str, Any]:
    written, rejects, counts = run(data, size)
    assert written == []
    assert counts.reject_count == len(rejects) == 1
    reject: dict[str, Any] = rejects[0]
    return reject


def test_lines() -> None:
    """Each event written is a line, in order; events read and written are counted."""
    written, rejects, counts = run(b'{"id":"a"}\n{"id":"b","times":3}\n{"id":"c"}\n')
    assert [event["id"] for event in written] == ["a", "b", "b", "b", "c"]
    assert rejects == []
    assert counts.summary() == "read 3, written 5, rejected 0"


def test_reject() -> None:
    """A rejected event does not stop the run; its reject says which, where and why."""
    written, rejects, counts = run(b'{"id":"a"}\n{"x":[1,null]}\n{"id":"b"}\n')
    assert [event["id"] for event in written] == ["a", "b"]
    assert rejects == [
        {
            "line": 2,
            "code": "no-item",
            "path": "$.id",
            "message": "the event names no item",
            "event": {"x": [1, None]},
        }
    ]
    assert list(rejects[0]) == ["line", "code", "path", "message", "event"]
    assert counts.summary() == "read 3, written 2, rejected 1 (no-item 1)"


def test_summary() -> None:
    """The summary has each code with its count, sorted."""
    counts = Counts(9, 4, Counter({"too-deep": 2, "invalid-json": 3}))
    assert counts.summary() == "read 9, written 4, rejected 5 (invalid-json 3, too-deep 2)"


def test_blank_lines() -> None:
    """Blank lines are skipped and not counted as read, but count in line numbers."""
    written, rejects, counts = run(b'\n  \r\n{"id":"a"}\n\t\n[]\n\n')
    assert len(written) == 1
    assert [reject["line"] for reject in rejects] == [5]
    assert (counts.read, counts.line) == (2, 6)


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n"])
def test_empty_input(data: bytes) -> None:
    """An empty input is no error and has no results."""
    written, rejects, counts = run(data)
    assert (written, rejects) == ([], [])
    assert counts.summary() == "read 0, written 0, rejected 0"


def test_line_ends() -> None:
    """Lines may end with CRLF, and the last may have no newline."""
    written, rejects, _ = run(b'{"id":"a"}\r\n{"id":"b"}\r\n{"id":"c"}')
    assert [event["id"] for event in written] == ["a", "b", "c"]
    assert rejects == []


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\u000b".encode().decode()])
def test_separators_within_strings(separator: str) -> None:
    """Unicode line separators within a string are part of the string."""
    line = json.dumps({"id": f"a{separator}b"}, ensure_ascii=separator < " ").encode()
    written, rejects, _ = run(line + b"\n")
    assert written == [{"id": f"a{separator}b"}]
    assert rejects == []


def test_large_integers_are_exact() -> None:
    """Integers beyond 64 bits are exact, in events and in rejects."""
    big = 2**80 + 1
    written, rejects, _ = run(f'{{"id":{big}}}\n{{"x":{-big}}}\n'.encode())
    assert written == [{"id": big}]
    assert rejects[0]["event"] == {"x": -big}


@pytest.mark.parametrize(
    ("line", "code", "message", "path"),
    [
        (b'{"id":oops}', "invalid-json", "not JSON: invalid character at byte 7", "$"),
        (b'{"id":"a"', "invalid-json", "the line ends in the middle of a value", "$"),
        (b'{"id":"a",}', "invalid-json", "trailing comma", "$"),
        (b"{'id':'a'}", "invalid-json", "keys must be strings", "$"),
        (b'{"id":"a"} {"id":"b"}', "invalid-json", "trailing characters", "$"),
        (b"[", "invalid-json", "write each event on one line (NDJSON)", "$"),
        (b"{", "invalid-json", "write each event on one line (NDJSON)", "$"),
        (b'{"id":"\x01"}', "invalid-json", "invalid character", "$"),
        (b'{"id":NaN}', "not-finite", "NaN at byte 7", "$.id"),
        (b'{"NaN":1,"id":NaN}', "not-finite", "NaN at byte 15", "$.id"),
        (b'{"id":Infinity}', "not-finite", "Infinity", "$.id"),
        (b'{"id":-Infinity}', "not-finite", "-Infinity", "$.id"),
        (b'{"id":1e400}', "not-finite", "larger than a double", "$.id"),
        (b'{"id":' + b"9" * 5000 + b"}", "too-many-digits", "more than 4300 digits", "$.id"),
        (b'{"id":-' + b"9" * 5000 + b"}", "too-many-digits", "more than 4300 digits", "$.id"),
        (b'{"id":"\\ud800"}', "lone-surrogate", "\\ud800 is a lone surrogate", "$.id"),
        (b'{"id":"\\udc00x"}', "lone-surrogate", "\\udc00 is a lone surrogate", "$.id"),
        (
            b'{"id":"\\ud83d\\ud83d\\ude00"}',
            "lone-surrogate",
            "\\ud83d is a lone surrogate",
            "$.id",
        ),
        (b'{"\\uD800":1}', "lone-surrogate", "\\uD800 is a lone surrogate", "$['\\ud800']"),
        (b'{"id":"\xff"}', "not-utf8", "byte 8", "$"),
        (b'{"id":"\xed\xa0\x80"}', "not-utf8", "byte 8", "$"),
        (b"\xff\xfe{\x00}\x00", "not-utf8", "UTF-16", "$"),
    ],
)
def test_unreadable_lines(line: bytes, code: str, message: str, path: str) -> None:
    """The reject of a line that cannot be parsed has a specific code, message and path."""
    reject = reject_of(line + b"\n")
    assert (reject["line"], reject["code"], reject["path"]) == (1, code, path)
    assert message in reject["message"]


@pytest.mark.parametrize("line", [b"null", b"1", b'"text"', b"[]", b"[{}]", b"true"])
def test_json_that_is_not_an_object(line: bytes) -> None:
    """JSON values other than objects are passed to the translator, which rejects them."""
    reject = reject_of(line)
    assert reject["code"] == "no-item"
    assert reject["event"] == json.loads(line)


def test_unreadable_line_in_its_reject() -> None:
    """The reject of a line that is not JSON has the whole line as a string."""
    assert reject_of('{"é": oops}\r\n'.encode())["event"] == '{"é": oops}'
    assert reject_of(b'{"id": "a\xffb"}\n')["event"] == '{"id": "a\\xffb"}'
    long = b"x" * 200_000
    assert reject_of(long)["event"] == long.decode()


def test_escaped_backslashes() -> None:
    """An escaped backslash before `ud800` does not make a lone surrogate."""
    written, _, _ = run(b'{"id":"\\\\ud800 \\ud83d\\ude00"}\n')
    assert written == [{"id": "\\ud800 \U0001f600"}]


def test_byte_order_mark() -> None:
    """A byte order mark on line 1 rejects that line, with its event, and no other line."""
    written, rejects, counts = run(b'\xef\xbb\xbf{"id":"a"}\n{"id":"b"}\n')
    assert written == [{"id": "b"}]
    assert rejects[0]["code"] == "byte-order-mark"
    assert rejects[0]["event"] == {"id": "a"}
    assert counts.read == 2
    assert reject_of(b"\xef\xbb\xbfoops")["event"] == "oops"
    assert reject_of(b"\xef\xbb\xbf")["code"] == "byte-order-mark"


def nested(depth: int) -> bytes:
    return b'{"id":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_depth() -> None:
    """Lists and objects may be nested 64 levels deep, and no deeper."""
    written, rejects, _ = run(nested(64) + b"\n" + nested(65) + b"\n")
    assert len(written) == 1
    assert [(reject["line"], reject["code"]) for reject in rejects] == [(2, "too-deep")]
    assert "65 levels deep" in rejects[0]["message"]
    assert rejects[0]["path"] == "$.id" + "[0]" * 63


def test_brackets_without_nesting() -> None:
    """Brackets within strings, and many lists side by side, do not count as depth."""
    strings = json.dumps({"id": '\\"[{' * 100}).encode()
    siblings = b'{"id":[' + b",".join([b"[]"] * 1000) + b"]}"
    written, rejects, _ = run(strings + b"\n" + siblings + b"\n")
    assert rejects == []
    assert len(written) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b"]" * 1_000_000,
        b"[" * 100 + b'"' + b'\\"' * 500_000,
        b"[" * 100 + b'"' * 500_001,
    ],
)
def test_hostile_lines(line: bytes) -> None:
    """A line of very many brackets or quotes is rejected without delay."""
    assert reject_of(line)["code"] in {"too-deep", "invalid-json"}


@pytest.mark.parametrize("lookahead", [1100, 4999, 10_000])
@pytest.mark.parametrize("size", [64, 1000, 4999, 5001, CHUNK_SIZE])
def test_long_line(monkeypatch: pytest.MonkeyPatch, size: int, lookahead: int) -> None:
    """A line above the limit is skipped; its reject has its beginning and length."""
    monkeypatch.setattr(ndjson, "MAX_LINE", 5000)
    monkeypatch.setattr(ndjson, "LOOKAHEAD", lookahead)
    longest = b'{"id":"' + b"x" * (5000 - 9) + b'"}'
    too_long = b'{"id":"' + b"x" * (5000 - 8) + b'"}'
    assert len(longest) == 5000
    written, rejects, counts = run(b"\n".join([longest, too_long, longest]), size)
    assert len(written) == 2
    assert [(reject["line"], reject["code"]) for reject in rejects] == [(2, "too-long")]
    assert rejects[0]["event"] == too_long[: ndjson.HEAD_SIZE].decode()
    assert "5001 bytes" in rejects[0]["message"]
    assert counts.line == 3
    endless = reject_of(b"y" * 100_000, size)
    assert endless["message"].startswith("the line is 100000 bytes long")
    assert endless["event"] == "y" * ndjson.HEAD_SIZE


@pytest.mark.parametrize("between", [b"\n", b'{"x":1}\n'], ids=["line by line", "at once"])
def test_defect(between: bytes) -> None:
    """An unexpected exception is raised with its line; earlier events are written."""
    target, counts = io.BytesIO(), Counts()
    source = io.BytesIO(b'{"id":"a"}\n' + between + b'{"id":"defect"}\n{"id":"c"}\n')
    with pytest.raises(ZeroDivisionError) as caught:
        translate_stream(source, target, Repeater(), counts=counts)
    assert caught.value.__notes__ == ["in line 3 of the input"]
    assert target.getvalue() == b'{"id":"a"}\n'
    assert (counts.line, counts.read) == (3, 2 + counts.reject_count)


def test_callbacks() -> None:
    """`on_reject` gets each reject, and `on_progress` is called after each chunk."""
    rejects: list[Rejected] = []
    progress: list[int] = []
    translate_stream(
        io.BytesIO(b'{"id":1}\n{}\n\n{"id":2}\n'),
        io.BytesIO(),
        Repeater(),
        chunk_size=9,
        on_reject=rejects.append,
        on_progress=lambda counts: progress.append(counts.read),
    )
    assert list(map(str, rejects)) == ["line 2: no-item at $.id: the event names no item"]
    assert progress == [1, 2, 3]


def test_codes() -> None:
    """No code is used both for lines and for translations, and all have a meaning."""
    assert not STREAM_CODES.keys() & ERROR_CODES.keys()
    assert all(STREAM_CODES.values())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40).filter(lambda line: b"\n" not in line),
            st.text(alphabet='[]{}",:\\u d8NaN01e-', max_size=60).map(str.encode),
            st.builds(
                lambda value: json.dumps({"id": value}).encode(),
                st.one_of(st.text(), st.integers(), st.booleans(), st.none()),
            ),
        ),
        max_size=8,
    ),
    st.sampled_from([1, 7, 50, CHUNK_SIZE]),
)
def test_every_line_is_accounted_for(lines: list[bytes], size: int) -> None:
    """For any bytes, each line that is not blank is either translated or rejected, once."""
    data = b"\n".join(lines)
    written, rejects, counts = run(data, size)
    blank = sum(1 for line in lines if not line.strip())
    assert counts.read == len(lines) - blank
    assert counts.reject_count == len(rejects)
    assert counts.read == counts.reject_count + len(written)
    assert all(reject["code"] in STREAM_CODES.keys() | ERROR_CODES.keys() for reject in rejects)


AMBIGUOUS = [
    b'{"id":1}{"id":2}',
    b'{"id":1} {"id":2}',
    b'{"id":',
    b"1}",
    b'{"id":[',
    b"{}",
    b"{},",
    b"{}]}",
    b'{"id":"}',
    b'{"}',
    b'{"id":3}\r',
    b' {"id":4}',
    b"",
    b"null",
    b'{"id":NaN}',
    b'{"id":' + b"[" * 70 + b"]" * 70 + b"}",
    b'{"id":5}',
    b'{"id":6,"times":2}',
    b'{"x":{}}',
]
"""Lines that could be mistaken for others when parsed together."""


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(AMBIGUOUS), max_size=6))
def test_parsing_at_once_changes_nothing(lines: list[bytes]) -> None:
    """Lines parsed together have the same results as each line alone."""
    written, rejects, counts = run(b"\n".join(lines))
    expected: list[Any] = []
    expected_rejects: list[Any] = []
    for number, line in enumerate(lines, 1):
        line_written, line_rejects, _ = run(line)
        expected += line_written
        expected_rejects += [reject | {"line": number} for reject in line_rejects]
    assert (written, rejects) == (expected, expected_rejects)
    assert (counts.written, counts.reject_count) == (len(expected), len(expected_rejects))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_objects_are_parsed_at_once(count: int) -> None:
    """Lines of one object each, as nearly all are, are parsed together."""
    line = b'{"id":[{}],"text":"}{"}'
    lines = [line] * count
    assert read_lines(lines) == [{"id": [{}], "text": "}{"}] * count
    assert read_lines([*lines, line + b"}"]) is None
    assert read_lines([*lines, line.replace(b"[{}]", b"NaN")]) is None
