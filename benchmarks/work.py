"""The four kinds of work, and the translator's ways of doing each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import checked, events, handwritten, named
from translator import Translator, translate, translate_all

Event = dict[str, Any]
Run = Callable[..., Any]
"""A function of an event; with `names`, of an event, a source and a target."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: a pair of formats, the params its events need, and events.

    With `several`, an event becomes a list of events; otherwise it becomes one.
    """

    name: str
    source: str
    target: str
    about: str
    events: list[Event]
    params: Mapping[str, Any] = field(default_factory=dict)
    several: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """Source and target."""
        return self.source, self.target

    @property
    def by_hand(self) -> Run:
        """The hand-written function, without checks."""
        return handwritten.PAIRS[self.pair]

    @property
    def by_hand_checked(self) -> Run:
        """The hand-written function, with the checks that the translator does."""
        return checked.PAIRS[self.pair]

    @property
    def by_hand_valid(self) -> Run:
        """The hand-written function that trusts the source, and refuses what the target can't take.

        That is what the translator does with `validate=False, guard=True`.
        """
        return checked.VALID_PAIRS[self.pair]

    def translator(self, *, validate: bool = True, guard: bool | None = None) -> Translator:
        """The translator, compiled."""
        return Translator(
            self.source, self.target, params=self.params, validate=validate, guard=guard
        )

    def bound(self, *, validate: bool = True, guard: bool | None = None) -> Run:
        """The translator's own method for an event."""
        made = self.translator(validate=validate, guard=guard)
        return made.translate_all if self.several else made.translate

    def unbound(self, *, validate: bool = True) -> Run:
        """The translator's function of an event, a source and a target."""
        return self._called(translate_all if self.several else translate, validate=validate)

    def unbound_by_hand(self, *, validate: bool = True) -> Run:
        """The function of an event, a source and a target that is written by hand."""
        return self._called(named.translate, validate=validate)

    def _called(self, run: Run, *, validate: bool) -> Run:
        """A call of `run` as a caller would write it: what is needed is passed, and by name."""
        params = self.params
        match bool(params), validate:
            case False, True:
                return run
            case False, False:
                return lambda event, source, target: run(event, source, target, validate=False)
            case True, True:
                return lambda event, source, target: run(event, source, target, params=params)
        return lambda event, source, target: run(
            event, source, target, params=params, validate=False
        )


def works() -> dict[str, Work]:
    """All kinds of work by name."""
    listed = (
        Work("small", "goshops", "miso", "Go Shops to Miso, 140 bytes", events.goshops()),
        Work(
            "rich",
            "miso",
            "cobi",
            "Miso with all its context to Cobi, 1 KB",
            events.rich_miso(),
            {"item_type": handwritten.ITEM_TYPE},
        ),
        Work("carrying", "cobi", "miso", "Cobi to Miso, half with epoch seconds", events.cobi()),
        Work(
            "fan-out",
            "miso",
            "goshops",
            f"Miso with {events.PRODUCTS} products to Go Shops: {events.PRODUCTS} events",
            events.carts(),
            {"project": handwritten.PROJECT},
            several=True,
        ),
    )
    return {one.name: one for one in listed}
