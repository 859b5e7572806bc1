"""The functions that most callers need: they make a translator when one is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from translator.arguments import names_of
from translator.engine import Event, Translator
from translator.given import Rows

_one: dict[tuple[str, str, bool], Callable[[Event], dict[str, Any]]] = {}
"""What `translate` calls where a caller gives nothing but names."""

_all: dict[tuple[str, str, bool], Callable[[Event], list[dict[str, Any]]]] = {}
"""The same for `translate_all`."""

_kept: dict[tuple[object, ...], Translator] = {}
"""Translators made before, by all that a caller gave."""

MOST_KEPT = 256
"""So many translators are kept for `translate` and `translate_all` to use again."""


_Call = TypeVar("_Call", bound=Callable[..., Any])


def _quickly(kept: dict[tuple[str, str, bool], Callable[[Event], Any]]) -> Callable[[_Call], _Call]:
    """A function that takes the short way where a caller gives nothing but names.

    Each argument by name that is left out costs time, so that here they are taken as they come.
    """

    def wrapped(general: _Call) -> _Call:
        @wraps(general)
        def call(
            event: Event, source: str, target: str, *, validate: bool = True, **given: Any
        ) -> Any:
            if given:
                return general(event, source, target, validate=validate, **given)
            try:
                run = kept[source, target, validate]
            except (KeyError, TypeError):
                made = _bound(source, target, None, None, None, False, validate)
                run = kept[source, target, bool(validate)] = getattr(made, general.__name__)
            return run(event)

        return cast(_Call, call)

    return wrapped


@_quickly(_one)
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
) -> dict[str, Any]:
    """Translate one event into one. See `Translator` for the arguments and errors.

    Raises `TranslationError` with the code `several-events` if the event becomes several.
    """
    return _bound(source, target, params, crosswalks, allow, strict, validate).translate(event)


@_quickly(_all)
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
) -> list[dict[str, Any]]:
    """Translate one event into all that it becomes, in order. See `Translator`."""
    return _bound(source, target, params, crosswalks, allow, strict, validate).translate_all(event)


def _bound(
    source: str,
    target: str,
    params: Mapping[str, Any] | None,
    crosswalks: Mapping[str, Rows] | None,
    allow: Iterable[str] | None,
    strict: bool,
    validate: bool,
) -> Translator:
    """The translator for what a caller gives: one made before, unless crosswalks are given."""
    names = () if allow is None or allow == () else tuple(sorted(names_of(allow)))
    key: tuple[object, ...] | None = None
    if crosswalks is None:
        try:
            given = () if params is None else tuple(params.items())
            # True and 1 are one key and two values.
            kinds = tuple([value.__class__ for _, value in given])
            key = (source, target, given, kinds, names, strict, validate)
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
    )
    if key is not None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = made
    return made
