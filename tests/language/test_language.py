"""Translate with every feature of the mapping language, between small formats."""

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
from tests.tools.independent_validator import identical, is_date_time
from translator import Translator
from translator.catalog.catalog import Catalog
from translator.errors import ERROR_CODES, MappingError, TranslationError

KEYS = {"name", "from", "to", "params", "allow", "crosswalks", "event", "gives", "refused",
        "path", "both", "raises", "says"}  # fmt: skip
GROUPS = list(read())


@dataclass(frozen=True)
class Case:
    """One translation and its expected result."""

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
                key: case[key] for key in ("params", "allow", "crosswalks") if key in case
            }
            if "both" in case:
                left, right = list(group.specs)[:2]
                event, result = case["both"]
                yield Case(f"{name} >", number, left, right, options, event, [result], *[""] * 4)
                yield Case(f"{name} <", number, right, left, options, result, [event], *[""] * 4)
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
TRANSLATED = [case for case in CASES if case.gives is not None]
REFUSED = [case for case in CASES if case.refused]
UNUSABLE = [case for case in CASES if case.raises]


def parameters(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


_FOLDERS: list[TemporaryDirectory[str]] = []
"""The folders of the groups, which are deleted when the tests end."""


@cache
def catalog(number: int) -> Catalog:
    temporary_folder = TemporaryDirectory(prefix="language-")
    _FOLDERS.append(temporary_folder)
    folder = Path(temporary_folder.name)
    write(GROUPS[number], folder)
    return Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])


def translator(case: Case, **checks: Any) -> Translator:
    return Translator(
        case.source, case.target, **case.options, **checks, catalog=catalog(case.group)
    )


@cache
def validator(number: int, name: str) -> jsonschema.Draft202012Validator:
    """Return the validator of the events of a group's format."""
    document = catalog(number).spec(name).document
    schema = {**document, "$ref": document["x-event"]}
    return jsonschema.Draft202012Validator(schema, format_checker=_checker)


_checker = jsonschema.FormatChecker(formats=())
_checker.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))


def test_each_case_has_one_result() -> None:
    """A case gives events, is refused, or cannot be compiled; names are unique."""
    for case in CASES:
        assert [case.gives is not None, bool(case.refused), bool(case.raises)].count(True) == 1
        assert not case.refused or case.refused in ERROR_CODES
    assert len({case.name for case in CASES}) == len(CASES)


@parameters([case for case in CASES if not case.raises])
def test_events_of_cases_are_valid(case: Case) -> None:
    """The outputs of a case are valid, and so is its event, unless it must be refused for that."""
    is_valid = validator(case.group, case.source).is_valid(case.event)
    assert is_valid == (case.refused != "invalid-event")
    for output in case.gives or ():
        validator(case.group, case.target).validate(output)


@parameters(TRANSLATED)
def test_an_event_is_translated(case: Case) -> None:
    """The event becomes identical these valid events, and does not change itself."""
    event = copy.deepcopy(case.event)
    outputs = translator(case).translate_all(event)
    assert outputs == case.gives
    assert identical(outputs, case.gives)
    assert identical(event, case.event)
    for output in outputs:
        validator(case.group, case.target).validate(output)


@parameters(TRANSLATED)
def test_a_trusted_event_is_translated_the_same(case: Case) -> None:
    """A valid event has the same translation without validation, with and without guards."""
    for guard in (False, True):
        trusting = translator(case, validate=False, guard=guard)
        assert identical(trusting.translate_all(case.event), case.gives)


@parameters(TRANSLATED)
def test_a_strict_translator_agrees(case: Case) -> None:
    """A strict translator gives the same events, or refuses the event because of a loss."""
    strict = translator(case, strict=True)
    try:
        outputs = strict.translate_all(case.event)
    except TranslationError as refusal:
        assert refusal.code == "would-lose", str(refusal)
    else:
        assert identical(outputs, case.gives)


@parameters(REFUSED)
def test_an_event_is_refused(case: Case) -> None:
    """The event is refused with this code at this path, and does not change."""
    event = copy.deepcopy(case.event)
    with pytest.raises(TranslationError) as refusal:
        translator(case).translate_all(event)
    assert refusal.value.code == case.refused, str(refusal.value)
    assert case.path in ("", refusal.value.path), str(refusal.value)
    assert case.says in refusal.value.message
    assert identical(event, case.event)


@parameters([case for case in REFUSED if case.refused != "invalid-event"])
def test_a_trusted_event_is_refused_the_same(case: Case) -> None:
    """An event that the target cannot represent is refused without validation, too."""
    with pytest.raises(TranslationError) as refusal:
        translator(case, validate=False, guard=True).translate_all(case.event)
    assert refusal.value.code == case.refused, str(refusal.value)


@parameters(UNUSABLE)
def test_an_unusable_mapping_is_refused(case: Case) -> None:
    """A mapping that cannot be compiled raises an error, before there is any event."""
    with pytest.raises(MappingError) as error:
        translator(case)
    assert case.raises in {finding.code for finding in error.value.diagnostics}
    assert all(finding.location.line for finding in error.value.diagnostics)


@pytest.mark.parametrize("number", range(len(GROUPS)), ids=[group.name for group in GROUPS])
def test_a_catalog_lists_the_formats(number: int) -> None:
    """The catalog of a group lists its formats."""
    group: Group = GROUPS[number]
    assert set(group.specs) <= set(catalog(number).formats())
