"""Emit codecs: lines that convert one value into another, in either direction.

Each conversion emits into a block, and returns the expression of the result and its type. A value
that cannot be converted ends as `RefusalEmitter` says: the event is refused, or the value skipped.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import assert_never

from translator.compiler.source import (
    DATE_TIME_TEST,
    RFC3339_SPELLING_TEST,
    TYPE_TESTS,
    Block,
    ConstantPool,
    UniqueNames,
)
from translator.compiler.symbols import STRING, SourcePath
from translator.errors import Location
from translator.language.nodes import (
    Codec,
    DateTime,
    Epoch,
    Identity,
    Iso8601,
    Linear,
    NumericString,
    RuleKind,
    Table,
    Template,
    ValueMap,
    Variable,
)
from translator.schema.types import Scalar, ScalarValue, SchemaType

DATE_TIME = Scalar(frozenset({"string"}), format="date-time")

INTEGER = Scalar(frozenset({"integer"}))

NUMBER = Scalar(frozenset({"number"}))


@dataclass(frozen=True, slots=True)
class RefusalEmitter:
    """Emits what happens to a value that cannot be converted: a refusal, or skipping the value."""

    code: str
    source_path: SourcePath
    subject: str
    skip_unfit: bool = False
    rule: Location | None = None

    def emit(self, block: Block, name: str, requirement: str, problem: str = "") -> None:
        """Emit a refusal of the value in `name`, which does not meet `requirement`.

        If `problem` is given, it is the variable that holds what is wrong with the value.
        """
        if self.skip_unfit:
            block.add(f"{name} = None")
            return
        if problem:
            message = f'f"{escape_literal(self.subject)}: {{{problem}}}"'
            block.add(self.raise_line(message))
            return
        shown_value = f"format_value({name})"
        if not name.isidentifier():  # before Python 3.12, f-strings cannot nest quotes
            block.add(f"problem = {shown_value}")
            shown_value = "problem"
        message = (
            f'f"{escape_literal(self.subject)}: {{{shown_value}}} {escape_literal(requirement)}"'
        )
        block.add(self.raise_line(message))

    def raise_line(self, message: str) -> str:
        """Return the line that refuses; `message` is the source of an expression."""
        rule = f", rule={str(self.rule)!r}" if self.rule is not None else ""
        return f"raise Refuse({self.code!r}, {self.source_path.code()}, {message}{rule})"

    def emit_from_error(self, block: Block, name: str) -> None:
        """Emit a refusal that reports the exception in the variable `error`."""
        if self.skip_unfit:
            block.add(f"{name} = None")
        else:
            message = f'f"{escape_literal(self.subject)}: {{error}}"'
            block.add(f"{self.raise_line(message)} from None")


def escape_literal(string: str) -> str:
    """Escape a string for use inside a double-quoted f-string."""
    escaped = (
        "".join(_escape_char(char) for char in string)
        if not _UNESCAPED.fullmatch(string)
        else string
    )
    return escaped.replace("{", "{{").replace("}", "}}")


_UNESCAPED = re.compile(r"[ !#-\[\]-~]*")


def _escape_char(char: str) -> str:
    if char == '"':
        return '\\"'
    return char if char == "'" else repr(char)[1:-1]


@dataclass(frozen=True, slots=True)
class ConversionContext:
    """What conversions share: constants, names in use, the names of given params, and opt-ins.

    Unless `guarded`, what only the target demands of a value is not checked.
    """

    pool: ConstantPool
    names: UniqueNames
    params: Collection[str]
    opt_ins: frozenset[str]
    guarded: bool = True

    def param_constant(self, name: str) -> str | None:
        """Return the expression for a param's value; None if the param is not given."""
        return f"bound[{name!r}]" if name in self.params else None


def emit_conversion(
    codec: Codec,
    value: str,
    source_type: SchemaType,
    target_type: SchemaType,
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
    *,
    to_left: bool,
) -> tuple[str, SchemaType]:
    """Emit the conversion of the value in the variable `value`, except by templates."""
    match codec:
        case Identity():
            return value, source_type
        case ValueMap(table=table):
            return _emit_value_map(
                table, value, source_type, target_type, block, context, refusal, to_left=to_left
            )
        case DateTime(epoch=""):
            return _emit_date_time_check(value, source_type, block, context, refusal)
        case DateTime(epoch=unit):
            if to_left or not may_be(source_type, "integer"):
                return value, source_type
            out = context.names.fresh("time")
            block.add(f"{out} = {value}")
            with block.nest(f"if not isinstance({value}, str):") as inner:
                call = f"epoch_{unit}_to_rfc3339({value})"
                emit_guarded_call(inner, out, call, value, source_type, {"integer"}, refusal)
            return out, DATE_TIME
        case Iso8601(zone=zone):
            if to_left:
                return value, source_type
            return _emit_iso_conversion(value, source_type, zone, block, context, refusal)
        case Epoch(unit=unit):
            if may_be(source_type, "integer") or may_be(source_type, "number"):
                helper, json_type, output_type = f"epoch_{unit}_to_rfc3339", "integer", DATE_TIME
            else:
                helper, json_type, output_type = f"rfc3339_to_epoch_{unit}", "string", INTEGER
            call = f"{helper}({value})"
            out = context.names.fresh("time")
            emit_guarded_call(block, out, call, value, source_type, {json_type}, refusal)
            return out, output_type
        case NumericString():
            if may_be(source_type, "string"):
                is_integer = isinstance(target_type, Scalar) and "number" not in target_type.types
                helper = "string_to_integer" if is_integer else "string_to_number"
                number_type = INTEGER if is_integer else NUMBER
            else:
                helper, number_type = "number_to_string", STRING
            out = context.names.fresh("number")
            json_type = "number" if helper == "number_to_string" else "string"
            call = f"{helper}({value})"
            emit_guarded_call(block, out, call, value, source_type, {json_type}, refusal)
            return out, number_type
        case Linear(left=left, right=right):
            source_range, target_range = (right, left) if to_left else (left, right)
            bounds = ", ".join(map(repr, (*source_range, *target_range)))
            call = f"linear({value}, {bounds})"
            bounded_type = Scalar(
                frozenset({"number"}), minimum=target_range[0], maximum=target_range[1]
            )
            out = context.names.fresh("number")
            emit_guarded_call(block, out, call, value, source_type, {"number"}, refusal)
            return out, bounded_type
        case Template():
            raise AssertionError("templates join and split several fields: see module templates")
    assert_never(codec)


def converted_type(
    codec: Codec, source_type: SchemaType, target_type: SchemaType, *, to_left: bool
) -> SchemaType:
    """Return the type of a conversion's result, as far as it is known before emitting it."""
    match codec:
        case DateTime(epoch=epoch) if not epoch or not to_left:
            return DATE_TIME
        case Iso8601() if not to_left:
            return DATE_TIME
        case Identity() | DateTime() | Iso8601():
            return source_type
        case Epoch() if may_be(source_type, "integer") or may_be(source_type, "number"):
            return DATE_TIME
    return target_type


def may_be(schema_type: SchemaType, json_type: str) -> bool:
    """Return whether a value of a type may have a JSON type."""
    return not isinstance(schema_type, Scalar) or json_type in schema_type.types


def emit_guarded_call(
    block: Block,
    out: str,
    call: str,
    value: str,
    source_type: SchemaType,
    json_types: set[str],
    refusal: RefusalEmitter,
) -> None:
    """Emit a call for values of some JSON types, and a refusal of all other values."""
    accepted_types = json_types | ({"integer"} if "number" in json_types else set())
    if isinstance(source_type, Scalar) and source_type.types <= accepted_types:
        emit_attempt(block, out, call, refusal)
        return
    test = " or ".join(TYPE_TESTS[json_type].format(value) for json_type in sorted(json_types))
    if refusal.skip_unfit:
        block.add(f"{out} = None")
        with block.nest(f"if {test}:") as inner:
            emit_attempt(inner, out, call, refusal)
        return
    with block.nest(f"if not ({test}):") as inner:
        refusal.emit(inner, value, f"must be of type {' or '.join(sorted(json_types))}")
    emit_attempt(block, out, call, refusal)


def _emit_date_time_check(
    value: str,
    source_type: SchemaType,
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
) -> tuple[str, SchemaType]:
    """Emit a check that a value is a date-time, unless its type already guarantees it."""
    if (
        isinstance(source_type, Scalar)
        and source_type.format == "date-time"
        and source_type.types == {"string"}
    ):
        return value, source_type
    if not context.guarded and not refusal.skip_unfit:
        return value, DATE_TIME
    test = f"{TYPE_TESTS['string'].format(value)} and {DATE_TIME_TEST.format(value)}"
    with block.nest(f"if not ({test}):") as inner:
        refusal.emit(inner, value, "must be an RFC 3339 date-time")
    return value, DATE_TIME


def emit_call(
    block: Block, context: ConversionContext, call: str, hint: str, refusal: RefusalEmitter
) -> str:
    """Emit a call that may raise `ValueError`; return the variable that holds its result."""
    out = context.names.fresh(hint)
    emit_attempt(block, out, call, refusal)
    return out


def emit_attempt(block: Block, out: str, call: str, refusal: RefusalEmitter) -> None:
    """Emit an assignment of a call to `out`, and a refusal if the call raises `ValueError`."""
    with block.nest("try:") as inner:
        inner.add(f"{out} = {call}")
    error = "" if refusal.skip_unfit else " as error"
    with block.nest(f"except ValueError{error}:") as inner:
        refusal.emit_from_error(inner, out)


def _emit_iso_conversion(
    value: str,
    source_type: SchemaType,
    zone: str,
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
) -> tuple[str, SchemaType]:
    out = context.names.fresh("time")
    if not (isinstance(source_type, Scalar) and source_type.types == {"string"}):
        test = TYPE_TESTS["string"].format(value)
        if refusal.skip_unfit:
            block.add(f"{out} = {value} if {test} else ''")
            value = out
        else:
            with block.nest(f"if not {test}:") as inner:
                refusal.emit(inner, value, "must be of type string")
    zone_constant = context.param_constant(zone) if zone else None
    is_guarded = context.guarded or refusal.skip_unfit
    with block.nest("try:") as inner:
        timezone = f"load_timezone({zone_constant})" if zone_constant else None
        call = f"iso_to_rfc3339({value}, {timezone})"
        test = f"matches_rfc3339({value})" if is_guarded else RFC3339_SPELLING_TEST.format(value)
        inner.add(f"{out} = {value} if {test} else {call}")
    if zone and zone_constant is None and not refusal.skip_unfit:
        with block.nest("except NoOffset:") as inner:
            message = f"the date has no offset: give the param {zone!r}, or send an offset"
            line = replace(refusal, code="missing-param").raise_line(repr(message))
            inner.add(f"{line} from None")
    if is_guarded:
        with block.nest("except UnicodeEncodeError:") as inner:
            requirement = "is not a date-time: it contains a lone surrogate"
            refusal.emit(inner, out if refusal.skip_unfit else value, requirement)
    with block.nest("except ValueError as error:") as inner:
        refusal.emit_from_error(inner, out)
    return out, DATE_TIME


# --- tables --------------------------------------------------------------------------------------


TableKey = tuple[bool, ScalarValue]
"""The key of a value in a table: whether it is a boolean (true is not 1), and the value."""


def table_key(value: ScalarValue) -> TableKey:
    """Return the key of a value in a table."""
    return isinstance(value, bool), value


def direct_table(
    table: Table, opt_ins: frozenset[str], *, to_left: bool
) -> dict[TableKey, tuple[ScalarValue, RuleKind, str]]:
    """Return a value map in one direction: target value, kind and reason by source value."""
    entries: dict[TableKey, tuple[ScalarValue, RuleKind, str]] = {}
    rank = {"exact": 0, "approximate": 1, "opt-in": 2}
    for row in sorted(table.rows, key=lambda row: rank[row.kind]):
        if row.kind != "exact" and (row.to_left != to_left):
            continue
        if row.kind == "opt-in" and row.name not in opt_ins:
            continue
        source, target = (row.right, row.left) if to_left else (row.left, row.right)
        values, results = source[0][1], target[0][1]
        if isinstance(values, Variable) or isinstance(results, Variable):
            continue
        for value in values:
            entries.setdefault(table_key(value), (results[0], row.kind, row.because))
    return entries


def refusal_reasons(table: Table, opt_ins: frozenset[str], *, to_left: bool) -> dict[TableKey, str]:
    """Return the reasons why values have no target: an opt-in that is off, or a refused row."""
    reasons: dict[TableKey, str] = {}
    for row in table.rows:
        cell = (row.right if to_left else row.left)[0][1]
        is_disabled = row.kind == "opt-in" and row.to_left == to_left and row.name not in opt_ins
        if is_disabled and not isinstance(cell, Variable):
            reason = f"{row.because}; to translate it anyway, allow {row.name!r}"
            reasons.update((table_key(value), reason) for value in cell)
    for refusal in table.refused_rows:
        cell = refusal.record[0][1]
        if refusal.on_left != to_left and not isinstance(cell, Variable):
            for value in cell:
                reasons.setdefault(table_key(value), refusal.because)
    return reasons


def _emit_value_map(
    table: Table,
    value: str,
    source_type: SchemaType,
    target_type: SchemaType,
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
    *,
    to_left: bool,
) -> tuple[str, SchemaType]:
    entries = direct_table(table, context.opt_ins, to_left=to_left)
    unmapped_reasons = refusal_reasons(table, context.opt_ins, to_left=to_left)
    all_strings = all(isinstance(entry, str) for _, entry in {*entries, *unmapped_reasons})
    is_numeric = may_be(source_type, "integer") or may_be(source_type, "number")
    is_mixed = not all_strings and may_be(source_type, "boolean") and is_numeric
    key = value
    if not isinstance(source_type, Scalar):  # lists and objects are not hashable
        class_names = "str" if all_strings else "(str, int, float)"
        key = f"({value} if isinstance({value}, {class_names}) else ...)"
    if is_mixed:
        key = f"({value}.__class__ is bool, {key})"

    def lookup_key(entry: TableKey) -> object:
        return entry if is_mixed else entry[1]

    results = {lookup_key(source): result for source, (result, _, _) in entries.items()}
    name = context.pool.intern("values", repr(results))
    out = context.names.fresh("value")
    block.add(f"{out} = {name}.get({key})")
    if not refusal.skip_unfit:
        with block.nest(f"if {out} is None:") as inner:
            listed = ", ".join(repr(entry) for _, entry in entries)
            other_reasons = {
                lookup_key(entry): reason
                for entry, reason in unmapped_reasons.items()
                if entry not in entries
            }
            if other_reasons:
                reasons_name = context.pool.intern("reasons", repr(other_reasons))
                with inner.nest(f"if {key} in {reasons_name}:") as nested:
                    nested.add(f"problem = {reasons_name}[{key}]")
                    subject = f"{refusal.subject} has no equivalent"
                    replace(refusal, code="no-equivalent", subject=subject).emit(
                        nested, value, "", "problem"
                    )
            if isinstance(source_type, Scalar) and "enum" in source_type.schema:
                refusal = replace(refusal, code="no-equivalent")
            refusal.emit(inner, value, f"has no equivalent; there is {listed}")
    result_keys = tuple(dict.fromkeys(table_key(result) for result in results.values()))
    types = target_type.types if isinstance(target_type, Scalar) else STRING.types
    return out, Scalar(types, enum=tuple(entry for _, entry in result_keys))
