"""One run of the check reports every mistake, whatever else is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, check
from translator.errors import Diagnostic

ROOT = Path(__file__).parents[2]
SCHEMAS = ("components", "schemas")


def write_mapping(folder: Path, name: str, *changes: tuple[str, str], file: str = "") -> None:
    """Write a copy of a shipped mapping with replacements."""
    text = (ROOT / "mappings" / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"{file or name}.yaml").write_text(text, encoding="utf-8")


def write_spec(folder: Path, name: str, *path: str, value: Any) -> None:
    """Write a copy of a shipped spec with another value at a path."""
    document = json.loads((ROOT / "specs" / f"{name}.json").read_text(encoding="utf-8"))
    container = document
    for step in path[:-1]:
        container = container[step]
    container[path[-1]] = value
    (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def findings_of(folder: Path) -> list[Diagnostic]:
    return check(Catalog([folder], [folder]))


def codes_of(folder: Path) -> list[tuple[str, str]]:
    """Return the file and code of each finding."""
    return [(Path(item.location.file).name, item.code) for item in findings_of(folder)]


def test_mistakes_of_one_mapping(tmp_path: Path) -> None:
    """An unknown name hides neither another one nor an impossible rule."""
    write_mapping(
        tmp_path,
        "goshops",
        ("cart: add_to_cart", "cart: add_to_crat"),
        ("{zone: timezone}", "{zone: timezon}"),
        ('each: "items[]"', ""),
    )
    codes = {code for _, code in codes_of(tmp_path)}
    assert codes >= {"unknown-value", "unknown-param", "lists-differ", "unaccounted-value"}


def test_consequences_of_an_unknown_name_are_not_reported(tmp_path: Path) -> None:
    """A rule whose field does not exist is not compared with the other side."""
    write_mapping(tmp_path, "goshops", ('each: "items[]"', 'each: "itms[]"'))
    assert codes_of(tmp_path) == [("goshops.yaml", "unknown-member")]


def test_mistakes_of_two_mappings(tmp_path: Path) -> None:
    """A mapping that cannot be read hides no finding about another mapping."""
    write_mapping(tmp_path, "aisquare", ("fields:", "feilds:"))
    write_mapping(tmp_path, "cobi", ("version: 2", "version: 2: 2"))
    write_mapping(tmp_path, "miso", ("{action: rate}", "{action: rat}"))
    files = [file for file, _ in codes_of(tmp_path)]
    assert sorted(set(files)) == ["aisquare.yaml", "cobi.yaml", "miso.yaml"]


def test_mistakes_of_a_spec_and_of_a_mapping(tmp_path: Path) -> None:
    """A typo in a spec hides no finding about the mappings of its format."""
    write_spec(
        tmp_path, "goshops", *SCHEMAS, "Interaction", "properties", "project", "tpye", value="x"
    )
    write_mapping(tmp_path, "goshops", ("cart: add_to_cart", "cart: add_to_crat"))
    assert codes_of(tmp_path) == [
        ("goshops.json", "schema-keyword"),
        ("goshops.yaml", "unknown-value"),
        ("goshops.yaml", "unaccounted-value"),
    ]


def test_a_spec_that_cannot_be_loaded(tmp_path: Path) -> None:
    """A spec that cannot be loaded is still linted, and hides no finding about other files."""
    write_spec(tmp_path, "goshops", *SCHEMAS, "Interaction", "tpye", value="x")
    text = (tmp_path / "goshops.json").read_text(encoding="utf-8")
    (tmp_path / "goshops.json").write_text(text.replace('"3.1.0"', '"3.0.0"'), encoding="utf-8")
    (tmp_path / "club.json").write_text("{", encoding="utf-8")
    write_mapping(tmp_path, "miso", ("{action: rate}", "{action: rat}"))
    codes = codes_of(tmp_path)
    assert ("club.json", "spec-json") in codes
    assert ("goshops.json", "spec-version") in codes
    assert ("goshops.json", "schema-keyword") in codes
    assert ("miso.yaml", "unknown-value") in codes
    assert not any(file == "goshops.yaml" for file, _ in codes)


def test_a_mapping_of_two_unknown_formats(tmp_path: Path) -> None:
    """Each format without a spec is reported where it is named, with the nearest name."""
    text = "version: 1\nbetween: [misso, cobbi]\n"
    (tmp_path / "misso--cobbi.yaml").write_text(text, encoding="utf-8")
    left, right = findings_of(tmp_path)
    assert left.code == right.code == "mapping-format"
    assert (left.location.line, left.location.column, right.location.column) == (2, 11, 18)
    assert [left.hint, right.hint] == ["did you mean 'miso'?", "did you mean 'cobi'?"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "array"}, "spec-event"),
        ({"type": "object", "properties": {"a": {"$dynamicRef": "#a"}}}, "spec-schema"),
        ({"type": "object", "properties": {"a": {"type": 3}}}, "spec-schema"),
        ({"type": "object", "properties": {"a": {"maxLength": -3}}}, "spec-schema"),
        (
            {"oneOf": [{}], "discriminator": {"propertyName": "a", "mapping": {"b": "#/info"}}},
            "schema-discriminator",
        ),
    ],
)
def test_a_spec_that_cannot_validate_events(event: Any, code: str, tmp_path: Path) -> None:
    """Mistakes that only prevent the use of a spec are found by the check too."""
    write_spec(tmp_path, "goshops", *SCHEMAS, "Interaction", value=event)
    codes = {code for file, code in codes_of(tmp_path) if file == "goshops.json"}
    assert codes - {"schema-unreachable"} == {code}


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """A path that cannot be read is reported, and the other files are read."""
    for name in ("club.json", "club.yaml"):
        (tmp_path / name).mkdir()
    write_mapping(tmp_path, "miso", ("{action: rate}", "{action: rat}"))
    codes = codes_of(tmp_path)
    assert codes[:2] == [("club.json", "spec-file"), ("club.yaml", "mapping-file")]
    assert ("miso.yaml", "unknown-value") in codes


@pytest.mark.nightly
def test_an_unmapped_field_is_reported_at_the_name_of_its_format(tmp_path: Path) -> None:
    """A field that no rule covers is reported where 'between' names its format."""
    write_mapping(tmp_path, "goshops", ("text, search]", "text]"))
    ((line, column),) = {
        (item.location.line, item.location.column) for item in findings_of(tmp_path)
    }
    lines = (tmp_path / "goshops.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[line - 1][column - 1 :].startswith("interaction")
