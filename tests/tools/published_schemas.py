"""The vendors' own published schemas, as JSON Schemas for the jsonschema library.

Nothing here goes through the importer or the specs of this repository. Where a document is looser
than the vendor's API, its own texts tighten it: see the function of each vendor.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from tests.tools.independent_validator import SchemaValidator, is_date_time

Json = Any
Schema = dict[str, Any]

UPSTREAM = "EVENT_TRANSLATOR_UPSTREAM"
"""The environment variable that names the folder with the files of vendors."""

PUBLISHED = ("algolia", "personalize", "retail", "snowplow", "xapi")
"""The vendors with a machine-readable schema of their own."""


class NotHere(Exception):
    """The file of a vendor is not on this machine."""


def errors(vendor: str, event: Json) -> list[str]:
    """What a vendor's schema says against an event."""
    return list(_CHECKS[vendor](event))


def body_errors(vendor: str, body: Json) -> list[str]:
    """What a vendor's schema says against the body of a request."""
    return list(_found(_body_validator(vendor), body))


@cache
def _body_validator(vendor: str) -> Json:
    match vendor:
        case "algolia":
            body = _insights()["paths"]["/1/events"]["post"]["requestBody"]["content"]
            return _insights_validator(body["application/json"]["schema"])
        case "personalize":
            return _service_validator("PutEventsRequest")
        case "retail":
            return _discovery_validator("ImportUserEventsRequest")
        case "xapi":
            return _statement_validator("statement_list")
    raise AssertionError(f"{vendor} has no request bodies")


def _found(validator: Json, value: Json) -> Iterator[str]:
    for error in validator.iter_errors(value):
        yield f"{error.json_path}: {error.message}"
        for inner in error.context:
            yield f"  {inner.json_path}: {inner.message}"


def _upstream(*names: str) -> Path:
    folder = os.environ.get(UPSTREAM)
    if not folder:
        raise NotHere(f"{UPSTREAM} names no folder of vendors' files")
    return Path(folder).joinpath(*names)


def _package_file(package: str, *names: str) -> Path:
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NotHere(f"the package {package} is not installed")
    return Path(spec.origin).parent.joinpath(*names)


# Numeric formats bound what the vendor's server can hold.
_formats = jsonschema.FormatChecker(formats=())
_LARGEST_FLOAT = 3.4028234663852886e38


def _bounded(name: str, low: float, high: float) -> None:
    _formats.checks(name)(
        lambda value: isinstance(value, str | bool | None) or low <= value <= high
    )


_bounded("int32", -(2**31), 2**31 - 1)
_bounded("int64", -(2**63), 2**63 - 1)
_bounded("float", -_LARGEST_FLOAT, _LARGEST_FLOAT)


# Algolia: an OpenAPI document with thirteen variants, which overlap because they are open. An
# event must be one of them that names all its fields.


@cache
def _insights() -> Schema:
    document: Schema = yaml.safe_load(_upstream("algolia", "insights.yml").read_text("utf-8"))
    return document


@cache
def _insights_validator_of_events() -> Json:
    return _insights_validator({"$ref": "#/components/schemas/EventsItems"})


def _insights_validator(schema: Schema) -> Json:
    schemas = dict(_insights()["components"]["schemas"])
    for variant in schemas["EventsItems"]["oneOf"]:
        name = variant["$ref"].rpartition("/")[2]
        schemas[name] = {**schemas[name], "additionalProperties": False}
    schemas["EventsItems"] = {"anyOf": schemas["EventsItems"]["oneOf"]}
    components = {"components": {"schemas": schemas}}
    return SchemaValidator({**components, **schema}, format_checker=_formats)


def _algolia(event: Json) -> Iterator[str]:
    yield from _found(_insights_validator_of_events(), event)
    yield from _insights_refusals(event)


def _insights_refusals(event: Json) -> Iterator[str]:
    """The refusals of Algolia's API that its document gives as texts of errors only."""
    if not re.fullmatch(r"[\x20-\x7E]{1,64}", event["eventName"]):
        yield "EventName must contain only visible ASCII characters, and be between 1 and 64 long"
    for name in ("userToken", "authenticatedUserToken"):
        if name in event and not re.fullmatch(r"[a-zA-Z0-9_=/+-]{1,128}", event[name]):
            yield f"{name} must be between 1 and 128 alphanumeric characters"
    ids, filters = event.get("objectIDs", []), event.get("filters", [])
    if not ids and not filters and event["eventType"] != "instantsearch":
        yield "Event should specify either some ObjectIDs or some Filters"
    if ids and filters:
        yield "Event should specify ObjectIDs or Filters, but not both"
    if "positions" in event and event["eventType"] != "click":
        yield "Only event of type click should specify the positions attribute"
    if event["eventType"] == "click" and ("positions" in event) != ("queryID" in event):
        yield "Event of type click should specify positions and a queryID, or neither"
    for name in ("positions", "objectData"):
        if len(event.get(name, ids)) != len(ids):
            yield f"Event should have the same number of ObjectIDs and {name}"


# Amazon Personalize: the service model of botocore. Members that it does not name are refused.


@cache
def _service_validator(shape: str) -> Json:
    folder = ("data", "personalize-events", "2018-03-22", "service-2.json.gz")
    model = json.loads(gzip.decompress(_package_file("botocore", *folder).read_bytes()))
    shapes = {name: _service_schema(inner) for name, inner in model["shapes"].items()}
    return SchemaValidator({"$defs": shapes, "$ref": f"#/$defs/{shape}"})


def _service_schema(shape: Json) -> Schema:
    lengths = {"string": ("minLength", "maxLength"), "list": ("minItems", "maxItems")}
    low, high = lengths.get(shape["type"], ("minimum", "maximum"))
    schema: Schema = {low: shape["min"]} if "min" in shape else {}
    if "max" in shape:
        schema[high] = shape["max"]
    if "pattern" in shape:
        schema["pattern"] = f"^(?:{shape['pattern']})$"
    match shape["type"]:
        case "structure":
            members = {n: _reference(member["shape"]) for n, member in shape["members"].items()}
            required = shape.get("required", [])
            schema |= {"properties": members, "required": required, "additionalProperties": False}
            return {**schema, "type": "object"}
        case "list":
            return {**schema, "type": "array", "items": _reference(shape["member"]["shape"])}
        case "string":
            return {**schema, "type": "string"}
        case "float" | "double" | "timestamp":
            return {**schema, "type": "number"}
        case "integer" | "long":
            return {**schema, "type": "integer"}
    raise AssertionError(f"a shape of type {shape['type']}")


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _personalize(event: Json) -> Iterator[str]:
    shared = ("trackingId", "userId", "sessionId")
    body = {name: event[name] for name in shared if name in event}
    body["eventList"] = [{n: value for n, value in event.items() if n not in shared}]
    yield from body_errors("personalize", body)
    # The model says that this string is a JSON value.
    if "properties" in event and not isinstance(json.loads(event["properties"]), dict):
        yield "properties is no JSON object"


# Google Retail: the discovery document. Google refuses members that it does not name.

_formats.checks("google-datetime")(
    lambda value: (
        not isinstance(value, str)
        or (is_date_time(value) and re.search(r"[.]\d{10}|:60", value) is None)
    )
)


@cache
def _discovery_validator(name: str) -> Json:
    folder = ("discovery_cache", "documents", "retail.v2.json")
    document = json.loads(_package_file("googleapiclient", *folder).read_bytes())
    schemas = {name: _closed(schema) for name, schema in document["schemas"].items()}
    schema = {"$defs": schemas, "$ref": f"#/$defs/GoogleCloudRetailV2{name}"}
    return SchemaValidator(schema, format_checker=_formats)


def _closed(schema: Json) -> Json:
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _reference(schema["$ref"])
    closed = {key: _closed(value) for key, value in schema.items() if key not in ("id", "type")}
    if "properties" in schema:
        members = schema["properties"].items()
        closed["properties"] = {name: _closed(inner) for name, inner in members}
        closed["additionalProperties"] = False
    return closed if schema.get("type", "any") == "any" else {**closed, "type": schema["type"]}


def _retail(event: Json) -> Iterator[str]:
    yield from _found(_discovery_validator("UserEvent"), event)


# Snowplow: one schema for each part of an event, by name and version.


@cache
def _part_validator(name: str, version: str) -> Json:
    path = _upstream("snowplow", f"{name}-{version}.json")
    if not path.exists():
        return None
    schema = json.loads(path.read_bytes())
    assert {schema["self"]["name"], schema["self"]["version"]} == {name, version}
    del schema["$schema"]
    return SchemaValidator(schema)


_PART = re.compile("iglu:com.snowplowanalytics.snowplow.ecommerce/([^/]+)/jsonschema/([0-9-]+)")


def _snowplow(event: Json) -> Iterator[str]:
    if not _PART.fullmatch(event["event"]["schema"]):
        yield f"the event is a {event['event']['schema']}"
    for part in (event["event"], *event.get("contexts", ())):
        if match := _PART.fullmatch(part["schema"]):
            validator = _part_validator(*match.groups())
            if validator is None:
                yield f"no schema {part['schema']} is published"
            else:
                yield from (f"{match[1]}: {error}" for error in _found(validator, part["data"]))


# xAPI: files that refer to one another by ids, and formats that are patterns of JavaScript.


@cache
def _statement_validator(name: str) -> Json:
    definitions: dict[str, Schema] = {}
    for path in sorted(_upstream("xapi").glob("*.json")):
        _register(json.loads(path.read_bytes()), definitions)
    patterns = json.loads(_upstream("xapi", "formats", "formats.json").read_bytes())
    formats = jsonschema.FormatChecker(formats=())
    for format_name, pattern in patterns.items():
        formats.checks(format_name)(
            lambda value, regex=pattern: not isinstance(value, str) or _matches(regex, value)
        )
    schema = {"definitions": definitions, "$ref": f"#/definitions/{name}"}
    return _StatementValidator(schema, format_checker=formats)


def _register(schema: Json, definitions: dict[str, Schema]) -> None:
    """Collect the schemas with an id, and point the references to them."""
    match schema:
        case dict():
            if isinstance(schema.get("id"), str):
                definitions[schema.pop("id").removeprefix("#")] = schema
            schema.pop("$schema", None)
            if "$ref" in schema:
                schema["$ref"] = schema["$ref"].replace("#", "#/definitions/")
            for inner in schema.values():
                _register(inner, definitions)
        case list():
            for inner in schema:
                _register(inner, definitions)


def _matches(pattern: str, text: str) -> bool:
    """Whether JavaScript's pattern matches, which sees the halves of surrogate pairs."""
    units = "".join(
        char if char <= "\uffff" else "".join(map(chr, _surrogates(ord(char)))) for char in text
    )
    return re.search(re.sub(r"\$$", r"\\Z", pattern), units, re.ASCII) is not None


def _surrogates(code: int) -> tuple[int, int]:
    return 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)


def _pattern_properties(
    validator: Json, patterns: Schema, value: Json, schema: Schema
) -> Iterator[Exception]:
    """Check `patternProperties` with `additionalProperties`, which stand together here."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        matching = [schema for pattern, schema in patterns.items() if _matches(pattern, name)]
        for schema_of_value in matching:
            yield from validator.descend(inner, schema_of_value, path=name)
        if not matching and schema.get("additionalProperties") is False:
            yield jsonschema.ValidationError(f"the key {name!r} is not allowed")


def _additional(
    _validator: Json, allowed: Json, value: Json, schema: Schema
) -> Iterator[Exception]:
    if isinstance(value, dict) and allowed is False and "patternProperties" not in schema:
        for name in value.keys() - schema.get("properties", {}).keys():
            yield jsonschema.ValidationError(f"the key {name!r} is not allowed")


_StatementValidator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft4Validator,
    {"patternProperties": _pattern_properties, "additionalProperties": _additional},
)


def _xapi(event: Json) -> Iterator[str]:
    yield from _found(_statement_validator("statement"), event)


_CHECKS = {
    "algolia": _algolia,
    "personalize": _personalize,
    "retail": _retail,
    "snowplow": _snowplow,
    "xapi": _xapi,
}
