"""What a pair of formats was compiled to: all that its translator needs, and no spec or mapping.

Named tuples, since every run of the command line makes these classes anew before it starts: a
frozen dataclass takes seven times as long.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from types import CodeType
from typing import Any, NamedTuple

from translator.judges import Judged


class Envelope(NamedTuple):
    """How a body holds events: the `member` that lists them, and how many it may hold at `most`."""

    member: str
    most: int | None


class Place(NamedTuple):
    """A place that a param fills: its schema, and whether it is for texts."""

    schema: dict[str, Any]
    textual: bool


class Known(NamedTuple):
    """What a caller may give: the places that each param fills, and the names of all else.

    `ends` are the formats from which and to which it leads, `zones` the params that name timezones.
    """

    ends: tuple[str, str]
    params: Mapping[str, tuple[Place, ...]]
    zones: frozenset[str]
    opt_ins: frozenset[str]
    crosswalks: frozenset[str]


class Compiled(NamedTuple):
    """Emitted source, and the code it was compiled to under a name that tracebacks show."""

    name: str
    source: str
    code: CodeType


class Plan(NamedTuple):
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
    params = {name: [tuple(one) for one in places] for name, places in known.params.items()}
    return marshal.dumps(
        (
            tuple(plan.compiled),
            plan.fans_out,
            (known.ends, params, *known[2:]),
            plan.discriminator,
            {value: tuple(one) for value, one in plan.judged.items()},
            [None if one is None else tuple(one) for one in plan.envelopes],
        )
    )


def from_bytes(data: bytes) -> Plan:
    """The plan that `to_bytes` wrote; of other bytes, anything may become: they are run."""
    whole, fans_out, given, discriminator, judged, envelopes = marshal.loads(data)
    ends, params, *names = given
    places = {name: tuple(Place(*one) for one in listed) for name, listed in params.items()}
    reads, writes = (None if one is None else Envelope(*one) for one in envelopes)
    return Plan(
        Compiled(*whole),
        fans_out,
        Known(ends, places, *names),
        discriminator,
        {value: Judged(*one) for value, one in judged.items()},
        (reads, writes),
    )
