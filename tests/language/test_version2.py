"""Version 2 of the language: what it reads, and that version 1 is rewritten to it."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from tests.language.schema_documents import HERE, ROOT, all_mappings, load, valid_mappings
from translator.errors import MappingError
from translator.language import version1
from translator.language.decoder import Decoder
from translator.language.parser import parse_mapping
from translator.language.yaml_tree import YamlMap, parse_yaml, to_data

PATH = ROOT / "translator" / "language" / "mapping.schema.json"
SCHEMA = json.loads(PATH.read_text(encoding="utf-8"))
HEAD = "version: 2\nbetween: [one, two]\n"
CASES: dict[str, list[dict[str, Any]]] = load(HERE / "version2.yaml")
OLD = dict(valid_mappings())
NEW = {name: text for name, text in all_mappings() if name not in OLD}

_VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


def is_valid(text: str) -> bool:
    return _VALIDATOR.is_valid(to_data(parse_yaml(text, "one.yaml")))


@pytest.mark.parametrize("name", NEW)
def test_a_valid_mapping_is_accepted(name: str) -> None:
    """The schema accepts every mapping of version 2 that is shipped or in tests."""
    assert is_valid(NEW[name])


def test_the_schema_is_sound() -> None:
    """The schema is valid draft-07, and each reference has a target that is used."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    used = set(re.findall(r"#/definitions/(\w+)", json.dumps(SCHEMA)))
    assert used == set(SCHEMA["definitions"])


@pytest.mark.parametrize("case", CASES["supported"], ids=names(CASES["supported"]))
def test_a_supported_construct_is_read(case: dict[str, Any]) -> None:
    """The parser and the schema accept it."""
    assert is_valid(HEAD + case["rest"])
    parse_mapping(HEAD + case["rest"], "one.yaml")


@pytest.mark.parametrize("case", CASES["mistakes"], ids=names(CASES["mistakes"]))
def test_a_mistake_is_reported(case: dict[str, Any]) -> None:
    """Each mistake has exactly the codes of its case; the schema refuses it if it can."""
    with pytest.raises(MappingError) as error:
        parse_mapping(HEAD + case["rest"], "one.yaml")
    assert [finding.code for finding in error.value.diagnostics] == case["finds"]
    assert all(finding.hint for finding in error.value.diagnostics)
    assert is_valid(HEAD + case["rest"]) == case.get("beyond", False)


def rewritten(text: str) -> Any:
    """The data of a mapping of version 1 after the rewriting, as a file of version 2."""
    tree = parse_yaml(text, "one.yaml")
    assert isinstance(tree, YamlMap)
    decoder = Decoder("one.yaml")
    data: Any = to_data(tree)
    decoder.formats = tuple(data["between"])
    data = to_data(version1.rewrite(decoder, tree))
    assert decoder.diagnostics == []
    return {**data, "version": 2}


def without_locations(text: str) -> str:
    return re.sub(r"Location\(.*?pointer='.*?'\)", "", repr(parse_mapping(text, "one.yaml")))


@pytest.mark.parametrize("name", OLD)
def test_version_1_is_rewritten_to_valid_version_2(name: str) -> None:
    """A mapping of version 1 means what its rewriting means as a file of version 2."""
    text = json.dumps(rewritten(OLD[name]))
    assert [error.message for error in _VALIDATOR.iter_errors(json.loads(text))] == []
    assert without_locations(text) == without_locations(OLD[name])
