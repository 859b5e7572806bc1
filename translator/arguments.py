"""What callers give: arguments of a wrong type and names that do not exist are refused."""

from __future__ import annotations

from collections.abc import Iterable

from translator.diagnostics import did_you_mean
from translator.errors import TranslationError
from translator.paths import Path, parse_path
from translator.shapes import Object, Shape, Union, shape_at


def argument(name: str, value: object, *kinds: type | None) -> None:
    """Refuse an argument of another type than it may have; None among `kinds` allows None."""
    if value is None and None in kinds:
        return
    wanted = tuple(kind for kind in kinds if kind is not None)
    if not isinstance(value, wanted) or (Iterable in wanted and isinstance(value, str | bytes)):
        listed = " or ".join(kind.__name__ for kind in wanted)
        code = _ARGUMENT_CODES.get(name, "invalid-param")
        message = f"{name} must be of type {listed}, not {type(value).__name__}"
        raise TranslationError(code, "$", message)


_ARGUMENT_CODES = {
    "source": "unknown-format",
    "target": "unknown-format",
    "allow": "unknown-opt-in",
    "accept": "unknown-path",
    "crosswalks": "invalid-crosswalk",
    "a crosswalk": "invalid-crosswalk",
}


def names_of(allow: Iterable[str] | None) -> set[str]:
    """The opt-ins that a caller named: one, or several."""
    names = {allow} if isinstance(allow, str) else () if allow is None else allow
    argument("allow", names, Iterable)
    for name in names:
        argument("allow", name, str)
    return set(names)


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
    variants: list[Shape] = list(shape.variants.values()) if isinstance(shape, Union) else [shape]
    known: set[str] = set()
    for variant in variants:
        at: Shape | None = variant
        for segment in path:
            below = shape_at(at, (segment,)) if at is not None else None
            if below is None and isinstance(at, Object) and at.closed:
                known |= set(at.members)
                break
            at = below
        else:
            return None
    return known


def unknown(
    what: str, name: str, known: Iterable[str], source: str, target: str
) -> TranslationError:
    """The error for a name that no mapping on the way has; it lists those there are."""
    names = sorted(known)
    listed = ", ".join(names) or "none"
    near = did_you_mean(str(name), names) if names else ""
    hint = f"; {near}" if near.startswith("did") else ""
    return TranslationError(
        f"unknown-{what}",
        "$",
        f"there is no {what} {name!r} between {source} and {target}{hint} (known: {listed})",
    )
