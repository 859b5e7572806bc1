"""Read the files in `groups`: small specs, a mapping between them, and cases.

Each file is a list of groups:

    - group: what the language can say
      specs: {acme: {id: string, rank~: integer}, log: {...}}
      mapping: |                  # between the two specs; `mappings:` holds several by file name
        version: 1
        between: [acme, log]
        ...
      cases:
        - {name: ..., both: [{an event of the left}, {the same of the right}]}
        - {name: ..., from: acme, to: log, event: {...}, gives: [...]}      # or refused: CODE
        - {name: ..., from: acme, to: log, raises: CODE}                    # MappingError

A spec is a short schema: a map is a closed object, `name~` an optional property, `*` the schema of
additional properties (`any` allows all), a string one or several types (`string|null`), a list of
one schema a list. A map with a string as its `type`, or with `enum`, `const`, `$ref` or `oneOf`, is
plain JSON Schema; `$defs` contains schemas to refer to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.language.yaml_tree import parse_yaml, to_data

HERE = Path(__file__).parent
SCHEMAS = "#/components/schemas/"

Json = Any

_JSON_SCHEMA_KEYWORDS = {"enum", "const", "$ref", "oneOf"}


@dataclass(frozen=True)
class Group:
    """Formats, the mappings between them, and cases."""

    name: str
    specs: dict[str, Json]
    mappings: dict[str, str]
    cases: tuple[dict[str, Json], ...]


def read() -> Iterator[Group]:
    """Yield every group of every file."""
    for path in sorted((HERE / "groups").glob("*.yaml")):
        groups = to_data(parse_yaml(path.read_bytes(), str(path)))
        assert isinstance(groups, list), path
        for group in groups:
            assert group.keys() <= {"group", "specs", "mapping", "mappings", "cases"}, group.keys()
            specs = {name: document(name, spec) for name, spec in group["specs"].items()}
            mappings = group.get("mappings") or {_stem(group["mapping"]): group["mapping"]}
            name = f"{path.stem}: {group['group']}"
            yield Group(name, specs, mappings, tuple(group["cases"]))


def _stem(text: str) -> str:
    """Return the name that the file of a mapping needs."""
    between = to_data(parse_yaml(text, "mapping"))
    assert isinstance(between, dict)
    left, right = between["between"]
    return str(left) if right == "interaction" else f"{left}--{right}"


def document(name: str, short: Json) -> Json:
    """Expand a short spec to an OpenAPI document."""
    short = dict(short)
    defs = short.pop("$defs", {})
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "x-event": f"{SCHEMAS}Event",
        "components": {
            "schemas": {
                "Event": schema(short),
                **{key: schema(value) for key, value in defs.items()},
            }
        },
    }


def schema(short: Json) -> Json:
    """Expand a short schema to JSON Schema."""
    if short == "any":
        return True
    if isinstance(short, str):
        types = short.split("|")
        return {"type": types[0] if len(types) == 1 else types}
    if isinstance(short, list):
        return {"type": "array", "items": schema(short[0])}
    assert isinstance(short, dict)
    if short.keys() & _JSON_SCHEMA_KEYWORDS or isinstance(short.get("type"), str | list):
        return short
    additional = schema(short["*"]) if "*" in short else False
    fields = {key: value for key, value in short.items() if key != "*"}
    return {
        "type": "object",
        "properties": {key.removesuffix("~"): schema(value) for key, value in fields.items()},
        "required": [key for key in fields if not key.endswith("~")],
        "additionalProperties": additional,
    }


def write(group: Group, folder: Path) -> None:
    """Write the files of a group to the subfolders `specs` and `mappings` of `folder`."""
    (folder / "specs").mkdir()
    (folder / "mappings").mkdir()
    for name, spec in group.specs.items():
        (folder / "specs" / f"{name}.json").write_text(json.dumps(spec), encoding="utf-8")
    for stem, text in group.mappings.items():
        (folder / "mappings" / f"{stem}.yaml").write_text(text, encoding="utf-8")
