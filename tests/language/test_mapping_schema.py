"""The JSON Schema of mappings accepts and refuses the same mappings as the parser."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.language.schema_documents import (
    HERE,
    PATH,
    SCHEMA,
    SHIPPED,
    Json,
    is_parsed,
    load,
    schema_errors,
    subschemas,
    text_of,
    valid_mappings,
)
from translator.errors import MappingError
from translator.language.yaml_tree import parse_yaml, to_data
from translator.paths import is_scalar_path, parse_path, split_paths

VALID = list(valid_mappings())
BAD: list[Json] = load(HERE / "schema_bad.yaml")
BEYOND: dict[str, str] = load(HERE / "schema_beyond.yaml")
MISTAKES: list[Json] = [
    mistake for path in sorted((HERE / "mistakes").glob("*.yaml")) for mistake in load(path)
]
DEFINITIONS = SCHEMA["definitions"]

PATH_LIKE = st.text(alphabet="ab.[]{}\\ ,|$", max_size=8) | st.lists(
    st.sampled_from(["a", "b.c", ".", "[]", "{key}", "{value}", "\\", " ", ",", "|", "\\ ", "\\|"])
).map("".join)


def names(entries: list[Json]) -> list[str]:
    return [entry["name"] for entry in entries]


def test_it_is_a_schema_of_draft_07() -> None:
    """The schema is valid draft-07, the last draft that YAML language servers fully support."""
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_reference_has_a_target() -> None:
    """Each reference is alone in its schema and names a definition; each definition is used."""
    references = [schema for _, schema in subschemas() if "$ref" in (schema or ())]
    assert all(schema.keys() == {"$ref"} for schema in references)
    assert {schema["$ref"] for schema in references} == {
        f"#/definitions/{name}" for name in DEFINITIONS
    }


def test_no_map_is_open() -> None:
    """A map has only the keys that the schema names, or keys of one kind."""
    overlays = re.compile(r"#/definitions/(single|joined)|/dependencies/")
    for pointer, schema in subschemas():
        if not isinstance(schema, dict) or overlays.search(pointer):
            continue
        if "object" in schema.get("type", ()) or "properties" in schema:
            additional = schema.get("additionalProperties")
            has_names = "properties" in schema or "patternProperties" in schema
            assert additional is False if has_names else additional, pointer


def test_every_key_is_explained() -> None:
    """Every key that an editor can explain has a description of one sentence or more."""
    unexplained = []
    for pointer, schema in subschemas():
        if not isinstance(schema, dict) or "/dependencies/" in pointer:
            continue
        if re.search(r"#/definitions/(single|joined)", pointer):
            continue
        keys = [*schema.get("properties", {}).items(), *schema.get("patternProperties", {}).items()]
        if isinstance(schema.get("additionalProperties"), dict):
            keys.append(("*", schema["additionalProperties"]))
        for key, child in keys:
            if not re.fullmatch(r"[A-Z`].{10,}\.", child.get("description", "")):
                unexplained.append(f"{pointer}/{key}")
    assert unexplained == []
    assert SCHEMA["description"].endswith(".")


@pytest.mark.parametrize("text", [text for _, text in VALID], ids=[name for name, _ in VALID])
def test_a_valid_mapping_is_accepted(text: str) -> None:
    """The schema accepts every mapping that is shipped, in tests, or on a page."""
    assert schema_errors(to_data(parse_yaml(text, "valid.yaml"))) == []


@pytest.mark.parametrize("bad", BAD, ids=names(BAD))
def test_a_bad_mapping_is_refused(bad: Json) -> None:
    """The schema reports the wrong place, and no other."""
    errors = schema_errors(to_data(parse_yaml(text_of(bad), "schema_bad.yaml")))
    places = [place for place, _ in errors]
    assert bad["at"] in places, errors
    for place in places:
        assert place.startswith(bad["at"]) or bad["at"].startswith(place), errors


@pytest.mark.parametrize("bad", BAD, ids=names(BAD))
def test_the_parser_refuses_what_the_schema_refuses(bad: Json) -> None:
    """The parser also refuses what the schema refuses."""
    assert not is_parsed(text_of(bad))


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_the_schema_refuses_what_the_parser_refuses(mistake: Json) -> None:
    """The schema also refuses what the parser refuses, with listed exceptions."""
    try:
        refused = bool(schema_errors(to_data(parse_yaml(text_of(mistake), "mistake.yaml"))))
    except MappingError:
        refused = False
    assert refused is not (mistake["name"] in BEYOND)


def test_every_exception_is_a_case() -> None:
    """Each exception to the rule above is a case of the parser, and has a reason."""
    assert BEYOND.keys() <= set(names(MISTAKES))
    assert all(BEYOND.values())


def is_path(path: str) -> bool:
    try:
        parse_path(path)
    except ValueError:
        return False
    return True


@given(PATH_LIKE)
def test_paths_match_the_parser(text: str) -> None:
    """The schema accepts exactly the paths that the parser accepts."""
    matches = re.search(DEFINITIONS["path"]["pattern"], text) is not None
    assert matches == is_path(text)
    is_scalar = re.search(DEFINITIONS["scalarPath"]["pattern"], text) is not None
    assert is_scalar == (is_path(text) and is_scalar_path(parse_path(text)))


@given(PATH_LIKE)
def test_lists_of_paths_match_the_parser(text: str) -> None:
    """On both sides of a rule, the schema accepts the same lists of paths as the parser."""
    assert (re.search(DEFINITIONS["paths"]["pattern"], text) is not None) == all(
        map(is_path, split_paths(text, "|"))
    )
    parts, alternatives = split_paths(text, ","), split_paths(text, "|")
    is_joined = len(parts) > 1
    assume(not (is_joined and len(alternatives) > 1))
    first, joined = DEFINITIONS["fields"]["patternProperties"]
    matches = re.search(joined if is_joined else first, text) is not None
    assert matches == all(map(is_path, parts if is_joined else alternatives))
    assert re.search(first if is_joined else joined, text) is None


@pytest.mark.parametrize("path", SHIPPED, ids=[path.name for path in SHIPPED])
def test_a_shipped_mapping_names_the_schema(path: Path) -> None:
    """The first line of each mapping names the schema of its version for editors."""
    text = path.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    schema = PATH if "\nversion: 1\n" in text else PATH.with_name("mapping.schema.json")
    assert (path.parent / first.removeprefix(prefix)).resolve() == schema


def test_it_is_installed() -> None:
    """The schema is part of the package."""
    installed = files("translator.language").joinpath(PATH.name).read_text(encoding="utf-8")
    assert installed == PATH.read_text(encoding="utf-8")
