"""What a contract says: of kinds of events, of their leaves, of values, and of single events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from translator.returning import ReturnOutcome

LeafStatus = Literal["exact", "normalised", "conditional", "changed", "lost"]
EventReturn = Literal["same kind", "another kind", "refused there", "refused on the way back"]


@dataclass(frozen=True, slots=True)
class LossCause:
    """Where a leaf is lost: on the way `there` or `back`, in which step, and why.

    `step` is the two formats of that step, as in `one -> other`; `rule` is where one rule is
    to blame, as `file:line:column`, or empty.
    """

    way: Literal["there", "back"]
    step: str
    because: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PromisedLeaf:
    """What becomes of one leaf of the events of a kind.

    `conditions` are what has to hold for a `conditional` one to come back, `instead` what stands in
    its place where it does not: values, params, or members of the event. `loss` says where it is
    lost first, if it may be.
    """

    path: str
    status: LeafStatus
    conditions: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    loss: LossCause | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of one kind of event. `comes_back` lists how it may return.

    `written_as` are the kinds of the target that it may become. `params` are those whose value may
    stand in what comes back, `opt_ins` those without which it is refused on either way. `spread`
    are the lists of which each element returns on its own.
    """

    kind: str
    comes_back: tuple[EventReturn, ...]
    leaves: tuple[PromisedLeaf, ...] = ()
    refused: str = ""
    params: tuple[str, ...] = ()
    opt_ins: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    written_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Survival:
    """What becomes of one value of an enum: how its leaf fares in the kinds that can have it.

    `statuses` are those of the leaf in the kinds that come back, `refused` the reasons for which
    others do not, and `instead` what stands in place of the value.
    """

    path: str
    value: Any
    statuses: tuple[LeafStatus, ...] = ()
    instead: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PredictedLeaf:
    """What becomes of one leaf of an event: its JSON path, and what may stand there `instead`.

    One that is `replaced` may be absent too; in place of one that is `absent` stands nothing.
    """

    path: str
    outcome: ReturnOutcome
    instead: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What comes back of an event that makes the way there and back.

    Events that are `refused` for their kind do not; others may still be refused for a value.
    `spread` are the lists, as paths, of which each element returns in an event of its own.
    """

    kind: str
    refused: str = ""
    leaves: tuple[PredictedLeaf, ...] = ()
    spread: tuple[str, ...] = ()
