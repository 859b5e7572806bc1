"""Changing a YAML tree in one place, without changing the tree."""

from __future__ import annotations

from collections.abc import Iterator

from translator.yamlsource import Map, Scalar, Sequence, Tree

Trail = tuple[int, ...]
"""Positions, from the root down: of an entry in a map, or of an item in a list."""


def at(tree: Tree, trail: Trail) -> Tree:
    """What stands at the end of a trail."""
    for step in trail:
        tree = children(tree)[step]
    return tree


def children(tree: Tree) -> list[Tree]:
    match tree:
        case Map(entries=entries):
            return [value for _, value in entries]
        case Sequence(items=items):
            return list(items)
    return []


def replaced(tree: Tree, trail: Trail, new: Tree) -> Tree:
    """The tree with something else at the end of a trail."""
    if not trail:
        return new
    first, *rest = trail
    match tree:
        case Map(entries=entries):
            changed = list(entries)
            key, value = changed[first]
            changed[first] = (key, replaced(value, tuple(rest), new))
            return Map(tuple(changed), tree.location)
        case Sequence(items=items):
            listed = list(items)
            listed[first] = replaced(listed[first], tuple(rest), new)
            return Sequence(tuple(listed), tree.location)
    raise AssertionError(trail)


def dropped(tree: Tree, trail: Trail) -> Tree:
    """The tree without an entry or item."""
    above, last = trail[:-1], trail[-1]
    match at(tree, above):
        case Map(entries=entries, location=location):
            left: Tree = Map(entries[:last] + entries[last + 1 :], location)
        case Sequence(items=items, location=location):
            left = Sequence(items[:last] + items[last + 1 :], location)
        case _:
            raise AssertionError(trail)
    return replaced(tree, above, left)


def renamed(tree: Tree, trail: Trail, name: str) -> Tree:
    """The tree with another key for an entry."""
    above, last = trail[:-1], trail[-1]
    found = at(tree, above)
    assert isinstance(found, Map)
    entries = list(found.entries)
    key, value = entries[last]
    entries[last] = (Scalar(name, key.location, name), value)
    return replaced(tree, above, Map(tuple(entries), found.location))


def added(tree: Tree, trail: Trail, more: dict[str, str]) -> Tree:
    """The tree with more entries in the map at the end of a trail."""
    found = at(tree, trail)
    assert isinstance(found, Map)
    where = found.location
    entries = tuple((Scalar(k, where, k), Scalar(v, where, v)) for k, v in more.items())
    return replaced(tree, trail, Map(found.entries + entries, where))


def swapped(tree: Tree, one: Trail, other: Trail) -> Tree:
    """The tree with what stands at two places exchanged."""
    return replaced(replaced(tree, one, at(tree, other)), other, at(tree, one))


def scalar(like: Tree, value: object) -> Scalar:
    """A single value at the place of another."""
    assert isinstance(value, str | int | float | bool | None)
    return Scalar(value, like.location, str(value))


def key_twice(tree: Tree) -> bool:
    """Whether a map holds a key twice, which the reading of a text refuses."""
    return any(
        len({key.text for key, _ in each.entries}) < len(each.entries)
        for each in every(tree)
        if isinstance(each, Map)
    )


def every(tree: Tree) -> Iterator[Tree]:
    yield tree
    for child in children(tree):
        yield from every(child)
