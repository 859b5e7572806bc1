"""Emit codecs: lines that convert one value into another, in either direction.

Each conversion emits into a block, and returns the expression of the result and its type. For
values that cannot be converted, `RefusalEmitter` emits a refusal of the event or skips the value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from translator.compiler import blocks
from translator.compiler.blocks import TYPE_TESTS, Block
from translator.compiler.codec_calls import codec_call
from translator.compiler.rows import enabled_rows, mismatch_reasons
from translator.compiler.symbols import Scope, SourcePath
from translator.errors import Location
from translator.language import codecs, nodes
from translator.language.codecs import (
    DATE_TIME,
    INTEGER,
    NUMBER,
    NUMBERS,
    STRING,
    json_types,
)
from translator.language.direction import DirectedRow, DirectedTable
from translator.memo import replace
from translator.runtime.times import MAX_SECONDS, MIN_SECONDS
from translator.schema.types import SCALAR_TYPES, Scalar, ScalarValue, SchemaType, json_type

EPOCHS = {
    "seconds": replace(INTEGER, minimum=MIN_SECONDS, maximum=MAX_SECONDS),
    "milliseconds": replace(INTEGER, minimum=MIN_SECONDS * 1000, maximum=MAX_SECONDS * 1000 + 999),
    "microseconds": replace(
        INTEGER, minimum=MIN_SECONDS * 10**6, maximum=MAX_SECONDS * 10**6 + 999_999
    ),
}
"""The types of epoch numbers, by unit."""

EPOCH_DIGITS = {"seconds": 0, "milliseconds": 3, "microseconds": 6}
"""How many digits of the fraction of a second an epoch number has, by unit."""


@dataclass(frozen=True, slots=True)
class RefusalEmitter:
    """Emits what happens to a value that cannot be converted: a refusal, or skipping the value."""

    code: str
    source_path: SourcePath
    subject: str
    skip_unfit: bool = False
    rule: Location | None = None

    def emit(self, block: Block, name: str, requirement: str = "", problem: str = "") -> None:
        """Emit a refusal of the value in `name`, which does not meet `requirement`.

        `problem` names the variable that describes what is wrong with the value, if there is one:
        `error` for the exception that is being handled.
        """
        if self.skip_unfit:
            block.add(f"{name} = None")
            return
        shown, requirement = problem or f"format_value({name})", requirement and f" {requirement}"
        if not problem and not name.isidentifier():  # before 3.12, f-strings cannot nest quotes
            block.add(f"problem = {shown}")
            shown = "problem"
        subject, requirement = escape_literal(self.subject), escape_literal(requirement)
        line = self.raise_line(f'f"{subject}: {{{shown}}}{requirement}"')
        block.add(f"{line} from None" if problem == "error" else line)

    def raise_line(self, message: str) -> str:
        """Return the line that raises the refusal; `message` is the code of an expression."""
        rule = f", rule={str(self.rule)!r}" if self.rule is not None else ""
        return f"raise Refuse({self.code!r}, {self.source_path.code()}, {message}{rule})"


def escape_literal(string: str) -> str:
    """Escape a string for use inside a double-quoted f-string."""
    escaped = "".join('\\"' if char == '"' else repr(char)[1:-1] for char in string)
    return escaped.replace("{", "{{").replace("}", "}}")


def converted_type(
    codec: nodes.Codec,
    source_type: SchemaType,
    target_type: SchemaType,
    *,
    to_left: bool,
    opt_ins: frozenset[str] | None = None,
) -> SchemaType:
    """Return what a conversion guarantees of its results, whatever the target's schema requires.

    Without `opt_ins`, the results of a value map are those that any opt-in enables.
    """
    match codec:
        case nodes.Identity():
            return source_type
        case nodes.ValueMap(table=table):
            return _value_map_type(table, opt_ins, to_left=to_left)
        case nodes.DateTime(plain=plain) | nodes.Iso8601(plain=plain):
            return source_type if is_date_time(source_type) and not plain else DATE_TIME
        case nodes.Epoch(fraction=True):
            return codecs.SECOND_FRACTIONS if to_left else DATE_TIME
        case nodes.Epoch(unit=unit):
            return DATE_TIME if _is_from_epoch(source_type, to_left=to_left) else EPOCHS[unit]
        case nodes.NumericString():
            return _numeric_type(source_type, target_type, to_left=to_left)
        case nodes.Linear(left=left, right=right):
            minimum, maximum = left if to_left else right
            return replace(NUMBER, minimum=minimum, maximum=maximum)
        case nodes.Template():
            return STRING
        case nodes.Pipeline():
            stages = pipeline_stages(codec, target_type, to_left=to_left)
            for stage, stage_target in stages:
                source_type = converted_type(
                    stage, source_type, stage_target, to_left=to_left, opt_ins=opt_ins
                )
            return source_type
    return codecs.result_type(codec, source_type, to_left=to_left)


def pipeline_stages(
    codec: nodes.Pipeline, target_type: SchemaType, *, to_left: bool
) -> list[tuple[nodes.Codec, SchemaType]]:
    """Return the codecs of a pipeline in order, each with the type that its results must have."""
    stages = codecs.in_order(codec, to_left=to_left)
    targets = [codecs.side_type(stage, left=not to_left) for stage in stages[1:]]
    return list(zip(stages, [*targets, target_type], strict=True))


def _value_map_type(
    table: nodes.Table, opt_ins: frozenset[str] | None, *, to_left: bool
) -> SchemaType:
    if opt_ins is None:
        opt_ins = frozenset(row.name for row in table.rows)
    entries = directed_entries(table, opt_ins, to_left=to_left)
    keys = dict.fromkeys(table_key(result) for result, _, _ in entries.values())
    enum = tuple(value for _, value in keys if value is not None)
    return Scalar(frozenset(map(json_type, enum)), enum=enum)


def _is_from_epoch(source_type: SchemaType, *, to_left: bool) -> bool:
    """Whether the codec of epoch numbers reads numbers; if both are possible, the left has them."""
    if not may_have_type(source_type, "integer", "number"):
        return False
    return not to_left or not may_have_type(source_type, "string")


def _is_to_number(target_type: SchemaType, *, to_left: bool) -> bool:
    """Whether `numeric-string` writes numbers; if the target takes both, the right has them."""
    if not may_have_type(target_type, "string"):
        return True
    return may_have_type(target_type, "integer", "number") and not to_left


def _numeric_type(source_type: SchemaType, target_type: SchemaType, *, to_left: bool) -> SchemaType:
    to_number = _is_to_number(target_type, to_left=to_left)
    kept = NUMBERS if to_number else STRING.types
    if isinstance(source_type, Scalar) and source_type.types <= kept:
        return source_type
    if not to_number:
        return replace(STRING, min_length=1)
    types = json_types(source_type) & kept
    if may_have_type(source_type, "string"):
        types |= {_parsed_type(target_type)}
    return Scalar(NUMBER.types if "number" in types else INTEGER.types)


def _parsed_type(target_type: SchemaType) -> str:
    """Return the type of number that strings are read as."""
    return "number" if may_have_type(target_type, "number") else "integer"


def may_have_type(schema_type: SchemaType, *names: str) -> bool:
    """Return whether a value of a type may have one of some JSON types."""
    return not json_types(schema_type).isdisjoint(names)


def is_date_time(schema_type: SchemaType) -> bool:
    """Return whether values of a type are proved to be date-times."""
    match schema_type:
        case Scalar(format="date-time", types=types):
            return types == STRING.types
    return False


@dataclass(frozen=True, slots=True)
class Conversion:
    """The conversion of the value in the variable `value`.

    `approximations` collects those that are made at run time, if they are to be noted: for each
    the variable that says whether it was made, and what it is.
    """

    value: str
    source_type: SchemaType
    target_type: SchemaType
    scope: Scope
    refusal: RefusalEmitter
    to_left: bool
    approximations: list[tuple[str, str]] | None = None

    def emit(self, codec: nodes.Codec) -> tuple[str, SchemaType]:
        """Emit the conversion by any codec except a template; returns its code and its type."""
        result_type = converted_type(
            codec,
            self.source_type,
            self.target_type,
            to_left=self.to_left,
            opt_ins=self.scope.options.opt_ins,
        )
        return self._emit_code(codec, result_type), result_type

    def _emit_code(self, codec: nodes.Codec, result_type: SchemaType) -> str:
        value, source_type = self.value, self.source_type
        match codec:
            case nodes.Identity():
                return value
            case nodes.ValueMap(table=table):
                return self._emit_value_map(table)
            case nodes.DateTime(epoch=unit, plain=plain) if unit and not self.to_left:
                return self._emit_epoch_or_date_time(unit, plain=plain)
            case nodes.Iso8601(zone=zone, plain=plain) if not self.to_left:
                return self._emit_iso_conversion(zone, plain=plain)
            case nodes.DateTime(plain=True) | nodes.Iso8601(plain=True):
                return self._emit_new("plain_rfc3339", "", "time")
            case nodes.DateTime() | nodes.Iso8601():
                self._emit_date_time_check(value, self.scope.block)
                return value
            case nodes.Epoch(fraction=True):
                name = "rfc3339_to_fractional_seconds" if self.to_left else ""
                return self._emit_new(name or "fractional_seconds_to_rfc3339", "", "time")
            case nodes.Epoch(finer="cut", unit=unit) if not _is_from_epoch(
                source_type, to_left=self.to_left
            ):
                out = self._emit_new(f"rfc3339_to_epoch_{unit}", "", "time", ", cut=True")
                self._note_approximation(
                    codec, out, f"is_finer_than({value}, {EPOCH_DIGITS[unit]})"
                )
                return out
            case nodes.Epoch(unit=unit):
                if _is_from_epoch(source_type, to_left=self.to_left):
                    return self._emit_new(f"epoch_{unit}_to_rfc3339", "integer", "time")
                return self._emit_new(f"rfc3339_to_epoch_{unit}", "string", "time")
            case nodes.NumericString():
                return self._emit_numeric_conversion(result_type)
            case nodes.Linear(left=left, right=right):
                source_range, target_range = (right, left) if self.to_left else (left, right)
                bounds = ", ".join(map(repr, (*source_range, *target_range)))
                return self._emit_new("linear", "number", "number", f", {bounds}")
            case nodes.Template():
                raise AssertionError("templates join and split several fields: see templates")
            case nodes.Pipeline():
                stages = pipeline_stages(codec, self.target_type, to_left=self.to_left)
                return self._emit_stages(stages)
        return self._emit_call(codec)

    def _emit_call(self, codec: nodes.Codec) -> str:
        call = codec_call(codec, self.source_type, self.scope.param_code, to_left=self.to_left)
        if call is None:
            return self.value
        arguments = "".join(f", {argument}" for argument in call.arguments)
        out = self._emit_new(call.function, "", "value", arguments)
        if call.function == "last_string":
            self._note_approximation(codec, out, f"len({self.value}) > 1")
        return out

    def _note_approximation(self, codec: nodes.Codec, out: str, test: str) -> None:
        """Emit whether the value in `out` is approximated, which the test says."""
        if self.approximations is not None:
            flag = self.scope.names.fresh("is_approximated")
            self.scope.block.add(f"{flag} = {out} is not None and {test}")
            self.approximations.append((flag, codecs.approximation(codec)))

    def _emit_stages(self, stages: Sequence[tuple[nodes.Codec, SchemaType]]) -> str:
        """Emit the codecs of a pipeline; a value that one of them omits ends it."""
        (codec, target_type), *rest = stages
        code, result_type = replace(self, target_type=target_type).emit(codec)
        if not rest:
            return code
        following = replace(self, value=code, source_type=result_type)
        if not self.refusal.skip_unfit and not codecs.may_omit(codec, to_left=self.to_left):
            return following._emit_stages(rest)
        out = self.scope.names.fresh("value")
        self.scope.block.add(f"{out} = None")
        with self.scope.block.nest(f"if {code} is not None:") as inner:
            result = replace(following, scope=self.scope.inner(inner))._emit_stages(rest)
            inner.add(f"{out} = {result}")
        return out

    def _emit_epoch_or_date_time(self, unit: str, *, plain: bool) -> str:
        """Emit the conversion of a value that is an epoch number or a date-time."""
        value, block = self.value, self.scope.block
        convert = f"epoch_{unit}_to_rfc3339"
        if not may_have_type(self.source_type, "integer", "number"):
            if plain:
                return self._emit_new("plain_rfc3339", "", "time")
            self._emit_date_time_check(value, block)
            return value
        if not may_have_type(self.source_type, "string"):
            return self._emit_new(convert, "integer", "time")
        out = self.scope.names.fresh("time")
        block.add(f"{out} = {value}")
        checks = Block()
        if plain:
            emit_guarded_call(checks, out, f"plain_rfc3339({value})", self.refusal)
        elif getattr(self.source_type, "format", "") != "date-time":
            self._emit_date_time_check(out, checks)
        if checks:
            block.attach(f"if isinstance({value}, str):", checks)
        with block.nest("else:" if checks else f"if not isinstance({value}, str):") as inner:
            self._emit_typed_call(convert, "integer", out, inner)
        return out

    def _emit_numeric_conversion(self, result_type: SchemaType) -> str:
        """Emit the conversion between a number and its string; the target's form is kept."""
        source_type, target_type = self.source_type, self.target_type
        if not _is_to_number(target_type, to_left=self.to_left):
            if may_have_type(source_type, "string"):
                return self._emit_new("as_numeric_string", "", "number")
            return self._emit_new("number_to_string", "number", "number")
        if result_type is source_type:
            return self.value
        parse = f"string_to_{_parsed_type(target_type)}"
        if not may_have_type(source_type, *NUMBERS):
            return self._emit_new(parse, "string", "number")
        return self._emit_new("as_number", "", "number", f", {parse}")

    def _emit_new(self, function: str, json_type: str, hint: str, arguments: str = "") -> str:
        """Emit a call for values of a JSON type; returns the new variable with its result.

        A function that refuses values of other types itself needs no `json_type`.
        """
        out = self.scope.names.fresh(hint)
        self._emit_typed_call(function, json_type, out, self.scope.block, arguments)
        return out

    def _emit_typed_call(
        self, function: str, json_type: str, out: str, block: Block, arguments: str = ""
    ) -> None:
        """Emit a call for values of a JSON type, and a refusal of all other values."""
        call = f"{function}({self.value}{arguments})"
        accepted = {json_type, "integer"} if json_type == "number" else {json_type}
        if not json_type or json_types(self.source_type) <= accepted:
            emit_guarded_call(block, out, call, self.refusal)
            return
        test = TYPE_TESTS[json_type].format(self.value)
        if self.refusal.skip_unfit:
            block.add(f"{out} = None")
            with block.nest(f"if {test}:") as inner:
                emit_guarded_call(inner, out, call, self.refusal)
            return
        with block.nest(f"if not ({test}):") as inner:
            self.refusal.emit(inner, self.value, f"must be of type {json_type}")
        emit_guarded_call(block, out, call, self.refusal)

    @property
    def _collects_date_times(self) -> bool:
        """Whether the value, a string, is collected instead of checked."""
        is_string = json_types(self.source_type) == STRING.types
        return self.scope.options.collects and is_string and not self.refusal.skip_unfit

    def _emit_date_time_check(self, name: str, block: Block) -> None:
        """Emit a check that a value is a date-time, unless its type already guarantees it."""
        is_guarded = self.scope.options.guarded or self.refusal.skip_unfit
        if is_date_time(self.source_type) or not is_guarded:
            return
        if self._collects_date_times:
            block.add(f"date_times.append({name})")
            return
        format_test = blocks.DATE_TIME_TEST.format(name)
        test = f"{TYPE_TESTS['string'].format(name)} and {format_test}"
        with block.nest(f"if not ({test}):") as inner:
            self.refusal.emit(inner, name, "must be an RFC 3339 date-time")

    def _emit_iso_conversion(self, zone: str, *, plain: bool) -> str:
        value, block, refusal = self.value, self.scope.block, self.refusal
        if not plain and self._collects_date_times and self.scope.param_code(zone) is None:
            block.add(f"date_times.append({value})")
            return value
        out = self.scope.names.fresh("time")
        if json_types(self.source_type) != STRING.types:
            test = TYPE_TESTS["string"].format(value)
            if refusal.skip_unfit:
                block.add(f"{out} = {value} if {test} else ''")
                value = out
            else:
                with block.nest(f"if not {test}:") as inner:
                    refusal.emit(inner, value, "must be of type string")
        zone_constant = self.scope.param_code(zone)
        timezone = f"load_timezone({zone_constant})" if zone_constant else None
        is_guarded = self.scope.options.guarded or refusal.skip_unfit
        test = "matches_rfc3339({0})" if is_guarded else blocks.RFC3339_SPELLING_TEST
        with block.nest("try:") as inner:
            call = f"iso_to_rfc3339({value}, {timezone})"
            converted = f"{value} if {test.format(value)} else {call}"
            inner.add(f"{out} = plain_rfc3339({converted})" if plain else f"{out} = {converted}")
        if zone and not zone_constant and not refusal.skip_unfit:
            message = f"the date has no offset: give the param {zone!r}, or send an offset"
            line = replace(refusal, code="missing-param").raise_line(repr(message))
            with block.nest("except NoOffset:") as inner:
                inner.add(f"{line} from None")
        if is_guarded:
            with block.nest("except UnicodeEncodeError:") as inner:
                requirement = "is not a date-time: it contains a lone surrogate"
                refusal.emit(inner, out if refusal.skip_unfit else value, requirement)
        with block.nest("except ValueError as error:") as inner:
            refusal.emit(inner, out, problem="error")
        return out

    def _emit_value_map(self, table: nodes.Table) -> str:
        value, source_type, refusal = self.value, self.source_type, self.refusal
        pool, opt_ins = self.scope.pool, self.scope.options.opt_ins
        entries = directed_entries(table, opt_ins, to_left=self.to_left)
        reasons = refusal_reasons(table, opt_ins, to_left=self.to_left)
        all_strings = all(isinstance(entry, str) for _, entry in {*entries, *reasons})
        may_mix = may_have_type(source_type, "boolean") and may_have_type(
            source_type, "integer", "number"
        )
        is_mixed = may_mix and not all_strings
        key = value
        if not json_types(source_type) <= SCALAR_TYPES:  # lists and objects are not hashable
            class_names = "str" if all_strings else "(str, int, float)"
            key = f"({value} if isinstance({value}, {class_names}) else ...)"
        if is_mixed:
            key = f"({value}.__class__ is bool, {key})"

        def lookup_key(entry: TableKey) -> object:
            return entry if is_mixed else entry[1]

        results = {lookup_key(entry): result for entry, (result, _, _) in entries.items()}
        out = self.scope.names.fresh("value")
        self.scope.block.add(f"{out} = {pool.intern('values', repr(results))}.get({key})")
        others = {lookup_key(k): why for k, why in reasons.items() if k not in entries}
        unlisted = other_values(table, opt_ins, to_left=self.to_left)
        skipped = skip_reasons(table, to_left=self.to_left).keys() - entries.keys()
        is_lenient = refusal.skip_unfit or (unlisted is not None and unlisted.skipped)
        has_result = unlisted is not None and unlisted.row is not None
        if not is_lenient or (others and not self.to_left) or has_result:
            refusal = replace(refusal, skip_unfit=False)
            test = f"{out} is None"
            if skipped:
                keys = pool.intern("skipped", repr({lookup_key(each): None for each in skipped}))
                test += f" and {key} not in {keys}"
            with self.scope.block.nest(f"if {test}:") as inner:
                if others:
                    name = pool.intern("reasons", repr(others))
                    with inner.nest(f"if {key} in {name}:") as nested:
                        nested.add(f"problem = {name}[{key}]")
                        subject = f"{refusal.subject} has no equivalent"
                        refused = replace(refusal, code="no-equivalent", subject=subject)
                        refused.emit(nested, value, problem="problem")
                if has_result:
                    assert unlisted is not None
                    inner.add(f"{out} = {unlisted.result!r}")
                    return out
                if unlisted is not None and not is_lenient:
                    subject = f"{refusal.subject} has no equivalent"
                    refused = replace(refusal, code="no-equivalent", subject=subject)
                    problem = self.scope.names.fresh("reason")
                    inner.add(f"{problem} = {unlisted.because!r}")
                    refused.emit(inner, value, problem=problem)
                    return out
                if isinstance(source_type, Scalar) and "enum" in source_type.schema:
                    refusal = replace(refusal, code="no-equivalent")
                listed = ", ".join(repr(entry) for _, entry in entries)
                if not is_lenient:
                    refusal.emit(inner, value, f"has no equivalent; possible values: {listed}")
        return out


def emit_guarded_call(block: Block, out: str, call: str, refusal: RefusalEmitter) -> None:
    """Emit an assignment of a call to `out`, and a refusal if the call raises `ValueError`."""
    with block.nest("try:") as inner:
        inner.add(f"{out} = {call}")
    error = "" if refusal.skip_unfit else " as error"
    with block.nest(f"except ValueError{error}:") as inner:
        refusal.emit(inner, out, problem="error")


TableKey = tuple[bool, ScalarValue]
"""The key of a value in a table: whether it is a boolean (true is not 1), and the value."""


def table_key(value: ScalarValue) -> TableKey:
    """Return the key of a value in a table."""
    return isinstance(value, bool), value


def directed_entries(
    table: nodes.Table, opt_ins: frozenset[str], *, to_left: bool
) -> dict[TableKey, tuple[ScalarValue, nodes.RuleKind, str]]:
    """Return a value map in one direction: target value, kind and reason by source value."""
    entries: dict[TableKey, tuple[ScalarValue, nodes.RuleKind, str]]
    computation = ("entries", opt_ins, to_left)
    if (known := table.derived.get(computation)) is not None:
        entries = known
        return entries
    entries = table.derived[computation] = {}
    for row in enabled_rows(DirectedTable.from_table(table, to_left=to_left), opt_ins):
        result, *_ = _cell_values(row.target)
        for value in _cell_values(row.source):
            entries.setdefault(table_key(value), (result, row.kind, row.because))
    return entries


@dataclass(frozen=True, slots=True)
class OtherValues:
    """What happens to the values that a value map does not list, if it says so.

    They become the value of `row`, are left out (`skipped`) or refused, for the reason `because`.
    """

    because: str
    row: DirectedRow | None = None
    skipped: bool = False

    @property
    def result(self) -> ScalarValue:
        """The value that the others become."""
        assert self.row is not None
        return _cell_values(self.row.target)[0]


def other_values(
    table: nodes.Table, opt_ins: frozenset[str], *, to_left: bool
) -> OtherValues | None:
    """Return what a value map says about the values that it does not list."""
    directed = DirectedTable.from_table(table, to_left=to_left)
    for row in enabled_rows(directed, opt_ins):
        if row.source[0][1] is nodes.OTHERS:
            return OtherValues(row.because, row)
    for refused in directed.refused_rows:
        if refused.record[0][1] is nodes.OTHERS:
            return OtherValues(refused.because, skipped=refused.skip)
    return None


def skip_reasons(table: nodes.Table, *, to_left: bool) -> dict[TableKey, str]:
    """Return the reasons why listed values are left out."""
    refused_rows = DirectedTable.from_table(table, to_left=to_left).refused_rows
    return {
        table_key(value): row.because
        for row in refused_rows
        if row.skip
        for value in _cell_values(row.record)
    }


def refusal_reasons(
    table: nodes.Table, opt_ins: frozenset[str], *, to_left: bool
) -> dict[TableKey, str]:
    """Return the reasons why values have no target: an opt-in that is off, or a refused row."""
    reasons: dict[TableKey, str] = {}
    directed = DirectedTable.from_table(table, to_left=to_left)
    skipped = skip_reasons(table, to_left=to_left)
    for record, reason in mismatch_reasons(directed, opt_ins):
        for value in _cell_values(record):
            if table_key(value) not in skipped:
                reasons.setdefault(table_key(value), reason)
    return reasons


def _cell_values(record: nodes.Record) -> tuple[ScalarValue, ...]:
    """Return the values of the only cell of a record in a value map."""
    ((_, cell),) = record
    return cell if isinstance(cell, tuple) else ()
