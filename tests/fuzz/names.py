"""Fuzz names: translations must not depend on the names of fields and values.

In the formats of tests/language, names of fields and values are replaced by hostile names. The
translation of a renamed event must be the renamed translation.
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

from tests.fuzz import hostile
from tests.language import formats
from translator import Catalog, TranslationError, Translator
from translator.errors import MappingError, SpecError
from translator.language.yaml_tree import parse_yaml, to_data

Json = Any

_KEYWORDS = frozenset(
    {"version", "between", "each", "params", "fields", "cases", "rows", "constants", "carries",
     "lost", "is", "as", "values", "approximate", "opt_in", "refuse", "id", "unfit", "also", "or",
     "to", "because", "default", "fills", "about", "when", "if", "exact", "from", "into", "of",
     "in", "unless", "zone", "template", "text", "short", "linear", "skip", "true", "false",
     "null", "key", "value"}
)  # fmt: skip


@cache
def groups() -> list[formats.Group]:
    """The formats of tests/language that compile."""
    return [group for group in formats.read() if not any("raises" in case for case in group.cases)]


def specs() -> list[bytes]:
    """The specs of the groups as files."""
    return [json.dumps(spec).encode() for group in groups() for spec in group.specs.values()]


def seeds() -> list[bytes]:
    """Each group without renaming."""
    return [json.dumps([group.name, {}]).encode() for group in groups()]


def change(random: Random, data: bytes) -> bytes:
    """The group, or another one, with another name replaced."""
    name, names = json.loads(data)
    if random.random() < 0.3:
        name, names = random.choice(groups()).name, {}
    free = sorted(_names(_group(name)) - names.keys())
    if free:
        names = {**names, random.choice(free): random.choice(hostile.NAMES)}
    return json.dumps([name, names]).encode()


def _group(name: str) -> formats.Group:
    (group,) = (group for group in groups() if group.name == name)
    return group


def _names(group: formats.Group) -> set[str]:
    """The names of fields and values of a group that are not keywords of mappings."""
    fields, values = _fields(group), _values(group)
    text = "".join(group.mappings.values())
    if "carries" in text:  # Carried names are parts of other names.
        fields = set()
    if "template" in text or "Length" in json.dumps(group.specs):  # The length of values matters.
        values = set()
    reserved = _KEYWORDS | {*group.specs}
    for tree in trees(group).values():
        reserved |= {*_opt_ins(tree), *tree.get("params", ())}
    return {name for name in fields ^ values if re.fullmatch(r"\w{2,}", name)} - reserved


def _opt_ins(tree: Json) -> set[str]:
    if isinstance(tree, list):
        return {name for item in tree for name in _opt_ins(item)}
    if not isinstance(tree, dict):
        return set()
    names = tree.get("opt_in", ())
    return {names} if isinstance(names, str) else {*names, *_opt_ins([*tree.values()])}


def _fields(group: formats.Group) -> set[str]:
    return {name for schema in _schemas(group) for name in schema.get("properties", {})}


def _values(group: formats.Group) -> set[str]:
    values = (value for schema in _schemas(group) for value in schema.get("enum", ()))
    return {value for value in values if isinstance(value, str)}


def _schemas(group: formats.Group) -> list[dict[str, Json]]:
    values: list[Json] = [spec["components"] for spec in group.specs.values()]
    for value in values:
        if isinstance(value, dict | list):
            values += value.values() if isinstance(value, dict) else value
    return [value for value in values if isinstance(value, dict)]


def run(data: bytes) -> str:
    """Translate the events of a group with the original and with new names, and compare."""
    try:
        name, names = json.loads(data)
        group = _group(name)
        assert all(isinstance(new, str) for new in names.values())
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError):
        return "no renaming"
    before = dict(_outcomes(group.specs, trees(group), group.cases, {}))
    if len({*names.values(), *_words(group)}) < len(names) + len(_words(group)):
        return "a name is taken"
    renamed_specs = {name: _spec_renamed(spec, names) for name, spec in group.specs.items()}
    mappings = {
        stem: _mapping_renamed(tree, names, _fields(group)) for stem, tree in trees(group).items()
    }
    try:
        after = dict(_outcomes(renamed_specs, mappings, group.cases, names))
    except (MappingError, SpecError) as error:
        return f"refused {error.diagnostics[0].code}"
    assert after.keys() == before.keys()
    for key, outcome in before.items():
        assert _plain(after[key]) == _plain(_renamed(outcome, names)), (key, outcome, after[key])
    return f"the same {len(names)}"


def _words(group: formats.Group) -> set[str]:
    return set(re.findall(r"[^\s\"'\\{}\[\]:,.|$]+", json.dumps(group.specs) + str(trees(group))))


def _plain(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def trees(group: formats.Group) -> dict[str, Json]:
    """The mappings of a group as JSON data, by file name."""
    return {stem: to_data(parse_yaml(text, stem)) for stem, text in group.mappings.items()}


def _outcomes(
    specs: dict[str, Json],
    mappings: dict[str, Json],
    cases: tuple[dict[str, Json], ...],
    names: dict[str, str],
) -> Any:
    """The translations of each event, or the code of its refusal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = {stem: json.dumps(tree) for stem, tree in mappings.items()}
        formats.write(formats.Group("", specs, texts, ()), folder)
        catalog = Catalog([folder / "specs"], [folder / "mappings"])
        mapping = next(iter(mappings.values()))
        for index, case in enumerate(cases):
            for source, target, event, options in directions(case, mapping):
                if source not in specs or target not in specs:
                    continue
                try:
                    translator = Translator(
                        source, target, params=_renamed(options.get("params", {}), names),
                        allow=options.get("allow", ()), strict=options.get("strict", False),
                        crosswalks=options.get("crosswalks"), catalog=catalog,
                    )  # fmt: skip
                    assert_harmless(translator.python)
                    outcome: Json = translator.translate_all(_renamed(event, names))
                except TranslationError as error:
                    outcome = {"refused": error.code}
                yield f"{index} {source} {target}", outcome


def directions(case: dict[str, Json], mapping: Json) -> Any:
    """Source, target, event and options of each translation of a case."""
    if "event" in case:
        yield case["from"], case["to"], case["event"], case
    elif "both" in case:
        left, right = case["both"]
        left_format, right_format = mapping["between"]
        yield left_format, right_format, left, case
        yield right_format, left_format, right, case


def assert_harmless(source: str) -> None:
    """Fail unless emitted code is valid and contains no code that a name injected."""
    tree = ast.parse(source)
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert "pwned" not in {node.id for node in calls if isinstance(node, ast.Name)}, source
    compile(tree, "emitted", "exec")


def _renamed(value: Json, names: dict[str, str]) -> Json:
    """JSON data with renamed keys and string values."""
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
        return [_schema_renamed(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    renamed: dict[str, Json] = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            value = {names.get(k, k): _schema_renamed(v, names) for k, v in value.items()}
        elif keyword in ("enum", "const", "required"):
            value = _renamed(value, names)
        elif keyword == "discriminator":
            value = {
                "propertyName": names.get(value["propertyName"], value["propertyName"]),
                "mapping": {names.get(key, key): ref for key, ref in value["mapping"].items()},
            }
        else:
            value = _schema_renamed(value, names)
        renamed[keyword] = value
    return renamed


def _mapping_renamed(tree: Json, names: dict[str, str], fields: set[str]) -> Json:
    """A mapping with renamed fields in each path, and renamed values."""
    if isinstance(tree, dict):
        return {
            _text_renamed(key, names, fields): value
            if key == "between"
            else _mapping_renamed(value, names, fields)
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [_mapping_renamed(item, names, fields) for item in tree]
    return _text_renamed(tree, names, fields) if isinstance(tree, str) else tree


def _text_renamed(text: str, names: dict[str, str], fields: set[str]) -> str:
    if text in names and text not in fields:
        return names[text]
    paths = {name: _escaped(new) for name, new in names.items() if name in fields}
    return re.sub(r"[\w-]+", lambda match: paths.get(match[0], match[0]), text)


def _escaped(name: str) -> str:
    return re.sub(r"([.\[\]{}\\\s])", r"\\\1", name)
