"""Findings as people and programs read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from translator.cli.main import main
from translator.errors import Diagnostic, Location
from translator.report.findings import REPORTERS, render_github, render_text

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with a mapping that has one mistake, in its line 34."""
    written = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
    (tmp_path / "goshops.yaml").write_text(
        written.replace("cart: add_to_cart", "cart: add_to_crat")
    )
    return tmp_path


def test_text_points_at_the_place(broken: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In text, a finding shows its line, a caret under the column, and the hint."""
    assert main(["check", "--mappings", str(broken)]) == 1
    lines = capfd.readouterr().out.splitlines()
    start = next(n for n, line in enumerate(lines) if "unknown-value" in line)
    assert lines[start].startswith(f"{broken / 'goshops.yaml'}:34:7: error[unknown-value]: ")
    assert lines[start + 1] == "   34 |       cart: add_to_crat"
    assert lines[start + 2] == "      |       ^"
    assert lines[start + 3] == "      = did you mean 'add_to_cart'?"
    assert lines[-1] == "2 errors, 0 warnings"


def test_clean_is_exit_code_0(capfd: pytest.CaptureFixture[str]) -> None:
    """Where there is nothing to find, the check says so and succeeds."""
    assert main(["check"]) == 0
    assert capfd.readouterr().out == "no findings\n"


def test_json_holds_every_finding(broken: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In JSON, each finding is an object with its code, place, message and hint."""
    assert main(["check", "--mappings", str(broken), "--output-format", "json"]) == 1
    rows = json.loads(capfd.readouterr().out)
    assert [row["code"] for row in rows] == ["unknown-value", "unaccounted-value"]
    assert (rows[0]["line"], rows[0]["column"]) == (34, 7)


def test_sarif_names_rule_and_region(broken: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In SARIF, each result names its rule, file and region."""
    assert main(["check", "--mappings", str(broken), "--output-format", "sarif"]) == 1
    document = json.loads(capfd.readouterr().out)
    result = document["runs"][0]["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert document["version"] == "2.1.0"
    assert result["ruleId"] == "unknown-value"
    assert region == {"startLine": 34, "startColumn": 7}


def test_github_escapes_what_would_end_a_command() -> None:
    """A workflow command keeps to one line whatever the message holds."""
    one = Diagnostic("yaml-syntax", Location("a,b:c.yaml", 3, 4), "first\nsecond: 100%", "do, then")
    assert render_github([one]) == (
        "::error file=a%2Cb%3Ac.yaml,line=3,col=4,title=yaml-syntax"
        "::first%0Asecond: 100%25 (do, then)"
    )


def test_a_file_that_is_gone_has_no_snippet() -> None:
    """A finding in a file that cannot be read is shown without its line."""
    one = Diagnostic("yaml-syntax", Location("nowhere/at-all.yaml", 3, 4), "wrong")
    assert (
        render_text([one])
        == "nowhere/at-all.yaml:3:4: error[yaml-syntax]: wrong\n\n1 error, 0 warnings"
    )


def test_every_format_takes_no_findings() -> None:
    """Each output format can say that there is nothing."""
    assert json.loads(REPORTERS["json"]([])) == []
    assert json.loads(REPORTERS["sarif"]([]))["runs"][0]["results"] == []
    assert REPORTERS["github"]([]) == ""
    assert REPORTERS["text"]([]) == "no findings"


def test_a_finding_in_a_spec_has_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A finding at a JSON pointer is shown at its line in each format, and with the pointer."""
    written = (ROOT / "specs" / "goshops.json").read_text(encoding="utf-8")
    file = tmp_path / "goshops.json"
    file.write_text(written.replace('"x-event": "', '"x-event": "x', 1), encoding="utf-8")
    line = next(n for n, one in enumerate(written.splitlines(), 1) if '"x-event"' in one)
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
    (row,) = json.loads(capfd.readouterr().out)
    assert (row["line"], row["column"], row["pointer"]) == (line, 3, "/x-event")
