"""Run the translations in case files.

The files are in tests/cases, in the folder of the environment variable `TRANSLATOR_CASES`, and in
`shared/cases` and `shared/cases-vendors` beside the checkout, if there are any. Cases of formats
that have a spec but no mapping are not run.
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

from tests.tools.independent_validator import SchemaValidator, identical
from tests.tools.shipped import FORMATS, PAIRS, ROOT, SPEC_FILES, UNREACHABLE, VENDORS
from translator import translate, translate_all
from translator.errors import ERROR_CODES, TranslationError
from translator.language.yaml_tree import parse_yaml, to_data
from translator.schema.spec import load_spec, output_document

KEYS = {"name", "from", "to", "params", "allow", "crosswalks", "event", "gives", "refused"}

UNMAPPED = {path.stem for path in SPEC_FILES} - {*FORMATS}

Case = dict[str, Any]


def folders() -> Iterator[Path]:
    """Yield the folders of cases, each once, the project's own first."""
    shared = ROOT.parent / "shared"
    paths = [ROOT / "tests" / "cases", shared / "cases", shared / "cases-vendors"]
    if configured := os.environ.get("TRANSLATOR_CASES"):
        if not Path(configured).is_dir():
            raise NotADirectoryError(f"TRANSLATOR_CASES is not a folder: {configured}")
        paths.append(Path(configured))
    yield from dict.fromkeys(path.resolve() for path in paths if path.is_dir())


def read() -> Iterator[tuple[str, Case]]:
    """Yield every case with its name in a test run."""
    for folder in folders():
        for path in sorted(folder.glob("*.yaml")):
            cases = to_data(parse_yaml(path.read_bytes(), str(path)))
            assert isinstance(cases, list) and cases, f"{path} is not a list of cases"
            for case in cases:
                if not UNMAPPED & {case["from"], case["to"]}:
                    yield f"{folder.parent.name}/{path.stem}: {case['name']}", case


CASES = list(read())


def parameters(cases: list[tuple[str, Case]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", [case for _, case in cases], ids=[name for name, _ in cases]
    )


_checker = jsonschema.FormatChecker(formats=())


@_checker.checks("date-time")
def _is_date_time(value: object) -> bool:
    # Python's datetime has neither leap seconds nor the year 0000.
    if not isinstance(value, str):
        return True
    pattern = r"(\d{4})(-\d\d-\d\d[Tt]\d\d:\d\d:)(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:[0-5]\d)"
    match = re.fullmatch(pattern, value, re.ASCII)
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
    utc_offset = moment.utcoffset()
    assert utc_offset is not None
    utc_minute = (moment.hour * 60 + moment.minute - utc_offset.total_seconds() // 60) % 1440
    return second != "60" or utc_minute == 1439


@_checker.checks("uuid")
def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


@cache
def validator(name: str, as_written: bool) -> Any:
    """Return the validator of a format's events, as read or as written."""
    spec = load_spec(ROOT / "specs" / f"{name}.json", name)
    document = output_document(spec.document) if as_written else spec.document
    schema = {**document, "$ref": document["x-event"]}
    return SchemaValidator(schema, format_checker=_checker)


def arguments(case: Case) -> dict[str, Any]:
    return {key: case[key] for key in ("params", "crosswalks", "allow") if key in case}


def is_translated(case: Case) -> bool:
    return "gives" in case


def test_cases_are_well_formed() -> None:
    """A case has known keys only, and either outputs or the code of a refusal."""
    for name, case in CASES:
        assert case.keys() <= KEYS, name
        assert ("gives" in case) != ("refused" in case), name
        assert "refused" not in case or case["refused"] in ERROR_CODES, name
        assert "gives" not in case or case["gives"], name


def test_cases_are_distinct() -> None:
    """Each case has its own name, and each of the project's cases its own input."""
    names = [name for name, _ in CASES]
    assert sorted(set(names)) == sorted(names)
    inputs = [
        repr({key: case.get(key) for key in KEYS - {"name", "gives", "refused"} if key in case})
        for name, case in CASES
        if name.startswith("tests/")
    ]
    assert not [repeated for repeated in set(inputs) if inputs.count(repeated) > 1]


@parameters([(name, case) for name, case in CASES if case["from"] in FORMATS])
def test_a_case_agrees_with_the_specs(case: Case) -> None:
    """Outputs are valid, and so is the event, unless it is refused for that."""
    is_valid = validator(case["from"], False).is_valid(case["event"])
    assert is_valid == (case.get("refused") != "invalid-event")
    for output in case.get("gives", ()):
        validator(case["to"], True).validate(output)


@parameters([(name, case) for name, case in CASES if is_translated(case)])
def test_an_event_is_translated(case: Case) -> None:
    """The event becomes identical these valid events, and does not change itself."""
    event = copy.deepcopy(case["event"])
    outputs = translate_all(event, case["from"], case["to"], **arguments(case))
    assert outputs == case["gives"]
    assert identical(outputs, case["gives"])
    assert identical(event, case["event"])
    for output in outputs:
        validator(case["to"], True).validate(output)
    if len(outputs) == 1:
        single = translate(event, case["from"], case["to"], **arguments(case))
        assert identical(single, outputs[0])
    else:
        with pytest.raises(TranslationError) as refusal:
            translate(event, case["from"], case["to"], **arguments(case))
        assert refusal.value.code == "several-events"


@parameters([(name, case) for name, case in CASES if not is_translated(case)])
def test_an_event_is_refused(case: Case) -> None:
    """The event is refused with this code, a path and a message, and does not change."""
    event = copy.deepcopy(case["event"])
    with pytest.raises(TranslationError) as refusal:
        translate_all(event, case["from"], case["to"], **arguments(case))
    assert refusal.value.code == case["refused"], str(refusal.value)
    assert refusal.value.path.startswith("$")
    assert refusal.value.message
    assert identical(event, case["event"])


def hub_actions() -> list[str]:
    """List the actions of the hub in the order of its spec."""
    document = load_spec(ROOT / "specs" / "interaction.json", "interaction").document
    return list(document["components"]["schemas"]["Interaction"]["discriminator"]["mapping"])


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_action_has_a_case(vendor: str) -> None:
    """The project has a case for each action of the hub and each vendor."""
    own = [case for name, case in CASES if name.startswith("tests/") and case["to"] == vendor]
    events = [case["event"] for case in own if case["from"] == "interaction"]
    assert set(hub_actions()) <= {event["action"] for event in events if isinstance(event, dict)}


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_pair_has_cases(source: str, target: str) -> None:
    """The project has a translated and a refused case for each pair that translates anything."""
    own = [
        case
        for name, case in CASES
        if name.startswith("tests/") and (case["from"], case["to"]) == (source, target)
    ]
    assert any(is_translated(case) for case in own) == ((source, target) not in UNREACHABLE)
    assert any(not is_translated(case) for case in own)
