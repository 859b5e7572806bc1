"""Codecs on data: the lines that turn one value into another, in either direction.

Each codec emits into a block and gives the expression of the result with the shape it now has.
`Refusal` is how the lines give up: by refusing the event, or by passing the value over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from translator.code import (
    DATE_TIME_TEST,
    SPELLED_TEST,
    TYPE_TESTS,
    Block,
    Names,
    Pool,
    constant_name,
)
from translator.diagnostics import Location
from translator.nodes import (
    Codec,
    DateTime,
    Epoch,
    Iso8601,
    Kind,
    Linear,
    NumericString,
    Plain,
    Same,
    Table,
    Template,
    Values,
    Variable,
)
from translator.shapes import Scalar, Shape
from translator.symbols import TEXT, Where

DATE_TIME = Scalar(frozenset({"string"}), format="date-time")
INTEGER = Scalar(frozenset({"integer"}))
NUMBER = Scalar(frozenset({"number"}))


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a conversion that cannot be done ends: with `code` and a message, or passed over."""

    code: str
    where: Where
    what: str
    skips: bool = False
    rule: Location | None = None

    def emit(self, block: Block, name: str, demand: str, problem: str = "") -> None:
        """Emit the end: `demand` says what the value in `name` had to be.

        Or else the variable `problem` holds what is wrong with it.
        """
        if self.skips:
            block.add(f"{name} = None")
            return
        if problem:
            message = f'f"{literal(self.what)}: {{{problem}}}"'
            block.add(self.line(message))
            return
        said = f"shown({name})"
        if not name.isidentifier():  # which in an f-string could not hold what a name may hold
            block.add(f"problem = {said}")
            said = "problem"
        message = f'f"{literal(self.what)}: {{{said}}} {literal(demand)}"'
        block.add(self.line(message))

    def line(self, message: str) -> str:
        """The line that refuses with the code `message`."""
        rule = f", rule={str(self.rule)!r}" if self.rule is not None else ""
        return f"raise Refuse({self.code!r}, {self.where.code()}, {message}{rule})"

    def emit_error(self, block: Block, name: str) -> None:
        """Emit the end after an exception, bound to `error`, whose text says what was wrong."""
        if self.skips:
            block.add(f"{name} = None")
        else:
            message = f'f"{literal(self.what)}: {{error}}"'
            block.add(f"{self.line(message)} from None")


def literal(text: str) -> str:
    """`text` inside a double-quoted f-string."""
    escaped = "".join(_escaped(one) for one in text) if not _PLAIN.fullmatch(text) else text
    return escaped.replace("{", "{{").replace("}", "}}")


_PLAIN = re.compile(r"[ !#-\[\]-~]*")


def _escaped(letter: str) -> str:
    if letter == '"':
        return '\\"'
    return letter if letter == "'" else repr(letter)[1:-1]


@dataclass(frozen=True, slots=True)
class Context:
    """What codecs need to know: the pool of constants, names in use, and the params given.

    Where values are not `guarded`, what only the target demands of them is not looked at.
    """

    pool: Pool
    names: Names
    params: Mapping[str, str]
    allow: frozenset[str]
    guarded: bool = True

    def param(self, name: str) -> str | None:
        """The name of the constant that holds a param; None where it was not given."""
        return constant_name("PARAM", name) if name in self.params else None


def convert(
    codec: Codec,
    value: str,
    shape: Shape,
    target: Shape,
    block: Block,
    context: Context,
    refusal: Refusal,
    *,
    to_left: bool,
) -> tuple[str, Shape]:
    """Emit the conversion of the value in the variable `value`; not for templates."""
    match codec:
        case Same():
            return value, shape
        case Values(table=table):
            return _values(table, value, shape, target, block, context, refusal, to_left=to_left)
        case DateTime(epoch=""):
            return _dated(value, shape, block, context, refusal)
        case DateTime(epoch=unit):
            if to_left or not may_be(shape, "integer"):
                return value, shape
            out = context.names.fresh("time")
            block.add(f"{out} = {value}")
            with block.nest(f"if not isinstance({value}, str):") as inner:
                call = f"epoch_{unit}_to_rfc3339({value})"
                guarded(inner, out, call, value, shape, {"integer"}, refusal)
            return out, DATE_TIME
        case Iso8601(zone=zone):
            if to_left:
                return value, shape
            return _iso(value, shape, zone, block, context, refusal)
        case Epoch(unit=unit):
            if may_be(shape, "integer") or may_be(shape, "number"):
                call, kind, after = f"epoch_{unit}_to_rfc3339({value})", "integer", DATE_TIME
            else:
                call, kind, after = f"rfc3339_to_epoch_{unit}({value})", "string", INTEGER
            out = context.names.fresh("time")
            guarded(block, out, call, value, shape, {kind}, refusal)
            return out, after
        case NumericString():
            if may_be(shape, "string"):
                whole = isinstance(target, Scalar) and "number" not in target.types
                name = "text_to_integer" if whole else "text_to_number"
                result = INTEGER if whole else NUMBER
            else:
                name, result = "number_to_text", TEXT
            out = context.names.fresh("number")
            kind = "number" if name == "number_to_text" else "string"
            guarded(block, out, f"{name}({value})", value, shape, {kind}, refusal)
            return out, result
        case Linear(left=left, right=right):
            low, high = (right, left) if to_left else (left, right)
            call = f"linear({value}, {low[0]!r}, {low[1]!r}, {high[0]!r}, {high[1]!r})"
            bounded = Scalar(frozenset({"number"}), minimum=high[0], maximum=high[1])
            out = context.names.fresh("number")
            guarded(block, out, call, value, shape, {"number"}, refusal)
            return out, bounded
        case Template():
            raise AssertionError("templates join and split several members: see `joined`, `split`")
    assert_never(codec)


def shape_after(codec: Codec, shape: Shape, target: Shape, *, to_left: bool) -> Shape:
    """The shape of what a conversion gives, as far as it can be told before it is emitted."""
    match codec:
        case DateTime(epoch=epoch) if not epoch or not to_left:
            return DATE_TIME
        case Iso8601() if not to_left:
            return DATE_TIME
        case Same() | DateTime() | Iso8601():
            return shape
        case Epoch() if may_be(shape, "integer") or may_be(shape, "number"):
            return DATE_TIME
    return target


def may_be(shape: Shape, kind: str) -> bool:
    """Whether a value of `shape` may be of a JSON type."""
    return not isinstance(shape, Scalar) or kind in shape.types


def guarded(
    block: Block,
    out: str,
    call: str,
    value: str,
    shape: Shape,
    kinds: set[str],
    refusal: Refusal,
) -> None:
    """Emit a call for values of some types only; others are refused, or passed over."""
    wide = kinds | ({"integer"} if "number" in kinds else set())
    if isinstance(shape, Scalar) and shape.types <= wide:
        attempt(block, out, call, refusal)
        return
    test = " or ".join(TYPE_TESTS[kind].format(value) for kind in sorted(kinds))
    if refusal.skips:
        block.add(f"{out} = None")
        with block.nest(f"if {test}:") as inner:
            attempt(inner, out, call, refusal)
        return
    with block.nest(f"if not ({test}):") as inner:
        refusal.emit(inner, value, f"must be of type {' or '.join(sorted(kinds))}")
    attempt(block, out, call, refusal)


def _dated(
    value: str, shape: Shape, block: Block, context: Context, refusal: Refusal
) -> tuple[str, Shape]:
    """What both sides call a date-time, held to it where the spec does not promise it."""
    if isinstance(shape, Scalar) and shape.format == "date-time" and shape.types == {"string"}:
        return value, shape
    if not context.guarded and not refusal.skips:
        return value, DATE_TIME
    test = f"{TYPE_TESTS['string'].format(value)} and {DATE_TIME_TEST.format(value)}"
    with block.nest(f"if not ({test}):") as inner:
        refusal.emit(inner, value, "must be an RFC 3339 date-time")
    return value, DATE_TIME


def called(block: Block, context: Context, call: str, hint: str, refusal: Refusal) -> str:
    """Emit a call that may raise `ValueError`; gives the variable with its result."""
    out = context.names.fresh(hint)
    attempt(block, out, call, refusal)
    return out


def attempt(block: Block, out: str, call: str, refusal: Refusal) -> None:
    """Emit a call whose result goes into `out`, and the refusal if it raises `ValueError`."""
    with block.nest("try:") as inner:
        inner.add(f"{out} = {call}")
    error = "" if refusal.skips else " as error"
    with block.nest(f"except ValueError{error}:") as inner:
        refusal.emit_error(inner, out)


def _iso(
    value: str, shape: Shape, zone: str, block: Block, context: Context, refusal: Refusal
) -> tuple[str, Shape]:
    out = context.names.fresh("time")
    if not (isinstance(shape, Scalar) and shape.types == {"string"}):
        test = TYPE_TESTS["string"].format(value)
        if refusal.skips:
            block.add(f"{out} = {value} if {test} else ''")
            value = out
        else:
            with block.nest(f"if not {test}:") as inner:
                refusal.emit(inner, value, "must be of type string")
    given = context.param(zone) if zone else None
    guarded = context.guarded or refusal.skips
    with block.nest("try:") as inner:
        offset = constant_name("ZONE", zone) if given else None
        call = f"iso_to_rfc3339({value}, {offset})"
        test = f"matches_rfc3339({value})" if guarded else SPELLED_TEST.format(value)
        inner.add(f"{out} = {value} if {test} else {call}")
    if zone and given is None and not refusal.skips:
        with block.nest("except NoOffset:") as inner:
            message = f"the date has no offset: give the param {zone!r}, or send an offset"
            line = replace(refusal, code="missing-param").line(repr(message))
            inner.add(f"{line} from None")
    if guarded:
        with block.nest("except UnicodeEncodeError:") as inner:
            demand = "is no date-time: it holds half of a surrogate pair"
            refusal.emit(inner, out if refusal.skips else value, demand)
    with block.nest("except ValueError as error:") as inner:
        refusal.emit_error(inner, out)
    return out, DATE_TIME


# --- tables --------------------------------------------------------------------------------------


Key = tuple[bool, Plain]
"""A value as tables look it up: whether it is a boolean, since true is not 1, and the value."""


def key_of(value: Plain) -> Key:
    """The key of a value in a table."""
    return isinstance(value, bool), value


def lookup(
    table: Table, allow: frozenset[str], *, to_left: bool
) -> dict[Key, tuple[Plain, Kind, str]]:
    """A value map in one direction: for each source value the target's, how good, and why."""
    found: dict[Key, tuple[Plain, Kind, str]] = {}
    order = {"exact": 0, "approximate": 1, "opt-in": 2}
    for pair in sorted(table.pairs, key=lambda pair: order[pair.kind]):
        if pair.kind != "exact" and (pair.to_left != to_left):
            continue
        if pair.kind == "opt-in" and pair.name not in allow:
            continue
        source, target = (pair.right, pair.left) if to_left else (pair.left, pair.right)
        values, results = source[0][1], target[0][1]
        if isinstance(values, Variable) or isinstance(results, Variable):
            continue
        for value in values:
            found.setdefault(key_of(value), (results[0], pair.kind, pair.because))
    return found


def reasons(table: Table, allow: frozenset[str], *, to_left: bool) -> dict[Key, str]:
    """Why a value map has no target for a value: an opt-in that is off, or a refusal's reason."""
    found: dict[Key, str] = {}
    for pair in table.pairs:
        cell = (pair.right if to_left else pair.left)[0][1]
        off = pair.kind == "opt-in" and pair.to_left == to_left and pair.name not in allow
        if off and not isinstance(cell, Variable):
            why = f"{pair.because}; to translate it all the same, allow {pair.name!r}"
            found.update((key_of(value), why) for value in cell)
    for one in table.refusals:
        cell = one.record[0][1]
        if one.of_left != to_left and not isinstance(cell, Variable):
            for value in cell:
                found.setdefault(key_of(value), one.because)
    return found


def _values(
    table: Table,
    value: str,
    shape: Shape,
    target: Shape,
    block: Block,
    context: Context,
    refusal: Refusal,
    *,
    to_left: bool,
) -> tuple[str, Shape]:
    found = lookup(table, context.allow, to_left=to_left)
    why = reasons(table, context.allow, to_left=to_left)
    texts = all(isinstance(one, str) for _, one in {*found, *why})
    numeric = may_be(shape, "integer") or may_be(shape, "number")
    mixed = not texts and may_be(shape, "boolean") and numeric
    key = value
    if not isinstance(shape, Scalar):  # lists and objects are in no table, and cannot be looked up
        kinds = "str" if texts else "(str, int, float)"
        key = f"({value} if isinstance({value}, {kinds}) else ...)"
    if mixed:
        key = f"({value}.__class__ is bool, {key})"

    def keyed(one: Key) -> object:
        return one if mixed else one[1]

    results = {keyed(source): result for source, (result, _, _) in found.items()}
    name = context.pool.constant("values", repr(results))
    out = context.names.fresh("value")
    block.add(f"{out} = {name}.get({key})")
    if not refusal.skips:
        with block.nest(f"if {out} is None:") as inner:
            listed = ", ".join(repr(one) for _, one in found)
            known = {keyed(one): reason for one, reason in why.items() if one not in found}
            if known:
                table_name = context.pool.constant("reasons", repr(known))
                with inner.nest(f"if {key} in {table_name}:") as deeper:
                    deeper.add(f"problem = {table_name}[{key}]")
                    what = f"{refusal.what} has no equivalent"
                    replace(refusal, code="no-equivalent", what=what).emit(
                        deeper, value, "", "problem"
                    )
            if isinstance(shape, Scalar) and "enum" in shape.schema:
                refusal = replace(refusal, code="no-equivalent")
            refusal.emit(inner, value, f"has no equivalent; there is {listed}")
    given = tuple(dict.fromkeys(key_of(result) for result in results.values()))
    types = target.types if isinstance(target, Scalar) else TEXT.types
    return out, Scalar(types, enum=tuple(one for _, one in given))


def params_read(codec: Codec, *, to_left: bool) -> tuple[str, ...]:
    """The params that a codec reads in one direction."""
    match codec:
        case Template(params=params) if to_left:
            return tuple(name for _, name in params)
        case Iso8601(zone=zone) if zone and not to_left:
            return (zone,)
    return ()
