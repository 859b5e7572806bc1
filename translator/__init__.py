"""Translate events between the formats of vendors, from specs and mappings alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.analysis.check import check
    from translator.analysis.contract import contract
    from translator.analysis.coverage import coverage
    from translator.analysis.explain import explain
    from translator.analysis.impact import impact
    from translator.analysis.proof import prove
    from translator.catalog.catalog import Catalog
    from translator.crosswalk import Crosswalk
    from translator.engine.api import translate, translate_all
    from translator.engine.translator import Translator
    from translator.errors import (
        MappingError,
        SpecError,
        TranslationError,
        TranslatorError,
        Violation,
    )
    from translator.results import Loss, Rejected, Translated

_MODULES = {
    "Catalog": "catalog.catalog",
    "Crosswalk": "crosswalk",
    "Loss": "results",
    "MappingError": "errors",
    "Rejected": "results",
    "SpecError": "errors",
    "Translated": "results",
    "TranslationError": "errors",
    "Translator": "engine.translator",
    "TranslatorError": "errors",
    "Violation": "errors",
    "check": "analysis.check",
    "contract": "analysis.contract",
    "coverage": "analysis.coverage",
    "explain": "analysis.explain",
    "impact": "analysis.impact",
    "prove": "analysis.proof",
    "translate": "engine.api",
    "translate_all": "engine.api",
}

__all__ = [
    "Catalog",
    "Crosswalk",
    "Loss",
    "MappingError",
    "Rejected",
    "SpecError",
    "Translated",
    "TranslationError",
    "Translator",
    "TranslatorError",
    "Violation",
    "check",
    "contract",
    "coverage",
    "explain",
    "impact",
    "prove",
    "translate",
    "translate_all",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that commands start fast."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
