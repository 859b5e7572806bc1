"""How what a source says may reach a target: the words for it, and what a flow holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from translator.origins import RuleUse
from translator.paths import Path

Reach = Literal["exact", "approximate", "opt-in", "carried", "lost"]

REACHES: tuple[Reach, ...] = ("exact", "approximate", "opt-in", "carried", "lost")
"""How a leaf may reach a target, from the best to the worst."""

KindReach = Literal["exact", "approximate", "opt-in", "refused"]

KIND_REACHES: tuple[KindReach, ...] = ("exact", "approximate", "opt-in", "refused")
"""How a kind of event may reach a target, from the best to the worst."""


@dataclass(frozen=True, slots=True)
class KindOutcome:
    """One kind of event: what tells it apart, how it reaches the target, and why not exactly.

    `opt_ins` are those without which it is refused.
    """

    kind: str
    reach: KindReach
    because: str = ""
    opt_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldLink:
    """A line from a member of the source to one of the target, and the rules it goes through."""

    source: Path
    target: Path
    reach: Reach
    uses: tuple[RuleUse, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class LeafOutcome:
    """What becomes of a leaf in one kind of event: its `links`, the best first, or none.

    A leaf of a kind that is refused is lost with it.
    """

    kind: str
    reach: Reach
    because: str = ""
    links: tuple[FieldLink, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class LeafCoverage:
    """A leaf of the source, and its fate in each of the kinds of events that can hold it.

    One that is `named` is no leaf of the spec: rules read it by its key, or its keys, from a
    member whose keys are free.
    """

    path: Path
    outcomes: tuple[LeafOutcome, ...]
    read_by_key: bool = False

    @property
    def reach(self) -> Reach:
        """The best that becomes of it in any kind."""
        return self._best_outcome.reach

    @property
    def worst(self) -> Reach:
        """The worst that becomes of it in the kinds that are translated."""
        translated = [outcome for outcome in self.outcomes if not outcome.refused]
        return max((outcome.reach for outcome in translated), key=REACHES.index, default="lost")

    @property
    def because(self) -> str:
        """Why the best is no better; empty where it is exact."""
        return self._best_outcome.because

    @property
    def _best_outcome(self) -> LeafOutcome:
        return min(
            self.outcomes, key=lambda outcome: (outcome.refused, REACHES.index(outcome.reach))
        )

    @property
    def links(self) -> tuple[FieldLink, ...]:
        """Its lines to members of the target in any kind, each once, the best first."""
        distinct = dict.fromkeys(link for outcome in self.outcomes for link in outcome.links)
        best: dict[Path, FieldLink] = {}
        for link in sorted(distinct, key=lambda candidate: REACHES.index(candidate.reach)):
            best.setdefault(link.target, link)
        return tuple(best.values())

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """In how many kinds it fares how; in those that are `refused`, counted apart."""
        counts = Counter(
            "refused" if outcome.refused else outcome.reach for outcome in self.outcomes
        )
        return {reach: counts[reach] for reach in (*REACHES, "refused") if counts[reach]}


@dataclass(frozen=True, slots=True)
class FilledField:
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

    route: tuple[str, ...]
    kind_outcomes: tuple[KindOutcome, ...]
    leaves: tuple[LeafCoverage, ...]
    targets: tuple[Path, ...]
    filled_fields: tuple[FilledField, ...]

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.route[0]

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.route[-1]

    @property
    def links(self) -> tuple[FieldLink, ...]:
        """Every line from a leaf to a member of the target."""
        return tuple(link for leaf in self.leaves for link in leaf.links)

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """How many kinds of events reach the target in each way."""
        counts = Counter(outcome.reach for outcome in self.kind_outcomes)
        return {reach: counts[reach] for reach in KIND_REACHES}

    @property
    def leaves_by_reach(self) -> dict[str, int]:
        """How many leaves of the source's spec reach the target in each way, at best."""
        counts = Counter(leaf.reach for leaf in self.leaves if not leaf.read_by_key)
        return {reach: counts[reach] for reach in REACHES}
