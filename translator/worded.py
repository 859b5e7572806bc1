"""What a validator finds wrong with a value, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translator.diagnostics import truncate
from translator.judges import build_validator
from translator.runtime import format_value, path_step


def problem_finder(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """A function that says what keeps a value from satisfying `schema`; None if nothing does."""
    import jsonschema_rs

    schema_validator = build_validator(schema)

    def problem(value: Any) -> str | None:
        try:
            schema_validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            path = "".join(
                f"[{segment}]" if isinstance(segment, int) else format_step(segment)
                for segment in error.instance_path
            )
            return (
                f"{path.lstrip('.')}: {format_violation(error)}"
                if path
                else format_violation(error)
            )
        return None

    return problem


def format_violation(error: Any) -> str:
    """What a violation says; of an enum, all the values there are."""
    if error.kind.name == "enum":
        allowed = ", ".join(map(format_short, error.kind.options))
        return f"{format_short(error.instance)} is not one of {allowed}"
    return str(error.message)


def format_step(name: str) -> str:
    """A step to a member, as JSON paths write it; the middle of a very long name is left out."""
    return path_step(truncate(name))


def format_short(value: Any) -> str:
    """A value, as messages show it."""
    text = format_value(value)
    return text if len(text) < 100 else f"{text[:80]}…"
