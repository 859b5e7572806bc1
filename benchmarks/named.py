"""The functions written by hand behind one that takes the names of a pair at each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks import checked, handwritten
from benchmarks.handwritten import Event


def translate(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    validate: bool = True,
) -> Any:
    """What the pair's function gives; the translator's own function has the same arguments."""
    function = (checked.PAIRS if validate else handwritten.PAIRS)[source, target]
    return function(event, **params) if params else function(event)
