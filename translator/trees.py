"""Trees that are being written: whether anything is in them, and how parts are put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from translator.paths import Path
from translator.symbols import Absent, Merged, Node, Seq, Tree, Value, holder


def present_if_any(node: Node) -> Callable[[], str] | None:
    """The condition that anything of a node is there; None where something always is."""
    conditions: list[Callable[[], str]] = []
    for condition in _presences(node):
        if condition is None:
            return None
        conditions.append(condition)
    return lambda: " or ".join(condition() for condition in conditions) or "False"


def _presences(node: Node) -> Iterator[Callable[[], str] | None]:
    """For each part of a node the condition that it is there; None where it always is."""
    match node:
        case Value():
            yield (lambda: f"{holder(node)()} is not None") if node.optional else None
        case Seq():
            yield node.present
        case Tree():
            for below in node.children.values():
                yield from _presences(below)
        case Merged():
            yield from _presences(node.base)
            yield from _presences(node.extras)


def place(tree: Tree, path: Path, node: Node) -> None:
    """Put a node at a path of a tree."""
    for index, segment in enumerate(path[:-1]):
        below = tree.children.setdefault(segment, Tree())
        if isinstance(below, Value):
            merged = Merged(below, Tree())
            tree.children[segment] = merged
            below = merged
        if isinstance(below, Merged):
            place(below.extras, path[index + 1 :], node)
            return
        if not isinstance(below, Tree):
            return
        tree = below
    if not isinstance(node, Absent):
        tree.children[path[-1]] = node
