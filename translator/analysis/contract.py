"""What survives on the way to another format and back: kind by kind, leaf by leaf.

Nobody writes a contract: it is derived from the mappings, by composing what the compiler recorded
of both ways. A leaf comes back as it was (`exact`) or in another spelling (`normalised`), depends
on the rest of the event or on its value (`conditional`), is `changed` to something else, or `lost`.

What a contract says: of kinds of events, of their leaves, of values, and of single events.

The params that a round trip needs: those without which its events are, or may be, refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.analysis.kinds import EventKind, KindRefusal, compile_kinds
from translator.analysis.knowledge import KnownEvent, KnownSchema, iter_values, strip_prefix
from translator.analysis.proof import KindProof, prove_kind
from translator.analysis.roundtrip import (
    PossibleReturn,
    ReturnOutcome,
    RoundTrip,
    possible_forms,
    possible_returns,
    round_trips,
)
from translator.catalog.catalog import Catalog
from translator.compiler.lineage import RuleUse
from translator.compiler.specialize import AnyOther
from translator.engine.bindings import unknown_name
from translator.engine.losses import UNPLACED, UNREAD, field_path, find_loss
from translator.language.direction import Step
from translator.language.exhaustiveness import leaf_paths as leaves_of
from translator.paths import Path, format_path, parse_path
from translator.runtime.values import iter_leaves
from translator.schema.types import Object, Union, event_type, type_at

LeafStatus = Literal["exact", "normalised", "conditional", "changed", "lost"]

EventReturn = Literal["same kind", "another kind", "refused there", "refused on the way back"]


@dataclass(frozen=True, slots=True)
class LossCause:
    """Where a leaf is lost: on the way `there` or `back`, in which step, and why.

    `step` is the two formats of that step, as in `one -> other`; `rule` is where one rule is
    to blame, as `file:line:column`, or empty.
    """

    way: Literal["there", "back"]
    step: str
    because: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PromisedLeaf:
    """What becomes of one leaf of the events of a kind.

    `conditions` are what has to hold for a `conditional` one to come back, `instead` what stands in
    its place where it does not: values, params, or members of the event. `loss` says where it is
    lost first, if it may be.
    """

    path: str
    status: LeafStatus
    conditions: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    loss: LossCause | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of one kind of event. `comes_back` lists how it may return.

    `written_as` are the kinds of the target that it may become. `params` are those whose value may
    stand in what comes back, `opt_ins` those without which it is refused on either way. `spread`
    are the lists of which each element returns on its own.
    """

    kind: str
    comes_back: tuple[EventReturn, ...]
    leaves: tuple[PromisedLeaf, ...] = ()
    refused: str = ""
    params: tuple[str, ...] = ()
    opt_ins: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    written_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Survival:
    """What becomes of one value of an enum: how its leaf fares in the kinds that can have it.

    `statuses` are those of the leaf in the kinds that come back, `refused` the reasons for which
    others do not, and `instead` what stands in place of the value.
    """

    path: str
    value: Any
    statuses: tuple[LeafStatus, ...] = ()
    instead: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PredictedLeaf:
    """What becomes of one leaf of an event: its JSON path, and what may stand there `instead`.

    One that is `replaced` may be absent too; in place of one that is `absent` stands nothing.
    """

    path: str
    outcome: ReturnOutcome
    instead: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What comes back of an event that makes the way there and back.

    Events that are `refused` for their kind do not; others may still be refused for a value.
    `spread` are the lists, as paths, of which each element returns in an event of its own.
    """

    kind: str
    refused: str = ""
    leaves: tuple[PredictedLeaf, ...] = ()
    spread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What survives from `ways[0][0]` along the first of the `ways`, and back along the second.

    `given`, `allow` and `crosswalks` name the params, opt-ins and crosswalks taken as given;
    `params` are all there are.
    """

    routes: tuple[tuple[str, ...], tuple[str, ...]]
    params: tuple[str, ...]
    given_params: tuple[str, ...]
    allow: tuple[str, ...]
    crosswalks: tuple[str, ...]
    promises: tuple[Promise, ...]
    survivals: tuple[Survival, ...]
    source_type: Object | Union
    forward_kinds: tuple[EventKind, ...]
    return_kinds: tuple[EventKind, ...]

    def predict(self, event: Any) -> Prediction:
        """What comes back of an event, which is valid. Raises `ValueError` for no known kind."""
        for kind in self.forward_kinds:
            if _is_of_kind(event, kind):
                return _predict(self, kind, event)
        raise ValueError("the event is of no kind that its spec knows")


def contract(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    crosswalks: Iterable[str] = (),
) -> Contract:
    """What survives from `source` to `target` and back.

    `params` names those taken as given, by default all; `allow` the opt-ins and `crosswalks` the
    tables likewise, by default none. Raises as `Catalog.steps` does, and `TranslationError` for a
    name that no mapping on the way has.
    """
    steps = (catalog.steps(source, target), catalog.steps(target, source))
    mappings = [step.directed.mapping for route_steps in steps for step in route_steps]
    formats = (source, target)
    all_params = _check_names(
        "param", {param.name for mapping in mappings for param in mapping.params}, params, formats
    )
    given_params = all_params if params is None else tuple(sorted(set(params)))
    opt_ins = tuple(sorted(set(allow)))
    crosswalk_names = tuple(sorted(set(crosswalks)))
    _check_names(
        "opt-in", {name for mapping in mappings for name in mapping.opt_ins}, opt_ins, formats
    )
    _check_names(
        "crosswalk",
        {name for mapping in mappings for name in mapping.crosswalks},
        crosswalk_names,
        formats,
    )
    forward_kinds = tuple(
        compile_kinds(
            catalog, source, target, params=given_params, allow=opt_ins, crosswalks=crosswalk_names
        )
    )
    return_kinds = tuple(
        compile_kinds(
            catalog, target, source, params=given_params, allow=opt_ins, crosswalks=crosswalk_names
        )
    )
    source_type = event_type(catalog.spec(source), for_output=False)
    promises = tuple(
        _promise_kind(kind, return_kinds, source_type, steps) for kind in forward_kinds
    )
    survivals = tuple(_find_survivals(forward_kinds, promises, source_type, return_kinds, steps))
    routes = (tuple(catalog.route(source, target)), tuple(catalog.route(target, source)))
    return Contract(
        routes,
        all_params,
        given_params,
        opt_ins,
        crosswalk_names,
        promises,
        survivals,
        source_type,
        forward_kinds,
        return_kinds,
    )


def _check_names(
    argument: str, valid_names: set[str], names: Iterable[str] | None, formats: tuple[str, str]
) -> tuple[str, ...]:
    """The names there are. Raises `TranslationError` where one of `names` is none of them."""
    for name in names or ():
        if name not in valid_names:
            raise unknown_name(argument, name, valid_names, *formats)
    return tuple(sorted(valid_names))


# --- what is promised of a kind -------------------------------------------------------------------

RoundTripSteps = tuple[Sequence[Step], Sequence[Step]]

NOT_RETURNED = frozenset({"absent", "replaced"})
"""What becomes of a leaf that does not come back."""

VALUE_DEPENDENT = frozenset({"conditional", "changed", "normalised"})
"""How a leaf fares of which some values may fare better."""


def _kind_type(source_type: Object | Union, kind: EventKind) -> Object:
    if isinstance(source_type, Object):
        return source_type
    value = kind.choice[(source_type.discriminator,)]
    assert not isinstance(value, AnyOther)
    return source_type.variants[value]


def _promise_kind(
    kind: EventKind,
    return_kinds: Sequence[EventKind],
    source_type: Object | Union,
    steps: RoundTripSteps,
) -> Promise:
    if kind.refusal is not None or not kind.output_forms:
        return Promise(kind.label, ("refused there",), refused=_refusal_message(kind.refusal))
    kind_type = _kind_type(source_type, kind)
    trips = list(round_trips(kind, return_kinds, KnownSchema(kind_type, kind.choice, ())))
    returning_trips = [trip for trip in trips if trip.return_form is not None]
    refusal = next(
        (_refusal_message(trip.kind.refusal) for trip in trips if trip.return_form is None), ""
    )
    comes_back: list[EventReturn] = []
    for trip in returning_trips:
        is_same = _is_same_kind(kind, trip)
        comes_back.append("same kind" if is_same else "another kind")
    if refusal or not trips:
        comes_back.append("refused on the way back")
    promised_leaves = tuple(
        _promise_leaf(path, kind, kind_type, return_kinds, steps)
        for path in _leaf_paths(kind, kind_type, returning_trips)
    )
    opt_ins = dict.fromkeys(
        name
        for trip in (kind, *(returning_trip.kind for returning_trip in returning_trips))
        for name in trip.opt_ins
    )
    return Promise(
        kind.label,
        tuple(dict.fromkeys(comes_back)),
        promised_leaves if returning_trips else (),
        refusal,
        tuple(dict.fromkeys(_params_read(returning_trips))),
        tuple(opt_ins),
        tuple(map(format_path, _split_lists(returning_trips))),
        tuple(dict.fromkeys(trip.kind.label for trip in trips)),
    )


def _refusal_message(refusal: KindRefusal | None) -> str:
    return refusal.message if refusal is not None else "no form of it can be written"


def _is_same_kind(kind: EventKind, trip: RoundTrip) -> bool:
    """Whether what comes back is surely of the kind that went."""
    assert trip.return_form is not None
    for path, value in kind.choice.items():
        field = next(
            (
                candidate
                for candidate in trip.return_form.written_fields
                if candidate.target == path
            ),
            None,
        )
        if field is None:
            if value is not None:
                return False
            continue
        enum = getattr(field.type, "enum", None)
        if enum is not None and len(enum) == 1 and enum[0] != value:
            return False
    return True


def _params_read(trips: Sequence[RoundTrip]) -> Iterator[str]:
    for trip in trips:
        for form in (trip.forward_form, trip.return_form):
            for field in form.written_fields if form is not None else ():
                yield from (
                    use.name
                    for origin in field.origins
                    for use in origin.uses
                    if use.operation == "param"
                )


def _split_lists(trips: Sequence[RoundTrip]) -> tuple[Path, ...]:
    """The lists of which each element goes in an event of its own."""
    lists: dict[Path, None] = {}
    for trip in trips:
        for field in trip.forward_form.written_fields:
            for origin in field.origins:
                for path in origin.paths:
                    if "[]" in path and "[]" not in field.target and "{}" not in field.target:
                        lists[path[: path.index("[]") + 1]] = None
    return tuple(lists)


def _leaf_paths(kind: EventKind, kind_type: Object, trips: Sequence[RoundTrip]) -> list[Path]:
    """The leaves of the events of a kind: those of its spec, and those that rules name below."""
    paths = {path: None for path in leaves_of(kind_type) if kind.choice.get(path, "") is not None}
    for trip in trips:
        for field in trip.forward_form.written_fields:
            for origin in field.origins:
                for path in origin.paths:
                    is_below_leaf = any(strip_prefix(leaf_path, path) for leaf_path in paths)
                    if is_below_leaf and kind.choice.get(path, "") is not None:
                        paths.setdefault(path)
    return list(paths)


def _promise_leaf(
    path: Path,
    kind: EventKind,
    kind_type: Object,
    return_kinds: Sequence[EventKind],
    steps: RoundTripSteps,
) -> PromisedLeaf:
    knowledge = KnownSchema(kind_type, kind.choice, path)
    trips = [
        candidate
        for candidate in round_trips(kind, return_kinds, knowledge)
        if candidate.return_form is not None
    ]
    returns_by_trip = [
        (candidate, possible_returns(path, candidate, knowledge)) for candidate in trips
    ]
    returns = [leaf_return for _, trip_returns in returns_by_trip for leaf_return in trip_returns]
    return_outcomes = {candidate.outcome for candidate in returns}
    replacements = tuple(
        dict.fromkeys(
            replacement for candidate in returns for replacement in _replacements(candidate)
        )
    )
    path_string = format_path(path)
    if not returns or return_outcomes == {"equal"}:
        return PromisedLeaf(path_string, "exact" if returns else "lost")
    if return_outcomes <= {"equal", "normalised"}:
        return PromisedLeaf(path_string, "normalised")
    loss = _find_loss(path, returns, trips, steps)
    if return_outcomes == {"absent"}:
        return PromisedLeaf(path_string, "lost", loss=loss)
    if return_outcomes <= {"absent", "replaced"}:
        return PromisedLeaf(path_string, "changed", instead=replacements, loss=loss)
    if loss is not None and loss.because in (UNREAD, UNPLACED):
        loss = replace(loss, because="what it depends on does not hold")
    return PromisedLeaf(
        path_string,
        "conditional",
        tuple(dict.fromkeys(_return_conditions(returns_by_trip))),
        replacements,
        loss,
    )


def _return_conditions(
    returns_by_trip: Sequence[tuple[RoundTrip, Sequence[PossibleReturn]]],
) -> Iterator[str]:
    """What has to hold for a leaf to come back: each of these."""
    returning_trips = [
        candidate
        for candidate, returns in returns_by_trip
        if any(leaf_return.outcome not in NOT_RETURNED for leaf_return in returns)
    ]
    for _, trip_returns in returns_by_trip:
        for candidate in trip_returns:
            if candidate.trace is not None and candidate.outcome not in NOT_RETURNED:
                yield from candidate.trace.conditions
    all_trips = [candidate for candidate, _ in returns_by_trip]
    yield from _alternative_conditions(
        [trip.conditions for trip in returning_trips], [trip.conditions for trip in all_trips]
    )
    yield from _alternative_conditions(
        [trip.written_conditions for trip in returning_trips],
        [trip.written_conditions for trip in all_trips],
    )


def _alternative_conditions(
    alternatives: Sequence[tuple[str, ...]], all_alternatives: Sequence[tuple[str, ...]]
) -> Iterator[str]:
    """What one of `good` asks for, where not all of `every` are: first what all of them do."""
    if set(alternatives) == set(all_alternatives) or () in alternatives:
        return
    shared = [
        condition
        for condition in alternatives[0]
        if all(condition in conditions for conditions in alternatives)
    ]
    yield from shared
    rest = [
        " and ".join(condition for condition in conditions if condition not in shared)
        for conditions in alternatives
    ]
    if all(rest):
        yield " or ".join(dict.fromkeys(rest))


def _find_survivals(
    forward_kinds: Sequence[EventKind],
    promises: Sequence[Promise],
    source_type: Object | Union,
    return_kinds: Sequence[EventKind],
    steps: RoundTripSteps,
) -> Iterator[Survival]:
    """What becomes of each value of each enum, in all the kinds of events that can have it."""
    survivals: dict[tuple[Path, Any], list[Survival]] = {}
    for kind, promise in zip(forward_kinds, promises, strict=True):
        kind_type = _kind_type(source_type, kind)
        leaves_by_path = {parse_path(leaf.path): leaf for leaf in promise.leaves}
        for path in leaves_of(kind_type):
            chosen_value = kind.choice.get(path)
            enum = getattr(type_at(kind_type, path), "enum", None) or ()
            values = (
                enum if path not in kind.choice else () if chosen_value is None else (chosen_value,)
            )
            for value in values if not isinstance(chosen_value, AnyOther) else ():
                leaf = leaves_by_path.get(path)
                if leaf is not None and path not in kind.choice and leaf.status in VALUE_DEPENDENT:
                    item = replace(kind, choice={**kind.choice, path: value})
                    leaf = _promise_leaf(path, item, kind_type, return_kinds, steps)
                survival = Survival(
                    format_path(path),
                    value,
                    (leaf.status,) if leaf is not None else (),
                    leaf.instead if leaf is not None else (),
                    (promise.refused,) if leaf is None else (),
                )
                survivals.setdefault((path, value), []).append(survival)
    path_order = list(dict.fromkeys(path for path, _ in survivals))
    for (_, _), group in sorted(survivals.items(), key=lambda item: path_order.index(item[0][0])):
        yield Survival(
            group[0].path,
            group[0].value,
            tuple(dict.fromkeys(status for item in group for status in item.statuses)),
            tuple(dict.fromkeys(string for item in group for string in item.instead)),
            tuple(dict.fromkeys(string for item in group for string in item.refused)),
        )


def _replacements(leaf_return: PossibleReturn) -> Iterator[str]:
    if leaf_return.outcome not in ("replaced", "unknown") or leaf_return.trace is None:
        return
    if leaf_return.constant:
        yield repr(leaf_return.constant[0])
    elif leaf_return.trace.paths:
        yield from map(format_path, leaf_return.trace.paths)
    else:
        yield from (
            f"param {use.name}" for use in leaf_return.trace.uses if use.operation == "param"
        )


def _find_loss(
    path: Path, returns: Sequence[PossibleReturn], trips: Sequence[RoundTrip], steps: RoundTripSteps
) -> LossCause | None:
    """Where a leaf is lost first, and why."""
    inexact_use = _find_inexact_use(returns, path)
    if inexact_use is not None:
        use, direction = inexact_use
        direction_steps = steps[0] if direction == "there" else steps[1]
        step = next(
            (
                candidate
                for candidate in direction_steps
                if candidate.directed.mapping.file == use.location.file
            ),
            direction_steps[0],
        )
        return LossCause(direction, _format_step(step), use.because, str(use.location))
    forward_targets = dict.fromkeys(
        field.target
        for trip in trips
        for field in trip.forward_form.written_fields
        for origin in field.origins
        if any(strip_prefix(read_path, path) is not None for read_path in origin.paths)
    )
    if not forward_targets:
        index, reason = find_loss(path, steps[0])
        return LossCause("there", _format_step(steps[0][index]), reason)
    for target in forward_targets:
        index, reason = find_loss(target, steps[1])
        return LossCause("back", _format_step(steps[1][index]), reason)
    return None


def _find_inexact_use(
    returns: Sequence[PossibleReturn], path: Path
) -> tuple[RuleUse, Literal["there", "back"]] | None:
    for leaf_return in returns:
        if leaf_return.trace is None or path not in leaf_return.trace.paths:
            continue
        for use in leaf_return.trace.forward_uses:
            if use.kind != "exact":
                return use, "there"
        for use in leaf_return.trace.return_uses:
            if use.kind != "exact":
                return use, "back"
    return None


def _format_step(step: Step) -> str:
    return f"{step.directed.source} -> {step.directed.target}"


# --- what is foretold of an event -----------------------------------------------------------------


def _is_of_kind(event: Any, kind: EventKind) -> bool:
    for path, value in kind.choice.items():
        actual_value = next(
            (candidate for candidate in iter_values(event, path) if candidate is not None), None
        )
        if isinstance(value, AnyOther):
            if actual_value is None or actual_value in value.excluded:
                return False
        elif actual_value != value:
            return False
    return True


def _predict(contract: Contract, kind: EventKind, event: Any) -> Prediction:
    if kind.refusal is not None or not kind.output_forms:
        return Prediction(kind.label, _refusal_message(kind.refusal))
    knowledge = KnownEvent(event, _kind_type(contract.source_type, kind))
    trips = list(round_trips(kind, contract.return_kinds, knowledge))
    returning_trips = [trip for trip in trips if trip.return_form is not None]
    if not returning_trips:
        refusal = next(
            (_refusal_message(trip.kind.refusal) for trip in trips), "no form of it comes back"
        )
        if not possible_forms(kind, knowledge):
            refusal = "no form of it can be written"
        return Prediction(kind.label, refusal)
    predicted_leaves = tuple(
        _predict_leaf(path, value, returning_trips, knowledge) for path, value in iter_leaves(event)
    )
    return Prediction(
        kind.label, "", predicted_leaves, tuple(map(format_path, _split_lists(returning_trips)))
    )


def _may_have_field(path: Path, trip: RoundTrip) -> bool:
    """Whether what comes back may have a member at, above or below a path."""
    fields = trip.return_form.written_fields if trip.return_form is not None else ()
    return any(
        strip_prefix(field.target, path) is not None or field.target[: len(path)] == path
        for field in fields
    )


def _predict_leaf(
    path: str, value: Any, trips: Sequence[RoundTrip], knowledge: KnownEvent
) -> PredictedLeaf:
    leaf_path = field_path(path)
    returns = [
        leaf_return
        for candidate in trips
        for leaf_return in possible_returns(leaf_path, candidate, knowledge)
    ]
    return_outcomes = {candidate.outcome for candidate in returns}
    if len(return_outcomes) == 1:
        (return_outcome,) = return_outcomes
    elif return_outcomes <= {"equal", "normalised"}:
        return_outcome = "normalised"
    elif return_outcomes <= {"absent", "replaced"}:
        return_outcome = "replaced"
    else:
        return_outcome = "unknown"
    if value in ([], {}) and any(_may_have_field(leaf_path, candidate) for candidate in trips):
        return_outcome = "unknown"
    replacements = tuple(
        value
        for candidate in returns
        if candidate.outcome == "replaced"
        for value in candidate.constant
    )
    is_certain = return_outcome == "replaced" and all(candidate.constant for candidate in returns)
    return PredictedLeaf(path, return_outcome, replacements if is_certain else ())


@dataclass(frozen=True, slots=True)
class ParamNeed:
    """A param that a kind of event needs: always, or only where the event lacks something.

    `way` tells on which way, `because` what a refusal for want of it says.
    """

    param: str
    way: str
    always: bool
    because: str


def find_needs(catalog: Catalog, contract: Contract) -> dict[str, tuple[ParamNeed, ...]]:
    """What each kind of event that comes back needs, by the kinds' names."""
    (source, *_, target), _ = contract.routes
    forward_needs = _needs_by_kind(catalog, contract, source, target, "there")
    return_needs = _needs_by_kind(catalog, contract, target, source, "back")
    returning_kinds = {kind.label for kind in contract.return_kinds if kind.output_forms}
    return {
        promise.kind: (
            *forward_needs.get(promise.kind, {}).values(),
            *_merge_needs(
                [
                    return_needs.get(kind, {})
                    for kind in promise.written_as
                    if kind in returning_kinds
                ]
            ),
        )
        for promise in contract.promises
        if promise.leaves
    }


def _merge_needs(return_needs: Sequence[Mapping[str, ParamNeed]]) -> Iterator[ParamNeed]:
    """What an event of one of several kinds needs: always what all of them always do."""
    for param in dict.fromkeys(param for item in return_needs for param in item):
        param_needs = [item[param] for item in return_needs if param in item]
        always = len(param_needs) == len(return_needs) and all(item.always for item in param_needs)
        yield replace(param_needs[0], always=always)


def _needs_by_kind(
    catalog: Catalog, contract: Contract, source: str, target: str, direction: str
) -> Mapping[str, Mapping[str, ParamNeed]]:
    """What kinds on one way are refused without, taking the params away one at a time."""
    mappings = [step.directed.mapping for step in catalog.steps(source, target)]
    declared_params = {param.name for mapping in mappings for param in mapping.params}
    needs_by_kind: dict[str, dict[str, ParamNeed]] = {}
    for param in sorted(declared_params):
        given_params = set(contract.params) - {param}
        for kind in compile_kinds(
            catalog,
            source,
            target,
            params=given_params & declared_params,
            allow=contract.allow,
            crosswalks=contract.crosswalks,
        ):
            for need in _missing_param_needs(param, prove_kind(kind), direction):
                needs_by_kind.setdefault(kind.label, {})[param] = need
    return needs_by_kind


def _missing_param_needs(param: str, kind_proof: KindProof, direction: str) -> Iterator[ParamNeed]:
    """The first refusal of a kind for want of a param."""
    always = kind_proof.verdict == "refused"
    for guard in kind_proof.guards:
        if guard.code == "missing-param" and repr(param) in guard.demand:
            yield ParamNeed(param, direction, always, guard.demand)
            return
