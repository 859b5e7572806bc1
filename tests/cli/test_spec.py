"""`translator spec import` and `translator spec update`: what they write, refuse and print."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import event_schema, spec_document
from translator import Catalog, check
from translator.schema.models import can_generate
from translator.schema.spec import load_spec

Run = Callable[..., Any]

KIND = {"type": "string", "enum": ["a", "b"]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a published spec in `upstream`, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    # Without the shipped formats, the check is faster.
    monkeypatch.setattr("translator.catalog.discovery._shipped_folder", lambda _: "nowhere")
    (tmp_path / "upstream").mkdir()
    publish({"kind": KIND})
    return tmp_path


def publish(properties: dict[str, Any], name: str = "acme") -> None:
    document = spec_document(event_schema(properties))
    Path("upstream", f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def write_overlay(actions: str, name: str = "acme") -> None:
    text = f"overlay: 1.0.0\ninfo: {{title: t, version: 1}}\nactions:\n{actions}"
    Path("specs").mkdir(exist_ok=True)
    Path("specs", f"{name}.overlay.yaml").write_text(text, encoding="utf-8")


def properties_of(name: str = "acme") -> Any:
    spec = load_spec(Path("specs", f"{name}.json"), name)
    return spec.event_schema["properties"]


def snapshot() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("specs").iterdir()}


IMPORT = ("spec", "import", "upstream/acme.json", "--name", "acme")

NARROW = "- {target: '$..kind.enum[?@ == ''b'']', description: no b, remove: true}\n"


def test_import(run: Run) -> None:
    """The spec and the lock are written, in the layout of specs, and name their sources."""
    result = run(*IMPORT)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("wrote specs/acme.json: the event is #/components/schemas/Event\n")
    assert sorted(snapshot()) == ["acme.json", "specs.lock.json"]
    assert properties_of() == {"kind": KIND}
    source = {"file": "../upstream/acme.json", "sha256": digest("upstream/acme.json")}
    document = json.loads(Path("specs/acme.json").read_bytes())
    assert document["x-source"] == {"files": [source]}
    assert json.loads(Path("specs/specs.lock.json").read_bytes()) == {
        "version": 1,
        "specs": {
            "acme": {
                "event": "#/components/schemas/Event",
                "files": [source],
                "sha256": digest("specs/acme.json"),
            }
        },
    }
    for name, content in snapshot().items():
        laid_out = json.dumps(json.loads(content), indent=2, ensure_ascii=False)
        assert content.decode() == f"{laid_out}\n", name


def digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_importing_again_changes_nothing(run: Run) -> None:
    """A second import, and an update from anywhere, write the same bytes."""
    run(*IMPORT)
    before = snapshot()
    assert run(*IMPORT).out.startswith("unchanged: specs/acme.json")
    os.chdir("upstream")
    assert run("spec", "update", "--specs", "../specs").out == "../specs/acme.json: unchanged\n"
    os.chdir("..")
    absolute = Path("specs").absolute()
    assert run("spec", "update", "--check", "--specs", absolute).code == 0
    assert snapshot() == before


def test_a_folder_of_specs_that_is_a_link(run: Run) -> None:
    """Sources are found again, whether a folder is given by a link or by its real path."""
    Path("deep/down").mkdir(parents=True)
    Path("specs").symlink_to("deep/down")
    assert run(*IMPORT).code == 0
    assert run("spec", "update", "--check").code == 0
    assert run("spec", "update", "--check", "--specs", "deep/down").code == 0


def test_an_overlay_is_applied(run: Run) -> None:
    """An overlay changes the spec; its reasons are printed, and the lock has its hash."""
    write_overlay(NARROW)
    result = run(*IMPORT)
    assert result.out.splitlines()[1:] == ["decided by acme.overlay.yaml:", "  no b"]
    assert properties_of()["kind"]["enum"] == ["a"]
    lock = json.loads(Path("specs/specs.lock.json").read_bytes())
    expected = {"file": "acme.overlay.yaml", "sha256": digest("specs/acme.overlay.yaml")}
    assert lock["specs"]["acme"]["overlay"] == expected


def test_update(run: Run) -> None:
    """A new published version is imported, and the overlay applies again."""
    write_overlay(NARROW)
    run(*IMPORT)
    publish({"kind": KIND, "new": {"type": "string"}})
    result = run("spec", "update")
    assert (result.code, result.err) == (0, "")
    assert result.out == "specs/acme.json: updated\ndecided by acme.overlay.yaml:\n  no b\n"
    assert properties_of() == {"kind": {**KIND, "enum": ["a"]}, "new": {"type": "string"}}
    assert run("spec", "update", "--check").code == 0


def test_update_of_some(run: Run) -> None:
    """Named specs are updated, others are not; the lock keeps them all, sorted."""
    publish({"kind": KIND}, "zeta")
    run("spec", "import", "upstream/zeta.json", "--name", "zeta")
    run(*IMPORT)
    for name in ("acme", "zeta"):
        publish({"new": KIND}, name)
    assert run("spec", "update", "zeta", "zeta").out == "specs/zeta.json: updated\n"
    assert (set(properties_of("zeta")), set(properties_of())) == ({"new"}, {"kind"})
    lock = json.loads(Path("specs/specs.lock.json").read_bytes())
    assert list(lock["specs"]) == ["acme", "zeta"]
    result = run("spec", "update", "acmee")
    assert result.code == 2
    assert "'acmee' is not an imported spec: did you mean 'acme'?" in result.err


@pytest.mark.parametrize("change", ["source", "overlay", "spec", "missing"])
def test_drift(run: Run, change: str) -> None:
    """With `--check`, any difference is exit 1 with a unified diff, and nothing is written."""
    run(*IMPORT)
    spec = Path("specs/acme.json")
    if change == "source":
        publish({"new": KIND})
    elif change == "overlay":
        write_overlay(NARROW)
    elif change == "spec":
        spec.write_bytes(spec.read_bytes().replace(b'"b"', b'"c"'))
    else:
        spec.unlink()
    before = snapshot()
    result = run("spec", "update", "--check")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[:2] == ["--- specs/acme.json", "+++ specs/acme.json (imported)"]
    expected = {"source": '+          "new": {', "overlay": '-              "b"'}
    expected |= {"spec": '+              "b"', "missing": '+  "openapi": "3.1.0",'}
    assert expected[change] in lines
    assert "run `translator spec update`" in result.err
    assert snapshot() == before


def test_drift_of_the_lock(run: Run) -> None:
    """A source that changes without changing the spec's schemas is drift, too."""
    run(*IMPORT)
    lock = Path("specs/specs.lock.json")
    lock.write_bytes(lock.read_bytes().replace(b"#/components/schemas/Event", b"Event"))
    result = run("spec", "update", "--check")
    assert result.code == 1
    assert "--- specs/specs.lock.json" in result.out
    assert run("spec", "update").out == "specs/acme.json: unchanged\n"
    assert run("spec", "update", "--check").code == 0


def test_an_edited_spec_is_not_replaced(run: Run) -> None:
    """A spec that was edited is left as it is, with the way out, unless `--force` is given."""
    run(*IMPORT)
    spec = Path("specs/acme.json")
    edited = spec.read_bytes().replace(b'"b"', b'"c"')
    spec.write_bytes(edited)
    for command in (IMPORT, ("spec", "update")):
        result = run(*command)
        assert (result.code, result.out) == (2, "")
        assert "specs/acme.json was edited since it was imported" in result.err
        assert "specs/acme.overlay.yaml" in result.err
        assert spec.read_bytes() == edited
    assert run("spec", "update", "--force").code == 0
    assert properties_of() == {"kind": KIND}


def test_another_spec_is_not_replaced(run: Run) -> None:
    """A spec that was never imported is left as it is, unless `--force` is given."""
    Path("specs").mkdir()
    spec = Path("specs/acme.json")
    spec.write_text("mine")
    result = run(*IMPORT)
    assert (result.code, result.out) == (2, "")
    assert "specs/acme.json exists and was not imported" in result.err
    assert spec.read_text() == "mine"
    assert run(*IMPORT, "--force").code == 0
    assert properties_of() == {"kind": KIND}


def test_an_edit_that_agrees_is_no_edit(run: Run) -> None:
    """A spec that already has the content to be written is no obstacle, whoever wrote it."""
    run(*IMPORT)
    Path("specs/specs.lock.json").unlink()
    assert run(*IMPORT).code == 0
    assert run("spec", "update", "--check").code == 0


def test_one_failure_stops_all(run: Run) -> None:
    """If one spec cannot be imported, no other one is written."""
    publish({"kind": KIND}, "zeta")
    run(*IMPORT)
    run("spec", "import", "upstream/zeta.json", "--name", "zeta")
    publish({"new": KIND})
    Path("upstream/zeta.json").write_text("{")
    before = snapshot()
    result = run("spec", "update")
    assert result.code == 2
    assert "upstream/zeta.json" in result.err
    assert snapshot() == before


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("- {target: $.nothing, remove: true}", "specs/acme.overlay.yaml:4:12: error[overlay-tar"),
        ("- {target: $.openapi, update: {}}", "error[overlay-update]: the target is a single"),
        ("- {target: '$.openapi[', remove: true}", "error[overlay-target]"),
        ("- 1", "specs/acme.overlay.yaml:4:3: error[overlay-form]"),
        ("- [", "specs/acme.overlay.yaml:5:1: error[yaml-syntax]"),
        ("- {target: $.components, remove: true}", "specs/acme.json after acme.overlay.yaml"),
        ("- {target: $, update: {openapi: 3}}", "error[spec-version]"),
    ],
)
def test_wrong_overlays(run: Run, actions: str, expected: str) -> None:
    """A wrong overlay, or one that breaks the spec, is an error with its place; exit code 2."""
    write_overlay(actions)
    before = snapshot()
    result = run(*IMPORT)
    assert (result.code, result.out) == (2, "")
    assert expected in result.err, result.err
    assert snapshot() == before


@pytest.mark.parametrize("ending", [".yml", ".json"])
def test_an_overlay_with_another_ending(run: Run, ending: str) -> None:
    """An overlay that would not be applied is an error."""
    write_overlay(NARROW)
    Path("specs/acme.overlay.yaml").rename(f"specs/acme.overlay{ending}")
    result = run(*IMPORT)
    assert result.code == 2
    assert f"specs/acme.overlay{ending} would not be applied" in result.err


def test_a_missing_source(run: Run) -> None:
    """A published file that is gone is named, with the spec that needs it."""
    run(*IMPORT)
    Path("upstream/acme.json").unlink()
    result = run("spec", "update")
    assert result.code == 2
    assert "acme was imported from upstream/acme.json, which is missing" in result.err


@pytest.mark.parametrize("changed", ["", "specs/acme.json", "specs/acme.overlay.yaml"])
def test_a_check_without_the_source(run: Run, changed: str) -> None:
    """`--check` compares the specs that have no published file with the lock, the others fully."""
    write_overlay(NARROW)
    publish({"kind": KIND}, "other")
    run(*IMPORT)
    run("spec", "import", "upstream/other.json", "--name", "other")
    Path("upstream/acme.json").unlink()
    if changed:
        Path(changed).write_text("{}")
    result = run("spec", "update", "--check")
    assert result.code == (1 if changed else 0)
    assert "specs/other.json: unchanged\n" in result.out
    state = "specs/acme.json: not compared with upstream/acme.json, which is missing; "
    if changed:
        assert f"{state}{changed} changed since it was imported" in result.err
    else:
        assert f"{state}unchanged since it was imported" in result.out
    assert run("spec", "update", "--check", "other").code == 0


def test_a_check_of_an_unknown_spec(run: Run) -> None:
    """`--check` reports a name that is not imported."""
    run(*IMPORT)
    Path("upstream/acme.json").unlink()
    result = run("spec", "update", "--check", "acme", "amce")
    assert result.code == 2
    assert "'amce' is not an imported spec: did you mean 'acme'?" in result.err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is not a lock of imported specs"),
        ("[", "is not a lock of imported specs"),
        ('{"version": 2, "specs": {}}', "is not a lock of imported specs"),
        ('{"version": 1, "specs": {"a": {}}}', "is not a lock of imported specs"),
        ('{"version": 1, "specs": {}}', "names no imported spec"),
        ("[" * 100_000, "is not a lock of imported specs"),
        (
            '{"version": 1, "specs": {"../a": {"event": "e", "files": [{"file": "f", "sha256": '
            f'"{"0" * 64}"}}], "sha256": "{"0" * 64}"}}}}}}',
            "'../a' cannot be the name of a format",
        ),
    ],
)
def test_wrong_locks(run: Run, content: str, expected: str) -> None:
    """A lock that cannot be used is an error that says so, and nothing is written."""
    Path("specs").mkdir()
    Path("specs/specs.lock.json").write_text(content)
    result = run("spec", "update")
    assert result.code == 2
    assert expected in result.err


def test_no_lock(run: Run) -> None:
    """Without a lock there is nothing to update: exit code 2."""
    for options in ((), ("--check",), ("acme",)):
        result = run("spec", "update", *options)
        assert result.code == 2
        assert "specs/specs.lock.json names no imported spec" in result.err


@pytest.mark.parametrize(
    "name", ["", "../acme", "a--b", "a/b", "-a", "_a", ".a", "a.overlay", "a\n"]
)
def test_names(run: Run, name: str) -> None:
    """A name that could not be that of a spec and a mapping is refused."""
    result = run("spec", "import", "upstream/acme.json", f"--name={name}")
    assert result.code == 2
    assert "cannot be the name of a format" in result.err
    assert not Path("specs").exists()


def test_sources_that_cannot_be_read(run: Run) -> None:
    """A missing, empty or unreadable source is an error that names it, and nothing is written."""
    Path("upstream/empty.json").touch()
    Path("upstream/latin.json").write_bytes(b'{"a": "\xe9"}')
    for source in (
        "upstream/nothing.json",
        "upstream",
        "upstream/empty.json",
        "upstream/latin.json",
    ):
        result = run("spec", "import", source, "--name", "acme")
        assert result.code == 2
        assert source in result.err
        assert "Traceback" not in result.err
    assert not Path("specs").exists()


def test_a_source_in_the_folder_of_specs(run: Run) -> None:
    """A JSON file beside the specs would itself be a spec, so it cannot be a source."""
    Path("specs").mkdir()
    Path("upstream/acme.json").rename("specs/published.json")
    result = run("spec", "import", "specs/published.json", "--name", "acme")
    assert result.code == 2
    assert "move it to another folder" in result.err


def test_a_folder_that_cannot_be_written(run: Run) -> None:
    """A folder that is a file, or is below one, is a usage error."""
    Path("file").touch()
    for specs in ("file", "file/specs"):
        result = run(*IMPORT, "--specs", specs)
        assert result.code == 2
        assert specs in result.err


def test_imported_specs_are_used_like_others(run: Run, folder: Path) -> None:
    """Lock, overlay and sources lie beside specs and mappings without being taken for one."""
    Path("specs/upstream").mkdir(parents=True)
    Path("upstream/acme.json").rename("specs/upstream/acme.json")
    write_overlay("- {target: $.info, update: {openapi: 1, between: 2}}")
    assert run("spec", "import", "specs/upstream/acme.json", "--name", "acme").code == 0
    catalog = Catalog([folder / "specs"], [folder / "specs"])
    assert "acme" in catalog.formats()
    assert not any("lock" in name or "overlay" in name for name in catalog.formats())
    files = {os.path.basename(finding.location.file) for finding in check(catalog)}
    assert files <= {"acme.json"}
    assert not [each for each in check(catalog) if each.location.file.count("upstream")]
    if can_generate():
        assert run("generate").out == "generated/acme.py\ngenerated/events.py\n"


def test_a_source_is_checked(run: Run) -> None:
    """The lint knows the origin of an imported spec, and reports one that was damaged."""
    run(*IMPORT)
    spec = Path("specs/acme.json")
    original = spec.read_text()
    findings = {}
    for old, new in (("", ""), ('"sha256": "', '"sha256": "x'), ('"file"', '"fiel"')):
        spec.write_text(original.replace(old, new) if old else original)
        findings[new] = [
            each.code for each in check(Catalog([Path("specs")])) if "acme" in str(each)
        ]
    assert "spec-source" not in findings[""]
    assert "spec-source" in findings['"sha256": "x'] and "spec-source" in findings['"fiel"']


def test_a_wrong_command(run: Run) -> None:
    """Without a command or a name, or with an unknown option, usage is exit code 2."""
    for arguments in (["spec"], ["spec", "x"], ["spec", "import", "f"], ["spec", "update", "--x"]):
        assert run(*arguments).code == 2


def test_options_in_any_order(run: Run) -> None:
    """FILE and NAME may follow options."""
    assert (
        run("spec", "import", "--name", "acme", "--specs", "specs", "upstream/acme.json").code == 0
    )
    assert run("spec", "update", "--check", "acme").code == 0
    assert run("spec", "update", "acme", "--check").code == 0


def test_the_configured_folder(run: Run) -> None:
    """The folder of specs is that of the configuration, if it has one only."""
    config = Path("event-translator.toml")
    Path("formats").mkdir()
    Path("more").mkdir()
    config.write_text('specs = ["formats"]\n')
    assert run(*IMPORT).out.startswith("wrote formats/acme.json")
    assert run("spec", "update", "--check").code == 0
    for command in (["spec", "update", "--no-config"], ["spec", "--no-config", "update"]):
        assert "specs/specs.lock.json names no imported spec" in run(*command).err
    config.write_text('specs = ["formats", "more"]\n')
    result = run("spec", "update")
    assert (result.code, "choose it with --specs DIR" in result.err) == (2, True)


def test_a_schema_in_several_files(run: Run) -> None:
    """Each file that the schema refers to is in the lock, and a change of any is drift."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"kind": {"$ref": "parts/kind.json"}},
    }
    Path("upstream/parts").mkdir()
    Path("upstream/acme.json").write_text(json.dumps(schema), encoding="utf-8")
    part = Path("upstream/parts/kind.json")
    part.write_text(json.dumps(KIND), encoding="utf-8")
    result = run(*IMPORT)
    assert result.code == 0, result.err
    lock = json.loads(Path("specs/specs.lock.json").read_bytes())
    files = [each["file"] for each in lock["specs"]["acme"]["files"]]
    assert files == ["../upstream/acme.json", "../upstream/parts/kind.json"]
    assert run("spec", "update", "--check").code == 0
    part.write_text(json.dumps({"type": "string", "enum": ["c"]}), encoding="utf-8")
    assert run("spec", "update", "--check").code == 1
    part.unlink()
    result = run("spec", "update")
    assert result.code == 2
    assert "kind.json" in result.err


def test_what_is_printed_about_a_conversion(run: Run) -> None:
    """What is written differently, and what is not carried over, is listed."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Acme", "version": "1"},
        "paths": {},
        "components": {
            "schemas": {
                "Event": {
                    "type": "object",
                    "properties": {"kind": {"type": "string", "nullable": True}},
                }
            }
        },
    }
    Path("upstream/acme.json").write_text(json.dumps(document), encoding="utf-8")
    result = run(*IMPORT)
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[1] == "changed:"
    assert all(line.startswith("  ") for line in lines[2:])
    assert properties_of() == {"kind": {"type": ["string", "null"]}}
    assert run("spec", "update", "--check").code == 0
