"""What emitted code calls at run time. Nothing here knows of mappings, specs or the compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, repeat
from math import isfinite
from typing import Any

from translator.errors import TranslationError


class FallBack(Exception):
    """An event that was read into a struct is to be read and judged in the ordinary way."""


Refuse = TranslationError


class _EmptyStruct:
    """A struct of which nothing is there."""

    __slots__ = ()

    def __getattr__(self, name: str) -> None:
        return None


NO_FIELDS = _EmptyStruct()
"""What members of a struct that is absent are read from."""

EMPTY_OBJECT: Mapping[str, Any] = {}
"""What the members of an object are read from that is not there."""

INTEGER_PLAN = "whole"
"""The plan of a place for integers, where 15.0 is written 15."""

_MAX_LENGTH = 80

_MAX_ITEMS = 100

CopyPlan = Mapping[str, Any] | str | None
"""Which members of an object to copy: a plan for each by name, `*` for all others."""


def copy_known(value: Any, plan: Any = None) -> Any:
    """A deep copy of JSON data, less the members that `plan` does not name, and less nulls.

    Raises `ValueError` or `TypeError` where it comes upon what is no JSON: half of a surrogate
    pair, NaN, a name that is no text, or an object of another class.
    """
    if isinstance(value, dict):
        if plan is None:
            _check_names(value)
            return {key: copy_known(item) for key, item in value.items()}
        default_plan = plan.get("*", False)
        if default_plan is not False:
            _check_names(value)
        return {
            key: copy_known(item, nested_plan)
            for key, item in value.items()
            if item is not None and (nested_plan := plan.get(key, default_plan)) is not False
        }
    if isinstance(value, list | tuple):
        nested_plan = plan["[]"] if plan is not None else None
        return [copy_known(item, nested_plan) for item in value]
    if isinstance(value, str):
        value.isascii() or value.encode()
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is no JSON")
    elif value is not None and not isinstance(value, int | float):
        raise TypeError(f"a {type(value).__name__} is no JSON")
    return as_integer(value) if plan == INTEGER_PLAN else value


def _check_names(value: dict[Any, Any]) -> None:
    for name in value:
        str.isascii(name) or name.encode()


def zip_lists(*lists: list[Any] | None) -> Iterator[tuple[Any, ...]]:
    """The elements of parallel lists, with None for each element of a list that is absent."""
    return zip(
        *(repeat(None) if elements is None else elements for elements in lists), strict=False
    )


def check_same_length(code: str, path: str, *lists: tuple[str, list[Any] | None]) -> None:
    """Refuse parallel lists of different lengths, which no longer say what belongs together."""
    first: tuple[str, int] | None = None
    for name, elements in lists:
        if elements is None:
            continue
        if first is None:
            first = (name, len(elements))
        elif len(elements) != first[1]:
            raise TranslationError(
                code,
                path,
                f"{name} has {len(elements)} elements and {first[0]} has {first[1]}: "
                "lists that are lined up must be of one length",
            )
    if first is not None and lists[0][1] is None and first[1]:
        raise TranslationError(
            code, path, f"{first[0]} is given without {lists[0][0]}, which it is lined up with"
        )


def all_or_none(values: list[Any], path: str, name: str) -> list[Any] | None:
    """A list for the members that some elements have: absent if none has, refused if only some."""
    missing = values.count(None)
    if not missing:
        return values
    if missing == len(values):
        return None
    raise TranslationError(
        "unmappable-value",
        path,
        f"{name} is lined up with its items, and only {len(values) - missing} of "
        f"{len(values)} have one: give it for all or for none",
    )


def flatten_carried(
    carried: Mapping[str, Any] | None,
    own_format: str,
    prefix: str,
    separator: str,
    slot: tuple[str, ...],
    path: str,
    problem_of: Callable[[Any], str | None] | None = None,
) -> dict[str, Any]:
    """Carried values under flat keys at `slot`, those of the format `own` apart.

    `problem_of` says what keeps a value from the slot, if anything may.
    """
    flat: dict[str, Any] = {}
    for vendor, fields in (carried or {}).items():
        for name, value in (fields or {}).items() if vendor != own_format else ():
            if value is None:
                continue
            if problem_of is not None and (problem := problem_of(value)) is not None:
                field_path = f"{path}{path_step(vendor)}{path_step(name)}"
                raise TranslationError(
                    "unmappable-value", field_path, f"cannot be carried: {problem}"
                )
            flat[f"{prefix}{vendor}{separator}{name}"] = copy_known(value)
    for name in reversed(slot):
        flat = {name: flat} if flat else flat
    return flat


def merge(base: dict[str, Any] | None, extras: dict[str, Any], path: str) -> Any:
    """Add `extras` to `base`, objects into objects; refused where a value is there already."""
    if base is None:
        return extras or None
    for name, value in extras.items():
        if name not in base:
            base[name] = value
        elif isinstance(value, dict) and isinstance(base[name], dict):
            merge(base[name], value, path)
        else:
            raise TranslationError(
                "unmappable-value",
                path,
                f"{name!r} is carried and also stands in the event: rename one of them",
            )
    return base


def set_key(target: dict[str, Any], key: str | None, value: Any, path: str) -> None:
    """Set a free key, which must be given and not be there yet."""
    if key is None:
        raise TranslationError(
            "unmappable-value", path, "a member of an object needs a name, and this one has none"
        )
    if key in target:
        raise TranslationError(
            "unmappable-value", path, f"the key {key!r} comes twice, and an object holds it once"
        )
    target[key] = value


def look_up_id(table: Mapping[str, str], name: str, key: str, path: str) -> str:
    """The id that a crosswalk gives for `key`; refused where it has none."""
    try:
        return table[key]
    except KeyError:
        raise TranslationError(
            "unmappable-id",
            path,
            f"the crosswalk {name!r} has no row for {format_value(key)}: add one",
        ) from None


def format_value(value: object) -> str:
    """A value as messages show it: bounded in length."""
    if isinstance(value, str):
        text = repr(value if len(value) <= _MAX_LENGTH else value[:_MAX_LENGTH])
    elif isinstance(value, dict | list | tuple):
        text = _format_container(value)
    else:
        text = repr(value) if not isinstance(value, int) or abs(value) < 10**50 else "a huge number"
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."


def _format_container(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> str:
    """A list or object, if it can be shown; of a large one, what it is."""
    pending: list[Any] = [value]
    for item in pending:
        if isinstance(item, dict | list | tuple):
            pending += islice(item.values() if isinstance(item, dict) else item, _MAX_ITEMS)
        if len(pending) > _MAX_ITEMS:
            break
    else:
        try:
            return repr(value)
        except ValueError:  # an integer of more digits than Python writes
            pass
    return f"an object of {len(value)}" if isinstance(value, dict) else f"a list of {len(value)}"


def iter_leaves(value: Any, path: str = "$") -> Iterable[tuple[str, Any]]:
    """Each leaf of an event with its JSON path; an empty list or object is a leaf."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from iter_leaves(item, path + path_step(key))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from iter_leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def is_integer(value: Any) -> bool:
    """Whether a value is an integer as JSON Schema has it: 15.0 is one, true is not."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def is_one_of(value: Any, allowed: list[Any]) -> bool:
    """Whether a value is in an enum as JSON has it: true is not 1."""
    is_bool = isinstance(value, bool)
    return any(
        value == candidate and is_bool == isinstance(candidate, bool) for candidate in allowed
    )


def as_integer(value: Any) -> Any:
    """An integer that came as a float, such as 15.0, as what it is: 15."""
    return int(value) if isinstance(value, float) else value


def path_step(name: str) -> str:
    """The step of a JSON path to a member."""
    return f".{name}" if name.isidentifier() else f"[{name!r}]"
