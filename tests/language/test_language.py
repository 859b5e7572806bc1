"""What the mapping language can say, on small formats made for each of its words."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest

from tests.language.formats import Group, Json, read, write
from tests.tools.judging import is_date_time
from translator import Translator
from translator.catalog.catalog import Catalog
from translator.errors import ERROR_CODES, MappingError, TranslationError

KEYS = {"name", "from", "to", "params", "allow", "crosswalks", "event", "gives", "refused",
        "path", "both", "raises", "says"}  # fmt: skip
GROUPS = list(read())


@dataclass(frozen=True)
class Case:
    """One translation: what goes in, and what must come of it."""

    name: str
    group: int
    source: str
    target: str
    options: dict[str, Any]
    event: Json
    gives: list[Json] | None
    refused: str
    path: str
    raises: str
    says: str


def cases() -> Iterator[Case]:
    for number, group in enumerate(GROUPS):
        for case in group.cases:
            assert case.keys() <= KEYS, case
            name = f"{group.name}: {case['name']}"
            options: dict[str, Any] = {
                k: case[k] for k in ("params", "allow", "crosswalks") if k in case
            }
            if "both" in case:
                left, right = list(group.specs)[:2]
                one, other = case["both"]
                yield Case(f"{name} >", number, left, right, options, one, [other], *[""] * 4)
                yield Case(f"{name} <", number, right, left, options, other, [one], *[""] * 4)
                continue
            yield Case(
                name,
                number,
                case["from"],
                case["to"],
                options,
                case.get("event"),
                case.get("gives"),
                case.get("refused", ""),
                case.get("path", ""),
                case.get("raises", ""),
                case.get("says", ""),
            )


CASES = list(cases())
GIVEN = [case for case in CASES if case.gives is not None]
REFUSED = [case for case in CASES if case.refused]
BROKEN = [case for case in CASES if case.raises]


def parameters(some: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", some, ids=[case.name for case in some])


_FOLDERS: list[TemporaryDirectory[str]] = []
"""The folders in which groups were laid down: gone when the tests are."""


@cache
def catalog(number: int) -> Catalog:
    kept = TemporaryDirectory(prefix="language-")
    _FOLDERS.append(kept)
    folder = Path(kept.name)
    write(GROUPS[number], folder)
    return Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])


def translator(case: Case, **more: Any) -> Translator:
    return Translator(case.source, case.target, **case.options, **more, catalog=catalog(case.group))


@cache
def judge(number: int, name: str) -> jsonschema.Draft202012Validator:
    """The validator of a format's events, as one group knows it."""
    found = catalog(number).spec(name).document
    schema = {**found, "$ref": found["x-event"]}
    return jsonschema.Draft202012Validator(schema, format_checker=_checker)


_checker = jsonschema.FormatChecker(formats=())
_checker.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))


def exactly(left: object, right: object) -> bool:
    """Whether two values of JSON are the same, where 15, 15.0 and true are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(exactly(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(exactly, left, right))
    return left == right


def test_each_case_is_one_of_three() -> None:
    """A case gives events, is refused, or cannot be compiled; and no two have one name."""
    for case in CASES:
        assert [case.gives is not None, bool(case.refused), bool(case.raises)].count(True) == 1
        assert not case.refused or case.refused in ERROR_CODES
    assert len({case.name for case in CASES}) == len(CASES)


@parameters([case for case in CASES if not case.raises])
def test_events_are_what_they_say(case: Case) -> None:
    """The event of a case is valid unless that is why it is refused, and so is what it gives."""
    valid = judge(case.group, case.source).is_valid(case.event)
    assert valid == (case.refused != "invalid-event")
    for one in case.gives or ():
        judge(case.group, case.target).validate(one)


@parameters(GIVEN)
def test_what_an_event_gives(case: Case) -> None:
    """The event becomes exactly these events, each of them valid, and is not changed itself."""
    event = copy.deepcopy(case.event)
    outputs = translator(case).translate_all(event)
    assert outputs == case.gives
    assert exactly(outputs, case.gives)
    assert exactly(event, case.event)
    for one in outputs:
        judge(case.group, case.target).validate(one)


@parameters(GIVEN)
def test_an_unjudged_event_gives_the_same(case: Case) -> None:
    """A valid event is translated to the same whether or not anything is looked at."""
    for guard in (False, True):
        unjudged = translator(case, validate=False, guard=guard)
        assert exactly(unjudged.translate_all(case.event), case.gives)


@parameters(GIVEN)
def test_a_strict_translator_agrees(case: Case) -> None:
    """Asked to be strict, a translator gives the same or says what would be lost."""
    strict = translator(case, strict=True)
    try:
        outputs = strict.translate_all(case.event)
    except TranslationError as refusal:
        assert refusal.code == "would-lose", str(refusal)
    else:
        assert exactly(outputs, case.gives)


@parameters(REFUSED)
def test_what_an_event_is_refused_with(case: Case) -> None:
    """The event is refused with this code, at this path, and is not changed."""
    event = copy.deepcopy(case.event)
    with pytest.raises(TranslationError) as refusal:
        translator(case).translate_all(event)
    assert refusal.value.code == case.refused, str(refusal.value)
    assert case.path in ("", refusal.value.path), str(refusal.value)
    assert case.says in refusal.value.message
    assert exactly(event, case.event)


@parameters([case for case in REFUSED if case.refused != "invalid-event"])
def test_an_unjudged_event_is_refused_for_the_same(case: Case) -> None:
    """What is refused for what the target takes is so whether or not the event is judged first."""
    with pytest.raises(TranslationError) as refusal:
        translator(case, validate=False, guard=True).translate_all(case.event)
    assert refusal.value.code == case.refused, str(refusal.value)


@parameters(BROKEN)
def test_what_cannot_be_compiled(case: Case) -> None:
    """A mapping that cannot be carried out is refused as such, before any event is seen."""
    with pytest.raises(MappingError) as error:
        translator(case)
    assert case.raises in {one.code for one in error.value.diagnostics}
    assert all(one.location.line for one in error.value.diagnostics)


@pytest.mark.parametrize("number", range(len(GROUPS)), ids=[group.name for group in GROUPS])
def test_a_catalog_lists_what_is_made_here(number: int) -> None:
    """The formats of a group are among the formats, and each of its pairs can be described."""
    group: Group = GROUPS[number]
    assert set(group.specs) <= set(catalog(number).formats())
