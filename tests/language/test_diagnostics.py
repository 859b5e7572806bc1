"""What a mapping that is not well formed is told: a code and a line for each mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from translator.errors import CODES, MappingError
from translator.language.parser import parse_mapping
from translator.language.yaml_tree import parse_yaml, to_data

MISTAKES: list[dict[str, Any]] = to_data(  # type: ignore[assignment]
    parse_yaml((Path(__file__).parent / "mistakes" / "form.yaml").read_bytes(), "form.yaml")
)
HEAD = "version: 1\nbetween: [one, two]\n"


def ids(mistakes: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in mistakes]


def text_of(mistake: dict[str, Any]) -> str:
    """A mistake's `mapping` is a whole file; its `rest` stands under the two usual lines."""
    return str(mistake["mapping"]) if "mapping" in mistake else HEAD + mistake["rest"]


def diagnose(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MappingError) as error:
        parse_mapping(text, "one.yaml")
    found = error.value.diagnostics
    assert all(one.location.file == "one.yaml" and one.message and one.hint for one in found)
    assert all(one.location.line and one.location.column for one in found)
    assert all(str(one) in str(error.value) for one in found)
    return [(one.location.line, one.code) for one in found]


@pytest.mark.parametrize("mistake", MISTAKES, ids=ids(MISTAKES))
def test_a_mistake_is_told_with_its_line(mistake: dict[str, Any]) -> None:
    """Each mistake of form has exactly its code, at the line it stands in, and nothing else."""
    assert set(diagnose(text_of(mistake))) == {tuple(one) for one in mistake["told"]}


def test_every_code_of_the_parser_has_a_mistake() -> None:
    """Every code that reading a mapping can report is shown by a case here."""
    from_files = {"mapping-file", "mapping-between", "mapping-format"}
    codes = {code for code in CODES if code.startswith("mapping-")} - from_files
    assert codes <= {code for mistake in MISTAKES for _, code in mistake["told"]}


def test_all_mistakes_are_told_at_once() -> None:
    """Reading goes on after a mistake, and what was found is told in the order of the lines."""
    text = HEAD + 'fields:\n  a: "b["\n  c: {is: d, oops: 1}\n  e: {as: lineal}\n'
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
def test_a_misspelled_word_is_told_the_right_one(wrong: str, right: str) -> None:
    """A word that is nearly known comes with the one that was probably meant."""
    with pytest.raises(MappingError) as error:
        parse_mapping(HEAD + wrong + "\n", "one.yaml")
    assert any(f"did you mean {right!r}?" in one.hint for one in error.value.diagnostics)
