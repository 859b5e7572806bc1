"""The cases: translations written down as data, run through the library.

They are the files of tests/cases; of the folder that `TRANSLATOR_CASES` names; and of
`shared/cases` beside the checkout, where there is one.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from translator import translate, translate_all
from translator.errors import ERROR_CODES, TranslationError
from translator.language.yaml_tree import parse_yaml, to_data
from translator.schema.spec import load_spec, output_document

ROOT = Path(__file__).parents[1]
KEYS = {"name", "from", "to", "params", "allow", "crosswalks", "event", "gives", "refused"}
FORMATS = frozenset(path.stem for path in (ROOT / "specs").glob("*.json"))

Case = dict[str, Any]


def folders() -> Iterator[Path]:
    """Where cases lie, each folder once, and the project's own first."""
    named = os.environ.get("TRANSLATOR_CASES")
    if named and not Path(named).is_dir():
        raise NotADirectoryError(f"TRANSLATOR_CASES names no folder: {named}")
    places = [ROOT / "tests" / "cases", ROOT.parent / "shared" / "cases"]
    found = [*places, Path(named)] if named else places
    yield from dict.fromkeys(place.resolve() for place in found if place.is_dir())


def read() -> Iterator[tuple[str, Case]]:
    """Every case, with the name that a test run shows."""
    for folder in folders():
        for path in sorted(folder.glob("*.yaml")):
            cases = to_data(parse_yaml(path.read_bytes(), str(path)))
            assert isinstance(cases, list) and cases, f"{path} is not a list of cases"
            for case in cases:
                yield f"{folder.parent.name}/{path.stem}: {case['name']}", case


CASES = list(read())


def parameters(cases: list[tuple[str, Case]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [case for _, case in cases], ids=[n for n, _ in cases])


_checker = jsonschema.FormatChecker(formats=())


@_checker.checks("date-time")
def _is_date_time(value: object) -> bool:
    # Judged by Python's own datetime, which has no leap seconds and no year 0000.
    if not isinstance(value, str):
        return True
    form = r"(\d{4})(-\d\d-\d\d[Tt]\d\d:\d\d:)(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:[0-5]\d)"
    match = re.fullmatch(form, value, re.ASCII)
    if match is None:
        return False
    year, minute, second, offset = match.groups()
    year = "0400" if year == "0000" else year
    try:
        moment = datetime.fromisoformat(
            f"{year}{minute}{'59' if second == '60' else second}{offset}".upper()
        )
    except ValueError:
        return False
    away = moment.utcoffset()
    assert away is not None
    in_utc = (moment.hour * 60 + moment.minute - away.total_seconds() // 60) % 1440
    return second != "60" or in_utc == 1439


@_checker.checks("uuid")
def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


@cache
def judge(name: str, as_written: bool) -> jsonschema.Draft202012Validator:
    """The validator of a format's events: of all that may be read, or of what may be written."""
    spec = load_spec(ROOT / "specs" / f"{name}.json", name)
    document = output_document(spec.document) if as_written else spec.document
    schema = {**document, "$ref": document["x-event"]}
    return jsonschema.Draft202012Validator(schema, format_checker=_checker)


def exactly(left: object, right: object) -> bool:
    """Whether two values of JSON are the same, where 15, 15.0 and true are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(exactly(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(exactly, left, right))
    return left == right


def arguments(case: Case) -> dict[str, Any]:
    return {key: case[key] for key in ("params", "crosswalks", "allow") if key in case}


def given(case: Case) -> bool:
    return "gives" in case


@parameters(CASES)
def test_a_case_is_well_formed(case: Case) -> None:
    """A case has the known keys, and either what it gives or the code it is refused with."""
    assert case.keys() <= KEYS
    assert ("gives" in case) != ("refused" in case)
    assert "refused" not in case or case["refused"] in ERROR_CODES
    assert "gives" not in case or case["gives"]


def test_each_case_says_something_else() -> None:
    """No two cases have one name, and no two of the project's have the same input."""
    names = [name for name, _ in CASES]
    assert sorted(set(names)) == sorted(names)
    inputs = [
        repr({key: case.get(key) for key in KEYS - {"name", "gives", "refused"} if key in case})
        for name, case in CASES
        if name.startswith("tests/")
    ]
    twice = [one for one in set(inputs) if inputs.count(one) > 1]
    assert not twice


@parameters([(name, case) for name, case in CASES if case["from"] in FORMATS])
def test_a_case_agrees_with_the_specs(case: Case) -> None:
    """An event is valid unless that is why it is refused, and what it gives may be written."""
    valid = judge(case["from"], False).is_valid(case["event"])
    assert valid == (case.get("refused") != "invalid-event")
    for one in case.get("gives", ()):
        judge(case["to"], True).validate(one)


@parameters([(name, case) for name, case in CASES if given(case)])
def test_what_a_case_gives(case: Case) -> None:
    """The event becomes exactly these events, each of them valid, and is not changed itself."""
    event = copy.deepcopy(case["event"])
    outputs = translate_all(event, case["from"], case["to"], **arguments(case))
    assert outputs == case["gives"]
    assert exactly(outputs, case["gives"])
    assert exactly(event, case["event"])
    for one in outputs:
        judge(case["to"], True).validate(one)
    if len(outputs) == 1:
        single = translate(event, case["from"], case["to"], **arguments(case))
        assert exactly(single, outputs[0])
    else:
        with pytest.raises(TranslationError) as refusal:
            translate(event, case["from"], case["to"], **arguments(case))
        assert refusal.value.code == "several-events"


@parameters([(name, case) for name, case in CASES if not given(case)])
def test_what_a_case_is_refused_with(case: Case) -> None:
    """The event is refused with this code, a path and a message, and is not changed."""
    event = copy.deepcopy(case["event"])
    with pytest.raises(TranslationError) as refusal:
        translate_all(event, case["from"], case["to"], **arguments(case))
    assert refusal.value.code == case["refused"], str(refusal.value)
    assert refusal.value.path.startswith("$")
    assert refusal.value.message
    assert exactly(event, case["event"])


def vocabulary() -> list[str]:
    """The actions of the hub, in its spec's order."""
    document = load_spec(ROOT / "specs" / "interaction.json", "interaction").document
    return list(document["components"]["schemas"]["Interaction"]["discriminator"]["mapping"])


@pytest.mark.parametrize("vendor", sorted(FORMATS - {"interaction"}))
def test_every_cell_has_a_case(vendor: str) -> None:
    """Each action of the hub has a case of the project's on the way to each vendor."""
    own = [case for name, case in CASES if name.startswith("tests/") and case["to"] == vendor]
    events = [case["event"] for case in own if case["from"] == "interaction"]
    assert set(vocabulary()) <= {one["action"] for one in events if isinstance(one, dict)}


@pytest.mark.parametrize("source", sorted(FORMATS))
@pytest.mark.parametrize("target", sorted(FORMATS))
def test_every_pair_has_cases(source: str, target: str) -> None:
    """Each pair of formats has a case of the project's that gives and one that is refused."""
    if source == target:
        return
    own = [
        case
        for name, case in CASES
        if name.startswith("tests/") and (case["from"], case["to"]) == (source, target)
    ]
    assert any(given(case) for case in own)
    assert any(not given(case) for case in own)
