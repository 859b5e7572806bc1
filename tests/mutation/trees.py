"""Copies of YAML trees with one change."""

from __future__ import annotations

from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence

Trail = tuple[int, ...]
"""Indexes from the root to a node: of an entry in a map, or an item in a list."""


def at(tree: YamlNode, trail: Trail) -> YamlNode:
    """The node at a trail."""
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
    """The tree with another node at a trail."""
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
            changed_items = list(items)
            changed_items[first] = replaced(items[first], tuple(rest), new)
            return YamlSequence(tuple(changed_items), tree.location)
    raise AssertionError(trail)


def dropped(tree: YamlNode, trail: Trail) -> YamlNode:
    """The tree without an entry or item."""
    parent, last = trail[:-1], trail[-1]
    match at(tree, parent):
        case YamlMap(entries=entries, location=location):
            remaining: YamlNode = YamlMap(entries[:last] + entries[last + 1 :], location)
        case YamlSequence(items=items, location=location):
            remaining = YamlSequence(items[:last] + items[last + 1 :], location)
        case _:
            raise AssertionError(trail)
    return replaced(tree, parent, remaining)


def renamed(tree: YamlNode, trail: Trail, name: str) -> YamlNode:
    """The tree with a renamed key."""
    parent, last = trail[:-1], trail[-1]
    node = at(tree, parent)
    assert isinstance(node, YamlMap)
    entries = list(node.entries)
    key, value = entries[last]
    entries[last] = (YamlScalar(name, key.location, name), value)
    return replaced(tree, parent, YamlMap(tuple(entries), node.location))


def added(tree: YamlNode, trail: Trail, more: dict[str, str]) -> YamlNode:
    """The tree with more entries in the map at a trail."""
    node = at(tree, trail)
    assert isinstance(node, YamlMap)
    location = node.location
    entries = tuple(
        (YamlScalar(key, location, key), YamlScalar(value, location, value))
        for key, value in more.items()
    )
    return replaced(tree, trail, YamlMap(node.entries + entries, location))


def swapped(tree: YamlNode, first: Trail, second: Trail) -> YamlNode:
    """The tree with two nodes exchanged."""
    return replaced(replaced(tree, first, at(tree, second)), second, at(tree, first))


def scalar(like: YamlNode, value: object) -> YamlScalar:
    """A scalar with the location of another node."""
    assert isinstance(value, str | int | float | bool | None)
    return YamlScalar(value, like.location, str(value))


def has_duplicate_key(tree: YamlNode) -> bool:
    """Whether a map has the same key twice, which only the parser of YAML text detects."""
    keys = [key.raw for key, _ in tree.entries] if isinstance(tree, YamlMap) else []
    return len({*keys}) < len(keys) or any(map(has_duplicate_key, children(tree)))
