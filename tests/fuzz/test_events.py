"""Events of Python that hold what JSON cannot."""

from __future__ import annotations

import copy
import datetime
import enum
import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.language import formats
from tests.tools.arguments import callers, pairs
from translator import Catalog, TranslationError, Translator
from translator.validation.events import find_non_json

Json = Any


class Text(str):
    """A text of a class of its own."""


class Number(int):
    """A number of a class of its own."""


class Name(enum.StrEnum):
    """A text that is a member of an enum."""

    A = "abc"


def _itself() -> Json:
    value: dict[str, Json] = {}
    value["a"] = {"b": [value]}
    return value


def _deep(levels: int) -> Json:
    value: Json = "a"
    for _ in range(levels):
        value = {"a": value}
    return value


REFUSED: dict[str, Json] = {
    "half a surrogate pair": "a\ud800",
    "a name with half a surrogate pair": {"\udc00": 1},
    "NaN": float("nan"),
    "infinity": float("inf"),
    "a number as a name": {1: 2},
    "None as a name": {None: 1},
    "a name of a class of its own": {Text("a"): 1},
    "a text of a class of its own": Text("abc"),
    "a number of a class of its own": Number(3),
    "itself": _itself(),
    "20000 objects in one another": _deep(20_000),
    "bytes": b"abc",
    "a set": {"abc"},
    "a moment": datetime.datetime(2024, 1, 1),
    "NaN as a decimal": Decimal("nan"),
    "any object": object(),
    "a generator": iter("abc"),
}

HUB = "interaction"


@cache
def _translators(source: str) -> tuple[Translator, Translator]:
    """To the hub or, from there, to a vendor: one that checks and one that trusts the event."""
    target = "miso" if source == HUB else HUB
    given = callers()[1].keywords(source, target)
    trusting = Translator(source, target, **given, validate=False)
    return Translator(source, target, **given), trusting


def _places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value stands that holds no others."""
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for step, below in inside:
            yield from _places(below, (*path, step))
    else:
        yield path


def _replaced(event: Json, path: tuple[Any, ...], value: Json) -> Json:
    made = copy.deepcopy(event)
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


def _events(source: str) -> list[Json]:
    lines = (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines()
    return [json.loads(line) for line in lines][:3]


@pytest.mark.parametrize("source", sorted({source for source, _ in pairs()}))
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_json_is_refused_wherever_it_stands(what: str, source: str) -> None:
    """In place of any value of an event it makes the event invalid, and no other error comes."""
    checked, trusting = _translators(source)
    for event in _events(source):
        for path in _places(event):
            made = _replaced(event, path, REFUSED[what])
            with pytest.raises(TranslationError) as caught:
                checked.translate_all(made)
            assert caught.value.code == "invalid-event", path
            with suppress(TranslationError):
                trusting.translate_all(made)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_json_is_named(what: str) -> None:
    """Each of these is found, with the path where it stands, and only once."""
    found = list(find_non_json({"a": [0, {"b": REFUSED[what]}]}))
    assert len(found) == 1
    assert found[0].path.startswith("$.a[1].b")


@pytest.mark.parametrize("value", [Name.A, "abc", ("a",), 10**4299, True, None, _deep(61)])
def test_what_python_has_of_json_is_json(value: Json) -> None:
    """Members of enums of texts, tuples and integers of any size are JSON data."""
    assert list(find_non_json({"a": [value]})) == []


def test_a_member_of_an_enum_is_its_text() -> None:
    """An enum of texts says what its text says."""
    source, target = "interaction", "miso"
    given = callers()[1].keywords(source, target)
    made = Translator(source, target, **given)
    (event,) = _events(source)[:1]
    named = _replaced(event, ("actor", "id"), Name.A)
    plain = _replaced(event, ("actor", "id"), "abc")
    assert made.translate_all(named) == made.translate_all(plain)


def _open(name: str) -> dict[str, Json]:
    event = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": event}},
    }


@cache
def _copying(folder: Path) -> Translator:
    mapping = "version: 1\nbetween: [one, two]\nfields:\n  a: a\n"
    specs = {name: _open(name) for name in ("one", "two")}
    formats.write(formats.Group("", specs, {"one--two": mapping}, ()), folder)
    return Translator("one", "two", catalog=Catalog([folder / "specs"], [folder / "mappings"]))


@pytest.mark.parametrize("what", [one for one in REFUSED if "class of its own" not in one])
def test_what_is_copied_whole_is_looked_at(what: str, tmp_path: Path) -> None:
    """Where a spec leaves members open and they are copied, what is no JSON is refused as well."""
    with pytest.raises(TranslationError) as caught:
        _copying(tmp_path).translate_all({"a": {"b": [REFUSED[what]]}})
    assert caught.value.code == "invalid-event"
    assert caught.value.path.startswith("$.a.b[0]")
