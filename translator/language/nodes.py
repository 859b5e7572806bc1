"""The AST of a mapping: a class for each kind of rule, codec and section.

A mapping relates two formats in both directions at once. `left` and `right` are the two formats of
`between`, in that order. `direction.direct` turns these nodes into assignments of one direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from translator.errors import Location
from translator.paths import Path
from translator.schema.types import ScalarValue

RuleKind = Literal["exact", "approximate", "opt-in"]

Side = Literal["left", "right"]


Unset = msgspec.UnsetType
"""The type of `UNSET`, which means "no value" where None means null."""

UNSET: Final = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class TableRow:
    """Two equivalent records. A row that is not exact holds in one direction (`to_left`)."""

    left: Record
    right: Record
    location: Location
    kind: RuleKind = "exact"
    to_left: bool = True
    name: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A cell that stands for any value, the same on both sides of its row."""

    name: str


Cell = tuple[ScalarValue, ...] | Variable
"""The values of which a row accepts any, or a variable."""

Record = tuple[tuple[Path, Cell], ...]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A record of one side without an equivalent on the other, and the reason."""

    on_left: bool
    record: Record
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that relate combinations of field values.

    The table of a value map has one field on either side, whose path is `()`. `derived` keeps what
    is computed from the table, by the arguments of the computation.
    """

    name: str
    rows: tuple[TableRow, ...]
    refused_rows: tuple[RefusedRow, ...]
    location: Location
    derived: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


# --- codecs ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """Copies the value."""


@dataclass(frozen=True, slots=True)
class ValueMap:
    """Replaces values by those of a table with one field on either side."""

    table: Table


@dataclass(frozen=True, slots=True)
class DateTime:
    """RFC 3339 on both sides; `epoch` is the unit of the integers that the left also allows."""

    epoch: Literal["", "seconds", "milliseconds"] = ""


@dataclass(frozen=True, slots=True)
class Iso8601:
    """Any ISO 8601 on the left, RFC 3339 on the right; `zone` is the param for missing offsets."""

    zone: str = ""


@dataclass(frozen=True, slots=True)
class Epoch:
    """An integer since 1970 on the left, an RFC 3339 date-time on the right."""

    unit: Literal["seconds", "milliseconds"]


@dataclass(frozen=True, slots=True)
class NumericString:
    """A number on one side, its decimal digits on the other."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Converts a number between two scales, each given by its bounds."""

    left: tuple[float, float]
    right: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Template:
    """Joins several fields on the left into one string on the right.

    `parts` alternates between literal strings and the positions of fields in the rule's left side.
    `short` is a second form, read towards the left only; `params` (position, name) supply the
    fields that it lacks.
    """

    parts: tuple[str | int, ...]
    short: tuple[str | int, ...] = ()
    params: tuple[tuple[int, str], ...] = ()


Codec = Identity | ValueMap | DateTime | Iso8601 | Epoch | NumericString | Linear | Template


# --- rules -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OtherField:
    """Another field on the right, from which the left is written if the rule's own are absent.

    `unless` is a field of the left that must be absent.
    """

    path: Path
    codec: Codec
    location: Location
    kind: RuleKind = "exact"
    name: str = ""
    because: str = ""
    id: str | None = None
    unless: Path | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field on the left and its equivalent on the right.

    With several paths on a side, the first that is present is read and the first is written; with a
    `Template`, the left paths are its fields. The fields of `also` get the same value; those of
    `alternatives` are only read. `only_to` is the one direction of a rule without an
    inverse. `id` marks identifiers: the name of their crosswalk, or `""`. With `skip_unfit`, a
    value that the left does not allow is skipped instead of refused. With `keep_null`, null is
    written as null where the target allows it, not omitted. With `once`, the left is written only
    if the event of the right becomes a single event. With `skip_others`, the right is not written
    for a value that the value map does not list.
    """

    left: tuple[Path, ...]
    right: tuple[Path, ...]
    codec: Codec
    location: Location
    id: str | None = None
    skip_unfit: bool = False
    keep_null: bool = False
    also: tuple[OtherField, ...] = ()
    alternatives: tuple[OtherField, ...] = ()
    only_to: Side | None = None
    because: str = ""
    default: ScalarValue | Unset = UNSET
    left_default: ScalarValue | Unset = UNSET
    once: bool = False
    skip_others: bool = False

    @property
    def other_fields(self) -> tuple[OtherField, ...]:
        """The fields on the right besides those of `right`."""
        return (*self.also, *self.alternatives)

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """The codec of the rule, and those of its other fields."""
        return (self.codec, *(other.codec for other in self.other_fields))


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of left event: how to recognize it on either side, and its rules."""

    name: str
    rules: tuple[FieldRule, ...]
    location: Location
    when: Record = ()
    if_present: Path | None = None
    each: Path | None = None
    only_to: Side | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A value from the caller. `fills` is the field that it fills if nothing else does."""

    name: str
    about: str
    location: Location
    fills: Path | None = None
    to_left: bool = True


@dataclass(frozen=True, slots=True)
class Constant:
    """A field of one side that always has the same value."""

    on_left: bool
    path: Path
    value: ScalarValue
    location: Location


@dataclass(frozen=True, slots=True)
class CarrySlot:
    """The object on the left that stores values of other formats.

    The keys are `prefix`, format, `separator` and field, joined. `carried` is the field on the
    right that holds these values by format and field.
    """

    slot: Path
    carried: Path
    prefix: str
    separator: str
    location: Location


@dataclass(frozen=True, slots=True)
class LostField:
    """A field of one side, with everything inside it, that the other side lacks; and the reason."""

    on_left: bool
    path: Path
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class Mapping:
    """How two formats relate. Messages call the mapping by its `file`."""

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
    """Where `between` names the two formats."""

    @property
    def opt_ins(self) -> tuple[str, ...]:
        """The names of all opt-ins, sorted."""
        names = {row.name for table in self.all_tables() for row in table.rows}
        for rule in self.all_rules():
            names |= {other.name for other in rule.alternatives if other.kind == "opt-in"}
        return tuple(sorted(names - {""}))

    @property
    def crosswalks(self) -> tuple[str, ...]:
        """The names of all crosswalks, sorted."""
        names: set[str] = set()
        for rule in self.all_rules():
            names |= {rule.id or ""} | {other.id or "" for other in rule.alternatives}
        return tuple(sorted(names - {""}))

    def all_rules(self) -> tuple[FieldRule, ...]:
        """The rules of every case, then those shared by all cases."""
        return tuple(rule for case in self.cases for rule in case.rules) + self.shared_rules

    def all_tables(self) -> tuple[Table, ...]:
        """The tables of `rows`, then those of the rules with `values`."""
        codecs = [codec for rule in self.all_rules() for codec in rule.codecs]
        return self.tables + tuple(codec.table for codec in codecs if isinstance(codec, ValueMap))


def applies(only_to: Side | None, *, to_left: bool) -> bool:
    """Whether a rule or case restricted to `only_to` holds in a direction."""
    return only_to in (None, "left" if to_left else "right")


def codec_params(codec: Codec, *, to_left: bool) -> tuple[str, ...]:
    """The names of the params that a codec reads in one direction."""
    match codec:
        case Template(params=params) if to_left:
            return tuple(name for _, name in params)
        case Iso8601(zone=zone) if zone and not to_left:
            return (zone,)
    return ()
