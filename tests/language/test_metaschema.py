"""`check` validates mapping files with the JSON Schema of mappings, beside parsing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.language.schema_documents import HERE, Json, load, text_of, valid_mappings
from translator import Catalog, check
from translator.errors import Diagnostic, MappingError
from translator.language.metaschema import validate_mapping
from translator.language.parser import decode_mapping
from translator.language.yaml_tree import parse_yaml

VALID = dict(valid_mappings())
BAD: list[Json] = load(HERE / "schema_bad.yaml")


def validate(text: str) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return the findings of the parser, and what the schema adds to them."""
    tree = parse_yaml(text, "acme.yaml")
    known: list[Diagnostic] = []
    try:
        decode_mapping(tree, "acme.yaml")
    except MappingError as error:
        known += error.diagnostics
    return known, list(validate_mapping(tree, known))


@pytest.mark.parametrize("name", VALID)
def test_a_valid_mapping_has_no_findings(name: str) -> None:
    """The validation accepts every valid mapping."""
    assert validate(VALID[name]) == ([], [])


@pytest.mark.parametrize("bad", BAD, ids=[bad["name"] for bad in BAD])
def test_a_bad_mapping_has_findings(bad: Json) -> None:
    """Without the parser's findings, the validation reports every bad mapping with a place."""
    findings = list(validate_mapping(parse_yaml(text_of(bad), "acme.yaml"), ()))
    assert findings
    assert all(finding.location.line > 0 and finding.hint for finding in findings)


@pytest.mark.parametrize("bad", BAD, ids=[bad["name"] for bad in BAD])
def test_an_error_is_reported_once(bad: Json) -> None:
    """The validation adds nothing to an error that the parser reports."""
    known, added = validate(text_of(bad))
    assert known and added == []


def test_check_reports_both(tmp_path: Path) -> None:
    """`check` reports the findings of the parser and of the schema in one run."""
    file = tmp_path / "acme.yaml"
    file.write_text("version: 1\nbetween: [acme]\nlost:\n  acme: {sku: 3}\n", encoding="utf-8")
    findings = check(Catalog([], [tmp_path]))
    lines = [
        (finding.code, finding.location.line)
        for finding in findings
        if finding.location.file == str(file)
    ]
    assert lines == [("mapping-between", 2), ("mapping-type", 4)]
