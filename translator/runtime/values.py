"""Copy, merge, check and format JSON values: the helpers that emitted code calls most."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from enum import Enum
from itertools import islice, repeat
from math import isfinite
from typing import Any, NamedTuple

from translator.errors import TranslationError
from translator.paths import LIST_ITEM, MAP_ENTRY, is_picked


class FallBack(Exception):
    """An event that was decoded into a struct must be decoded and validated as a dict instead."""


Refuse = TranslationError


class _EmptyStruct:
    """A struct whose fields are all absent."""

    __slots__ = ()

    def __getattr__(self, name: str) -> None:
        return None


NO_FIELDS = _EmptyStruct()
"""Stands for an absent struct: each of its fields reads as None."""

EMPTY_OBJECT: Mapping[str, Any] = {}
"""Stands for an absent object."""

INTEGER_PLAN = "whole"
"""The copy plan of an integer field: 15.0 is written as 15."""

_MAX_LENGTH = 80

_MAX_ITEMS = 100


class StaticNotes:
    """Notes about an event that some code always makes; hashed fast, by identity."""

    __slots__ = ("notes",)

    def __init__(self, notes: tuple[Any, ...]) -> None:
        self.notes = notes


class CopyPlan(NamedTuple):
    """How to copy an object or a list: the plan of each field, of all other fields, and of items.

    A plan of None copies everything, False drops the field. Nulls are dropped, except those of the
    fields in `nulls` and of lists.
    """

    fields: Mapping[str, Any] = {}
    others: Any = False
    items: Any = None
    nulls: frozenset[str] = frozenset()


def copy_known(value: Any, plan: Any = None) -> Any:
    """Copy JSON data deeply, according to a `CopyPlan`, `INTEGER_PLAN` or None.

    Raises `ValueError` or `TypeError` for data that is not JSON: a lone surrogate, NaN, a
    field name that is not a string, or an object of another class, which subclasses of `str` and
    numbers are, too, unless they are enums.
    """
    if isinstance(value, dict):
        if not isinstance(plan, CopyPlan):
            _check_names(value)
            return {key: copy_known(item) for key, item in value.items()}
        if plan.others is not False:
            _check_names(value)
        return {
            key: copy_known(item, nested_plan)
            for key, item in value.items()
            if (nested_plan := plan.fields.get(key, plan.others)) is not False
            and (item is not None or key in plan.nulls)
        }
    if isinstance(value, list | tuple):
        nested_plan = plan.items if isinstance(plan, CopyPlan) else None
        return [copy_known(item, nested_plan) for item in value]
    kind = value.__class__
    if kind is str:
        value.isascii() or value.encode()
    elif kind is float:
        if not isfinite(value):
            raise ValueError(f"{value} is not JSON")
    elif kind is not int and kind is not bool and value is not None:
        _check_enum_member(value)
    return as_integer(value) if plan == INTEGER_PLAN else value


def plan_below(plan: CopyPlan, step: str) -> Any:
    """Return the plan by which the part of a value at a step of a path is copied."""
    if step == LIST_ITEM:
        return plan.items
    return plan if step == MAP_ENTRY else plan.fields.get(step, plan.others)


def is_kept(plan: Any, path: Iterable[str], value: Any) -> bool:
    """Whether a copy by a plan has the value at a path."""
    is_null_kept = True
    for step in path:
        if not isinstance(plan, CopyPlan):
            return plan is not False
        is_null_kept = step == LIST_ITEM or step in plan.nulls
        plan = plan_below(plan, step)
    return plan is not False and (value is not None or is_null_kept)


def _check_names(value: dict[Any, Any]) -> None:
    for name in value:
        if name.__class__ is not str:
            raise TypeError(f"a field name of type {type(name).__name__} is not JSON")
        name.isascii() or name.encode()


def _check_enum_member(value: Any) -> None:
    """Raise `TypeError` for a scalar of a class that JSON lacks; an enum's are read as theirs."""
    if not isinstance(value, Enum) or not isinstance(value, str | int | float):
        raise TypeError(f"a {type(value).__name__} is not JSON")
    copy_known(value.value)


def zip_lists(*lists: list[Any] | None) -> Iterator[tuple[Any, ...]]:
    """Iterate over parallel lists, with None for each element of a list that is absent."""
    return zip(*(repeat(None) if values is None else values for values in lists), strict=False)


def check_same_length(code: str, path: str, *lists: tuple[str, list[Any] | None]) -> None:
    """Refuse parallel lists, given with their names, if their lengths differ.

    Only the first list may not be absent while another one has elements.
    """
    present = [(name, len(elements)) for name, elements in lists if elements is not None]
    if not present:
        return
    first_name, length = present[0]
    for name, other in present:
        if other != length:
            counts = f"{name} has {other} elements and {first_name} has {length}"
            message = f"{counts}: parallel lists must have the same length"
            raise TranslationError(code, path, message)
    if lists[0][1] is None and length:
        message = f"{first_name} is given without its parallel list {lists[0][0]}"
        raise TranslationError(code, path, message)


def all_or_none(values: list[Any], path: str, name: str) -> list[Any] | None:
    """Return the values of a field of list elements, or None if no element has the field.

    Refuses a list in which only some elements have it.
    """
    missing = values.count(None)
    if not missing:
        return values
    if missing == len(values):
        return None
    count = f"only {len(values) - missing} of {len(values)} items have a value for {name}"
    message = f"{count}: give it for all of them or for none"
    raise TranslationError("unmappable-value", path, message)


def lose_notes(notes: list[Any], start: int, because: str) -> None:
    """Replace the notes of written values, from `start` on, by one of their loss."""
    paths: list[str] = []
    for note in notes[start:]:
        for part in note.notes if isinstance(note, StaticNotes) else (note,):
            paths += part[1] if isinstance(part[0], int) else ()
    notes[start:] = [("lost", tuple(paths), because)]


def flatten_carried(
    carried: Mapping[str, Any] | None,
    own_format: str,
    prefix: str,
    separator: str,
    slot: tuple[str, ...],
    path: str,
    problem_of: Callable[[Any], str | None] | None = None,
    skip: bool = False,
) -> dict[str, Any]:
    """Return the values carried for other formats, flattened into one object at the path `slot`.

    The keys are `{prefix}{format}{separator}{name}`. `problem_of` returns why the slot cannot hold
    an object with one of these keys, or None; such a value is refused, with `skip` left out. One
    of a format whose name contains the separator is refused: its key could be read as another.
    """
    if carried is None:
        return {}
    if not isinstance(carried, dict):
        raise _refuse_carried(f"{format_value(carried)} is not an object", path)
    flat: dict[str, Any] = {}
    for vendor, fields in carried.items():
        if vendor == own_format or fields is None:
            continue
        if not isinstance(fields, dict):
            raise _refuse_carried(f"{format_value(fields)} is not an object", path, vendor)
        for name, value in fields.items():
            if value is None:
                continue
            if not is_restorable(vendor, separator):
                problem = f"the format name {vendor!r} contains the separator {separator!r}"
                raise _refuse_carried(problem, path, vendor, name)
            key = f"{prefix}{vendor}{separator}{name}"
            if problem_of is not None and (found := problem_of({key: value})) is not None:
                if skip:
                    continue
                raise _refuse_carried(found, path, vendor, name)
            flat[key] = copy_known(value)
    for name in reversed(slot):
        flat = {name: flat} if flat else flat
    return flat


def stored_paths(
    fields: Any, key_prefix: str, path: str, problem_of: Callable[[Any], str | None]
) -> list[str]:
    """Return the paths of the values at `path` that the slot of `flatten_carried` can hold."""
    if not isinstance(fields, dict) or not fields:
        return [path]
    return [
        path + path_step(name)
        for name, value in fields.items()
        if value is not None and problem_of({key_prefix + name: value}) is None
    ]


def _refuse_carried(problem: str, path: str, *names: str) -> TranslationError:
    place = path + "".join(map(path_step, names))
    return TranslationError("unmappable-value", place, f"cannot be carried: {problem}")


def is_restorable(vendor: str, separator: str) -> bool:
    """Whether the key of a carried value shows where the name of its format ends."""
    return bool(separator) and (vendor + separator).index(separator) == len(vendor)


def merge(
    base: dict[str, Any] | None, extras: dict[str, Any], path: str, depth: int | None = None
) -> Any:
    """Merge `extras` into `base`; refuse to replace a value.

    Objects in both are merged, too, up to `depth` levels down (None: all).
    """
    if base is None:
        return extras or None
    for name, value in extras.items():
        if name not in base:
            base[name] = value
        elif depth != 0 and isinstance(value, dict) and isinstance(base[name], dict):
            merge(base[name], value, path, None if depth is None else depth - 1)
        else:
            message = f"{name!r} is both carried and in the event: rename one of them"
            raise TranslationError("unmappable-value", path, message)
    return base


def rest_of(obj: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the fields of an object that are not null and not in `named`; None without any.

    A field whose entry in `named` is not None is an object named in part: its other fields remain.
    """
    rest: dict[str, Any] = {}
    for name, value in obj.items():
        left = value
        if name in named:
            inner = named[name]
            left = rest_of(value, inner) if inner is not None and isinstance(value, dict) else None
        if left is not None:
            rest[name] = left
    return rest or None


def refuse_named(value: Any, named: Mapping[str, Any], path: str) -> None:
    """Refuse an object that has a field in `named`, which has a meaning of its own."""
    for name, item in value.items() if isinstance(value, dict) else ():
        if name in named and item is not None:
            inner = named[name]
            if inner is not None and isinstance(item, dict):
                refuse_named(item, inner, path + path_step(name))
                continue
            message = f"{name!r} is a field with a meaning of its own: write it there"
            raise TranslationError("unmappable-value", path + path_step(name), message)


def has_field(value: Any, name: str, expected: Any) -> bool:
    """Whether a value is an object with a field of this value."""
    return isinstance(value, dict) and is_one_of(value.get(name), [expected])


def has_match(value: Any, name: str, search: Callable[[str], Any]) -> bool:
    """Whether a value is an object with a field in which a pattern is found."""
    string = value.get(name) if isinstance(value, dict) else None
    return isinstance(string, str) and search(string) is not None


Picks = tuple[int | str | tuple[str, str | Callable[[Any], Any]], ...]
"""What selects an element: an index, `last`, `only`, or a field and its value or a test of it."""


def pick_element(elements: list[Any] | None, picks: Picks, path: str) -> Any:
    """Return the element of a list that picks select, or None; `only` refuses several."""
    picked = elements or []
    for pick in picks:
        if isinstance(pick, tuple):
            name, test = pick
            fields = [(each, (each or {}).get(name)) for each in picked]
            picked = [
                each
                for each, value in fields
                if (is_picked(value, (name, test)) if isinstance(test, str) else test(value))
            ]
        elif pick == "only" and len(picked) > 1:
            message = "it has several elements, and only a list of one can be translated"
            raise TranslationError("unmappable-value", path, message)
        elif isinstance(pick, int):
            picked = picked[pick : pick + 1]
        else:
            picked = picked[-1:]
    return picked[0] if picked else None


def lacks_required(value: Any, required: Mapping[str, Any]) -> bool:
    """Whether an object lacks a required field; `required` has those of the objects in it."""
    return any(
        value.get(name) is None or (inner is not None and lacks_required(value[name], inner))
        for name, inner in required.items()
    )


def free_items(
    obj: Mapping[str, Any], named: Collection[str] = (), *, nulls: bool = False
) -> Iterator[tuple[str, Any]]:
    """Iterate over the free keys of an object and their values; without `nulls`, skip null.

    The fields in `named` are not free: the object's schema gives each its own meaning.
    """
    for key, value in obj.items():
        if key not in named and (nulls or value is not None):
            yield key, value


def set_key(
    target: dict[str, Any], key: str | None, value: Any, path: str, named: Collection[str] = ()
) -> None:
    """Set a free key of an object; refuse a missing or duplicate key, and one in `named`.

    The fields in `named` are not free: the object's schema gives each its own meaning.
    """
    if key is None:
        message = "a field of an object needs a name, and this one has none"
        raise TranslationError("unmappable-value", path, message)
    if key in named:
        message = f"the key {key!r} is a field with a meaning of its own: use another key"
        raise TranslationError("unmappable-value", path, message)
    if key in target:
        message = f"the key {key!r} appears twice, and an object can hold it only once"
        raise TranslationError("unmappable-value", path, message)
    target[key] = value


def look_up_id(table: Mapping[str, str], name: str, key: str, path: str) -> str:
    """Return the id that the crosswalk called `name` has for `key`; refuse an unknown key."""
    try:
        return table[key]
    except (KeyError, TypeError):
        message = f"the crosswalk {name!r} has no row for {format_value(key)}: add one"
        raise TranslationError("unmappable-id", path, message) from None


def format_value(value: object) -> str:
    """Format a value for a message, in at most 80 characters."""
    if isinstance(value, str):
        text = repr(value[:_MAX_LENGTH])
    elif isinstance(value, dict | list | tuple):
        text = _format_container(value)
    else:
        text = repr(value) if not isinstance(value, int) or abs(value) < 10**50 else "a huge number"
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."


def _format_container(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> str:
    """Format a list or object; only its kind and size if it is large."""
    if not has_more_values(value, _MAX_ITEMS):
        with suppress(ValueError):  # an integer with more digits than Python writes
            return repr(value)
    kind = "an object with {} fields" if isinstance(value, dict) else "a list of {} elements"
    return kind.format(len(value))


def has_more_values(value: Any, limit: int) -> bool:
    """Whether a value contains `limit` or more other values, directly or nested."""
    pending = [value]
    for item in pending:
        if isinstance(item, dict):
            pending += islice(item.values(), limit)
        elif isinstance(item, (list, tuple)):
            pending += islice(item, limit)
        else:
            continue
        if len(pending) > limit:
            return True
    return False


def iter_children(parent: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the JSON path, the step and the value of each field or element of a value."""
    if isinstance(parent, dict):
        for name, value in parent.items():
            yield path + path_step(name), name, value
    elif isinstance(parent, list | tuple):
        for index, value in enumerate(parent):
            yield f"{path}[{index}]", LIST_ITEM, value


def iter_leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Yield each leaf with its JSON path; an empty list or object is a leaf."""
    if value and isinstance(value, dict | list | tuple):
        for child_path, _, child in iter_children(value, path):
            yield from iter_leaves(child, child_path)
    else:
        yield path, value


def is_integer(value: Any) -> bool:
    """Whether a value is an integer in the sense of JSON Schema: 15.0 is, true is not."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def is_one_of(value: Any, allowed: list[Any]) -> bool:
    """Whether a value equals one of the values of an enum; true does not equal 1."""
    is_bool = isinstance(value, bool)
    return any(value == item and is_bool == isinstance(item, bool) for item in allowed)


def as_integer(value: Any) -> Any:
    """Convert a float such as 15.0 to an int; return other values unchanged.

    A float beyond 2**53 stays one: as an integer, it would be written with other digits.
    """
    return int(value) if isinstance(value, float) and abs(value) < 2**53 else value


def path_step(name: str) -> str:
    """Return the JSON path step to a field."""
    name = str.__str__(name)  # a subclass, such as an enum, may be written differently
    return f".{name}" if name.isidentifier() else f"[{name!r}]"
