"""The findings: the page lists all there are, and its examples lead to them and to no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples_of_findings import MAPPING, PAGE, Example, examples, given
from tests.docs.pages import rows
from translator import Catalog, MappingError, SpecError, Translator, check
from translator.errors import CODES, Diagnostic
from translator.report.findings import resolve_positions
from translator.schema.models import generate_models

EXAMPLES = examples()
SECTIONS = list(dict.fromkeys(one.section for one in EXAMPLES))
TABLE = {row[0].strip("`"): row[1:] for section in SECTIONS for row in rows(PAGE, section)}


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for specs and mappings, with no others at hand."""
    nothing = tmp_path / "nothing"
    monkeypatch.setattr("translator.catalog.discovery._shipped_folder", lambda _: str(nothing))
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def found_in(folder: Path, section: str) -> list[Diagnostic]:
    """What the check says of a folder, and if that is nothing, what compiling or models say."""
    catalog = Catalog([folder], [folder])
    found = check(catalog)
    try:
        if section == "Models":
            generate_models(folder, folder / "models")
        for pair in () if found else catalog.pairs():
            Translator(pair.source, pair.target, catalog=catalog)
    except (MappingError, SpecError) as error:
        found += error.diagnostics
    return found


def test_the_page_lists_every_code() -> None:
    """The codes of the page, in its tables and examples, are those of the registry."""
    listed = [row[0].strip("`") for section in SECTIONS for row in rows(PAGE, section)]
    assert sorted(listed) == sorted(CODES)
    assert [one.code for one in EXAMPLES if one.verdict == "bad"] == listed
    assert [one.code for one in EXAMPLES if not one.blocks] == []


def test_nothing_is_found_in_the_three_files(only: Path) -> None:
    """What the examples change is right before they do."""
    for file, text in given().items():
        (only / file).write_text(text, encoding="utf-8")
    assert [str(one) for one in found_in(only, "")] == []
    assert len(given()) == 3 and MAPPING in given()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.code}-{one.verdict}")
def test_an_example_leads_to_its_finding(example: Example, only: Path) -> None:
    """A bad example has the one finding of its code, with place and hint; a good one has none."""
    example.write(only)
    found = found_in(only, example.section)
    if example.verdict == "good":
        assert [str(one) for one in found] == []
        return
    assert [one.code for one in found] == [example.code], [str(one) for one in found]
    (one,) = resolve_positions(found)
    assert one.message and one.hint
    assert one.severity == TABLE[example.code][0]
    assert only in Path(one.location.file).parents
    is_file = example.code in ("spec-file", "spec-json", "spec-name", "spec-models")
    assert is_file or (one.location.line > 0 and one.location.column > 0), one
    if one.location.file.endswith(".json") and not is_file:
        whole = ("spec-object", "spec-depth")
        assert example.code in whole or one.location.pointer.startswith("/")
