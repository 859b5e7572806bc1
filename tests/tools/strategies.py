"""Strategies for events, built from the schemas of the specs.

`events` draws valid events, `nearly_events` valid events with a few changes, `json_values` any
JSON value. Values that a schema leaves open are hostile; IDs, kinds and names are often values that
the formats have in common, so that most translations succeed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from tests.tools import strings
from tests.tools.carried import CARRIED
from tests.tools.independent_validator import (
    SchemaValidator,
    document,
    format_checker,
    input_validator,
)
from tests.tools.shipped import FORMATS, ROOT
from translator.schema.spec import input_document

Json = Any
Schema = Mapping[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]
Place = tuple[str, ...]

_PERCENT = st.integers(0, 99)
_ANNOTATIONS = {"description", "title", "examples", "default", "$comment", "deprecated"}
_SUPPORTED = {
    "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "properties", "required", "not",
    "additionalProperties", "propertyNames", "maxProperties", "dependentRequired", "items",
    "minItems", "maxItems", "$ref", "allOf", "anyOf", "oneOf", "if", "then", "discriminator",
    "contentMediaType",
}  # fmt: skip
_COMBINING = {"$ref", "allOf", "anyOf", "oneOf", "if", "then"}
_RETRIED = _COMBINING - {"$ref"} | {"not", "propertyNames", "maxProperties", "x-max-bytes"}
"""Keywords that a drawn value may break; such a value is drawn again."""

_KEYWORDS_OF = {
    "object": {"properties", "required", "additionalProperties", "propertyNames"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"pattern", "format", "minLength", "maxLength"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}
"""The type that a schema without one describes."""

HUGE = (2**53 + 1, 2**63, 2**64, -(2**64) - 1, 10**30, 10**400)
"""Integers that exceed 64 bits, or the precision of a double."""

EDGES = (0, 1, 2, 5, 3.5, 0.1, 61.5, 4.999999999999999, 1e21, 5e-324, 1.7976931348623157e308)
"""Usual numbers, and numbers at the limits of a double."""

_CUSTOM_NAMES = ("unlike", "unbookmark", "comment", "filter_click", "discount_code", "purchase",
                 "view", "quiz_finished", "custom", "")  # fmt: skip
_KINDS = ("filter", "category", "offer", "shop", "tag", "keyword", "OFFER", "Tag", "ai_note",
          "product")  # fmt: skip
_OFTEN = {
    "miso": ("product_detail_page_view", "category_page_view", "like", "share", "bookmark",
             "add_to_cart", "checkout", "read", "custom"),
    "interaction": ("view", "category_view", "like", "share", "bookmark", "add_to_cart",
                    "purchase", "listen", "filter", "discount_code"),
}  # fmt: skip
"""Event types that several formats have in common are drawn more often."""

_FLAT = tuple(f"{vendor}_{field}" for vendor, fields in CARRIED.items() for field in fields)

_any_string = strings.strings()
_ids = strings.ids()
_uuids = strings.uuids()
_date_times = strings.date_times()
_iris = st.sampled_from(
    ("https://shop.example.com/items/1", "urn:example:A", "mailto:ana@example.com", "https://é/")
)
_usual_strings = st.sampled_from(("A", "lamp", "Woman", "red", "a b", "v-1", "https://a.example/"))
_usual_times = st.sampled_from(("2024-05-01T12:00:00Z", "2024-05-01T12:00:00.25+02:00"))
_USUAL_NUMBERS = {"integer": (1, 2, 3, 10, 1714564800), "number": (1, 2.5, 9.99, 19.99, 100, 4.0)}
_formats = {
    "uuid": _uuids,
    "date-time": _date_times,
    "iri": _iris,
    "uri": _iris.filter(str.isascii),
}
_ID_NAMES = frozenset(
    (
        "id",
        "item",
        "customer",
        "user_id",
        "anonymous_id",
        "product_ids",
        "product_group_ids",
        "item_id",
        "itemId",
        "userId",
        "objectIDs",
        "product_id",
    )
)
_ID_STRATEGIES = (_uuids, strings.numbered(), strings.named(), _ids)
_MOSTLY = frozenset(("items", "product_ids", "facets", "time", "timestamp"))
_LENGTHS = st.sampled_from((0, 1, 1, 1, 1, 2, 2, 3))
_COUNTS = (0, 1, 15, 42, 1718035200)
_strings_by_name: dict[str, st.SearchStrategy[str]] = {
    "kind": st.sampled_from(_KINDS) | _any_string,
    "custom_action": st.sampled_from(_CUSTOM_NAMES) | _any_string,
    "custom_action_name": st.sampled_from(_CUSTOM_NAMES) | _any_string,
    "date": strings.free_dates(),
}
"""The strategy for a string by the name of its field; any string for other names."""


def _chance(draw: Draw, percent: int) -> bool:
    # Multiply to spread the values: small integers are drawn far more often than large ones.
    # The smallest gives 63, so that fields that are often absent are absent in small events.
    return bool((99 - draw(_PERCENT)) * 37 % 100 < percent)


def _resolved(spec: Schema, pointer: str) -> Schema:
    target: Any = spec
    for step in pointer.removeprefix("#/").split("/"):
        target = target[step]
    schema: Schema = target
    return schema


def _merged(first: Schema, second: Schema) -> Schema:
    """The schema of a value that two schemas describe."""
    merged = {**first, **second}
    for key in first.keys() & second.keys():
        one, two = first[key], second[key]
        match key:
            case "properties":
                names = {name: _both(one.get(name), two.get(name)) for name in (*one, *two)}
                merged[key] = names
            case "required":
                merged[key] = [*dict.fromkeys((*one, *two))]
            case "minimum" | "minLength" | "minItems" | "exclusiveMinimum":
                merged[key] = max(one, two)
            case "maximum" | "maxLength" | "maxItems" | "exclusiveMaximum":
                merged[key] = min(one, two)
            case "enum":
                merged[key] = [value for value in one if value in two]
            case "type":
                types = [two] if isinstance(two, str) else two
                merged[key] = [each for each in types if each in one or each == one]
            case "items" | "additionalProperties" | "propertyNames":
                merged[key] = _both(one, two)
    return merged


def _both(first: Any, second: Any) -> Any:
    if first in (None, True) or second is False:
        return second
    return first if first is False or second in (None, True) else {"allOf": [first, second]}


# Strategies are cached: building them costs more than drawing from them.


@cache
def _one_of(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@cache
def _bounded(
    strategy: st.SearchStrategy[str], shortest: int, longest: int | None
) -> st.SearchStrategy[str]:
    strategy = strategy.filter(lambda text: len(text) >= shortest) if shortest else strategy
    return strategy.filter(lambda text: len(text) <= longest) if longest else strategy


@cache
def _matching(pattern: str) -> st.SearchStrategy[str]:
    assert pattern.startswith("^") and pattern.endswith("$"), f"not anchored: {pattern}"
    return st.from_regex(pattern, fullmatch=True)


@cache
def _floats(low: float | None, high: float | None) -> st.SearchStrategy[float]:
    edges = [value for value in EDGES if _within(value, low, high)]
    floats = st.floats(low, high, allow_nan=False, allow_infinity=False)
    return st.sampled_from(edges) | floats if edges else floats


@cache
def _integers(low: int | None, high: int | None) -> st.SearchStrategy[int]:
    pool = [*_COUNTS, *HUGE, *(bound for bound in (low, high) if bound is not None)]
    return st.integers(low, high) | st.sampled_from(
        [value for value in pool if _within(value, low, high)]
    )


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True)
class _EventBuilder:
    """Draws one event of a spec, with most IDs from one strategy.

    In a `usual` event, most strings, numbers and times are what vendors send.
    """

    draw: Draw
    spec: Schema
    ids: st.SearchStrategy[str]
    fixed: Mapping[Place, Json]
    usual: bool

    def chance(self, percent: int) -> bool:
        return _chance(self.draw, percent)

    def value(self, schema: Schema, place: Place) -> Json:
        if place in self.fixed:
            return self.fixed[place]
        chosen = self.chosen(schema)
        value = self.built(chosen, place)
        if not _RETRIED.isdisjoint(schema) or not _RETRIED.isdisjoint(chosen):
            for _ in range(4):
                if self.allows(schema, value):
                    break
                value = self.built(self.chosen(schema), place)
        return value

    def allows(self, schema: Schema, value: Json) -> bool:
        """Whether a value is valid."""
        whole = {"$ref": "#/x-here", "x-here": schema, "components": self.spec["components"]}
        return bool(SchemaValidator(whole, format_checker=format_checker).is_valid(value))

    def chosen(self, schema: Schema) -> Schema:
        """A schema without references and alternatives, one of which is drawn."""
        unknown = {key for key in schema if key not in _ANNOTATIONS and not key.startswith("x-")}
        unknown -= _SUPPORTED
        assert not unknown, f"the strategies do not support {sorted(unknown)}"
        chosen: Schema = {key: value for key, value in schema.items() if key not in _COMBINING}
        parts = [*schema.get("allOf", ())]
        if "$ref" in schema:
            parts.append(_resolved(self.spec, schema["$ref"]))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                listed = schema[key]
                if len(listed) > 4 and self.chance(80):
                    listed = (*listed[:3], listed[-1])
                parts.append(listed[self.draw(st.integers(0, len(listed) - 1))])
        for part in parts:
            chosen = _merged(chosen, self.chosen(part))
        if "if" in schema:
            chosen = _merged(chosen, {"x-if": ((schema["if"], schema["then"]),)})
        return chosen

    def built(self, schema: Schema, place: Place) -> Json:
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.draw(_one_of(tuple(schema["enum"]))) if schema["enum"] else None
        types = schema.get("type")
        if types is None:
            kinds = [kind for kind, keys in _KEYWORDS_OF.items() if not keys.isdisjoint(schema)]
            if not kinds:
                return self.anything(place)
            types = kinds[0]
        if not types:  # no value has all types
            return None
        kind = types if isinstance(types, str) else self.draw(_one_of(tuple(types)))
        match kind:
            case "object":
                return self.build_object(schema, place)
            case "array":
                return self.build_array(schema, place)
            case "string":
                return self.string(schema, place)
            case "integer" | "number":
                return self.number(schema, kind)
            case "boolean":
                return self.draw(st.booleans())
            case "null":
                return None
        raise AssertionError(f"the strategies do not support the type {kind!r}")

    def anything(self, place: Place) -> Json:
        """A value of any type; mostly one that a vendor has, if it is carried for that."""
        if place[:1] == ("carried",) and self.chance(80):
            values = CARRIED.get(place[1], {}).get(place[2], ())
            if values:
                return copy.deepcopy(values[self.draw(st.integers(0, len(values) - 1))])
        return self.string({}, place) if self.chance(60) else self.draw(_any_json)

    def string(self, schema: Schema, place: Place) -> str:
        is_usual = self.usual and self.chance(95)
        if schema.get("format") in _formats:
            strategy = _formats[schema["format"]]
            if is_usual and schema["format"] == "date-time":
                strategy = _usual_times
            if "pattern" in schema:
                strategy = strategy.filter(lambda text: bool(re.search(schema["pattern"], text)))
            return str(self.draw(strategy))
        bounds = schema.get("minLength", 0), schema.get("maxLength")
        if "pattern" in schema:
            return str(self.draw(_bounded(_matching(schema["pattern"]), *bounds)))
        name = place[-1]
        strategy = _strings_by_name.get(name, _usual_strings if is_usual else _any_string)
        if name in _ID_NAMES:
            strategy = self.ids if self.chance(80) else _ids
            if not schema.get("minLength") and self.chance(3):
                return ""
        elif not is_usual and not schema.get("minLength") and self.chance(5):
            return ""
        elif "custom_context" in place and self.chance(80):
            vendor, _, field = name.partition("_")
            values = [v for v in CARRIED.get(vendor, {}).get(field, ()) if isinstance(v, str)]
            strategy = st.sampled_from(values) if values else _any_string
        return str(self.draw(_bounded(strategy, *bounds)))

    def number(self, schema: Schema, kind: str) -> float:
        minimum, maximum = schema.get("minimum"), schema.get("maximum")
        if "exclusiveMaximum" in schema:
            maximum = schema["exclusiveMaximum"] - 1
        if "exclusiveMinimum" in schema:
            minimum = schema["exclusiveMinimum"] + 1
        bounds = minimum, maximum
        if self.usual and self.chance(95):
            usual = [value for value in _USUAL_NUMBERS[kind] if _within(value, *bounds)]
            if usual:
                value: float = self.draw(_one_of(tuple(usual)))
                return value
        if kind == "number" and self.chance(60):
            value = float(self.draw(_floats(*bounds)))
            return round(value, 2) if "multipleOf" in schema else value
        number = int(self.draw(_integers(*bounds)))
        is_exact = abs(number) < 2**1023 and float(number) == number
        # The validator refuses a float that equals a bound of 64 bits.
        if self.chance(15) and is_exact and number not in bounds:
            return float(number)
        return number

    def build_array(self, schema: Schema, place: Place) -> list[Json]:
        length = max(self.draw(_LENGTHS), schema.get("minItems", 0))
        length = min(length, schema.get("maxItems", length))
        return [self.value(schema.get("items", {}), place) for _ in range(length)]

    def build_object(self, schema: Schema, place: Place) -> dict[str, Json]:
        value = self.fields(schema, place, {})
        for condition, then in schema.get("x-if", ()):
            if self.allows(condition, value):
                known = {name: value[name] for name in condition["properties"] if name in value}
                value = self.fields(_merged(schema, self.chosen(then)), place, known)
        return value

    def fields(self, schema: Schema, place: Place, known: dict[str, Json]) -> dict[str, Json]:
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        value: dict[str, Json] = {}
        for name, field in properties.items():
            if name in known:
                value[name] = known[name]
            elif field is False:
                continue
            elif name in required or self.chance(85 if name in _MOSTLY else 55):
                value[name] = self.value({} if field is True else field, (*place, name))
        for name, others in schema.get("dependentRequired", {}).items():
            if name not in required and not all(other in value for other in others):
                value.pop(name, None)
        additional = schema.get("additionalProperties", True)
        names: list[str] = []
        if isinstance(additional, Mapping):
            names = self.draw(_free_names(place))
        elif additional is True and self.chance(25):
            names = self.draw(_UNKNOWN_NAMES)
        for name in names:
            if name in properties or (
                "propertyNames" in schema and not self.allows(schema["propertyNames"], name)
            ):
                continue
            is_free = isinstance(additional, Mapping)
            value[name] = self.value(additional, (*place, name)) if is_free else self.draw(_scalars)
        return value


@cache
def _spec(name: str) -> Schema:
    """The spec of the events that may be read, in the keywords of JSON Schema."""
    return input_document(document(name))


Fixed = Mapping[Place, Json]
"""Values by their paths."""


@cache
def examples(name: str) -> tuple[Json, ...]:
    """The examples of a format."""
    lines = (ROOT / "examples" / f"{name}.ndjson").read_text("utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@st.composite
def varied_examples(
    draw: Draw,
    name: str,
    pool: tuple[Json, ...] | None = None,
    ids: st.SearchStrategy[str] | None = None,
) -> Json:
    """A valid event of a format: an example from `pool` with a few changes that keep it valid.

    All IDs of items and users are drawn from `ids`, if given.
    """
    pool = pool or examples(name)
    is_valid = input_validator(name).is_valid
    event: Json = draw(_copies(pool))
    for _ in range(draw(st.integers(0, 4))):
        changed = copy.deepcopy(event)
        _vary(draw, changed, pool)
        event = changed if changed and is_valid(changed) else event
    if ids is not None:
        changed = _with_ids(draw, event, ids)
        event = changed if is_valid(changed) else event
    return event


def _copies(pool: tuple[Json, ...]) -> st.SearchStrategy[Json]:
    return st.integers(0, len(pool) - 1).map(lambda index: copy.deepcopy(pool[index]))


def _vary(draw: Draw, event: Json, pool: tuple[Json, ...]) -> None:
    """Change an event in one place: it may become invalid."""
    parent, key = _somewhere(draw, event)
    match draw(st.sampled_from(("drop", "replace", "replace", "borrow", "borrow", "repeat"))):
        case "borrow":
            donor, name = _somewhere(draw, draw(_copies(pool)))
            same = [key for holder, key in _places(event) if type(holder[key]) is type(donor[name])]
            if isinstance(parent, dict) and isinstance(donor, dict) and parent.keys() & donor:
                parent[name] = donor[name]
            elif same:
                parent[key] = donor[name]
        case "drop":
            del parent[key]
        case "repeat" if isinstance(parent, list):
            parent.extend(copy.deepcopy(parent) * draw(st.sampled_from((1, 1, 10))))
        case _:
            match parent[key]:
                case str():
                    parent[key] = draw(_any_string | _ids | _date_times | _currencies)
                case bool():
                    parent[key] = not parent[key]
                case int() | float():
                    parent[key] = draw(st.sampled_from((*_COUNTS, *EDGES, -1, 19.99, 1e15)))


_currencies = st.sampled_from(("EUR", "eur", "JPY", "Usd"))
_KEYS_OF_IDS = frozenset(
    ("id", "itemId", "objectIDs", "item_id", "product_id", "user_id", "userId", "visitorId", "name")
)


def _with_ids(draw: Draw, value: Json, ids: st.SearchStrategy[str], key: str = "") -> Json:
    match value:
        case dict():
            return {
                name: inner if name == "verb" else _with_ids(draw, inner, ids, name)
                for name, inner in value.items()
            }
        case list():
            return [_with_ids(draw, inner, ids, key) for inner in value]
        case str() if key in _KEYS_OF_IDS:
            return draw(ids)
    return value


@st.composite
def events(
    draw: Draw,
    name: str,
    fixed: Fixed | None = None,
    ids: st.SearchStrategy[str] | None = None,
) -> Json:
    """A valid event of a format.

    It has the values in `fixed`; most IDs are drawn from `ids`.
    """
    spec = _spec(name)
    schema = _resolved(spec, spec["x-event"])
    fixed = {} if fixed is None else fixed
    if "discriminator" in schema:
        key = schema["discriminator"]["propertyName"]
        variants = schema["discriminator"]["mapping"]
        often = _OFTEN.get(name, sorted(variants))
        if (key,) not in fixed:
            often = often if _chance(draw, 60) else sorted(variants)
            fixed = {**fixed, (key,): draw(_one_of(tuple(often)))}
        schema = {"$ref": variants[fixed[key,]]}
    ids = draw(_one_of(_ID_STRATEGIES)) if ids is None else ids
    builder = _EventBuilder(draw, spec, ids, fixed, _chance(draw, 50))
    for _ in range(3):
        event = builder.value(schema, ())
        _line_up(draw, event)
        if input_validator(name).is_valid(event):
            return event
    return reject()


_LINED_UP = {"products", "query_ids"}
"""Carried lists with one element for each item."""


def _line_up(draw: Draw, event: dict[str, Json]) -> None:
    """Give parallel lists the same length, and all or no items a quantity; not in every event."""
    if "quantities" in event and _chance(draw, 85):
        count = len(event.get("product_ids", ()))
        event["quantities"] = (event["quantities"] + [1] * count)[:count]
    if any("quantity" in item for item in event.get("items", ())) and _chance(draw, 85):
        for item in event["items"]:
            item.setdefault("quantity", 2)
    for fields in event.get("carried", {}).values():
        for name in _LINED_UP & (fields or {}).keys():
            if isinstance(fields[name], list) and fields[name] and _chance(draw, 85):
                count = len(event.get("items", ()))
                fields[name] = (fields[name] * count)[:count]


def _free_names(place: Place) -> st.SearchStrategy[list[str]]:
    """Keys for an object with free keys."""
    match place:
        case ("carried",):
            return _VENDOR_NAMES
        case ("carried", vendor):
            return _FIELD_NAMES.get(vendor, _FREE_NAMES)
    return _FREE_NAMES


_VENDOR_NAMES = st.lists(st.sampled_from(tuple(CARRIED)), max_size=4, unique=True)
_FIELD_NAMES = {
    vendor: st.lists(st.sampled_from((*fields, "x")), max_size=4, unique=True)
    for vendor, fields in CARRIED.items()
}
_FREE_NAMES = st.lists(st.sampled_from((*_FLAT, "mood")) | _any_string, max_size=3, unique=True)
_UNKNOWN_NAMES = st.lists(_any_string, max_size=2)

_scalars = (
    st.none()
    | st.booleans()
    | st.sampled_from((*HUGE, *EDGES, -0.0, 15.0))
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _any_string
    | _ids
    | _date_times
)


def _all_field_names() -> tuple[str, ...]:
    names: set[str] = set()
    for name in FORMATS:
        for schema in document(name)["components"]["schemas"].values():
            names |= set(schema.get("properties", ()))
    return tuple(sorted(names))


_keys = st.sampled_from(_all_field_names()) | _any_string


def json_values(leaves: st.SearchStrategy[Json] = _scalars) -> st.SearchStrategy[Json]:
    """Any JSON value."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=5),
        max_leaves=12,
    )


_any_json = json_values()


def non_json_values() -> st.SearchStrategy[Json]:
    """Values that JSON cannot express, such as NaN and lone surrogates."""
    beyond_json = st.sampled_from((float("nan"), float("inf"), "\ud800", "a\udfffb"))
    return json_values(_scalars | beyond_json)


@st.composite
def nearly_events(draw: Draw, name: str, values: st.SearchStrategy[Json] | None = None) -> Json:
    """A valid event with one to three changes, invalid in most cases."""
    values = json_values() if values is None else values
    event = draw(events(name))
    for _ in range(draw(st.integers(1, 3))):
        parent, key = _somewhere(draw, event)
        match draw(st.sampled_from(("replace", "replace", "drop", "add", "wrap"))):
            case "drop":
                del parent[key]
            case "add" if isinstance(parent, dict):
                parent[draw(_keys)] = draw(values)
            case "wrap":
                parent[key] = draw(st.sampled_from(([parent[key]], {"id": parent[key]})))
            case _:
                parent[key] = draw(values)
        if not event:
            break
    return event


def _somewhere(draw: Draw, event: Json) -> tuple[Any, Any]:
    """A place in an event: the object or list that contains it, and its key or index."""
    places = _places(event)
    return places[draw(st.integers(0, len(places) - 1))]


def _places(event: Json) -> list[tuple[Any, Any]]:
    places: list[tuple[Any, Any]] = []
    waiting = [event]
    while waiting:
        parent = waiting.pop()
        keys = parent if isinstance(parent, dict) else range(len(parent))
        for key in keys:
            places.append((parent, key))
            if isinstance(parent[key], dict | list):
                waiting.append(parent[key])
    return places
