"""What of a source reaches a target: kind by kind of event, and leaf by leaf, with the rules.

Read off the code that would run: each member it writes knows where it comes from and by what
rules. What no written member comes from is lost, for the reason that the mappings give.

How what a source says may reach a target: the words for it, and what a flow holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from translator.analysis.kinds import EventKind, compile_kinds
from translator.catalog.catalog import Catalog
from translator.compiler.lineage import Origin, RuleUse, WrittenField
from translator.compiler.specialize import AnyOther, Choice
from translator.engine.losses import loss_reason
from translator.errors import Location
from translator.language.direction import Step
from translator.language.exhaustiveness import leaf_paths
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.types import ListOf, Object, RawSchema, SchemaType, Union, find_field

Reach = Literal["exact", "approximate", "opt-in", "carried", "lost"]

REACHES: tuple[Reach, ...] = ("exact", "approximate", "opt-in", "carried", "lost")
"""How a leaf may reach a target, from the best to the worst."""

KindReach = Literal["exact", "approximate", "opt-in", "refused"]

KIND_REACHES: tuple[KindReach, ...] = ("exact", "approximate", "opt-in", "refused")
"""How a kind of event may reach a target, from the best to the worst."""


@dataclass(frozen=True, slots=True)
class KindOutcome:
    """One kind of event: what tells it apart, how it reaches the target, and why not exactly.

    `opt_ins` are those without which it is refused.
    """

    kind: str
    reach: KindReach
    because: str = ""
    opt_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldLink:
    """A line from a member of the source to one of the target, and the rules it goes through."""

    source: Path
    target: Path
    reach: Reach
    uses: tuple[RuleUse, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class LeafOutcome:
    """What becomes of a leaf in one kind of event: its `links`, the best first, or none.

    A leaf of a kind that is refused is lost with it.
    """

    kind: str
    reach: Reach
    because: str = ""
    links: tuple[FieldLink, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class LeafCoverage:
    """A leaf of the source, and its fate in each of the kinds of events that can hold it.

    One that is `named` is no leaf of the spec: rules read it by its key, or its keys, from a
    member whose keys are free.
    """

    path: Path
    outcomes: tuple[LeafOutcome, ...]
    read_by_key: bool = False

    @property
    def reach(self) -> Reach:
        """The best that becomes of it in any kind."""
        return self._best_outcome.reach

    @property
    def worst(self) -> Reach:
        """The worst that becomes of it in the kinds that are translated."""
        translated = [outcome for outcome in self.outcomes if not outcome.refused]
        return max((outcome.reach for outcome in translated), key=REACHES.index, default="lost")

    @property
    def because(self) -> str:
        """Why the best is no better; empty where it is exact."""
        return self._best_outcome.because

    @property
    def _best_outcome(self) -> LeafOutcome:
        return min(
            self.outcomes, key=lambda outcome: (outcome.refused, REACHES.index(outcome.reach))
        )

    @property
    def links(self) -> tuple[FieldLink, ...]:
        """Its lines to members of the target in any kind, each once, the best first."""
        distinct = dict.fromkeys(link for outcome in self.outcomes for link in outcome.links)
        best: dict[Path, FieldLink] = {}
        for link in sorted(distinct, key=lambda candidate: REACHES.index(candidate.reach)):
            best.setdefault(link.target, link)
        return tuple(best.values())

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """In how many kinds it fares how; in those that are `refused`, counted apart."""
        counts = Counter(
            "refused" if outcome.refused else outcome.reach for outcome in self.outcomes
        )
        return {reach: counts[reach] for reach in (*REACHES, "refused") if counts[reach]}


@dataclass(frozen=True, slots=True)
class FilledField:
    """A member of the target filled without the event: `how` is `param`, `default`, `constant`."""

    target: Path
    how: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """All that reaches a target from a source, on the `way` of formats between them.

    `leaves` are those of the source in the order of its spec, `targets` those of the target;
    params are taken as given.
    """

    route: tuple[str, ...]
    kind_outcomes: tuple[KindOutcome, ...]
    leaves: tuple[LeafCoverage, ...]
    targets: tuple[Path, ...]
    filled_fields: tuple[FilledField, ...]

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.route[0]

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.route[-1]

    @property
    def links(self) -> tuple[FieldLink, ...]:
        """Every line from a leaf to a member of the target."""
        return tuple(link for leaf in self.leaves for link in leaf.links)

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """How many kinds of events reach the target in each way."""
        counts = Counter(outcome.reach for outcome in self.kind_outcomes)
        return {reach: counts[reach] for reach in KIND_REACHES}

    @property
    def leaves_by_reach(self) -> dict[str, int]:
        """How many leaves of the source's spec reach the target in each way, at best."""
        counts = Counter(leaf.reach for leaf in self.leaves if not leaf.read_by_key)
        return {reach: counts[reach] for reach in REACHES}


_CONSTANT_USE = RuleUse("constant", Location(""))


def trace_flow(catalog: Catalog, source: str, target: str) -> Flow:
    """What reaches `target` from `source`. Raises as `Catalog.steps` does."""
    steps = catalog.steps(source, target)
    source_type = catalog.event_type(source, writing=False)
    event_kinds = compile_kinds(catalog, source, target)
    kind_flows = [
        _KindFlow(
            _variant_of(source_type, kind.choice), kind, _field_links((kind, unfilled_kind), steps)
        )
        for kind, unfilled_kind in zip(
            event_kinds, _without_fillers(catalog, event_kinds, steps), strict=True
        )
    ]
    return Flow(
        (source, *(step.directed.target for step in steps)),
        tuple(map(_kind_outcome, event_kinds)),
        tuple(_leaf_coverages(source_type, kind_flows, steps)),
        tuple(_target_leaves(steps[-1].target_type, kind_flows)),
        tuple(_filled_fields(event_kinds)),
    )


def _without_fillers(
    catalog: Catalog, event_kinds: Sequence[EventKind], steps: Sequence[Step]
) -> Sequence[EventKind]:
    """The kinds once more, with no params where these stand before what is less than exact.

    What a param fills is never filled by an approximation or an opt-in: these show without it.
    """
    allow: set[str] = set()
    filler_params: set[str] = set()
    params: set[str] = set()
    for directed_mapping in (step.directed for step in steps):
        assignments = [
            case_assignment
            for case in directed_mapping.cases
            for case_assignment in case.assignments
        ]
        inexact_targets = {
            assignment.targets[0]
            for assignment in assignments
            if any(candidate.kind != "exact" for candidate in assignment.sources)
        }
        allow |= {
            candidate.name
            for assignment in assignments
            for candidate in assignment.sources
            if candidate.kind == "opt-in"
        }
        for param in directed_mapping.mapping.params:
            params.add(param.name)
            if param.fills in inexact_targets and param.to_left == directed_mapping.to_left:
                filler_params.add(param.name)
    if not allow and not filler_params:
        return event_kinds
    source, target = steps[0].directed.source, steps[-1].directed.target
    return compile_kinds(catalog, source, target, params=params - filler_params, allow=allow)


# --- kinds of events -----------------------------------------------------------------------------


def _kind_outcome(kind: EventKind) -> KindOutcome:
    if (refusal := _refusal_reason(kind)) is not None:
        return KindOutcome(kind.label, "refused", refusal)
    reach: KindReach = "opt-in" if kind.opt_ins else "approximate"
    for use in _deciding_uses(kind):
        if use.kind == reach:
            return KindOutcome(kind.label, reach, use.because, kind.opt_ins)
    if kind.opt_ins:
        return KindOutcome(kind.label, "opt-in", f"allow {', '.join(kind.opt_ins)}", kind.opt_ins)
    return KindOutcome(kind.label, "exact")


def _refusal_reason(kind: EventKind) -> str | None:
    """Why all events of a kind are refused, if they are."""
    if kind.refusal is not None:
        code, message = kind.refusal.code, kind.refusal.message
        return message.partition(": ")[2] or f"{code}: {message}"
    return None if kind.output_forms else "no event of this kind has all that the target needs"


def _deciding_uses(kind: EventKind) -> Iterator[RuleUse]:
    """The rules that what tells the kind apart goes through."""
    for output_form in kind.output_forms:
        for entry in output_form.written_fields:
            for origin in entry.origins:
                if _is_decided(origin, kind.choice):
                    yield from origin.uses


def _is_decided(origin: Origin, choice: Choice) -> bool:
    """Whether the value of an origin is known from the kind of event alone."""
    return bool(origin.paths) and all(
        choice.get(path) is not None and not isinstance(choice[path], AnyOther)
        for path in origin.paths
    )


# --- leaves of the source ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _KindFlow:
    """A kind of event: its shape, and what its code says of where written members come from."""

    type: Object
    kind: EventKind
    links: tuple[tuple[WrittenField, FieldLink], ...]

    def can_hold(self, path: Path) -> bool:
        """Whether events of the kind can hold a leaf: it is known, and nothing above it absent."""
        choice = self.kind.choice
        is_present = all(
            choice.get(path[:length], "") is not None for length in range(1, len(path) + 1)
        )
        return is_present and _can_hold(self.type, path)


def _variant_of(source_type: Object | Union, choice: Choice) -> Object:
    if isinstance(source_type, Object):
        return source_type
    return source_type.variants[choice[(source_type.discriminator,)]]  # type: ignore[index]


def _field_links(
    compilations: Sequence[EventKind], steps: Sequence[Step]
) -> tuple[tuple[WrittenField, FieldLink], ...]:
    """Every line between two members in the code of a kind, which may have been made twice."""
    entries_by_link: dict[FieldLink, WrittenField] = {}
    kind = compilations[0]
    for output_form in (
        output_form for compilation in compilations for output_form in compilation.output_forms
    ):
        for entry in output_form.written_fields:
            for origin in entry.origins:
                reach, because = _origin_reach(origin, kind, steps)
                # An origin without rules says only that a list is there, though it be empty.
                for path in origin.paths if origin.uses else ():
                    entries_by_link[FieldLink(path, entry.target, reach, origin.uses, because)] = (
                        entry
                    )
    return tuple((entry, link) for link, entry in entries_by_link.items())


def _origin_reach(origin: Origin, kind: EventKind, steps: Sequence[Step]) -> tuple[Reach, str]:
    """How good an origin is, and why no better: as its worst rule."""
    worst: tuple[Reach, str] = ("exact", "")
    for use in origin.uses:
        reach, because = _use_reach(use)
        if reach == "exact" and not _is_decided(origin, kind.choice):
            reach, because = _table_reach(use, steps)
        if REACHES.index(reach) > REACHES.index(worst[0]):
            worst = reach, because
    return worst


def _use_reach(use: RuleUse) -> tuple[Reach, str]:
    if use.operation == "carried":
        return "carried", "kept for the way back"
    return use.kind, use.because


def _table_reach(use: RuleUse, steps: Sequence[Step]) -> tuple[Reach, str]:
    """How good a table of values is that is looked up at run time: some of its rows may be near."""
    for step in steps:
        if use.table is not None and use.table in step.directed.mapping.all_tables():
            for row in use.table.rows:
                if row.kind == "approximate" and row.to_left == step.directed.to_left:
                    return "approximate", row.because
    return "exact", ""


def _leaf_coverages(
    source_type: Object | Union, kind_flows: Sequence[_KindFlow], steps: Sequence[Step]
) -> Iterator[LeafCoverage]:
    variants = source_type.variants.values() if isinstance(source_type, Union) else (source_type,)
    source_leaves = dict.fromkeys(leaf for variant in variants for leaf in leaf_paths(variant))
    read_paths = (link.source for kind_flow in kind_flows for _, link in kind_flow.links)
    for path, read_by_key in _with_keyed_paths(tuple(source_leaves), dict.fromkeys(read_paths)):
        reason = loss_reason(path, steps)
        outcomes = tuple(
            _leaf_outcome(path, kind_flow, reason)
            for kind_flow in kind_flows
            if kind_flow.can_hold(path)
        )
        if outcomes:
            yield LeafCoverage(path, outcomes, read_by_key)


def _with_keyed_paths(
    all_leaves: Sequence[Path], used_paths: Iterable[Path]
) -> Iterator[tuple[Path, bool]]:
    """Leaves, and behind each with free keys the members below it that are used by name."""
    keyed_paths = [
        path for path in used_paths if not any(leaf[: len(path)] == path for leaf in all_leaves)
    ]
    for leaf in all_leaves:
        yield leaf, False
        if MAP_ENTRY in leaf:
            parent = leaf[: leaf.index(MAP_ENTRY)]
            yield from ((path, True) for path in keyed_paths if path[: len(parent)] == parent)
            keyed_paths = [path for path in keyed_paths if path[: len(parent)] != parent]
    yield from ((path, True) for path in keyed_paths)


def _leaf_outcome(path: Path, kind_flow: _KindFlow, reason: str) -> LeafOutcome:
    kind = kind_flow.kind
    if (refusal := _refusal_reason(kind)) is not None:
        return LeafOutcome(kind.label, "lost", f"its events are refused: {refusal}", refused=True)
    links = [
        link if not kind.opt_ins else _require_opt_ins(link, kind)
        for entry, source_link in kind_flow.links
        if (link := _link_from(path, entry, source_link)) is not None
    ]
    if not links:
        return LeafOutcome(kind.label, "lost", reason)
    links.sort(key=lambda link: REACHES.index(link.reach))
    return LeafOutcome(kind.label, links[0].reach, links[0].because, tuple(links))


def _require_opt_ins(link: FieldLink, kind: EventKind) -> FieldLink:
    """A line of a kind that is refused without opt-ins: no better than they are."""
    if link.reach not in ("exact", "approximate"):
        return link
    because = f"only with {', '.join(kind.opt_ins)}"
    return FieldLink(link.source, link.target, "opt-in", link.uses, because)


def _link_from(path: Path, entry: WrittenField, link: FieldLink) -> FieldLink | None:
    """The line of a leaf: its own, or what a copy of all that is above it takes along."""
    parent, rest = path[: len(link.source)], path[len(link.source) :]
    if parent != link.source or not _can_hold(entry.target_type, rest):
        return None
    return (
        FieldLink(path, (*link.target, *rest), link.reach, link.uses, link.because)
        if rest
        else link
    )


def _can_hold(schema_type: SchemaType, path: Path) -> bool:
    """Whether a value of a shape, or a copy into it, can hold what stands at a path below it."""
    current: SchemaType | None = schema_type
    for segment in path:
        match current:
            case RawSchema():
                return True
            case ListOf(items=items) if segment == LIST_ITEM:
                current = items
            case Object(additional=free) if segment in (MAP_ENTRY, KEY, VALUE):
                current = free if segment == VALUE or free is None else current
            case Object():
                prop = find_field(current, segment)
                current = None if prop is None else prop.type
            case _:
                return False
    return current is not None


# --- members of the target -----------------------------------------------------------------------


def _target_leaves(target_type: Object | Union, kind_flows: Sequence[_KindFlow]) -> Iterator[Path]:
    """The leaves of the target, and those that only have a name where keys are free."""
    variants = target_type.variants.values() if isinstance(target_type, Union) else (target_type,)
    all_leaves = dict.fromkeys(leaf for variant in variants for leaf in leaf_paths(variant))
    written = (link.target for kind_flow in kind_flows for _, link in kind_flow.links)
    yield from (path for path, _ in _with_keyed_paths(tuple(all_leaves), dict.fromkeys(written)))


def _filled_fields(event_kinds: Sequence[EventKind]) -> Iterator[FilledField]:
    entries = (
        entry
        for kind in event_kinds
        for output_form in kind.output_forms
        for entry in output_form.written_fields
    )
    yield from dict.fromkeys(
        FilledField(entry.target, use.operation, use.name)
        for entry in entries
        for origin in entry.origins or (Origin(),)
        if not origin.paths
        for use in (origin.uses or (_CONSTANT_USE,))[:1]
    )
