"""The engine beside the reference: the same event through both, and where they differ."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from tests.reference.deciding import Hop, Settings
from tests.reference.interpreter import translated
from tests.reference.places import Place, event_place
from tests.reference.rules import Direction
from tests.reference.views import Reason
from tests.tools.judging import exactly
from translator import TranslationError
from translator.catalog.catalog import Catalog

Json = Any


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference for one pair and what its caller gives, beside `Translator`."""

    source: Place
    hops: tuple[Hop, ...]
    settings: Settings

    def __call__(self, event: Json) -> tuple[list[Json], list[Reason]]:
        """The events that an event becomes, or every reason for which it is refused."""
        if not isinstance(event, dict) or not self._is_valid(event):
            return [], [Reason("invalid-event")]
        return translated(copy.deepcopy(event), self.source, self.hops, self.settings)

    def _is_valid(self, event: dict[str, Json]) -> bool:
        if self.source.told_by is None:
            return self.source.takes(event)
        value = event.get(self.source.told_by)
        variant = self.source.variant(value) if isinstance(value, str) else None
        return variant is not None and variant.takes(event)


@cache
def _place(catalog: Catalog, name: str, as_written: bool) -> Place:
    return event_place(catalog.spec(name).document, as_written=as_written)


def reference(catalog: Catalog, source: str, target: str, keywords: Mapping[str, Any]) -> Reference:
    """The reference for what the keywords of a `Translator` say."""
    way = catalog.route(source, target)
    hops = []
    for start, end in pairwise(way):
        mapping = catalog.mapping(frozenset((start, end)))
        direction = Direction(mapping, to_left=mapping.left == end)
        hops.append(Hop(direction, _place(catalog, end, end == target)))
    tables = {
        name: {row[source]: row[target] for row in rows if row.get(source) and row.get(target)}
        for name, rows in (keywords.get("crosswalks") or {}).items()
    }
    params = {key: one for key, one in (keywords.get("params") or {}).items() if one is not None}
    settings = Settings(params, frozenset(keywords.get("allow") or ()), tables)
    return Reference(_place(catalog, source, False), tuple(hops), settings)


Engine = Callable[[Json], list[Json]]
"""`Translator.translate_all`, or what does the same."""


def difference(engine: Engine, second: Reference, event: Json) -> str:
    """How the two differ over an event; the empty text where they agree.

    Where an event is refused, the engine names one of the reasons that the reference has: the same
    one wherever there is but one.
    """
    expected, reasons = second(event)
    return differs(engine, event, expected, reasons)


def differs(engine: Engine, event: Json, expected: list[Json], reasons: list[Reason]) -> str:
    """How the engine differs from what the reference said of an event."""
    try:
        outputs = engine(event)
    except TranslationError as error:
        if not reasons:
            return f"refused with {error.code} at {error.path}; the reference gives {expected!r}"
        for one in reasons:
            if one.code == error.code and (not one.paths or error.path in one.paths):
                return ""
        return f"refused with {error.code} at {error.path}; the reference says {reasons!r}"
    if reasons:
        return f"gives {outputs!r}; the reference refuses: {reasons!r}"
    if not exactly(outputs, expected):
        return f"gives {outputs!r}; the reference gives {expected!r}"
    return ""
