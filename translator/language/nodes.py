"""The AST of a mapping: a class for each kind of rule, codec and section.

A mapping relates two formats in both directions at once. `left` and `right` are the two formats of
`between`, in that order. `direction.direct` turns these nodes into assignments of one direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from typing import Any, Final, Literal

import msgspec

from translator.errors import Location
from translator.paths import LIST_ITEM, MAP_ENTRY, NamedPick, Path, Paths, starts_with
from translator.schema.types import ScalarValue

RuleKind = Literal["exact", "approximate", "opt-in"]

Side = Literal["left", "right"]

Outcome = Literal["refuse", "skip", "next"]
"""What happens to a value that does not fit: refused, lost, or left to the next place or source."""

Json = ScalarValue | list[Any] | dict[str, Any]


Unset = msgspec.UnsetType
"""The type of `UNSET`, which means "no value" where None means null."""

UNSET: Final = msgspec.UNSET


# --- conditions and tables ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """A cell that stands for any value, the same on both sides of its row."""

    name: str


class CellWord(Enum):
    """A cell that names no value: its field is present, absent, or has a value of no other row."""

    PRESENT = "$present"
    ABSENT = "$absent"
    OTHERS = "$others"


PRESENT: Final = CellWord.PRESENT
ABSENT: Final = CellWord.ABSENT
OTHERS: Final = CellWord.OTHERS


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A cell that holds if it holds of one of several fields; its record names the first."""

    paths: Paths
    cell: tuple[ScalarValue, ...] | CellWord


Cell = tuple[ScalarValue, ...] | Variable | CellWord | AnyOf
"""The values of which a row accepts any, a variable, or a word."""

Record = tuple[tuple[Path, Cell], ...]


def single_cells(record: Record) -> Iterator[tuple[Path, Cell]]:
    """Yield the cells of a record, that of `a | b` for each of its fields."""
    for path, cell in record:
        if isinstance(cell, AnyOf):
            yield from ((each, cell.cell) for each in cell.paths)
        else:
            yield path, cell


def cell_values(cell: Cell) -> tuple[ScalarValue, ...] | None:
    """Return the values that a cell names, null for an absent field; None if it names none."""
    if cell is ABSENT:
        return (None,)
    return cell if isinstance(cell, tuple) else None


@dataclass(frozen=True, slots=True)
class Condition:
    """Records that are tested on the side that is read, and honoured on the one that is written."""

    left: Record = ()
    right: Record = ()

    def record(self, *, left: bool) -> Record:
        """Return the record of one side."""
        return self.left if left else self.right

    def __bool__(self) -> bool:
        """Whether anything is required."""
        return bool(self.left or self.right)


ALWAYS: Final = Condition()


def exclude_each_other(first: Record, second: Record) -> bool:
    """Whether no event matches two records, since a field would have two values."""
    cells = dict(first)
    return any(
        isinstance(cell, tuple)
        and isinstance(own := cells.get(path), tuple)
        and not {*map(repr, cell)} & {*map(repr, own)}
        for path, cell in second
    )


@dataclass(frozen=True, slots=True)
class TableRow:
    """Two equivalent records. A row that is not exact holds in one direction (`to_left`).

    `defaults` are fields that it writes on the left unless something else writes them.
    """

    left: Record
    right: Record
    location: Location
    kind: RuleKind = "exact"
    to_left: bool = True
    name: str = ""
    because: str = ""
    defaults: tuple[tuple[Path, Json | Variable], ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A record of one side without an equivalent on the other, and the reason.

    With `skip`, the value is lost, and the event is not refused.
    """

    on_left: bool
    record: Record
    because: str
    location: Location
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that relate combinations of field values.

    The table of a value map has one field on either side, whose path is `()`. `taken` is the code
    of the refusal of a variable whose value another row names. `derived` keeps what is computed
    from the table, by the arguments of the computation.
    """

    name: str
    rows: tuple[TableRow, ...]
    refused_rows: tuple[RefusedRow, ...]
    location: Location
    taken: str = "unmappable-value"
    derived: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


# --- codecs ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """Copies the value."""


@dataclass(frozen=True, slots=True)
class ValueMap:
    """Replaces values by those of a table with one field on either side."""

    table: Table


EpochUnit = Literal["seconds", "milliseconds", "microseconds"]


@dataclass(frozen=True, slots=True)
class DateTime:
    """RFC 3339 on both sides; `epoch` is the unit of the integers that the left also allows.

    With `plain`, what is written is in capitals, and a leap second does not fit.
    """

    epoch: EpochUnit | Literal[""] = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Iso8601:
    """Any ISO 8601 on the left, RFC 3339 on the right; `zone` is the param for missing offsets."""

    zone: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Epoch:
    """A number since 1970 on the left, an RFC 3339 date-time on the right.

    `finer` says what happens to digits below the unit. With `fraction`, seconds have decimals.
    """

    unit: EpochUnit
    finer: Literal["refuse", "cut"] = "refuse"
    fraction: bool = False


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


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration on the left, seconds on the right."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number or a plain decimal string on the left, written as `write`; a number on the right."""

    write: Literal["number", "string"] = "number"


@dataclass(frozen=True, slots=True)
class Text:
    """A string or a number on the left, a string on the right."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The right is the left plus `by`."""

    by: float


@dataclass(frozen=True, slots=True)
class LetterCase:
    """Any string on the left; the same in capitals (`upper`) or small letters on the right."""

    upper: bool


@dataclass(frozen=True, slots=True)
class Prefix:
    """A string that begins with a fixed string, or with that of a param; the rest on the right."""

    text: str = ""
    param: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """A string of parts, separated by a fixed string or that of a param; a list on the right.

    With `last`, the last of several strings is written if the param is not given; `name` is that
    of this approximation.
    """

    text: str = ""
    param: str = ""
    last: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class JsonText:
    """JSON text on the left, its value on the right."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A list of objects with a `key` and a `value`; lists of values by key on the right."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Several codecs, applied in order towards the right."""

    codecs: tuple[Codec, ...]


Codec = (
    Identity
    | ValueMap
    | DateTime
    | Iso8601
    | Epoch
    | NumericString
    | Linear
    | Template
    | Duration
    | Number
    | Text
    | Shift
    | LetterCase
    | Prefix
    | Split
    | JsonText
    | Pairs
    | Pipeline
)


# --- rules -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fallback:
    """A further source of a field, read if those before it are absent: a field, param or value.

    `to_left` says which side it fills.
    """

    to_left: bool
    location: Location
    path: Path | None = None
    param: str = ""
    value: Json | Unset = UNSET
    codec: Codec = Identity()
    kind: RuleKind = "exact"
    name: str = ""
    because: str = ""
    id: str | None = None
    when: Condition = ALWAYS
    unfit: Outcome = "refuse"
    required: bool = False


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field on the left and its equivalent on the right.

    With several paths on a side, the first that is present is read and the first is written, or all
    are (`left_all`, `right_all`); with a `Template`, the left paths are its fields. `fallbacks` are
    read in this order. `only_to` is the one direction of a rule without an inverse. `id` marks
    identifiers: the name of their crosswalk, or `""`. `unfit_left` says what happens to a value
    that the left does not allow, `unfit_right` the same for the right. With `keep_null`, null is
    written as null where the target allows it, not omitted. With `once`, the left is written only
    if the event of the right becomes a single event. The rule applies where `when` holds and none
    of `not_when`, the conditions of the rules before it in a list. With `agree`, all sources that
    are present must be equal. With `omit_default`, the right is not written if its value is the
    default of the matched row.
    """

    left: Paths
    right: Paths
    codec: Codec
    location: Location
    id: str | None = None
    unfit_left: Outcome = "refuse"
    unfit_right: Outcome = "refuse"
    keep_null: bool = False
    fallbacks: tuple[Fallback, ...] = ()
    only_to: Side | None = None
    because: str = ""
    once: bool = False
    left_all: bool = False
    right_all: bool = False
    when: Condition = ALWAYS
    not_when: tuple[Condition, ...] = ()
    agree: bool = False
    omit_default: bool = False

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """The codec of the rule, and those of its fallbacks; pipelines in parts."""
        codecs = (self.codec, *(fallback.codec for fallback in self.fallbacks))
        return tuple(part for codec in codecs for part in codec_parts(codec))

    def chain(self, *, to_left: bool) -> tuple[Fallback, ...]:
        """Return the fallbacks of one side."""
        return tuple(fallback for fallback in self.fallbacks if fallback.to_left == to_left)

    def default(self, *, to_left: bool) -> ScalarValue | Unset:
        """Return the value at the end of the chain of one side, if any."""
        chain = self.chain(to_left=to_left)
        value = chain[-1].value if chain else UNSET
        return UNSET if isinstance(value, list | dict) else value

    def ends(self) -> Iterator[RuleEnd]:
        """Yield each pair of fields that the rule relates."""
        for left, right in product(self.left, self.right):
            yield RuleEnd(left, right, self.codec, self.location, None)
        for fallback in self.fallbacks:
            if fallback.path is not None:
                left, right = self.left[0], self.right[0]
                left, right = (left, fallback.path) if fallback.to_left else (fallback.path, right)
                yield RuleEnd(left, right, fallback.codec, fallback.location, fallback)


@dataclass(frozen=True, slots=True)
class RuleEnd:
    """A field of the left and one of the right that a rule or a fallback of it relates."""

    left: Path
    right: Path
    codec: Codec
    location: Location
    fallback: Fallback | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The list whose elements become events of the left.

    One event for each run of up to `size` elements; for all of them together if it is None.
    """

    path: Path
    size: int | None = 1


def list_depth(path: Path, scope: Scope | None = None) -> int:
    """Return how many lists a path goes through; those whose elements are events do not count."""
    depth = path.count(LIST_ITEM) + path.count(MAP_ENTRY)
    if scope is not None and scope.size == 1 and starts_with(path, scope.path):
        depth -= 1
    return depth


def is_beside(left: Path, right: Path, scope: Scope | None) -> bool:
    """Whether a field of an event for each element is in a list beside those elements."""
    if scope is None or scope.size != 1 or starts_with(right, scope.path):
        return False
    return list_depth(right) == list_depth(left) + 1 and MAP_ENTRY not in right


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of left event: how to recognize it on either side, and its rules."""

    name: str
    rules: tuple[FieldRule, ...]
    location: Location
    when: Condition = ALWAYS
    scope: Scope | None = None
    only_to: Side | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A value from the caller."""

    name: str
    about: str
    location: Location


@dataclass(frozen=True, slots=True)
class ParamField:
    """A field of one side that a param fills in each case in which no rule writes it."""

    on_left: bool
    path: Path
    param: str
    location: Location


@dataclass(frozen=True, slots=True)
class Constant:
    """A field of one side with the same JSON value always; `only_to` is its one direction."""

    on_left: bool
    path: Path
    value: Any
    location: Location
    only_to: Side | None = None


@dataclass(frozen=True, slots=True)
class CarrySlot:
    """The object on the left that stores values of other formats.

    The keys are `prefix`, format, `separator` and field, joined. `carried` is the field on the
    right that holds these values by format and field. With `skip_unfit`, a value that the slot
    cannot hold is lost, and the event is not refused.
    """

    slot: Path
    carried: Path
    prefix: str
    separator: str
    location: Location
    skip_unfit: bool = False


@dataclass(frozen=True, slots=True)
class LostField:
    """A field of one side, with everything inside it, that the other side lacks; and the reason."""

    on_left: bool
    path: Path
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An object or list of one side that is written only if it is complete; and the reason."""

    on_left: bool
    path: Path
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class Selections:
    """The named selections of a list, in the order in which they are written.

    One of `many` is a list, any other a single element.
    """

    list: Path
    picks: tuple[NamedPick, ...]
    many: frozenset[str]
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
    param_fields: tuple[ParamField, ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    selections: tuple[Selections, ...] = ()
    lost_fields: tuple[LostField, ...] = ()
    carry_slot: CarrySlot | None = None
    format_locations: tuple[Location, Location] = (Location(""), Location(""))
    """Where `between` names the two formats."""

    @property
    def opt_ins(self) -> tuple[str, ...]:
        """The names of all opt-ins, sorted."""
        names = {row.name for table in self.all_tables() for row in table.rows}
        for rule in self.all_rules():
            names |= {other.name for other in rule.fallbacks if other.kind == "opt-in"}
        return tuple(sorted(names - {""}))

    @property
    def crosswalks(self) -> tuple[str, ...]:
        """The names of all crosswalks, sorted."""
        names: set[str] = set()
        for rule in self.all_rules():
            names |= {rule.id or ""} | {other.id or "" for other in rule.fallbacks}
        return tuple(sorted(names - {""}))

    def all_rules(self) -> tuple[FieldRule, ...]:
        """The rules of every case, then those shared by all cases."""
        return tuple(rule for case in self.cases for rule in case.rules) + self.shared_rules

    def conditions(self) -> Iterator[tuple[Condition, Location]]:
        """Yield the conditions of cases, rules and fallbacks, and where each is."""
        for case in self.cases:
            yield case.when, case.location
        for rule in self.all_rules():
            yield rule.when, rule.location
            yield from ((fallback.when, fallback.location) for fallback in rule.fallbacks)

    def all_tables(self) -> tuple[Table, ...]:
        """The tables of `rows`, then those of the rules with `values`."""
        codecs = [codec for rule in self.all_rules() for codec in rule.codecs]
        return self.tables + tuple(codec.table for codec in codecs if isinstance(codec, ValueMap))


def applies(only_to: Side | None, *, to_left: bool) -> bool:
    """Whether a rule or case restricted to `only_to` holds in a direction."""
    return only_to in (None, "left" if to_left else "right")


def codec_parts(codec: Codec) -> tuple[Codec, ...]:
    """Return the codecs of a pipeline, or the codec alone."""
    return codec.codecs if isinstance(codec, Pipeline) else (codec,)


def codec_params(codec: Codec, *, to_left: bool) -> tuple[str, ...]:
    """The names of the params that a codec reads in one direction."""
    match codec:
        case Template(params=params) if to_left:
            return tuple(name for _, name in params)
        case Iso8601(zone=zone) if zone and not to_left:
            return (zone,)
        case Prefix(param=param) | Split(param=param) if param:
            return (param,)
        case Pipeline(codecs=codecs):
            return tuple(name for each in codecs for name in codec_params(each, to_left=to_left))
    return ()
