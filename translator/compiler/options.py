"""What a caller asks of a translation, as the emitter is told it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for. `crosswalks` names the tables given; `params` those given.

    `checked` events are validated first, `guarded` values are held to what only the target demands
    of them; `report` asks for code that notes what becomes of each member instead of code that is
    fast, `typed` for code that reads events from structs.
    """

    params: Mapping[str, str] = field(default_factory=dict)
    crosswalks: Sequence[str] = ()
    opt_ins: frozenset[str] = frozenset()
    validated: bool = True
    report: bool = False
    structs: bool = False
    guarded: bool = True
