"""Functions that most callers need: they build a translator on first use and reuse it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from translator.engine.bindings import Params, Rows, opt_in_names
from translator.engine.translator import Event, Translator

MAX_TRANSLATORS = 256
"""Maximum number of translators that `translate` and `translate_all` cache."""

_translators: dict[tuple[object, ...], Translator] = {}

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _with_fast_path(function: _Function) -> _Function:
    """Call the translator's method directly where only `params` and `validate` are given.

    Filling in the defaults of many keyword arguments would cost a tenth of a small translation.
    """
    methods: dict[tuple[str, str, bool], Callable[..., Any]] = {}

    @wraps(function)
    def call(
        event: Event,
        source: str,
        target: str,
        *,
        params: Params | None = None,
        validate: bool = True,
        **options: Any,
    ) -> Any:
        if options:
            return function(event, source, target, params=params, validate=validate, **options)
        try:
            method = methods[source, target, validate]
        except (KeyError, TypeError):
            translator = _get_translator(source, target, None, None, False, validate, None)
            method = getattr(translator, function.__name__)
            methods[source, target, bool(validate)] = method
        return method(event, params)

    return cast(_Function, call)


@_with_fast_path
def translate(
    event: Event,
    source: str,
    target: str,
    *,
    params: Params | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Iterable[str] | None = (),
    strict: bool = False,
    validate: bool = True,
    guard: bool | None = None,
) -> dict[str, Any]:
    """Translate one event into one. See `Translator` for the arguments and errors.

    Params may differ on every call at no extra cost. Raises `TranslationError` with the code
    `several-events` if the event becomes several.
    """
    translator = _get_translator(source, target, crosswalks, allow, strict, validate, guard)
    return translator.translate(event, params)


@_with_fast_path
def translate_all(
    event: Event,
    source: str,
    target: str,
    *,
    params: Params | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Iterable[str] | None = (),
    strict: bool = False,
    validate: bool = True,
    guard: bool | None = None,
) -> list[dict[str, Any]]:
    """Translate one event into all events that it becomes, in order. See `Translator`."""
    translator = _get_translator(source, target, crosswalks, allow, strict, validate, guard)
    return translator.translate_all(event, params)


def _get_translator(
    source: str,
    target: str,
    crosswalks: Mapping[str, Rows] | None,
    allow: Iterable[str] | None,
    strict: bool,
    validate: bool,
    guard: bool | None,
) -> Translator:
    """Return the translator for these arguments: a cached one, unless crosswalks are given."""
    opt_ins = () if allow is None or allow == () else tuple(sorted(opt_in_names(allow)))
    key = (source, target, opt_ins, strict, validate, guard)
    is_cacheable = crosswalks is None or (crosswalks.__class__ is dict and not crosswalks)
    if is_cacheable:
        try:
            if (translator := _translators.get(key)) is not None:
                return translator
        except TypeError:  # an argument of the wrong type: `Translator` says which
            pass
    translator = Translator(
        source,
        target,
        crosswalks=crosswalks,
        allow=opt_ins,
        strict=strict,
        validate=validate,
        guard=guard,
    )
    if is_cacheable:
        if len(_translators) >= MAX_TRANSLATORS:
            _translators.clear()
        _translators[key] = translator
    return translator
