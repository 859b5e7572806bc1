"""Carried values on data: into the one free slot that a format has for them, and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from translator.fitting import fits
from translator.inverse import Move, Source
from translator.moving import Mover
from translator.nodes import Same
from translator.origins import Use, through
from translator.sameness import is_plain
from translator.shapes import Object, Shape, member, shape_at
from translator.symbols import (
    ABSENT,
    Env,
    Flattened,
    Merged,
    Node,
    Scope,
    Seq,
    Tree,
    Value,
    child,
    resolve,
)
from translator.trees import place


def carry(tree: Tree, env: Env, scope: Scope, mover: Mover) -> None:
    """Add to a target what its mapping says of carried values, if it says anything."""
    if mover.directed.carries is None:
        return
    if mover.directed.to_left:
        _into_slot(tree, env, scope, mover)
    else:
        _out_of_slot(tree, env, scope, mover)


def _out_of_slot(tree: Tree, env: Env, scope: Scope, mover: Mover) -> None:
    """Let the next mapping find in the slot what it once carried, and nobody else anything."""
    carries = mover.directed.carries
    assert carries is not None
    own = mover.directed.mapping.left
    slot = resolve(carries.slot, env, scope)

    def carried_by(vendor: str) -> Node:
        def read(name: str) -> Node:
            found = child(slot, f"{carries.before}{vendor}{carries.between}{name}", scope)
            if isinstance(found, Value):
                return replace(found, came=through(found.came, Use("restored", carries.location)))
            return found

        return ABSENT if vendor == own else Tree(virtual=read)

    at = tree
    for segment in carries.carried:
        below = at.children.setdefault(segment, Tree())
        if not isinstance(below, Tree):
            return
        at = below
    at.virtual = carried_by


def _into_slot(tree: Tree, env: Env, scope: Scope, mover: Mover) -> None:
    carries = mover.directed.carries
    assert carries is not None
    own = mover.directed.mapping.left
    node = resolve(carries.carried, env, scope)
    if isinstance(node, Tree):
        for vendor, name, value in _carried(node):
            if vendor == own:
                continue
            path = (*carries.slot, f"{carries.before}{vendor}{carries.between}{name}")
            slot = shape_at(mover.target, carries.slot)
            found = member(slot, path[-1]) if slot is not None else None
            if found is None:
                continue
            source = Source((), Same(), carries.location)
            move = Move((path,), (source,), carries.location)
            if isinstance(value, Value) and not is_plain(source, value, found.shape, mover):
                value = mover.chain(move, [(source, value)], found.shape, scope)
            if isinstance(value, Value):
                use = Use("carried", carries.location)
                value = replace(value, came=through(value.came, use))
            place(tree, path, value)
    elif isinstance(node, Value):
        slot = shape_at(mover.target, carries.slot)
        if not isinstance(slot, Object) or slot.free is None:
            return
        proved = not mover.guarded or all(
            fits(one, slot.free) for fields in _inside(node.shape) for one in _inside(fields)
        )
        schema = None if proved else getattr(slot.free, "schema", {})
        top = carries.slot[0]
        base = tree.children.get(top, ABSENT)
        node = replace(node, came=through(node.came, Use("carried", carries.location)))
        flat = Flattened(node, own, carries.before, carries.between, carries.slot[1:], schema)
        if isinstance(base, Merged):
            tree.children[top] = Merged(base.base, base.extras, flat)
        else:
            tree.children[top] = Merged(ABSENT if isinstance(base, Seq) else base, Tree(), flat)


def _inside(shape: Shape) -> Iterator[Shape]:
    """The shapes of what an object holds."""
    if isinstance(shape, Object):
        yield from (one.shape for one in shape.members.values())
        yield from () if shape.free is None else (shape.free,)


def _carried(node: Tree) -> Iterator[tuple[str, str, Node]]:
    for vendor, fields in node.children.items():
        if isinstance(fields, Tree):
            for name, value in fields.children.items():
                yield vendor, name, value
