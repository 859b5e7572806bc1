"""One run of the check tells all there is to tell, whatever else is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, check
from translator.errors import Diagnostic

ROOT = Path(__file__).parents[2]
SCHEMAS = ("components", "schemas")


def mapping(folder: Path, name: str, *changes: tuple[str, str], file: str = "") -> None:
    """Write a shipped mapping with some places changed."""
    text = (ROOT / "mappings" / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"{file or name}.yaml").write_text(text, encoding="utf-8")


def spec(folder: Path, name: str, *path: str, value: Any) -> None:
    """Write a shipped spec with another value at a path."""
    document = json.loads((ROOT / "specs" / f"{name}.json").read_text(encoding="utf-8"))
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def found(folder: Path) -> list[Diagnostic]:
    return check(Catalog([folder], [folder]))


def told(folder: Path) -> list[tuple[str, str]]:
    return [(Path(one.location.file).name, one.code) for one in found(folder)]


def test_mistakes_of_one_mapping(tmp_path: Path) -> None:
    """A name that is wrong hides neither another one nor a rule that cannot hold."""
    mapping(
        tmp_path,
        "goshops",
        ("cart: add_to_cart", "cart: add_to_crat"),
        ("{zone: timezone}", "{zone: timezon}"),
        ("each: items\n", "\n"),
    )
    codes = {code for _, code in told(tmp_path)}
    assert codes >= {"unknown-value", "unknown-param", "lists-differ", "unaccounted-value"}


def test_what_follows_from_a_wrong_name_is_not_told(tmp_path: Path) -> None:
    """A rule whose member does not exist is not compared with the other side."""
    mapping(tmp_path, "goshops", ("each: items\n", "each: itms\n"))
    assert told(tmp_path) == [("goshops.yaml", "unknown-member")]


def test_mistakes_of_two_mappings(tmp_path: Path) -> None:
    """A mapping that cannot be read hides nothing of another, nor of one that can be."""
    mapping(tmp_path, "aisquare", ("fields:", "feilds:"))
    mapping(tmp_path, "cobi", ("version: 1", "version: 1: 2"))
    mapping(tmp_path, "miso", ("{action: rate}", "{action: rat}"))
    files = [file for file, _ in told(tmp_path)]
    assert sorted(set(files)) == ["aisquare.yaml", "cobi.yaml", "miso.yaml"]


def test_mistakes_of_a_spec_and_of_a_mapping(tmp_path: Path) -> None:
    """A slip in a spec hides nothing of the mapping that needs this spec."""
    spec(tmp_path, "goshops", *SCHEMAS, "Interaction", "properties", "project", "tpye", value="x")
    mapping(tmp_path, "goshops", ("cart: add_to_cart", "cart: add_to_crat"))
    assert told(tmp_path) == [
        ("goshops.json", "schema-keyword"),
        ("goshops.yaml", "unknown-value"),
        ("goshops.yaml", "unaccounted-value"),
    ]


def test_a_spec_that_cannot_be_loaded(tmp_path: Path) -> None:
    """A spec that cannot be loaded is linted all the same, and hides no other file."""
    spec(tmp_path, "goshops", *SCHEMAS, "Interaction", "tpye", value="x")
    text = (tmp_path / "goshops.json").read_text(encoding="utf-8")
    (tmp_path / "goshops.json").write_text(text.replace('"3.1.0"', '"3.0.0"'), encoding="utf-8")
    (tmp_path / "club.json").write_text("{", encoding="utf-8")
    mapping(tmp_path, "miso", ("{action: rate}", "{action: rat}"))
    codes = told(tmp_path)
    assert ("club.json", "spec-json") in codes
    assert ("goshops.json", "spec-version") in codes
    assert ("goshops.json", "schema-keyword") in codes
    assert ("miso.yaml", "unknown-value") in codes
    assert not any(file == "goshops.yaml" for file, _ in codes)


def test_a_mapping_of_two_unknown_formats(tmp_path: Path) -> None:
    """Each format without a spec is told, where it is named, with the nearest name."""
    text = "version: 1\nbetween: [misso, cobbi]\n"
    (tmp_path / "misso--cobbi.yaml").write_text(text, encoding="utf-8")
    one, other = found(tmp_path)
    assert one.code == other.code == "mapping-format"
    assert [(one.location.line, one.location.column), (other.location.column)] == [(2, 11), 18]
    assert [one.hint, other.hint] == ["did you mean 'miso'?", "did you mean 'cobi'?"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "array"}, "spec-event"),
        ({"type": "object", "properties": {"a": {"$dynamicRef": "#a"}}}, "spec-schema"),
        ({"type": "object", "properties": {"a": {"type": 3}}}, "spec-schema"),
        ({"type": "object", "properties": {"a": {"maxLength": -3}}}, "schema-invalid"),
        (
            {"oneOf": [{}], "discriminator": {"propertyName": "a", "mapping": {"b": "#/info"}}},
            "schema-discriminator",
        ),
    ],
)
def test_a_spec_by_which_no_event_can_be_judged(event: Any, code: str, tmp_path: Path) -> None:
    """What only shows when a spec is used is told by the check, with the mapping left alone."""
    spec(tmp_path, "goshops", *SCHEMAS, "Interaction", value=event)
    codes = {one for file, one in told(tmp_path) if file == "goshops.json"}
    assert codes - {"schema-unreachable"} == {code}


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """What cannot be read is told, and the rest is read."""
    for name in ("club.json", "club.yaml"):
        (tmp_path / name).mkdir()
    mapping(tmp_path, "miso", ("{action: rate}", "{action: rat}"))
    codes = told(tmp_path)
    assert codes[:2] == [("club.json", "spec-file"), ("club.yaml", "mapping-file")]
    assert ("miso.yaml", "unknown-value") in codes


def test_what_is_left_out_is_told_at_the_name_of_its_format(tmp_path: Path) -> None:
    """A member that nothing is said of is told where 'between' names its format."""
    mapping(tmp_path, "goshops", ("    search: Go Shops takes no searches\n", ""))
    (one,) = {(one.location.line, one.location.column) for one in found(tmp_path)}
    lines = (tmp_path / "goshops.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[one[0] - 1][one[1] - 1 :].startswith("interaction")
