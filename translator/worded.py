"""What a validator finds wrong with a value, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translator.diagnostics import shortened
from translator.judges import validator
from translator.runtime import shown, step


def schema_judge(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """A function that says what keeps a value from satisfying `schema`; None if nothing does."""
    import jsonschema_rs

    judge = validator(schema)

    def problem(value: Any) -> str | None:
        try:
            judge.validate(value)
        except jsonschema_rs.ValidationError as error:
            at = "".join(f"[{s}]" if isinstance(s, int) else member(s) for s in error.instance_path)
            return f"{at.lstrip('.')}: {worded(error)}" if at else worded(error)
        return None

    return problem


def worded(error: Any) -> str:
    """What a violation says; of an enum, all the values there are."""
    if error.kind.name == "enum":
        listed = ", ".join(map(short, error.kind.options))
        return f"{short(error.instance)} is not one of {listed}"
    return str(error.message)


def member(name: str) -> str:
    """A step to a member, as JSON paths write it; the middle of a very long name is left out."""
    return step(shortened(name))


def short(value: Any) -> str:
    """A value, as messages show it."""
    text = shown(value)
    return text if len(text) < 100 else f"{text[:80]}…"
