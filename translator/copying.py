"""Copies of whole parts of an event: what of them the target has a place for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from translator.code import Pool
from translator.runtime import WHOLE
from translator.shapes import ListOf, Member, Object, Scalar, Shape, member
from translator.symbols import Value


def copied(value: Value, code: str, target: Shape, pool: Pool) -> str:
    """The code of a copy of the list or object in `code`, so that the event is never shared."""
    plan = _plan(value.shape, target)
    flat = isinstance(value.shape, ListOf) and isinstance(value.shape.items, Scalar)
    if flat and (plan is None or plan["[]"] is None):
        return f"list({code})"
    known = "" if plan is None else ", " + pool.constant("known", repr(plan))
    return f"copy_known({code}{known})"


def narrowed(value: Value, target: Shape) -> Value:
    """A value as the next mapping reads it: without what `target`, in between, has no place for."""
    if isinstance(value.shape, Scalar):
        return value
    return replace(
        value, shape=_common(value.shape, target), converted=False, members={}, inside=[]
    )


def _common(source: Shape, target: Shape) -> Shape:
    """The shape of what is left of `source` in `target`."""
    match source, target:
        case Object(), Object():
            members: dict[str, Member] = {}
            for name in dict.fromkeys((*source.members, *target.members)):
                given, place = member(source, name), member(target, name)
                if given is not None and place is not None:
                    members[name] = replace(given, shape=_common(given.shape, place.shape))
            free = source.free and target.free and _common(source.free, target.free)
            return replace(source, members=members, free=free)
        case ListOf(), ListOf():
            return replace(source, items=_common(source.items, target.items))
    return source


def _plan(source: Shape, target: Shape) -> Any:
    """What `runtime.copy_known` copies: members by name, `*` for all others, `[]` for items."""
    match source, target:
        case Object(), Object():
            plan: dict[str, Any] = {}
            for name in dict.fromkeys((*source.members, *target.members)):
                given, place = member(source, name), member(target, name)
                if given is not None and place is not None:
                    plan[name] = _plan(given.shape, place.shape)
            if source.free is not None and target.free is not None:
                plan["*"] = _plan(source.free, target.free)
            return plan
        case Object(), _:
            plan = {name: _plan(one.shape, one.shape) for name, one in source.members.items()}
            if source.free is not None:
                plan["*"] = _plan(source.free, source.free)
            return plan
        case ListOf(), ListOf():
            return {"[]": _plan(source.items, target.items)}
        case Scalar(), Scalar():
            due = "integer" in target.types and "number" not in target.types
            return WHOLE if due and source.types & {"integer", "number"} else None
    return None
