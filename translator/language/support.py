"""Refuse what the mapping language has, but the compiler does not translate yet.

Each function is about one construct, and is removed with the step that implements it.
"""

from __future__ import annotations

from collections.abc import Iterator

from translator.errors import Diagnostic, Location
from translator.language import nodes


def check_support(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    """Yield a finding for each construct of a mapping that is not translated yet."""
    for what, location in dict.fromkeys(_sections(mapping)):
        message = f"{what} not supported yet"
        yield Diagnostic("not-supported", location, message, "leave it out for now")


Places = Iterator[tuple[str, Location]]


def _sections(mapping: nodes.Mapping) -> Places:
    for item in mapping.incomplete:
        if not item.on_left:
            yield "'incomplete' of the right is", item.location
