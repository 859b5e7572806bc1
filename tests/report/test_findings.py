"""Findings as text, JSON, SARIF and GitHub annotations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from translator.cli.main import main
from translator.errors import Diagnostic, Location
from translator.report.findings import REPORTERS, render_github, render_text

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken_folder(tmp_path: Path) -> Path:
    """A folder with a mapping that has a mistake in line 34."""
    mapping = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
    (tmp_path / "goshops.yaml").write_text(
        mapping.replace("cart: add_to_cart", "cart: add_to_crat")
    )
    return tmp_path


def test_text_shows_the_source_line(broken_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As text, a finding has its source line, a caret under the column, and its hint."""
    assert main(["check", "--mappings", str(broken_folder)]) == 1
    lines = capfd.readouterr().out.splitlines()
    start = next(index for index, line in enumerate(lines) if "unknown-value" in line)
    assert lines[start].startswith(f"{broken_folder / 'goshops.yaml'}:34:7: error[unknown-value]: ")
    assert lines[start + 1] == "   34 |       cart: add_to_crat"
    assert lines[start + 2] == "      |       ^"
    assert lines[start + 3] == "      = did you mean 'add_to_cart'?"
    assert lines[-1] == "2 errors, 0 warnings"


def test_no_findings_is_exit_code_0(capfd: pytest.CaptureFixture[str]) -> None:
    """Without findings, the check succeeds and says so."""
    assert main(["check"]) == 0
    assert capfd.readouterr().out == "no findings\n"


def test_json_contains_every_finding(
    broken_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As JSON, each finding is an object with its code, location, message and hint."""
    assert main(["check", "--mappings", str(broken_folder), "--output-format", "json"]) == 1
    findings = json.loads(capfd.readouterr().out)
    assert [finding["code"] for finding in findings] == ["unknown-value", "unaccounted-value"]
    assert (findings[0]["line"], findings[0]["column"]) == (34, 7)


def test_sarif_names_rule_and_region(
    broken_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As SARIF, each result names its rule and region."""
    assert main(["check", "--mappings", str(broken_folder), "--output-format", "sarif"]) == 1
    document = json.loads(capfd.readouterr().out)
    result = document["runs"][0]["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert document["version"] == "2.1.0"
    assert result["ruleId"] == "unknown-value"
    assert region == {"startLine": 34, "startColumn": 7}


def test_github_escapes_line_breaks() -> None:
    """A workflow command is a single line, whatever the message contains."""
    finding = Diagnostic(
        "yaml-syntax", Location("a,b:c.yaml", 3, 4), "first\nsecond: 100%", "do, then"
    )
    assert render_github([finding]) == (
        "::error file=a%2Cb%3Ac.yaml,line=3,col=4,title=yaml-syntax"
        "::first%0Asecond: 100%25 (do, then)"
    )


def test_a_missing_file_has_no_source_line() -> None:
    """A finding in an unreadable file is shown without its source line."""
    finding = Diagnostic("yaml-syntax", Location("nowhere/at-all.yaml", 3, 4), "wrong")
    assert (
        render_text([finding])
        == "nowhere/at-all.yaml:3:4: error[yaml-syntax]: wrong\n\n1 error, 0 warnings"
    )


def test_every_format_without_findings() -> None:
    """Each output format supports an empty list of findings."""
    assert json.loads(REPORTERS["json"]([])) == []
    assert json.loads(REPORTERS["sarif"]([]))["runs"][0]["results"] == []
    assert REPORTERS["github"]([]) == ""
    assert REPORTERS["text"]([]) == "no findings"


def test_a_finding_in_a_spec_has_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A finding at a JSON pointer is shown with its line and the pointer."""
    spec = (ROOT / "specs" / "goshops.json").read_text(encoding="utf-8")
    file = tmp_path / "goshops.json"
    file.write_text(spec.replace('"x-event": "', '"x-event": "x', 1), encoding="utf-8")
    line = next(n for n, text in enumerate(spec.splitlines(), 1) if '"x-event"' in text)
    check = ["check", "--specs", str(tmp_path), "--output-format"]
    assert main([*check, "text"]) == 1
    shown = capfd.readouterr().out.splitlines()
    assert shown[0].startswith(f"{file}:{line}:3: error[spec-event]: ")
    assert shown[1].startswith(f'{line:>5} |   "x-event": "x#')
    assert shown[2] == "      |   ^"
    assert shown[3] == "      = at /x-event"
    main([*check, "github"])
    assert f"line={line},col=3," in capfd.readouterr().out
    main([*check, "json"])
    (finding,) = json.loads(capfd.readouterr().out)
    assert (finding["line"], finding["column"], finding["pointer"]) == (line, 3, "/x-event")
