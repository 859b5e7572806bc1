"""What is known of an event before it is translated: the event itself, or only its spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from translator.compiler.specialize import AnyOther, Choice
from translator.paths import Path, path_below, values_at
from translator.schema.types import Object, SchemaType, json_equal, type_at

if TYPE_CHECKING:
    from translator.analysis.kinds import EventKind


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """Knowledge of a whole event, valid by its spec."""

    kind: EventKind
    event: Any

    def is_present(self, path: Path) -> bool:
        """Whether the event has a value other than null at a path."""
        return bool(self.values_at(path))

    def values_at(self, path: Path) -> list[Any]:
        """The values at a path, without nulls."""
        return present_values(self.event, path)


@dataclass(frozen=True, slots=True)
class KnownSchema:
    """Knowledge of the kind of an event, which has the field `leaf`, and of its spec."""

    kind: EventKind
    leaf: Path

    def is_present(self, path: Path) -> bool | None:
        """Whether every event of the kind has a value at a path (None: some may have one)."""
        choice = self.kind.choice
        if path in choice:
            return choice[path] is not None
        if path_below(path, self.leaf) is not None:
            return True
        return is_required(self.kind.type, path, non_null=True) or None

    def values_at(self, path: Path) -> list[Any] | None:
        """The value at a path, if the kind or an enum of one value determines it."""
        value = self.kind.choice.get(path)
        if value is not None:
            return None if isinstance(value, AnyOther) else [value]
        enum = getattr(type_at(self.kind.type, path), "enum", None) or ()
        return list(enum) if len(enum) == 1 else None


Knowledge = KnownEvent | KnownSchema


def matches_choice(event: Any, choice: Choice) -> bool:
    """Whether an event has the values that select a kind."""
    for path, expected in choice.items():
        value = next((value for _, value in values_at(event, path)), None)
        is_scalar = not isinstance(value, dict | list)
        if isinstance(expected, AnyOther):
            if value is None or (is_scalar and value in expected.excluded):
                return False
        elif not is_scalar or not json_equal(value, expected):
            return False
    return True


def present_values(event: Any, path: Path) -> list[Any]:
    """Return the values at a path, one for each element of lists on it, without nulls."""
    return [value for _, value in values_at(event, path) if value is not None]


def is_required(schema_type: SchemaType, path: Path, *, non_null: bool = False) -> bool:
    """Whether every value of a type has a field at a path, and with `non_null` never a null."""
    for name in path:
        field = schema_type.fields.get(name) if isinstance(schema_type, Object) else None
        if field is None or not field.required:
            return False
        schema_type = field.type
        if non_null and getattr(schema_type, "nullable", False):
            return False
    return True
