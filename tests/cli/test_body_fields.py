"""Request bodies that have other fields beside their events."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document

Run = Callable[..., Any]

KEY = "hush-hush-0123"

BODY = {
    "type": "object",
    "required": ["api_key", "events"],
    "properties": {
        "api_key": {"$ref": "#/components/schemas/Key"},
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {"$ref": "#/components/schemas/Event"},
        },
        "options": {"type": "object", "properties": {"length": {"type": "integer"}}},
        "level": {"type": ["integer", "string"], "maxLength": 2},
        "count": {"type": "integer", "maximum": 9},
    },
    "dependentRequired": {"level": ["count"]},
    "additionalProperties": False,
}


@pytest.fixture
def translate(run: Run, tmp_path: Path) -> Run:
    """Translate lines from `plain`, which has no bodies, to `shop`, or the other way around."""
    key = {"type": "string", "minLength": 10, "x-written": {"maxLength": 20}}
    shop = spec_document(
        event_schema({"id": STRING}, ["id"]),
        {"Key": key, "Body": BODY},
        **{"x-envelope": "#/components/schemas/Body"},
    )
    plain = event_schema({"key": STRING}, ["key"])
    small_catalog(tmp_path, {"shop": shop, "plain": plain}, shop__plain="fields: {id: key}")
    folders = ("--specs", tmp_path / "specs", "--mappings", tmp_path / "mappings")

    def call(source: str, target: str, lines: str, *options: object) -> Any:
        file = tmp_path / "in.ndjson"
        file.write_text(lines)
        return run("translate", source, target, file, *folders, *options)

    return call


EVENTS = '{"key":"a"}\n{"key":"b"}\n{"key":5}\n{"key":"c"}\n'


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_body_has_the_fields(translate: Run, tmp_path: Path, jobs: int) -> None:
    """The values are in each body, in the order of the spec, and nowhere else."""
    body = ("--body", 'options={"length": 3}', "--body", f"api_key={KEY}", "--jobs", jobs)
    files = ("--rejects", tmp_path / "rejects", "--losses", tmp_path / "losses")
    result = translate("plain", "shop", EVENTS, "--envelope", *body, *files)
    start = f'{{"api_key":"{KEY}","options":{{"length":3}},"events":['
    assert result.out == f'{start}{{"id":"a"}},{{"id":"b"}}]}}\n{start}{{"id":"c"}}]}}\n'
    assert "read 4, written 3, rejected 1" in result.err
    for text in (result.err, *((tmp_path / name).read_text() for name in ("rejects", "losses"))):
        assert "hush" not in text


@pytest.mark.parametrize(
    ("string", "value"),
    [("7", "7"), ("77", "77"), ("777", 777), ("x", "x")],
)
def test_a_value_is_a_string_if_the_field_takes_it(
    translate: Run, string: str, value: object
) -> None:
    """A value that the field does not take as a string is read as JSON."""
    body = ("--body", f"api_key={KEY}", "--body", "count=1", "--body", f"level={string}")
    (written, _) = translate("plain", "shop", EVENTS, "--envelope", *body).events
    assert written["level"] == value
    assert written["count"] == 1


def test_a_value_from_the_environment(translate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A field may be given by the name of an environment variable, once."""
    monkeypatch.setenv("SHOP_KEY", KEY)
    from_variable = ("--envelope", "--body-env", "api_key=SHOP_KEY")
    result = translate("plain", "shop", EVENTS, *from_variable)
    assert [body["api_key"] for body in result.events] == [KEY, KEY]
    assert "hush" not in result.err
    for options, message in (
        (("--body", f"api_key={KEY}"), "--body api_key is given twice"),
        (("--body-env", f"count={KEY}"), "count: there is no environment variable"),
        (("--body-env", "SHOP_KEY"), "does not have the form FIELD=VARIABLE"),
        (("--body-env", "count=SHOP_KEY"), "count: the value is not JSON"),
    ):
        result = translate("plain", "shop", EVENTS, *from_variable, *options)
        assert (result.code, result.out) == (2, "")
        assert message in result.err
        assert "hush" not in result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--envelope"),
        (["--envelope"], "a body needs 'api_key'"),
        (["--envelope", "--body", "api_kye=hush"], "did you mean 'api_key'?"),
        (["--envelope", "--body", "events=hush"], "a body has no field 'events' to supply"),
        (["--envelope", "--body", "api_key=hush"], "api_key: the value breaks 'minLength'"),
        (["--envelope", "--body", "api_key=" + "hush" * 9], "the value breaks 'maxLength'"),
        (["--envelope", "--body", f"api_key={KEY}", "--body", "count=hush"], "is not JSON"),
        (["--envelope", "--body", f"api_key={KEY}", "--body", "count=10"], "breaks 'maximum'"),
        (
            ["--envelope", "--body", f"api_key={KEY}", "--body", "level=1"],
            "level together break 'required'",
        ),
        (["--envelope", "--body", f"api_key={KEY}", "--body", f"api_key={KEY}"], "given twice"),
        (["--envelope", "--body", "hush"], "does not have the form FIELD=VALUE"),
        (["--body", f"api_key={KEY}"], "it requires --envelope"),
    ],
)
def test_wrong_fields(translate: Run, options: list[str], message: str) -> None:
    """Missing, unknown and invalid fields are usage errors, which show no value."""
    result = translate("plain", "shop", EVENTS, *options)
    if options:
        assert (result.code, result.out) == (2, "")
        assert message in result.err
    assert "hush" not in result.err


def test_the_target_has_no_bodies(translate: Run) -> None:
    """Fields are only for bodies of the target."""
    lines = json.dumps({"api_key": KEY, "events": [{"id": "a"}]})
    result = translate("shop", "plain", lines, "--envelope", "--body", f"api_key={KEY}")
    assert result.code == 2
    assert "--body: plain has no request bodies to write" in result.err


def test_bodies_are_read(translate: Run, tmp_path: Path) -> None:
    """Fields that the spec names are ignored, valid or not; other fields reject the body."""
    good = {"events": [{"id": "a"}, {}]}
    lines = [good, good | {"api_key": 5, "count": None}, good | {"more": 1}, {"api_key": KEY}]
    rejects = tmp_path / "rejects"
    text = "\n".join(map(json.dumps, lines))
    result = translate("shop", "plain", text, "--envelope", "--rejects", rejects)
    assert result.events == [{"key": "a"}] * 2
    rejected = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(each["line"], each["code"], each["path"]) for each in rejected] == [
        (1, "invalid-event", "$.events[1].id"),
        (2, "invalid-event", "$.events[1].id"),
        (3, "invalid-body", "$"),
        (4, "invalid-body", "$"),
    ]
    assert "without other fields than api_key, options" in rejected[2]["message"]


@pytest.mark.parametrize("number", ["1e400", "NaN"])
def test_unreadable_values_beside_the_events(translate: Run, number: str) -> None:
    """A value that cannot be read rejects its event; beside the events, it rejects the body."""
    lines = f'{{"api_key":1,"events":[{{"id":"a"}},{{"id":{number}}}]}}\n'
    lines += f'{{"api_key":{number},"events":[{{"id":"a"}}]}}\n'
    result = translate("shop", "plain", lines, "--envelope")
    assert result.events == [{"key": "a"}]
    assert "line 1: not-finite at $.events[1].id" in result.err
    assert "line 2: not-finite at $.api_key" in result.err
