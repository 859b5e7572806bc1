"""Lint specs: report what validators of OpenAPI and JSON Schema accept but is probably wrong.

For example, a validator ignores an unknown keyword, so a misspelled one constrains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import jsonschema_rs

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, SpecError, suggest
from translator.schema import openapi
from translator.schema.openapi import (
    KEYWORDS,
    TYPES,
    Schema,
    error_at,
    escape_step,
    suggest_nearest,
)
from translator.schema.spec import ReadableFile, Spec, decode_spec, file_name, structural_errors

UNREADABLE_CODES = frozenset(("spec-schema", "schema-invalid", "schema-discriminator"))
"""The codes of findings that leave unclear which values an event may have."""


_Finding = tuple[str, str, str, str]
"""A code, a JSON pointer relative to the schema, a message and a hint."""


def lint(spec: Spec) -> list[Diagnostic]:
    """Return all errors and warnings about a spec, in the order of its document."""
    structural = list(islice(structural_errors(spec.document, spec.file), MAX_DIAGNOSTICS))
    if {finding.code for finding in structural} - {"spec-version", "spec-event", "spec-reference"}:
        return structural
    findings = list(islice(_check_schemas(spec), MAX_DIAGNOSTICS))
    if not structural and not any(finding.code == "schema-invalid" for finding in findings):
        findings.extend(islice(_check_examples(spec), MAX_DIAGNOSTICS))
    if not any(finding.code == "spec-event" for finding in structural):
        findings.extend(islice(_check_unreachable(spec), MAX_DIAGNOSTICS))
    return structural + findings


def lint_file(path: ReadableFile, name: str) -> list[Diagnostic]:
    """Return all errors and warnings about the spec in a file, which may be unusable as a spec."""
    file = file_name(path)
    try:
        document = decode_spec(path, file)
    except SpecError as error:
        return list(error.diagnostics)
    if not isinstance(document, dict):
        return list(structural_errors(document, file))
    return lint(Spec(name, document, file))


def _check_schemas(spec: Spec) -> Iterator[Diagnostic]:
    for pointer, schema in openapi.walk_schemas(spec.document):
        for check in _CHECKS:
            for code, suffix, message, hint in check(schema, spec.document):
                yield error_at(code, spec.file, pointer + suffix, message, hint)


def _check_metaschema(schema: Schema, document: Schema) -> Iterator[_Finding]:
    try:
        # Subschemas are checked by themselves.
        shallow = openapi.map_subschemas(schema, lambda inner: isinstance(inner, dict) or inner)
        shallow.pop("$schema", None)
        jsonschema_rs.meta.validate(shallow)
    except jsonschema_rs.ValidationError as error:
        suffix = _pointer_of(error)
        keyword = str(next(iter(error.instance_path), ""))
        suggestion = suggest_nearest(str(error.instance), TYPES) if suffix == "/type" else ""
        hint = suggestion or f"correct the value of {keyword!r}"
        yield "schema-invalid", suffix, f"{keyword}: {error.message}", hint
    if schema.get("$schema", openapi.DIALECTS[0]) not in openapi.DIALECTS:
        message = f"$schema: {schema['$schema']!r} is another dialect"
        hint = "remove it; the schemas of a spec are JSON Schema 2020-12"
        yield "schema-invalid", "/$schema", message, hint


def _pointer_of(error: jsonschema_rs.ValidationError) -> str:
    return "".join(f"/{escape_step(str(step))}" for step in error.instance_path)


def _check_patterns(schema: Schema, document: Schema) -> Iterator[_Finding]:
    patterns = [("/pattern", schema["pattern"])] if "pattern" in schema else []
    for pattern in schema.get("patternProperties", {}):
        patterns.append((f"/patternProperties/{escape_step(pattern)}", pattern))
    options = jsonschema_rs.RegexOptions()
    hint = (
        "close its brackets, escape special characters by a backslash, and avoid look-around, "
        "backreferences and very large repetitions"
    )
    for suffix, pattern in patterns:
        try:
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
        except (jsonschema_rs.ValidationError, ValueError):
            message = f"{pattern!r} is not a regular expression that can be matched in linear time"
            yield "schema-invalid", suffix, message, hint


def _check_keywords(schema: Schema, document: Schema) -> Iterator[_Finding]:
    for keyword in schema:
        suffix = f"/{escape_step(keyword)}"
        if keyword == "nullable":
            message = "OpenAPI 3.1 has no `nullable`, and null is not allowed"
            hint = 'allow null by type, as in "type": ["string", "null"]'
            yield "schema-nullable", suffix, message, hint
        elif keyword not in KEYWORDS and not keyword.startswith("x-"):
            message = f"{keyword!r} is not a keyword of JSON Schema and constrains nothing"
            hint = suggest_nearest(keyword, KEYWORDS) or "prefix a keyword of your own with x-"
            yield "schema-keyword", suffix, message, hint
    name = schema.get("format")
    if name is not None and name not in openapi.FORMATS:
        message = f"the format {name!r} is unknown and would not be checked"
        yield "schema-format", "/format", message, suggest(name, openapi.FORMATS)


def _check_enum_types(schema: Schema, document: Schema) -> Iterator[_Finding]:
    """Report each type that no enum value has: usually, null is missing from the enum."""
    types = schema.get("type", [])
    values = _enum_values(schema)
    for name in [types] if isinstance(types, str) else types:
        if values and name in TYPES and not any(openapi.has_type(value, name) for value in values):
            message = f"no value of the enum has the type {name}"
            yield "schema-type", "/type", message, "list the value, or remove the type"


def _check_required(schema: Schema, document: Schema) -> Iterator[_Finding]:
    properties = schema.get("properties", {})
    for index, name in enumerate(schema.get("required", ())):
        if name not in properties:
            message = f"{name!r} is required but not a property"
            hint = suggest_nearest(name, properties) or "describe it under properties"
            yield "schema-required", f"/required/{index}", message, hint


def _check_discriminator(schema: Schema, document: Schema) -> Iterator[_Finding]:
    if "discriminator" not in schema:
        return
    code, base = "schema-discriminator", "/discriminator"
    keyword = "oneOf" if "oneOf" in schema else "anyOf"
    mapping, name = schema["discriminator"]["mapping"], schema["discriminator"]["propertyName"]
    if keyword not in schema:
        message = "a discriminator has no effect without oneOf"
        yield code, base, message, "put it next to the oneOf, or remove it"
        return
    refs = [branch.get("$ref") if isinstance(branch, dict) else None for branch in schema[keyword]]
    for value, target in mapping.items():
        if target not in refs and openapi.find_target(document, target)[0] is not None:
            suffix = f"{base}/mapping/{escape_step(value)}"
            message = f"{value!r} is mapped to {target!r}, which is not in the {keyword}"
            yield code, suffix, message, f"add it to the {keyword}, or remove the value"
    # A value that is mapped to no schema of the union was reported above.
    known_mapping = {value: target if target in refs else None for value, target in mapping.items()}
    for index, ref in enumerate(refs):
        suffix = f"/{keyword}/{index}"
        if isinstance(ref, str):
            variant, _ = openapi.find_target(document, ref)
            yield from _check_variant(variant, suffix, ref, name, known_mapping)
        else:
            message = f"a schema of the {keyword} is not a reference"
            yield code, suffix, message, "move it to components, and refer to it"


def _check_variant(
    variant: object, suffix: str, ref: str, name: str, mapping: dict[str, str | None]
) -> Iterator[_Finding]:
    """Compare a schema of a union with the discriminator values that are mapped to it."""
    code = "schema-discriminator"
    if variant is None:
        return
    properties = variant.get("properties", {}) if isinstance(variant, dict) else {}
    if not isinstance(variant, dict) or name not in properties:
        message = f"{ref!r} has no property {name!r}, the discriminator"
        yield code, suffix, message, "describe it there, with a const"
        return
    if name not in variant.get("required", ()):
        message = f"{ref!r} does not require {name!r}, the discriminator"
        yield code, suffix, message, f"add {name!r} to its required"
    values = _enum_values(properties[name]) if isinstance(properties[name], dict) else None
    if not isinstance(values, list):
        message = f"{name!r} of {ref!r} has neither const nor enum, so it allows any value"
        yield code, suffix, message, "give it a const"
        return
    allowed = list(map(str, values))
    for value, target in mapping.items():
        if target == ref and value not in allowed:
            mapping_suffix = f"/discriminator/mapping/{escape_step(value)}"
            message = f"{ref!r} does not allow {name} {value!r}"
            yield code, mapping_suffix, message, suggest(value, allowed)
    for value in allowed:
        if mapping.get(value, "") not in (ref, None):
            message = f"{ref!r} allows {name} {value!r}, which is not mapped to it"
            yield code, suffix, message, "list every value in the mapping"


def _enum_values(schema: Schema) -> Any:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _check_extensions(schema: Schema, document: Schema) -> Iterator[_Finding]:
    override, properties = schema.get("x-written", {}), schema.get("properties", {})
    code, base = "written-nothing", "/x-written"
    if "x-written" in schema and not override:
        yield code, base, "an empty x-written narrows nothing", "remove it"
    for keyword, value in override.items():
        suffix = f"{base}/{escape_step(keyword)}"
        if keyword in ("required", "properties"):
            for index, name in enumerate(value):
                if name not in properties:
                    step = index if keyword == "required" else escape_step(name)
                    message = f"{name!r} is not a property of this schema"
                    hint = suggest_nearest(name, properties) or "remove it"
                    yield code, f"{suffix}/{step}", message, hint
        elif keyword not in KEYWORDS:
            message = f"{keyword!r} is not a keyword of JSON Schema and narrows nothing"
            hint = suggest_nearest(keyword, KEYWORDS) or "remove it"
            yield code, suffix, message, hint
        elif schema.get(keyword) == value:
            message = f"{keyword!r} has the same value in the schema itself"
            yield code, suffix, message, "remove it"
    if schema.get("x-sum", True) is not True:
        yield "schema-invalid", "/x-sum", "x-sum must be true", "remove it if values do not add up"
    for keyword in schema.get("x-violations", {}):
        if keyword not in schema and keyword not in override:
            message = f"the schema has no {keyword!r} that could be violated"
            suffix = f"/x-violations/{escape_step(keyword)}"
            hint = suggest_nearest(keyword, schema) or "remove it"
            yield "violations-nothing", suffix, message, hint


_CHECKS: tuple[Callable[[Schema, Schema], Iterator[_Finding]], ...] = (
    _check_metaschema,
    _check_patterns,
    _check_keywords,
    _check_enum_types,
    _check_required,
    _check_discriminator,
    _check_extensions,
)


def _check_examples(spec: Spec) -> Iterator[Diagnostic]:
    context = {key: part for key, part in spec.document.items() if not key.startswith("$")}
    for schema, pointer, value in _example_values(spec.document):
        try:
            validator = jsonschema_rs.Draft202012Validator(
                context | schema, validate_formats=True, ignore_unknown_formats=True, offline=True
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
            message = f"its schema is unusable: {str(error).splitlines()[0]}"
            hint = "correct what the message names"
            yield error_at("schema-invalid", spec.file, pointer, message, hint)
            continue
        for violation in validator.iter_errors(value):
            message = f"its own schema does not allow this: {violation.message}"
            hint = "correct the example, or the schema"
            value_pointer = pointer + _pointer_of(violation)
            yield error_at("schema-example", spec.file, value_pointer, message, hint)


def _example_values(document: Schema) -> Iterator[tuple[Schema, str, object]]:
    """Yield each example and default: the schema it belongs to, its pointer and its value."""
    for pointer, schema in openapi.walk_schemas(document):
        for keyword in ("default", "example"):
            if keyword in schema:
                yield schema, f"{pointer}/{keyword}", schema[keyword]
        for index, value in enumerate(schema.get("examples", ())):
            yield schema, f"{pointer}/examples/{index}", value
    for pointer, holder in openapi.outer_objects(document):
        inner, named = holder.get("schema"), holder.get("examples")
        if not isinstance(inner, dict):
            continue
        if "example" in holder:
            yield inner, f"{pointer}/example", holder["example"]
        for name, example in named.items() if isinstance(named, dict) else ():
            if isinstance(example, dict) and "value" in example:
                yield inner, f"{pointer}/examples/{escape_step(name)}/value", example["value"]


def _check_unreachable(spec: Spec) -> Iterator[Diagnostic]:
    """Warn of components that neither the event nor any body, response or parameter refers to."""
    components = openapi.component_schemas(spec.document).items()
    by_ref = {f"{openapi.COMPONENTS}/{escape_step(name)}": schema for name, schema in components}
    roots = openapi.root_schemas(spec.document)
    stack = [spec.event_schema, *(root for pointer, root in roots if f"#{pointer}" not in by_ref)]
    reached = {spec.event_pointer, spec.document.get("x-envelope")}
    while stack:
        schema = stack.pop()
        stack.extend(inner for _, inner in openapi.subschemas(schema))
        ref = schema.get("$ref")
        if ref in by_ref and ref not in reached:
            reached.add(ref)
            if isinstance(by_ref[ref], dict):
                stack.append(by_ref[ref])
    for ref in by_ref:
        if ref not in reached:
            message = "nothing refers to this component"
            error = error_at("schema-unreachable", spec.file, ref[1:], message, "remove it")
            yield replace(error, severity="warning")
