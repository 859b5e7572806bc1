"""What callers give: arguments of a wrong type and names that do not exist are refused."""

from __future__ import annotations

from collections.abc import Iterable

from translator.errors import TranslationError


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


def unknown(
    what: str, name: str, known: Iterable[str], source: str, target: str
) -> TranslationError:
    """The error for a name that no mapping on the way has; it lists those there are."""
    from translator.diagnostics import did_you_mean

    names = sorted(known)
    listed = ", ".join(names) or "none"
    near = did_you_mean(str(name), names) if names else ""
    hint = f"; {near}" if near.startswith("did") else ""
    return TranslationError(
        f"unknown-{what}",
        "$",
        f"there is no {what} {name!r} between {source} and {target}{hint} (known: {listed})",
    )
