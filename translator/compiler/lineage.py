"""Lineage of written values: the source fields, params and constants behind them, and the rules.

Recorded during compilation; proof, contract, coverage and `explain` read it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from translator.errors import Location
from translator.language import nodes
from translator.language.codecs import approximation, without_prefixes
from translator.language.direction import Source
from translator.memo import replace
from translator.paths import LIST_ITEM, MAP_ENTRY, Path, path_below
from translator.runtime.values import CopyPlan, plan_below
from translator.schema.types import ScalarValue, SchemaType

_WHOLE_VALUE_CODECS = frozenset({"split", "json", "pairs"})


@dataclass(frozen=True, slots=True)
class RuleUse:
    """The use of one rule on a value.

    `operation` is the codec's name as mappings write it, or `row`, `constant`, `default`, `param`,
    `crosswalk`, `once`, `selection` (only the elements of a list that `name` selects), `carried`
    (stored for another format) or `restored` (a carried value). `table` is set for a value map.
    With `skip_unfit`, the rule omits values that do not fit, without refusing the event.
    `conditions` says when it applies; empty if always. It is `conditional` if only the event can
    tell whether it applies. With `gathered`, the value is that of all elements of a list. A row
    that `fixes` a field writes a value of its own, for the values of the fields that it compares.
    `text` describes a codec with its settings, as in `split at /`.
    """

    operation: str
    location: Location
    kind: nodes.RuleKind = "exact"
    because: str = ""
    name: str = ""
    table: nodes.Table | None = field(default=None, compare=False, repr=False)
    skip_unfit: bool = False
    conditions: str = field(default="", repr=False)
    conditional: bool = field(default=False, repr=False)
    gathered: bool = field(default=False, repr=False)
    fixes: bool = field(default=False, compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)

    @property
    def converts_whole(self) -> bool:
        """Whether a codec turned a list or an object into another value, or made it from one."""
        return not _WHOLE_VALUE_CODECS.isdisjoint(self.operation.split(", "))


@dataclass(frozen=True)
class Origin:
    """One possible origin of a value: fields of the source and the rules applied, in order.

    `paths` is empty for a value that comes from no source field, such as a param. `copies` are the
    plans by which a list or an object is copied from there. Those of a list that is `gathered`
    are the origins of its elements.
    """

    paths: tuple[Path, ...] = ()
    uses: tuple[RuleUse, ...] = ()
    copies: tuple[CopyPlan, ...] = field(default=(), compare=False)
    gathered: bool = False

    def child(self, name: str) -> Origin:
        """Return the origin of a part of this value, at the next step of a path."""
        copies = self.copies
        if copies:
            plans = (plan_below(plan, name) for plan in copies)
            copies = tuple(plan for plan in plans if isinstance(plan, CopyPlan))
        return Origin(self.paths_below((name,)), self.uses, copies)

    def paths_below(self, rest: Path) -> tuple[Path, ...]:
        """Return the fields behind a part of this value."""
        if self.gathered and rest[:1] == (LIST_ITEM,):
            rest = rest[1:]
        return tuple([(*path, *rest) for path in self.paths])


Origins = tuple[Origin, ...]
"""Alternative origins of a value; the first one present in the event applies."""


def extend_origins(origins: Origins, *uses: RuleUse) -> Origins:
    """Return every origin with further rules applied."""
    if not uses:
        return origins
    return tuple([replace(each, uses=each.uses + uses) for each in origins])


def mark_gathered(origins: Origins) -> Origins:
    """Return origins in elements of a list, all of which have the same value."""
    return tuple(
        replace(each, uses=(*each.uses[:-1], replace(each.uses[-1], gathered=True)))
        if each.uses
        else each
        for each in origins
    )


def copy_origins(origins: Origins, copies: tuple[CopyPlan, ...]) -> Origins:
    """Return the origins of a value after one more copy."""
    if not copies:
        return origins
    return tuple([replace(each, copies=each.copies + copies) for each in origins])


def limit_origins(origins: Origins, conditions: str) -> Origins:
    """Return the origins of a value whose last rule applies only under further conditions."""
    return tuple(
        replace(origin, uses=(*origin.uses[:-1], _limit_use(origin.uses[-1], conditions)))
        if origin.uses
        else origin
        for origin in origins
    )


def _limit_use(use: RuleUse, conditions: str) -> RuleUse:
    listed = " and ".join(filter(None, (use.conditions, conditions)))
    return replace(use, conditions=listed, conditional=True)


def combine_origins(groups: Iterable[Origins], *uses: RuleUse) -> Origins:
    """Return the single origin of a value that is combined from several values."""
    flattened = [origin for origins in groups for origin in origins]
    paths = tuple(dict.fromkeys(path for origin in flattened for path in origin.paths))
    prior_uses = tuple(dict.fromkeys(rule_use for origin in flattened for rule_use in origin.uses))
    return (Origin(paths, prior_uses + uses),)


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One written field of the target and the possible origins of its value.

    `type` is the proved type of the value, `target_type` the type that the target requires. An
    `optional` value may be absent. In a list that several selections write, `selected` is the one
    by which this field is written, or its number if another mapping wrote them. A list that is
    `empty` says only that the source has no element. An event is refused if its value is one of
    `excluded`.
    """

    target: Path
    origins: Origins
    type: SchemaType = field(compare=False, repr=False)
    target_type: SchemaType = field(compare=False, repr=False)
    optional: bool = field(default=False, compare=False)
    selected: str = ""
    empty: bool = field(default=False, compare=False)
    excluded: frozenset[ScalarValue] = field(default=frozenset(), compare=False, repr=False)


class WrittenFields(tuple[WrittenField, ...]):
    """The written fields of an event, found by their paths."""

    def above(self, path: Path) -> Iterator[tuple[WrittenField, Path]]:
        """Yield the fields that may write `path`, the nearest first, with the rest below each."""
        for written in self._candidates(path[:1]):
            rest = path_below(written.target, path)
            if rest is not None and not (rest and written.empty):
                yield written, rest

    @cached_property
    def reads(self) -> tuple[tuple[Path, Path], ...]:
        """Each path that is read, with the path of the field that it is written to."""
        fields = [written for written in self if not written.empty]
        origins = [(origin, written.target) for written in fields for origin in written.origins]
        return tuple((path, target) for origin, target in origins for path in origin.paths)

    @cached_property
    def _by_depth(self) -> list[WrittenField]:
        return sorted(self, key=lambda field: -len(field.target))

    def _candidates(self, first: Path) -> list[WrittenField]:
        """Return the fields whose paths begin with a step, those of free keys too."""
        known: dict[Path, list[WrittenField]] = self.__dict__.setdefault("_known", {})
        if first not in known:
            starts = (first, (MAP_ENTRY,), ())
            known[first] = [field for field in self._by_depth if field.target[:1] in starts]
        return known[first]


NO_FIELDS = WrittenFields()


def source_uses(source: Source, crosswalks: Container[str]) -> tuple[RuleUse, ...]:
    """Return the rules that an assignment applies to a value from `source`."""
    if not source.paths:
        return ()
    is_crosswalked = source.id is not None and source.id in crosswalks
    codec = without_prefixes(source.codec) if is_crosswalked else source.codec
    table = codec.table if isinstance(codec, nodes.ValueMap) else None
    kind, because = source.kind, source.because
    changes = filter(None, map(approximation, nodes.codec_parts(codec)))
    if kind == "exact" and (change := next(changes, "")):
        kind, because = "approximate", change
    rule = (source.location, kind, because, source.name)
    name, text, skips = codec_name(codec), describe_codec(codec), source.skips_unfit
    codec_use = RuleUse(name, *rule, table, skips, source.only, source.is_conditional, text=text)
    if not is_crosswalked:
        return (codec_use,)
    return (RuleUse("crosswalk", source.location, name=source.id or ""), codec_use)


class Lineage:
    """The numbered fields that the code of a pair writes.

    `history` lists every write in the order of compilation, with repetitions. `accounted` are the
    origins of values that are not written, but that the output implies: those of constants, and
    of exact rows. `matched_rows` are the locations of rows, `chosen_cases` the names of cases that
    apply to some event. `refused` are the elements of the source's lists with which every event is
    refused, with the reasons.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[WrittenField, str], int] = {}
        self.history: list[WrittenField] = []
        self.accounted: dict[Origin, None] = {}
        self.matched_rows: set[Location] = set()
        self.chosen_cases: set[str] = set()
        self.refused: dict[Path, str] = {}

    def add(self, written_field: WrittenField) -> int:
        """Record a write and return the number of its field."""
        self.history.append(written_field)
        copies = [origin.copies for origin in written_field.origins]
        return self._numbers.setdefault((written_field, repr(copies)), len(self._numbers))

    @property
    def written_fields(self) -> tuple[WrittenField, ...]:
        """The written fields in the order of their numbers."""
        return tuple(written_field for written_field, _ in self._numbers)


_CODEC_NAMES = {
    nodes.Identity: "same",
    nodes.ValueMap: "values",
    nodes.DateTime: "date-time",
    nodes.Iso8601: "iso-8601",
    nodes.NumericString: "numeric-string",
    nodes.Linear: "linear",
    nodes.Template: "template",
    nodes.Duration: "duration",
    nodes.Number: "number",
    nodes.Text: "string",
    nodes.Shift: "shift",
    nodes.Prefix: "prefix",
    nodes.Split: "split",
    nodes.JsonText: "json",
    nodes.Pairs: "pairs",
}


def codec_name(codec: nodes.Codec) -> str:
    """Return the name of a codec as mappings write it."""
    match codec:
        case nodes.Pipeline(codecs=codecs):
            return ", ".join(map(codec_name, codecs))
        case nodes.Epoch(unit=unit):
            return f"epoch-{unit}"
        case nodes.LetterCase(upper=upper):
            return "upper-case" if upper else "lower-case"
        case nodes.DateTime(plain=True) | nodes.Iso8601(plain=True):
            return f"plain {_CODEC_NAMES[type(codec)]}"
    return _CODEC_NAMES[type(codec)]


def describe_codec(codec: nodes.Codec) -> str:
    """Return the name of a codec with its settings, in words."""
    name = codec_name(codec)
    match codec:
        case nodes.Pipeline(codecs=codecs):
            return ", ".join(map(describe_codec, codecs))
        case nodes.Iso8601(zone=zone) if zone:
            return f"{name}, zone {zone}"
        case nodes.Epoch(finer="cut"):
            return f"{name}, cut"
        case nodes.Linear(left=left, right=right):
            return f"{name} {left[0]:g} to {left[1]:g} as {right[0]:g} to {right[1]:g}"
        case nodes.Shift(by=by):
            return f"{name} by {by:g}"
        case nodes.Prefix(text=text, param=param):
            return f"{name} {text or f'param {param}'}"
        case nodes.Split(text=text, param=param):
            return f"{name} at {text or f'param {param}'}"
        case nodes.Template(parts=parts):
            return f"{name} {''.join(part if isinstance(part, str) else '{}' for part in parts)}"
        case nodes.Pairs(key=key, value=value):
            return f"{name} of {key} and {value}"
    return name
