"""The functions that most callers need: they make a translator when one is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from translator.engine.bindings import Rows, names_of
from translator.engine.translator import Event, Translator

_kept: dict[tuple[object, ...], Translator] = {}
"""Translators made before, by all that a caller gave."""

MOST_KEPT = 256
"""So many translators are kept for `translate` and `translate_all` to use again."""

_Call = TypeVar("_Call", bound=Callable[..., Any])


def _quickly(general: _Call) -> _Call:
    """A function that takes the short way where it is called as it was before.

    Each argument by name that is left out costs time, so that here most are taken as they come.
    """
    kept: dict[tuple[str, str, bool], tuple[dict[str, str] | None, Callable[[Event], Any]]] = {}

    @wraps(general)
    def call(
        event: Event,
        source: str,
        target: str,
        *,
        params: Mapping[str, Any] | None = None,
        validate: bool = True,
        **given: Any,
    ) -> Any:
        if given:
            return general(event, source, target, params=params, validate=validate, **given)
        try:
            known, run = kept[source, target, validate]
        except (KeyError, TypeError):
            pass
        else:
            if params is known or params == known:
                return run(event)
        made = _bound(source, target, params, None, None, False, validate, None)
        run = getattr(made, general.__name__)
        if params is None:
            kept[source, target, bool(validate)] = None, run
        elif all(value.__class__ is str for value in params.values()):
            # Of texts alone, what is equal is the same: true is 1, and yet another value.
            kept[source, target, bool(validate)] = dict(params), run
        return run(event)

    return cast(_Call, call)


@_quickly
def translate(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Iterable[str] | None = (),
    strict: bool = False,
    validate: bool = True,
    guard: bool | None = None,
) -> dict[str, Any]:
    """Translate one event into one. See `Translator` for the arguments and errors.

    Raises `TranslationError` with the code `several-events` if the event becomes several.
    """
    made = _bound(source, target, params, crosswalks, allow, strict, validate, guard)
    return made.translate(event)


@_quickly
def translate_all(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Iterable[str] | None = (),
    strict: bool = False,
    validate: bool = True,
    guard: bool | None = None,
) -> list[dict[str, Any]]:
    """Translate one event into all that it becomes, in order. See `Translator`."""
    made = _bound(source, target, params, crosswalks, allow, strict, validate, guard)
    return made.translate_all(event)


def _bound(
    source: str,
    target: str,
    params: Mapping[str, Any] | None,
    crosswalks: Mapping[str, Rows] | None,
    allow: Iterable[str] | None,
    strict: bool,
    validate: bool,
    guard: bool | None,
) -> Translator:
    """The translator for what a caller gives: one made before, unless crosswalks are given."""
    names = () if allow is None or allow == () else tuple(sorted(names_of(allow)))
    key: tuple[object, ...] | None = None
    if crosswalks is None or (crosswalks.__class__ is dict and not crosswalks):
        try:
            given = () if params is None else tuple(params.items())
            # True and 1 are one key and two values.
            kinds = tuple([value.__class__ for _, value in given])
            key = (source, target, given, kinds, names, strict, validate, guard)
            if (made := _kept.get(key)) is not None:
                return made
        except (TypeError, AttributeError):
            key = None
    made = Translator(
        source,
        target,
        params=params,
        crosswalks=crosswalks,
        allow=names,
        strict=strict,
        validate=validate,
        guard=guard,
    )
    if key is not None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = made
    return made
