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
    from translator.errors import (
        MappingError,
        SpecError,
        TranslationError,
        TranslatorError,
        Violation,
    )

    # The overloads for the shipped formats; these are the functions of translator.engine.
    from translator.generated.events import Translator, translate, translate_all, translate_as
    from translator.results import Loss, Rejected, Translated, TranslatedLines

_NAMES_BY_MODULE = {
    "analysis.check": ("check",),
    "analysis.contract": ("contract",),
    "analysis.coverage": ("coverage",),
    "analysis.explain": ("explain",),
    "analysis.impact": ("impact",),
    "analysis.proof": ("prove",),
    "catalog.catalog": ("Catalog",),
    "crosswalk": ("Crosswalk",),
    "engine.api": ("translate", "translate_all", "translate_as"),
    "engine.translator": ("Translator",),
    "errors": ("MappingError", "SpecError", "TranslationError", "TranslatorError", "Violation"),
    "results": ("Loss", "Rejected", "Translated", "TranslatedLines"),
}

_MODULES = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = ["Catalog", "Crosswalk", "Translator", "translate", "translate_all", "translate_as"]
__all__ += ["Loss", "Rejected", "Translated", "TranslatedLines"]
__all__ += ["MappingError", "SpecError", "TranslationError", "TranslatorError", "Violation"]
__all__ += ["check", "contract", "coverage", "explain", "impact", "prove"]


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that commands start fast."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
