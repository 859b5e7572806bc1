"""Whether every value of one shape is proved to be one of another."""

from __future__ import annotations

from translator.shapes import (
    SCALARS,
    ListOf,
    Object,
    Opaque,
    Scalar,
    Shape,
    Union,
    accepts,
    meaning,
    member,
)


def fits(source: Shape, target: Shape) -> bool:
    """Whether every value of `source`, null apart, is proved to be one of `target`."""
    match source, target:
        case Scalar(), Scalar():
            return _scalar_fits(source, target)
        case Scalar(), Opaque():
            return source.types <= _free_scalars(target)
        case ListOf(), ListOf():
            known = target.exact and not _nullable(source.items)
            return known and fits(source.items, target.items)
        case ListOf(), Opaque():
            return not _nullable(source.items) and _list_fits(source.items, target)
        case Object(), Object():
            return _object_fits(source, target)
        case Opaque(), Opaque():
            return source.text == target.text
    return False


def _free_scalars(target: Opaque) -> set[str]:
    """The scalar types of which an opaque shape takes every value."""
    said = set(meaning(target.schema))
    if not said:
        return set(SCALARS)
    types = target.schema.get("type", ())
    listed = {types} if isinstance(types, str) else set(types)
    if said <= {"type", "anyOf"} and all(
        set(branch) <= {"items"} for branch in target.schema.get("anyOf", ())
    ):
        return (listed & SCALARS) | ({"integer"} if "number" in listed else set())
    return set()


def _list_fits(items: Shape, target: Opaque) -> bool:
    if not isinstance(items, Scalar) or not _free_scalars(target):
        return False
    branches = target.schema.get("anyOf", [{}])
    takes = [branch.get("items", {}).get("type") for branch in branches]
    return any(items.types <= {kind, "integer" if kind == "number" else kind} for kind in takes)


def _object_fits(source: Object, target: Object) -> bool:
    """Whether a copy fits that leaves out nulls and whatever the target has no place for."""
    if not target.exact:
        return False
    for name, wanted in target.members.items():
        given = member(source, name)
        if wanted.required and not (given and given.required and not _nullable(given.shape)):
            return False
        if given is not None and not fits(given.shape, wanted.shape):
            return False
    if target.free is None:
        return True
    others = [one.shape for name, one in source.members.items() if name not in target.members]
    others += [source.free] if source.free is not None else []
    same_keys = not target.key_pattern or source.key_pattern == target.key_pattern
    return same_keys and all(fits(shape, target.free) for shape in others)


_SHORTEST = {"date-time": len("2024-05-01T12:00:00Z"), "uuid": 36}


def shortest(text: Scalar) -> int:
    """How many characters a text of a shape has at least."""
    return max(text.min_length, _SHORTEST.get(text.format, 0))


def _nullable(shape: Shape) -> bool:
    return not isinstance(shape, Union) and shape.nullable


def _scalar_fits(source: Scalar, target: Scalar) -> bool:
    if source.enum is not None:
        return all(accepts(target, value) for value in source.enum)
    if target.enum is not None:
        return False
    numbers = {"integer", "number"}
    for kind in source.types:
        if kind not in target.types and not (kind == "integer" and "number" in target.types):
            return False
        if kind == "string":
            top = target.max_length
            if shortest(source) < target.min_length:
                return False
            if top is not None and (source.max_length is None or source.max_length > top):
                return False
            if target.format and source.format != target.format:
                return False
        if kind in numbers and not _range_fits(source, target):
            return False
    return True


def _range_fits(source: Scalar, target: Scalar) -> bool:
    low = max((x for x in (source.minimum, source.above) if x is not None), default=None)
    high = min((x for x in (source.maximum, source.below) if x is not None), default=None)
    if target.minimum is not None and (low is None or low < target.minimum):
        return False
    if target.maximum is not None and (high is None or high > target.maximum):
        return False
    # At the very bound the source has to leave it out, too.
    if target.above is not None and (low is None or low <= target.above != source.above):
        return False
    return target.below is None or (high is not None and not high >= target.below != source.below)
