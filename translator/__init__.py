"""Translate events between vendors' formats, from specs and mappings alone."""

from translator.catalog import Catalog
from translator.crosswalk import Crosswalk
from translator.engine import Translator, translate, translate_all
from translator.errors import (
    MappingError,
    SpecError,
    TranslationError,
    TranslatorError,
    Violation,
)

__all__ = [
    "Catalog",
    "Crosswalk",
    "MappingError",
    "SpecError",
    "TranslationError",
    "Translator",
    "TranslatorError",
    "Violation",
    "translate",
    "translate_all",
]
