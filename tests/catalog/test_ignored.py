"""Files that look like specs or mappings, but are not read, are findings of the check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document
from translator import Catalog, check
from translator.cli.main import main

SPEC = json.dumps(spec_document(event_schema({"id": STRING})), indent=2)
YAML_SPEC = "# a vendor\nopenapi: 3.1.0\nx-event: '#/components/schemas/Event'\n"
MAPPING = "version: 1\nbetween: [l, r]\nfields: {id: id}\n"


@pytest.fixture(autouse=True)
def _no_shipped_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check only the formats of the test, which is faster."""
    monkeypatch.setattr("translator.catalog.discovery._shipped_folder", lambda _: "nowhere")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A folder of specs and a folder of mappings, without findings."""
    schema = event_schema({"id": STRING})
    catalog = small_catalog(tmp_path, {"l": schema, "r": schema}, l__r="fields: {id: id}\n")
    assert check(catalog) == []
    return catalog


def write(file: Path, content: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("mappings/acme.YML", MAPPING, "rename it to acme.yaml"),
        ("mappings/acme--x.yaml.txt", MAPPING, "rename it to acme--x.yaml"),
        ("mappings/acme.YAML", MAPPING, "rename it to acme.yaml"),
        ("mappings/acme", MAPPING, "rename it to acme.yaml"),
        ("mappings/v1.2.YML", "{version: 1, between: [l, r]}", "rename it to v1.2.yaml"),
        ("mappings/acme.json", '{"version": 1, "between": ["l", "r"]}', "rename it to acme.yaml"),
        ("mappings/r--l.yaml", MAPPING, "keep one of them"),
        ("mappings/sub/x.yaml", MAPPING, "mappings/x.yaml, or name its folder with --mappings"),
        ("mappings/l.json", SPEC, "move it to a folder of specs"),
        ("mappings/l--r.yml", MAPPING, "keep one of them"),
        ("mappings/examples/l--r.YML", "- {}", "rename it to l--r.yaml"),
        ("mappings/examples/other.yaml", "- {}", "give the file the name of its mapping"),
        ("specs/acme.json.txt", SPEC, "rename it to acme.json"),
        ("specs/acme.JSON", SPEC, "rename it to acme.json"),
        ("specs/acme.yaml", YAML_SPEC, "convert it with `translator spec import "),
        ("specs/acme.yml", YAML_SPEC, "convert it with `translator spec import "),
        ("specs/old/acme.json", SPEC, "specs/acme.json, or name its folder with --specs"),
        ("specs/l--r.yaml", MAPPING, "move it to a folder of mappings"),
    ],
)
def test_an_ignored_file_is_a_finding(
    catalog: Catalog, tmp_path: Path, name: str, content: str, hint: str
) -> None:
    """The finding is a warning that names the file and what to do."""
    write(tmp_path / name, content)
    (finding,) = check(catalog)
    assert (finding.code, finding.severity) == ("ignored-file", "warning")
    assert finding.location.file == str(tmp_path / name)
    assert hint in finding.hint


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mappings/README.md", f"```yaml\n{MAPPING}```"),
        ("mappings/notes.txt", "the difference between: a and b"),
        ("mappings/.acme.yml", MAPPING),
        ("mappings/acme.yaml.bak", MAPPING),
        ("mappings/data.json", "{}"),
        ("mappings/.git/x.yaml", MAPPING),
        ("specs/page.html", SPEC),
        ("specs/__init__.py", ""),
        ("specs/specs.lock.json", "{}"),
        ("specs/l.overlay.yaml", "overlay: 1.0.0\nextends: l.json\nopenapi: 3.1.0\n"),
        ("specs/.l.json", SPEC),
        ("specs/other/deep.txt", "openapi"),
    ],
)
def test_other_files_are_no_findings(
    catalog: Catalog, tmp_path: Path, name: str, content: str
) -> None:
    """Files of another kind, hidden files and backups may lie beside specs and mappings."""
    write(tmp_path / name, content)
    assert check(catalog) == []


def test_a_mapping_and_its_examples_may_end_in_yml(catalog: Catalog, tmp_path: Path) -> None:
    """Files named `.yml` are read as those named `.yaml` are."""
    mappings = tmp_path / "mappings"
    (mappings / "l--r.yaml").rename(mappings / "l--r.yml")
    write(mappings / "examples" / "l--r.yml", "examples: [{l: {id: a}, r: {id: b}}]")
    findings = check(Catalog([tmp_path / "specs"], [mappings]))
    assert {finding.code for finding in findings} == {"example-differs"}
    assert {Path(finding.location.file).name for finding in findings} == {"l--r.yml"}


def test_a_subfolder_that_is_given_is_searched(catalog: Catalog, tmp_path: Path) -> None:
    """A file in a subfolder is not ignored if the subfolder is given too."""
    write(tmp_path / "specs" / "more" / "l.json", SPEC)
    specs = [tmp_path / "specs", tmp_path / "specs" / "more"]
    assert check(Catalog(specs, [tmp_path / "mappings"])) == []


@pytest.mark.parametrize("kind", ["spec", "mapping"])
def test_an_empty_folder_is_a_finding(catalog: Catalog, tmp_path: Path, kind: str) -> None:
    """A folder without a file of its kind is a finding; a folder of both kinds needs one."""
    empty = tmp_path / "empty"
    empty.mkdir()
    given = {f"{kind}s": [tmp_path / f"{kind}s", empty]}
    folders = {"specs": [tmp_path / "specs"], "mappings": [tmp_path / "mappings"]} | given
    (finding,) = check(Catalog(**folders))
    assert (finding.code, finding.location.file) == ("empty-folder", str(empty))
    assert f"no {kind}" in finding.message
    write(empty / "l.json", SPEC)
    write(empty / "r.json", SPEC)
    assert [finding.code for finding in check(Catalog([empty], [empty]))] == ["unmapped-format"] * 2


def test_a_finding_about_a_spec_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """However the folder is written, an error of a spec is one finding."""
    monkeypatch.chdir(tmp_path)
    document = spec_document(event_schema({"id": STRING})) | {"x-event": "#/nowhere"}
    write(tmp_path / "acme.json", json.dumps(document))
    for folder in (".", "./", str(tmp_path), f"../{tmp_path.name}"):
        assert main(["check", "--specs", folder]) == 1
        assert capfd.readouterr().out.count("error[spec-event]") == 1
