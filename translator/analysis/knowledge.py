"""What is known of an event before it is translated: all of it, or only what its spec says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from translator.compiler.specialize import AnyOther, Choice
from translator.paths import LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.types import Object, SchemaType, type_at


class Knowledge(Protocol):
    """What is known of an event."""

    def is_present(self, path: Path) -> bool | None:
        """Whether anything stands at a path; None if it cannot be told."""

    def values_at(self, path: Path) -> list[Any] | None:
        """What stands at a path, for each element of lists on it; None if that is not known."""

    def schema_type_at(self, path: Path) -> SchemaType | None:
        """What the spec says of a path."""


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """Everything is known: the event is there, and the shape of its kind."""

    event: Any
    kind_type: Object

    def is_present(self, path: Path) -> bool | None:
        """Whether anything but null stands there."""
        return bool(self.values_at(path))

    def values_at(self, path: Path) -> list[Any]:
        """What stands there; nulls are as good as absent."""
        return [value for value in iter_values(self.event, path) if value is not None]

    def schema_type_at(self, path: Path) -> SchemaType | None:
        """What the spec says of a path."""
        return type_at(self.kind_type, path)


@dataclass(frozen=True, slots=True)
class KnownSchema:
    """The spec is known, and what tells the kind; `leaf` is there, for it is asked about."""

    kind_type: Object
    choice: Choice
    leaf: Path

    def is_present(self, path: Path) -> bool | None:
        """Whether an event of the kind has to have it."""
        if path in self.choice:
            return self.choice[path] is not None
        if strip_prefix(path, self.leaf) is not None:
            return True
        schema_type: SchemaType | None = self.kind_type
        for name in path:
            field = schema_type.fields.get(name) if isinstance(schema_type, Object) else None
            if field is None or not field.required or getattr(field.type, "nullable", False):
                return None
            schema_type = field.type
        return True

    def values_at(self, path: Path) -> list[Any] | None:
        """What tells the kind is known, and what can have one value only."""
        value = self.choice.get(path)
        if value is not None:
            return None if isinstance(value, AnyOther) else [value]
        enum = getattr(self.schema_type_at(path), "enum", None) or ()
        return list(enum) if len(enum) == 1 else None

    def schema_type_at(self, path: Path) -> SchemaType | None:
        """What the spec says of a path."""
        return type_at(self.kind_type, path)


def iter_values(value: Any, path: Path) -> Iterator[Any]:
    """What stands at a path of an event, for each element of lists on it."""
    if not path:
        yield value
    elif path[0] == LIST_ITEM:
        for item in value if isinstance(value, list) else ():
            yield from iter_values(item, path[1:])
    elif path[0] == MAP_ENTRY:
        for item in value.values() if isinstance(value, dict) else ():
            yield from iter_values(item, path[2:])
    elif isinstance(value, dict) and path[0] in value:
        yield from iter_values(value[path[0]], path[1:])


def strip_prefix(pattern: Path, path: Path) -> Path | None:
    """What of a path is below `pattern`, of which free keys stand for any; None if it is not."""
    index = 0
    position = 0
    while position < len(pattern):
        if index >= len(path):
            return None
        if (
            pattern[position] == MAP_ENTRY
            and path[index] != MAP_ENTRY
            and pattern[position + 1 : position + 2] == (VALUE,)
        ):
            position += 2
        elif pattern[position] == path[index]:
            position += 1
        else:
            return None
        index += 1
    return path[index:]
