"""Compare the engine with the reference: translate an event with both and describe differences."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from tests.reference.decisions import RouteStep, Settings
from tests.reference.interpreter import translate
from tests.reference.places import Place, event_place
from tests.reference.rules import Direction
from tests.reference.views import Reason
from tests.tools.independent_validator import identical
from translator import TranslationError
from translator.catalog.catalog import Catalog

Json = Any


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference counterpart of a `Translator`."""

    source: Place
    route: tuple[RouteStep, ...]
    settings: Settings

    def __call__(self, event: Json) -> tuple[list[Json], list[Reason]]:
        """The translations of an event, or all reasons to refuse it."""
        if not isinstance(event, dict) or not self._is_valid(event):
            return [], [Reason("invalid-event")]
        return translate(copy.deepcopy(event), self.source, self.route, self.settings)

    def _is_valid(self, event: dict[str, Json]) -> bool:
        if self.source.discriminator is None:
            return self.source.allows(event)
        value = event.get(self.source.discriminator)
        variant = self.source.variant(value) if isinstance(value, str) else None
        return variant is not None and variant.allows(event)


@cache
def _place(catalog: Catalog, name: str, for_output: bool) -> Place:
    return event_place(catalog.spec(name).document, for_output=for_output)


def build_reference(
    catalog: Catalog, source: str, target: str, keywords: Mapping[str, Any]
) -> Reference:
    """The reference for the keyword arguments of a `Translator`."""
    formats = catalog.route(source, target)
    route = []
    for start, end in pairwise(formats):
        mapping = catalog.mapping(frozenset((start, end)))
        direction = Direction(mapping, to_left=mapping.left == end)
        route.append(RouteStep(direction, _place(catalog, end, end == target)))
    tables = {
        name: {row[source]: row[target] for row in rows if row.get(source) and row.get(target)}
        for name, rows in (keywords.get("crosswalks") or {}).items()
    }
    params = {
        key: value for key, value in (keywords.get("params") or {}).items() if value is not None
    }
    settings = Settings(params, frozenset(keywords.get("allow") or ()), tables)
    return Reference(_place(catalog, source, False), tuple(route), settings)


Engine = Callable[[Json], list[Json]]
"""`Translator.translate_all` or an equivalent function."""


def difference(engine: Engine, reference: Reference, event: Json) -> str:
    """How the results for an event differ; empty if they agree.

    If an event is refused, the error of the engine must be one of the reasons of the reference.
    """
    expected, reasons = reference(event)
    try:
        outputs = engine(event)
    except TranslationError as error:
        if not reasons:
            return f"refused with {error.code} at {error.path}; the reference gives {expected!r}"
        for reason in reasons:
            if reason.code == error.code and (not reason.paths or error.path in reason.paths):
                return ""
        return f"refused with {error.code} at {error.path}; the reference gives {reasons!r}"
    if reasons:
        return f"gives {outputs!r}; the reference refuses: {reasons!r}"
    if not identical(outputs, expected):
        return f"gives {outputs!r}; the reference gives {expected!r}"
    return ""
