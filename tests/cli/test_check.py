"""`translator check` says what it checked, and is never green where it checked nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document

SPEC = json.dumps(spec_document(event_schema({"id": STRING})))
GREEN = "checked 2 specs, 1 mapping, 2 pairs: no findings"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project, which is the current folder, without shipped formats."""
    monkeypatch.setattr("translator.catalog.discovery._shipped_folder", lambda _: "nowhere")
    schema = event_schema({"id": STRING})
    small_catalog(tmp_path, {"l": schema, "r": schema}, l__r="fields: {id: id}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def break_mapping() -> None:
    write("mappings/l--r.yaml", "version: 1\nbetween: [l, r]\nfields: {idd: id}\n")


def test_the_folders_of_the_current_folder_are_checked(run: Run) -> None:
    """Without options, ./specs and ./mappings are checked, and the report says so."""
    result = run("check")
    assert (result.code, result.out) == (0, f"{GREEN}\nin ./specs and ./mappings\n")
    break_mapping()
    result = run("check")
    assert result.code == 1 and "l--r.yaml:3:10: error[unknown-member]" in result.out
    assert "checked 2 specs, 1 mapping, 0 pairs: " in result.out


def test_without_own_files_the_report_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder without specs and mappings, only the shipped formats are checked."""
    Path("empty").mkdir()
    monkeypatch.chdir("empty")
    result = run("check")
    assert result.code == 0
    assert "only shipped formats: there is no folder ./specs or ./mappings here" in result.out


@pytest.mark.parametrize("output_format", ["text", "json", "github", "sarif"])
@pytest.mark.parametrize("option", ["--specs", "--mappings"])
def test_a_folder_without_specs_or_mappings_is_an_error(
    run: Run, option: str, output_format: str
) -> None:
    """A folder that has nothing to check has the exit code 2, in every output format."""
    Path("empty").mkdir()
    result = run("check", option, "empty", "--output-format", output_format)
    assert result.code == 2 and "empty-folder" in result.out


@pytest.mark.parametrize(
    ("file", "text", "code", "finding"),
    [
        ("specs/acme.yaml", "openapi: 3.1.0\n", 1, "ignored-file"),
        ("own/acme.yaml", "openapi: 3.1.0\n", 2, "empty-folder"),
        ("mappings/acme.yml", "version: 1\nbetween: [l, r]\nfeilds: {}\n", 1, "mapping-key"),
        ("specs/acme.json", SPEC, 1, "unmapped-format"),
        ("specs/specs.lock.json", "{}", 0, "no findings"),
        ("specs/l.overlay.yaml", "overlay: 1.0.0\nopenapi: 3.1.0\n", 0, "no findings"),
    ],
)
def test_every_file_is_checked_or_a_finding(
    run: Run, file: str, text: str, code: int, finding: str
) -> None:
    """A file with another ending, or a spec without a mapping, is not passed over."""
    write(file, text)
    specs = ["specs", "own"] if file.startswith("own") else ["specs"]
    options = [word for folder in specs for word in ("--specs", folder)]
    result = run("check", "--mappings", "mappings", *options)
    assert result.code == code and finding in result.out, result.out


@pytest.mark.parametrize(
    "paths",
    [
        ["."],
        ["specs", "mappings"],
        ["mappings/l--r.yaml"],
        ["./mappings/../mappings/l--r.yaml", "specs/l.json"],
        ["mappings/examples/l--r.yaml"],
        ["specs/r.json"],
        ["specs", "--all", "mappings"],
    ],
)
def test_paths_are_files_or_folders(run: Run, paths: list[str]) -> None:
    """Of a file, everything that depends on it is checked."""
    write("mappings/examples/l--r.yaml", "examples: [{l: {id: a}, r: {id: a}}]\n")
    assert (run("check", *paths).out, run("check", *paths).code) == (f"{GREEN}\n", 0)
    break_mapping()
    assert run("check", *paths).code == 1


def test_only_the_named_files_are_checked(run: Run, project: Path) -> None:
    """Other files in the folder of a file do not matter."""
    write("mappings/broken.yaml", "nonsense")
    write("specs/unmapped.json", SPEC)
    assert run("check", project / "mappings" / "l--r.yaml").out == f"{GREEN}\n"
    assert run("check").code == 1


def test_a_folder_of_both_kinds_is_checked(run: Run) -> None:
    """Specs and mappings may be in one folder."""
    for file in (*Path("specs").iterdir(), *Path("mappings").iterdir()):
        write(f"both/{file.name}", file.read_text(encoding="utf-8"))
    assert run("check", "both").out == f"{GREEN}\n"
    assert run("check", "both/l.json", "both/l--r.yaml").out == f"{GREEN}\n"


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["empty"], "the folder has no spec (NAME.json) and no mapping (NAME.yaml)"),
        (["note.txt"], "it is not read as a spec or a mapping; a spec is named NAME.json"),
        (["acme.yaml"], "`translator spec import acme.yaml --name acme`"),
        (["specs/l.json", "copy/l.json"], "copy/l.json: it is not used, because another file"),
        (["mappings/examples/x.yaml"], "there is no mapping mappings/x.yaml"),
        (["specs", "--explain", "l", "r"], "--explain takes no PATH"),
    ],
)
def test_a_path_that_cannot_be_checked_is_an_error(
    run: Run, paths: list[str], message: str
) -> None:
    """The exit code is 2, and the message says what to do."""
    Path("empty").mkdir()
    write("note.txt", "a note")
    write("acme.yaml", "openapi: 3.1.0\n")
    write("copy/l.json", SPEC)
    write("mappings/examples/x.yaml", "examples: []\n")
    result = run("check", *paths)
    assert result.code == 2 and message in result.err and not result.out


def test_machine_readable_reports_say_what_was_checked(run: Run) -> None:
    """JSON and SARIF have the counts as fields."""
    counts = {"specs": 2, "mappings": 1, "pairs": 2, "where": "in ./specs and ./mappings"}
    data = json.loads(run("check", "--output-format", "json").out)
    assert data == {"checked": counts, "findings": []}
    document = json.loads(run("check", "--output-format", "sarif").out)
    assert document["runs"][0]["properties"] == {"checked": counts}
    assert run("check", "--output-format", "github").out.startswith(GREEN)
