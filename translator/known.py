"""What is known of an event before it is translated: all of it, or only what its spec says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from translator.paths import EACH, FREE, VALUE, Path
from translator.selectors import OTHER, Choice
from translator.shapes import Object, Shape, shape_at


class Known(Protocol):
    """What is known of an event."""

    def present(self, path: Path) -> bool | None:
        """Whether anything stands at a path; None if it cannot be told."""

    def values(self, path: Path) -> list[Any] | None:
        """What stands at a path, for each element of lists on it; None if that is not known."""

    def shape(self, path: Path) -> Shape | None:
        """What the spec says of a path."""


@dataclass(frozen=True, slots=True)
class Given:
    """Everything is known: the event is there, and the shape of its kind."""

    event: Any
    whole: Object

    def present(self, path: Path) -> bool | None:
        """Whether anything but null stands there."""
        return bool(self.values(path))

    def values(self, path: Path) -> list[Any]:
        """What stands there; nulls are as good as absent."""
        return [one for one in found(self.event, path) if one is not None]

    def shape(self, path: Path) -> Shape | None:
        """What the spec says of a path."""
        return shape_at(self.whole, path)


@dataclass(frozen=True, slots=True)
class Specified:
    """The spec is known, and what tells the kind; `leaf` is there, for it is asked about."""

    whole: Object
    choice: Choice
    leaf: Path

    def present(self, path: Path) -> bool | None:
        """Whether an event of the kind has to have it."""
        if path in self.choice:
            return self.choice[path] is not None
        if below(path, self.leaf) is not None:
            return True
        shape: Shape | None = self.whole
        for name in path:
            member = shape.members.get(name) if isinstance(shape, Object) else None
            if member is None or not member.required or getattr(member.shape, "nullable", False):
                return None
            shape = member.shape
        return True

    def values(self, path: Path) -> list[Any] | None:
        """What tells the kind is known, and what can have one value only."""
        value = self.choice.get(path)
        if value is not None:
            return None if isinstance(value, OTHER) else [value]
        listed = getattr(self.shape(path), "enum", None) or ()
        return list(listed) if len(listed) == 1 else None

    def shape(self, path: Path) -> Shape | None:
        """What the spec says of a path."""
        return shape_at(self.whole, path)


def found(value: Any, path: Path) -> Iterator[Any]:
    """What stands at a path of an event, for each element of lists on it."""
    if not path:
        yield value
    elif path[0] == EACH:
        for item in value if isinstance(value, list) else ():
            yield from found(item, path[1:])
    elif path[0] == FREE:
        for item in value.values() if isinstance(value, dict) else ():
            yield from found(item, path[2:])
    elif isinstance(value, dict) and path[0] in value:
        yield from found(value[path[0]], path[1:])


def below(pattern: Path, path: Path) -> Path | None:
    """What of a path is below `pattern`, of which free keys stand for any; None if it is not."""
    index = 0
    at = 0
    while at < len(pattern):
        if index >= len(path):
            return None
        if pattern[at] == FREE and path[index] != FREE and pattern[at + 1 : at + 2] == (VALUE,):
            at += 2
        elif pattern[at] == path[index]:
            at += 1
        else:
            return None
        index += 1
    return path[index:]
