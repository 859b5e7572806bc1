"""Streams of lines: what is read, what is rejected and how, and what is counted."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.errors import ERROR_CODES, TranslationError
from translator.results import Rejected
from translator.streaming import ndjson
from translator.streaming import ndjson as line_bounds
from translator.streaming.ndjson import CHUNK_SIZE, STREAM_CODES, read_lines
from translator.streaming.pipeline import Counts, translate_stream


class Twice:
    """Writes an event as often as its `times` says; refuses those without an `id`."""

    def translate_all(self, event: object, params: Any = None) -> list[dict[str, object]]:
        if not isinstance(event, dict) or "id" not in event:
            raise TranslationError("no-item", "$.id", "the event names no item")
        if event["id"] == "defect":
            raise ZeroDivisionError("a defect")
        return [{"id": event["id"]}] * event.get("times", 1)


def run(data: bytes, size: int = CHUNK_SIZE) -> tuple[list[Any], list[Any], Counts]:
    target, rejects = io.BytesIO(), io.BytesIO()
    counts = translate_stream(io.BytesIO(data), target, Twice(), rejects=rejects, chunk_size=size)
    return objects(target), objects(rejects), counts


def objects(stream: io.BytesIO) -> list[Any]:
    return [json.loads(line) for line in stream.getvalue().decode().split("\n") if line]


def rejected(data: bytes, size: int = CHUNK_SIZE) -> dict[str, Any]:
    written, rejects, counts = run(data, size)
    assert written == []
    assert counts.reject_count == len(rejects) == 1
    found: dict[str, Any] = rejects[0]
    return found


def test_lines() -> None:
    """Each line's translations are lines, in order; counts say how many were read and written."""
    written, rejects, counts = run(b'{"id":"a"}\n{"id":"b","times":3}\n{"id":"c"}\n')
    assert [one["id"] for one in written] == ["a", "b", "b", "b", "c"]
    assert rejects == []
    assert counts.summary() == "read 3, written 5, rejected 0"


def test_reject() -> None:
    """A refused line does not stop the run and is kept with line, code, path, message and event."""
    written, rejects, counts = run(b'{"id":"a"}\n{"x":[1,null]}\n{"id":"b"}\n')
    assert [one["id"] for one in written] == ["a", "b"]
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
    """The summary names each code with its count, sorted."""
    counts = Counts(9, 4, {"too-deep": 2, "invalid-json": 3})
    assert counts.summary() == "read 9, written 4, rejected 5 (invalid-json 3, too-deep 2)"


def test_blank_lines() -> None:
    """Blank lines are skipped and not counted as read, but count in line numbers."""
    written, rejects, counts = run(b'\n  \r\n{"id":"a"}\n\t\n[]\n\n')
    assert len(written) == 1
    assert [one["line"] for one in rejects] == [5]
    assert (counts.read, counts.line) == (2, 6)


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n"])
def test_nothing(data: bytes) -> None:
    """An empty input is no error and gives nothing."""
    written, rejects, counts = run(data)
    assert (written, rejects) == ([], [])
    assert counts.summary() == "read 0, written 0, rejected 0"


def test_line_ends() -> None:
    """Lines may end with CRLF, and the last may have no end."""
    written, rejects, _ = run(b'{"id":"a"}\r\n{"id":"b"}\r\n{"id":"c"}')
    assert [one["id"] for one in written] == ["a", "b", "c"]
    assert rejects == []


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\u000b".encode().decode()])
def test_separators_within_texts(separator: str) -> None:
    """What looks like the end of a line within a text is part of the text."""
    line = json.dumps({"id": f"a{separator}b"}, ensure_ascii=separator < " ").encode()
    written, rejects, _ = run(line + b"\n")
    assert written == [{"id": f"a{separator}b"}]
    assert rejects == []


def test_large_integers_are_exact() -> None:
    """Integers beyond 64 bits are neither rounded nor refused, in translations and in rejects."""
    big = 2**80 + 1
    written, rejects, _ = run(f'{{"id":{big}}}\n{{"x":{-big}}}\n'.encode())
    assert written == [{"id": big}]
    assert rejects[0]["event"] == {"x": -big}


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (b'{"id":oops}', "invalid-json", "not JSON: invalid character at byte 7"),
        (b'{"id":"a"', "invalid-json", "the line ends in the middle of a value"),
        (b'{"id":"a",}', "invalid-json", "trailing comma"),
        (b"{'id':'a'}", "invalid-json", "keys must be strings"),
        (b'{"id":"a"} {"id":"b"}', "invalid-json", "trailing characters"),
        (b"[", "invalid-json", "write each event on one line (NDJSON)"),
        (b"{", "invalid-json", "write each event on one line (NDJSON)"),
        (b'{"id":"\x01"}', "invalid-json", "invalid character"),
        (b'{"id":NaN}', "not-finite", "NaN at byte 7"),
        (b'{"NaN":1,"id":NaN}', "not-finite", "NaN at byte 15"),
        (b'{"id":Infinity}', "not-finite", "Infinity"),
        (b'{"id":-Infinity}', "not-finite", "-Infinity"),
        (b'{"id":1e400}', "not-finite", "larger than a double"),
        (b'{"id":' + b"9" * 5000 + b"}", "too-many-digits", "more than 4300 digits"),
        (b'{"id":-' + b"9" * 5000 + b"}", "too-many-digits", "more than 4300 digits"),
        (b'{"id":"\\ud800"}', "lone-surrogate", "\\ud800 is half"),
        (b'{"id":"\\udc00x"}', "lone-surrogate", "\\udc00 is half"),
        (b'{"id":"\\ud83d\\ud83d\\ude00"}', "lone-surrogate", "\\ud83d is half"),
        (b'{"\\uD800":1}', "lone-surrogate", "\\uD800 is half"),
        (b'{"id":"\xff"}', "not-utf8", "byte 8"),
        (b'{"id":"\xed\xa0\x80"}', "not-utf8", "byte 8"),
        (b"\xff\xfe{\x00}\x00", "not-utf8", "UTF-16"),
    ],
)
def test_not_json(line: bytes, code: str, says: str) -> None:
    """A line that cannot be read is a reject with a code and message of its own."""
    found = rejected(line + b"\n")
    assert (found["line"], found["code"], found["path"]) == (1, code, "$")
    assert says in found["message"]


@pytest.mark.parametrize("line", [b"null", b"1", b'"text"', b"[]", b"[{}]", b"true"])
def test_json_that_is_no_event(line: bytes) -> None:
    """JSON of any other kind is left to the translator to refuse."""
    found = rejected(line)
    assert found["code"] == "no-item"
    assert found["event"] == json.loads(line)


def test_text_is_kept() -> None:
    """The reject of a line that is no JSON holds the whole line as text."""
    assert rejected('{"é": oops}\r\n'.encode())["event"] == '{"é": oops}'
    assert rejected(b'{"id": "a\xffb"}\n')["event"] == '{"id": "a\\xffb"}'
    long = b"x" * 200_000
    assert rejected(long)["event"] == long.decode()


def test_escaped_backslashes() -> None:
    """What only looks like half of a surrogate pair is a text."""
    written, _, _ = run(b'{"id":"\\\\ud800 \\ud83d\\ude00"}\n')
    assert written == [{"id": "\\ud800 \U0001f600"}]


def test_byte_order_mark() -> None:
    """A byte order mark on line 1 rejects that line, with its event, and no other line."""
    written, rejects, counts = run(b'\xef\xbb\xbf{"id":"a"}\n{"id":"b"}\n')
    assert written == [{"id": "b"}]
    assert rejects[0]["code"] == "byte-order-mark"
    assert rejects[0]["event"] == {"id": "a"}
    assert counts.read == 2
    assert rejected(b"\xef\xbb\xbfoops")["event"] == "oops"
    assert rejected(b"\xef\xbb\xbf")["code"] == "byte-order-mark"


def nested(depth: int) -> bytes:
    return b'{"id":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_depth() -> None:
    """Lists and objects may stand 64 deep in one another, and no deeper."""
    written, rejects, _ = run(nested(64) + b"\n" + nested(65) + b"\n")
    assert len(written) == 1
    assert [(one["line"], one["code"]) for one in rejects] == [(2, "too-deep")]
    assert "65 deep" in rejects[0]["message"]


def test_brackets_do_not_make_depth() -> None:
    """Brackets within texts, and many lists side by side, are not deep."""
    texts = json.dumps({"id": '\\"[{' * 100}).encode()
    beside = b'{"id":[' + b",".join([b"[]"] * 1000) + b"]}"
    written, rejects, _ = run(texts + b"\n" + beside + b"\n")
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
    """Brackets and quotes without end are one reject, soon."""
    assert rejected(line)["code"] in {"too-deep", "invalid-json"}


@pytest.mark.parametrize("ahead", [1100, 4999, 10_000])
@pytest.mark.parametrize("size", [64, 1000, 4999, 5001, CHUNK_SIZE])
def test_long_line(monkeypatch: pytest.MonkeyPatch, size: int, ahead: int) -> None:
    """A line above the bound is skipped to its end; its reject holds its beginning and length."""
    monkeypatch.setattr(line_bounds, "MAX_LINE", 5000)
    monkeypatch.setattr(ndjson, "LOOKAHEAD", ahead)
    just = b'{"id":"' + b"x" * (5000 - 9) + b'"}'
    over = b'{"id":"' + b"x" * (5000 - 8) + b'"}'
    assert len(just) == 5000
    written, rejects, counts = run(just + b"\n" + over + b"\n" + just, size)
    assert len(written) == 2
    assert [(one["line"], one["code"]) for one in rejects] == [(2, "too-long")]
    assert rejects[0]["event"] == over[: line_bounds.HEAD_SIZE].decode()
    assert "5001 bytes" in rejects[0]["message"]
    assert counts.line == 3
    endless = rejected(b"y" * 100_000, size)
    assert endless["message"].startswith("the line is 100000 bytes long")
    assert endless["event"] == "y" * line_bounds.HEAD_SIZE


@pytest.mark.parametrize("between", [b"\n", b'{"x":1}\n'], ids=["one by one", "at once"])
def test_nothing_of_a_refused_line_is_written(between: bytes) -> None:
    """A defect of the translator is raised with the line's number; earlier lines are written."""
    target, counts = io.BytesIO(), Counts()
    source = io.BytesIO(b'{"id":"a"}\n' + between + b'{"id":"defect"}\n{"id":"c"}\n')
    with pytest.raises(ZeroDivisionError) as caught:
        translate_stream(source, target, Twice(), counts=counts)
    assert caught.value.__notes__ == ["in line 3 of the input"]
    assert target.getvalue() == b'{"id":"a"}\n'
    assert (counts.line, counts.read) == (3, 2 + counts.reject_count)


def test_callbacks() -> None:
    """Each reject is shown to whoever asks, and progress is told after each chunk."""
    seen: list[Rejected] = []
    told: list[int] = []
    translate_stream(
        io.BytesIO(b'{"id":1}\n{}\n\n{"id":2}\n'),
        io.BytesIO(),
        Twice(),
        chunk_size=9,
        on_reject=seen.append,
        on_progress=lambda counts: told.append(counts.read),
    )
    assert [str(one) for one in seen] == ["line 2: no-item at $.id: the event names no item"]
    assert told == [1, 2, 3]


def test_codes() -> None:
    """The codes of lines and the codes of translations are different, and all are explained."""
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
    """Whatever the bytes, each line that is not blank is either translated or rejected, once."""
    data = b"\n".join(lines)
    written, rejects, counts = run(data, size)
    blank = sum(1 for line in lines if not line.strip())
    assert counts.read == len(lines) - blank
    assert counts.reject_count == len(rejects)
    assert counts.read == counts.reject_count + len(written)
    assert all(one["code"] in STREAM_CODES or one["code"] in ERROR_CODES for one in rejects)


TRICKS = [
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
"""Lines that could be taken for others, if several are read at once."""


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TRICKS), max_size=6))
def test_lines_at_once_are_lines_one_by_one(lines: list[bytes]) -> None:
    """What becomes of lines that are read at once is what becomes of each alone."""
    written, rejects, counts = run(b"\n".join(lines))
    alone: list[Any] = []
    refused: list[Any] = []
    for number, line in enumerate(lines, 1):
        one = run(line)
        alone += one[0]
        refused += [reject | {"line": number} for reject in one[1]]
    assert (written, rejects) == (alone, refused)
    assert (counts.written, counts.reject_count) == (len(alone), len(refused))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_lines_are_read_at_once(count: int) -> None:
    """Lines that each hold one object, as nearly all do, are read at once."""
    data = b"\n".join([b'{"id":[{}],"text":"}{"}'] * count)
    assert read_lines(data, count) == [{"id": [{}], "text": "}{"}] * count
    assert read_lines(data + b"}", count) is None
    assert read_lines(data.replace(b"[{}]", b"NaN"), count) is None
