"""`check` and `coverage` reuse results about what has not changed, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document
from translator import Catalog
from translator.analysis.check import check_mapping_with_specs
from translator.analysis.compiling import check_pair
from translator.errors import Diagnostic
from translator.language.examples import Example
from translator.language.nodes import Mapping

FIELDS = "fields: {id: id}\n"
MORE = event_schema({"id": STRING, "name": STRING})


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a hub and three formats, and a cache."""
    monkeypatch.setattr("translator.catalog.discovery._shipped_folder", lambda _: "nowhere")
    schema = event_schema({"id": STRING})
    formats = dict.fromkeys(("interaction", "one", "two", "three"), schema)
    small_catalog(tmp_path, formats, one=FIELDS, two=FIELDS, three=FIELDS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRANSLATOR_CACHE", str(tmp_path / "cache"))
    return tmp_path


@contextmanager
def checked_units() -> Iterator[set[str]]:
    """Collect the mappings and routes that are checked within the block."""
    units: set[str] = set()

    def note_mapping(
        catalog: Catalog, mapping: Mapping, examples: Sequence[Example]
    ) -> Iterator[Diagnostic]:
        units.add(mapping.left)
        return check_mapping_with_specs(catalog, mapping, examples)

    def note_pair(catalog: Catalog, source: str, target: str) -> Iterator[Diagnostic]:
        units.add(f"{source} to {target}")
        return check_pair(catalog, source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("translator.analysis.check.check_mapping_with_specs", note_mapping)
        patch.setattr("translator.analysis.check.check_pair", note_pair)
        yield units


def write_spec(name: str, schema: dict[str, object]) -> None:
    Path(f"specs/{name}.json").write_text(json.dumps(spec_document(schema)))


def test_a_second_check_reports_the_same_without_checking(run: Run) -> None:
    """Findings come from the cache, the same in every output format."""
    write_spec("two", MORE)
    first = [run("check", "--output-format", name) for name in ("text", "json", "sarif")]
    with checked_units() as units:
        second = [run("check", "--output-format", name) for name in ("text", "json", "sarif")]
    assert not units
    assert second == first
    assert first[0].code == 1 and "name" in first[0].out


def test_only_what_depends_on_a_change_is_checked_again(run: Run) -> None:
    """A changed mapping is checked, with the routes through it; so is a changed spec."""
    assert run("check").code == 0
    routes = {"two to one", "one to two", "two to three", "three to two"}
    Path("mappings/two.yaml").write_text(
        "version: 2\nbetween: [two, interaction]\nfields: {id: id}\n"
    )
    with checked_units() as units:
        assert run("check").code == 0
    assert units == {"two", *routes}
    write_spec("two", MORE)
    with checked_units() as units:
        assert "`name`" in run("check").out
    assert units == {"two", *routes}
    write_spec("two", event_schema({"id": STRING}))
    with checked_units() as units:
        assert run("check").code == 0
    assert units == {"two", *routes}


def test_examples_are_part_of_the_check(run: Run) -> None:
    """An example that is added or changed is run."""
    assert run("check").code == 0
    Path("mappings/examples").mkdir()
    examples = Path("mappings/examples/one.yaml")
    examples.write_text("examples: [{one: {id: a}, interaction: {id: a}}]\n")
    assert run("check").code == 0
    examples.write_text("examples: [{one: {id: a}, interaction: {id: b}}]\n")
    assert "example-differs" in run("check").out


def test_a_format_that_is_added_changes_what_is_known(run: Run) -> None:
    """A finding that suggests a format is not reused when the formats are others."""
    mapping = Path("mappings/four.yaml")
    mapping.write_text("version: 1\nbetween: [four, interaction]\nfields: {id: id}\n")
    assert "there is no format 'four'" in run("check").out
    write_spec("four", event_schema({"id": STRING}))
    assert run("check").code == 0


def test_a_route_through_another_format_depends_on_its_mappings(run: Run) -> None:
    """The files of a route are those that a translation uses, also if they are not the hub's."""
    write_spec("extra", event_schema({"id": STRING}))
    for name in ("one", "two"):
        Path(f"mappings/extra--{name}.yaml").write_text(
            f"version: 1\nbetween: [{name}, extra]\n{FIELDS}"
        )
    assert run("check").code == 0
    mapping = Path("mappings/extra--two.yaml")
    mapping.write_text(mapping.read_text() + "params: {p: {about: a note}}\n")
    with checked_units() as units:
        run("check")
    assert {"one to two", "two to one"} <= units
    assert not {"one to three", "three to two"} & units


def test_a_part_of_the_files_keeps_the_rest(run: Run) -> None:
    """A check of one file leaves the findings about the others in the cache."""
    assert run("check").code == 0
    assert run("check", "mappings/one.yaml").code == 0
    with checked_units() as units:
        assert run("check").code == 0
    assert not units


@pytest.mark.parametrize("damage", [b"", b"x" * 40, None])
def test_a_damaged_cache_is_not_used(run: Run, project: Path, damage: bytes | None) -> None:
    """A file that is not what was written, or that others may write, is ignored and replaced."""
    assert run("check").code == 0
    (file,) = (project / "cache").glob("*.units")
    if damage is None:
        file.chmod(0o666)
    else:
        file.write_bytes(damage)
    with checked_units() as units:
        assert run("check").code == 0
    assert units >= {"one", "two", "three"}
    with checked_units() as units:
        assert run("check").code == 0
    assert not units


def test_without_a_cache_everything_is_checked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`TRANSLATOR_CACHE=off` neither reads nor writes findings."""
    assert run("check").code == 0
    monkeypatch.setenv("TRANSLATOR_CACHE", "off")
    with checked_units() as units:
        assert run("check").code == 0
    assert units >= {"one", "two", "three"}


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_the_matrix_of_unchanged_pairs_is_not_computed(
    run: Run, output_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`coverage` without formats prints the same numbers from the cache."""
    command = ("coverage", "--specs", "specs", "--mappings", "mappings")
    first = run(*command, "--output-format", output_format)
    assert first.code == 0

    def fail(*_: object) -> None:
        raise AssertionError("a pair was compiled")

    with monkeypatch.context() as patch:
        patch.setattr("translator.analysis.coverage.coverage", fail)
        assert run(*command, "--output-format", output_format) == first
    Path("mappings/two.yaml").write_text(
        "version: 1\nbetween: [two, interaction]\nlost: {two: {id: why}, interaction: {id: why}}\n"
    )
    assert run(*command, "--output-format", output_format).out != first.out
