"""How what a source says may reach a target: the words for it, and what a flow holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from translator.origins import Use
from translator.paths import Path

Reach = Literal["exact", "approximate", "opt-in", "carried", "lost"]

REACHES: tuple[Reach, ...] = ("exact", "approximate", "opt-in", "carried", "lost")
"""How a leaf may reach a target, from the best to the worst."""

Arrival = Literal["exact", "approximate", "opt-in", "refused"]

ARRIVALS: tuple[Arrival, ...] = ("exact", "approximate", "opt-in", "refused")
"""How a kind of event may reach a target, from the best to the worst."""


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of event: what tells it apart, how it reaches the target, and why not exactly.

    `opt_ins` are those without which it is refused.
    """

    kind: str
    reach: Arrival
    because: str = ""
    opt_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A line from a member of the source to one of the target, and the rules it goes through."""

    source: Path
    target: Path
    reach: Reach
    uses: tuple[Use, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a leaf in one kind of event: its `links`, the best first, or none.

    A leaf of a kind that is refused is lost with it.
    """

    kind: str
    reach: Reach
    because: str = ""
    links: tuple[Link, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the source, and its fate in each of the kinds of events that can hold it.

    One that is `named` is no leaf of the spec: rules read it by its key, or its keys, from a
    member whose keys are free.
    """

    path: Path
    fates: tuple[Fate, ...]
    named: bool = False

    @property
    def reach(self) -> Reach:
        """The best that becomes of it in any kind."""
        return self._best.reach

    @property
    def worst(self) -> Reach:
        """The worst that becomes of it in the kinds that are translated."""
        translated = [fate for fate in self.fates if not fate.refused]
        return max((fate.reach for fate in translated), key=REACHES.index, default="lost")

    @property
    def because(self) -> str:
        """Why the best is no better; empty where it is exact."""
        return self._best.because

    @property
    def _best(self) -> Fate:
        return min(self.fates, key=lambda fate: (fate.refused, REACHES.index(fate.reach)))

    @property
    def links(self) -> tuple[Link, ...]:
        """Its lines to members of the target in any kind, each once, the best first."""
        found = dict.fromkeys(link for fate in self.fates for link in fate.links)
        best: dict[Path, Link] = {}
        for link in sorted(found, key=lambda one: REACHES.index(one.reach)):
            best.setdefault(link.target, link)
        return tuple(best.values())

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """In how many kinds it fares how; in those that are `refused`, counted apart."""
        found = Counter("refused" if one.refused else one.reach for one in self.fates)
        return {reach: found[reach] for reach in (*REACHES, "refused") if found[reach]}


@dataclass(frozen=True, slots=True)
class Supply:
    """A member of the target filled without the event: `how` is `param`, `default`, `constant`."""

    target: Path
    how: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """All that reaches a target from a source, on the `way` of formats between them.

    `leaves` are those of the source in the order of its spec, `targets` those of the target;
    params are taken as given.
    """

    way: tuple[str, ...]
    events: tuple[Event, ...]
    leaves: tuple[Leaf, ...]
    targets: tuple[Path, ...]
    supplies: tuple[Supply, ...]

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.way[0]

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.way[-1]

    @property
    def links(self) -> tuple[Link, ...]:
        """Every line from a leaf to a member of the target."""
        return tuple(link for leaf in self.leaves for link in leaf.links)

    @property
    def events_by_reach(self) -> dict[str, int]:
        """How many kinds of events reach the target in each way."""
        found = Counter(event.reach for event in self.events)
        return {reach: found[reach] for reach in ARRIVALS}

    @property
    def leaves_by_reach(self) -> dict[str, int]:
        """How many leaves of the source's spec reach the target in each way, at best."""
        found = Counter(leaf.reach for leaf in self.leaves if not leaf.named)
        return {reach: found[reach] for reach in REACHES}
