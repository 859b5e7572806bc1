"""Python events with values that JSON cannot express."""

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
from tests.tools.arguments import callers
from tests.tools.shipped import FORMAT_PARAMS
from translator import Catalog, TranslationError, Translator
from translator.validation.events import find_non_json

Json = Any


class Text(str):
    """A subclass of `str`."""


class Number(int):
    """A subclass of `int`."""


class Name(enum.StrEnum):
    """A string enum."""

    A = "abc"


def _cycle() -> Json:
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
    "a key with half a surrogate pair": {"\udc00": 1},
    "NaN": float("nan"),
    "infinity": float("inf"),
    "a number as a key": {1: 2},
    "None as a key": {None: 1},
    "a key of a subclass": {Text("a"): 1},
    "a string of a subclass": Text("abc"),
    "a number of a subclass": Number(3),
    "a cycle": _cycle(),
    "20000 nested objects": _deep(20_000),
    "bytes": b"abc",
    "a set": {"abc"},
    "a datetime": datetime.datetime(2024, 1, 1),
    "NaN as a decimal": Decimal("nan"),
    "any object": object(),
    "a generator": iter("abc"),
}

HUB = "interaction"


@cache
def _translators(source: str) -> tuple[Translator, Translator]:
    """A validating and a trusting translator to the hub, or from the hub to a vendor."""
    target = "miso" if source == HUB else HUB
    keywords = callers()[1].keywords(source, target)
    trusting = Translator(source, target, **keywords, validate=False)
    return Translator(source, target, **keywords), trusting


def _places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of the scalars in a value."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(inner, (*path, step))
    else:
        yield path


def _replaced(event: Json, path: tuple[Any, ...], value: Json) -> Json:
    changed = copy.deepcopy(event)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


def _events(source: str) -> list[Json]:
    lines = (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines()
    return [json.loads(line) for line in lines][:3]


@pytest.mark.parametrize("source", FORMAT_PARAMS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_non_json_value_is_refused_anywhere(name: str, source: str) -> None:
    """In place of any scalar, it makes the event invalid, and there are no other exceptions."""
    validating, trusting = _translators(source)
    for event in _events(source):
        for path in _places(event):
            changed = _replaced(event, path, REFUSED[name])
            with pytest.raises(TranslationError) as error:
                validating.translate_all(changed)
            assert error.value.code == "invalid-event", path
            with suppress(TranslationError):
                trusting.translate_all(changed)


@pytest.mark.parametrize("name", REFUSED)
def test_a_non_json_value_is_reported(name: str) -> None:
    """Each value that is not JSON is reported once, with its path."""
    (violation,) = find_non_json({"a": [0, {"b": REFUSED[name]}]})
    assert violation.path.startswith("$.a[1].b")


@pytest.mark.parametrize("value", [Name.A, "abc", ("a",), 10**4299, True, None, _deep(61)])
def test_a_json_value_is_not_reported(value: Json) -> None:
    """Members of string enums, tuples and integers of any size are JSON."""
    assert list(find_non_json({"a": [value]})) == []


def test_an_enum_member_is_its_string() -> None:
    """A member of a string enum is translated like its string."""
    translator, _ = _translators(HUB)
    event = _events(HUB)[0]
    member = _replaced(event, ("actor", "id"), Name.A)
    string = _replaced(event, ("actor", "id"), "abc")
    assert translator.translate_all(member) == translator.translate_all(string)


def _open_spec(name: str) -> dict[str, Json]:
    event = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": event}},
    }


def _copying_translator(folder: Path) -> Translator:
    mapping = "version: 1\nbetween: [one, two]\nfields:\n  a: a\n"
    specs = {name: _open_spec(name) for name in ("one", "two")}
    formats.write(formats.Group("", specs, {"one--two": mapping}, ()), folder)
    return Translator("one", "two", catalog=Catalog([folder / "specs"], [folder / "mappings"]))


@pytest.mark.parametrize("name", REFUSED)
def test_a_copied_object_is_validated(name: str, tmp_path: Path) -> None:
    """A value that is not JSON is refused in an object with free keys that is copied, too."""
    with pytest.raises(TranslationError) as error:
        _copying_translator(tmp_path).translate_all({"a": {"b": [REFUSED[name]]}})
    assert error.value.code == "invalid-event"
    assert error.value.path.startswith("$.a.b[0]")
