"""Turn converted schemas into a spec that this project can load and that its lint accepts.

What a spec cannot say is removed, so that more events are valid, and noted.
"""

from __future__ import annotations

import copy
from typing import Any

from translator.errors import Diagnostic, SpecError
from translator.importing.notes import Notes
from translator.schema import openapi
from translator.schema.lint import is_linear_pattern, lint
from translator.schema.openapi import (
    COMPONENTS,
    Schema,
    escape_step,
    spec_error,
    split_pointer,
)
from translator.schema.reader import event_type
from translator.schema.spec import MAX_NESTING, Spec

_MAX_ROUNDS = 1000


def build_spec(
    components: dict[str, Schema],
    event: str,
    notes: Notes,
    info: tuple[str, str],
    file: str,
) -> Schema:
    """Return the spec document of the event in the component `event`. Raises `SpecError`."""
    document: Schema = {
        "openapi": "3.1.0",
        "info": {"title": info[0], "version": info[1]},
        "x-event": _ref(event),
        "components": {"schemas": components},
    }
    patterns: dict[str, bool] = {}
    for component, pointer, schema in _walk(components):
        place = notes.place(component, pointer)
        _remove_patterns(schema, place, notes, patterns)
        _remove_format(schema, place, notes)
        _complete_discriminator(schema, place, components, notes)
    _cut_recursion(components, event, notes, file)
    document["components"]["schemas"] = _reachable(components, event)
    spec = Spec(info[0], document, file)
    for _ in range(_MAX_ROUNDS):
        findings = lint(spec)
        if not findings:
            break
        _repair(document, findings, notes)
    _check_event(spec, notes.place(event, ""))
    return document


def _check_event(spec: Spec, place: str) -> None:
    try:
        event_type(spec, for_output=False)
    except SpecError as error:
        message = f"{place}: {error.diagnostics[0].message}"
        hint = "name the schema of an object; if this is a list, that of its items"
        raise spec_error("import-event", spec.file, "", message, hint) from error


def _ref(name: str) -> str:
    return f"{COMPONENTS}/{escape_step(name)}"


def _walk(components: dict[str, Schema]) -> list[tuple[str, str, Schema]]:
    """List all schemas: their component, their pointer within it, and they themselves."""
    found = []
    for name, component in components.items():
        stack = [("", component)]
        while stack:
            pointer, schema = stack.pop()
            found.append((name, pointer, schema))
            stack += [(pointer + step, inner) for step, inner in openapi.subschemas(schema)]
    return found


def _remove_patterns(schema: Schema, place: str, notes: Notes, known: dict[str, bool]) -> None:
    """Remove regular expressions that cannot be matched in linear time."""

    def is_usable(pattern: str) -> bool:
        if pattern not in known:
            known[pattern] = is_linear_pattern(pattern)
        return known[pattern]

    if "pattern" in schema and not is_usable(schema["pattern"]):
        notes.drop(place, "pattern: it cannot be matched in linear time, and is not checked")
        del schema["pattern"]
    names = schema.get("patternProperties", {})
    unusable = [pattern for pattern in names if not is_usable(pattern)]
    if not unusable:
        return
    text = "patternProperties: a pattern cannot be matched in linear time; other keys are allowed"
    notes.drop(place, text)
    schemas = [names.pop(pattern) for pattern in unusable]
    if not names:
        del schema["patternProperties"]
        schema["additionalProperties"] = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    else:
        schema.pop("additionalProperties", None)


def _remove_format(schema: Schema, place: str, notes: Notes) -> None:
    name = schema.get("format")
    if name is not None and name not in openapi.FORMATS:
        notes.drop(place, f"format {name!r} is unknown, and is not checked")
        del schema["format"]


def _complete_discriminator(
    schema: Schema, place: str, components: dict[str, Schema], notes: Notes
) -> None:
    """Map each value that the variants of a union allow to its variant."""
    discriminator = schema.get("discriminator")
    if discriminator is None:
        return
    name, mapping = discriminator["propertyName"], discriminator["mapping"]
    branches = schema["oneOf"] if "oneOf" in schema else schema["anyOf"]
    refs = [branch["$ref"] for branch in branches if isinstance(branch, dict) and "$ref" in branch]
    if len(refs) < len(branches):
        notes.drop(place, "discriminator: a variant beside it is no reference")
        del schema["discriminator"]
        return
    derived: dict[str, str] = {}
    for ref in refs:
        for value in _property_values(components, ref, name):
            derived[value] = ref
    if set(derived.values()) == set(refs):
        complete = derived
    else:
        complete = dict(mapping)
        for ref in refs:
            if ref not in complete.values():
                complete[split_pointer(ref)[-1]] = ref
    if complete != mapping:
        notes.change("the mapping of a discriminator was completed")
    discriminator["mapping"] = complete


def _property_values(components: dict[str, Schema], ref: str, name: str) -> list[str]:
    """Return the strings that a property of a component can be, if it has an enum or a const."""
    pending: list[tuple[Any, tuple[str, ...]]] = [({"$ref": ref}, (name,))]
    seen = 0
    while pending and seen < 1000:
        seen += 1
        schema, steps = pending.pop()
        if not isinstance(schema, dict):
            continue
        if "$ref" in schema:
            pending.append((components.get(split_pointer(schema["$ref"])[-1]), steps))
        pending += [(part, steps) for part in schema.get("allOf", ())]
        if steps:
            pending.append((schema.get("properties", {}).get(steps[0]), steps[1:]))
        elif "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return [value for value in values if isinstance(value, str)]
    return []


def _cut_recursion(components: dict[str, Schema], event: str, notes: Notes, file: str) -> None:
    """Replace each reference by which a component contains itself."""
    done: set[str] = set()
    originals = copy.deepcopy(components)

    def visit(name: str, ancestors: frozenset[str]) -> None:
        inside = ancestors | {name}
        if len(inside) > MAX_NESTING:
            message = f"schemas are nested more than {MAX_NESTING} levels deep"
            raise spec_error("spec-depth", file, "", message, "name a smaller event")
        for component, pointer, schema in _walk({name: components[name]}):
            target = _target_name(schema)
            if target is None:
                continue
            if target in inside:
                text = f"{target} contains itself; here, its own references are not followed"
                notes.drop(notes.place(component, pointer), text)
                del schema["$ref"]
                stub = _without_references(originals[target])
                for keyword, value in stub.items():
                    if keyword in schema and keyword not in openapi.ANNOTATIONS:
                        schema.setdefault("allOf", []).append(stub)
                        break
                    schema.setdefault(keyword, value)
            elif target not in done:
                visit(target, inside)
        done.add(name)

    visit(event, frozenset())


def _without_references(schema: Any) -> Any:
    """Copy a schema without what its references say; the copy allows more."""
    if not isinstance(schema, dict) or not _refers(schema):
        return copy.deepcopy(schema)
    kept: Schema = {}
    for keyword, value in schema.items():
        if keyword in ("$ref", "discriminator") or keyword.startswith("unevaluated"):
            continue
        if not _refers(value):
            kept[keyword] = copy.deepcopy(value)
        elif keyword in ("properties", "patternProperties"):
            kept[keyword] = {key: _without_references(inner) for key, inner in value.items()}
        elif keyword in ("allOf", "prefixItems"):
            kept[keyword] = [_without_references(inner) for inner in value]
        elif keyword in ("items", "additionalProperties"):
            kept[keyword] = _without_references(value)
    return kept


def _refers(value: Any) -> bool:
    if isinstance(value, dict):
        return "$ref" in value or any(map(_refers, value.values()))
    return isinstance(value, list) and any(map(_refers, value))


def _target_name(schema: Schema) -> str | None:
    return split_pointer(schema["$ref"])[-1] if "$ref" in schema else None


def _reachable(components: dict[str, Schema], event: str) -> dict[str, Schema]:
    names = [event]
    for name in names:
        for _, _, schema in _walk({name: components[name]}):
            target = _target_name(schema)
            if target is not None and target not in names:
                names.append(target)
    return {name: components[name] for name in names}


def _repair(document: Schema, findings: list[Diagnostic], notes: Notes) -> None:
    """Remove what the lint reports. Raises `SpecError` if a finding cannot be removed."""
    for finding in findings:
        found = _locate(document, finding.location.pointer)
        if found is None:
            continue  # removed together with what an earlier finding was about
        schemas, place = found, _place(notes, finding.location.pointer)
        _, schema, steps = schemas[-1]
        match finding.code:
            case "schema-example":
                schema.pop(steps[0], None)
                notes.change(f"{steps[0]} was removed where its own schema does not allow it")
            case "schema-required" if len(steps) == 2:
                _declare(schema, int(steps[1]), notes)
            case "schema-type" if "type" in schema:
                _narrow_type(schema, place, notes)
            case "schema-discriminator":
                holder = next(each for _, each, _ in reversed(schemas) if "discriminator" in each)
                del holder["discriminator"]
                notes.drop(place, f"discriminator: {finding.message}")
                return
            case _:
                raise SpecError(findings)


def _place(notes: Notes, pointer: str) -> str:
    """Return the place in the source of a place in the spec."""
    steps = split_pointer(f"#{pointer}")
    return notes.place(steps[2], "".join(f"/{escape_step(step)}" for step in steps[3:]))


def _locate(document: Schema, pointer: str) -> list[tuple[str, Schema, list[str]]] | None:
    """Return the schemas around a place, outermost first: pointer, schema, remaining steps."""
    steps = split_pointer(f"#{pointer}")
    if steps[:2] != ["components", "schemas"]:
        return None
    node: Any = document
    is_schema_map = False
    found: list[tuple[str, Schema, list[str]]] = []
    for index, step in enumerate(steps):
        try:
            node = node[int(step)] if isinstance(node, list) else node[step]
        except (LookupError, TypeError, ValueError):
            break
        previous = steps[index - 1] if index else ""
        is_schema_map = previous in openapi.SCHEMA_MAP_KEYWORDS and not is_schema_map
        is_schema = index == 2 or is_schema_map or previous in openapi.SCHEMA_LIST_KEYWORDS
        if (is_schema or step in openapi.SCHEMA_KEYWORDS) and isinstance(node, dict):
            found.append((pointer, node, steps[index + 1 :]))
        if step in _DATA and not is_schema:
            break
    return found or None


_DATA = ("default", "example", "examples", "enum", "const")


def _declare(schema: Schema, index: int, notes: Notes) -> None:
    """Declare a required property: as a free key, which it is."""
    name = schema["required"][index]
    rest = schema.get("additionalProperties", True)
    if "patternProperties" in schema and rest is not False:
        rest = True
    schema.setdefault("properties", {})[name] = rest
    notes.change("a required property that was not declared is declared")


def _narrow_type(schema: Schema, place: str, notes: Notes) -> None:
    """Remove the types that no value of the enum has."""
    values = [schema["const"]] if "const" in schema else schema["enum"]
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    kept = [name for name in types if any(openapi.has_type(value, name) for value in values)]
    if kept:
        schema["type"] = kept[0] if len(kept) == 1 else kept
        notes.change("a type that no value of the enum has was removed")
    else:
        schema.clear()
        schema["not"] = {}
        notes.drop(place, "no value of the enum has the type: nothing is valid")
