"""The JSON Schema of mappings: what it takes and refuses, and that it knows what reading knows."""

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
    faults,
    good,
    is_read,
    load,
    subschemas,
    text_of,
)
from translator.errors import MappingError
from translator.language.yaml_tree import parse_yaml, to_data
from translator.paths import is_scalar_path, parse_path

GOOD = list(good())
BAD: list[Json] = load(HERE / "schema_bad.yaml")
BEYOND: dict[str, str] = load(HERE / "schema_beyond.yaml")
MISTAKES: list[Json] = [
    one for path in sorted((HERE / "mistakes").glob("*.yaml")) for one in load(path)
]
DEFINITIONS = SCHEMA["definitions"]

TEXTS = st.text(alphabet="ab.[]{}\\ ,|$", max_size=8) | st.lists(
    st.sampled_from(["a", "b.c", ".", "[]", "{key}", "{value}", "\\", " ", ",", "|", "\\ ", "\\|"])
).map("".join)


def names(entries: list[Json]) -> list[str]:
    return [one["name"] for one in entries]


def test_it_is_a_schema_of_draft_07() -> None:
    """The schema is valid by draft-07, the last draft that language servers for YAML read whole."""
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_reference_leads_somewhere() -> None:
    """Each reference names a definition, stands alone in its schema, and no definition is idle."""
    referring = [one for _, one in subschemas() if isinstance(one, dict) and "$ref" in one]
    assert all(one.keys() == {"$ref"} for one in referring)
    assert {one["$ref"] for one in referring} == {f"#/definitions/{name}" for name in DEFINITIONS}


def test_no_map_is_open() -> None:
    """A map has the keys that the schema names, or keys of one kind, and never just any."""
    overlays = re.compile(r"#/definitions/(single|joined)|/dependencies/")
    for pointer, schema in subschemas():
        if not isinstance(schema, dict) or overlays.search(pointer):
            continue
        if "object" in schema.get("type", ()) or "properties" in schema:
            others = schema.get("additionalProperties")
            named = "properties" in schema or "patternProperties" in schema
            assert others is False if named else others, pointer


def test_every_key_is_explained() -> None:
    """Whatever key or item a writer can hover over has a sentence of its own."""
    silent = []
    for pointer, schema in subschemas():
        if not isinstance(schema, dict) or "/dependencies/" in pointer:
            continue
        if re.search(r"#/definitions/(single|joined)", pointer):
            continue
        keys = [*schema.get("properties", {}).items(), *schema.get("patternProperties", {}).items()]
        if isinstance(schema.get("additionalProperties"), dict):
            keys.append(("*", schema["additionalProperties"]))
        for key, one in keys:
            if not re.fullmatch(r"[A-Z`].{10,}\.", one.get("description", "")):
                silent.append(f"{pointer}/{key}")
    assert silent == []
    assert SCHEMA["description"].endswith(".")


@pytest.mark.parametrize("text", [text for _, text in GOOD], ids=[name for name, _ in GOOD])
def test_a_good_mapping_is_accepted(text: str) -> None:
    """The schema finds no fault with any mapping that is shipped, tested or shown."""
    assert faults(to_data(parse_yaml(text, "good.yaml"))) == []


@pytest.mark.parametrize("bad", BAD, ids=names(BAD))
def test_a_bad_mapping_is_refused(bad: Json) -> None:
    """The schema finds fault with the place that is wrong, and with none beside it."""
    found = faults(to_data(parse_yaml(text_of(bad), "schema_bad.yaml")))
    places = [place for place, _ in found]
    assert bad["at"] in places, found
    assert all(one.startswith(bad["at"]) or bad["at"].startswith(one) for one in places), found


@pytest.mark.parametrize("bad", BAD, ids=names(BAD))
def test_what_it_refuses_is_not_read(bad: Json) -> None:
    """What the schema refuses is no mapping to the translator either."""
    assert not is_read(text_of(bad))


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_a_mistake_of_form_is_refused(mistake: Json) -> None:
    """A mistake that reading finds is one to the schema, or beyond it for a given reason."""
    try:
        refused = bool(faults(to_data(parse_yaml(text_of(mistake), "mistake.yaml"))))
    except MappingError:
        refused = False
    assert refused is not (mistake["name"] in BEYOND)


def test_nothing_is_beyond_it_that_is_no_mistake() -> None:
    """Each entry of what is beyond the schema is a mistake that is still shown, with a reason."""
    assert BEYOND.keys() <= set(names(MISTAKES))
    assert all(BEYOND.values())


def reads(path: str) -> bool:
    try:
        parse_path(path)
    except ValueError:
        return False
    return True


@given(TEXTS)
def test_a_path_is_a_path(text: str) -> None:
    """The schema takes for a path what the translator reads as one, and nothing else."""
    matched = re.search(DEFINITIONS["path"]["pattern"], text) is not None
    assert matched == reads(text)
    single = re.search(DEFINITIONS["member"]["pattern"], text) is not None
    assert single == (reads(text) and is_scalar_path(parse_path(text)))


@given(TEXTS)
def test_several_paths_are_several_paths(text: str) -> None:
    """Both sides of a rule hold the paths, with | or commas between them, that reading finds."""
    assert (re.search(DEFINITIONS["paths"]["pattern"], text) is not None) == all(
        reads(part.strip()) for part in text.split("|")
    )
    assume(not ("," in text and "|" in text))
    first, joined = DEFINITIONS["fields"]["patternProperties"]
    taken = re.search(joined if "," in text else first, text) is not None
    assert taken == all(reads(part.strip()) for part in re.split("[,|]", text))
    assert re.search(first if "," in text else joined, text) is None


@pytest.mark.parametrize("path", SHIPPED, ids=[path.name for path in SHIPPED])
def test_a_shipped_mapping_names_it(path: Path) -> None:
    """The first line of each mapping tells an editor where the schema is."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (path.parent / first.removeprefix(prefix)).resolve() == PATH


def test_it_is_installed() -> None:
    """The schema is data of the package."""
    found = files("translator.language").joinpath(PATH.name).read_text(encoding="utf-8")
    assert found == PATH.read_text(encoding="utf-8")
