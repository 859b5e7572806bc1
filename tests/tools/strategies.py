"""Events drawn from the schemas of the specs themselves, valid by construction.

`events` draws valid ones, `nearly_events` valid ones with something broken, `wild` any value
of JSON. What a schema leaves open is drawn to hurt; ids, kinds and names are drawn often enough
from what the formats have in common that most translations succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.tools import texts
from tests.tools.judging import document, reads

Json = Any
Schema = Mapping[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]
Place = tuple[str, ...]

_PERCENT = st.integers(0, 99)
_ANNOTATIONS = {"description", "title", "examples", "default", "$comment", "deprecated"}
_KNOWN = {
    "type", "enum", "const", "format", "minLength", "minimum", "maximum", "properties", "required",
    "additionalProperties", "propertyNames", "items", "anyOf", "oneOf", "discriminator",
}  # fmt: skip

HUGE = (2**53 + 1, 2**63, 2**64, -(2**64) - 1, 10**30, 10**400)
"""Integers beyond what 64 bits, or a double, hold."""

EDGES = (0, 1, 2, 5, 3.5, 0.1, 61.5, 4.999999999999999, 1e21, 5e-324, 1.7976931348623157e308)
"""Numbers at the edges of what is usual, and of what a double holds."""

_CUSTOM_NAMES = ("unlike", "unbookmark", "comment", "filter_click", "discount_code", "purchase",
                 "view", "quiz_finished", "custom", "")  # fmt: skip
_KINDS = ("offer", "shop", "tag", "keyword", "OFFER", "Tag", "ai_note", "product")
_LANES = {
    "goshops": ("project", "shelf"),
    "cobi": ("item_type", "item_id", "city", "country", "platform", "source", "recommendation_id"),
    "miso": ("miso_id", "mood"),
    "aisquare": ("resource_type",),
    "another": ("thing",),
}
_OFTEN = {
    "miso": ("product_detail_page_view", "category_page_view", "like", "share", "bookmark",
             "add_to_cart", "checkout", "read", "custom"),
    "interaction": ("view", "category_view", "like", "share", "bookmark", "add_to_cart",
                    "purchase", "listen", "filter", "discount_code"),
}  # fmt: skip
"""What several formats can say is drawn more often than the rest."""

_FLAT = tuple(f"{vendor}_{field}" for vendor, fields in _LANES.items() for field in fields)

_texts = texts.texts()
_ids = texts.ids()
_uuids = texts.uuids()
_date_times = texts.date_times()
_lane_values: dict[str, st.SearchStrategy[str]] = {
    "item_id": _uuids,
    "recommendation_id": _uuids,
    "miso_id": _uuids,
    "item_type": st.sampled_from(("TAG", "KEYWORD", "OFFER", "SHOP")),
    "platform": st.sampled_from(("ANDROID", "IOS", "WEB", "OTHER")),
    "source": st.just("COBI"),
}
_ID_NAMES = frozenset(
    ("id", "item", "customer", "user_id", "anonymous_id", "product_ids", "product_group_ids")
)
_SORTS_OF_IDS = (_uuids, texts.numbered(), texts.named(), _ids)
_MOSTLY = frozenset(("items", "product_ids", "facets", "time", "timestamp"))
_LENGTHS = st.sampled_from((0, 1, 1, 1, 1, 2, 2, 3))
_COUNTS = (0, 1, 15, 42, 1718035200)
_strings: dict[str, st.SearchStrategy[str]] = {
    "kind": st.sampled_from(_KINDS) | _texts,
    "custom_action": st.sampled_from(_CUSTOM_NAMES) | _texts,
    "custom_action_name": st.sampled_from(_CUSTOM_NAMES) | _texts,
    "date": texts.free_dates(),
}
"""What is drawn for a string by the name of its member; any text for the others."""


def _chance(draw: Draw, percent: int) -> bool:
    # Spread: small integers are drawn far more often than large ones.
    return bool(draw(_PERCENT) * 37 % 100 < percent)


def _schema(spec: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    unknown = {key for key in schema if key not in _ANNOTATIONS and not key.startswith("x-")}
    unknown -= _KNOWN
    assert not unknown, f"the strategies do not know what {sorted(unknown)} asks for"
    return schema


# Strategies are made once: making them costs more than drawing from them.


@cache
def _one_of(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@cache
def _at_least(some: st.SearchStrategy[str], shortest: int) -> st.SearchStrategy[str]:
    return some.filter(lambda text: len(text) >= shortest) if shortest else some


@cache
def _floats(low: float | None, high: float | None) -> st.SearchStrategy[float]:
    edges = [value for value in EDGES if _within(value, low, high)]
    floats = st.floats(low, high, allow_nan=False, allow_infinity=False)
    return st.sampled_from(edges) | floats


@cache
def _integers(low: int | None, high: int | None) -> st.SearchStrategy[int]:
    pool = [*_COUNTS, *HUGE, *(bound for bound in (low, high) if bound is not None)]
    return st.integers(low, high) | st.sampled_from(
        [value for value in pool if _within(value, low, high)]
    )


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True)
class _Drawing:
    """The drawing of one event: its spec, and the sort of ids that it mostly has."""

    draw: Draw
    spec: Schema
    ids: st.SearchStrategy[str]

    def chance(self, percent: int) -> bool:
        return _chance(self.draw, percent)

    def value(self, schema: Schema, place: Place) -> Json:
        schema = _schema(self.spec, schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.draw(_one_of(tuple(schema["enum"])))
        types = schema["type"]
        kind = types if isinstance(types, str) else self.draw(_one_of(tuple(types)))
        match kind:
            case "object":
                return self.members(schema, place)
            case "array" if "anyOf" in schema:
                return self.elements(self.draw(st.sampled_from(schema["anyOf"])), place)
            case "array":
                return self.elements(schema, place)
            case "string":
                return self.string(schema, place)
            case "integer" | "number":
                return self.number(schema, kind)
            case "boolean":
                return self.draw(st.booleans())
            case "null":
                return None
        raise AssertionError(f"the strategies do not know the type {kind!r}")

    def string(self, schema: Schema, place: Place) -> str:
        if "format" in schema:
            return str(self.draw({"uuid": _uuids, "date-time": _date_times}[schema["format"]]))
        name = place[-1]
        drawn = _strings.get(name, _texts)
        if name in _ID_NAMES:
            drawn = self.ids if self.chance(80) else _ids
            if not schema.get("minLength") and self.chance(3):
                return ""
        elif set(place) & {"carried", "custom_context"} and self.chance(80):
            drawn = _lane_values.get(name.removeprefix("cobi_").removeprefix("miso_"), _texts)
        return str(self.draw(_at_least(drawn, schema.get("minLength", 0))))

    def number(self, schema: Schema, kind: str) -> float:
        bounds = schema.get("minimum"), schema.get("maximum")
        if kind == "number" and self.chance(60):
            return float(self.draw(_floats(*bounds)))
        number = int(self.draw(_integers(*bounds)))
        if self.chance(15) and abs(number) < max(HUGE) and float(number) == number:
            return float(number)
        return number

    def elements(self, schema: Schema, place: Place) -> list[Json]:
        length = self.draw(_LENGTHS)
        return [self.value(schema["items"], place) for _ in range(length)]

    def members(self, schema: Schema, place: Place) -> dict[str, Json]:
        required = schema.get("required", ())
        drawn: dict[str, Json] = {}
        for name, member in schema.get("properties", {}).items():
            if name in required or self.chance(85 if name in _MOSTLY else 55):
                drawn[name] = self.value(member, (*place, name))
        others = schema.get("additionalProperties", True)
        if isinstance(others, Mapping):
            for name in self.draw(_names(place)):
                drawn[name] = self.value(others, (*place, name))
        elif others is True and self.chance(25):
            for name in self.draw(_UNKNOWN_NAMES):
                drawn.setdefault(name, self.draw(_scalars))
        return drawn


@st.composite
def events(
    draw: Draw, name: str, value: str | None = None, ids: st.SearchStrategy[str] | None = None
) -> Json:
    """A valid event of a format.

    Of the variant that `value`, of the discriminator, names; most of its ids drawn from `ids`.
    """
    spec = document(name)
    drawing = _Drawing(draw, spec, draw(_one_of(_SORTS_OF_IDS)) if ids is None else ids)
    schema = _schema(spec, {"$ref": spec["x-event"]})
    if "discriminator" in schema:
        variants = schema["discriminator"]["mapping"]
        if value is None:
            often = _OFTEN[name] if drawing.chance(60) else sorted(variants)
            value = draw(_one_of(tuple(often)))
        event = drawing.value({"$ref": variants[value]}, ())
        event[schema["discriminator"]["propertyName"]] = value
    else:
        event = drawing.value(schema, ())
    _line_up(draw, event)
    assert reads(name).is_valid(event), event
    return event


def _line_up(draw: Draw, event: dict[str, Json]) -> None:
    """Lists that belong together are mostly of one length, and quantities given to all or none."""
    if "quantities" in event and _chance(draw, 85):
        wanted = len(event.get("product_ids", ()))
        event["quantities"] = (event["quantities"] + [1] * wanted)[:wanted]
    if any("quantity" in item for item in event.get("items", ())) and _chance(draw, 85):
        for item in event["items"]:
            item.setdefault("quantity", 2)


def _names(place: Place) -> st.SearchStrategy[list[str]]:
    """Names for an object whose names are free."""
    match place:
        case ("carried",):
            return _LANE_NAMES
        case ("carried", vendor):
            return _FIELD_NAMES[vendor]
    return _FREE_NAMES


_LANE_NAMES = st.lists(st.sampled_from(tuple(_LANES)), max_size=4, unique=True)
_FIELD_NAMES = {
    vendor: st.lists(st.sampled_from((*fields, "x")), max_size=4, unique=True)
    for vendor, fields in _LANES.items()
}
_FREE_NAMES = st.lists(st.sampled_from((*_FLAT, "mood")) | _texts, max_size=3, unique=True)
_UNKNOWN_NAMES = st.lists(_texts, max_size=2)

_scalars = (
    st.none()
    | st.booleans()
    | st.sampled_from((*HUGE, *EDGES, -0.0, 15.0))
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts
    | _ids
    | _date_times
)


def _member_names() -> tuple[str, ...]:
    names: set[str] = set()
    for name in ("goshops", "aisquare", "cobi", "miso", "interaction"):
        for schema in document(name)["components"]["schemas"].values():
            names |= set(schema.get("properties", ()))
    return tuple(sorted(names))


_keys = st.sampled_from(_member_names()) | _texts


def wild(leaves: st.SearchStrategy[Json] = _scalars) -> st.SearchStrategy[Json]:
    """Any value of JSON whatever."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=5),
        max_leaves=12,
    )


def careless() -> st.SearchStrategy[Json]:
    """Values that hold what JSON has not, and what only careless readers let by."""
    return wild(_scalars | st.sampled_from((float("nan"), float("inf"), "\ud800", "a\udfffb")))


@st.composite
def nearly_events(draw: Draw, name: str, values: st.SearchStrategy[Json] | None = None) -> Json:
    """A valid event in which one to three things are changed: most are not valid any more."""
    values = wild() if values is None else values
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
    """A place in an event: what holds it, and its key there."""
    places: list[tuple[Any, Any]] = []
    waiting = [event]
    while waiting:
        parent = waiting.pop()
        keys = parent if isinstance(parent, dict) else range(len(parent))
        for key in keys:
            places.append((parent, key))
            if isinstance(parent[key], dict | list):
                waiting.append(parent[key])
    return places[draw(st.integers(0, len(places) - 1))]
