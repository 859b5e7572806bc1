"""What compiling the mappings of a catalog finds: errors, and rules that never apply.

A mapping is compiled as a translation would be, kind by kind of event, with all params given. So
`check` cannot disagree with the proof, the coverage and the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from translator.analysis.kinds import EventKind, compile_kinds, declared_params, find_fillers
from translator.catalog.catalog import Catalog
from translator.compiler.specialize import AnyOther
from translator.errors import Diagnostic, Location, MappingError, truncate
from translator.language.codecs import param_type
from translator.language.direction import (
    DirectedMapping,
    DirectedTable,
    Source,
    Step,
    param_fields,
)
from translator.language.nodes import Mapping
from translator.paths import Path, format_path, real_path, starts_with
from translator.schema.types import Object, Scalar, SchemaType, Union, json_type, type_at

MAX_NAMED = 5
"""Maximum number of kinds of events that one finding names."""


def check_direction(catalog: Catalog, source: str, target: str) -> Iterator[Diagnostic]:
    """Yield what compiling finds in the mapping between two formats, in one direction.

    The mapping has no errors that `check_mapping` finds.
    """
    try:
        (step,) = steps = catalog.steps(source, target)
        params = declared_params(step.directed.mapping for step in steps)
        kinds = compile_kinds(catalog, source, target, params)
        fillers, opt_ins = find_fillers(steps)
        opt_ins.update(step.directed.mapping.opt_ins)
        all_kinds = list(kinds)
        if fillers or opt_ins:
            all_kinds += compile_kinds(catalog, source, target, params - fillers, opt_ins)
    except MappingError as error:
        yield from error.diagnostics
        return
    directed = step.directed
    if _writes_nothing(directed):
        return
    is_translated = any(kind.static_refusal is None and kind.output_forms for kind in kinds)
    if not is_translated:
        yield _refused_entirely(directed, kinds[0])
        return
    yield from _check_refused_kinds(directed, kinds)
    yield from _check_unused(directed, all_kinds)


def check_pair(catalog: Catalog, source: str, target: str) -> Iterator[Diagnostic]:
    """Yield what concerns the mappings of a route together: errors, and conflicting params."""
    try:
        steps = catalog.steps(source, target)
        yield from _check_params(steps)
        mappings = [step.directed.mapping for step in steps]
        opt_ins = {name for mapping in mappings for name in mapping.opt_ins}
        # The code with all opt-ins has all that there is without them.
        compile_kinds(catalog, source, target, declared_params(mappings), opt_ins)
    except MappingError as error:
        yield from error.diagnostics


# --- refusals -------------------------------------------------------------------------------------


def _writes_nothing(directed: DirectedMapping) -> bool:
    """Whether the mapping lists everything as lost in this direction."""
    mapping = directed.mapping
    has_rules = any(case.assignments for case in directed.cases)
    has_constants = any(True for _ in directed.constants(written=True))
    return not (has_rules or has_constants or mapping.tables)


def _refused_entirely(directed: DirectedMapping, kind: EventKind) -> Diagnostic:
    location = kind.static_refusal.rule if kind.static_refusal else None
    message = (
        f"every {directed.source} event is refused in a translation to {directed.target}: "
        f"{kind.refusal_message}"
    )
    hint = "write what is missing by a rule, a param or a constant"
    return _warn("always-refused", location or _source_location(directed), message, hint)


def _check_refused_kinds(
    directed: DirectedMapping, kinds: Sequence[EventKind]
) -> Iterator[Diagnostic]:
    """Report kinds of events that are always refused, though the mapping does not say so."""
    refused: dict[tuple[str, Location | None], list[EventKind]] = {}
    for kind in kinds:
        if _is_refused_silently(kind):
            refusal = kind.static_refusal
            key = ("", None) if refusal is None else (refusal.code, refusal.rule)
            refused.setdefault(key, []).append(kind)
    for (_, rule), group in refused.items():
        message = (
            f"{directed.source} events {_names(list(map(_describe, group)))} are always "
            f"refused in a translation to {directed.target}: {group[0].refusal_message}"
        )
        hint = "write what is missing, or refuse them with a reason under 'refuse'"
        yield _warn("always-refused", rule or _source_location(directed), message, hint)


def _describe(kind: EventKind) -> str:
    """Name a kind of event by the fields that select it."""
    values = [repr(value) for value in kind.choice.values() if value is not None]
    absent = [format_path(path) for path, value in kind.choice.items() if value is None]
    return " ".join([*values, *(f"without `{name}`" for name in absent)])


def _is_refused_silently(kind: EventKind) -> bool:
    values = list(kind.choice.values())
    if any(isinstance(value, AnyOther) for value in values):
        return False  # values that nothing lists are refused, unless a rule takes them
    if kind.static_refusal is None:
        return not kind.output_forms
    # A field that may be absent may be missing where the target requires one.
    is_unexpected = kind.static_refusal.code == "no-equivalent" or None not in values
    return is_unexpected and not kind.static_refusal.declared


# --- rules that never apply -----------------------------------------------------------------------


def _check_unused(directed: DirectedMapping, kinds: Sequence[EventKind]) -> Iterator[Diagnostic]:
    mapping, target = directed.mapping, directed.target
    chosen = frozenset[str]().union(*(kind.chosen_cases for kind in kinds))
    unchosen_rules: set[Location] = set()
    shared = {rule.location for rule in mapping.shared_rules}
    for case, directed_case in ((case, item) for case in mapping.cases for item in directed.cases):
        if case.name == directed_case.name and case.name and case.name not in chosen:
            unchosen_rules |= {rule.location for rule in case.rules} - shared
            message = f"no {directed.source} event is of the case {case.name!r}"
            hint = "put it before the case that takes its events, or correct its condition"
            yield _never(directed, case.location, message, hint)
    matched = frozenset[Location]().union(*(kind.matched_rows for kind in kinds))
    for table in mapping.tables:
        for row in DirectedTable.from_table(table, to_left=directed.to_left).rows:
            if row.location not in matched:
                message = f"no {directed.source} event matches this row of {table.name!r}"
                hint = "remove it, or correct its values; a null cell matches an absent field"
                yield _never(directed, row.location, message, hint)
    usage = _Usage(kinds)
    reported: set[tuple[Location, tuple[Path, ...]]] = set()
    used = {key for key, targets, source in _claims(directed) if usage.has(targets, source)}
    for key, targets, source in _claims(directed):
        if key not in used and key not in reported and source.location not in unchosen_rules:
            reported.add(key)
            read = " and ".join(f"`{format_path(path)}`" for path in source.paths)
            written = " and ".join(f"`{format_path(path)}`" for path in targets)
            message = f"no translation to {target} writes {written} from {read}"
            hint = "remove it, or make it one-way with 'to' and 'because'"
            yield _never(directed, source.location, message, hint)


_Claim = tuple[tuple[Location, tuple[Path, ...]], tuple[Path, ...], Source]


def _claims(directed: DirectedMapping) -> Iterator[_Claim]:
    """Yield each source that a rule promises to read, by its location and paths."""
    copies = set(_copies(directed.mapping)) if directed.to_left else set()
    for case in directed.cases:
        for assignment in case.assignments:
            for source in assignment.sources:
                if source.paths and source.location not in copies:
                    yield (source.location, source.paths), assignment.targets, source


def _copies(mapping: Mapping) -> Iterator[Location]:
    """Yield the fallbacks whose field another rule writes from the same field of the left."""
    rules = mapping.all_rules()
    written = {(rule.left[0], rule.right[0]) for rule in rules if rule.only_to == "right"}
    for rule in rules:
        for fallback in rule.chain(to_left=True):
            if fallback.path is not None and (rule.left[0], fallback.path) in written:
                yield fallback.location


class _Usage:
    """What the code of some kinds of events reads and writes."""

    def __init__(self, kinds: Sequence[EventKind]) -> None:
        self._reads: set[tuple[Location, Path]] = set()
        self._links: set[tuple[Path, Path]] = set()
        for field in chain.from_iterable(kind.written_fields for kind in kinds):
            for origin in field.origins:
                self._links |= {(field.target, path) for path in origin.paths}
                for use in origin.uses:
                    self._reads |= {(use.location, path) for path in origin.paths}

    def has(self, targets: Sequence[Path], source: Source) -> bool:
        """Whether a source of an assignment to these targets is read."""
        return any(
            starts_with(path, real_path(read)) and location == source.location
            for location, path in self._reads
            for read in source.paths
        ) or any(
            starts_with(target, real_path(written)) and starts_with(path, real_path(read))
            for target, path in self._links
            for read in source.paths
            for written in targets
        )


def _never(directed: DirectedMapping, location: Location, message: str, hint: str) -> Diagnostic:
    direction = f"in a translation to {directed.target}"
    message = message if direction.removeprefix("in a ") in message else f"{message} {direction}"
    return _warn("never-applies", location, message, hint)


# --- params ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ParamUse:
    """A place that a param fills."""

    location: Location
    field: str
    type: SchemaType


def _check_params(steps: Sequence[Step]) -> Iterator[Diagnostic]:
    """Report params that no value fits, because the mappings of a route want different types."""
    uses: dict[str, _ParamUse] = {}
    for step in steps:
        for name, path, codec, location in param_fields(step.directed):
            field_type = _type_at(step.target_type, path)
            if field_type is None:
                continue
            field_type = param_type(codec, field_type, to_left=step.directed.to_left)
            use = _ParamUse(location, f"{step.directed.target} `{format_path(path)}`", field_type)
            other = uses.setdefault(name, use)
            if not _share_values(other.type, use.type):
                message = (
                    f"no value fits the param {name!r} in a translation from "
                    f"{steps[0].directed.source} to {steps[-1].directed.target}: it fills "
                    f"{use.field} here, and {other.field} in {other.location}"
                )
                hint = "give the two params different names"
                yield Diagnostic("param-conflict", location, message, hint)


def _type_at(event_type: Object | Union, path: Path) -> SchemaType | None:
    variants = event_type.variants.values() if isinstance(event_type, Union) else (event_type,)
    types = (type_at(variant, path) for variant in variants)
    return next((field_type for field_type in types if field_type is not None), None)


def _share_values(one: SchemaType, other: SchemaType) -> bool:
    """Whether two types may have a value in common."""
    if not isinstance(one, Scalar) or not isinstance(other, Scalar):
        return isinstance(one, Scalar) == isinstance(other, Scalar) or type(one) is type(other)
    for first, second in ((one, other), (other, one)):
        if first.enum is not None and second.enum is None:
            names = {json_type(value) for value in first.enum}
            return bool(_with_integer(second.types) & names)
    if one.enum is not None:
        return bool(one.enum_keys & other.enum_keys)
    return bool(_with_integer(one.types) & _with_integer(other.types))


def _with_integer(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


# --- messages -------------------------------------------------------------------------------------


def _source_location(directed: DirectedMapping) -> Location:
    return directed.mapping.format_locations[1 if directed.to_left else 0]


def _names(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - MAX_NAMED} more" if len(labels) > MAX_NAMED else ""
    return truncate(", ".join(labels[:MAX_NAMED])) + more


def _warn(code: str, location: Location, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, location, truncate(message), hint, "warning")
