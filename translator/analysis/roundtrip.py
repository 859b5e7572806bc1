"""Where a value may come from that is written on the way there, or on the way back.

What the way back reads was written on the way there: an entry of the way back is followed through
those of the way there to members of the event. What is known of the event says which of an entry's
origins count.

What comes back of a member that goes to another format and returns: two translations as one.

A translation there and one back are composed member by member, from the entries that the compiler
recorded: first the forms that they may take together, then what becomes of a leaf in each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.analysis.kinds import EventKind
from translator.analysis.knowledge import Knowledge, strip_prefix
from translator.compiler.lineage import Origin, RuleUse, WrittenField
from translator.compiler.specialize import AnyOther
from translator.compiler.variant import OutputForm
from translator.paths import Path, format_path
from translator.runtime.times import is_rfc3339
from translator.schema.types import (
    Object,
    ObjectField,
    RawSchema,
    Scalar,
    SchemaType,
    accepts,
    is_subtype,
    type_at,
)

IDENTITY_RULES = frozenset({"same", "carried", "restored", "row"})
"""The rules that leave a value as it is; a row with a variable does."""

DATE_TIME_CODECS = frozenset({"date-time", "iso-8601"})
"""The codecs that leave a date-time of RFC 3339 as it is."""

_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a returned value comes from: members of the event, and the rules there and back.

    `joined` tells that it went as a part of another value. `conditions` are what has to hold.
    """

    paths: tuple[Path, ...] = ()
    forward_uses: tuple[RuleUse, ...] = ()
    return_uses: tuple[RuleUse, ...] = ()
    joined: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def uses(self) -> tuple[RuleUse, ...]:
        """All rules on both ways."""
        return self.forward_uses + self.return_uses


def possible_values(
    field: WrittenField, trace: Trace, knowledge: Knowledge
) -> Sequence[Any] | None:
    """The values that an entry may write, where they can be told."""
    if is_constant(field):
        return field.type.enum  # type: ignore[union-attr]
    if len(trace.paths) == 1 and {use.operation for use in trace.uses} <= IDENTITY_RULES:
        values = knowledge.values_at(trace.paths[0])
        if values is not None:
            return values
    return field.type.enum if isinstance(field.type, Scalar) else None


def is_constant(field: WrittenField) -> bool:
    """Whether an entry always writes one value."""
    return (
        isinstance(field.type, Scalar)
        and field.type.enum is not None
        and (len(field.type.enum) == 1)
    )


def trace_forward(field: WrittenField, knowledge: Knowledge, rest: Path = ()) -> list[Trace | None]:
    """Where what an entry writes may come from; None stands for nothing being written."""
    traces: list[Trace | None] = []
    preconditions: tuple[str, ...] = ()
    for origin in field.origins:
        paths = tuple((*path, *rest) for path in origin.paths)
        trace = Trace(paths, origin.uses, joined=len(paths) > 1, conditions=preconditions)
        is_certain = is_written(field, trace, knowledge, rest)
        if is_certain is not False:
            if is_certain is None and paths and not _all_present(paths, knowledge):
                preconditions += (f"{format_paths(paths)} is absent",)
            elif is_certain is None:
                trace = replace(
                    trace, conditions=(*preconditions, f"it fits {format_path(field.target)}")
                )
            traces.append(trace)
        if is_certain:
            return traces
    return [*traces, None] if field.optional or rest or not traces else traces


def format_paths(paths: Iterable[Path]) -> str:
    """Paths as conditions name them."""
    return " and ".join(map(format_path, paths))


def _all_present(paths: Sequence[Path], knowledge: Knowledge) -> bool:
    return all(knowledge.is_present(path) for path in paths)


def is_written(field: WrittenField, trace: Trace, knowledge: Knowledge, rest: Path) -> bool | None:
    """Whether a value is written that may come from there; None if it cannot be told."""
    if not trace.paths:
        return True
    presence = [knowledge.is_present(item) for item in trace.paths]
    if not any(item is not False for item in presence):
        return False
    if False in presence or (rest and not _has_path(field.target_type, rest)):
        return False
    if None in presence:
        return None
    return _fits_target(field, trace, knowledge, rest)


def _has_path(schema_type: SchemaType, rest: Path) -> bool:
    for index, _ in enumerate(rest):
        if isinstance(type_at(schema_type, rest[:index]), RawSchema):
            return True
    return type_at(schema_type, rest) is not None


def _fits_target(
    field: WrittenField, trace: Trace, knowledge: Knowledge, rest: Path
) -> bool | None:
    """Whether a value that is there is written, and not left out for not fitting."""
    if not field.optional:
        return True
    if any(use.kind == "approximate" for use in trace.uses):
        return None
    if not any(use.skip_unfit for use in trace.uses):
        return True
    if is_changed_by_value_map(trace) or any(use.operation == "crosswalk" for use in trace.uses):
        return None
    if rest or len(trace.paths) != 1 or not {use.operation for use in trace.uses} <= IDENTITY_RULES:
        return True
    if not isinstance(field.target_type, Scalar):
        return True
    values = knowledge.values_at(trace.paths[0])
    if values is not None:
        return all(is_value_of(field.target_type, value) for value in values)
    schema_type = knowledge.schema_type_at(trace.paths[0])
    return True if schema_type is not None and is_subtype(schema_type, field.target_type) else None


def is_value_of(schema_type: Scalar, value: Any) -> bool:
    """Whether a value is one of a shape, its format included."""
    if isinstance(value, dict | list):
        return False
    if not isinstance(value, str) or not schema_type.format:
        return accepts(schema_type, value)
    has_format = is_rfc3339(value) if schema_type.format == "date-time" else _UUID.fullmatch(value)
    return bool(has_format) and accepts(replace(schema_type, format=""), value)


def is_changed_by_value_map(trace: Trace) -> bool:
    """Whether a value map changed the value, and the way back did not undo it."""
    forward_maps = {
        use.location for use in trace.forward_uses if use.table is not None and _is_one_to_one(use)
    }
    return_maps = {
        use.location for use in trace.return_uses if use.table is not None and _is_one_to_one(use)
    }
    return any(
        use.operation == "values"
        and not _is_identity(use)
        and use.location not in forward_maps & return_maps
        for use in trace.uses
    )


def is_changed_by_crosswalk(trace: Trace) -> bool:
    """Whether a crosswalk changed the value, and the way back did not undo it."""
    # Between two formats a crosswalk is one-to-one; a template is undone as it was made, and what
    # else a value goes through might turn one row's id into another's.
    forward_crosswalks, return_crosswalks = (
        [use.name for use in uses if use.operation == "crosswalk"]
        for uses in (trace.forward_uses, trace.return_uses)
    )
    other_rules = {use.operation for use in trace.uses} - {"crosswalk", "template", "values"}
    is_undone = (
        forward_crosswalks == return_crosswalks
        and len(forward_crosswalks) == 1
        and other_rules <= IDENTITY_RULES
    )
    return bool(forward_crosswalks or return_crosswalks) and not is_undone


def _is_one_to_one(use: RuleUse) -> bool:
    assert use.table is not None
    sides = [(repr(pair.left), repr(pair.right)) for pair in use.table.rows]
    return all(pair.kind == "exact" for pair in use.table.rows) and len(sides) == len(
        {left for left, _ in sides}
    ) == len({right for _, right in sides})


def _is_identity(use: RuleUse) -> bool:
    return use.table is not None and all(
        [value for _, value in pair.left] == [value for _, value in pair.right]
        for pair in use.table.rows
    )


def trace_return(
    field: WrittenField, rest: Path, forward_form: OutputForm, knowledge: Knowledge
) -> list[Trace | None]:
    """Where what an entry of the way back writes may come from in the event."""
    traces: list[Trace | None] = []
    for origin in field.origins:
        candidates = _trace_read(origin, rest, forward_form, knowledge)
        is_certain = True
        for trace in candidates:
            if trace is None:
                is_certain = False
                continue
            is_fitting = (
                _fits_target(field, trace, knowledge, rest) if trace.paths else _is_supplied(field)
            )
            if rest and not _has_path(field.target_type, rest):
                is_fitting = False
            if is_fitting is None:
                condition = f"it fits {format_path(field.target)}"
                trace = replace(trace, conditions=(*trace.conditions, condition))
            if is_fitting is not False:
                traces.append(trace)
            is_certain = is_certain and bool(is_fitting)
        if is_certain and candidates:
            return traces
    return [*traces, None] if field.optional or rest or not traces else traces


def _is_supplied(field: WrittenField) -> bool | None:
    return None if field.optional else True


def _trace_read(
    origin: Origin, rest: Path, forward_form: OutputForm, knowledge: Knowledge
) -> list[Trace | None]:
    """What an origin of the way back may read, of all that was written on the way there."""
    if not origin.paths:
        return [Trace(return_uses=origin.uses)]
    traces: list[Trace | None] = [Trace(return_uses=origin.uses)]
    for path in origin.paths:
        traces = [
            _merge_traces(trace, other)
            for trace in traces
            for other in _trace_written((*path, *rest), forward_form, knowledge)
        ]
    return list(dict.fromkeys(traces))


def _merge_traces(first: Trace | None, second: Trace | None) -> Trace | None:
    if first is None or second is None:
        return None
    return Trace(
        tuple(dict.fromkeys(first.paths + second.paths)),
        tuple(dict.fromkeys(first.forward_uses + second.forward_uses)),
        first.return_uses,
        first.joined or second.joined,
        tuple(dict.fromkeys(first.conditions + second.conditions)),
    )


def _trace_written(
    path: Path, forward_form: OutputForm, knowledge: Knowledge
) -> list[Trace | None]:
    """What may stand at a path of what was written; the entry nearest to it counts."""
    traces: list[Trace | None] = []
    for field in sorted(forward_form.written_fields, key=lambda candidate: -len(candidate.target)):
        rest = strip_prefix(field.target, path)
        if rest is not None:
            candidates = trace_forward(field, knowledge, rest)
            traces += [candidate for candidate in candidates if candidate is not None]
            if None not in candidates:
                return traces
    return [*traces, None]


ReturnOutcome = Literal["equal", "normalised", "replaced", "absent", "unknown"]

_DATE_TIME = Scalar(frozenset({"string"}), format="date-time")


@dataclass(frozen=True, slots=True)
class ConditionalForm:
    """One form that a translation may take, and what has to hold for it to be this one."""

    form: OutputForm
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One form of the way there, and a kind with one form of the way back that can follow it.

    `conditions` are what has to hold of the event for it to be these forms, `told` what has to be
    written for it to be this kind.
    """

    forward_form: OutputForm
    kind: EventKind
    return_form: OutputForm | None
    conditions: tuple[str, ...] = ()
    written_conditions: tuple[str, ...] = ()


# --- the forms it may take ------------------------------------------------------------------------


def possible_forms(kind: EventKind, knowledge: Knowledge) -> list[ConditionalForm]:
    """The forms that a translation may take, given what is known of the event."""

    def traces_of(field: WrittenField) -> list[Trace | None]:
        return trace_forward(field, knowledge)

    def is_certain(field: WrittenField) -> bool:
        """Whether there surely is something to write."""
        return any(
            is_written(field, Trace(origin.paths, origin.uses), knowledge, ())
            for origin in field.origins
        )

    return _collect_forms(kind, traces_of, is_certain)


def _return_forms(
    kind: EventKind, forward_form: OutputForm, knowledge: Knowledge
) -> list[ConditionalForm]:
    """The same of the way back, given what was written on the way there."""

    def traces_of(field: WrittenField) -> list[Trace | None]:
        return trace_return(field, (), forward_form, knowledge)

    return _collect_forms(kind, traces_of, lambda field: None not in traces_of(field))


def _collect_forms(
    kind: EventKind,
    traces_of: Callable[[WrittenField], list[Trace | None]],
    is_certain: Callable[[WrittenField], bool],
) -> list[ConditionalForm]:
    conditional_forms: list[ConditionalForm] = []
    preconditions: tuple[str, ...] = ()
    for form in kind.output_forms:
        required_fields = [field for field in form.written_fields if _is_required(form, field)]
        if any(traces_of(field) == [None] for field in required_fields):
            continue
        uncertain_fields = [field for field in required_fields if not is_certain(field)]
        names = dict.fromkeys(
            name for field in uncertain_fields for name in _source_names(traces_of(field))
        )
        conditions = tuple(f"{name} is there" for name in names)
        conditional_forms.append(ConditionalForm(form, (*preconditions, *conditions)))
        if not uncertain_fields:
            break
        preconditions += (f"{' or '.join(names)} is absent",) if names else ()
    return conditional_forms


def _source_names(traces: Iterable[Trace | None]) -> Iterator[str]:
    for trace in traces:
        if trace is not None and trace.paths:
            yield format_paths(trace.paths)


def _is_required(form: OutputForm, field: WrittenField) -> bool:
    schema_type: SchemaType = form.type
    for name in field.target:
        schema_field: ObjectField | None = (
            schema_type.fields.get(name) if isinstance(schema_type, Object) else None
        )
        if schema_field is None or not schema_field.required:
            return False
        schema_type = schema_field.type
    return True


def round_trips(
    kind: EventKind, return_kinds: Sequence[EventKind], knowledge: Knowledge
) -> Iterator[RoundTrip]:
    """Every way there and back that an event of the kind may take."""
    for forward in possible_forms(kind, knowledge):
        written_values: dict[Path, _WrittenValues] = {}
        for return_kind in return_kinds:
            for path in return_kind.choice:
                if path not in written_values:
                    written_values[path] = _written_values(path, forward.form, knowledge)
                if not _may_equal(return_kind.choice[path], written_values[path]):
                    break
            else:
                descriptions = [
                    _describe_written(path, return_kind.choice[path], written_values[path])
                    for path in return_kind.choice
                ]
                written_conditions = tuple(filter(None, descriptions))
                if not return_kind.output_forms:
                    yield RoundTrip(
                        forward.form, return_kind, None, forward.conditions, written_conditions
                    )
                for backward in _return_forms(return_kind, forward.form, knowledge):
                    conditions = (*forward.conditions, *backward.conditions)
                    yield RoundTrip(
                        forward.form, return_kind, backward.form, conditions, written_conditions
                    )


@dataclass(frozen=True, slots=True)
class _WrittenValues:
    """What may stand at a path of what was written: nothing, or these; None is any value."""

    may_be_absent: bool
    values: tuple[Sequence[Any] | None, ...]


def _written_values(path: Path, forward_form: OutputForm, knowledge: Knowledge) -> _WrittenValues:
    fields = [
        field
        for field in forward_form.written_fields
        if strip_prefix(field.target, path) is not None
    ]
    traces = [(field, trace) for field in fields for trace in trace_forward(field, knowledge)]
    return _WrittenValues(
        not traces or any(trace is None for _, trace in traces),
        tuple(
            possible_values(written_field, trace, knowledge)
            for written_field, trace in traces
            if trace is not None
        ),
    )


def _may_equal(value: Any, written_values: _WrittenValues) -> bool:
    """Whether what was written may have a value at a deciding member."""
    if value is None:
        return written_values.may_be_absent
    if isinstance(value, AnyOther):
        return any(
            values is None or any(candidate not in value.excluded for candidate in values)
            for values in written_values.values
        )
    return any(values is None or value in values for values in written_values.values)


def _describe_written(path: Path, value: Any, written_values: _WrittenValues) -> str:
    """What has to be written at a deciding member, where that is not sure."""
    name = format_path(path)
    if value is None:
        return f"{name} is not written" if written_values.values else ""
    if isinstance(value, AnyOther):
        return f"{name} is written as none of {', '.join(sorted(map(repr, value.excluded)))}"
    is_certain = not written_values.may_be_absent and all(
        tuple(values or ()) == (value,) for values in written_values.values
    )
    return "" if is_certain else f"{name} is written as {value!r}"


# --- what becomes of a leaf ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PossibleReturn:
    """What may become of a leaf: its fate, and what stands there (`came`, or a `constant`)."""

    outcome: ReturnOutcome
    trace: Trace | None = None
    constant: tuple[Any, ...] = ()


def possible_returns(
    leaf: Path, round_trip: RoundTrip, knowledge: Knowledge
) -> list[PossibleReturn]:
    """What may become of a leaf on one way there and back."""
    if round_trip.return_form is None:
        return []
    returns: list[PossibleReturn] = []
    for field in sorted(
        round_trip.return_form.written_fields, key=lambda candidate: -len(candidate.target)
    ):
        rest = strip_prefix(field.target, leaf)
        if rest is not None:
            traces = trace_return(field, rest, round_trip.forward_form, knowledge)
            returns += [
                _possible_return(leaf, field, rest, trace, knowledge)
                for trace in traces
                if trace is not None
            ]
            if None not in traces:
                return returns
    return [*returns, PossibleReturn("absent")]


def _possible_return(
    leaf: Path, field: WrittenField, rest: Path, trace: Trace, knowledge: Knowledge
) -> PossibleReturn:
    if is_constant(field) and not rest:
        assert isinstance(field.type, Scalar)
        values = knowledge.values_at(leaf)
        if values is not None and field.type.enum is not None:
            is_same = all(value == field.type.enum[0] for value in values)
            return PossibleReturn("equal" if is_same else "replaced", trace, field.type.enum)
        return PossibleReturn("unknown", trace, field.type.enum or ())
    if leaf not in trace.paths:
        return PossibleReturn("replaced", trace)
    return PossibleReturn(_spelling_outcome(leaf, field, rest, trace, knowledge), trace)


def _spelling_outcome(
    leaf: Path, field: WrittenField, rest: Path, trace: Trace, knowledge: Knowledge
) -> ReturnOutcome:
    """Whether what comes back is spelled as it was."""
    rules = {use.operation for use in trace.uses} - {"values"}
    if is_changed_by_value_map(trace) or is_changed_by_crosswalk(trace):
        return "unknown"
    if "crosswalk" in rules:
        return "equal"
    if rules - IDENTITY_RULES - DATE_TIME_CODECS and not trace.joined:
        return "normalised"
    values = knowledge.values_at(leaf)
    if rest or not isinstance(field.target_type, Scalar):
        return "equal"
    if values is None:
        source_type = knowledge.schema_type_at(leaf)
        target_type = _DATE_TIME if rules & DATE_TIME_CODECS else field.target_type
        return (
            "equal"
            if source_type is not None and is_subtype(source_type, target_type)
            else "normalised"
        )
    if rules & DATE_TIME_CODECS:
        is_canonical = all(isinstance(value, str) and is_rfc3339(value) for value in values)
        return "equal" if is_canonical else "normalised"
    return (
        "equal" if all(is_value_of(field.target_type, value) for value in values) else "normalised"
    )
