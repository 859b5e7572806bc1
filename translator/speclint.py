"""The lint of specs: what the validators of OpenAPI and JSON Schema let pass and yet is wrong.

To a validator an unknown keyword is an annotation, so a misspelled one constrains nothing, in
silence. Here each such slip is a diagnostic with the JSON pointer of its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

from translator.diagnostics import (
    MAX_DIAGNOSTICS,
    Diagnostic,
    Location,
    Severity,
    did_you_mean,
    shortened,
)
from translator.errors import SpecError
from translator.keywords import DIALECTS, FORMATS, KEYWORDS, TYPES, is_of
from translator.openapi import (
    COMPONENTS,
    Schema,
    components,
    escape,
    nearest,
    resolve,
    roots,
    schemas,
    subschemas,
    surroundings,
)
from translator.spec import Readable, Spec, decode, file_name, structure


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """One schema object of a document, and how to report about it."""

    document: Schema
    file: str
    pointer: str
    schema: Schema

    def found(
        self, code: str, below: str, message: str, hint: str = "", severity: Severity = "error"
    ) -> Diagnostic:
        location = Location(self.file, pointer=self.pointer + below)
        return Diagnostic(code, location, message, hint, severity)


def lint(spec: Spec) -> list[Diagnostic]:
    """Say all that is wrong with a spec, in the order of the document; errors and warnings."""
    broken = list(islice(structure(spec.document, spec.file), MAX_DIAGNOSTICS))
    if {one.code for one in broken} - {"spec-version", "spec-event", "spec-reference"}:
        return broken
    places = [
        _Place(spec.document, spec.file, pointer, schema)
        for pointer, schema in schemas(spec.document)
    ]
    every = (one for place in places for check in _CHECKS for one in check(place))
    found = list(islice(every, MAX_DIAGNOSTICS))
    if not broken and not any(one.code == "schema-invalid" for one in found):
        found.extend(islice(_examples(spec), MAX_DIAGNOSTICS))
    if not any(one.code == "spec-event" for one in broken):
        found.extend(islice(_unreachable(spec), MAX_DIAGNOSTICS))
    return broken + found


def lint_file(path: Readable, name: str) -> list[Diagnostic]:
    """Say all that is wrong with the spec in a file, also with one that cannot be loaded."""
    file = file_name(path)
    try:
        document = decode(path, file)
    except SpecError as error:
        return list(error.diagnostics)
    if not isinstance(document, dict):
        return list(structure(document, file))
    return lint(Spec(name, document, file))


def _valid(place: _Place) -> Iterator[Diagnostic]:
    import jsonschema_rs

    try:
        jsonschema_rs.meta.validate(_alone(place.schema))
    except jsonschema_rs.ValidationError as error:
        below = "".join(f"/{escape(str(step))}" for step in error.instance_path)
        keyword = str(next(iter(error.instance_path), ""))
        near = nearest(str(error.instance), TYPES) if below == "/type" else ""
        hint = near or f"correct the value of {keyword!r}"
        yield place.found("schema-invalid", below, f"{keyword}: {error.message}", hint)
    if place.schema.get("$schema", DIALECTS[0]) not in DIALECTS:
        message = f"$schema: {place.schema['$schema']!r} is another language"
        hint = "remove it; the schemas of a spec are JSON Schema 2020-12"
        yield place.found("schema-invalid", "/$schema", message, hint)


def _patterns(place: _Place) -> Iterator[Diagnostic]:
    import jsonschema_rs

    schema = place.schema
    named = schema.get("patternProperties", {})
    patterns = [("/pattern", schema["pattern"])] if "pattern" in schema else []
    patterns += [(f"/patternProperties/{escape(one)}", one) for one in named]
    for below, pattern in patterns:
        if isinstance(pattern, str) and not _is_pattern(jsonschema_rs, pattern):
            message = f"{pattern!r} is not a regular expression that takes linear time"
            hint = (
                "close its brackets, write a backslash before what stands for itself, and do "
                "without look-around, backreferences and very large repetitions"
            )
            yield place.found("schema-invalid", below, message, hint)


def _is_pattern(jsonschema_rs: ModuleType, pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


def _alone(schema: Schema) -> Schema:
    """Give the schema without the schemas inside it, for these have places of their own."""
    alone = {keyword: value for keyword, value in schema.items() if keyword != "$schema"}
    for step, _ in subschemas(schema):
        _, keyword, *name = step.split("/")
        value = schema[keyword]
        if not name:
            alone[keyword] = True
        elif isinstance(value, list):
            alone[keyword] = [isinstance(one, dict) or one for one in value]
        else:
            alone[keyword] = {key: isinstance(one, dict) or one for key, one in value.items()}
    return alone


def _keywords(place: _Place) -> Iterator[Diagnostic]:
    for keyword in place.schema:
        if keyword == "nullable":
            hint = 'allow null by type, as in "type": ["string", "null"]'
            yield place.found(
                "schema-nullable", "/nullable", "`nullable` no longer allows null", hint
            )
        elif keyword not in KEYWORDS and not keyword.startswith("x-"):
            below = f"/{escape(keyword)}"
            message = f"{keyword!r} is no keyword of JSON Schema and constrains nothing"
            hint = nearest(keyword, KEYWORDS) or "begin a keyword of your own with x-"
            yield place.found("schema-keyword", below, message, hint)


def _formats(place: _Place) -> Iterator[Diagnostic]:
    name = place.schema.get("format")
    if isinstance(name, str) and name not in FORMATS:
        message = f"the format {name!r} is unknown and would not be checked"
        yield place.found("schema-format", "/format", message, did_you_mean(name, FORMATS))


def _types(place: _Place) -> Iterator[Diagnostic]:
    """Report each type that none of the listed values has: mostly, null was not listed."""
    types = place.schema.get("type", [])
    listed = [types] if isinstance(types, str) else types
    values = [place.schema["const"]] if "const" in place.schema else place.schema.get("enum")
    for one in listed if values else ():
        if one in TYPES and not any(is_of(value, one) for value in values or ()):
            message = f"no value of the enum is of the type {one}"
            hint = "list the value, or remove the type"
            yield place.found("schema-type", "/type", message, hint)


def _required(place: _Place) -> Iterator[Diagnostic]:
    properties = place.schema.get("properties", {})
    for index, name in enumerate(place.schema.get("required", ())):
        if name not in properties:
            message = f"{name!r} is required and is no property"
            hint = nearest(name, properties) or "describe it under properties"
            yield place.found("schema-required", f"/required/{index}", message, hint)


def _discriminator(place: _Place) -> Iterator[Diagnostic]:
    discriminator = place.schema.get("discriminator")
    if discriminator is None:
        return
    at, code = "/discriminator", "schema-discriminator"
    keyword = "oneOf" if "oneOf" in place.schema else "anyOf"
    union = place.schema.get(keyword)
    name, mapping = discriminator["propertyName"], discriminator["mapping"]
    if not isinstance(union, list):
        hint = "put it beside the oneOf, or remove it"
        yield place.found(code, at, "there is no oneOf here to tell apart", hint)
        return
    members = [one.get("$ref") if isinstance(one, dict) else None for one in union]
    known = set(members)
    for value, ref in mapping.items():
        if ref not in known and _leads_somewhere(place, ref):
            below = f"{at}/mapping/{escape(value)}"
            message = f"{value!r} is mapped to {ref!r}, which is no member of the union"
            yield place.found(code, below, message, "add it to the union, or remove the value")
    # A value that leads to no member is reported here, and not again at the member it misses.
    led = {value: ref if ref in known else None for value, ref in mapping.items()}
    for index, ref in enumerate(members):
        below = f"/{keyword}/{index}"
        if isinstance(ref, str):
            yield from _variant(place, below, ref, name, led)
        else:
            hint = "move it to components, and refer to it"
            yield place.found(code, below, "a member of the union is no reference", hint)


def _variant(
    place: _Place, below: str, ref: str, name: str, mapping: Schema
) -> Iterator[Diagnostic]:
    """Hold a member of a union against the values that lead to it."""
    code = "schema-discriminator"
    if not _leads_somewhere(place, ref):
        return
    variant = resolve(place.document, ref, place.file)
    properties = variant.get("properties", {}) if isinstance(variant, dict) else {}
    if name not in properties:
        message = f"{ref!r} has no property {name!r} to be told by"
        yield place.found(code, below, message, "describe it there, with a const")
        return
    if name not in variant.get("required", ()):
        message = f"{ref!r} does not require {name!r}, which tells it apart"
        yield place.found(code, below, message, f"add {name!r} to its required")
    allowed = _constants(properties[name])
    if allowed is None:
        message = f"{name!r} of {ref!r} has neither const nor enum: any value would lead to it"
        yield place.found(code, below, message, "give it a const")
        return
    for value, target in mapping.items():
        if target == ref and value not in allowed:
            at = f"/discriminator/mapping/{escape(value)}"
            message = f"{ref!r} does not allow {name} {value!r}"
            yield place.found(code, at, message, did_you_mean(value, allowed))
    for value in allowed:
        if mapping.get(value, "") not in (ref, None):
            message = f"{ref!r} allows {name} {value!r}, which the mapping does not lead to it"
            yield place.found(code, below, message, "list every value in the mapping")


def _leads_somewhere(place: _Place, ref: str) -> bool:
    """Whether a reference can be followed; where not, the structure says so."""
    try:
        resolve(place.document, ref, place.file)
    except SpecError:
        return False
    return True


def _constants(schema: object) -> list[str] | None:
    if not isinstance(schema, dict):
        return None
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return [str(one) for one in values] if isinstance(values, list) else None


def _written(place: _Place) -> Iterator[Diagnostic]:
    if "x-written" not in place.schema:
        return
    narrower, code, at = place.schema["x-written"], "written-nothing", "/x-written"
    if not narrower:
        yield place.found(code, at, "an empty x-written narrows nothing", "remove it")
    properties = place.schema.get("properties", {})
    for keyword, value in narrower.items():
        below = f"{at}/{escape(keyword)}"
        if keyword == "required":
            names = [(str(index), one) for index, one in enumerate(value)]
        elif keyword == "properties":
            names = [(escape(name), name) for name in value]
        elif keyword not in KEYWORDS:
            message = f"{keyword!r} is no keyword of JSON Schema and narrows nothing"
            yield place.found(code, below, message, nearest(keyword, KEYWORDS) or "remove it")
            continue
        else:
            if place.schema.get(keyword) == value:
                message = f"{keyword!r} is the same without it"
                yield place.found(code, below, message, "remove it")
            continue
        for step, name in names:
            if name not in properties:
                message = f"{name!r} is no property of this schema"
                hint = nearest(name, properties) or "remove it"
                yield place.found(code, f"{below}/{step}", message, hint)


def _violations(place: _Place) -> Iterator[Diagnostic]:
    texts = place.schema.get("x-violations", {})
    narrower = place.schema.get("x-written", {})
    for keyword in texts:
        if keyword not in place.schema and keyword not in narrower:
            message = f"the schema has no {keyword!r} that could be violated"
            below = f"/x-violations/{escape(keyword)}"
            hint = nearest(keyword, place.schema) or "remove it"
            yield place.found("violations-nothing", below, message, hint)


_CHECKS: tuple[Callable[[_Place], Iterator[Diagnostic]], ...] = (
    _valid,
    _patterns,
    _keywords,
    _formats,
    _types,
    _required,
    _discriminator,
    _written,
    _violations,
)


def _examples(spec: Spec) -> Iterator[Diagnostic]:
    import jsonschema_rs

    around = {key: part for key, part in spec.document.items() if not key.startswith("$")}
    for schema, below, value in _samples(spec.document):
        try:
            validator = jsonschema_rs.Draft202012Validator(
                around | schema, validate_formats=True, ignore_unknown_formats=True, offline=True
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as broken:
            at = Location(spec.file, pointer=below)
            message = f"its schema judges nothing: {shortened(str(broken).splitlines()[0])}"
            yield Diagnostic("schema-invalid", at, message, "correct what the message names")
            continue
        for error in validator.iter_errors(value):
            inside = "".join(f"/{escape(str(step))}" for step in error.instance_path)
            at = Location(spec.file, pointer=below + inside)
            message = f"its schema refuses this: {error.message}"
            hint = "correct the example, or the schema"
            yield Diagnostic("schema-example", at, message, hint)


def _samples(document: Schema) -> Iterator[tuple[Schema, str, object]]:
    """Each example and default: the schema it belongs to, where it stands, and its value."""
    for pointer, schema in schemas(document):
        for keyword in ("default", "example"):
            if keyword in schema:
                yield schema, f"{pointer}/{keyword}", schema[keyword]
        for index, value in enumerate(schema.get("examples", ())):
            yield schema, f"{pointer}/examples/{index}", value
    for pointer, node in surroundings(document):
        shape, named = node.get("schema"), node.get("examples")
        if not isinstance(shape, dict):
            continue
        if "example" in node:
            yield shape, f"{pointer}/example", node["example"]
        for name, holder in named.items() if isinstance(named, dict) else ():
            if isinstance(holder, dict) and "value" in holder:
                yield shape, f"{pointer}/examples/{escape(name)}/value", holder["value"]


def _unreachable(spec: Spec) -> Iterator[Diagnostic]:
    """Warn of components that neither the event nor any body, response or parameter refers to."""
    named = {
        f"{COMPONENTS}/{escape(name)}": schema for name, schema in components(spec.document).items()
    }
    waiting: list[Schema] = [spec.event_schema]
    waiting += [schema for pointer, schema in roots(spec.document) if f"#{pointer}" not in named]
    reached = {spec.event_pointer, spec.document.get("x-envelope", spec.event_pointer)}
    while waiting:
        schema = waiting.pop()
        waiting.extend(inner for _, inner in subschemas(schema))
        ref = schema.get("$ref")
        if isinstance(ref, str) and ref in named and ref not in reached:
            reached.add(ref)
            if isinstance(named[ref], dict):
                waiting.append(named[ref])
    for ref in named:
        if ref not in reached:
            at = Location(spec.file, pointer=ref[1:])
            message = "nothing refers to this component"
            yield Diagnostic("schema-unreachable", at, message, "remove it", "warning")
