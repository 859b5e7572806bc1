"""The four workloads: a pair of formats, events to translate, and the translator's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks import events, handwritten
from benchmarks.events import Event
from translator import Translator, translate, translate_all

Function = Callable[..., Any]
"""A function of an event; if called by name, of an event, a source and a target."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A pair of formats, events of the source, and the params they need.

    If `fans_out` is true, an event becomes a list of events; otherwise it becomes one event.
    """

    name: str
    source: str
    target: str
    description: str
    events: list[Event]
    params: Mapping[str, str] = field(default_factory=dict)
    fans_out: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """Source and target."""
        return self.source, self.target

    def translator(self, *, validate: bool = True) -> Translator:
        """Compile a translator."""
        return Translator(self.source, self.target, params=self.params, validate=validate)

    def bound(self, *, validate: bool = True) -> Function:
        """Return the method of a compiled translator that translates an event."""
        translator = self.translator(validate=validate)
        method: Function = translator.translate_all if self.fans_out else translator.translate
        return method

    def by_name(self, *, validate: bool = True) -> Function:
        """Return the translator's function of an event, a source and a target."""
        return self._call(translate_all if self.fans_out else translate, validate=validate)

    def handwritten_by_name(self) -> Function:
        """Return the hand-written function of an event, a source and a target."""
        return self._call(handwritten.translate, validate=False)

    def _call(self, function: Function, *, validate: bool) -> Function:
        """Pass params and `validate` unless they have their default."""
        options: dict[str, Any] = {"params": self.params} if self.params else {}
        if not validate:
            options["validate"] = False
        return partial(function, **options) if options else function


WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("small", "goshops", "miso", "Go Shops to Miso, 140 bytes", events.goshops()),
        Workload(
            "rich",
            "miso",
            "cobi",
            "Miso with all context fields to Cobi, 1 KB",
            events.rich_miso(),
            {"item_type": handwritten.ITEM_TYPE},
        ),
        Workload(
            "carrying", "cobi", "miso", "Cobi to Miso, half with epoch seconds", events.cobi()
        ),
        Workload(
            "fan-out",
            "miso",
            "goshops",
            f"Miso with {events.PRODUCTS} products to {events.PRODUCTS} Go Shops events",
            events.carts(),
            {"project": handwritten.PROJECT},
            fans_out=True,
        ),
    )
}
