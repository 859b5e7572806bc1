"""Translate events between vendors' formats, from specs and mappings alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.calls import translate, translate_all
    from translator.catalog import Catalog
    from translator.crosswalk import Crosswalk
    from translator.engine import Translator
    from translator.errors import (
        MappingError,
        SpecError,
        TranslationError,
        TranslatorError,
        Violation,
    )
    from translator.explanation import explain
    from translator.streams import Rejected, Translated

__all__ = [
    "Catalog",
    "Crosswalk",
    "MappingError",
    "Rejected",
    "SpecError",
    "Translated",
    "TranslationError",
    "Translator",
    "TranslatorError",
    "Violation",
    "explain",
    "translate",
    "translate_all",
]

_HOMES = {
    "Catalog": "catalog",
    "Crosswalk": "crosswalk",
    "Rejected": "streams",
    "Translated": "streams",
    "Translator": "engine",
    "explain": "explanation",
    "translate": "calls",
    "translate_all": "calls",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that commands start fast."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
