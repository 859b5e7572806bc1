"""Lint specs: report what validators of OpenAPI and JSON Schema accept but is probably wrong.

For example, a validator ignores an unknown keyword, so a misspelled one constrains nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, SpecError, suggest, truncate
from translator.schema import openapi
from translator.schema.envelopes import envelope_body
from translator.schema.openapi import (
    ID_KINDS,
    KEYWORDS,
    TYPES,
    Schema,
    error_at,
    escape_step,
    suggest_nearest,
)
from translator.schema.spec import (
    ReadableFile,
    Spec,
    decode_spec,
    event_errors,
    file_name,
    input_document,
    locate_override,
    merge_overrides,
    structural_errors,
)

UNREADABLE_CODES = frozenset(("spec-schema", "schema-invalid", "schema-discriminator"))
"""The codes of findings that leave unclear which values an event may have."""


_SHA256 = re.compile("[0-9a-f]{64}")

_Finding = tuple[str, str, str, str]
"""A code, a JSON pointer relative to the schema, a message and a hint."""

_OTHER_BRANCHES = ("anyOf", "oneOf")

_SAME_OBJECT = ("$ref", "allOf", "dependentSchemas", "else", "if", "not", "then", *_OTHER_BRANCHES)
"""Keywords whose schemas apply to the same object as the schema around them."""


def lint(spec: Spec) -> list[Diagnostic]:
    """Return all errors and warnings about a spec, in the order of its document."""
    structural = list(islice(structural_errors(spec.document, spec.file), MAX_DIAGNOSTICS))
    structural = [_locate_value(finding, spec.document) for finding in structural]
    if {finding.code for finding in structural} - {"spec-version", "spec-event", "spec-reference"}:
        return structural
    findings = list(islice(_check_source(spec), MAX_DIAGNOSTICS))
    findings += islice(_check_schemas(spec), MAX_DIAGNOSTICS)
    if not structural and not any(finding.code == "schema-invalid" for finding in findings):
        findings.extend(islice(_check_examples(spec), MAX_DIAGNOSTICS))
    if next(event_errors(spec.document, spec.file), None) is None:
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


def _locate_value(finding: Diagnostic, document: Schema) -> Diagnostic:
    """Let a finding about a keyword name the part of its value that the metaschema refuses."""
    *parents, keyword = openapi.split_pointer(f"#{finding.location.pointer}") or [""]
    if finding.code != "spec-schema" or keyword not in KEYWORDS:
        return finding
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    holder: Any = document
    for step in parents:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    metaschema = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    error = best_match(metaschema.iter_errors({keyword: holder[keyword]}))
    if error is None or len(error.absolute_path) < 2:
        return finding
    inner = "".join(f"/{escape_step(str(step))}" for step in list(error.absolute_path)[1:])
    location = finding.location._replace(pointer=finding.location.pointer + inner)
    return finding._replace(
        location=location, message=truncate(f"{finding.message}: {error.message}")
    )


def _check_source(spec: Spec) -> Iterator[Diagnostic]:
    """Check `x-source`: a page, or the files that the spec was imported from."""
    source = spec.document.get("x-source", {})
    yield from _check_origin(spec, source, "/x-source", ("title", "url", "sha256", "files"))
    files = source.get("files", []) if isinstance(source, dict) else []
    if not isinstance(files, list):
        hint = 'write a list of {"file": ..., "sha256": ...}'
        yield error_at("spec-source", spec.file, "/x-source/files", "files is not a list", hint)
        return
    for index, file in enumerate(files):
        yield from _check_origin(spec, file, f"/x-source/files/{index}", ("file", "sha256"))


def _check_origin(
    spec: Spec, origin: object, pointer: str, keys: tuple[str, ...]
) -> Iterator[Diagnostic]:
    if not isinstance(origin, dict):
        hint = f"write an object with {', '.join(keys)}"
        yield error_at("spec-source", spec.file, pointer, "an origin is an object", hint)
        return
    for key, value in origin.items():
        place = f"{pointer}/{escape_step(key)}"
        if key not in keys:
            message = f"{key!r} is unknown here"
            yield error_at("spec-source", spec.file, place, message, suggest(key, keys))
        elif key != "files" and not isinstance(value, str):
            hint = "write it in quotes"
            yield error_at("spec-source", spec.file, place, f"{key} is not a string", hint)
        elif key == "sha256" and not _SHA256.fullmatch(value):
            hint = "write the 64 lower-case hexadecimal digits that `sha256sum FILE` prints"
            yield error_at("spec-source", spec.file, place, "this is not a SHA-256 hash", hint)


def _check_schemas(spec: Spec) -> Iterator[Diagnostic]:
    found: set[str] = set()
    for finding in _check_document(spec.document, spec.file):
        found.add(finding.location.pointer)
        yield finding
    if not any("x-written" in schema for _, schema in openapi.walk_schemas(spec.document)):
        return
    for finding in _check_document(merge_overrides(spec.document), spec.file):
        pointer = locate_override(spec.document, finding.location.pointer)
        if "/x-written" in pointer and pointer not in found:
            yield finding._replace(location=finding.location._replace(pointer=pointer))


def _check_document(document: Schema, file: str) -> Iterator[Diagnostic]:
    context = _Context(document)
    for pointer, schema in openapi.walk_schemas(document):
        for check in _CHECKS:
            for code, suffix, message, hint in check(schema, context):
                yield error_at(code, file, pointer + suffix, message, hint)


_NO_NAMES: frozenset[str] = frozenset()


def _unite(names: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """Return the union; `names` itself if it has all the others, without a copy."""
    return names if others <= names else names | others


class _Context:
    """A document, and which properties are known where schemas of it are applied."""

    def __init__(self, document: Schema) -> None:
        self.document = document
        self._known: dict[int, frozenset[str]] = {}
        self._visited: set[tuple[int, frozenset[str]]] = set()
        self._declared: dict[int, frozenset[str]] = {}
        for _, schema in openapi.walk_schemas(document):
            self._visit(schema, frozenset())

    def known_names(self, schema: Schema) -> frozenset[str]:
        """Return the properties of the objects that a schema applies to.

        They are those of the schema itself, of the ones around it and of the ones inside it.
        """
        return self._known[id(schema)]

    def conjuncts(self, schema: Any) -> list[Schema]:
        """Return a schema with all others that apply wherever it does: by `$ref` and `allOf`."""
        found = [schema] if isinstance(schema, dict) else []
        for part in found:
            inner = [each for keyword, each in self._applied(part) if keyword in ("$ref", "allOf")]
            found += [each for each in inner if all(each is not known for known in found)]
        return found

    def _visit(self, schema: Schema, around: frozenset[str]) -> None:
        """Record that a schema is applied to an object with the properties `around` it."""
        names = _unite(around, self._declared_names(schema))
        self._known[id(schema)] = _unite(names, self._known.get(id(schema), _NO_NAMES))
        if (id(schema), around) in self._visited:
            return
        self._visited.add((id(schema), around))
        branches = list(self._applied(schema))
        shared = _unite(around, frozenset(schema.get("properties", ())))
        for keyword, inner in branches:
            if keyword not in _OTHER_BRANCHES:
                shared = _unite(shared, self._declared_names(inner))
        for keyword, inner in branches:
            self._visit(inner, shared if keyword in _OTHER_BRANCHES else names)

    def _declared_names(self, schema: Schema) -> frozenset[str]:
        if id(schema) not in self._declared:
            self._declared[id(schema)] = frozenset()  # a schema that applies itself adds nothing
            inner = (self._declared_names(inner) for _, inner in self._applied(schema))
            self._declared[id(schema)] = frozenset(schema.get("properties", ())).union(*inner)
        return self._declared[id(schema)]

    def _applied(self, schema: Schema) -> Iterator[tuple[str, Schema]]:
        """Yield the schemas that apply to the same object, each with its keyword."""
        for step, inner in openapi.subschemas(schema):
            keyword = step.split("/")[1]
            if keyword in _SAME_OBJECT:
                yield keyword, inner
        if "$ref" in schema:
            target, _ = openapi.find_target(self.document, schema["$ref"])
            if isinstance(target, dict):
                yield "$ref", target


def _pointer_of(error: jsonschema_rs.ValidationError) -> str:
    return "".join(f"/{escape_step(str(step))}" for step in error.instance_path)


def is_linear_pattern(pattern: str) -> bool:
    """Whether a regular expression can be used: matched in linear time."""
    options = jsonschema_rs.RegexOptions()
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


def _check_patterns(schema: Schema, context: _Context) -> Iterator[_Finding]:
    patterns = [("/pattern", schema["pattern"])] if "pattern" in schema else []
    for pattern in schema.get("patternProperties", {}):
        patterns.append((f"/patternProperties/{escape_step(pattern)}", pattern))
    hint = (
        "close its brackets, escape special characters by a backslash, and avoid look-around, "
        "backreferences and very large repetitions"
    )
    for suffix, pattern in patterns:
        if not is_linear_pattern(pattern):
            message = f"{pattern!r} is not a regular expression that can be matched in linear time"
            yield "schema-invalid", suffix, message, hint


def _check_keywords(schema: Schema, context: _Context) -> Iterator[_Finding]:
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


def _check_enum_types(schema: Schema, context: _Context) -> Iterator[_Finding]:
    """Report each type that no enum value has: usually, null is missing from the enum."""
    types = schema.get("type", [])
    values = _enum_values(schema)
    for name in [types] if isinstance(types, str) else types:
        if values and name in TYPES and not any(openapi.has_type(value, name) for value in values):
            message = f"no value of the enum has the type {name}"
            yield "schema-type", "/type", message, "list the value, or remove the type"


def _check_required(schema: Schema, context: _Context) -> Iterator[_Finding]:
    names = schema.get("required", ())
    properties = context.known_names(schema) if names else frozenset()
    for index, name in enumerate(names):
        if name not in properties:
            message = f"{name!r} is required but not a property"
            hint = suggest_nearest(name, properties) or "describe it under properties"
            yield "schema-required", f"/required/{index}", message, hint


def _check_discriminator(schema: Schema, context: _Context) -> Iterator[_Finding]:
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
        if target not in refs and openapi.find_target(context.document, target)[0] is not None:
            suffix = f"{base}/mapping/{escape_step(value)}"
            message = f"{value!r} is mapped to {target!r}, which is not in the {keyword}"
            yield code, suffix, message, f"add it to the {keyword}, or remove the value"
    # A value that is mapped to no schema of the union was reported above.
    known_mapping = {value: target if target in refs else None for value, target in mapping.items()}
    for index, ref in enumerate(refs):
        suffix = f"/{keyword}/{index}"
        if isinstance(ref, str):
            variant, _ = openapi.find_target(context.document, ref)
            yield from _check_variant(context, variant, suffix, ref, name, known_mapping)
        else:
            message = f"a schema of the {keyword} is not a reference"
            yield code, suffix, message, "move it to components, and refer to it"


def _check_variant(
    context: _Context,
    variant: object,
    suffix: str,
    ref: str,
    name: str,
    mapping: dict[str, str | None],
) -> Iterator[_Finding]:
    """Compare a schema of a union with the discriminator values that are mapped to it."""
    code = "schema-discriminator"
    if variant is None:
        return
    parts = context.conjuncts(variant)
    holders = [part["properties"] for part in parts if name in part.get("properties", ())]
    if not holders:
        message = f"{ref!r} has no property {name!r}, the discriminator"
        yield code, suffix, message, "describe it there, with a const"
        return
    if not any(name in part.get("required", ()) for part in parts):
        message = f"{ref!r} does not require {name!r}, the discriminator"
        yield code, suffix, message, f"add {name!r} to its required"
    described = [part for holder in holders for part in context.conjuncts(holder[name])]
    lists = [values for part in described if isinstance(values := _enum_values(part), list)]
    if not lists:
        message = f"{name!r} of {ref!r} has neither const nor enum, so it allows any value"
        yield code, suffix, message, "give it a const"
        return
    shortest = min(lists, key=len)
    allowed = dict.fromkeys(map(str, shortest))
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


def _check_extensions(schema: Schema, context: _Context) -> Iterator[_Finding]:
    override, properties = schema.get("x-written", {}), context.known_names(schema)
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
    if schema.get("x-token", True) is not True:
        yield "schema-invalid", "/x-token", "x-token must be true", "remove it if it is no token"
    kind = schema.get("x-id", ID_KINDS[0])
    if kind not in ID_KINDS:
        message = f"{kind!r} is not a kind of id"
        yield "schema-invalid", "/x-id", message, suggest(str(kind), ID_KINDS)
    for keyword in schema.get("x-violations", {}):
        if keyword not in schema and keyword not in override:
            message = f"the schema has no {keyword!r} that could be violated"
            suffix = f"/x-violations/{escape_step(keyword)}"
            hint = suggest_nearest(keyword, schema) or "remove it"
            yield "violations-nothing", suffix, message, hint


_CHECKS: tuple[Callable[[Schema, _Context], Iterator[_Finding]], ...] = (
    _check_patterns,
    _check_keywords,
    _check_enum_types,
    _check_required,
    _check_discriminator,
    _check_extensions,
)


def _check_examples(spec: Spec) -> Iterator[Diagnostic]:
    document = input_document(spec.document)
    registry = jsonschema_rs.Registry([("spec:", document)], draft=jsonschema_rs.Draft202012)
    validators: dict[str, Any] = {}
    for schema_pointer, pointer, value in _example_values(document):
        if schema_pointer not in validators:
            ref = f"spec:#{quote(schema_pointer)}"
            try:
                validators[schema_pointer] = jsonschema_rs.Draft202012Validator(
                    {"$ref": ref}, validate_formats=True, ignore_unknown_formats=True,
                    offline=True, registry=registry,
                )  # fmt: skip
            except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
                message = f"its schema is unusable: {str(error).splitlines()[0]}"
                hint = "correct what the message names"
                yield error_at("schema-invalid", spec.file, pointer, message, hint)
                continue
        for violation in validators[schema_pointer].iter_errors(value):
            message = f"its own schema does not allow this: {violation.message}"
            hint = "correct the example, or the schema"
            value_pointer = pointer + _pointer_of(violation)
            yield error_at("schema-example", spec.file, value_pointer, message, hint)


def _example_values(document: Schema) -> Iterator[tuple[str, str, object]]:
    """Yield each example and default: the pointers of its schema and of itself, and its value."""
    for pointer, schema in openapi.walk_schemas(document):
        for keyword in ("default", "example"):
            if keyword in schema:
                yield pointer, f"{pointer}/{keyword}", schema[keyword]
        for index, value in enumerate(schema.get("examples", ())):
            yield pointer, f"{pointer}/examples/{index}", value
    for pointer, holder in openapi.outer_objects(document):
        named = holder.get("examples")
        if not isinstance(holder.get("schema"), dict):
            continue
        if "example" in holder:
            yield f"{pointer}/schema", f"{pointer}/example", holder["example"]
        for name, example in named.items() if isinstance(named, dict) else ():
            if isinstance(example, dict) and "value" in example:
                example_pointer = f"{pointer}/examples/{escape_step(name)}/value"
                yield f"{pointer}/schema", example_pointer, example["value"]


def _check_unreachable(spec: Spec) -> Iterator[Diagnostic]:
    """Warn of components that neither the event nor any body, response or parameter refers to."""
    components = openapi.component_schemas(spec.document).items()
    by_ref = {f"{openapi.COMPONENTS}/{escape_step(name)}": schema for name, schema in components}
    roots = openapi.root_schemas(spec.document)
    stack = [spec.event_schema, *(root for pointer, root in roots if f"#{pointer}" not in by_ref)]
    body = envelope_body(spec.document)
    reached = {spec.event_pointer, body}
    if isinstance(by_ref.get(body), dict):
        stack.append(by_ref[body])
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
            yield error._replace(severity="warning")
