"""Where a written value comes from: members of the source, params, constants; and by what rules.

Recorded while a pair is compiled, and read by everything that explains a translation: the proof,
the contract, the coverage and the explanation of one event.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from translator.diagnostics import Location
from translator.inverse import Source
from translator.nodes import (
    Codec,
    DateTime,
    Epoch,
    Iso8601,
    Kind,
    Linear,
    NumericString,
    Same,
    Table,
    Template,
    Values,
)
from translator.paths import Path
from translator.shapes import Shape


@dataclass(frozen=True, slots=True)
class Use:
    """One rule that a value went through.

    `how` is the codec's name as mappings write it, or `row`, `constant`, `default`, `param`,
    `crosswalk`, `carried` (for another format) or `restored` (what was carried). `table` is that
    of a value map. One that `skips` leaves a value out that does not fit, and refuses none.
    """

    how: str
    location: Location
    kind: Kind = "exact"
    because: str = ""
    name: str = ""
    table: Table | None = field(default=None, compare=False, repr=False)
    skips: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """One place that a value may come from: members of the source, and the rules on the way.

    A value that comes from no member of the source has no `paths`.
    """

    paths: tuple[Path, ...] = ()
    uses: tuple[Use, ...] = ()

    def through(self, *uses: Use) -> Origin:
        """The origin, and rules that its value goes through next."""
        return replace(self, uses=self.uses + uses)

    def child(self, name: str) -> Origin:
        """The origin of a member of what comes from here."""
        return replace(self, paths=tuple((*path, name) for path in self.paths))


Origins = tuple[Origin, ...]
"""The places a value may come from; the first that is present in an event counts."""


def through(origins: Origins, *uses: Use) -> Origins:
    """Origins, and rules that the value goes through next, wherever it comes from."""
    return tuple(one.through(*uses) for one in origins)


def together(parts: Iterable[Origins], *uses: Use) -> Origins:
    """The origin of a value that is made of several."""
    found = [one for origins in parts for one in origins]
    paths = tuple(dict.fromkeys(path for one in found for path in one.paths))
    before = tuple(dict.fromkeys(use for one in found for use in one.uses))
    return (Origin(paths, before + uses),)


@dataclass(frozen=True, slots=True)
class Entry:
    """One member that is written: its path in the target, and where its value may come from.

    `shape` is what is known of the value, `wanted` what the target demands. An `optional` value
    may be absent.
    """

    target: Path
    origins: Origins
    shape: Shape = field(compare=False, repr=False)
    wanted: Shape = field(compare=False, repr=False)
    optional: bool = field(default=False, compare=False)
    copied: bool = field(default=False, compare=False)


def uses(source: Source, crosswalks: Container[str]) -> tuple[Use, ...]:
    """What a value goes through where a move takes it from `source`."""
    if not source.paths:
        return ()
    table = source.codec.table if isinstance(source.codec, Values) else None
    how = codec_name(source.codec)
    use = Use(how, source.location, source.kind, source.because, source.name, table, source.skips)
    if source.id is None or source.id not in crosswalks:
        return (use,)
    return (Use("crosswalk", source.location, name=source.id), use)


class Trail:
    """The members written by the code of a pair, numbered; `order` has them as they came."""

    def __init__(self) -> None:
        self._numbers: dict[Entry, int] = {}
        self.order: list[Entry] = []

    def number(self, entry: Entry) -> int:
        """The number of an entry, which is kept."""
        self.order.append(entry)
        return self._numbers.setdefault(entry, len(self._numbers))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries by their numbers."""
        return tuple(self._numbers)


def codec_name(codec: Codec) -> str:
    """The name of a codec, as mappings write it."""
    match codec:
        case Same():
            return "same"
        case Values():
            return "values"
        case DateTime():
            return "date-time"
        case Iso8601():
            return "iso-8601"
        case Epoch(unit=unit):
            return f"epoch-{unit}"
        case NumericString():
            return "numeric-string"
        case Linear():
            return "linear"
        case Template():
            return "template"
    assert_never(codec)
