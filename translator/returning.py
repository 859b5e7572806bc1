"""What comes back of a member that goes to another format and returns: two translations as one.

A translation there and one back are composed member by member, from the entries that the compiler
recorded: first the forms that they may take together, then what becomes of a leaf in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from translator.arriving import (
    DATE_TIME_CODECS,
    IDENTITY_RULES,
    Trace,
    format_paths,
    is_changed_by_crosswalk,
    is_changed_by_value_map,
    is_constant,
    is_value_of,
    is_written,
    possible_values,
    trace_forward,
    trace_return,
)
from translator.fitting import is_subtype
from translator.kinds import EventKind
from translator.known import Knowledge, strip_prefix
from translator.origins import WrittenField
from translator.paths import Path, format_path
from translator.selectors import AnyOther
from translator.shapes import Object, ObjectField, Scalar, SchemaType
from translator.times import is_rfc3339
from translator.variants import OutputForm

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
