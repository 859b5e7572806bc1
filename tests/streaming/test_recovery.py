"""Lines and bodies in which single values cannot be read."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.results import Rejected, Translated
from translator.schema.openapi import Envelope
from translator.streaming.framing import BodyFraming, wrapped_framing
from translator.streaming.ndjson import MAX_DEPTH
from translator.streaming.pipeline import part_translator, translate_lines, translate_stream
from translator.streaming.workers import WorkerPool

BODY = BodyFraming(Envelope(("events",), None))


class Echo:
    """Translates each event to itself."""

    def translate_all(self, event: Any, params: Any = None) -> list[dict[str, Any]]:
        return [event]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


UNREADABLE = {
    "1e400": "not-finite",
    "-1e999": "not-finite",
    "NaN": "not-finite",
    "-Infinity": "not-finite",
    "9" * 4301: "too-many-digits",
    r'"\ud83d"': "lone-surrogate",
    r'"a\udc00\ud83d"': "lone-surrogate",
    nested(64): "too-deep",
    '{"a":' * 70 + r'"]\"\ud800"' + "}" * 70: "too-deep",
}


def read(line: str, framing: Any = BODY) -> list[Translated | Rejected]:
    return list(translate_lines([line], Echo(), framing))


def places(line: str, framing: Any = BODY) -> list[object]:
    """List the events of a line, and the code and path of each reject."""
    return [
        result.events[0] if isinstance(result, Translated) else (result.code, result.path)
        for result in read(line, framing)
    ]


@pytest.mark.parametrize(("value", "code"), UNREADABLE.items(), ids=lambda text: text[:9])
def test_only_the_event_with_the_value_is_rejected(value: str, code: str) -> None:
    """The reject has the code, the path of the value and the event's JSON; other events go on."""
    event = f'{{"id":"b", "list":[1, {{"n":{value}}}]}}'
    line = f' {{ "events" : [ {{"id":"a"}} , {event},{{"id":"c","n":1.5}} ] }} '
    first, reject, last = read(line)
    assert isinstance(reject, Rejected)
    assert (first, last) == (
        Translated(1, [{"id": "a"}]),
        Translated(1, [{"id": "c", "n": 1.5}]),
    )
    assert (reject.code, reject.event) == (code, event)
    depth = MAX_DEPTH - 5 if code == "too-deep" else 0
    below = ("[0]" if value[0] == "[" else ".a") * depth
    assert reject.path == f"$.events[1].list[1].n{below}"


def test_names_and_repeated_names() -> None:
    """A name may be unreadable too, and so may a value that a second one replaces."""
    line = r'{"events":[{"id":"a"},{"\ud800":1},{"n":1e400,"n":1},{"n":1,"n":2}]}'
    names, values = ("lone-surrogate", r"$.events[1]['\ud800']"), ("not-finite", "$.events[2].n")
    assert places(line) == [{"id": "a"}, names, values, {"n": 2}]


def test_every_bad_event_is_rejected() -> None:
    """Events that are no objects, or beside others that are bad, have results of their own."""
    line = r'{"events":[1e400,{"n":NaN},5,"\ud800",{}]}'
    bad = [("not-finite", "$.events[0]"), ("not-finite", "$.events[1].n")]
    assert places(line) == [*bad, 5, ("lone-surrogate", "$.events[3]"), {}]


@pytest.mark.parametrize(
    "line",
    [
        '{"more":1e400,"events":[{"id":"a"}]}',
        '{"events":[{"id":"a"}],"more":{"x":[NaN]}}',
        r'{"\ud800":1,"events":[{}]}',
        '{"events":[],"events":[{"n":1e400}]}',
        '{"events":[{"n":1e400}],"events":[{}]}',
        '{"events":1e400}',
        '{"events":{"a":1e400}}',
        '[{"n":1e400}]',
        '{"events":[{"n":1e400}]} {}',
        '{"events":[{"n":1e400},{"n":oops}]}',
        '{"events":[{"n":1e400},]}',
        '{"events":[{"n":1e400}',
        '{"events":[{"n":1e400}],}',
        '{"events":[{"n":1e400} {}]}',
        '{"events":[{"n":' + "[" * 100_000,
        "[" * 80 + "]" * 80,
    ],
)
def test_other_faults_reject_the_body(line: str) -> None:
    """A body that is wrong beside its events, or is not JSON, is one reject with its line."""
    (reject,) = read(line)
    assert isinstance(reject, Rejected)
    assert reject.code in {"not-finite", "lone-surrogate", "too-deep"}
    assert reject.event == line


def test_paths_in_wrapped_lines() -> None:
    """The path of a value in a wrapped line begins at the line."""
    line = '{"params":{},"event":{"a b":[0,NaN]}}'
    assert places(line, wrapped_framing) == [("not-finite", "$.event['a b'][1]")]


def test_workers_and_counts() -> None:
    """Workers reject the same events at the same places; each event is counted once."""
    lines = b'{"events":[{"n":1},{"n":1e400}]}\n\n{"events":[{"n":"\\ud800"},{"n":2}]}\n'
    outcomes = []
    for jobs in (0, 2):
        target, rejects = io.BytesIO(), io.BytesIO()
        with WorkerPool(jobs) as pool:
            counts = translate_stream(
                io.BytesIO(lines),
                target,
                Echo(),
                work=part_translator(Echo(), BODY),
                map_stream=pool.map_stream if jobs else None,
                rejects=rejects,
            )
        outcomes.append((target.getvalue(), rejects.getvalue(), counts.summary()))
    assert outcomes[0] == outcomes[1]
    written, rejected, summary = outcomes[0]
    assert written == b'{"n":1}\n{"n":2}\n'
    assert summary == "read 4, written 2, rejected 2 (lone-surrogate 1, not-finite 1)"
    places = [(each["line"], each["path"]) for each in map(json.loads, rejected.splitlines())]
    assert places == [(1, "$.events[1].n"), (3, "$.events[0].n")]


JSON_TEXT = st.recursive(
    st.sampled_from([*UNREADABLE, "1", "-0.0", "1e5", "null", '"x,]}"', r'"\\ud800\u00e9"', "[]"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(st.sampled_from([r'"\ud800"', '"a"', '"b{"']), inner), max_size=3).map(
            lambda pairs: f"{{{', '.join(f'{name} :{value}' for name, value in pairs)}}}"
        )
    ),
    max_leaves=8,
)


@given(st.lists(JSON_TEXT, min_size=1, max_size=4))
@example(["{}", nested(63)])
def test_an_event_of_a_body_is_read_as_a_line_is(events: list[str]) -> None:
    """An event of a body is read, or rejected with the same code, path and JSON, as a line is.

    Only the depth is counted from the line.
    """
    results = read(f'{{"events":[{",".join(events)}]}}')
    assert len(results) == len(events)
    for index, result in enumerate(results):
        (alone,) = list(translate_lines([f"[[{events[index]}]]"], Echo()))
        if isinstance(alone, Translated):
            assert isinstance(result, Translated)
            assert repr(alone.events[0]) == f"[[{result.events[0]!r}]]"
        else:
            assert isinstance(result, Rejected)
            path = alone.path.replace("$[0][0]", f"$.events[{index}]", 1)
            assert (result.code, result.path, result.event) == (alone.code, path, events[index])
