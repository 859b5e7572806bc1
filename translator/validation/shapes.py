"""Compute shapes of events: which fields an event has, how long its lists are, what is null.

What becomes of the fields of an event depends on its shape and on what emitted code notes about
it. Events of different shapes never have equal shapes here; events of one shape may have several,
for example if the order of their fields differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import compress, count
from typing import Any, Final

import msgspec

from translator.validation.structs import NotStructable

_MAX_DEPTH: Final = 20
"""Maximum nesting of structs; Python limits the nesting of parentheses."""

_KINDS: Final = {str: 0, int: 0, float: 0, bool: 0, type(None): None, dict: 1, list: 2}
"""What the shape of a value depends on, by its class; true if it contains other values."""

_kind_of_class = _KINDS.__getitem__

_SCALARS: Final = (
    msgspec.inspect.StrType,
    msgspec.inspect.IntType,
    msgspec.inspect.FloatType,
    msgspec.inspect.BoolType,
    msgspec.inspect.LiteralType,
)


def json_shape(value: Any) -> tuple[Any, ...]:
    """Return the shape of a JSON value. Raises `KeyError` if it has values of other classes."""
    kind = _kind_of_class(value.__class__)
    shape: list[Any] = [kind]
    parents = [value] if kind else []
    for parent in parents:
        # The length separates the names and kinds of one object or list from those of the next.
        shape.append(len(parent))
        if parent.__class__ is dict:
            shape += parent
            parent = parent.values()
        kinds = [*map(_kind_of_class, map(type, parent))]
        shape += kinds
        parents += compress(parent, kinds)
    return tuple(shape)


def struct_shapes(struct_type: Any) -> dict[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the functions that compute the shapes of structs of a type, by their classes.

    The JSON of these events must not contain null, which structs do not tell from absent fields.
    Raises `NotStructable` if a value may be one of several structs.
    """
    info = msgspec.inspect.type_info(struct_type)
    functions: dict[Any, Callable[[Any], tuple[Any, ...]]] = {}
    for variant in _alternatives(info):
        if not isinstance(variant, msgspec.inspect.StructType):
            raise NotStructable
        names = (f"value_{number}" for number in count(1))
        parts = ["event.__class__", *_struct_parts(variant, "event", names, 0)]
        namespace: dict[str, Any] = {"json_shape": json_shape}
        exec(f"def shape(event):\n    return {_tuple(parts)}", namespace)
        functions[variant.cls] = namespace["shape"]
    return functions


def may_hold_null(struct_type: Any) -> bool:
    """Whether an event that is decoded as a type may have a null anywhere."""
    pending = [msgspec.inspect.type_info(struct_type)]
    for info in pending:
        match info:
            case msgspec.inspect.UnionType(types=types):
                pending += types
            case msgspec.inspect.StructType(fields=fields):
                pending += [field.type for field in fields]
            case msgspec.inspect.ListType(item_type=nested):
                pending.append(nested)
            case msgspec.inspect.DictType(value_type=nested):
                pending.append(nested)
            case _ if not isinstance(info, _SCALARS):
                return True
    return False


def _alternatives(info: msgspec.inspect.Type) -> list[msgspec.inspect.Type]:
    """Return the types that a value may have if it is not null."""
    types = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    return [each for each in types if not isinstance(each, msgspec.inspect.NoneType)]


def _struct_parts(
    struct: msgspec.inspect.StructType, code: str, names: Iterator[str], depth: int
) -> Iterator[str]:
    """Yield the code for the shape of each field of a struct whose shape varies."""
    if depth > _MAX_DEPTH:
        raise NotStructable
    for field in struct.fields:
        name, attribute = next(names), f"{code}.{field.name}"
        shape = _shape_code(field.type, name, names, depth)
        if shape:
            yield f"None if ({name} := {attribute}) is None else {shape}"
        elif not field.required:
            yield f"{attribute} is None"


def _shape_code(info: msgspec.inspect.Type, code: str, names: Iterator[str], depth: int) -> str:
    """Return the code for the shape of a value that is not None; empty if it is always the same."""
    alternatives = _alternatives(info)
    if _is_scalar(info):
        return ""
    if not any(map(_has_structs, alternatives)):
        match alternatives:
            case [msgspec.inspect.ListType(item_type=item_type)] if _is_scalar(item_type):
                return f"len({code})"
            case [msgspec.inspect.DictType(value_type=value_type)] if _is_flat(value_type):
                lengths = (
                    f"[len({{0}}) if {{0}}.__class__ is list else -1 for {{0}} in {code}.values()]"
                )
                return f"(len({code}), *{code}, *{lengths.format(next(names))})"
        return f"json_shape({code})"
    if len(alternatives) > 1:
        raise NotStructable
    item, key = next(names), next(names)
    match alternatives[0]:
        case msgspec.inspect.StructType() as struct:
            return _tuple([*_struct_parts(struct, code, names, depth + 1)])
        case msgspec.inspect.ListType(item_type=item_type):
            shape = _shape_code(item_type, item, names, depth + 1)
            return f"tuple([{shape} for {item} in {code}])"
        case msgspec.inspect.DictType(value_type=value_type):
            shape = _shape_code(value_type, item, names, depth + 1)
            return f"tuple([({key}, {shape}) for {key}, {item} in {code}.items()])"
    raise NotStructable


def _is_scalar(info: msgspec.inspect.Type) -> bool:
    return all(isinstance(each, _SCALARS) for each in _alternatives(info))


def _is_flat(info: msgspec.inspect.Type) -> bool:
    """Whether a value is a scalar or a list of scalars, and not null."""
    types = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    return all(
        isinstance(each, _SCALARS)
        or (isinstance(each, msgspec.inspect.ListType) and isinstance(each.item_type, _SCALARS))
        for each in types
    )


def _has_structs(info: msgspec.inspect.Type) -> bool:
    match info:
        case msgspec.inspect.UnionType(types=types):
            return any(map(_has_structs, types))
        case (
            msgspec.inspect.ListType(item_type=nested) | msgspec.inspect.DictType(value_type=nested)
        ):
            return _has_structs(nested)
    return isinstance(info, msgspec.inspect.StructType)


def _tuple(parts: list[str]) -> str:
    return f"({''.join(f'{part}, ' for part in parts)})"
