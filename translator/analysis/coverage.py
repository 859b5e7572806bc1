"""Which fields of a source reach a target: by kind of event and by leaf, with the rules.

Derived from the code that would run: each field it writes records its origins and rules. A leaf
that is no origin of any written field is lost, for the reason that the mappings give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

from translator.analysis.kinds import EventKind, compile_kinds, declared_params, find_fillers
from translator.analysis.unit_cache import Json, Unit, UnitCache
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import routes_from
from translator.compiler.lineage import Origin, RuleUse, WrittenField
from translator.compiler.specialize import AnyOther, Choice
from translator.engine.losses import loss_reason
from translator.errors import Location
from translator.language.direction import DirectedRow, DirectedTable, Step
from translator.language.exhaustiveness import can_hold, leaf_paths
from translator.language.nodes import cell_values
from translator.paths import MAP_ENTRY, Path, starts_with
from translator.schema.types import Object, Scalar, ScalarValue, Union

Reach = Literal["exact", "approximate", "opt-in", "carried", "lost"]

REACHES: tuple[Reach, ...] = get_args(Reach)
"""How a leaf can reach a target, from best to worst."""

KindReach = Literal["exact", "approximate", "opt-in", "refused"]

KIND_REACHES: tuple[KindReach, ...] = get_args(KindReach)
"""How a kind of event can reach a target, from best to worst."""


@dataclass(frozen=True, slots=True)
class KindOutcome:
    """How a kind of event reaches the target, why not exactly, and the opt-ins it requires."""

    kind: str
    reach: KindReach
    because: str = ""
    opt_ins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldLink:
    """A link from a field of the source to one of the target, with the rules it goes through.

    `because` says why it is not exact, or by which selection it reads only some elements.
    """

    source: Path
    target: Path
    reach: Reach
    uses: tuple[RuleUse, ...]
    because: str = ""


Links = dict[FieldLink, WrittenField]
"""The links in the code of a kind, each with the field that it writes."""


@dataclass(frozen=True, slots=True)
class LeafOutcome:
    """The outcome of a leaf in one kind of event (lost if `refused`), and its links, best first."""

    kind: str
    reach: Reach
    because: str = ""
    links: tuple[FieldLink, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class LeafCoverage:
    """A leaf of the source, and its outcome in each kind of event that can have it.

    If `read_by_key`, it is not a leaf of the spec: rules read it by name from an object with free
    keys.
    """

    path: Path
    outcomes: tuple[LeafOutcome, ...]
    read_by_key: bool = False

    @property
    def reach(self) -> Reach:
        """The best reach in any kind."""
        return self._best_outcome.reach

    @property
    def because(self) -> str:
        """Why the best reach is not exact, or nothing."""
        return self._best_outcome.because

    @property
    def _best_outcome(self) -> LeafOutcome:
        return min(self.outcomes, key=lambda item: (item.refused, REACHES.index(item.reach)))

    @property
    def links(self) -> tuple[FieldLink, ...]:
        """The best link to each field of the target, the best first."""
        distinct = dict.fromkeys(link for outcome in self.outcomes for link in outcome.links)
        best: dict[Path, FieldLink] = {}
        for link in sorted(distinct, key=_reach_index):
            best.setdefault(link.target, link)
        return tuple(best.values())

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """The number of kinds by their reach; those that are refused count as `refused`."""
        counts = Counter("refused" if item.refused else item.reach for item in self.outcomes)
        return {reach: counts[reach] for reach in (*REACHES, "refused") if counts[reach]}


@dataclass(frozen=True, slots=True)
class FilledField:
    """A target field filled without the event: `how` is `param`, `default` or `constant`."""

    target: Path
    how: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ValuePair:
    """A value of a source field, and the value that the rules write to a target field for it."""

    source: Path
    target: Path
    value: ScalarValue
    result: ScalarValue
    reach: Reach
    uses: tuple[RuleUse, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class PairCoverage:
    """The coverage of a pair; `route` has its formats from source to target.

    `leaves` are those of the source and `targets` those of the target, in the order of the specs.
    All params are assumed to be given. `value_pairs` has the values that tables and rows replace.
    """

    route: tuple[str, ...]
    kind_outcomes: tuple[KindOutcome, ...]
    leaves: tuple[LeafCoverage, ...]
    targets: tuple[Path, ...]
    filled_fields: tuple[FilledField, ...]
    value_pairs: tuple[ValuePair, ...] = ()

    @property
    def source(self) -> str:
        """The source format."""
        return self.route[0]

    @property
    def target(self) -> str:
        """The target format."""
        return self.route[-1]

    @property
    def links(self) -> tuple[FieldLink, ...]:
        """The links of all leaves."""
        return tuple(link for leaf in self.leaves for link in leaf.links)

    @property
    def kinds_by_reach(self) -> dict[str, int]:
        """The number of kinds of events by their reach."""
        counts = Counter(outcome.reach for outcome in self.kind_outcomes)
        return {reach: counts[reach] for reach in KIND_REACHES}

    @property
    def leaves_by_reach(self) -> dict[str, int]:
        """The number of leaves of the source's spec by their best reach."""
        counts = Counter(leaf.reach for leaf in self.leaves if not leaf.read_by_key)
        return {reach: counts[reach] for reach in REACHES}


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """The numbers of kinds of events and of leaves of a pair, by their best reach."""

    route: Sequence[str]
    kinds_by_reach: dict[str, int]
    leaves_by_reach: dict[str, int]

    @property
    def source(self) -> str:
        """The source format."""
        return self.route[0]

    @property
    def target(self) -> str:
        """The target format."""
        return self.route[-1]


def routed_pairs(catalog: Catalog, source: str | None = None) -> list[tuple[str, str]]:
    """Return every ordered pair that has a route, or only those from `source`."""
    formats, mappings = catalog.formats(), catalog.folders.mapping_files()
    sources = formats if source is None else [source]
    routes = {name: routes_from(name, mappings) for name in sources}
    return [(name, target) for name in sources for target in formats if target in routes[name]]


def count_coverage(catalog: Catalog, source: str | None = None) -> list[CoverageCounts]:
    """Count how events and leaves of each pair reach the target, or only of pairs from `source`.

    Uses the cache of the catalog's folders. Raises as `coverage` does.
    """
    cache = UnitCache(catalog, "coverage")
    units = [
        Unit(pair, catalog.folders.route_files(*pair), partial(_count, catalog, *pair))
        for pair in routed_pairs(catalog, source)
    ]
    counts = [CoverageCounts(*count) for count in cache.find_all(units)]
    cache.save(is_whole=source is None)
    return counts


def _count(catalog: Catalog, source: str, target: str) -> Json:
    flow = coverage(catalog, source, target)
    return [flow.route, flow.kinds_by_reach, flow.leaves_by_reach]


def coverage(catalog: Catalog, source: str, target: str) -> PairCoverage:
    """Find how each kind of event and each leaf of `source` reaches `target`.

    Raises `TranslationError` if a format is unknown or no route leads from `source` to `target`,
    `SpecError` or `MappingError` if a spec or mapping on the route is unusable.
    """
    steps = catalog.steps(source, target)
    params = declared_params(step.directed.mapping for step in steps)
    kinds = compile_kinds(catalog, source, target, params)
    unfilled_kinds = kinds
    fillers, allow = find_fillers(steps)
    if fillers or allow:
        unfilled_kinds = compile_kinds(catalog, source, target, params - fillers, allow)
    compilations = zip(kinds, unfilled_kinds, strict=True)
    flows = [(both[0], _find_links(both, steps)) for both in compilations]
    source_type = catalog.event_type(source, for_output=False)
    written = (link.target for _, links in flows for link in links)
    targets = (path for path, _ in _with_keyed_paths(steps[-1].target_type, written))
    return PairCoverage(
        (source, *(step.directed.target for step in steps)),
        tuple(map(_kind_outcome, kinds)),
        tuple(_leaf_coverages(source_type, flows, steps)),
        tuple(targets),
        tuple(_filled_fields(kinds)),
        tuple(dict.fromkeys(_value_pairs(flows, steps))),
    )


# --- kinds of events -----------------------------------------------------------------------------


def _kind_outcome(kind: EventKind) -> KindOutcome:
    if (refusal := _refusal_reason(kind)) is not None:
        return KindOutcome(kind.label, "refused", refusal)
    reach: KindReach = "opt-in" if kind.opt_ins else "approximate"
    default = f"allow {', '.join(kind.opt_ins)}" if kind.opt_ins else None
    origins = (origin for field in kind.written_fields for origin in field.origins)
    selecting = (origin for origin in origins if _is_selected(origin, kind.choice))
    uses = (use for origin in selecting for use in origin.uses if use.kind == reach)
    because = next((use.because for use in uses), default)
    if because is None:
        return KindOutcome(kind.label, "exact")
    return KindOutcome(kind.label, reach, because, kind.opt_ins)


def _refusal_reason(kind: EventKind) -> str | None:
    if (refusal := kind.static_refusal) is not None:
        return refusal.message.partition(": ")[2] or f"{refusal.code}: {refusal.message}"
    if kind.output_forms:
        return None
    return "no event of this kind has all values that the target requires"


def _is_selected(origin: Origin, choice: Choice) -> bool:
    """Whether the kind of event determines the value of an origin."""
    values = [choice.get(path) for path in origin.paths]
    return bool(values) and not any(isinstance(value, AnyOther | None) for value in values)


# --- leaves ---------------------------------------------------------------------------------------


def _reach_index(link: FieldLink) -> int:
    return REACHES.index(link.reach)


def _find_links(compilations: Sequence[EventKind], steps: Sequence[Step]) -> Links:
    """Return the links in the code of a kind, which may be compiled twice."""
    links: Links = {}
    for field in (field for kind in compilations for field in kind.written_fields):
        for origin in field.origins:
            reach, because = _origin_reach(origin, compilations[0].choice, steps)
            # An origin without rules only says that a list is present, as one that is empty does.
            for path in origin.paths if origin.uses and not field.empty else ():
                links[FieldLink(path, field.target, reach, origin.uses, because)] = field
    return links


def _origin_reach(origin: Origin, choice: Choice, steps: Sequence[Step]) -> tuple[Reach, str]:
    worst: tuple[Reach, str] = ("exact", "")
    for use in origin.uses:
        if use.operation == "selection":
            worst = (worst[0], worst[1] or f"only in {use.name}")
            continue
        reach: tuple[Reach, str] = (use.kind, use.because)
        if use.operation == "carried":
            reach = ("carried", "preserved for the way back")
        elif use.kind == "exact" and not _is_selected(origin, choice):
            reach = _table_reach(use, steps)
        worst = max(worst, reach, key=lambda item: REACHES.index(item[0]))
    return worst


def _table_reach(use: RuleUse, steps: Sequence[Step]) -> tuple[Reach, str]:
    """Return the reach of a value map at run time, which may have approximate rows."""
    for directed in (step.directed for step in steps):
        if (table := use.table) is not None and table in directed.mapping.all_tables():
            for row in table.rows:
                if row.kind == "approximate" and row.to_left == directed.to_left:
                    return "approximate", row.because
    return "exact", ""


def _leaf_coverages(
    source_type: Object | Union, flows: Sequence[tuple[EventKind, Links]], steps: Sequence[Step]
) -> Iterator[LeafCoverage]:
    read_paths = (link.source for _, links in flows for link in links)
    for path, read_by_key in _with_keyed_paths(source_type, read_paths):
        reason = loss_reason(path, steps)
        outcomes = tuple(
            _leaf_outcome(path, kind, links, reason)
            for kind, links in flows
            if _has_leaf(kind, path)
        )
        if outcomes:
            yield LeafCoverage(path, outcomes, read_by_key)


def _has_leaf(kind: EventKind, path: Path) -> bool:
    return kind.may_have(path) and can_hold(kind.type, path)


def _with_keyed_paths(schema: Object | Union, paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield the leaves of a type, and after each with free keys the paths used by name below it."""
    variants = schema.variants.values() if isinstance(schema, Union) else (schema,)
    leaves = dict.fromkeys(leaf for variant in variants for leaf in leaf_paths(variant))
    used = dict.fromkeys(paths)
    keyed = [path for path in used if not any(starts_with(leaf, path) for leaf in leaves)]
    for leaf in leaves:
        yield leaf, False
        if MAP_ENTRY in leaf:
            parent = leaf[: leaf.index(MAP_ENTRY)]
            yield from ((path, True) for path in keyed if starts_with(path, parent))
            keyed = [path for path in keyed if not starts_with(path, parent)]
    yield from ((path, True) for path in keyed)


def _leaf_outcome(path: Path, kind: EventKind, all_links: Links, reason: str) -> LeafOutcome:
    if (refusal := _refusal_reason(kind)) is not None:
        return LeafOutcome(kind.label, "lost", f"its events are refused: {refusal}", refused=True)
    if (refusal := kind.part_refusal(path)) is not None:
        return LeafOutcome(kind.label, "lost", refusal, refused=True)
    links: list[FieldLink] = []
    for link, field in all_links.items():
        below = _link_below(path, field, link)
        if below is not None and kind.opt_ins and below.reach in ("exact", "approximate"):
            below = replace(below, reach="opt-in", because=f"only with {', '.join(kind.opt_ins)}")
        links += [below] if below is not None else []
    if not links:
        if any(starts_with(path, accounted) for accounted in kind.accounted_paths):
            return LeafOutcome(kind.label, "exact")
        return LeafOutcome(kind.label, "lost", reason)
    links.sort(key=_reach_index)
    because = "" if links[0].reach == "exact" else links[0].because
    return LeafOutcome(kind.label, links[0].reach, because, tuple(links))


def _link_below(path: Path, field: WrittenField, link: FieldLink) -> FieldLink | None:
    """Return the link of a leaf that is read itself, or with a field above it.

    What a codec makes of a field above the leaf, such as JSON text, has all its leaves.
    """
    rest = path[len(link.source) :]
    if not starts_with(path, link.source):
        return None
    is_whole = isinstance(field.target_type, Scalar) or any(use.converts_whole for use in link.uses)
    if rest and is_whole:
        return replace(link, source=path)
    if not can_hold(field.target_type, rest):
        return None
    return replace(link, source=path, target=(*link.target, *rest)) if rest else link


def _value_pairs(
    flows: Iterable[tuple[EventKind, Links]], steps: Sequence[Step]
) -> Iterator[ValuePair]:
    """Yield the values of fields that select the kind of event, and those that tables replace."""
    for kind, links in flows:
        for link, field in links.items():
            value = kind.choice.get(link.source)
            ends = (link.source, link.target)
            if not isinstance(value, AnyOther | None):
                enum = field.type.enum if isinstance(field.type, Scalar) else None
                reach, because = link.reach, link.because
                if kind.opt_ins and reach != "carried":
                    reach, because = "opt-in", f"only with {', '.join(kind.opt_ins)}"
                if enum is not None and len(enum) == 1 and (enum[0] != value or link.uses):
                    yield ValuePair(*ends, value, enum[0], reach, link.uses, because)
                continue
            for source, result, row in _table_rows(link, steps):
                yield ValuePair(*ends, source, result, row.kind, link.uses, row.because)


def _table_rows(
    link: FieldLink, steps: Sequence[Step]
) -> Iterator[tuple[ScalarValue, ScalarValue, DirectedRow]]:
    """Yield the values of the tables of a link, one table after the other, with the worst row."""
    tables = [
        DirectedTable.from_table(use.table, to_left=step.directed.to_left)
        for use in link.uses
        if use.table is not None
        for step in steps
        if use.table in step.directed.mapping.all_tables()
    ]
    for row in tables[0].rows if tables else ():
        worst, written = row, _written_value(row)
        for table in tables[1:]:
            matching = (
                each
                for each in table.rows
                if written and written[0] in (cell_values(each.source[0][1]) or ())
            )
            following = next(matching, None)
            written = _written_value(following) if following else ()
            worst = max(worst, following or row, key=lambda each: REACHES.index(each.kind))
        for value in cell_values(row.source[0][1]) or () if written else ():
            yield value, written[0], worst


def _written_value(row: DirectedRow) -> tuple[ScalarValue, ...]:
    """Return the value that a row of a value map writes, if it is always the same."""
    cell = row.target[0][1]
    return cell[:1] if isinstance(cell, tuple) else ()


def _filled_fields(kinds: Iterable[EventKind]) -> Iterator[FilledField]:
    constant = RuleUse("constant", Location(""))
    yield from dict.fromkeys(
        FilledField(field.target, use.operation, use.name)
        for kind in kinds
        for field in kind.written_fields
        for origin in field.origins or (Origin(),)
        if not origin.paths
        for use in (origin.uses or (constant,))[:1]
    )
