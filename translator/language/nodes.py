"""What a mapping says, as data: one class for each kind of rule.

A mapping relates two formats in both directions at once. `left` and `right` are the two of
`between:`, in that order. `inverse.directed` turns these nodes into the moves of one direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from translator.errors import Location
from translator.paths import Path
from translator.schema.types import ScalarValue

RuleKind = Literal["exact", "approximate", "opt-in"]


class Unset:
    """The type of `UNSET`: no value, where null is a value."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True)
class TableRow:
    """`left` and `right` say the same. `kind` other than exact holds in one direction only.

    Left and right are records, member by member: a value, several of which any will do, or a
    `Variable` that is the same on both sides.
    """

    left: Record
    right: Record
    kind: RuleKind = "exact"
    to_left: bool = True
    name: str = ""
    because: str = ""
    location: Location = field(default_factory=lambda: Location(""))


@dataclass(frozen=True, slots=True)
class Variable:
    """A cell that stands for whatever value is there, the same on both sides of its row."""

    name: str


Cell = tuple[ScalarValue, ...] | Variable

Record = tuple[tuple[Path, Cell], ...]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Records of one side that have no equal on the other, and why."""

    on_left: bool
    record: Record
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that tie members together: a value map is a table of one member on either side."""

    name: str
    rows: tuple[TableRow, ...]
    refused_rows: tuple[RefusedRow, ...]
    location: Location


# --- codecs ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """The value as it is."""


@dataclass(frozen=True, slots=True)
class ValueMap:
    """One value for another, by a table of one member on either side (both named `()`)."""

    table: Table


@dataclass(frozen=True, slots=True)
class DateTime:
    """An RFC 3339 date-time; `epoch` names the integers the left may hold instead, if any."""

    epoch: Literal["", "seconds", "milliseconds"] = ""


@dataclass(frozen=True, slots=True)
class Iso8601:
    """Left any ISO 8601 date-time, right RFC 3339; `zone` names the param for missing offsets."""

    zone: str = ""


@dataclass(frozen=True, slots=True)
class Epoch:
    """An integer since 1970 on one side, an RFC 3339 date-time on the other."""

    unit: Literal["seconds", "milliseconds"]


@dataclass(frozen=True, slots=True)
class NumericString:
    """A number on one side, the same in decimal digits on the other."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A number between bounds on the left, on another scale on the right."""

    left: tuple[float, float]
    right: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Template:
    """Several members on the left, one text on the right.

    `parts` alternates between literal text and the members' positions in the rule's left side.
    `short` is a second form, read on the way left only, in which `params` supply the rest.
    """

    parts: tuple[str | int, ...]
    short: tuple[str | int, ...] = ()
    params: tuple[tuple[int, str], ...] = ()


Codec = Identity | ValueMap | DateTime | Iso8601 | Epoch | NumericString | Linear | Template


# --- rules -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another place on the right from which the left is written when the first has nothing."""

    path: Path
    codec: Codec
    kind: RuleKind
    name: str
    because: str
    id: str | None
    unless: Path | None
    location: Location


@dataclass(frozen=True, slots=True)
class Also:
    """Another place on the right that holds the same value as the rule's first."""

    path: Path
    codec: Codec
    location: Location


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A member on the left and the member on the right that says the same.

    Several `left` or `right` paths are alternatives of which the first present counts, or the
    members of a `Template`. `only` names the one direction of a rule without an inverse. `id`
    marks identifiers: the crosswalk they belong to, or `""`. `skip_unfit` lets a value pass over
    that the left has no place for, instead of refusing the event.
    """

    left: tuple[Path, ...]
    right: tuple[Path, ...]
    codec: Codec
    location: Location
    id: str | None = None
    skip_unfit: bool = False
    also: tuple[Also, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    only_to: Literal["left", "right"] | None = None
    because: str = ""
    default: ScalarValue | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Case:
    """One of several things an event may name: how to tell, and the rules that hold then."""

    name: str
    rules: tuple[FieldRule, ...]
    location: Location
    when: Record = ()
    if_present: Path | None = None
    each: Path | None = None
    only_to: Literal["left", "right"] | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A value the caller supplies. `fills` is the member it fills when nothing else does."""

    name: str
    about: str
    location: Location
    fills: Path | None = None
    to_left: bool = True


@dataclass(frozen=True, slots=True)
class Constant:
    """A member of one side that always holds one value."""

    on_left: bool
    path: Path
    value: ScalarValue
    location: Location


@dataclass(frozen=True, slots=True)
class CarrySlot:
    """The free slot on the left that holds other formats' carried values, under flat keys.

    `carried` is the member of the right that holds them by format and field.
    """

    slot: Path
    carried: Path
    prefix: str
    separator: str
    location: Location


@dataclass(frozen=True, slots=True)
class LostField:
    """Members of one side that have no home on the other, and why. Covers all beneath `path`."""

    on_left: bool
    path: Path
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class Mapping:
    """How two formats relate. `file` is where it was read from, for messages."""

    file: str
    left: str
    right: str
    cases: tuple[Case, ...]
    shared_rules: tuple[FieldRule, ...]
    tables: tuple[Table, ...] = ()
    params: tuple[Param, ...] = ()
    constants: tuple[Constant, ...] = ()
    lost_fields: tuple[LostField, ...] = ()
    carry_slot: CarrySlot | None = None
    format_locations: tuple[Location, Location] = (Location(""), Location(""))
    """Where 'between' names the two formats."""

    @property
    def opt_ins(self) -> tuple[str, ...]:
        """The names a caller may allow, sorted."""
        names = {row.name for table in self.all_tables() for row in table.rows}
        for rule in self.all_rules():
            names |= {
                alternative.name
                for alternative in rule.alternatives
                if alternative.kind == "opt-in"
            }
        return tuple(sorted(names - {""}))

    @property
    def crosswalks(self) -> tuple[str, ...]:
        """The crosswalks that the identifiers of this mapping belong to, sorted."""
        names: set[str] = set()
        for rule in self.all_rules():
            names |= {rule.id or ""} | {alternative.id or "" for alternative in rule.alternatives}
        return tuple(sorted(names - {""}))

    def all_rules(self) -> tuple[FieldRule, ...]:
        """The rules of every case, and those that hold in all."""
        return tuple(rule for case in self.cases for rule in case.rules) + self.shared_rules

    def all_tables(self) -> tuple[Table, ...]:
        """The tables of rows and those of value maps."""
        value_maps = [
            rule.codec.table for rule in self.all_rules() if isinstance(rule.codec, ValueMap)
        ]
        return self.tables + tuple(value_maps)


def codec_params(codec: Codec, *, to_left: bool) -> tuple[str, ...]:
    """The params that a codec reads in one direction."""
    match codec:
        case Template(params=params) if to_left:
            return tuple(name for _, name in params)
        case Iso8601(zone=zone) if zone and not to_left:
            return (zone,)
    return ()
