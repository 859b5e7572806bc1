"""`translator impact`: its arguments, its output and its exit codes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator.report.findings import DOCUMENTATION

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
GOSHOPS = SPECS / "goshops.json"

Run = Callable[..., Any]


@pytest.fixture
def new_spec(tmp_path: Path) -> Path:
    """A version of the Go Shops spec that renames `customer`."""
    file = tmp_path / "goshops.json"
    text = GOSHOPS.read_text(encoding="utf-8")
    file.write_text(text.replace('"customer"', '"user"'), encoding="utf-8")
    return file


def test_what_breaks(run: Run, new_spec: Path) -> None:
    """What breaks is reported with file and line, and the exit code is 1."""
    result = run("impact", GOSHOPS, new_spec)
    assert result.code == 1
    assert result.err == ""
    lines = result.out.splitlines()
    assert lines[0] == f"goshops: {GOSHOPS} → {new_spec}"
    assert "  - data.customer: gone, was string (minLength 1), required; " in result.out
    (broken,) = [line for line in lines if "goshops.yaml:48:3: error[unknown-member]" in line]
    assert broken.endswith("goshops field `data` has no field 'customer'")
    assert "goshops field `data.user` is not mapped" in result.out
    assert "  + InteractionData.user" in lines
    assert lines[-1].startswith("this breaks: 2 to correct, 1 to account for")


def test_what_breaks_as_json(run: Run, new_spec: Path) -> None:
    """With `--output-format json`, the same is printed as data, with the same exit code."""
    result = run("impact", GOSHOPS, new_spec, "--output-format", "json")
    assert result.code == 1
    data = json.loads(result.out)
    assert data["format"] == "goshops"
    assert data["breaks"] is True
    assert [(change["kind"], change["path"]) for change in data["changes"]] == [
        ("removed", "data.customer"),
        ("added", "data.user"),
    ]
    assert {finding["code"] for finding in data["findings"]} == {
        "unknown-member",
        "unaccounted-member",
        "required-unwritten",
    }
    assert {(change["kind"], change["member"]) for change in data["models"]["changes"]} == {
        ("removed", "customer"),
        ("added", "user"),
    }


def test_nothing_changes(run: Run, tmp_path: Path) -> None:
    """Two files with the same content, whatever their layout, change nothing: exit code 0."""
    copy = tmp_path / "goshops.json"
    copy.write_text(json.dumps(json.loads(GOSHOPS.read_bytes())), encoding="utf-8")
    for files in [(GOSHOPS, GOSHOPS), (GOSHOPS, copy)]:
        result = run("impact", *files)
        assert (result.code, result.err) == (0, "")
        assert result.out.splitlines()[-1] == "nothing changes: both files have the same content"
        data = json.loads(run("impact", *files, "--output-format", "json").out)
        assert not any(data[key] for key in ("changes", "findings", "resolved", "breaks"))


@pytest.mark.nightly
def test_nothing_breaks(run: Run, tmp_path: Path) -> None:
    """A change that affects no mapping, pair or model is reported, and the exit code is 0."""
    new_spec = tmp_path / "goshops.json"
    document = json.loads(GOSHOPS.read_bytes())
    document["components"]["schemas"]["InteractionData"]["description"] = "other words"
    new_spec.write_text(json.dumps(document), encoding="utf-8")
    result = run("impact", GOSHOPS, new_spec)
    assert result.code == 0
    assert result.out.splitlines()[-3:] == [
        "What changes in the models: only descriptions",
        "",
        "nothing breaks: the events do not change",
    ]


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (("goshops-1", "goshops-2"), ["--format", "goshops"]),
        (("goshops-1", "goshops"), []),
        (("goshops", "goshops-2"), []),
    ],
)
def test_the_format_is_named_by_a_file_or_the_option(
    run: Run, tmp_path: Path, names: tuple[str, str], options: list[str]
) -> None:
    """The format is that of `--format`, or the one that a file name contains."""
    files = [tmp_path / f"{name}.json" for name in names]
    for file in files:
        file.write_bytes(GOSHOPS.read_bytes())
    result = run("impact", *files, *options)
    assert result.code == 0
    assert result.out.startswith("goshops: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json", GOSHOPS], "missing.json: error[spec-file]: cannot be read"),
        ([GOSHOPS, "missing.json"], "missing.json: error[spec-file]: cannot be read"),
        ([GOSHOPS, SPECS], "error[spec-file]: cannot be read: Is a directory"),
        ([GOSHOPS, "text.json"], "text.json:1:5: error[spec-json]"),
        ([GOSHOPS, "list.json"], "list.json: error[spec-object]"),
        ([GOSHOPS, "event.json"], "event.json: error[spec-event]"),
        (
            [GOSHOPS, SPECS / "cobi.json"],
            "the file names refer to two formats, 'goshops' and 'cobi'",
        ),
        (["one.json", "two.json"], "no mapping has a format named 'one' or 'two'"),
        ([GOSHOPS, GOSHOPS, "--format", "mars"], "no mapping has a format named 'mars'"),
        ([GOSHOPS, GOSHOPS, "--specs", "nowhere"], "there is no such folder"),
        ([GOSHOPS], "translator impact: error: name two files, OLD_SPEC and NEW_SPEC"),
        ([GOSHOPS, GOSHOPS, GOSHOPS], "name two files, OLD_SPEC and NEW_SPEC"),
        (["--since", "HEAD"], "there is no spec in specs; pass --specs"),
        (["--since", "HEAD", "--format", "goshops", GOSHOPS], "remove --format"),
        (["--since", "--output=x", "text.json"], "--since"),
        (["--since", "HEAD", "text.json"], "--since HEAD: fatal: not a git repository"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_done(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[Any], message: str
) -> None:
    """Files that cannot be compared are refused with exit code 2 and a message."""
    monkeypatch.chdir(tmp_path)
    Path("text.json").write_text("no JSON", encoding="utf-8")
    Path("list.json").write_text("[]", encoding="utf-8")
    Path("event.json").write_text('{"openapi": "3.1.0"}', encoding="utf-8")
    for name in ("one", "two"):
        Path(f"{name}.json").write_bytes(GOSHOPS.read_bytes())
    result = run("impact", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert message in result.err


@pytest.mark.nightly
def test_specs_of_two_formats(run: Run) -> None:
    """With `--format`, a spec of another format is compared as a new version."""
    result = run("impact", GOSHOPS, SPECS / "cobi.json", "--format", "goshops")
    assert result.code == 1
    assert "  - data.item: gone, was string (minLength 1), required" in result.out
    assert "  + item_id: new, string (format uuid), required" in result.out


@pytest.mark.nightly
def test_what_breaks_as_markdown(run: Run, new_spec: Path) -> None:
    """With `--output-format markdown`, the same lines are in code blocks below headings."""
    text = run("impact", GOSHOPS, new_spec).out
    result = run("impact", GOSHOPS, new_spec, "--output-format", "markdown")
    assert (result.code, result.err) == (1, "")
    prose = re.sub(r"(?ms)^(`{3,})\w+\n.*?^\1$", "", result.out)
    assert re.findall(r"(?m)^#.*", prose) == [
        "## Impact of a new spec",
        "### What changes in the events (2)",
        "### What breaks (2)",
        "### What no mapping accounts for yet (1)",
        "### What changes for pairs of formats (22 of 22)",
        "### What changes in the models (2)",
    ]
    assert "goshops" not in prose
    assert "```diff\n- data.customer: gone, was string (minLength 1), required" in result.out
    lines = {line.strip() for line in result.out.splitlines()}
    assert [line for line in text.splitlines() if line.strip() not in lines] == [
        line for line in text.splitlines() if re.match(r"What .*\(\d", line)
    ]


@pytest.mark.nightly
def test_names_cannot_leave_a_code_block(run: Run, tmp_path: Path) -> None:
    """A name with backticks is in a code block with a longer fence."""
    new_spec = tmp_path / "goshops.json"
    text = GOSHOPS.read_text(encoding="utf-8").replace('"customer"', '"a````b"')
    new_spec.write_text(text, encoding="utf-8")
    result = run("impact", GOSHOPS, new_spec, "--output-format", "markdown")
    assert "\n`````diff\n" in result.out
    prose = re.sub(r"(?ms)^(`{3,})\w+\n.*?^\1$", "", result.out)
    assert "`" not in prose


@pytest.mark.nightly
def test_what_breaks_as_annotations(run: Run, new_spec: Path) -> None:
    """With `--output-format github`, each finding is an error and the verdict a notice."""
    result = run("impact", GOSHOPS, new_spec, "--output-format", "github")
    assert (result.code, result.err) == (1, "")
    *errors, notice = result.out.splitlines()
    assert all(line.startswith("::error file=") for line in errors)
    titles = Counter(re.findall(r",title=([a-z-]+)::", "\n".join(errors)))
    assert titles == {
        "unknown-member": 1,
        "unaccounted-member": 1,
        "required-unwritten": 1,
        "broken-pair": 2,
    }
    assert "mappings/goshops.yaml,line=48,col=3,title=unknown-member::" in errors[0]
    assert notice == (
        f"::notice file={new_spec},line=1,col=1,title=impact::goshops: 2 changes; "
        "this breaks: 2 to correct, 1 to account for, 22 pairs broken"
    )


@pytest.mark.nightly
def test_what_breaks_as_sarif(run: Run, new_spec: Path) -> None:
    """With `--output-format sarif`, there is a result for each finding and group of pairs."""
    result = run("impact", GOSHOPS, new_spec, "--output-format", "sarif")
    assert (result.code, result.err) == (1, "")
    (report,) = json.loads(result.out)["runs"]
    assert {item["ruleId"] for item in report["results"]} == {
        "unknown-member",
        "unaccounted-member",
        "required-unwritten",
        "broken-pair",
    }
    assert {item["level"] for item in report["results"]} == {"error"}
    pages = {
        rule["id"]: rule["helpUri"].removeprefix(DOCUMENTATION)
        for rule in report["tool"]["driver"]["rules"]
    }
    assert pages == {
        "broken-pair": "drift/",
        "required-unwritten": "findings/required-unwritten/",
        "unaccounted-member": "findings/unaccounted-member/",
        "unknown-member": "findings/unknown-member/",
    }


def test_nothing_changes_for_ci(run: Run) -> None:
    """Without changes, there is a verdict in Markdown, a notice, and an empty list in SARIF."""
    output = {}
    for name in ("markdown", "github", "sarif"):
        result = run("impact", GOSHOPS, GOSHOPS, "--output-format", name)
        assert (result.code, result.err) == (0, "")
        output[name] = result.out
    assert output["markdown"].endswith("nothing changes: both files have the same content\n```\n")
    assert output["github"].startswith("::notice ") and output["github"].count("\n") == 1
    assert json.loads(output["sarif"])["runs"][0]["results"] == []


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the shipped specs and mappings, the current folder."""
    folder = tmp_path / "repository"
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, folder / name)
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Add specs and mappings"]):
        subprocess.run([*git, *command], cwd=folder, check=True, timeout=60)
    monkeypatch.chdir(folder)
    return folder


SINCE = ("impact", "--since", "HEAD", "--specs", "specs", "--mappings", "mappings")


def test_nothing_has_changed_since_a_revision(run: Run, repository: Path) -> None:
    """With --since, specs that do not differ from the revision, and new specs, are left out."""
    (repository / "specs" / "acme.json").write_text("{}", encoding="utf-8")
    result = run(*SINCE)
    assert (result.code, result.out) == (0, "no spec has changed since HEAD\n")
    assert json.loads(run(*SINCE, "--output-format", "json").out) == []
    assert run(*SINCE, "--output-format", "github").out.strip() == ""


@pytest.fixture
def changed(repository: Path) -> None:
    """Two specs that differ from the revision."""
    for name, old, new in (("goshops", '"customer"', '"user"'), ("miso", '"like"', '"liked"')):
        file = repository / "specs" / f"{name}.json"
        file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.nightly
@pytest.mark.usefixtures("changed")
def test_what_has_changed_in_a_spec_since_a_revision(run: Run) -> None:
    """With --since and a spec, only that spec is compared with the one of the revision."""
    text = run(*SINCE, "specs/goshops.json").out
    assert text.startswith("goshops: HEAD:specs/goshops.json → specs/goshops.json\n")
    assert "mappings/goshops.yaml:48:3: error[unknown-member]" in text
    assert "miso: " not in text


@pytest.mark.nightly
@pytest.mark.usefixtures("changed")
def test_what_has_changed_since_a_revision(run: Run) -> None:
    """With --since, each spec that differs from the revision is compared with it."""
    result = run(*SINCE, "--output-format", "json")
    assert result.code == 1
    impacts = json.loads(result.out)
    assert [(item["format"], item["breaks"]) for item in impacts] == [
        ("goshops", True),
        ("miso", True),
    ]
    assert impacts[0]["old"] == "HEAD:specs/goshops.json"


def test_unknown_revisions(run: Run, repository: Path) -> None:
    """A revision that is unknown or looks like an option is refused with exit code 2."""
    for revision in ("v0", "--since=--help"):
        option = [revision] if revision.startswith("-") else ["--since", revision]
        result = run("impact", *option, "--specs", "specs")
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("translator: --since ")
