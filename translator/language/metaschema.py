"""Validate mapping files with the JSON Schema of the mapping language.

The parser explains what it refuses in the words of the language, but cannot look into what it does
not understand. This validation looks at the whole file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, truncate
from translator.language.yaml_tree import YamlMap, YamlNode, YamlSequence, to_data

if TYPE_CHECKING:
    from jsonschema import ValidationError

_CODES = {
    "additionalProperties": "mapping-key",
    "dependencies": "mapping-key",
    "required": "mapping-key",
    "const": "mapping-word",
    "enum": "mapping-word",
    "pattern": "mapping-path",
}
"""The code of an error, by the keyword of the schema that it breaks."""


def _read_schema(version: int) -> Any:
    """Read the schema of a version of the language; of the current one unless it is 1."""
    name = "mapping-1.schema.json" if version == 1 else "mapping.schema.json"
    return json.loads(Path(__file__).with_name(name).read_bytes())


def validate_mapping(tree: YamlNode, known: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield what the schema of mappings does not allow in the tree of a file.

    Leaves out what is above, below or at the location of a `known` finding.
    """
    data = to_data(tree)
    version = data.get("version", 0) if isinstance(data, dict) else 0
    version = version if type(version) is int else 0
    if _fast_validator(version).is_valid(data):
        return

    from jsonschema.exceptions import best_match

    by_path: dict[tuple[str | int, ...], list[ValidationError]] = {}
    for error in islice(_validator(version).iter_errors(data), MAX_DIAGNOSTICS):
        by_path.setdefault(tuple(error.absolute_path), []).append(error)
    known_locations = {finding.location for finding in known}
    for errors in by_path.values():
        best = best_match(errors)
        path = list(best.absolute_path)
        node, locations = _locate(tree, path)
        if "dependencies" in best.absolute_schema_path:
            # Another key of the same map is as wrong as this one.
            locations |= _locate(tree, path[:-1])[1]
        if known_locations.isdisjoint(locations):
            code = _CODES.get(str(best.validator), "mapping-type")
            hint = best.schema.get("description", "") if isinstance(best.schema, dict) else ""
            yield Diagnostic(code, node.location, _message(best), hint or "see docs/mappings.md")


@cache
def _fast_validator(version: int) -> jsonschema_rs.Validator:
    """Return a validator that is faster for long mappings, but explains its errors less well."""
    return jsonschema_rs.validator_for(_read_schema(version))


@cache
def _validator(version: int) -> Any:
    from jsonschema import Draft7Validator

    return Draft7Validator(_read_schema(version))


def _message(error: ValidationError) -> str:
    if error.validator == "pattern":
        return truncate(f"{error.instance!r} does not have the expected form")
    if error.validator is None:
        return truncate(f"{error.instance!r} is not allowed here")
    return truncate(error.message)


def _locate(tree: YamlNode, path: Sequence[str | int]) -> tuple[YamlNode, set[Location]]:
    """Return the node at a path, and the locations on the path and below the node."""
    locations: set[Location] = set()
    node = tree
    for step in path:
        if isinstance(node, YamlMap):
            key, node = next(entry for entry in node.entries if entry[0].raw == step)
            locations.add(key.location)
        elif isinstance(node, YamlSequence):
            assert isinstance(step, int)
            node = node.items[step]
        locations.add(node.location)
    pending = [node]
    for part in pending:
        locations.add(part.location)
        if isinstance(part, YamlMap):
            locations.update(key.location for key, _ in part.entries)
            pending += [value for _, value in part.entries]
        elif isinstance(part, YamlSequence):
            pending += part.items
    return node, locations
