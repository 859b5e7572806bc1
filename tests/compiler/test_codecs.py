"""Codecs: each result has the type that the codec claims, and nothing else is raised."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.independent_validator import format_checker, identical
from translator import TranslationError
from translator.compiler.blocks import Block, ConstantPool, UniqueNames
from translator.compiler.conversions import Conversion, RefusalEmitter, converted_type
from translator.compiler.options import Options
from translator.compiler.symbols import Scope, SourcePath
from translator.engine import linker
from translator.engine.plan import compile_module
from translator.errors import Location
from translator.language import nodes
from translator.language.codecs import DATE_TIME
from translator.schema.types import ListOf, Mixed, Object, Scalar, SchemaType

HERE = Location("test.yaml", 1, 1)
EXAMPLE = "2024-05-01T12:00:00Z"


def table(*rows: tuple[Any, Any], kind: str = "exact") -> nodes.Table:
    def record(value: Any) -> nodes.Record:
        return (((), value if isinstance(value, tuple) else (value,)),)

    table_rows = [nodes.TableRow(record(left), record(right), HERE) for left, right in rows]
    optional = nodes.TableRow(record("opt"), record("x"), HERE, "opt-in", to_left=False, name="o")
    return nodes.Table("", (*table_rows, optional), (), HERE)


CODECS: dict[str, nodes.Codec] = {
    "identity": nodes.Identity(),
    "values": nodes.ValueMap(table(("a", "b"), ("c", "d"))),
    "mixed values": nodes.ValueMap(table((1, True), (True, 1.5), ("a", "b"), (0.5, 2))),
    "date-time": nodes.DateTime(),
    "or epoch-seconds": nodes.DateTime("seconds"),
    "or epoch-milliseconds": nodes.DateTime("milliseconds"),
    "iso-8601": nodes.Iso8601(),
    "epoch-seconds": nodes.Epoch("seconds"),
    "epoch-milliseconds": nodes.Epoch("milliseconds"),
    "numeric-string": nodes.NumericString(),
    "linear": nodes.Linear((0, 5), (-1, 1)),
    "linear of fractions": nodes.Linear((0.1, 0.7), (-3.3, 1e300)),
    "plain date-time": nodes.DateTime(plain=True),
    "plain or epoch": nodes.DateTime("microseconds", plain=True),
    "plain iso-8601": nodes.Iso8601(plain=True),
    "epoch-microseconds": nodes.Epoch("microseconds"),
    "cut": nodes.Epoch("milliseconds", finer="cut"),
    "fraction": nodes.Epoch("seconds", fraction=True),
    "duration": nodes.Duration(),
    "number": nodes.Number(),
    "number as string": nodes.Number("string"),
    "string": nodes.Text(),
    "shift": nodes.Shift(1),
    "shift by a fraction": nodes.Shift(-0.1),
    "upper-case": nodes.LetterCase(upper=True),
    "lower-case": nodes.LetterCase(upper=False),
    "prefix": nodes.Prefix("a"),
    "prefix of a param": nodes.Prefix(param="p"),
    "split": nodes.Split("a"),
    "split by a param": nodes.Split(param="p"),
    "last part": nodes.Split(param="p", last=True),
    "json": nodes.JsonText(),
    "pairs": nodes.Pairs("k", "v"),
    "number, shift": nodes.Pipeline((nodes.Number(), nodes.Shift(1))),
    "prefix, upper-case, split": nodes.Pipeline(
        (nodes.Prefix("a"), nodes.LetterCase(upper=True), nodes.Split("/"))
    ),
    "numeric-string, linear": nodes.Pipeline((nodes.NumericString(), nodes.Linear((0, 5), (0, 1)))),
    "iso-8601, epoch": nodes.Pipeline((nodes.Iso8601(), nodes.DateTime(plain=True))),
}

json_type_sets = st.sets(st.sampled_from(["string", "integer", "number", "boolean"]), min_size=1)
scalar_types = st.one_of(json_type_sets.map(lambda names: Scalar(frozenset(names))))
STRING, NUMBER, EITHER, ANY = (
    Scalar(frozenset(names))
    for names in (
        ["string"],
        ["number"],
        ["string", "number"],
        ["string", "integer", "number", "boolean", "array", "object"],
    )
)
DATE_TIME_OR_INTEGER = Scalar(frozenset({"string", "integer"}), format="date-time")
source_types = st.one_of(scalar_types, st.sampled_from([DATE_TIME, DATE_TIME_OR_INTEGER, ANY]))
date_times = st.one_of(
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.sampled_from([EXAMPLE, "2016-12-31T23:59:60Z", "0000-01-01T00:00:00+23:59"]),
    st.sampled_from(["2024-05-01T12:00", "20240501T120000Z", "2024-02-30T12:00:00Z", "noon"]),
)
BIG = [10**exponent for exponent in (400, 4299, 4300, 5000)]
small_numbers = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([253402300800, -62135596801, 253402300799999, 253402300799999.0]),
    st.sampled_from([-0.0, 1e23, 1e-7, 1e300, 5e-324, 0.5]),
)
scalars = st.one_of(
    st.text(max_size=8),
    date_times,
    small_numbers,
    small_numbers.map(str),
    st.integers(0, len(BIG) - 1).map(BIG.__getitem__),
    st.integers(4299, 4301).map(lambda count: "7" * count),
    st.booleans(),
    st.sampled_from(["a", "b", "c", "d", "opt", "x", 1, True, 0.5, "0.5", "-0", "7"]),
)
pairs = st.fixed_dictionaries({"k": st.text(max_size=1), "v": st.text(max_size=1) | st.none()})
values: st.SearchStrategy[Any] = st.one_of(
    scalars,
    st.sampled_from(["PT1M30.5S", "P1Y", "1000.00", "aa/B", "AB", "[1]", '{"a": 1.0}', "a9"]),
    st.lists(small_numbers, max_size=2),
    st.lists(st.text("ab/", max_size=2), max_size=3),
    st.lists(pairs, max_size=2),
    st.dictionaries(st.text(max_size=1), st.lists(small_numbers, max_size=2), max_size=2),
    st.just({"a": "b"}),
)


def schema_of(schema_type: SchemaType) -> dict[str, Any]:
    """The schema of what a type claims."""
    match schema_type:
        case ListOf(items=items):
            return {"type": "array", "items": schema_of(items)}
        case Object(fields=fields, additional=additional):
            named = {name: schema_of(field.type) for name, field in fields.items()}
            others = additional is not None and schema_of(additional)
            required = [name for name, field in fields.items() if field.required]
            shape = {"properties": named, "required": required, "additionalProperties": others}
            return {"type": "object", **shape}
        case Mixed(types=names):
            return {"type": sorted(names)}
    assert isinstance(schema_type, Scalar)
    schema: dict[str, Any] = {"type": sorted(schema_type.types), "format": schema_type.format}
    schema["minLength"] = schema_type.min_length
    if schema_type.enum is not None:
        schema["enum"] = list(schema_type.enum)
    bounds = {"minimum": schema_type.minimum, "maximum": schema_type.maximum}
    bounds |= {"exclusiveMaximum": schema_type.below, "maxLength": schema_type.max_length}
    return schema | {key: bound for key, bound in bounds.items() if bound is not None}


def is_valid(schema_type: SchemaType, value: Any) -> bool:
    if isinstance(value, int) and value > BIG[0]:
        value = BIG[0]  # the library writes messages, and Python no longer integers
    validator = jsonschema.Draft202012Validator(
        schema_of(schema_type), format_checker=format_checker
    )
    return bool(validator.is_valid(value))


def convert(
    codec: nodes.Codec,
    source: SchemaType,
    target: SchemaType,
    value: Any,
    *,
    to_left: bool,
    **options: Any,
) -> tuple[Any, SchemaType]:
    """Emit a conversion and run it; returns its result and the type that it claims."""
    skip = options.pop("skip", False)
    block, pool = Block(), ConstantPool()
    scope = Scope(block, UniqueNames(frozenset({"value"})), pool, Options(**options))
    refusal = RefusalEmitter("unmappable-value", SourcePath(), "field", skip)
    code, result_type = Conversion("value", source, target, scope, refusal, to_left).emit(codec)
    opt_ins = scope.options.opt_ins
    assert result_type == converted_type(codec, source, target, to_left=to_left, opt_ins=opt_ins)
    block.add(f"return {code}")
    constants = "".join(f"{name} = {text}\n" for name, text in pool.sources.items())
    module = compile_module(f"{constants}def translate(value):\n{block.render(1)}", "<test>")
    unused: Any = SimpleNamespace(validate=None, refusal=None, untrusted_failure=None)
    run = linker.load(module, unused, {"bound": {"p": "b"}})
    return run(value), result_type


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("to_left", [False, True])
@given(st.data())
def test_a_codec_gives_what_it_claims(name: str, to_left: bool, data: st.DataObject) -> None:
    """A result is valid for the claimed type, as jsonschema judges; else the value is refused."""
    source, target = data.draw(source_types), data.draw(scalar_types)
    value = data.draw(values)
    source = source if is_valid(source, value) else ANY
    params = data.draw(st.sampled_from([(), ("p",)]))
    opt_ins = data.draw(st.sampled_from([frozenset(), frozenset({"o"})]))
    skip = data.draw(st.booleans())
    try:
        result, claimed = convert(
            CODECS[name],
            source,
            target,
            value,
            to_left=to_left,
            opt_ins=opt_ins,
            skip=skip,
            params=params,
        )
    except TranslationError as refusal:
        assert refusal.code in ("unmappable-value", "no-equivalent", "missing-param")
        assert not skip
        return
    if result is None:
        assert skip or value == []
        return
    assert is_valid(claimed, result), (claimed, result)


@pytest.mark.parametrize(
    ("left", "right", "there", "back"),
    [
        (STRING, NUMBER, 9.5, "9.5"),
        (NUMBER, STRING, "9.5", 9.5),
        (STRING, EITHER, 9.5, "9.5"),
        (EITHER, STRING, "9.5", "9.5"),
        (NUMBER, EITHER, 9.5, 9.5),
        (EITHER, NUMBER, 9.5, "9.5"),
        (EITHER, EITHER, 9.5, "9.5"),
    ],
)
@pytest.mark.parametrize("value", ["9.5", 9.5])
def test_numeric_string_is_its_own_inverse(
    left: Scalar, right: Scalar, there: Any, back: Any, value: Any
) -> None:
    """The form follows the target's type; if that takes both, the left has strings."""
    if not is_valid(left, value):
        return
    codec = nodes.NumericString()
    written, _ = convert(codec, left, right, value, to_left=False)
    assert identical(written, there)
    returned, _ = convert(codec, right, left, written, to_left=True)
    assert identical(returned, back)
    assert identical(convert(codec, left, right, returned, to_left=False)[0], there)


@pytest.mark.parametrize("unit", ["seconds", "milliseconds"])
@pytest.mark.parametrize("to_left", [False, True])
@pytest.mark.parametrize("value", ["noon", "2024-02-30T12:00:00Z", "1714564800", 1.5, True, []])
def test_a_string_that_is_no_date_time_is_refused(unit: Any, to_left: bool, value: Any) -> None:
    """Where a date-time or a number is expected, every string is validated."""
    with pytest.raises(TranslationError):
        convert(nodes.DateTime(unit), ANY, STRING, value, to_left=to_left)
    with pytest.raises(TranslationError):
        convert(nodes.Iso8601(), ANY, STRING, value, to_left=to_left)
