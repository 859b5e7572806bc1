"""What a validator finds wrong with a value, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translator.judges import validator


def schema_judge(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """A function that says what keeps a value from satisfying `schema`; None if nothing does."""
    judge = validator(schema)

    def problem(value: Any) -> str | None:
        for error in judge.iter_errors(value):
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
    """A step to a member, as JSON paths write it."""
    return f".{name}" if name.isidentifier() else f"[{name!r}]"


def short(value: Any) -> str:
    """A value, as messages show it."""
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**50 else "a huge number"
    return text if len(text) < 100 else f"{text[:80]}…"
