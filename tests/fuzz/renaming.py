"""Formats under hostile names: what is translated must not depend on what members are called.

The formats of tests/language are taken, and in their specs, mappings and events one or several
names of members and values are replaced by names that try to become code. The translation of a
renamed event must be the renamed translation.
"""

from __future__ import annotations

import ast
import json
import re
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz import material
from tests.language import formats
from translator import Catalog, TranslationError, Translator
from translator.errors import MappingError, SpecError
from translator.language.yaml_tree import parse_yaml, to_data

Json = Any

_WORDS = frozenset(
    {"version", "between", "each", "params", "fields", "cases", "rows", "constants", "carries",
     "lost", "is", "as", "values", "approximate", "opt_in", "refuse", "id", "unfit", "also", "or",
     "to", "because", "default", "fills", "about", "when", "if", "exact", "from", "into", "of",
     "in", "unless", "zone", "template", "text", "short", "linear", "skip", "true", "false",
     "null", "key", "value"}
)  # fmt: skip


@cache
def groups() -> list[formats.Group]:
    """The formats of tests/language that compile."""
    return [one for one in formats.read() if not any("raises" in case for case in one.cases)]


def specs() -> list[bytes]:
    """Their specs, as files."""
    return [json.dumps(spec).encode() for one in groups() for spec in one.specs.values()]


def seeds() -> list[bytes]:
    """Each group under the names it has."""
    return [json.dumps([one.name, {}]).encode() for one in groups()]


def changed(random: Random, data: bytes) -> bytes:
    """The same group, or another, with one more name replaced."""
    name, names = json.loads(data)
    if random.random() < 0.3:
        name, names = random.choice(groups()).name, {}
    free = sorted(_names(_group(name)) - names.keys())
    if free:
        names = {**names, random.choice(free): random.choice(material.NAMES)}
    return json.dumps([name, names]).encode()


def _group(name: str) -> formats.Group:
    (found,) = (one for one in groups() if one.name == name)
    return found


def _names(group: formats.Group) -> set[str]:
    """The names of members or of values of a group that are no words of the language."""
    members, values = _members(group), _values(group)
    text = "".join(group.mappings.values())
    if "carries" in text:  # where names become parts of other names
        members -= members
    if "template" in text or "Length" in json.dumps(group.specs):  # where values are measured
        values -= values
    said = {name for tree in trees(group).values() for name in _opt_ins(tree)}
    said |= {name for tree in trees(group).values() for name in tree.get("params", ())}
    return (
        {one for one in members ^ values if re.fullmatch(r"\w{2,}", one)}
        - _WORDS
        - said
        - {*group.specs}
    )


def _opt_ins(tree: Json) -> set[str]:
    if isinstance(tree, list):
        return {name for one in tree for name in _opt_ins(one)}
    if not isinstance(tree, dict):
        return set()
    own = tree.get("opt_in", ())
    return {own} if isinstance(own, str) else {*own, *_opt_ins([*tree.values()])}


def _members(group: formats.Group) -> set[str]:
    return {name for one in _schemas(group) for name in one.get("properties", {})}


def _values(group: formats.Group) -> set[str]:
    listed = (value for one in _schemas(group) for value in one.get("enum", ()))
    return {one for one in listed if isinstance(one, str)}


def _schemas(group: formats.Group) -> list[dict[str, Json]]:
    found: list[Json] = [spec["components"] for spec in group.specs.values()]
    for one in found:
        found += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return [one for one in found if isinstance(one, dict)]


def run(data: bytes) -> str:
    """Translate the events of a group as they are and renamed, and compare."""
    try:
        name, names = json.loads(data)
        group = _group(name)
        assert all(isinstance(one, str) for one in names.values())
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError):
        return "no renaming"
    before = dict(_outcomes(group.specs, trees(group), group.cases, {}))
    if len({*names.values(), *_every(group)}) < len(names) + len(_every(group)):
        return "a name is taken"
    spoken = {name: _spec_renamed(spec, names) for name, spec in group.specs.items()}
    mappings = {
        stem: _mapping_renamed(tree, names, _members(group)) for stem, tree in trees(group).items()
    }
    try:
        after = dict(_outcomes(spoken, mappings, group.cases, names))
    except (MappingError, SpecError) as error:
        return f"refused {error.diagnostics[0].code}"
    assert after.keys() == before.keys()
    for key, outcome in before.items():
        assert _plain(after[key]) == _plain(_renamed(outcome, names)), (key, outcome, after[key])
    return f"the same {len(names)}"


def _every(group: formats.Group) -> set[str]:
    return set(re.findall(r"[^\s\"'\\{}\[\]:,.|$]+", json.dumps(group.specs) + str(trees(group))))


def _plain(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def trees(group: formats.Group) -> dict[str, Json]:
    """The mappings of a group as plain data, by file name."""
    return {stem: to_data(parse_yaml(text, stem)) for stem, text in group.mappings.items()}


def _outcomes(
    spoken: dict[str, Json],
    mappings: dict[str, Json],
    cases: tuple[dict[str, Json], ...],
    names: dict[str, str],
) -> Any:
    """What becomes of each event: its translations, or the code of its refusal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = {stem: json.dumps(tree) for stem, tree in mappings.items()}
        formats.write(formats.Group("", spoken, texts, ()), folder)
        catalog = Catalog([folder / "specs"], [folder / "mappings"])
        mapping = next(iter(mappings.values()))
        for index, case in enumerate(cases):
            for source, target, event, given in directions(case, mapping):
                if source not in spoken or target not in spoken:
                    continue
                try:
                    made = Translator(
                        source, target, params=_renamed(given.get("params", {}), names),
                        allow=given.get("allow", ()), strict=given.get("strict", False),
                        crosswalks=given.get("crosswalks"), catalog=catalog,
                    )  # fmt: skip
                    innocent(made.python)
                    outcome: Json = made.translate_all(_renamed(event, names))
                except TranslationError as error:
                    outcome = {"refused": error.code}
                yield f"{index} {source} {target}", outcome


def directions(case: dict[str, Json], mapping: Json) -> Any:
    """Each event of a case with its source, its target, and what else is given."""
    if "event" in case:
        yield case["from"], case["to"], case["event"], case
    elif "both" in case:
        left, right = case["both"]
        one, other = mapping["between"]
        yield one, other, left, case
        yield other, one, right, case


def innocent(source: str) -> None:
    """Emitted code calls nothing that a name asked for, and is code."""
    tree = ast.parse(source)
    calls = (one.func for one in ast.walk(tree) if isinstance(one, ast.Call))
    assert "pwned" not in {one.id for one in calls if isinstance(one, ast.Name)}, source
    compile(tree, "emitted", "exec")


def _renamed(value: Json, names: dict[str, str]) -> Json:
    """JSON data with members and whole values renamed."""
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(below, names) for key, below in value.items()}
    if isinstance(value, list):
        return [_renamed(below, names) for below in value]
    return names.get(value, value) if isinstance(value, str) else value


def _spec_renamed(spec: Json, names: dict[str, str]) -> Json:
    return {
        **spec,
        "components": {
            "schemas": {
                key: _schema_renamed(below, names)
                for key, below in spec["components"]["schemas"].items()
            }
        },
    }


def _schema_renamed(schema: Json, names: dict[str, str]) -> Json:
    if isinstance(schema, list):
        return [_schema_renamed(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Json] = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            value = {names.get(k, k): _schema_renamed(v, names) for k, v in value.items()}
        elif keyword in ("enum", "const", "required"):
            value = _renamed(value, names)
        elif keyword == "discriminator":
            value = {
                "propertyName": names.get(value["propertyName"], value["propertyName"]),
                "mapping": {names.get(one, one): ref for one, ref in value["mapping"].items()},
            }
        else:
            value = _schema_renamed(value, names)
        made[keyword] = value
    return made


def _mapping_renamed(tree: Json, names: dict[str, str], members: set[str]) -> Json:
    """A mapping in which names are replaced: of members in each path, of values as they stand."""
    if isinstance(tree, dict):
        return {
            _text_renamed(key, names, members): value
            if key == "between"
            else _mapping_renamed(value, names, members)
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [_mapping_renamed(one, names, members) for one in tree]
    return _text_renamed(tree, names, members) if isinstance(tree, str) else tree


def _text_renamed(text: str, names: dict[str, str], members: set[str]) -> str:
    if text in names and text not in members:
        return names[text]
    paths = {name: _escaped(new) for name, new in names.items() if name in members}
    return re.sub(r"[\w-]+", lambda found: paths.get(found[0], found[0]), text)


def _escaped(name: str) -> str:
    return re.sub(r"([.\[\]{}\\\s])", r"\\\1", name)
