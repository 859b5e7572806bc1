"""Changing a YAML tree in one place, without changing the tree."""

from __future__ import annotations

from collections.abc import Iterator

from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence

Trail = tuple[int, ...]
"""Positions, from the root down: of an entry in a map, or of an item in a list."""


def at(tree: YamlNode, trail: Trail) -> YamlNode:
    """What stands at the end of a trail."""
    for step in trail:
        tree = children(tree)[step]
    return tree


def children(tree: YamlNode) -> list[YamlNode]:
    match tree:
        case YamlMap(entries=entries):
            return [value for _, value in entries]
        case YamlSequence(items=items):
            return list(items)
    return []


def replaced(tree: YamlNode, trail: Trail, new: YamlNode) -> YamlNode:
    """The tree with something else at the end of a trail."""
    if not trail:
        return new
    first, *rest = trail
    match tree:
        case YamlMap(entries=entries):
            changed = list(entries)
            key, value = changed[first]
            changed[first] = (key, replaced(value, tuple(rest), new))
            return YamlMap(tuple(changed), tree.location)
        case YamlSequence(items=items):
            listed = list(items)
            listed[first] = replaced(listed[first], tuple(rest), new)
            return YamlSequence(tuple(listed), tree.location)
    raise AssertionError(trail)


def dropped(tree: YamlNode, trail: Trail) -> YamlNode:
    """The tree without an entry or item."""
    above, last = trail[:-1], trail[-1]
    match at(tree, above):
        case YamlMap(entries=entries, location=location):
            left: YamlNode = YamlMap(entries[:last] + entries[last + 1 :], location)
        case YamlSequence(items=items, location=location):
            left = YamlSequence(items[:last] + items[last + 1 :], location)
        case _:
            raise AssertionError(trail)
    return replaced(tree, above, left)


def renamed(tree: YamlNode, trail: Trail, name: str) -> YamlNode:
    """The tree with another key for an entry."""
    above, last = trail[:-1], trail[-1]
    found = at(tree, above)
    assert isinstance(found, YamlMap)
    entries = list(found.entries)
    key, value = entries[last]
    entries[last] = (YamlScalar(name, key.location, name), value)
    return replaced(tree, above, YamlMap(tuple(entries), found.location))


def added(tree: YamlNode, trail: Trail, more: dict[str, str]) -> YamlNode:
    """The tree with more entries in the map at the end of a trail."""
    found = at(tree, trail)
    assert isinstance(found, YamlMap)
    where = found.location
    entries = tuple((YamlScalar(k, where, k), YamlScalar(v, where, v)) for k, v in more.items())
    return replaced(tree, trail, YamlMap(found.entries + entries, where))


def swapped(tree: YamlNode, one: Trail, other: Trail) -> YamlNode:
    """The tree with what stands at two places exchanged."""
    return replaced(replaced(tree, one, at(tree, other)), other, at(tree, one))


def scalar(like: YamlNode, value: object) -> YamlScalar:
    """A single value at the place of another."""
    assert isinstance(value, str | int | float | bool | None)
    return YamlScalar(value, like.location, str(value))


def key_twice(tree: YamlNode) -> bool:
    """Whether a map holds a key twice, which the reading of a text refuses."""
    return any(
        len({key.raw for key, _ in each.entries}) < len(each.entries)
        for each in every(tree)
        if isinstance(each, YamlMap)
    )


def every(tree: YamlNode) -> Iterator[YamlNode]:
    yield tree
    for child in children(tree):
        yield from every(child)
