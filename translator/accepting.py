"""The losses that a caller of strict accepts: members of the source, by their paths."""

from __future__ import annotations

from collections.abc import Iterable

from translator.arguments import argument
from translator.diagnostics import did_you_mean
from translator.errors import TranslationError
from translator.paths import Path, parse_path
from translator.shapes import Object, SchemaType, Union, type_at


def accepted_paths(
    accept: Iterable[str], shape: Object | Union, *, strict: bool
) -> tuple[Path, ...]:
    """The members of events of `shape` whose loss a caller accepts, which only strict asks for."""
    texts = (accept,) if isinstance(accept, str) else accept
    argument("accept", texts, Iterable)
    found: list[Path] = []
    for text in texts:
        argument("accept", text, str)
        try:
            path = parse_path(text.removeprefix("$."))
        except ValueError as error:
            raise TranslationError("unknown-path", "$", f"accept: {error}") from None
        if not strict:
            message = f"accept {text!r} says nothing without strict, which alone refuses losses"
            raise TranslationError("invalid-param", "$", message)
        if (names := _unknown_at(shape, path)) is not None:
            near = did_you_mean(path[-1], names) if names else ""
            message = f"accept: the source has no member {text!r}" + (f"; {near}" if near else "")
            raise TranslationError("unknown-path", "$", message)
        found.append(path)
    return tuple(found)


def _unknown_at(shape: Object | Union, path: Path) -> set[str] | None:
    """The names there are where `path` names another one, or None where it may exist."""
    variants: list[SchemaType] = (
        list(shape.variants.values()) if isinstance(shape, Union) else [shape]
    )
    known: set[str] = set()
    for variant in variants:
        at: SchemaType | None = variant
        for segment in path:
            below = type_at(at, (segment,)) if at is not None else None
            if below is None and isinstance(at, Object) and at.closed:
                known |= set(at.fields)
                break
            at = below
        else:
            return None
    return known
