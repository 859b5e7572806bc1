"""Functions that most callers need: they build a translator on first use and reuse it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypedDict, Unpack

from translator.engine.bindings import CrosswalkLike, Params, check_type, opt_in_names
from translator.engine.translator import Event, Translator

_default_translators: dict[tuple[str, str, bool, bool], Translator] = {}
"""Translators without further options, by source, target and `validate`; the last item is True."""


@lru_cache(maxsize=256)
def _cached_translator(source: str, target: str, **options: Any) -> Translator:
    return Translator(source, target, **options)


class RareOptions(TypedDict, total=False):
    """Arguments of `Translator` that few calls give; filling in their defaults takes time."""

    crosswalks: Mapping[str, CrosswalkLike] | None
    allow: Iterable[str] | None
    strict: bool
    guard: bool | None


class Options(RareOptions, total=False):
    """Arguments of `translate` by keyword, for overloads in generated modules."""

    params: Params | None
    validate: bool


class TranslatorOptions(Options, total=False):
    """Arguments of `Translator` by keyword except `catalog`, for overloads in generated modules."""

    accept: Iterable[str]


def translate(
    event: Event,
    source: str,
    target: str,
    *,
    params: Params | None = None,
    validate: bool = True,
    **options: Unpack[RareOptions],
) -> dict[str, Any]:
    """Translate one event into one. See `Translator` for the arguments and errors.

    Params may differ on every call at no extra cost. Raises `TranslationError` with the code
    `several-events` if the event becomes several.
    """
    try:
        translator = _default_translators[source, target, validate, not options]
    except (KeyError, TypeError):
        translator = _get_translator(source, target, validate, **options)
    return translator.translate(event, params)


def translate_all(
    event: Event,
    source: str,
    target: str,
    *,
    params: Params | None = None,
    validate: bool = True,
    **options: Unpack[RareOptions],
) -> list[dict[str, Any]]:
    """Translate one event into all events that it becomes, in order. See `Translator`."""
    try:
        translator = _default_translators[source, target, validate, not options]
    except (KeyError, TypeError):
        translator = _get_translator(source, target, validate, **options)
    return translator.translate_all(event, params)


def translate_as(
    event: Event,
    source: str,
    target: str,
    model: Any,
    **options: Unpack[Options],
) -> Any:
    """Translate one event into one, and return it as an instance of a model of the target.

    `model` is one of the target's generated models, or the alias of a union of them. See
    `Translator` for the other arguments. Raises `TranslationError`; with the code `invalid-model`
    if `model` is of another format or of another kind of event.
    """
    from translator.engine.models import as_model

    return as_model(translate(event, source, target, **options), target, model)


def _get_translator(
    source: str,
    target: str,
    validate: bool,
    *,
    crosswalks: Mapping[str, CrosswalkLike] | None = None,
    allow: Iterable[str] | None = None,
    strict: bool = False,
    guard: bool | None = None,
) -> Translator:
    """Return the translator for these arguments: a cached one, unless crosswalks are given."""
    check_type("source", source, str)
    check_type("target", target, str)
    opt_ins, guard = tuple(sorted(opt_in_names(allow))), None if guard is None else bool(guard)
    strict, validate = bool(strict), bool(validate)
    options: dict[str, Any] = {"allow": opt_ins, "strict": strict, "guard": guard}
    if crosswalks is not None and (crosswalks or not isinstance(crosswalks, dict)):
        return Translator(source, target, crosswalks=crosswalks, validate=validate, **options)
    translator = _cached_translator(source, target, validate=validate, **options)
    if not opt_ins and not strict and guard is None:
        _default_translators[source, target, validate, True] = translator
    return translator
