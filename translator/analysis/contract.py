"""The contract of a pair: what survives the translation to another format and back.

A contract is derived from the mappings, by composing the compiled code of both directions. It
describes kinds of events, the leaves of each kind, and the values of enums; `Contract.predict`
describes the round trip of a single event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, permutations
from operator import attrgetter
from typing import Any, Literal, TypeVar

from translator.analysis import roundtrip
from translator.analysis.kinds import EventKind, compile_kinds, declared_params
from translator.analysis.knowledge import KnownEvent, KnownSchema, matches_choice
from translator.analysis.proof import prove_kind
from translator.analysis.roundtrip import PossibleReturn, ReturnOutcome, RoundTrip
from translator.catalog.catalog import Catalog
from translator.compiler.specialize import AnyOther
from translator.engine.bindings import unknown_name
from translator.engine.losses import UNPLACED, UNREAD, find_loss
from translator.language.direction import Step
from translator.language.exhaustiveness import leaf_paths
from translator.paths import (
    LIST_ITEM,
    Path,
    field_path,
    format_path,
    is_scalar_path,
    parse_path,
    path_below,
)
from translator.runtime.values import iter_leaves
from translator.schema.types import Mixed, Object, SchemaType, Union, type_at

LeafStatus = Literal["exact", "normalised", "conditional", "changed", "lost"]

EventReturn = Literal["same kind", "another kind", "refused there", "refused on the way back"]

Direction = Literal["there", "back"]

_T = TypeVar("_T")

NOT_RETURNED = frozenset({"absent", "replaced"})
"""The outcomes of a leaf that does not come back."""


@dataclass(frozen=True, slots=True)
class LossCause:
    """Where a leaf is lost: the direction, the step in it (as `one -> other`), and the reason.

    `rule` is the location of the rule that causes the loss, as `file:line:column`, or empty.
    """

    way: Direction
    step: str
    because: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PromisedLeaf:
    """What happens to one leaf of the events of a kind.

    A `conditional` leaf comes back if all `conditions` hold. `instead` lists what may replace its
    value: other values, params or fields of the event. `loss` says where it is lost first.
    """

    path: str
    status: LeafStatus
    conditions: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    loss: LossCause | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What happens to the events of one kind. `comes_back` lists the possible outcomes.

    `refused` says why the events may be refused. `params` may supply values of what comes back,
    and `opt_ins` are required in either direction. Each element of the lists in `spread` returns
    in an event of its own. `written_as` are the kinds of the target that the events may become.
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
    """What happens to one value of an enum, over all kinds of events that can have it.

    `statuses` are those of its leaf in the kinds that come back, `refused` the reasons why others
    do not, and `instead` what may replace the value.
    """

    path: str
    value: Any
    statuses: tuple[LeafStatus, ...] = ()
    instead: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PredictedLeaf:
    """The JSON path, outcome and replacements of a leaf; a `replaced` one may be absent too."""

    path: str
    outcome: ReturnOutcome
    instead: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What comes back of one event.

    `refused` says why all events of its kind are refused; if it is empty, the event may still be
    refused for a value. Each element of the lists in `spread` returns in an event of its own.
    """

    kind: str
    refused: str = ""
    leaves: tuple[PredictedLeaf, ...] = ()
    spread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What survives the first of the `routes` (lists of formats) and the second one back.

    `params` are all that the mappings declare; `given_params`, `allow` and `crosswalks` are the
    names assumed to be given.
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
        """Predict what comes back of a valid event. Raises `ValueError` if it has no known kind."""
        for kind in self.forward_kinds:
            if matches_choice(event, kind.choice):
                return _predict(self, kind, event)
        raise ValueError("the event is of no kind that its spec defines")


def contract(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    crosswalks: Iterable[str] = (),
) -> Contract:
    """Derive what survives the translation from `source` to `target` and back.

    `params` (default: all), `allow` (opt-ins) and `crosswalks` are the names assumed to be given.
    Raises `TranslationError` if a format is unknown, no route connects the formats, or no mapping
    on it declares a name; `SpecError` or `MappingError` if a spec or mapping on it is unusable.
    """
    there, back = catalog.steps(source, target), catalog.steps(target, source)
    mappings = [step.directed.mapping for step in (*there, *back)]
    all_params = declared_params(mappings)
    params = all_params if params is None else params
    given = tuple(sorted(set(params))), tuple(sorted(set(allow))), tuple(sorted(set(crosswalks)))
    for argument, names, declared in (
        ("param", given[0], all_params),
        ("opt-in", given[1], {name for mapping in mappings for name in mapping.opt_ins}),
        ("crosswalk", given[2], {name for mapping in mappings for name in mapping.crosswalks}),
    ):
        for name in names:
            if name not in declared:
                raise unknown_name(argument, name, declared, source, target)
    forward_kinds = tuple(compile_kinds(catalog, source, target, *given))
    return_kinds = tuple(compile_kinds(catalog, target, source, *given))
    composer = _Composer(return_kinds, {"there": there, "back": back})
    promises = tuple(map(composer.promise_kind, forward_kinds))
    return Contract(
        (tuple(catalog.route(source, target)), tuple(catalog.route(target, source))),
        tuple(sorted(all_params)),
        *given,
        promises,
        tuple(composer.find_survivals(forward_kinds, promises)),
        catalog.event_type(source, for_output=False),
        forward_kinds,
        return_kinds,
    )


# --- promises -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Composer:
    return_kinds: Sequence[EventKind]
    steps: Mapping[Direction, Sequence[Step]]
    losses: dict[tuple[Direction, Path], tuple[int, str]] = field(default_factory=dict)

    def promise_kind(self, kind: EventKind) -> Promise:
        if not kind.output_forms:
            return Promise(kind.label, ("refused there",), refused=kind.refusal_message)
        trips = list(roundtrip.round_trips(kind, self.return_kinds, KnownSchema(kind, ())))
        returning = [trip for trip in trips if trip.returns]
        refusals = [trip.kind.refusal_message for trip in trips if not trip.returns]
        comes_back: list[EventReturn] = [
            "same kind" if _is_same_kind(kind, trip) else "another kind" for trip in returning
        ]
        if refusals or not trips:
            comes_back.append("refused on the way back")
        paths = _find_leaf_paths(kind, returning) if returning else ()
        return_kinds = list({id(trip.kind): trip.kind for trip in trips}.values())
        opt_ins = [*kind.opt_ins, *(name for trip in returning for name in trip.kind.opt_ins)]
        return Promise(
            kind.label,
            _unique(comes_back),
            tuple(self.promise_leaf(path, kind, return_kinds) for path in paths),
            refusals[0] if refusals else "",
            _unique(_params_read(returning)),
            _unique(opt_ins),
            _spread_lists(returning),
            _unique(trip.kind.label for trip in trips),
        )

    def promise_leaf(
        self, path: Path, kind: EventKind, return_kinds: Sequence[EventKind]
    ) -> PromisedLeaf:
        """Promise what happens to a leaf that is present.

        `return_kinds` are those that the translation of an event of the kind may have.
        """
        if (refusal := kind.part_refusal(path)) is not None:
            last = len(self.steps["there"]) - 1
            return PromisedLeaf(format_path(path), "lost", loss=self.blame("there", last, refusal))
        knowledge = KnownSchema(kind, path)
        returns_by_trip = [
            (trip, roundtrip.possible_returns(path, trip, knowledge))
            for trip in roundtrip.round_trips(kind, return_kinds, knowledge)
            if trip.returns
        ]
        returns = [item for _, trip_returns in returns_by_trip for item in trip_returns]
        outcomes = {item.outcome for item in returns}
        name = format_path(path)
        if not returns or outcomes == {"equal"}:
            return PromisedLeaf(name, "exact" if returns else "lost")
        if outcomes <= {"equal", "normalised"}:
            return PromisedLeaf(name, "normalised")
        loss = self.find_loss(path, returns, [trip for trip, _ in returns_by_trip])
        if outcomes == {"absent"}:
            return PromisedLeaf(name, "lost", loss=loss)
        instead = _unique(value for item in returns for value in _replacements(item))
        if outcomes <= NOT_RETURNED:
            return PromisedLeaf(name, "changed", instead=instead, loss=loss)
        if loss.because in (UNREAD, UNPLACED):
            loss = replace(loss, because="a condition does not hold")
        conditions = _unique(_return_conditions(returns_by_trip))
        return PromisedLeaf(name, "conditional", conditions, instead, loss)

    def find_loss(
        self, path: Path, returns: Sequence[PossibleReturn], trips: Sequence[RoundTrip]
    ) -> LossCause:
        """Find the first rule that changes a leaf, or else the first step that loses it."""
        traces = [item.trace for item in returns if item.trace and path in item.trace.paths]
        for trace in traces:
            for index, use in enumerate(trace.uses):
                if use.kind != "exact" or use.operation in roundtrip.LIMITS:
                    direction: Direction = "there" if index < len(trace.forward_uses) else "back"
                    files = [step.directed.mapping.file for step in self.steps[direction]]
                    number = files.index(use.location.file) if use.location.file in files else 0
                    return self.blame(direction, number, use.because, str(use.location))
        for read_path, target in _paths_read(trips):
            if path_below(read_path, path) is not None:
                return self.blame("back", *self.find_lossy_step("back", target))
        return self.blame("there", *self.find_lossy_step("there", path))

    def find_lossy_step(self, direction: Direction, path: Path) -> tuple[int, str]:
        """Return the index of the step that loses a field, and its reason."""
        key = direction, path
        if key not in self.losses:
            self.losses[key] = find_loss(path, self.steps[direction])
        return self.losses[key]

    def blame(self, direction: Direction, index: int, because: str, rule: str = "") -> LossCause:
        directed = self.steps[direction][index].directed
        return LossCause(direction, f"{directed.source} -> {directed.target}", because, rule)

    def find_survivals(
        self, kinds: Sequence[EventKind], promises: Sequence[Promise]
    ) -> Iterator[Survival]:
        groups: dict[Path, dict[Any, list[PromisedLeaf | str]]] = {}
        for kind, promise in zip(kinds, promises, strict=True):
            leaves = {parse_path(leaf.path): leaf for leaf in promise.leaves}
            for path in leaf_paths(kind.type):
                for value in _enum_values(kind, path):
                    leaf = leaves.get(path)
                    if leaf and path not in kind.choice and leaf.status not in ("exact", "lost"):
                        narrowed = replace(kind, choice={**kind.choice, path: value})
                        leaf = self.promise_leaf(path, narrowed, self.return_kinds)
                    group = groups.setdefault(path, {}).setdefault(value, [])
                    group.append(promise.refused if leaf is None else leaf)
        for path, group_by_value in groups.items():
            for value, group in group_by_value.items():
                promised = [item for item in group if isinstance(item, PromisedLeaf)]
                yield Survival(
                    format_path(path),
                    value,
                    _unique(leaf.status for leaf in promised),
                    _unique(other for leaf in promised for other in leaf.instead),
                    _unique(item for item in group if isinstance(item, str)),
                )


def _unique(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))


def _is_same_kind(kind: EventKind, trip: RoundTrip) -> bool:
    """Whether what comes back has the values that select the kind, as far as they are constant."""
    types = {field.target: field.type for field in reversed(trip.return_fields)}
    for path, value in kind.choice.items():
        enum: Sequence[Any] = getattr(types.get(path), "enum", None) or ()
        if (path not in types and value is not None) or (len(enum) == 1 and enum[0] != value):
            return False
    return True


def _params_read(trips: Iterable[RoundTrip]) -> Iterator[str]:
    for trip in trips:
        for item in (*trip.written, *trip.return_fields):
            uses = (use for origin in item.origins for use in origin.uses)
            yield from (use.name for use in uses if use.operation == "param")


def _paths_read(trips: Iterable[RoundTrip]) -> Iterator[tuple[Path, Path]]:
    """Yield each path that is read in the forward direction, with the path it is written to."""
    for written in {id(trip.written): trip.written for trip in trips}.values():
        yield from written.reads


def _spread_lists(trips: Iterable[RoundTrip]) -> tuple[str, ...]:
    """Return the lists whose elements are each translated to an event of their own."""
    lists = (
        path[: path.index(LIST_ITEM) + 1]
        for trip in trips
        for field in trip.written
        for origin in field.origins
        for path in origin.paths
        if LIST_ITEM in path
        and is_scalar_path(field.target)
        and not any(use.operation == "selection" or use.gathered for use in origin.uses)
    )
    return tuple(map(format_path, dict.fromkeys(lists)))


def _find_leaf_paths(kind: EventKind, trips: Iterable[RoundTrip]) -> list[Path]:
    """Return the leaves of the spec, and the paths below them that rules read by name."""
    paths = {path: None for path in leaf_paths(kind.type) if kind.may_have(path)}
    for path, _ in _paths_read(trips):
        is_below_leaf = any(path_below(leaf_path, path) for leaf_path in paths)
        if is_below_leaf and kind.may_have(path):
            paths.setdefault(path)
    return list(paths)


def _enum_values(kind: EventKind, path: Path) -> Sequence[Any]:
    if path not in kind.choice:
        return getattr(type_at(kind.type, path), "enum", None) or ()
    value = kind.choice[path]
    return () if value is None or isinstance(value, AnyOther) else (value,)


def _replacements(item: PossibleReturn) -> Iterator[str]:
    """Describe what replaces a leaf in one of its possible outcomes."""
    if item.outcome not in ("replaced", "unknown") or item.trace is None:
        return
    if item.constant:
        yield repr(item.constant[0])
    elif item.trace.paths:
        yield from map(format_path, item.trace.paths)
    else:
        yield from (f"param {use.name}" for use in item.trace.uses if use.operation == "param")


def _return_conditions(trip_returns: list[tuple[RoundTrip, list[PossibleReturn]]]) -> Iterator[str]:
    returning: list[RoundTrip] = []
    for trip, returns in trip_returns:
        possible = [item for item in returns if item.outcome not in NOT_RETURNED]
        returning += [trip] if possible else []
        for item in possible:
            yield from item.trace.conditions if item.trace is not None else ()
    for conditions_of in (attrgetter("conditions"), attrgetter("written_conditions")):
        alternatives = [conditions_of(trip) for trip in returning]
        all_alternatives = {conditions_of(trip) for trip, _ in trip_returns}
        if all_alternatives != set(alternatives) and () not in alternatives:
            yield from _alternative_conditions(alternatives)


def _alternative_conditions(alternatives: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield what one of the alternatives requires: first what all of them require."""
    shared = [item for item in alternatives[0] if all(item in other for other in alternatives)]
    yield from shared
    rest = [" and ".join(item for item in other if item not in shared) for other in alternatives]
    if all(rest):
        yield " or ".join(dict.fromkeys(rest))


# --- predictions ----------------------------------------------------------------------------------


def _predict(contract: Contract, kind: EventKind, event: Any) -> Prediction:
    knowledge = KnownEvent(kind, event)
    if not roundtrip.possible_forms(kind, knowledge):
        return Prediction(kind.label, kind.refusal_message)
    trips = list(roundtrip.round_trips(kind, contract.return_kinds, knowledge))
    returning = [trip for trip in trips if trip.returns]
    if not returning:
        refusals = (trip.kind.refusal_message for trip in trips)
        return Prediction(kind.label, next(refusals, "every return lacks a required field"))
    leaves = (_predict_leaf(*leaf, returning, knowledge) for leaf in iter_leaves(event))
    return Prediction(kind.label, "", tuple(leaves), _spread_lists(returning))


def _predict_leaf(
    json_path: str, value: Any, trips: Sequence[RoundTrip], knowledge: KnownEvent
) -> PredictedLeaf:
    path = field_path(json_path)
    returns = [item for trip in trips for item in roundtrip.possible_returns(path, trip, knowledge)]
    outcomes = {item.outcome for item in returns}
    outcome: ReturnOutcome = "unknown"
    # An empty list or object may come back as absent, or be filled. Null is kept in values of
    # unknown structure only.
    is_raw_null = value is None and _is_in_raw(knowledge.kind.type, path)
    is_filled = value in ([], {}) and any(_may_write(path, trip) for trip in trips)
    if not is_raw_null and not is_filled:
        if len(outcomes) == 1:
            (outcome,) = outcomes
        elif outcomes <= {"equal", "normalised"}:
            outcome = "normalised"
        elif outcomes <= NOT_RETURNED:
            outcome = "replaced"
    instead: tuple[Any, ...] = ()
    if outcome == "replaced" and all(item.constant for item in returns):
        replacing = (item.constant for item in returns if item.outcome == "replaced")
        instead = tuple(chain.from_iterable(replacing))
    return PredictedLeaf(json_path, outcome, instead)


def _is_in_raw(event_type: SchemaType, path: Path) -> bool:
    """Whether a path leads into a value of unknown structure."""
    parents = [type_at(event_type, path[:length]) for length in range(len(path))]
    return any(parent is None or isinstance(parent, Mixed) for parent in parents)


def _may_write(path: Path, trip: RoundTrip) -> bool:
    """Whether what comes back may have a field at, above or below a path."""
    pairs = (permutations((path, field.target)) for field in trip.return_fields)
    return any(path_below(*pair) is not None for pair in chain.from_iterable(pairs))


# --- required params ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParamNeed:
    """A param that a kind of event requires, `always` or only if the event lacks some value.

    `way` is the direction in which it is required, `because` the message of the refusal without it.
    """

    param: str
    way: str
    always: bool
    because: str


Needs = dict[str, ParamNeed]
"""The needs of one kind of event, by the name of the param."""


def find_needs(catalog: Catalog, contract: Contract) -> dict[str, tuple[ParamNeed, ...]]:
    """Find the params without which each kind of event is refused, by the labels of the kinds.

    Kinds that do not come back have no entry. Raises as `contract` does.
    """
    forward_needs = _needs_by_kind(catalog, contract, "there")
    return_needs = _needs_by_kind(catalog, contract, "back")
    returning = {kind.label for kind in contract.return_kinds if kind.output_forms}
    needs: dict[str, tuple[ParamNeed, ...]] = {}
    for promise in contract.promises:
        if promise.leaves:
            written_as = [return_needs[kind] for kind in promise.written_as if kind in returning]
            merged = _merge_needs(written_as)
            needs[promise.kind] = (*forward_needs[promise.kind].values(), *merged)
    return needs


def _merge_needs(all_needs: Sequence[Needs]) -> Iterator[ParamNeed]:
    """Yield the needs of an event of one of several kinds: always, if all the kinds always do."""
    for param in dict.fromkeys(param for needs in all_needs for param in needs):
        alternatives = [needs[param] for needs in all_needs if param in needs]
        is_common = len(alternatives) == len(all_needs)
        always = is_common and all(need.always for need in alternatives)
        yield replace(alternatives[0], always=always)


def _needs_by_kind(catalog: Catalog, contract: Contract, way: Direction) -> defaultdict[str, Needs]:
    """Compile the kinds of one direction without each of the params, and collect refusals."""
    source, *_, target = contract.routes[way == "back"]
    declared = declared_params(step.directed.mapping for step in catalog.steps(source, target))
    names = (contract.allow, contract.crosswalks)
    kinds = contract.forward_kinds if way == "there" else contract.return_kinds
    if not declared.issubset(contract.given_params):
        kinds = tuple(compile_kinds(catalog, source, target, declared, *names))
    needs: defaultdict[str, Needs] = defaultdict(dict)
    for param in sorted(declared):
        using = [kind.choice for kind in kinds if kind.uses_param(param)]
        for kind in compile_kinds(catalog, source, target, declared - {param}, *names, using):
            if not kind.may_lack_param:
                continue
            proof = prove_kind(kind)
            for guard in proof.guards:
                if guard.code == "missing-param" and repr(param) in guard.demand:
                    always = proof.verdict == "refused"
                    needs[kind.label][param] = ParamNeed(param, way, always, guard.demand)
                    break
    return needs
