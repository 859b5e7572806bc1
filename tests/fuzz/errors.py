"""Summaries of errors, and the requirements for every error."""

from __future__ import annotations

import re
from functools import cache

from tests.docs.pages import ROOT
from translator.errors import (
    ERROR_CODES,
    MappingError,
    SpecError,
    TranslationError,
    TranslatorError,
)


@cache
def documented_codes() -> frozenset[str]:
    """Every code in the tables of the docs."""
    pages = (ROOT / "docs" / name for name in ("errors.md", "diagnostics.md"))
    row = re.compile(r"^\| `([a-z0-9-]+)` \|", re.MULTILINE)
    return frozenset(code for page in pages for code in row.findall(page.read_text("utf-8")))


def summarize(error: TranslatorError) -> str:
    """The code and a summary of an error. Fails unless its code is documented."""
    if isinstance(error, TranslationError):
        assert error.code in ERROR_CODES
        assert error.path.startswith("$"), error.path
        assert 0 < len(error.message) < 200_000
        return f"{error.code} {summary(error.message)}"
    assert isinstance(error, SpecError | MappingError)
    assert error.diagnostics
    for finding in error.diagnostics:
        assert finding.code in documented_codes(), finding.code
        assert 0 < len(finding.message) < 10_000
    return f"{error.diagnostics[0].code} {summary(error.diagnostics[0].message)}"


def summary(message: str) -> str:
    """The first words of a message, without the parts that depend on the input."""
    return " ".join(
        re.sub(r"'.*'|\".*\"|/tmp\S*|[\d.]+|\$\S*", "_", message, flags=re.DOTALL).split()[:9]
    )
