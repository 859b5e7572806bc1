"""Errors of form in a mapping are reported with a code and a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.language.schema_documents import HEAD, load, text_of
from translator.errors import CODES, MappingError
from translator.language.parser import parse_mapping

MISTAKES: list[dict[str, Any]] = load(Path(__file__).parent / "mistakes" / "form.yaml")
START = HEAD.format("one", "two")


def diagnose(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MappingError) as error:
        parse_mapping(text, "one.yaml")
    findings = error.value.diagnostics
    assert all(finding.location.file == "one.yaml" for finding in findings)
    assert all(finding.location.line and finding.location.column for finding in findings)
    assert all(finding.message and finding.hint for finding in findings)
    assert all(str(finding) in str(error.value) for finding in findings)
    return [(finding.location.line, finding.code) for finding in findings]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["name"] for mistake in MISTAKES])
def test_an_error_is_reported_with_its_line(mistake: dict[str, Any]) -> None:
    """Each error of form has exactly the codes and lines of its case."""
    assert set(diagnose(text_of(mistake))) == {tuple(finding) for finding in mistake["finds"]}


def test_every_code_of_the_parser_has_a_case() -> None:
    """The cases show every code that parsing a mapping can report."""
    from_files = {"mapping-file", "mapping-between", "mapping-format"}
    codes = {code for code in CODES if code.startswith("mapping-")} - from_files
    assert codes <= {code for mistake in MISTAKES for _, code in mistake["finds"]}


def test_all_errors_are_reported_at_once() -> None:
    """Parsing continues after an error, and the findings are in the order of lines."""
    text = START + 'fields:\n  a: "b["\n  c: {is: d, oops: 1}\n  e: {as: lineal}\n'
    assert diagnose(text) == [
        (4, "mapping-path"),
        (5, "mapping-key"),
        (6, "mapping-type"),
        (6, "mapping-word"),
    ]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("fields: {a: {is: b, as: epoch-second}}", "epoch-seconds"),
        ("feilds: {a: b}", "fields"),
        ("lost: {tow: {a: x}}", "two"),
        ("rows: {r: {exct: []}}", "exact"),
        ("fields: {a: {is: b, aprpoximate: []}}", "approximate"),
    ],
)
def test_a_misspelled_keyword_has_a_suggestion(wrong: str, right: str) -> None:
    """The hint for a misspelled keyword names the similar one."""
    with pytest.raises(MappingError) as error:
        parse_mapping(f"{START}{wrong}\n", "one.yaml")
    hints = [finding.hint for finding in error.value.diagnostics]
    assert f"did you mean {right!r}?" in hints


def test_another_version() -> None:
    """The message about another version of the language names both versions."""
    with pytest.raises(MappingError) as error:
        parse_mapping("version: 3\nbetween: [one, two]\n", "one.yaml")
    expected = "this translator reads versions 1 and 2 of the mapping language, not 3"
    assert error.value.diagnostics[0].message == expected
