"""What a pair of formats was compiled to: all that its translator needs, and no spec or mapping."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from translator.judges import Judged


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a body holds events: the `member` that lists them, and how many it may hold at `most`."""

    member: str
    most: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a param fills: its schema, and whether it is for texts."""

    schema: dict[str, Any]
    textual: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What a caller may give: the places that each param fills, and the names of all else.

    `ends` are the formats from which and to which it leads, `zones` the params that name timezones.
    """

    ends: tuple[str, str]
    params: Mapping[str, tuple[Place, ...]]
    zones: frozenset[str]
    opt_ins: frozenset[str]
    crosswalks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Emitted source, and the code it was compiled to under a name that tracebacks show."""

    name: str
    source: str
    code: CodeType


@dataclass(frozen=True, slots=True)
class Plan:
    """A translation, compiled.

    `judged` are the schemas by which events of the source are judged first, as
    `narrowing.first_schemas` gives them; `envelopes` are those of source and target.
    """

    compiled: Compiled
    fans_out: bool
    known: Known
    discriminator: str | None
    judged: Mapping[str, Judged]
    envelopes: tuple[Envelope | None, Envelope | None]


def compiled(source: str, name: str) -> Compiled:
    """Emitted source, compiled."""
    return Compiled(name, source, compile(source, name, "exec"))


def to_bytes(plan: Plan) -> bytes:
    """A plan, for this very Python to read with `from_bytes`."""
    known = plan.known
    params = {
        name: [(place.schema, place.textual) for place in places]
        for name, places in known.params.items()
    }
    return marshal.dumps(
        (
            (plan.compiled.name, plan.compiled.source, plan.compiled.code),
            plan.fans_out,
            (known.ends, params, known.zones, known.opt_ins, known.crosswalks),
            plan.discriminator,
            {value: (one.schema, one.dated) for value, one in plan.judged.items()},
            [one and (one.member, one.most) for one in plan.envelopes],
        )
    )


def from_bytes(data: bytes) -> Plan:
    """The plan that `to_bytes` wrote; of other bytes, anything may become: they are run."""
    whole, fans_out, (ends, params, *names), discriminator, judged, held = marshal.loads(data)
    reads, writes = held
    places = {name: tuple(Place(*one) for one in listed) for name, listed in params.items()}
    return Plan(
        Compiled(*whole),
        fans_out,
        Known(ends, places, *names),
        discriminator,
        {value: Judged(*one) for value, one in judged.items()},
        (reads and Envelope(*reads), writes and Envelope(*writes)),
    )
