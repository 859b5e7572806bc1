"""What a translator says it loses of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tests.tools.arguments import Given, translator
from translator.results import Loss

Json = Any
Report = Callable[[Json], tuple[list[dict[str, Json]], list[Loss]]]


@cache
def reporter(source: str, target: str, given: Given) -> Report:
    """A function from an event to its translations and what they lost; raises as they do."""
    return translator(source, target, given).translate_with_losses


def leaves(value: Json, path: str = "$") -> Iterator[tuple[str, Json]]:
    """Each leaf of a value with its JSON path; an empty list or object is a leaf."""
    match value:
        case dict() if value:
            for key, inner in value.items():
                yield from leaves(
                    inner, f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"
                )
        case list() if value:
            for index, inner in enumerate(value):
                yield from leaves(inner, f"{path}[{index}]")
        case _:
            yield path, value
