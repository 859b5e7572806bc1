"""Compose a translation and its reverse, field by field, to predict what a round trip returns.

A value that the return writes is traced through the fields that the forward direction wrote to the
fields of the event. What is known of the event decides which origins of each field are possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

from translator.analysis.kinds import EventKind
from translator.analysis.knowledge import Knowledge, is_required
from translator.compiler.lineage import Origin, RuleUse, WrittenField, WrittenFields
from translator.compiler.specialize import AnyOther
from translator.compiler.variant import OutputForm
from translator.language.nodes import Table
from translator.paths import LIST_ITEM, Path, Selection, format_path, path_below, starts_with
from translator.runtime.times import is_rfc3339
from translator.schema.types import Mixed, Scalar, SchemaType, type_at
from translator.validation.subtypes import accepts, is_subtype

ReturnOutcome = Literal["equal", "normalised", "replaced", "absent", "unknown"]

LIMITS = {"once": "one event results", "incomplete": "what it belongs to is complete"}
"""Operations that write a value only on a condition: what the condition is."""

IDENTITY_RULES = frozenset({"same", "carried", "restored", "row", "selection", *LIMITS})
"""The operations that preserve a value; rows preserve it by a variable."""

DATE_TIME_CODECS = frozenset({"date-time", "iso-8601"})
"""The codecs that preserve a date-time of RFC 3339."""

CHECKED_CODECS = frozenset({*DATE_TIME_CODECS, "values"})
"""The codecs of which it is known which values they take."""

_DATE_TIME = Scalar(frozenset({"string"}), format="date-time")

_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

_FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": is_rfc3339,
    "uuid": lambda value: _UUID.fullmatch(value) is not None,
}
"""Formats that a translation checks more strictly than a validator."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A possible origin of a value: the fields of the event it is from, and the rules it took.

    `joined` is true if the value was a part of another one in between. `conditions` must hold for
    the value to come from here. If rows wrote a `constant` in between, that is what came of it.
    """

    paths: tuple[Path, ...] = ()
    forward_uses: tuple[RuleUse, ...] = ()
    return_uses: tuple[RuleUse, ...] = ()
    joined: bool = False
    conditions: tuple[str, ...] = ()
    constant: tuple[Any, ...] = ()

    @property
    def uses(self) -> tuple[RuleUse, ...]:
        """The rules of both directions."""
        return self.forward_uses + self.return_uses

    @property
    def is_identity(self) -> bool:
        """Whether the value is that of one field of the event, as it was."""
        return len(self.paths) == 1 and _keep_values(self.uses)


def _keep_values(uses: Iterable[RuleUse]) -> bool:
    """Whether rules pass on a value as it was."""
    return all(use.operation in IDENTITY_RULES and not use.fixes for use in uses)


_LATER_ELEMENT = re.compile(r"\[([1-9]\d*|\*)\]$")
"""A selection whose elements move to other indexes if an element before them is absent."""

NO_FIELDS = WrittenFields()

Traces = list[Trace | None]
"""The possible origins of a value; None if there may be no value."""

ConditionalForms = list[tuple[OutputForm, tuple[str, ...]]]
"""The forms that a translation may have, each with the conditions for it."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """The fields of a translation, a kind that its events may be of, and the fields of its return.

    `conditions` must hold for the event, and `written_conditions` for its translation.
    """

    written: WrittenFields
    kind: EventKind
    return_fields: WrittenFields = NO_FIELDS
    conditions: tuple[str, ...] = ()
    written_conditions: tuple[str, ...] = ()

    @property
    def returns(self) -> bool:
        """Whether anything comes back: the kind is not refused in the return direction."""
        return bool(self.kind.output_forms)


@dataclass(frozen=True, slots=True)
class PossibleReturn:
    """A possible outcome of a leaf, and the origin of the value, or constant, that replaces it."""

    outcome: ReturnOutcome
    trace: Trace | None = None
    constant: tuple[Any, ...] = ()


# --- origins of a value ---------------------------------------------------------------------------


def _trace_forward(field: WrittenField, knowledge: Knowledge, rest: Path = ()) -> Traces:
    """Trace the value at `rest` below a field written on the way there."""
    traces: Traces = []
    preconditions: tuple[str, ...] = ()
    constant = () if rest else _constant(field)
    for origin in field.origins:
        paths = origin.paths_below(rest)
        trace = Trace(
            paths, origin.uses, joined=len(paths) > 1, conditions=preconditions, constant=constant
        )
        is_certain = _is_written(field, trace, knowledge, rest)
        if is_certain is False:
            continue
        is_present = all(map(knowledge.is_present, paths))
        if is_certain is None and not is_present:
            preconditions += (f"{_join_paths(paths)} is absent",)
        if is_certain is None and (is_present or _is_limited(trace) or _conditions_of(trace)):
            trace = _add_fit_condition(trace, field)
        traces.append(trace)
        if is_certain:
            return traces
    is_optional = field.optional or any(map(_is_limited, field.origins))
    return [*traces, None] if is_optional or rest or not traces else traces


def _trace_return(
    field: WrittenField, rest: Path, written: WrittenFields, knowledge: Knowledge
) -> Traces:
    """Trace the value at `rest` below a field that the return writes to fields of the event."""
    if rest and not _has_path(field.target_type, rest):
        return [None]
    if field.selected and not field.origins:
        return [Trace(), None]  # the value that selects the elements, if there are any
    traces: Traces = []
    for origin in field.origins:
        candidates = _trace_read(origin, rest, written, knowledge)
        is_certain = bool(candidates) and None not in candidates
        for trace in filter(None, candidates):
            fits = None if field.optional else True
            if trace.paths:
                fits = _fits(field, trace, knowledge, rest)
            if fits is not False:
                traces.append(trace if fits else _add_fit_condition(trace, field))
            is_certain = is_certain and bool(fits)
        if is_certain:
            return traces
    is_optional = field.optional or any(_is_limited(trace) for trace in traces if trace)
    return [*traces, None] if is_optional or rest or not traces else traces


def _add_fit_condition(trace: Trace, field: WrittenField) -> Trace:
    conditions = _limits(trace) or (f"it fits {format_path(field.target)}",)
    if written := _conditions_of(trace):
        conditions = (f"it is written only {written}",)
    return replace(trace, conditions=(*trace.conditions, *conditions))


def _limits(origin: Trace | Origin) -> tuple[str, ...]:
    """Return the conditions under which a value is written that do not depend on itself."""
    conditions: dict[str, None] = {}
    for use in origin.uses:
        if use.operation in LIMITS:
            conditions[LIMITS[use.operation]] = None
        elif use.operation == "selection":
            conditions[f"it is in {use.name}"] = None
    return tuple(conditions)


def _is_limited(origin: Trace | Origin) -> bool:
    """Whether a value is written only on a condition, or only from some elements."""
    return bool(_limits(origin))


def _conditions_of(origin: Trace | Origin) -> str:
    """Return the condition of a rule behind a value, if only the event tells whether it holds."""
    return " and ".join(dict.fromkeys(use.conditions for use in origin.uses if use.conditional))


def _trace_read(origin: Origin, rest: Path, written: WrittenFields, knowledge: Knowledge) -> Traces:
    """Trace what an origin of the return reads through the fields written forward."""
    selections = [use for use in origin.uses if use.operation == "selection"]
    if len(selections) == 1 and len(origin.paths) == 1:
        name = selections[0].name
        same = WrittenFields(field for field in written if field.selected == name)
        if same and not _LATER_ELEMENT.search(name):
            return_uses = tuple(use for use in origin.uses if use not in selections)
            return _trace_read(replace(origin, uses=return_uses), rest, same, knowledge)
        written = same or written
    traces: Traces = [Trace(return_uses=origin.uses)]
    for path in origin.paths:
        traces = [
            None if trace is None or other is None else _merge_traces(trace, other)
            for trace in traces
            for other in _trace_written((*path, *rest), written, knowledge)
        ]
    return list(dict.fromkeys(traces))


def _merge_traces(first: Trace, second: Trace) -> Trace:
    return Trace(
        tuple(dict.fromkeys(first.paths + second.paths)),
        tuple(dict.fromkeys(first.forward_uses + second.forward_uses)),
        first.return_uses,
        first.joined or second.joined,
        tuple(dict.fromkeys(first.conditions + second.conditions)),
        () if first.paths else second.constant,
    )


def _constant(field: WrittenField) -> tuple[Any, ...]:
    """Return the only value that may be written to a field, if there is only one."""
    enum = field.type.enum if isinstance(field.type, Scalar) else None
    return tuple(enum) if enum is not None and len(enum) == 1 else ()


def _trace_written(path: Path, written: WrittenFields, knowledge: Knowledge) -> Traces:
    """Trace the value at a path of the translation, written by the nearest field first."""
    traces: Traces = []
    fields = list(written.above(path))
    selected = [field.target for field, _ in fields if field.selected]
    for field, rest in fields:
        candidates = _trace_forward(field, knowledge, rest)
        traces += filter(None, candidates)
        # Several selections write elements of one list: which one is read depends on the event.
        if None not in candidates and selected.count(field.target) < 2:
            return traces
    if not fields:
        traces = list(_trace_elements(path, written, knowledge))
    return [*traces, None]


def _trace_elements(path: Path, written: WrittenFields, knowledge: Knowledge) -> Iterator[Trace]:
    """Trace a list that is written element by element to the lists that its elements are from."""
    for field in written:
        if len(field.target) > len(path) and starts_with(field.target, (*path, LIST_ITEM)):
            for trace in filter(None, _trace_forward(field, knowledge)):
                lists = [each[: each.index(LIST_ITEM)] for each in trace.paths if LIST_ITEM in each]
                if lists:
                    yield replace(trace, paths=tuple(dict.fromkeys(lists)))


def _join_paths(paths: Iterable[Path]) -> str:
    return " and ".join(map(format_path, paths))


def _is_written(field: WrittenField, trace: Trace, knowledge: Knowledge, rest: Path) -> bool | None:
    """Whether a value from this origin is written; None if it may be."""
    if not trace.paths:
        return True
    presence = [knowledge.is_present(path) for path in trace.paths]
    is_any = field.empty or any(use.converts_whole for use in trace.uses)
    if trace.joined and is_any:  # made of those that are present
        return False if set(presence) == {False} else None
    if False in presence or (rest and not _has_path(field.target_type, rest)):
        return False
    if None in presence:
        return None
    return _fits(field, trace, knowledge, rest)


def _has_path(schema_type: SchemaType, path: Path) -> bool:
    parents = [type_at(schema_type, path[:length]) for length in range(len(path))]
    is_raw = any(isinstance(parent, Mixed) for parent in parents)
    return is_raw or type_at(schema_type, path) is not None


def _fits(field: WrittenField, trace: Trace, knowledge: Knowledge, rest: Path) -> bool | None:
    """Whether a present value is written, and not skipped as invalid; None if it may be."""
    if _is_limited(trace) or _conditions_of(trace):
        return None
    is_skipped = any(use.skip_unfit for use in trace.uses)
    if not field.optional and not is_skipped:
        return True
    if any(use.kind == "approximate" for use in trace.uses):
        return None
    if not is_skipped:
        return True
    codecs = {use.operation for use in trace.uses} - IDENTITY_RULES
    if len(trace.paths) > 1 or _is_changed_by_value_map(trace) or codecs - CHECKED_CODECS:
        return None
    if codecs & DATE_TIME_CODECS:
        return _fits_type(trace.paths[0], _DATE_TIME, knowledge)
    path = trace.paths[0][: -len(rest) or None]
    fits = [_fits_type(path, each, knowledge) for each in (field.type, field.target_type)]
    return False if False in fits else None if None in fits else True


def _fits_type(path: Path, target_type: SchemaType, knowledge: Knowledge) -> bool | None:
    """Whether the values of the event at a path are of a type; None if they may be."""
    values = knowledge.values_at(path)
    if values is None:
        source_type = type_at(knowledge.kind.type, path)
        return (source_type is not None and is_subtype(source_type, target_type)) or None
    valid = {_is_valid(value, target_type) for value in values}
    if valid == {False} and isinstance(target_type, Scalar):
        return False
    # Of a list or an object, what the target does not allow may be left out.
    return True if False not in valid else None


def _is_valid(value: Any, schema_type: SchemaType) -> bool:
    if not isinstance(schema_type, Scalar):
        return accepts(schema_type, value)
    if isinstance(value, dict | list):
        return False
    if isinstance(value, str) and (has_format := _FORMATS.get(schema_type.format)) is not None:
        return has_format(value) and accepts(replace(schema_type, format=""), value)
    return accepts(schema_type, value)


def _is_changed_by_value_map(trace: Trace) -> bool:
    """Whether a value map changed the value, and the return did not undo it."""
    forward_maps, return_maps = (
        {use.location for use in uses if use.table is not None and _is_one_to_one(use.table)}
        for uses in (trace.forward_uses, trace.return_uses)
    )
    undone = forward_maps & return_maps
    return any(
        use.operation == "values" and not _is_identity(use.table) and use.location not in undone
        for use in trace.uses
    )


def _is_changed_by_crosswalk(trace: Trace) -> bool:
    """Whether a crosswalk changed the value, and the return did not undo it."""
    forward_names, return_names = (
        [use.name for use in uses if use.operation == "crosswalk"]
        for uses in (trace.forward_uses, trace.return_uses)
    )
    if not forward_names and not return_names:
        return False
    # A crosswalk is one-to-one between two formats, and a template parses what it built. Any other
    # rule might turn the id of one row into that of another.
    other_rules = {use.operation for use in trace.uses} - {"crosswalk", "template", "values"}
    is_undone = len(forward_names) == 1 and forward_names == return_names
    return not is_undone or not other_rules <= IDENTITY_RULES


def _is_one_to_one(table: Table) -> bool:
    lefts = {repr(row.left) for row in table.rows}
    rights = {repr(row.right) for row in table.rows}
    is_exact = all(row.kind == "exact" for row in table.rows)
    return is_exact and len(lefts) == len(rights) == len(table.rows)


def _is_identity(table: Table | None) -> bool:
    return table is not None and all(
        [value for _, value in row.left] == [value for _, value in row.right] for row in table.rows
    )


# --- forms of a round trip ------------------------------------------------------------------------


def round_trips(
    kind: EventKind, return_kinds: Sequence[EventKind], knowledge: Knowledge
) -> Iterator[RoundTrip]:
    """Yield every combination of forms that the round trip of an event of the kind may have."""
    for form, conditions in possible_forms(kind, knowledge):
        fields = form.written_fields
        cases: dict[Path, _WrittenValues] = {}
        for return_kind in return_kinds:
            descriptions: list[str] = []
            for path, value in return_kind.choice.items():
                if path not in cases:
                    cases[path] = _find_written_values(path, fields, knowledge)
                if not cases[path].may_be(value):
                    break
                descriptions.append(cases[path].describe(path, value))
            else:
                written = tuple(filter(None, descriptions))
                if not return_kind.output_forms:
                    yield RoundTrip(fields, return_kind, NO_FIELDS, conditions, written)
                for return_form, extra in _return_forms(return_kind, fields, knowledge):
                    back = return_form.written_fields
                    yield RoundTrip(fields, return_kind, back, (*conditions, *extra), written)


def possible_forms(kind: EventKind, knowledge: Knowledge) -> ConditionalForms:
    """Return the forms that the translation of an event may have."""

    def trace(field: WrittenField) -> tuple[Traces, bool]:
        candidates = (Trace(origin.paths, origin.uses) for origin in field.origins)
        is_certain = any(_is_written(field, trace, knowledge, ()) for trace in candidates)
        return _trace_forward(field, knowledge), is_certain

    def has_elements(path: Path) -> bool | None:
        if knowledge.is_present(path) is False:
            return False
        return knowledge.is_present((*path, LIST_ITEM)) or knowledge.is_present(path)

    return _collect_forms(kind, trace, has_elements)


def _return_forms(
    kind: EventKind, written: WrittenFields, knowledge: Knowledge
) -> ConditionalForms:
    def trace(field: WrittenField) -> tuple[Traces, bool]:
        traces = _trace_return(field, (), written, knowledge)
        if field.excluded and _is_refused(field, written, knowledge):
            traces = [None]
        return traces, None not in traces

    def has_elements(path: Path) -> bool | None:
        fields = [field for field in written if not field.empty]
        found = [
            None if None in traces or field.selected or field.optional else True
            for field in fields
            if starts_with(path, field.target) or starts_with(field.target, path)
            for traces in [_trace_forward(field, knowledge)]
            if traces != [None]
        ]
        return True if True in found else None if found else False

    return _collect_forms(kind, trace, has_elements)


def _is_refused(field: WrittenField, written: WrittenFields, knowledge: Knowledge) -> bool:
    """Whether the return refuses every value that it may have to write to a field."""
    excluded = list(field.excluded)  # a value may be a list, which has no hash

    def may_be_accepted(origin: Origin) -> bool:
        if len(origin.paths) != 1 or not _keep_values(origin.uses):
            return True
        values = _find_written_values(origin.paths[0], written, knowledge).values
        return any(each is None or any(value not in excluded for value in each) for each in values)

    return not any(map(may_be_accepted, field.origins))


def _collect_forms(
    kind: EventKind,
    trace: Callable[[WrittenField], tuple[Traces, bool]],
    has_elements: Callable[[Path], bool | None],
) -> ConditionalForms:
    """Collect the forms; `trace` returns the traces of a field, and whether it is written."""
    forms: ConditionalForms = []
    preconditions: tuple[str, ...] = ()
    for form in kind.output_forms:
        has_lists = [has_elements(path) for path in form.lists]
        if has_lists and set(has_lists) == {False}:
            continue
        required = [field for field in form.written_fields if is_required(form.type, field.target)]
        traced = list(map(trace, required))
        if any(traces == [None] for traces, _ in traced):
            continue
        uncertain = [traces for traces, is_certain in traced if not is_certain]
        paths = [item.paths for item in filter(None, chain.from_iterable(uncertain))]
        names = dict.fromkeys(_join_paths(item) for item in paths if item)
        is_named = any(
            starts_with(path, each) for item in paths for path in item for each in form.lists
        )
        if has_lists and True not in has_lists and not is_named:
            names[" or ".join(map(format_path, form.lists))] = None
        forms.append((form, (*preconditions, *(f"{name} is present" for name in names))))
        if not uncertain and (not has_lists or True in has_lists):
            break
        preconditions += (f"{' or '.join(names)} is absent",) if names else ()
    return forms


@dataclass(frozen=True, slots=True)
class _WrittenValues:
    """What a translation may have at a path: no value, or one of these (None is any value)."""

    may_be_absent: bool
    values: tuple[Sequence[Any] | None, ...]

    def may_be(self, expected: Any) -> bool:
        """Whether a field that selects the kind may have the value of a choice."""
        if expected is None:
            return self.may_be_absent
        excluded = expected.excluded if isinstance(expected, AnyOther) else None
        listed = list(excluded or ())  # a value may be a list, which has no hash
        return any(
            values is None
            or any(
                value == expected if excluded is None else value not in listed for value in values
            )
            for values in self.values
        )

    def describe(self, path: Path, expected: Any) -> str:
        """Describe the condition that the field has this value, or nothing if it always has."""
        name = format_path(path)
        if expected is None:
            return f"{name} is not written" if self.values else ""
        if isinstance(expected, AnyOther) and not expected.excluded:
            return f"{name} is written" if self.may_be_absent else ""
        if isinstance(expected, AnyOther):
            return f"{name} is written as none of {', '.join(sorted(map(repr, expected.excluded)))}"
        is_varied = any(tuple(values or ()) != (expected,) for values in self.values)
        return f"{name} is written as {expected!r}" if is_varied or self.may_be_absent else ""


def _find_written_values(path: Path, fields: WrittenFields, knowledge: Knowledge) -> _WrittenValues:
    position = next((n for n, step in enumerate(path) if isinstance(step, Selection)), None)
    if position is not None:
        return _find_selected_values(path, position, fields, knowledge)
    traces = [
        (field, trace)
        for field, _ in fields.above(path)
        for trace in _trace_forward(field, knowledge)
    ]
    values = [_values_of(field, trace, knowledge) for field, trace in traces if trace is not None]
    may_be_absent = len(values) < len(traces) or not traces
    if any(len(field.target) > len(path) and starts_with(field.target, path) for field in fields):
        values.append(None)  # a list or an object, of which parts are written
    return _WrittenValues(may_be_absent, tuple(values))


def _find_selected_values(
    path: Path, position: int, fields: WrittenFields, knowledge: Knowledge
) -> _WrittenValues:
    """Return what a translation may have at a path with a selection, the step at `position`."""
    selection, name = path[position], format_path(path[: position + 1])
    assert isinstance(selection, Selection)
    list_path = (*path[:position], selection.list_name)
    same = WrittenFields(field for field in fields if field.selected == name)
    if same and path[position + 1 :]:
        whole_path = (*list_path, LIST_ITEM, *path[position + 1 :])
        return _find_written_values(whole_path, same, knowledge)
    is_certain = any(
        field.origins and None not in _trace_forward(field, knowledge) for field in same
    )
    is_written = same or any(path_below(field.target, list_path) is not None for field in fields)
    return _WrittenValues(not is_certain, (None,) if is_written else ())


def _values_of(field: WrittenField, trace: Trace, knowledge: Knowledge) -> Sequence[Any] | None:
    """Return the values that a field may have; None if they are not known."""
    enum = field.type.enum if isinstance(field.type, Scalar) else None
    if trace.is_identity and (enum is None or len(enum) != 1):
        values = knowledge.values_at(trace.paths[0])
        if values is not None:
            return values
    return enum


# --- outcome of a leaf ----------------------------------------------------------------------------


def possible_returns(leaf: Path, trip: RoundTrip, knowledge: Knowledge) -> list[PossibleReturn]:
    """Return the possible outcomes of a leaf in one round trip that returns."""
    returns: list[PossibleReturn] = []
    for field, rest in trip.return_fields.above(leaf):
        is_whole = bool(rest) and _is_converted_whole(field)
        traces = _trace_return(field, () if is_whole else rest, trip.written, knowledge)
        for trace in filter(None, traces):
            if is_whole:
                returns.append(PossibleReturn("unknown", trace))
            else:
                returns.append(_possible_return(leaf, field, rest, trace, knowledge))
        if None not in traces:
            return returns
    return [*returns, PossibleReturn("absent")]


def _is_converted_whole(field: WrittenField) -> bool:
    """Whether a codec builds a list or an object of which the event may have no parts."""
    return any(use.converts_whole for origin in field.origins for use in origin.uses)


def _possible_return(
    leaf: Path, field: WrittenField, rest: Path, trace: Trace, knowledge: Knowledge
) -> PossibleReturn:
    constant = () if rest else _constant(field)
    if not constant and _keep_values(trace.return_uses):
        constant = trace.constant
    if constant:
        values = knowledge.values_at(leaf)
        if values is None:
            return PossibleReturn("unknown", trace, constant)
        matches = {value == constant[0] for value in values}
        outcome: ReturnOutcome = "equal" if False not in matches else "replaced"
        return PossibleReturn(outcome if len(matches) < 2 else "unknown", trace, constant)
    if leaf not in trace.paths:
        return PossibleReturn("replaced", trace)
    return PossibleReturn(_compare_spelling(leaf, field, rest, trace, knowledge), trace)


def _compare_spelling(
    leaf: Path, field: WrittenField, rest: Path, trace: Trace, knowledge: Knowledge
) -> ReturnOutcome:
    """Decide whether a value that comes back is written as it was."""
    rules = {use.operation for use in trace.uses} - {"values"}
    is_fixed = any(use.fixes for use in trace.uses)
    if is_fixed or _is_changed_by_value_map(trace) or _is_changed_by_crosswalk(trace):
        return "unknown"
    if "crosswalk" in rules:
        return "equal"
    others = rules - IDENTITY_RULES - DATE_TIME_CODECS
    if any(use.kind == "approximate" and use.operation in others for use in trace.uses):
        return "unknown"
    if others and not trace.joined:
        return "normalised"
    if rest or not isinstance(field.target_type, Scalar):
        return "equal"
    target_type = _DATE_TIME if rules & DATE_TIME_CODECS else field.target_type
    return "equal" if _fits_type(leaf, target_type, knowledge) else "normalised"
