"""`translator schema`: JSON Schemas of the files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.tools.shipped import SPEC_FILES
from translator.cli.main import main
from translator.errors import ERROR_CODES
from translator.language.examples import _EXAMPLE_KEYS
from translator.language.yaml_tree import parse_yaml, to_data

ROOT = Path(__file__).parents[2]
NAMES = {
    "mapping": "mapping:2",
    "mapping-1": "mapping:1",
    "spec": "spec:1",
    "examples": "examples:1",
}
"""The kinds of files, with the names and versions of their schemas."""


def load_yaml(path: Path) -> Any:
    return to_data(parse_yaml(path.read_bytes(), path.name))


def schema(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Return the schema that the command prints."""
    assert main(["schema", *arguments]) == 0
    document = json.loads(capfd.readouterr().out)
    jsonschema.Draft7Validator.check_schema(document)
    return document


def is_valid(document: Any, schema: Any) -> bool:
    return not list(jsonschema.Draft7Validator(schema).iter_errors(document))


@pytest.mark.parametrize(("kind", "name"), NAMES.items())
def test_a_schema_has_an_id(kind: str, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Each schema is a valid one of draft 07, and has an `$id`."""
    assert schema(capfd, kind)["$id"] == f"urn:event-translator:{name}"


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_shipped_specs_are_accepted(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The schema of specs accepts the shipped ones, and refuses one without `x-event`."""
    document = json.loads(path.read_text(encoding="utf-8"))
    spec_schema = schema(capfd, "spec")
    assert is_valid(document, spec_schema)
    del document["x-event"]
    assert not is_valid(document, spec_schema)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "mappings" / "examples").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_examples_are_accepted(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The schema of examples accepts the shipped ones."""
    assert is_valid(load_yaml(path), schema(capfd, "examples"))


def test_the_schema_of_examples_has_the_keys_of_the_parser(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The schema of examples knows the keys and codes that the parser knows, and no others."""
    item = schema(capfd, "examples")["properties"]["examples"]["items"]
    assert set(item["properties"]) == set(_EXAMPLE_KEYS)
    assert item["properties"]["refused"]["enum"] == list(ERROR_CODES)


@pytest.mark.parametrize("name", ["goshops", "aisquare", "cobi", "miso"])
def test_a_narrowed_schema_accepts_the_shipped_mapping(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A schema narrowed to a format accepts its mapping, and no field that the format lacks."""
    narrowed = schema(capfd, "--for", name)
    mapping = load_yaml(ROOT / "mappings" / f"{name}.yaml")
    assert is_valid(mapping, narrowed)
    for side, path in (("left", "nowhere"), ("right", "nowhere.else")):
        fields = {path: "time"} if side == "left" else {next(iter(mapping["fields"])): path}
        assert not is_valid(mapping | {"fields": fields}, narrowed), side
    assert not is_valid(mapping | {"lost": {name: {"nowhere": "a reason"}}}, narrowed)


@pytest.mark.parametrize(("kind", "version"), [("mapping", 2), ("mapping-1", 1)])
def test_values_are_narrowed(kind: str, version: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Where a field has an enum, `values` has its values only; in both versions."""
    narrowed = schema(capfd, kind, "--for", "goshops")
    head = {"version": version, "between": ["goshops", "interaction"]}
    for value, expected in (("cart", True), ("carts", False)):
        rule = {"is": "action", "values": {value: "add_to_cart"}}
        rules: list[Any] = [rule] if version == 1 else [rule, [rule]]
        for each in rules:
            assert is_valid({**head, "fields": {"data.event": each}}, narrowed) is expected


def test_lost_fields_are_narrowed(capfd: pytest.CaptureFixture[str]) -> None:
    """In `lost`, a key is a field with its reason, or a reason with a list of fields."""
    head = {"version": 2, "between": ["goshops", "interaction"]}
    entries: list[tuple[dict[str, Any], bool]] = [
        ({"data.item": "a reason"}, True),
        ({"a reason": ["data.item", "project"]}, True),
        ({"a reason": ["nowhere"]}, False),
        ({"data.item": ["data.item"]}, False),
    ]
    narrowed = schema(capfd, "--for", "goshops")
    for entry, expected in entries:
        assert is_valid({**head, "lost": {"goshops": entry}}, narrowed) is expected, entry
    old = schema(capfd, "mapping-1", "--for", "goshops")
    head["version"] = 1
    for path, expected in (("data.item", True), ("nowhere", False)):
        document = {**head, "fields": {}, "lost": {"goshops": {path: "a reason"}}}
        assert is_valid(document, old) is expected


def test_wrong_usage(capfd: pytest.CaptureFixture[str]) -> None:
    """An unknown format, and another kind than mappings with --for, are wrong usage."""
    assert main(["schema", "--for", "nobody"]) == 2
    assert main(["schema", "spec", "--for", "miso"]) == 2
    assert "Traceback" not in capfd.readouterr().err
