"""Trees that are being written: whether anything is in them, and how parts are put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from translator.paths import Path
from translator.symbols import (
    Absent,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Value,
    container_emitter,
)


def presence_condition(node: Node) -> Callable[[], str] | None:
    """The condition that anything of a node is there; None where something always is."""
    conditions: list[Callable[[], str]] = []
    for condition in _presence_conditions(node):
        if condition is None:
            return None
        conditions.append(condition)
    return lambda: " or ".join(condition() for condition in conditions) or "False"


def _presence_conditions(node: Node) -> Iterator[Callable[[], str] | None]:
    """For each part of a node the condition that it is there; None where it always is."""
    match node:
        case Value():
            yield (lambda: f"{container_emitter(node)()} is not None") if node.optional else None
        case ListNode():
            yield node.presence
        case ObjectNode():
            for child_node in node.children.values():
                yield from _presence_conditions(child_node)
        case MergedObject():
            yield from _presence_conditions(node.base)
            yield from _presence_conditions(node.extras)


def insert_node(tree: ObjectNode, path: Path, node: Node) -> None:
    """Put a node at a path of a tree."""
    for index, segment in enumerate(path[:-1]):
        child_node = tree.children.setdefault(segment, ObjectNode())
        if isinstance(child_node, Value):
            merged = MergedObject(child_node, ObjectNode())
            tree.children[segment] = merged
            child_node = merged
        if isinstance(child_node, MergedObject):
            insert_node(child_node.extras, path[index + 1 :], node)
            return
        if not isinstance(child_node, ObjectNode):
            return
        tree = child_node
    if not isinstance(node, Absent):
        tree.children[path[-1]] = node
