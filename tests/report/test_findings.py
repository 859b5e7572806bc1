"""Findings as text, JSON, SARIF and GitHub annotations."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog
from translator.analysis.check import check
from translator.cli.main import main
from translator.errors import Diagnostic, Location
from translator.report.findings import (
    DOCUMENTATION,
    REPORTERS,
    render_all_text,
    render_github,
    render_text,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken_folder(tmp_path: Path) -> Path:
    """A folder with a mapping that has a mistake in line 23."""
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
    assert lines[start].startswith(f"{broken_folder / 'goshops.yaml'}:23:7: error[unknown-value]: ")
    assert lines[start + 1] == "   23 |       cart: add_to_crat"
    assert lines[start + 2] == "      |       ^"
    assert lines[start + 3] == "      = did you mean 'add_to_cart'?"
    assert lines[-1] == "checked 2 specs, 1 mapping, 0 pairs: 2 errors, 0 warnings"


def test_no_findings_is_exit_code_0(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without findings, the check succeeds and says so."""
    shutil.copy(ROOT / "mappings" / "goshops.yaml", tmp_path)
    assert main(["check", "--mappings", str(tmp_path)]) == 0
    first_line = "checked 2 specs, 1 mapping, 22 pairs: no findings\n"
    assert capfd.readouterr().out.startswith(first_line)


def test_json_contains_every_finding(
    broken_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As JSON, each finding is an object with its code, location, message and hint."""
    assert main(["check", "--mappings", str(broken_folder), "--output-format", "json"]) == 1
    findings = json.loads(capfd.readouterr().out)["findings"]
    assert [finding["code"] for finding in findings] == ["unknown-value", "unaccounted-value"]
    assert (findings[0]["line"], findings[0]["column"]) == (23, 7)


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
    assert region == {"startLine": 23, "startColumn": 7}
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    rule = {"id": "unknown-value", "helpUri": f"{DOCUMENTATION}findings/unknown-value/"}
    assert rule in rules


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


def test_sarif_encodes_file_names() -> None:
    """The address of a file in SARIF is a valid URI reference."""
    finding = Diagnostic("yaml-syntax", Location("a b/č#?.yaml", 3, 4), "wrong")
    (result,) = json.loads(REPORTERS["sarif"]([finding]))["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "a%20b/%C4%8D%23%3F.yaml"


@pytest.mark.parametrize("padding", [0, 1000, 500_000], ids=["start", "middle", "long"])
def test_a_long_line_is_cut_around_the_finding(tmp_path: Path, padding: int) -> None:
    """Of a minified spec, the text shows a part with the place, and the caret is below it."""
    properties: dict[str, Any] = {f"long{'n' * 50}{number}": {} for number in range(padding // 60)}
    properties[f"wide 語\x1b{'p' * 300}"] = {"maxLenght": 1}
    properties |= {f"after{number}": {} for number in range(padding // 60)}
    file = tmp_path / "shop.json"
    text = json.dumps({"properties": properties}, ensure_ascii=False)
    file.write_text(text, encoding="utf-8")
    pointer = f"/properties/wide 語\x1b{'p' * 300}/maxLenght"
    report = render_text([Diagnostic("schema-keyword", Location(str(file), pointer=pointer), "no")])
    source_line, caret_line = report.splitlines()[1:3]
    assert len(report) < 1000
    assert len(source_line) < 200
    assert source_line[caret_line.index("^") :].startswith('"maxLenght": 1}')


def test_the_caret_counts_columns_of_the_terminal(tmp_path: Path) -> None:
    """Wide and escaped characters before a finding move the caret."""
    file = tmp_path / "a.yaml"
    file.write_text("語\t\x85- '\u200b語' : x\n", encoding="utf-8")
    report = render_text([Diagnostic("yaml-syntax", Location(str(file), 2, 8), "wrong")])
    assert report.splitlines()[1:3] == ["    2 | - '\\u200b語' : x", "      |              ^"]


def alike_findings(count: int) -> list[Diagnostic]:
    locations = [Location("a.yaml", line, 1) for line in range(1, count + 1)]
    return [Diagnostic("unaccounted-member", location, "not mapped") for location in locations]


def test_alike_findings_are_counted() -> None:
    """Of many findings with one code in one file, three are shown, and the number of others."""
    other = [Diagnostic("unaccounted-member", Location("b.yaml"), "not mapped")]
    findings = [*alike_findings(30), *other]
    lines = render_text(findings).split("\n\n")
    assert [line.partition(": ")[0] for line in lines[:3]] == [
        "a.yaml:1:1",
        "a.yaml:2:1",
        "a.yaml:3:1",
    ]
    assert lines[3:] == [
        "a.yaml: 27 more findings with the code unaccounted-member; --all shows them",
        "b.yaml: error[unaccounted-member]: not mapped",
        "31 errors, 0 warnings",
    ]
    assert len(render_all_text(findings).split("\n\n")) == 32
    assert len(render_github(findings).split("\n")) == 31
    assert len(json.loads(REPORTERS["json"](findings))["findings"]) == 31


def test_a_single_finding_is_never_hidden() -> None:
    """A note that only replaces one finding is not worth it."""
    assert render_text(alike_findings(4)) == render_all_text(alike_findings(4))


def test_all_shows_every_finding(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`check --all` shows every finding."""
    event = event_schema({f"field_{number}": STRING for number in range(30)})
    small_catalog(tmp_path, {"l": event, "r": event_schema({})}, l__r="fields: {}")
    folders = ["--specs", str(tmp_path / "specs"), "--mappings", str(tmp_path / "mappings")]
    assert main(["check", *folders]) == 1
    shown = capfd.readouterr().out
    assert shown.count("error[unaccounted-member]") < 3
    assert main(["check", "--all", *folders]) == 1
    shown = capfd.readouterr().out
    assert shown.count("error[unaccounted-member]") >= 30
    assert "`field_29`" in shown


def test_every_format_without_findings() -> None:
    """Each output format supports an empty list of findings."""
    assert json.loads(REPORTERS["json"]([])) == {"findings": []}
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
    (finding,) = json.loads(capfd.readouterr().out)["findings"]
    assert (finding["line"], finding["column"], finding["pointer"]) == (line, 3, "/x-event")


def test_an_unmapped_field_names_its_cases(tmp_path: Path) -> None:
    """A field that only some cases map is reported with the cases that do not."""
    tags = {"type": "string", "enum": ["a", "b"]}
    left = event_schema({"kind": tags, "x": STRING, "y": STRING}, ["kind"])
    right = event_schema({"tag": tags, "x": STRING}, ["tag"])
    cases = """
cases:
  first: {when: {kind: a}, fields: {kind: tag, x: x}}
  second: {when: {kind: b}, fields: {kind: tag}}
"""
    findings = check(small_catalog(tmp_path, {"l": left, "r": right}, l__r=cases))
    messages = {finding.message for finding in findings if finding.code == "unaccounted-member"}
    assert messages == {
        "l field `x` is not mapped to r in the case 'second', though another case maps it",
        "l field `y` is not mapped to r",
    }


def test_fields_left_out_become_one_group(tmp_path: Path) -> None:
    """As text, many fields that one side leaves out are one finding with YAML to paste."""
    text = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
    head = text.partition("lost:\n")[0]
    (tmp_path / "goshops.yaml").write_text(f"{head}lost: {{}}\n", encoding="utf-8")
    findings = check(Catalog(mappings=[tmp_path]), "goshops")
    assert {finding.code for finding in findings} == {"unaccounted-member"}
    report = render_text(findings)
    assert report.count("error[unaccounted-member]") == 1
    assert f"{len(findings)} fields of interaction are not mapped" in report
    assert render_all_text(findings).count("error[unaccounted-member]") == len(findings)
    for output_format, mark in (
        ("json", '"code": "unac'),
        ("github", "::error "),
        ("sarif", '"ruleId"'),
    ):
        assert REPORTERS[output_format](findings).count(mark) == len(findings)
    block = report.partition("lost:\n")[2].partition("\n\n")[0]
    (tmp_path / "goshops.yaml").write_text(f"{head}lost:\n{block}\n", encoding="utf-8")
    pasted = check(Catalog(mappings=[tmp_path]), "goshops")
    assert [finding.code for finding in pasted] == ["todo-reason"]
