"""What an error says, in short; and what every error must say."""

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
def documented() -> frozenset[str]:
    """Every code that the pages list."""
    pages = (ROOT / "docs" / name for name in ("errors.md", "diagnostics.md"))
    return frozenset(
        found[1]
        for page in pages
        for found in re.finditer(r"^\| `([a-z0-9-]+)` \|", page.read_text("utf-8"), re.MULTILINE)
    )


def told(error: TranslatorError) -> str:
    """What an error says, in short; it must have a documented code and a message of some use."""
    if isinstance(error, TranslationError):
        assert error.code in ERROR_CODES
        assert error.path.startswith("$"), error.path
        assert 0 < len(error.message) < 200_000
        return f"{error.code} {gist(error.message)}"
    assert isinstance(error, SpecError | MappingError)
    assert error.diagnostics
    for one in error.diagnostics:
        assert one.code in documented(), one.code
        assert 0 < len(one.message) < 10_000
    return f"{error.diagnostics[0].code} {gist(error.diagnostics[0].message)}"


def gist(message: str) -> str:
    """The first words of a message, less what differs from input to input."""
    return " ".join(
        re.sub(r"'.*'|\".*\"|/tmp\S*|[\d.]+|\$\S*", "_", message, flags=re.DOTALL).split()[:9]
    )
