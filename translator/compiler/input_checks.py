"""Emit the validation of small events: each field is read once, to validate and translate it.

The tests never accept an invalid event. They may reject a valid one (with a field that the spec
does not name, or with 15.0 for 15); emitted code then calls the validator, which decides and
produces the message. For larger events the validator is faster, and is called first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from translator.compiler.blocks import ConstantPool
from translator.compiler.checks import (
    COLLECTIONS,
    UNKNOWN,
    enum_test,
    range_checks,
    string_checks,
)
from translator.compiler.specialize import Choice
from translator.compiler.symbols import Scope, Value, child, emit_local, may_be_absent
from translator.memo import replace
from translator.paths import Path
from translator.schema.types import Object, Scalar, SchemaType, Union
from translator.validation.structs import FORMAT_TESTS, is_struct
from translator.validation.subtypes import accepts

MAX_LEAVES = 10
"""The validator is faster for events with more leaves than this."""


def can_check_inline(source_type: Object | Union) -> bool:
    """Whether tests can express the whole schema of an event and are faster than the validator."""
    variants = source_type.variants.values() if isinstance(source_type, Union) else (source_type,)
    groups = (list(islice(_leaves(variant), MAX_LEAVES + 1)) for variant in variants)
    return all(len(group) <= MAX_LEAVES and all(map(_is_testable, group)) for group in groups)


def _leaves(schema_type: SchemaType) -> Iterator[SchemaType]:
    """Yield the types of the leaves; an object that may be absent or open counts as a leaf."""
    match schema_type:
        case Object(exact=True, key_pattern="", additional=None, fields=fields):
            for field in fields.values():
                yield from [field.type] if may_be_absent(field) else _leaves(field.type)
        case _:
            yield schema_type


def _is_testable(leaf: SchemaType) -> bool:
    match leaf:
        case Scalar(exact=True, format="", types=types, enum=enum):
            return bool(types) and all(isinstance(value, str) for value in enum or ())
    return False


def emit_input_checks(event: Value, choice: Choice, scope: Scope) -> None:
    """Emit the reads of all fields and their tests; `choice` is what the variant implies."""
    first, *tests = _object_tests(event, (), choice, scope)
    for line in ("if not (", f"    {first}", *(f"    and {test}" for test in tests), "):"):
        scope.block.add(line)
    scope.block.add("    validate(event)")


def emit_struct_checks(event: Value, scope: Scope) -> None:
    """Emit the tests that the types of a struct cannot express, such as formats.

    If one fails, the event is read and validated again on the ordinary route. In code that
    `collects`, the strings are collected, and there are no tests.
    """
    tests = list(_struct_tests(event, scope))
    if tests:
        scope.block.add("raise FallBack", condition=f"not ({' and '.join(tests)})")


def _struct_tests(value: Value, scope: Scope) -> Iterator[str]:
    assert isinstance(value.type, Object)
    for name, field in value.type.fields.items():
        if not _needs_struct_tests(field.type):
            continue
        field_value = child(value, name, scope)
        assert isinstance(field_value, Value)
        if isinstance(field.type, Object):
            yield from _struct_tests(field_value, scope)
            continue
        assert isinstance(field.type, Scalar)
        variable = _emit_read(value, name, field_value, scope)
        if scope.options.collects:
            # A collected value that is not a string is valid: formats do not apply to it.
            scope.block.add(f"{COLLECTIONS[field.type.format]}.append({variable})")
            continue
        test = FORMAT_TESTS[field.type.format].format(variable)
        exceptions = f"{variable} is None or " if field_value.optional else ""
        if field.type.types != {"string"}:
            exceptions += f"{variable}.__class__ is not str or "
        yield f"({exceptions}{test})" if exceptions else test


def _needs_struct_tests(schema_type: SchemaType) -> bool:
    """Whether the type of a struct field cannot express all of its schema."""
    match schema_type:
        case Object() if is_struct(schema_type):
            return any(_needs_struct_tests(field.type) for field in schema_type.fields.values())
        case Scalar(format=format_name, enum=None):
            return format_name in FORMAT_TESTS
    return False


def _object_tests(value: Value, path: Path, choice: Choice, scope: Scope) -> Iterator[str]:
    schema_type, code = value.type, value.emit()
    assert isinstance(schema_type, Object)
    if path:
        yield f"{code}.__class__ is dict"
    if all(field.required for field in schema_type.fields.values()):
        yield f"len({code}) == {len(schema_type.fields)}"
    else:
        known_names = scope.pool.intern("known", f"frozenset({sorted(schema_type.fields)!r})")
        yield f"{known_names}.issuperset({code})"
    for name, field in schema_type.fields.items():
        field_value, field_path = child(value, name, scope), (*path, name)
        assert isinstance(field_value, Value)
        if isinstance(field.type, Object):
            yield from _object_tests(field_value, field_path, choice, scope)
            continue
        assert isinstance(field.type, Scalar)
        known_value = choice.get(field_path)
        is_compared = isinstance(known_value, str) and accepts(field.type, known_value)
        if is_compared and not may_be_absent(field):
            # The dispatch compares the value; only its class remains to be tested.
            yield f"{field_value.emit()}.__class__ is str"
            continue
        variable = _emit_read(value, name, field_value, scope)
        test = _scalar_test(field.type, variable, scope.pool)
        if field.type.nullable:
            test = f"({test} or {variable} is None)"
        elif not field.required:
            test = f"({test} or {variable} is None and {name!r} not in {code})"
        yield test


def _emit_read(parent: Value, name: str, value: Value, scope: Scope) -> str:
    """Emit the read of a field into a variable, which later reads use; returns the variable."""
    variable = emit_local(value, scope, name)
    parent.fields[name] = replace(value, emit=lambda: variable)
    return variable


def _scalar_test(schema_type: Scalar, name: str, pool: ConstantPool) -> str:
    types = schema_type.types
    tests = [
        " and ".join(_type_tests(json_type, schema_type, name, pool))
        for json_type in sorted(types - {"integer"} if "number" in types else types)
    ]
    return tests[0] if len(tests) == 1 else "(" + " or ".join(tests) + ")"


def _type_tests(json_type: str, scalar: Scalar, name: str, pool: ConstantPool) -> Iterator[str]:
    if json_type == "string":
        yield f"{name}.__class__ is str"
        if scalar.enum is not None:
            yield enum_test(scalar.enum, name, pool)
        yield from (check.test for check in string_checks(UNKNOWN, scalar, name, pool))
        if scalar.min_length > 1 or scalar.max_length is not None:
            yield f"{name}.isascii()"  # the validator does not count lone surrogates
        elif scalar.enum is None:
            yield f"({name}.isascii() or {name}.encode())"  # raises at a lone surrogate
    elif scalar.enum is not None:
        yield "False"  # an enum lists only strings
    elif json_type == "boolean":
        yield f"{name}.__class__ is bool"
    else:
        is_number = json_type == "number"
        is_integer = f"{name}.__class__ is int"
        yield f"({name}.__class__ is float or {is_integer})" if is_number else is_integer
        yield from (check.test for check in range_checks(UNKNOWN, scalar, name))
        if is_number:
            yield f"-1e308 < {name} < 1e308"  # false for NaN and infinities
