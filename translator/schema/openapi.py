"""Navigate an OpenAPI 3.1 document: keywords, JSON pointers, references and subschemas."""

from __future__ import annotations

import copy
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from types import NoneType
from typing import Any, NamedTuple

from translator.errors import Diagnostic, Location, SpecError, did_you_mean, truncate

LOCK_FILE = "specs.lock.json"
"""The file beside imported specs that says where they came from."""

OVERLAY_ENDING = ".overlay.yaml"
"""The ending of files that change imported specs."""


class Envelope(NamedTuple):
    """How a request body holds events.

    `path` leads to the list of events; if it is empty, the body is the list. `max_events` is their
    maximum number. `own_fields` are the fields that a body has beside the list, `inner_fields`
    those at each further level of the path. `schema` is the self-contained schema of a body with
    its own fields, if there are any.

    `shared` are the fields of events that stand once in a body; with `shares_others`, all but
    these. `read_shared` may stand in a body that is read.
    """

    path: tuple[str, ...]
    max_events: int | None
    own_fields: tuple[str, ...] = ()
    inner_fields: tuple[tuple[str, ...], ...] = ()
    shared: tuple[str, ...] = ()
    shares_others: bool = False
    read_shared: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None

    @property
    def has_shared_fields(self) -> bool:
        """Whether written bodies have fields of their events."""
        return self.shares_others or bool(self.shared)

    def is_shared(self, name: str) -> bool:
        """Whether a field of events is written to the body."""
        return name != self.path[0] and (name in self.shared) != self.shares_others

    def shape(self) -> str:
        """Describe a body, such as `{"events": [events]}`."""
        opening = "".join(f'{{"{step}": ' for step in self.path)
        return f"{opening}[events]{'}' * len(self.path)}"


Schema = dict[str, Any]
"""A JSON object of a spec. Its values are checked where they are used."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")

COMPONENTS = "#/components/schemas"

SCHEMA_KEYWORDS = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""Keywords whose value is a schema."""

SCHEMA_LIST_KEYWORDS = ("allOf", "anyOf", "oneOf", "prefixItems")
"""Keywords whose value is a list of schemas."""

SCHEMA_MAP_KEYWORDS = ("$defs", "dependentSchemas", "patternProperties", "properties")
"""Keywords whose value is an object of schemas."""


def resolve(document: Schema, ref: str, file: str = "") -> Any:
    """Return what the local reference `ref` (such as `#/components/schemas/Page`) points to.

    Raises `SpecError` if the reference has no target or leaves the document.
    """
    if ref != "#" and not ref.startswith("#/"):
        hint = "write #/components/schemas/NAME; only references within the document are supported"
        message = f"the reference {ref!r} leaves the document"
        raise spec_error("spec-reference", file, "", message, hint)
    node: Any = document
    for step in split_pointer(ref):
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and _INDEX.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        else:
            message = f"the reference {ref!r} points to nothing"
            hint = suggest_nearest(step, node) or "name a part of this document"
            raise spec_error("spec-reference", file, "", message, hint)
    return node


def find_target(document: Schema, ref: str) -> tuple[Any, Diagnostic | None]:
    """Return what a reference points to, or None and the error that `resolve` reports."""
    try:
        return resolve(document, ref), None
    except SpecError as error:
        return None, error.diagnostics[0]


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield each schema object directly inside `schema`, with its relative pointer (`/not`)."""
    for keyword, value in schema.items():
        entries: list[tuple[str, object]] = []
        if keyword in SCHEMA_KEYWORDS:
            entries = [("", value)]
        elif keyword in SCHEMA_LIST_KEYWORDS and isinstance(value, list):
            entries = [(f"/{index}", item) for index, item in enumerate(value)]
        elif keyword in SCHEMA_MAP_KEYWORDS and isinstance(value, dict):
            entries = [(f"/{escape_step(name)}", item) for name, item in value.items()]
        for step, subschema in entries:
            if isinstance(subschema, dict):
                yield f"/{keyword}{step}", subschema


def map_subschemas(schema: Schema, convert: Callable[[Any], Any]) -> Schema:
    """Copy a schema, and convert each schema directly inside it (an object, true or false)."""
    copied: Schema = {}
    for keyword, value in schema.items():
        if keyword in SCHEMA_KEYWORDS:
            value = convert(value)
        elif keyword in SCHEMA_LIST_KEYWORDS:
            value = [convert(item) for item in value]
        elif keyword in SCHEMA_MAP_KEYWORDS:
            value = {name: convert(item) for name, item in value.items()}
        copied[keyword] = value
    return copied


def walk_schemas(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every schema object of the document, with its JSON pointer (without the `#`)."""
    queue = deque(root_schemas(document))
    while queue:
        pointer, schema = queue.popleft()
        yield pointer, schema
        queue.extend((pointer + step, inner) for step, inner in subschemas(schema))


def expand_formats(document: Schema) -> Schema:
    """Replace the formats of OpenAPI by their bounds, which validators and schema types know.

    Returns the document itself if it uses none, and otherwise a copy.
    """
    if not any(schema.get("format") in OPENAPI_FORMATS for _, schema in walk_schemas(document)):
        return document
    expanded = copy.deepcopy(document)
    for _, schema in walk_schemas(expanded):
        bounds = OPENAPI_FORMATS.get(schema.get("format", ""))
        if bounds is None:
            continue
        del schema["format"]
        types = schema.get("type", "number")
        if "number" in types or "integer" in types:
            for keyword, limit in bounds.items():
                tighter = max if keyword == "minimum" else min
                schema[keyword] = tighter(limit, schema.get(keyword, limit))
    return expanded


def root_schemas(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the outermost schema objects with their pointers: components, then those of bodies."""
    for name, schema in component_schemas(document).items():
        if isinstance(schema, dict):
            yield f"{COMPONENTS[1:]}/{escape_step(name)}", schema
    for pointer, node in outer_objects(document):
        if isinstance(node.get("schema"), dict):
            yield f"{pointer}/schema", node["schema"]


def component_schemas(document: Schema) -> Schema:
    """Return the named schemas of the document; none if they are missing or malformed."""
    section = document.get("components")
    by_name = section.get("schemas") if isinstance(section, dict) else None
    return by_name if isinstance(by_name, dict) else {}


def outer_objects(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every object outside the schemas, with its pointer: paths, bodies, responses, ..."""
    queue: deque[tuple[str, object]] = deque([("", document)])
    while queue:
        pointer, node = queue.popleft()
        if isinstance(node, list):
            queue.extend((f"{pointer}/{index}", element) for index, element in enumerate(node))
        elif isinstance(node, dict):
            yield pointer, node
            for key, value in node.items():
                is_schema = key == "schema" or (pointer == "/components" and key == "schemas")
                is_data = key in ("example", "examples") or key.startswith("x-")
                if not is_schema and not is_data:
                    queue.append((f"{pointer}/{escape_step(key)}", value))


def escape_step(step: str) -> str:
    """Escape a property name or index for use in a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def split_pointer(ref: str) -> list[str]:
    """Split a local reference (`#/a/b~1c`) into its unescaped steps."""
    if "%" in ref:
        from urllib.parse import unquote

        ref = unquote(ref)
    return _split_unquoted(ref)


def _split_unquoted(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def suggest_nearest(name: str, candidates: object) -> str:
    """Return the hint "did you mean ...?" if a candidate is similar, else an empty string."""
    if not isinstance(candidates, dict | list | frozenset):
        return ""
    return did_you_mean(name, map(str, candidates))


def error_at(code: str, file: str, pointer: str, message: str, hint: str = "") -> Diagnostic:
    """Return an error at a JSON pointer of a file, with message and hint of limited length."""
    return Diagnostic(code, Location(file, pointer=pointer), truncate(message), truncate(hint))


def spec_error(code: str, file: str, pointer: str, message: str, hint: str = "") -> SpecError:
    """Return an exception with one error, as made by `error_at`."""
    return SpecError([error_at(code, file, pointer, message, hint)])


ANNOTATIONS = frozenset((
    "$comment", "default", "deprecated", "description", "example", "examples", "externalDocs",
    "readOnly", "title", "writeOnly",
))  # fmt: skip
"""Keywords that constrain nothing."""

BOUND_KEYWORDS = frozenset((
    "exclusiveMaximum", "exclusiveMinimum", "maxContains", "maxItems", "maxLength",
    "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties",
    "minimum", "multipleOf", "x-max-bytes",
))  # fmt: skip
"""Keywords that bound a number, a length or a count.

`x-max-bytes` is the only one of this project's own keywords that constrains values.
"""

MARKS = ("x-sum", "x-id", "x-token")
"""Keywords that say what the values of a field mean, and constrain nothing."""

ID_KINDS = (
    "cart", "event", "item", "list", "order", "promotion", "session", "user", "visitor",
)  # fmt: skip
"""Allowed values of `x-id`: what the value of a field identifies."""

KEYWORDS = ANNOTATIONS | BOUND_KEYWORDS | frozenset((
    *SCHEMA_KEYWORDS, *SCHEMA_LIST_KEYWORDS, *SCHEMA_MAP_KEYWORDS, "$anchor", "$dynamicAnchor",
    "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary", "const", "contentEncoding",
    "contentMediaType", "dependentRequired", "discriminator", "enum", "format", "pattern",
    "required", "type", "uniqueItems", "xml",
))  # fmt: skip
"""The keywords of JSON Schema 2020-12, the ones that OpenAPI 3.1 adds, and `x-max-bytes`."""

DIALECTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://spec.openapis.org/oas/3.1/dialect/base",
)
"""Allowed values of `$schema`: JSON Schema 2020-12, and the OpenAPI 3.1 variant of it."""

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": NoneType,
    "number": (int, float),
    "object": dict,
    "string": str,
}

TYPES = frozenset(_PYTHON_TYPES)
"""Allowed values of `type`."""

OPENAPI_FORMATS: dict[str, dict[str, int]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    **{name: {} for name in ("binary", "byte", "double", "float", "password")},
}
"""The formats that OpenAPI 3.1 adds, with the bounds that each sets for numbers.

One without bounds is an annotation: it constrains nothing.
"""

FORMATS = OPENAPI_FORMATS.keys() | frozenset((
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4",
    "ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time",
    "uri", "uri-reference", "uri-template", "uuid",
))  # fmt: skip
"""The known formats: those of JSON Schema 2020-12, which validators check, and of OpenAPI."""


def has_type(value: object, type_name: str) -> bool:
    """Whether a JSON value has the type `type_name`, one of `TYPES`."""
    if isinstance(value, bool):
        return type_name == "boolean"
    if type_name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _PYTHON_TYPES[type_name])


_SPACE = re.compile(r"[ \t\r\n]*")

_DECODER = json.JSONDecoder()


def line_and_column(text: str, pointer: str) -> tuple[int, int] | None:
    """Return line and column, from 1, of what a JSON pointer (`/info/title`) selects in `text`.

    A property is located by its name; of duplicate names, by the last one, which is the one that
    JSON decoders use. Returns None if `text` is not JSON or the pointer selects nothing.
    """
    return Positions(text).find(pointer)


class Positions:
    """The places in a JSON text; each list or object is read once, however many are looked up."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._entries: dict[int, dict[str, tuple[int, int]]] = {}

    def find(self, pointer: str) -> tuple[int, int] | None:
        """Return what `line_and_column` returns for the text."""
        text = self._text
        try:
            start = offset = _skip_space(text, 0)
            for step in _split_unquoted(pointer):
                if offset not in self._entries:
                    self._entries[offset] = dict(_entries(text, offset))
                start, offset = self._entries[offset][step]
        except (ValueError, LookupError, RecursionError):
            return None
        return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _entries(text: str, offset: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the key, the offset and the offset of the value of each entry of a list or object."""
    closing = {"{": "}", "[": "]"}[text[offset]]
    offset = _skip_space(text, offset + 1)
    for index in count():
        if text[offset] == closing:
            return
        name, start = str(index), offset
        if closing == "}":
            name, end = _DECODER.raw_decode(text, offset)
            offset = _skip_space(text, _skip_space(text, end) + 1)
        yield name, (start, offset)
        offset = _skip_space(text, _DECODER.raw_decode(text, offset)[1])
        if text[offset] == ",":
            offset = _skip_space(text, offset + 1)


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset
