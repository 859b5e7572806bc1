"""Emit the validation of small events: each field is read once, to validate and translate it.

The tests never accept an invalid event. They may reject a valid one (with a field that the spec
does not name, or with 15.0 for 15); emitted code then calls the validator, which decides and
produces the message. For larger events the validator is faster, and is called first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from translator.compiler.checks import RANGE_BOUNDS, enum_test
from translator.compiler.source import ConstantPool
from translator.compiler.specialize import Choice
from translator.compiler.symbols import Scope, Value, child, emit_local
from translator.paths import Path
from translator.schema.types import Object, Scalar, SchemaType, Union, accepts
from translator.validation.structs import FORMAT_TESTS, is_struct

MAX_LEAVES = 10
"""The validator is faster for events with more leaves than this."""


def can_check_inline(source_type: Object | Union) -> bool:
    """Whether tests can express the whole schema of an event and are faster than the validator."""
    variants = source_type.variants.values() if isinstance(source_type, Union) else (source_type,)
    return all(sum(map(_cost, _leaves(variant))) <= MAX_LEAVES for variant in variants)


def _leaves(schema_type: SchemaType) -> Iterator[SchemaType]:
    """Yield the types of the leaves; an object that may be absent or open counts as a leaf."""
    if (
        not isinstance(schema_type, Object)
        or not schema_type.exact
        or schema_type.key_pattern
        or schema_type.additional
    ):
        yield schema_type
        return
    for field in schema_type.fields.values():
        is_always_present = field.required and not getattr(field.type, "nullable", False)
        if isinstance(field.type, Scalar) or not is_always_present:
            yield field.type
        else:
            yield from _leaves(field.type)


def _cost(leaf: SchemaType) -> int:
    """Return 1 for a leaf that a test can validate, else more than the maximum."""
    is_testable = (
        isinstance(leaf, Scalar)
        and not leaf.format
        and leaf.types
        and all(isinstance(value, str) for value in leaf.enum or ())
    )
    return 1 if is_testable else MAX_LEAVES + 1


def emit_input_checks(event: Value, choice: Choice, scope: Scope, pool: ConstantPool) -> None:
    """Emit the reads of all fields and their tests; `choice` is what the variant implies."""
    tests = list(_object_tests(event, (), choice, scope, pool))
    block = scope.block
    block.add("if not (")
    for number, test in enumerate(tests):
        block.add(f"    {'and ' * bool(number)}{test}")
    block.add("):")
    block.add("    validate(event)")


def emit_struct_checks(event: Value, scope: Scope) -> None:
    """Emit the tests that the types of a struct cannot express, such as formats.

    If one fails, the event is read and validated again on the ordinary route.
    """
    tests = list(_struct_tests(event, scope))
    if tests:
        scope.block.add("raise FallBack", condition=f"not ({' and '.join(tests)})")


def _struct_tests(value: Value, scope: Scope) -> Iterator[str]:
    assert isinstance(value.type, Object)
    for name, field in value.type.fields.items():
        if _needs_struct_tests(field.type):
            field_value = child(value, name, scope)
            assert isinstance(field_value, Value)
            if isinstance(field.type, Object):
                yield from _struct_tests(field_value, scope)
                continue
            assert isinstance(field.type, Scalar)
            variable = emit_local(field_value, scope, name)
            value.fields[name] = _with_code(field_value, variable)
            test = FORMAT_TESTS[field.type.format].format(variable)
            exceptions = f"{variable} is None or " if field_value.optional else ""
            if field.type.types != {"string"}:
                exceptions += f"{variable}.__class__ is not str or "
            yield f"({exceptions}{test})" if exceptions else test


def _needs_struct_tests(schema_type: SchemaType) -> bool:
    """Whether the type of a struct field cannot express all of its schema."""
    if isinstance(schema_type, Object) and is_struct(schema_type):
        return any(_needs_struct_tests(field.type) for field in schema_type.fields.values())
    return (
        isinstance(schema_type, Scalar)
        and schema_type.format in FORMAT_TESTS
        and schema_type.enum is None
    )


def _object_tests(
    value: Value, path: Path, choice: Choice, scope: Scope, pool: ConstantPool
) -> Iterator[str]:
    schema_type = value.type
    assert isinstance(schema_type, Object)
    code = value.emit()
    if path:
        yield f"{code}.__class__ is dict"
    if all(field.required for field in schema_type.fields.values()):
        yield f"len({code}) == {len(schema_type.fields)}"
    else:
        known_names = pool.intern("known", f"frozenset({sorted(schema_type.fields)!r})")
        yield f"{known_names}.issuperset({code})"
    for name, field in schema_type.fields.items():
        field_value, field_path = child(value, name, scope), (*path, name)
        assert isinstance(field_value, Value)
        if isinstance(field.type, Object):
            yield from _object_tests(field_value, field_path, choice, scope, pool)
            continue
        assert isinstance(field.type, Scalar)
        known_value = choice.get(field_path)
        is_always_present = field.required and not field.type.nullable
        if is_always_present and isinstance(known_value, str) and accepts(field.type, known_value):
            # The dispatch compares the value; only its class remains to be tested.
            yield f"{field_value.emit()}.__class__ is str"
            continue
        variable = field_value.emit()
        if not variable.isidentifier():
            variable = scope.names.fresh(name)
            scope.block.add(f"{variable} = {field_value.emit()}")
            value.fields[name] = _with_code(field_value, variable)
        test = _scalar_test(field.type, variable, pool)
        if field.type.nullable:
            test = f"({test} or {variable} is None)"
        elif not field.required:
            test = f"({test} or {variable} is None and {name!r} not in {code})"
        yield test


def _with_code(value: Value, code: str) -> Value:
    """Return a value that has been emitted into a variable."""
    return replace(value, emit=lambda: code)


def _scalar_test(schema_type: Scalar, name: str, pool: ConstantPool) -> str:
    json_types = (
        schema_type.types - {"integer"} if "number" in schema_type.types else schema_type.types
    )
    tests = [
        " and ".join(_type_tests(json_type, schema_type, name, pool))
        for json_type in sorted(json_types)
    ]
    return tests[0] if len(tests) == 1 else "(" + " or ".join(tests) + ")"


def _type_tests(
    json_type: str, schema_type: Scalar, name: str, pool: ConstantPool
) -> Iterator[str]:
    is_open = schema_type.enum is None
    match json_type:
        case "string":
            yield f"{name}.__class__ is str"
            if schema_type.enum is not None:
                yield enum_test(schema_type.enum, name, pool)
            if schema_type.min_length == 1:
                yield name
            elif schema_type.min_length:
                yield f"len({name}) >= {schema_type.min_length}"
            if schema_type.max_length is not None:
                yield f"len({name}) <= {schema_type.max_length}"
            if schema_type.min_length > 1 or schema_type.max_length is not None:
                yield f"{name}.isascii()"  # the validator does not count half surrogate pairs
            elif is_open:
                yield f"({name}.isascii() or {name}.encode())"  # raises at half a surrogate pair
        case "boolean":
            yield f"{name}.__class__ is bool" if is_open else "False"
        case "integer":
            yield f"{name}.__class__ is int" if is_open else "False"
            yield from _range_tests(schema_type, name)
        case _:
            yield f"({name}.__class__ is float or {name}.__class__ is int)" if is_open else "False"
            yield from _range_tests(schema_type, name)
            if is_open:
                yield f"-1e308 < {name} < 1e308"  # false for NaN and infinities


def _range_tests(schema_type: Scalar, name: str) -> Iterator[str]:
    for bound, (operator, _) in RANGE_BOUNDS.items():
        limit = getattr(schema_type, bound)
        if limit is not None:
            yield f"{name} {operator} {limit!r}"
