"""The shapes of small mappings, as a table: conversions of a value, and places for them.

A shape builds two formats and their mapping around kinds of fields that a random generator picks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from tests.laws.small_formats.events import NUMBERS, STRINGS
from tests.laws.small_formats.judge import as_written, fits
from tests.laws.small_formats.kinds import (
    COMPONENTS,
    CONSTRAINTS,
    KINDS,
    LIST_KEYWORDS,
    MAP_KEYWORDS,
    Json,
    Schema,
)

LITERALS: tuple[Json, ...] = (
    "red", "green", "blue", "x", "", "12", "abcde", "2024-05-01T12:00:00Z", "a@b.co",
    0, 1, 2, 5, 15, 15.0, 1.5, -1, 100, True, False,
)  # fmt: skip
_SAMPLE: tuple[Json, ...] = (
    *LITERALS,
    None,
    [],
    ["red"],
    ["x", "red"],
    [1],
    {},
    {"x": 1},
    {"y": 2},
)
BECAUSE = "a law needs no other reason"
Rule = dict[str, Any]


@dataclass
class Case:
    """Some small formats with their mappings, and the pairs to translate."""

    shape: str
    specs: dict[str, Json]
    mappings: dict[str, Json]
    """By name of the file; JSON, which is YAML."""
    pairs: tuple[tuple[str, str], ...]
    params: dict[str, Json] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    crosswalks: dict[str, Json] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


class Holder:
    """An object of a format: the event, a nested object or an element of a list."""

    def __init__(self, names: str, build: Builder) -> None:
        self.names = iter(names)
        self.build = build
        self.properties: dict[str, Schema] = {}
        self.required: list[str] = []
        self.inner: dict[str, Holder] = {}
        self.plain = False

    def name(self) -> str:
        """A name that is still free."""
        return next(self.names)

    def put(self, schema: Schema, required: bool | None = None, name: str = "") -> str:
        """Add a field, and return its name."""
        name = name or self.name()
        self.properties[name] = schema
        if required or (required is None and self.build.chance(50)):
            self.required.append(name)
        return name

    def hold(self, name: str, required: bool | None = None) -> Holder:
        """Add or find a nested object."""
        if name not in self.inner:
            self.inner[name] = Holder("fghij" if self.build.chance(50) else "pqrst", self.build)
            self.put({}, required, name)
        return self.inner[name]

    def schema(self) -> Schema:
        """The schema of the object, often with a keyword about the object as a whole."""
        properties = dict(self.properties)
        for name, holder in self.inner.items():
            wrap = properties[name].get("x-wrap", lambda schema: schema)
            inner = holder.schema()
            if "x-wrap" not in properties[name] and self.build.chance(12):
                inner["type"] = ["object", "null"]
            properties[name] = wrap(inner)
        schema = {"type": "object", "properties": properties}
        if self.required or self.build.chance(20):
            schema["required"] = list(self.required)
        names = list(properties)
        if names and not self.plain and self.build.chance(22):
            needs_two = len(names) == 1
            texts = [text for text in CONSTRAINTS if not (needs_two and '"B"' in text)]
            text = self.build.random.choice(texts)
            text = text.replace('"A"', json.dumps(names[0])).replace('"B"', json.dumps(names[-1]))
            schema |= json.loads(text)
        return schema


class Builder:
    """Builds one case; `left` and `right` are the events."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.left, self.right = Holder("abcdeuvw", self), Holder("abcxyzmn", self)
        self.fields: dict[str, Rule | str] = {}
        self.mapping: dict[str, Json] = {}
        self.kinds: list[str] = []
        self.params: dict[str, Json] = {}
        self.allow: list[str] = []
        self.crosswalks: dict[str, Json] = {}
        self.documents: dict[str, Callable[[], Json]] = {}
        self.each = ""

    def chance(self, percent: int) -> bool:
        """Whether something that is the case in so many percent of all cases is."""
        return self.random.random() * 100 < percent

    # --- kinds ---

    def group(self, *weights: int) -> tuple[str]:
        """Pick a group of kinds, by a weight for each."""
        return (self.random.choices(tuple(KINDS), weights)[0],)

    def kind(self, *groups: str, like: str = "") -> Schema:
        """Pick a kind, usually one of the groups; most of those contain `like`."""
        if not groups or self.chance(5):
            groups = self.group(45, 22, 7, 10, 8, 8)
        kinds = [kind for group in groups for kind in KINDS[group]]
        if like and self.chance(65):
            kinds = [kind for kind in kinds if like in kind] or kinds
        kind = self.random.choice(kinds)
        self.kinds.append(kind)
        return json.loads(kind)

    def two_kinds(self, *groups: str) -> tuple[Schema, Schema]:
        """Pick the kinds of both sides of a rule that copies."""
        if not groups:
            groups = self.group(40, 22, 8, 12, 9, 9)
        left, right = self.kind(*groups), self.kind(*groups)
        if self.chance(12):
            right = left
        elif self.chance(50):
            # Prefer the one of a few kinds that most of the values on the left are valid for.
            values = [value for value in _SAMPLE if fits(value, left)]
            kinds = [right, *(self.kind(*groups) for _ in range(3))]
            shared = [sum(fits(value, as_written(kind)) for value in values) for kind in kinds]
            right = kinds[shared.index(max(shared))]
        return left, right

    def literal(self, schema: Schema) -> Json:
        """Pick a literal, which usually is valid for a schema."""
        literals = [*self.literals(schema), *LITERALS[:3]]
        return self.random.choice(literals if self.chance(85) else LITERALS)

    def literals(self, schema: Schema) -> list[Json]:
        """List the literals that are valid for a schema; those of its enum if it has one."""
        named = [value for value in _listed(schema) if isinstance(value, str | int | float)]
        values = named or LITERALS
        distinct = {
            (isinstance(value, bool), value): value
            for value in values
            if fits(value, as_written(schema)) or (named and fits(value, schema))
        }
        return list(distinct.values())

    # --- the event and its mapping ---

    def place(self, side: Holder, schema: Schema, required: bool | None = None) -> str:
        """Add a field to an event or to a nested object of it, and return its path."""
        if self.chance(70):
            return side.put(schema, required)
        holder = side.hold("o", required)
        return f"o.{holder.put(schema)}"

    def rule(self, left: str, right: str, **options: Any) -> None:
        """Add a rule."""
        self.fields[left] = {"is": right, **options} if options else right

    def finish(self, shape: str) -> Case:
        """Build the case."""
        specs = {}
        for name, holder in (("left", self.left), ("right", self.right)):
            if name in self.documents:
                specs[name] = self.documents[name]()
            else:
                specs[name] = document({"Event": holder.schema()})
        body = {**self.mapping}
        if self.fields:
            body["fields"] = self.fields
        header = {"version": 1, "between": ["left", "right"]}
        return Case(
            shape,
            specs,
            {"left--right": header | body},
            (("left", "right"), ("right", "left")),
            self.params,
            tuple(self.allow),
            self.crosswalks,
            tuple(self.kinds),
        )


def document(schemas: dict[str, Schema]) -> Json:
    """Return a spec with these schemas, and those of the kinds that they refer to."""
    text = json.dumps(schemas)
    needed = {name: schema for name, schema in COMPONENTS.items() if f'schemas/{name}"' in text}
    return {
        "openapi": "3.1.0",
        "info": {"title": "a small format", "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {**schemas, **needed}},
    }


def _listed(schema: Schema) -> list[Json]:
    """List every value that a const or an enum in a schema names."""
    values: list[Json] = []
    if isinstance(schema, dict):
        if "$ref" in schema:
            values += _listed(COMPONENTS[schema["$ref"].rpartition("/")[2]])
        values += [schema["const"]] if "const" in schema else schema.get("enum", [])
        for keyword in ("allOf", "anyOf", "oneOf"):
            for inner in schema.get(keyword, ()):
                values += _listed(inner)
    return values


# --- conversions ----------------------------------------------------------------------------------


class Conversion(NamedTuple):
    """The kinds of the two sides of a rule, and its options."""

    left: Schema
    right: Schema
    options: Rule


def _same(b: Builder) -> Conversion:
    return Conversion(*b.two_kinds(), {})


def _values(b: Builder) -> Conversion:
    left, right = b.kind(like="red"), b.kind(like="red")
    return Conversion(left, right, _value_options(b, left, right))


def _value_options(b: Builder, left: Schema, right: Schema) -> Rule:
    lefts, rights = b.literals(left)[:5], b.literals(right)[:5]
    if b.chance(15):
        rights = [b.literal(right) for _ in rights]
    b.random.shuffle(lefts)
    b.random.shuffle(rights)
    pairs = [[one, other] for one, other in zip(lefts, rights, strict=False)]
    options: Rule = {"values": pairs or [["red", "green"]]}
    approximate, refuse = [], []
    for rest, others, on_left in ((lefts, rights, True), (rights, lefts, False)):
        for value in rest[len(pairs) :]:
            if pairs and b.chance(60):
                into = "right" if on_left else "left"
                other = others[0] if b.chance(80) else b.literal(right if on_left else left)
                approximate.append({"from": value, "to": other, "into": into, "because": BECAUSE})
            else:
                of = "left" if on_left else "right"
                refuse.append({"from": value, "of": of, "because": BECAUSE})
    if approximate:
        options["approximate"] = approximate
    if refuse:
        options["refuse"] = refuse
    return options


def _as(codec: Json, left: tuple[str, ...], right: tuple[str, ...], *like: str) -> Any:
    def convert(b: Builder) -> Conversion:
        kinds = b.kind(*left, like=like[0]), b.kind(*right, like=like[-1])
        return Conversion(*kinds, {"as": codec})

    return convert


def _iso_8601(b: Builder) -> Conversion:
    kinds = b.kind("string"), b.kind("string", like="date-time")
    if b.chance(50):
        return Conversion(*kinds, {"as": "iso-8601"})
    b.mapping.setdefault("params", {})["zone"] = {"about": "a zone"}
    if b.chance(80):
        b.params["zone"] = b.random.choice(("UTC", "America/Lima", "Europe/Paris"))
    return Conversion(*kinds, {"as": {"iso-8601": {"zone": "zone"}}})


def _linear(b: Builder) -> Conversion:
    scale = b.random.choice(([0, 1], [1, 5], [0, 10]))
    codec = {"linear": {"from": scale, "to": b.random.choice(([-1, 1], [0, 100], [0, 1]))}}
    return Conversion(b.kind("number"), b.kind("number"), {"as": codec})


def _template(b: Builder) -> Conversion:
    """A template of one field, which stands beside fixed text."""
    codec = {"template": b.random.choice(("{FIELD}:x", "id-{FIELD}", "{FIELD}"))}
    return Conversion(b.kind("string", "number", "mixed"), b.kind("string"), {"as": codec})


def _id(b: Builder) -> Conversion:
    kinds = b.two_kinds("string", "number", "mixed")
    if b.chance(60):
        return Conversion(*kinds, {"id": True})
    rows = zip(b.literals(kinds[0])[:3], b.literals(kinds[1])[:3], strict=False)
    if b.chance(70):
        b.crosswalks["ids"] = [{"left": str(one), "right": str(other)} for one, other in rows]
    return Conversion(*kinds, {"id": "ids"})


_TEXT, _NUMBER = ("string",), ("number",)
_INSTANT = ("string", "number", "mixed")

CONVERSIONS: dict[str, Callable[[Builder], Conversion]] = {
    "same": _same,
    "values": _values,
    "date-time": _as("date-time", _TEXT, _TEXT, "date-time"),
    "seconds or date-time": _as(
        {"date-time": {"or": "epoch-seconds"}}, _INSTANT, _TEXT, "[", "date-time"
    ),
    "milliseconds or date-time": _as(
        {"date-time": {"or": "epoch-milliseconds"}}, _INSTANT, _TEXT, "[", "date-time"
    ),
    "iso-8601": _iso_8601,
    "epoch-seconds": _as("epoch-seconds", _NUMBER, _TEXT, "integer", "date-time"),
    "epoch-milliseconds": _as("epoch-milliseconds", _NUMBER, _TEXT, "integer", "date-time"),
    "numeric-string": _as("numeric-string", (*_NUMBER, *_TEXT, "mixed"), _TEXT, "type", "string"),
    "numeric-string back": _as("numeric-string", _TEXT, _NUMBER, "string", "type"),
    "linear": _linear,
    "id": _id,
}
"""What happens to a value between left and right."""


# --- places ---------------------------------------------------------------------------------------


def _field(b: Builder, c: Conversion) -> None:
    b.rule(b.place(b.left, c.left), b.place(b.right, c.right), **c.options)


def _alternatives(b: Builder, c: Conversion) -> None:
    other = c.right if b.chance(50) else b.kind()
    left = f"{b.left.put(c.left)} | {b.left.put(c.left, b.chance(10))}"
    right = f"{b.right.put(c.right)} | {b.right.put(other, b.chance(10))}"
    b.rule(left, right, **c.options)


def _also(b: Builder, c: Conversion) -> None:
    other = b.kind() if b.chance(40) else c.right
    also = {"is": b.place(b.right, other)}
    also |= {key: c.options[key] for key in ("as", "values") if key in c.options}
    b.rule(b.place(b.left, c.left), b.place(b.right, c.right), also=[also], **c.options)


def _or(b: Builder, c: Conversion) -> None:
    other = {"is": b.place(b.right, b.kind() if b.chance(40) else c.right)}
    if b.chance(70):
        kept = ("as", "values", "id", "approximate", "refuse")
        other |= {key: c.options[key] for key in kept if key in c.options}
        other.pop("approximate", None)
        other.pop("refuse", None)
    match b.random.randrange(4):
        case 0:
            other |= {"approximate": "close", "because": BECAUSE}
        case 1:
            other |= {"opt_in": "wild", "because": BECAUSE}
            b.allow += ["wild"] if b.chance(60) else []
        case 2:
            one, two = b.two_kinds()
            unless = b.place(b.left, one)
            b.rule(unless, b.place(b.right, two))
            other["unless"] = unless
    b.rule(b.place(b.left, c.left), b.place(b.right, c.right), **c.options, **{"or": [other]})


def _default(b: Builder, c: Conversion) -> None:
    left, right = b.place(b.left, c.left, required=False), b.place(b.right, c.right)
    b.rule(left, right, **c.options, default=b.literal(c.right))


def _unfit(b: Builder, c: Conversion) -> None:
    b.rule(b.place(b.left, c.left), b.place(b.right, c.right), **c.options, unfit="skip")


def _null(b: Builder, c: Conversion) -> None:
    left, right = b.place(b.left, c.left), b.place(b.right, c.right)
    b.rule(left, right, **c.options, null="keep")


_ODD_NAMES = {"a.b": r"a\.b", "a b": r"a\ b", "a|b": r"a\|b", "é": "é", "": "''", "a,b": r"a\,b",
              "[]": r"\[\]", "a{key}": r"a\{key\}", "'": "'", '"': '"', "__class__": "__class__",
              "a\\b": r"a\\b", "for": "for", "event": "event", "a-b": "a-b"}  # fmt: skip
"""Names of fields, and how a path names them."""


def _odd_names(b: Builder, c: Conversion) -> None:
    """Fields whose names need care in paths and in code."""
    paths: list[str] = []
    for side, schema in ((b.left, c.left), (b.right, c.right)):
        name = b.random.choice(list(_ODD_NAMES))
        holder = side if b.chance(70) else side.hold("o")
        holder.put(schema, name=name)
        paths.append(("" if holder is side else "o.") + _ODD_NAMES[name])
    b.rule(*paths, **c.options)


def _one_way(b: Builder, c: Conversion) -> None:
    to = b.random.choice(("left", "right"))
    left, right = b.place(b.left, c.left), b.place(b.right, c.right)
    b.rule(left, right, **c.options, to=to, because=BECAUSE)


def _param(b: Builder, c: Conversion) -> None:
    """A param fills a field that a rule fills too."""
    to, schema = b.random.choice((("left", c.left), ("right", c.right)))
    left, right = b.place(b.left, c.left), b.place(b.right, c.right)
    if b.chance(75):
        b.rule(left, right, **c.options)
    fills = left if to == "left" else right
    b.mapping["params"] = b.mapping.get("params", {}) | {
        "given": {"fills": fills, "to": to, "about": "a value"}
    }
    if b.chance(85):
        values: tuple[Json, ...] = (*STRINGS, *NUMBERS[:-3], True, False, *_SAMPLE[-7:])
        edges = [value for value in values if fits(value, schema)]
        b.params["given"] = b.random.choice(edges) if edges and b.chance(85) else b.literal(schema)


def _constants(b: Builder, c: Conversion) -> None:
    """A constant of its own beside a rule, on either side; sometimes of the same field."""
    left, right = b.place(b.left, c.left), b.place(b.right, c.right)
    b.rule(left, right, **c.options)
    constants: dict[str, Json] = {}
    for name, side in (("left", b.left), ("right", b.right)):
        if b.chance(60):
            kind = b.kind()
            constants[name] = {b.place(side, kind): b.literal(kind)}
    if b.chance(8):
        constants["right"] = {right: b.literal(c.right)}
    if constants:
        b.mapping["constants"] = constants


def _list_schema(b: Builder, items: Schema) -> Schema:
    schema = {"type": "array", "items": items}
    if b.chance(45):
        schema |= json.loads(b.random.choice(LIST_KEYWORDS))
    return schema


def _put_list(b: Builder, side: Holder, schema: Schema, depth: int = 1) -> str:
    """Add a list of scalars or of objects that hold a field, and return the path of the field."""
    if b.chance(50):
        nested = schema
        for _ in range(depth):
            nested = _list_schema(b, nested)
        return b.place(side, nested) + "[]" * depth
    name = side.put({})
    side.inner[name] = items = Holder("fghijkpq", b)
    side.properties[name] = {"x-wrap": lambda inner: _list_schema(b, inner)}
    if depth == 1:
        return f"{name}[].{items.put(schema)}"
    return f"{name}[].{_put_list(b, items, schema, depth - 1)}"


def _list(b: Builder, c: Conversion) -> None:
    b.rule(_put_list(b, b.left, c.left), _put_list(b, b.right, c.right), **c.options)


def _nested_list(b: Builder, c: Conversion) -> None:
    b.rule(_put_list(b, b.left, c.left, 2), _put_list(b, b.right, c.right, 2), **c.options)


def _objects_in_lists(b: Builder, c: Conversion) -> None:
    """Lists of objects with two fields each."""
    for side in (b.left, b.right):
        side.put({}, name="l")
        side.properties["l"] = {"x-wrap": lambda inner: _list_schema(b, inner)}
        side.inner["l"] = Holder("fghij" if side is b.left else "klmno", b)
    left, right = b.left.inner["l"], b.right.inner["l"]
    b.rule(f"l[].{left.put(c.left)}", f"l[].{right.put(c.right)}", **c.options)
    one, other = b.two_kinds()
    b.rule(f"l[].{left.put(one)}", f"l[].{right.put(other)}")


def _parallel(b: Builder, c: Conversion) -> None:
    """Parallel lists on one side, one list of objects on the other."""
    one, other = b.two_kinds()
    lists, objects = (b.left, b.right) if b.chance(50) else (b.right, b.left)
    objects.put({}, name="l")
    objects.properties["l"] = {"x-wrap": lambda inner: _list_schema(b, inner)}
    objects.inner["l"] = items = Holder("fghij", b)
    for mine, yours, options in ((c.left, c.right, c.options), (one, other, {})):
        if lists is b.right:
            mine, yours = yours, mine
        paths = lists.put(_list_schema(b, mine)) + "[]", f"l[].{items.put(yours)}"
        if lists is b.right:
            paths = paths[::-1]
        b.rule(*paths, **options)


def _free_schema(b: Builder, schema: Schema) -> Schema:
    free: Schema = {"type": "object", "additionalProperties": schema}
    if b.chance(40):
        free |= json.loads(b.random.choice(MAP_KEYWORDS))
    return free


def _free_keys(b: Builder, c: Conversion) -> None:
    """Free keys on both sides, or on one with a list on the other; also beside named fields."""
    named = None if b.chance(60) else b.two_kinds()
    paths: list[list[str]] = []
    for side, schema, index in ((b.left, c.left, 0), (b.right, c.right, 1)):
        if (index == 0) != b.chance(30) and not named:
            free = _free_schema(b, schema)
            path = b.place(side, free)
            paths.append([f"{path}{{key}}", f"{path}{{value}}"])
        elif named:
            free = _free_schema(b, schema)
            free["properties"] = {"n": named[index]}
            if b.chance(40):
                free["required"] = ["n"]
            path = b.place(side, free)
            paths.append([f"{path}{{key}}", f"{path}{{value}}", f"{path}.n"])
        else:
            key = b.kind("string")
            items = Holder("fghij", b)
            names = [items.put(key), items.put(schema)]
            path = b.place(side, _list_schema(b, items.schema()))
            paths.append([f"{path}[].{name}" for name in names])
    b.rule(paths[0][0], paths[1][0])
    b.rule(paths[0][1], paths[1][1], **c.options)
    if named and b.chance(80):
        b.rule(paths[0][2], paths[1][2])


def _each(b: Builder, c: Conversion) -> None:
    """One event of the left per element of a list of the right."""
    b.right.put({}, name="l")
    b.right.properties["l"] = {"x-wrap": lambda inner: _list_schema(b, inner)}
    b.right.inner["l"] = items = Holder("fghij", b)
    b.mapping["each"] = "l"
    b.rule(b.place(b.left, c.left), f"l[].{items.put(c.right)}", **c.options)
    for place in b.random.sample(("element", "event"), b.random.randrange(3)):
        one, other = b.two_kinds()
        right = f"l[].{items.put(other)}" if place == "element" else b.place(b.right, other)
        if place == "event" and b.chance(40):
            b.rule(b.place(b.left, one), right, once=True, because=BECAUSE)
        else:
            b.rule(b.place(b.left, one), right)


def _cases(b: Builder, c: Conversion) -> None:
    """Two cases that differ in a field of the left."""
    kind = b.kind("string", like='"enum"')
    values = b.literals(kind)[:4] or ["red", "green"]
    key = b.left.put(kind, required=b.chance(80))
    half = max(len(values) // 2, 1)
    cases: dict[str, Json] = {}
    for index, listed in enumerate((values[:half], values[half:])):
        mine = c if index == 0 or b.chance(50) else _same(b)
        case: Json = {"when": {key: listed[0] if len(listed) == 1 else listed}}
        right = b.place(b.right, mine.right)
        if not listed:
            case = {}
        if b.chance(35):
            case["if"] = right
        if b.chance(15):
            case["to"] = b.random.choice(("left", "right"))
        left = b.place(b.left, mine.left)
        case["fields"] = {left: {"is": right, **mine.options} if mine.options else right}
        if b.chance(40):
            other = b.kind("string", like="red")
            tag = b.place(b.right, other)
            named = [value for value in listed if isinstance(value, str)] or ["red"]
            options = dict(zip(named, b.literals(other) or ["red"], strict=False))
            case["fields"][key] = {"is": tag, "values": [list(pair) for pair in options.items()]}
        cases[f"case {index}"] = case
    b.mapping["cases"] = cases
    if not any(key in case["fields"] for case in cases.values()) and b.chance(70):
        b.rule(key, b.place(b.right, kind))


PLACES: dict[str, Callable[[Builder, Conversion], None]] = {
    "field": _field,
    "alternatives": _alternatives,
    "also": _also,
    "or": _or,
    "default": _default,
    "unfit": _unfit,
    "null": _null,
    "odd names": _odd_names,
    "one way": _one_way,
    "param": _param,
    "constants": _constants,
    "list": _list,
    "nested list": _nested_list,
    "objects in lists": _objects_in_lists,
    "parallel lists": _parallel,
    "free keys": _free_keys,
    "each": _each,
    "cases": _cases,
}
"""Where a conversion stands in a mapping."""


# --- shapes with rules of their own ---------------------------------------------------------------


def _whole(b: Builder) -> None:
    """Lists and objects that are copied whole."""
    for _ in range(b.random.choice((1, 1, 2))):
        left, right = b.two_kinds(b.random.choice(("object", "object", "array", "mixed")))
        b.rule(b.place(b.left, left), b.place(b.right, right))


def _whole_holders(b: Builder) -> None:
    """An object with fields of its own that is copied whole, from and into one of other fields."""
    names = [(side, side.name()) for side in (b.left, b.right)]
    for side, name in names:
        holder = side.hold(name)
        holder.names = iter("xyz")
    for _ in range(b.random.choice((1, 2, 2))):
        left, right = b.two_kinds()
        b.left.inner[names[0][1]].put(left)
        b.right.inner[names[1][1]].put(right)
    b.rule(names[0][1], names[1][1])


def _template_join(b: Builder) -> None:
    """Two fields and one string."""
    names = [b.left.put(b.kind("string", "number", "mixed", "boolean")) for _ in "ab"]
    first, second = (f"{{{name}}}" for name in names)
    forms = (f"{first}:{second}", f"{first}-{second}", f"x{first}:{second}", f"{first}:{second}.")
    text = b.random.choice(forms)
    template: Json = text
    if b.chance(35):
        template = {"text": text, "short": second, "params": {names[0]: "first"}}
        b.mapping["params"] = {"first": {"about": "the first field"}}
        if b.chance(70):
            schema = b.left.properties[names[0]]
            b.params["first"] = b.literal(schema)
    options: Rule = {"as": {"template": template}}
    if b.chance(40):
        options["id"] = True
    right = b.kind("string")
    place = f"{b.place(b.right, right)}"
    if b.chance(20):
        place = _put_list(b, b.right, right)
        b.left.put({}, name="t")
        b.left.properties["t"] = {"x-wrap": lambda inner: _list_schema(b, inner)}
        b.left.inner["t"] = holder = Holder("", b)
        for name in names:
            holder.properties[name] = b.left.properties.pop(name)
            holder.required += [name] if name in b.left.required else []
            b.left.required = [other for other in b.left.required if other != name]
        for name in names:
            text = json.dumps(options).replace(f"{{{name}}}", f"{{t[].{name}}}")
            options = json.loads(
                text.replace(f'{{"{name}": "first"}}', f'{{"t[].{name}": "first"}}')
            )
        b.rule(", ".join(f"t[].{name}" for name in names), place, **options)
        return
    b.rule(", ".join(names), place, **options)


def _rows(b: Builder) -> None:
    """A table of rows over one or two fields of each side, with variables and refusals."""
    kinds = [b.kind("string", "number", "boolean", like="red") for _ in range(4)]
    left = [b.place(b.left, kinds[0]), b.place(b.left, kinds[1])]
    right = [b.place(b.right, kinds[2]), b.place(b.right, kinds[3])]
    lefts, rights = b.literals(kinds[0]), b.literals(kinds[2])
    exact: list[Json] = []
    for one, other in zip(lefts, rights, strict=False):
        row = [{left[0]: one}, {right[0]: other}]
        if b.chance(30):
            row[0][left[1]] = b.literal(kinds[1])
        if b.chance(30):
            row[1][right[1]] = b.literal(kinds[3])
        if b.chance(20):
            row[0][left[1]] = row[1][right[1]] = "$v"
        if b.chance(15):
            row[0][left[0]] = [one, b.literal(kinds[0])]
        exact.append(row)
    table: Json = {"exact": exact or [[{left[0]: "red"}, {right[0]: "red"}]]}
    approximate: list[Json] = []
    refuse: list[Json] = []
    for values, path, others, name in (
        (lefts, left[0], (right[0], rights), "left"),
        (rights, right[0], (left[0], lefts), "right"),
    ):
        for value in values[len(exact) :]:
            if others[1] and b.chance(50):
                to = {others[0]: b.random.choice(others[1])}
                into = "right" if name == "left" else "left"
                approximate.append(
                    {"from": {path: value}, "to": to, "into": into, "because": BECAUSE}
                )
            else:
                refuse.append({"from": {path: value}, "of": name, "because": BECAUSE})
    if approximate:
        table["approximate"] = approximate
    if refuse:
        table["refuse"] = refuse
    b.mapping["rows"] = {"what": table}
    if b.chance(50):
        b.rule(left[1], right[1])
    if b.chance(15):
        b.rule(left[0], b.place(b.right, kinds[0]))


def _rows_from_one(b: Builder) -> None:
    """Rows of one field on the left and two on the right, whose literals fill the second."""
    kinds = [b.kind("string", like="red"), b.kind("string", like="red"), b.kind()]
    left = b.place(b.left, kinds[0])
    right = [b.place(b.right, kinds[1]), b.place(b.right, kinds[2])]
    used = zip(b.literals(kinds[0]), b.literals(kinds[1]), strict=False)
    rows = [[{left: one}, {right[0]: other, right[1]: b.literal(kinds[2])}] for one, other in used]
    b.mapping["rows"] = {"what": {"exact": rows or [[{left: "red"}, {right[0]: "red"}]]}}


def _union(b: Builder) -> None:
    """A union of two variants on one side or both, told apart by a const or an enum."""
    sides = b.random.choice((("left",), ("right",), ("left", "right")))
    words = (["red", "green"], ["one", "two", "three"])
    kinds = b.two_kinds(), b.two_kinds()
    tags: dict[str, list[str]] = {}
    for name, holder in (("left", b.left), ("right", b.right)):
        listed = words[0] if b.chance(60) else words[1]
        tags[name] = listed
        index = ("left", "right").index(name)
        own = [kinds[0][index], kinds[1][index]]
        if name in sides:
            b.documents[name] = _union_document(b, listed, own)
        else:
            holder.put({"type": "string", "enum": listed}, True, "t")
            holder.put(own[0], name="f")
            holder.put(own[1], name="g")
    pairs = zip(tags["left"], tags["right"], strict=False)
    rest = [*tags["left"][len(tags["right"]) :], *tags["right"][len(tags["left"]) :]]
    of = "left" if len(tags["left"]) > len(tags["right"]) else "right"
    values: Rule = {"values": [list(pair) for pair in pairs]}
    if rest:
        values["refuse"] = [{"from": value, "of": of, "because": BECAUSE} for value in rest]
    if tags["left"] == tags["right"] and b.chance(50):
        values = {}
    b.rule("t", "t", **values)
    b.rule("f", "f")
    b.rule("g", "g")


def _union_document(b: Builder, words: list[str], own: list[Schema]) -> Callable[[], Json]:
    schemas: dict[str, Schema] = {}
    mapping: dict[str, str] = {}
    groups = [[words[0]], words[1:]]
    if b.chance(25):
        groups = [[word] for word in words]
    for index, listed in enumerate(groups):
        holder = Holder("", b)
        tag: Schema = {"type": "string"} if b.chance(60) else {}
        tag |= {"const": listed[0]} if len(listed) == 1 and b.chance(70) else {"enum": listed}
        holder.put(tag, True, "t")
        holder.put(own[0], name="f")
        if index or b.chance(50):
            holder.put(own[1], name="g")
        schemas[f"Variant{index}"] = holder.schema()
        mapping |= dict.fromkeys(listed, f"#/components/schemas/Variant{index}")
    event = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in schemas],
        "discriminator": {"propertyName": "t", "mapping": mapping},
    }
    return lambda: document({"Event": event, **schemas})


def _two_rules(b: Builder) -> None:
    """Two conversions, each at a place of its own."""
    for _ in range(2):
        convert = b.random.choice(list(CONVERSIONS.values()))
        place = b.random.choice((_field, _field, _list, _default, _constants, _one_way))
        place(b, convert(b))


SHAPES: dict[str, Callable[[Builder], None]] = {
    "copied whole": _whole,
    "holder copied whole": _whole_holders,
    "template": _template_join,
    "rows": _rows,
    "rows from one": _rows_from_one,
    "union": _union,
    "two rules": _two_rules,
}
"""Shapes with rules of their own."""


def _carries(random: Random) -> Case:
    """Three formats: the first has a value that only the last two carry, in a slot of the third."""
    b = Builder(random)
    own, carried, slot = b.kind(), b.kind(), b.kind()
    one, hub, other = (*b.two_kinds(), b.kind("string"))
    first, middle, third = (Holder("abcde", b) for _ in range(3))
    first.put(one, name="a")
    first.put(own, name="own")
    middle.put(hub, name="h")
    holder: Schema = {"type": "object", "properties": {"own": carried}}
    if b.chance(30):
        holder["properties"]["more"] = b.kind()
    if b.chance(40):
        holder["additionalProperties"] = False
    vendors: Schema = {"type": "object", "properties": {"first": holder}}
    if b.chance(30):
        vendors["additionalProperties"] = False
    middle.put(vendors, name="carried")
    third.put(other, name="t")
    third.put(_free_schema(b, slot), name="extra")
    specs = {
        name: document({"Event": holder.schema()})
        for name, holder in (("first", first), ("middle", middle), ("third", third))
    }
    carries = {"of": "carried", "in": "extra", "as": "{vendor}_{field}"}
    mappings = {
        "first--middle": {
            "version": 1,
            "between": ["first", "middle"],
            "fields": {"a": "h", "own": "carried.first.own"},
        },
        "middle--third": {
            "version": 1,
            "between": ["third", "middle"],
            "carries": carries,
            "fields": {"t": "h"},
        },
    }
    pairs = (("first", "third"), ("third", "first"), ("first", "middle"), ("middle", "first"),
             ("middle", "third"), ("third", "middle"))  # fmt: skip
    mappings["third--middle"] = mappings.pop("middle--third")
    return Case("carries", specs, mappings, pairs, kinds=tuple(b.kinds))


def _through_hub(random: Random) -> Case:
    """Three formats in a row, so that one translation goes through two mappings."""
    builders = [Builder(random), Builder(random)]
    names = random.sample(list(CONVERSIONS), 2)
    places = (_field, _field, _list, _default, _constants)
    place = random.choice(places)
    first, second = (CONVERSIONS[name](b) for name, b in zip(names, builders, strict=True))
    place(builders[0], first)
    one = builders[0].finish("")
    path = next(iter(builders[0].fields.values()))
    path = path if isinstance(path, str) else path["is"]
    left = Holder("abcdeuvw", builders[1])
    left_path = _put_list(builders[1], left, second.left) if "[]" in path else left.put(second.left)
    body: Json = {"fields": {left_path: {"is": path, **second.options}}}
    body |= {"params": builders[1].mapping["params"]} if "params" in builders[1].mapping else {}
    specs = {
        "left": one.specs["left"],
        "middle": one.specs["right"],
        "right": document({"Event": left.schema()}),
    }
    rename = {"right": "middle"}
    first_mapping = _rename(one.mappings["left--right"], rename) | {"between": ["left", "middle"]}
    return Case(
        "through a hub",
        specs,
        {
            "left--middle": first_mapping,
            "right--middle": _rename(body, {"left": "right", "right": "middle"})
            | {"version": 1, "between": ["right", "middle"]},
        },
        (("left", "right"), ("right", "left")),
        {**builders[0].params, **builders[1].params},
        tuple(builders[0].allow),
        {},
        tuple(builders[0].kinds + builders[1].kinds),
    )


def _rename(mapping: Json, names: dict[str, str]) -> Json:
    mapping = json.loads(json.dumps(mapping))
    for section in ("constants", "lost"):
        if section in mapping:
            mapping[section] = {
                names.get(side, side): entries for side, entries in mapping[section].items()
            }
    for section in ("params", "fields"):
        for entry in mapping.get(section, {}).values():
            if isinstance(entry, dict) and "to" in entry:
                entry["to"] = names.get(entry["to"], entry["to"])
            for row in entry.get("approximate", ()) if isinstance(entry, dict) else ():
                row["into"] = names.get(row["into"], row["into"])
            for row in entry.get("refuse", ()) if isinstance(entry, dict) else ():
                row["of"] = names.get(row["of"], row["of"])
    return mapping


_WHOLE_CASES: dict[str, Callable[[Random], Case]] = {
    "carries": _carries,
    "through a hub": _through_hub,
}

SHAPE_NAMES: tuple[str, ...] = (
    *(f"{place}: {conversion}" for place in PLACES for conversion in CONVERSIONS),
    *(name for name in (*SHAPES, *_WHOLE_CASES, "through a hub") for _ in range(8)),
    *("field: same" for _ in range(8)),
)
"""The shapes in the order in which cases use them; shapes of their own repeat."""


def build_case(number: int, seed: int) -> Case:
    """Build a case; the same for the same number and seed."""
    random = Random(f"{seed} {number}")
    shape = SHAPE_NAMES[number % len(SHAPE_NAMES)]
    if shape in _WHOLE_CASES:
        return _WHOLE_CASES[shape](random)
    builder = Builder(random)
    if shape in SHAPES:
        SHAPES[shape](builder)
    else:
        place, _, conversion = shape.partition(": ")
        PLACES[place](builder, CONVERSIONS[conversion](builder))
    return builder.finish(shape)
