"""The lint of specs: what the validators of OpenAPI and JSON Schema let pass and yet is wrong.

To a validator an unknown keyword is an annotation, so a misspelled one constrains nothing, in
silence. Here each such slip is a diagnostic with the JSON pointer of its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

from translator.errors import (
    MAX_DIAGNOSTICS,
    Diagnostic,
    Location,
    Severity,
    SpecError,
    suggest,
    truncate,
)
from translator.schema.openapi import (
    COMPONENTS,
    DIALECTS,
    FORMATS,
    KEYWORDS,
    TYPES,
    Schema,
    component_schemas,
    escape_step,
    has_type,
    outer_objects,
    resolve,
    root_schemas,
    subschemas,
    suggest_nearest,
    walk_schemas,
)
from translator.schema.spec import ReadableFile, Spec, decode_spec, file_name, structural_errors

UNREADABLE_CODES = frozenset(("spec-schema", "schema-invalid", "schema-discriminator"))
"""What the lint finds that leaves unclear what an event may hold."""


@dataclass(frozen=True, slots=True, eq=False)
class _SchemaNode:
    """One schema object of a document, and how to report about it."""

    document: Schema
    file: str
    pointer: str
    schema: Schema

    def diagnostic(
        self, code: str, suffix: str, message: str, hint: str = "", severity: Severity = "error"
    ) -> Diagnostic:
        location = Location(self.file, pointer=self.pointer + suffix)
        return Diagnostic(code, location, message, hint, severity)


def lint(spec: Spec) -> list[Diagnostic]:
    """Say all that is wrong with a spec, in the order of the document; errors and warnings."""
    structural = list(islice(structural_errors(spec.document, spec.file), MAX_DIAGNOSTICS))
    if {finding.code for finding in structural} - {"spec-version", "spec-event", "spec-reference"}:
        return structural
    nodes = [
        _SchemaNode(spec.document, spec.file, pointer, schema)
        for pointer, schema in walk_schemas(spec.document)
    ]
    all_findings = (finding for node in nodes for check in _CHECKS for finding in check(node))
    findings = list(islice(all_findings, MAX_DIAGNOSTICS))
    if not structural and not any(finding.code == "schema-invalid" for finding in findings):
        findings.extend(islice(_check_examples(spec), MAX_DIAGNOSTICS))
    if not any(finding.code == "spec-event" for finding in structural):
        findings.extend(islice(_check_unreachable(spec), MAX_DIAGNOSTICS))
    return structural + findings


def lint_file(path: ReadableFile, name: str) -> list[Diagnostic]:
    """Say all that is wrong with the spec in a file, also with one that cannot be loaded."""
    file = file_name(path)
    try:
        document = decode_spec(path, file)
    except SpecError as error:
        return list(error.diagnostics)
    if not isinstance(document, dict):
        return list(structural_errors(document, file))
    return lint(Spec(name, document, file))


def _check_metaschema(node: _SchemaNode) -> Iterator[Diagnostic]:
    import jsonschema_rs

    try:
        jsonschema_rs.meta.validate(_without_subschemas(node.schema))
    except jsonschema_rs.ValidationError as error:
        suffix = "".join(f"/{escape_step(str(step))}" for step in error.instance_path)
        keyword = str(next(iter(error.instance_path), ""))
        suggestion = suggest_nearest(str(error.instance), TYPES) if suffix == "/type" else ""
        hint = suggestion or f"correct the value of {keyword!r}"
        yield node.diagnostic("schema-invalid", suffix, f"{keyword}: {error.message}", hint)
    if node.schema.get("$schema", DIALECTS[0]) not in DIALECTS:
        message = f"$schema: {node.schema['$schema']!r} is another language"
        hint = "remove it; the schemas of a spec are JSON Schema 2020-12"
        yield node.diagnostic("schema-invalid", "/$schema", message, hint)


def _check_patterns(node: _SchemaNode) -> Iterator[Diagnostic]:
    import jsonschema_rs

    schema = node.schema
    pattern_properties = schema.get("patternProperties", {})
    patterns = [("/pattern", schema["pattern"])] if "pattern" in schema else []
    patterns += [
        (f"/patternProperties/{escape_step(property_pattern)}", property_pattern)
        for property_pattern in pattern_properties
    ]
    for suffix, pattern in patterns:
        if isinstance(pattern, str) and not _is_valid_pattern(jsonschema_rs, pattern):
            message = f"{pattern!r} is not a regular expression that takes linear time"
            hint = (
                "close its brackets, write a backslash before what stands for itself, and do "
                "without look-around, backreferences and very large repetitions"
            )
            yield node.diagnostic("schema-invalid", suffix, message, hint)


def _is_valid_pattern(jsonschema_rs: ModuleType, pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


def _without_subschemas(schema: Schema) -> Schema:
    """Give the schema without the schemas inside it, for these have places of their own."""
    shallow = {keyword: value for keyword, value in schema.items() if keyword != "$schema"}
    for step, _ in subschemas(schema):
        _, keyword, *name = step.split("/")
        value = schema[keyword]
        if not name:
            shallow[keyword] = True
        elif isinstance(value, list):
            shallow[keyword] = [isinstance(item, dict) or item for item in value]
        else:
            shallow[keyword] = {key: isinstance(item, dict) or item for key, item in value.items()}
    return shallow


def _check_keywords(node: _SchemaNode) -> Iterator[Diagnostic]:
    for keyword in node.schema:
        if keyword == "nullable":
            hint = 'allow null by type, as in "type": ["string", "null"]'
            yield node.diagnostic(
                "schema-nullable", "/nullable", "`nullable` no longer allows null", hint
            )
        elif keyword not in KEYWORDS and not keyword.startswith("x-"):
            suffix = f"/{escape_step(keyword)}"
            message = f"{keyword!r} is no keyword of JSON Schema and constrains nothing"
            hint = suggest_nearest(keyword, KEYWORDS) or "begin a keyword of your own with x-"
            yield node.diagnostic("schema-keyword", suffix, message, hint)


def _check_formats(node: _SchemaNode) -> Iterator[Diagnostic]:
    name = node.schema.get("format")
    if isinstance(name, str) and name not in FORMATS:
        message = f"the format {name!r} is unknown and would not be checked"
        yield node.diagnostic("schema-format", "/format", message, suggest(name, FORMATS))


def _check_enum_types(node: _SchemaNode) -> Iterator[Diagnostic]:
    """Report each type that none of the listed values has: mostly, null was not listed."""
    types = node.schema.get("type", [])
    type_names = [types] if isinstance(types, str) else types
    values = [node.schema["const"]] if "const" in node.schema else node.schema.get("enum")
    for type_name in type_names if values else ():
        if type_name in TYPES and not any(has_type(value, type_name) for value in values or ()):
            message = f"no value of the enum is of the type {type_name}"
            hint = "list the value, or remove the type"
            yield node.diagnostic("schema-type", "/type", message, hint)


def _check_required(node: _SchemaNode) -> Iterator[Diagnostic]:
    properties = node.schema.get("properties", {})
    for index, name in enumerate(node.schema.get("required", ())):
        if name not in properties:
            message = f"{name!r} is required and is no property"
            hint = suggest_nearest(name, properties) or "describe it under properties"
            yield node.diagnostic("schema-required", f"/required/{index}", message, hint)


def _check_discriminator(node: _SchemaNode) -> Iterator[Diagnostic]:
    discriminator = node.schema.get("discriminator")
    if discriminator is None:
        return
    base, code = "/discriminator", "schema-discriminator"
    keyword = "oneOf" if "oneOf" in node.schema else "anyOf"
    union = node.schema.get(keyword)
    name, mapping = discriminator["propertyName"], discriminator["mapping"]
    if not isinstance(union, list):
        hint = "put it beside the oneOf, or remove it"
        yield node.diagnostic(code, base, "there is no oneOf here to tell apart", hint)
        return
    branch_refs = [branch.get("$ref") if isinstance(branch, dict) else None for branch in union]
    known_refs = set(branch_refs)
    for value, ref in mapping.items():
        if ref not in known_refs and _is_resolvable(node, ref):
            suffix = f"{base}/mapping/{escape_step(value)}"
            message = f"{value!r} is mapped to {ref!r}, which is no member of the union"
            yield node.diagnostic(code, suffix, message, "add it to the union, or remove the value")
    # A value that leads to no member is reported here, and not again at the member it misses.
    refs_by_value = {value: ref if ref in known_refs else None for value, ref in mapping.items()}
    for index, ref in enumerate(branch_refs):
        suffix = f"/{keyword}/{index}"
        if isinstance(ref, str):
            yield from _check_variant(node, suffix, ref, name, refs_by_value)
        else:
            hint = "move it to components, and refer to it"
            yield node.diagnostic(code, suffix, "a member of the union is no reference", hint)


def _check_variant(
    node: _SchemaNode, suffix: str, ref: str, name: str, mapping: Schema
) -> Iterator[Diagnostic]:
    """Hold a member of a union against the values that lead to it."""
    code = "schema-discriminator"
    if not _is_resolvable(node, ref):
        return
    variant = resolve(node.document, ref, node.file)
    properties = variant.get("properties", {}) if isinstance(variant, dict) else {}
    if name not in properties:
        message = f"{ref!r} has no property {name!r} to be told by"
        yield node.diagnostic(code, suffix, message, "describe it there, with a const")
        return
    if name not in variant.get("required", ()):
        message = f"{ref!r} does not require {name!r}, which tells it apart"
        yield node.diagnostic(code, suffix, message, f"add {name!r} to its required")
    allowed = _allowed_values(properties[name])
    if allowed is None:
        message = f"{name!r} of {ref!r} has neither const nor enum: any value would lead to it"
        yield node.diagnostic(code, suffix, message, "give it a const")
        return
    for value, target in mapping.items():
        if target == ref and value not in allowed:
            mapping_suffix = f"/discriminator/mapping/{escape_step(value)}"
            message = f"{ref!r} does not allow {name} {value!r}"
            yield node.diagnostic(code, mapping_suffix, message, suggest(value, allowed))
    for value in allowed:
        if mapping.get(value, "") not in (ref, None):
            message = f"{ref!r} allows {name} {value!r}, which the mapping does not lead to it"
            yield node.diagnostic(code, suffix, message, "list every value in the mapping")


def _is_resolvable(node: _SchemaNode, ref: str) -> bool:
    """Whether a reference can be followed; where not, the structure says so."""
    try:
        resolve(node.document, ref, node.file)
    except SpecError:
        return False
    return True


def _allowed_values(schema: object) -> list[str] | None:
    if not isinstance(schema, dict):
        return None
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return [str(value) for value in values] if isinstance(values, list) else None


def _check_written(node: _SchemaNode) -> Iterator[Diagnostic]:
    if "x-written" not in node.schema:
        return
    override, code, base = node.schema["x-written"], "written-nothing", "/x-written"
    if not override:
        yield node.diagnostic(code, base, "an empty x-written narrows nothing", "remove it")
    properties = node.schema.get("properties", {})
    for keyword, value in override.items():
        suffix = f"{base}/{escape_step(keyword)}"
        if keyword == "required":
            names = [(str(index), required_name) for index, required_name in enumerate(value)]
        elif keyword == "properties":
            names = [(escape_step(name), name) for name in value]
        elif keyword not in KEYWORDS:
            message = f"{keyword!r} is no keyword of JSON Schema and narrows nothing"
            yield node.diagnostic(
                code, suffix, message, suggest_nearest(keyword, KEYWORDS) or "remove it"
            )
            continue
        else:
            if node.schema.get(keyword) == value:
                message = f"{keyword!r} is the same without it"
                yield node.diagnostic(code, suffix, message, "remove it")
            continue
        for step, name in names:
            if name not in properties:
                message = f"{name!r} is no property of this schema"
                hint = suggest_nearest(name, properties) or "remove it"
                yield node.diagnostic(code, f"{suffix}/{step}", message, hint)


def _check_violations(node: _SchemaNode) -> Iterator[Diagnostic]:
    messages = node.schema.get("x-violations", {})
    override = node.schema.get("x-written", {})
    for keyword in messages:
        if keyword not in node.schema and keyword not in override:
            message = f"the schema has no {keyword!r} that could be violated"
            suffix = f"/x-violations/{escape_step(keyword)}"
            hint = suggest_nearest(keyword, node.schema) or "remove it"
            yield node.diagnostic("violations-nothing", suffix, message, hint)


_CHECKS: tuple[Callable[[_SchemaNode], Iterator[Diagnostic]], ...] = (
    _check_metaschema,
    _check_patterns,
    _check_keywords,
    _check_formats,
    _check_enum_types,
    _check_required,
    _check_discriminator,
    _check_written,
    _check_violations,
)


def _check_examples(spec: Spec) -> Iterator[Diagnostic]:
    import jsonschema_rs

    context = {key: part for key, part in spec.document.items() if not key.startswith("$")}
    for schema, pointer, value in _example_values(spec.document):
        try:
            validator = jsonschema_rs.Draft202012Validator(
                context | schema, validate_formats=True, ignore_unknown_formats=True, offline=True
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as schema_error:
            location = Location(spec.file, pointer=pointer)
            message = f"its schema judges nothing: {truncate(str(schema_error).splitlines()[0])}"
            yield Diagnostic("schema-invalid", location, message, "correct what the message names")
            continue
        for error in validator.iter_errors(value):
            suffix = "".join(f"/{escape_step(str(step))}" for step in error.instance_path)
            location = Location(spec.file, pointer=pointer + suffix)
            message = f"its schema refuses this: {error.message}"
            hint = "correct the example, or the schema"
            yield Diagnostic("schema-example", location, message, hint)


def _example_values(document: Schema) -> Iterator[tuple[Schema, str, object]]:
    """Each example and default: the schema it belongs to, where it stands, and its value."""
    for pointer, schema in walk_schemas(document):
        for keyword in ("default", "example"):
            if keyword in schema:
                yield schema, f"{pointer}/{keyword}", schema[keyword]
        for index, value in enumerate(schema.get("examples", ())):
            yield schema, f"{pointer}/examples/{index}", value
    for pointer, node in outer_objects(document):
        node_schema, named_examples = node.get("schema"), node.get("examples")
        if not isinstance(node_schema, dict):
            continue
        if "example" in node:
            yield node_schema, f"{pointer}/example", node["example"]
        for name, example in named_examples.items() if isinstance(named_examples, dict) else ():
            if isinstance(example, dict) and "value" in example:
                yield node_schema, f"{pointer}/examples/{escape_step(name)}/value", example["value"]


def _check_unreachable(spec: Spec) -> Iterator[Diagnostic]:
    """Warn of components that neither the event nor any body, response or parameter refers to."""
    schemas_by_ref = {
        f"{COMPONENTS}/{escape_step(name)}": schema
        for name, schema in component_schemas(spec.document).items()
    }
    stack: list[Schema] = [spec.event_schema]
    stack += [
        schema
        for pointer, schema in root_schemas(spec.document)
        if f"#{pointer}" not in schemas_by_ref
    ]
    reached = {spec.event_pointer, spec.document.get("x-envelope", spec.event_pointer)}
    while stack:
        schema = stack.pop()
        stack.extend(inner for _, inner in subschemas(schema))
        ref = schema.get("$ref")
        if isinstance(ref, str) and ref in schemas_by_ref and ref not in reached:
            reached.add(ref)
            if isinstance(schemas_by_ref[ref], dict):
                stack.append(schemas_by_ref[ref])
    for ref in schemas_by_ref:
        if ref not in reached:
            location = Location(spec.file, pointer=ref[1:])
            message = "nothing refers to this component"
            yield Diagnostic("schema-unreachable", location, message, "remove it", "warning")
