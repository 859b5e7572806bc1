"""docs/diagnostics.md lists every finding, and each example has exactly the finding it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.examples_of_findings import MAPPING, PAGE, Example, examples, original_files
from tests.docs.pages import rows
from translator import Catalog, MappingError, SpecError, Translator, check
from translator.errors import CODES, Diagnostic
from translator.importing import import_spec
from translator.importing.overlay import read_overlay
from translator.report.findings import resolve_positions
from translator.schema.models import generate_models

EXAMPLES = examples()
SECTIONS = list(dict.fromkeys(example.section for example in EXAMPLES))
ROWS = [row for section in SECTIONS for row in rows(PAGE, section)]
LISTED_CODES = [row[0].strip("`") for row in ROWS]
SEVERITIES = {row[0].strip("`"): row[1] for row in ROWS}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for specs and mappings that the translator finds without the shipped ones."""
    nothing = tmp_path / "nothing"
    monkeypatch.setattr("translator.catalog.discovery._shipped_folder", lambda _: str(nothing))
    files = tmp_path / "files"
    files.mkdir()
    return files


def findings_in(folder: Path, section: str) -> list[Diagnostic]:
    """Return the findings of the check, or if there are none, of overlays, models and compiling."""
    catalog = Catalog([folder], [folder])
    findings = check(catalog)
    try:
        if section == "Importing a spec":
            import_spec(folder / "published" / "vendor.json", "vendor")
        if section == "Models":
            generate_models(folder, folder / "models")
        if section == "Overlays":
            overlay = folder / "shop.overlay.yaml"
            document = json.loads((folder / "shop.json").read_bytes())
            read_overlay(overlay.read_bytes(), str(overlay)).apply(document)
        for pair in () if findings else catalog.pairs():
            Translator(pair.source, pair.target, catalog=catalog)
    except (MappingError, SpecError) as error:
        findings += error.diagnostics
    return findings


def test_every_code_is_listed() -> None:
    """The tables and the examples of the page have each diagnostic code once, and no others."""
    assert sorted(LISTED_CODES) == sorted(CODES)
    bad = [example.code for example in EXAMPLES if example.verdict == "bad"]
    assert bad == LISTED_CODES
    assert [example.code for example in EXAMPLES if not example.blocks] == []


def test_the_original_files_have_no_findings(folder: Path) -> None:
    """The three files that the examples change have no findings themselves."""
    files = original_files()
    assert len(files) == 3 and MAPPING in files
    for file, content in files.items():
        (folder / file).write_text(content, encoding="utf-8")
    assert [str(finding) for finding in findings_in(folder, "")] == []


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda example: f"{example.code}-{example.verdict}"
)
def test_an_example_has_its_finding(example: Example, folder: Path) -> None:
    """A bad example has one finding, with its code, location and hint; a good one has none."""
    example.write(folder)
    findings = findings_in(folder, example.section)
    if example.verdict == "good":
        assert [str(finding) for finding in findings] == []
        return
    assert [finding.code for finding in findings] == [example.code], list(map(str, findings))
    (finding,) = resolve_positions(findings)
    location = finding.location
    assert finding.message and finding.hint
    assert finding.severity == SEVERITIES[example.code]
    assert folder in (Path(location.file), *Path(location.file).parents)
    whole = ("empty-folder", "unmapped-format", "spec-file", "spec-json", "spec-name")
    is_file = example.code in (*whole, "spec-models")
    assert is_file or (location.line > 0 and location.column > 0), finding
    if location.file.endswith(".json") and not is_file:
        document_codes = ("import-event", "import-form", "spec-object", "spec-depth")
        is_document = example.code in document_codes
        assert is_document or location.pointer.startswith("/")
