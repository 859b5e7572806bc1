"""Where a written value comes from: members of the source, params, constants; and by what rules.

Recorded while a pair is compiled, and read by everything that explains a translation: the proof,
the contract, the coverage and the explanation of one event.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from translator.errors import Location
from translator.language.direction import Source
from translator.language.nodes import (
    Codec,
    DateTime,
    Epoch,
    Identity,
    Iso8601,
    Linear,
    NumericString,
    RuleKind,
    Table,
    Template,
    ValueMap,
)
from translator.paths import Path
from translator.schema.types import SchemaType


@dataclass(frozen=True, slots=True)
class RuleUse:
    """One rule that a value went through.

    `how` is the codec's name as mappings write it, or `row`, `constant`, `default`, `param`,
    `crosswalk`, `carried` (for another format) or `restored` (what was carried). `table` is that
    of a value map. One that `skips` leaves a value out that does not fit, and refuses none.
    """

    operation: str
    location: Location
    kind: RuleKind = "exact"
    because: str = ""
    name: str = ""
    table: Table | None = field(default=None, compare=False, repr=False)
    skip_unfit: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """One place that a value may come from: members of the source, and the rules on the way.

    A value that comes from no member of the source has no `paths`.
    """

    paths: tuple[Path, ...] = ()
    uses: tuple[RuleUse, ...] = ()

    def extend(self, *uses: RuleUse) -> Origin:
        """The origin, and rules that its value goes through next."""
        return replace(self, uses=self.uses + uses)

    def child(self, name: str) -> Origin:
        """The origin of a member of what comes from here."""
        return replace(self, paths=tuple((*path, name) for path in self.paths))


Origins = tuple[Origin, ...]
"""The places a value may come from; the first that is present in an event counts."""


def extend_origins(origins: Origins, *uses: RuleUse) -> Origins:
    """Origins, and rules that the value goes through next, wherever it comes from."""
    return tuple(origin.extend(*uses) for origin in origins)


def combine_origins(groups: Iterable[Origins], *uses: RuleUse) -> Origins:
    """The origin of a value that is made of several."""
    flattened = [origin for origins in groups for origin in origins]
    paths = tuple(dict.fromkeys(path for origin in flattened for path in origin.paths))
    prior_uses = tuple(dict.fromkeys(rule_use for origin in flattened for rule_use in origin.uses))
    return (Origin(paths, prior_uses + uses),)


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One member that is written: its path in the target, and where its value may come from.

    `shape` is what is known of the value, `wanted` what the target demands. An `optional` value
    may be absent.
    """

    target: Path
    origins: Origins
    type: SchemaType = field(compare=False, repr=False)
    target_type: SchemaType = field(compare=False, repr=False)
    optional: bool = field(default=False, compare=False)
    copied: bool = field(default=False, compare=False)


def source_uses(source: Source, crosswalks: Container[str]) -> tuple[RuleUse, ...]:
    """What a value goes through where a move takes it from `source`."""
    if not source.paths:
        return ()
    table = source.codec.table if isinstance(source.codec, ValueMap) else None
    operation = codec_name(source.codec)
    rule_use = RuleUse(
        operation,
        source.location,
        source.kind,
        source.because,
        source.name,
        table,
        source.skip_unfit,
    )
    if source.id is None or source.id not in crosswalks:
        return (rule_use,)
    return (RuleUse("crosswalk", source.location, name=source.id), rule_use)


class Lineage:
    """The members written by the code of a pair, numbered; `order` has them as they came."""

    def __init__(self) -> None:
        self._numbers: dict[WrittenField, int] = {}
        self.history: list[WrittenField] = []

    def add(self, written_field: WrittenField) -> int:
        """The number of an entry, which is kept."""
        self.history.append(written_field)
        return self._numbers.setdefault(written_field, len(self._numbers))

    @property
    def written_fields(self) -> tuple[WrittenField, ...]:
        """The entries by their numbers."""
        return tuple(self._numbers)


def codec_name(codec: Codec) -> str:
    """The name of a codec, as mappings write it."""
    match codec:
        case Identity():
            return "same"
        case ValueMap():
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
