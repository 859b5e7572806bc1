"""Assignments of a mapping: find the sources that may be present, and what else writes a field.

With the option `report`, the emitted code also records every inexact translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from translator.compiler import conversions, symbols
from translator.compiler.agreement import Gatherer, agreed_value, with_equal_origins
from translator.compiler.blocks import Block
from translator.compiler.checks import UNKNOWN
from translator.compiler.conditions import (
    ConditionEmitter,
    Truth,
    all_of,
    any_of,
    equals,
    limit_node,
    negate,
    presence_of,
)
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.copies import copy_plans, narrow_value
from translator.compiler.incomplete import without_required
from translator.compiler.json_text import needs_no_escape
from translator.compiler.lineage import Origin, RuleUse, copy_origins, extend_origins, source_uses
from translator.compiler.options import Options
from translator.compiler.rows import Match, StaticRefusal, constant_value, restrict_to
from translator.compiler.selections import refuse_named_fields
from translator.compiler.symbols import (
    ABSENT,
    STRING,
    Absent,
    Env,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.compiler.templates import join_fields, split_string
from translator.compiler.value_chains import Converter, FirstFitEmitter, ValueEmitter, emit_note
from translator.compiler.whole_values import build_value
from translator.language import codecs, nodes
from translator.language.direction import (
    Assignment,
    DirectedCondition,
    DirectedMapping,
    DirectedRow,
    Source,
)
from translator.language.nodes import Cell, Codec, Identity, Outcome, Template, Unset, ValueMap
from translator.language.selections import selections_in
from translator.memo import memoized, replace
from translator.paths import Path, Selection, format_path, starts_with
from translator.schema.types import Scalar, ScalarValue, SchemaType, json_type, type_at
from translator.validation.subtypes import accepts, is_subtype


def bind_variable(value: Value, path: Path, match: Match, scope: Scope, options: Options) -> Value:
    """Return the value of a row's variable, refused if it would read as another row."""
    excluded = match.excluded.get(path)
    if not excluded:
        return value
    problem = "already has another meaning in the target"
    if not isinstance(value.constant, Unset):
        if value.constant not in excluded:
            return value
        message = f"{format_path(path)}: {value.constant!r} {problem}"
        location = match.row.location
        raise StaticRefusal(match.taken, value.source_path, message, location, True)

    @memoized
    def emit() -> str:
        name = symbols.emit_local(value, scope, path[-1])
        constant = scope.pool.intern("taken", repr(sorted(excluded, key=repr)))
        are_strings = all(isinstance(each, str) for each in excluded)
        test = f"{name} in {constant}" if are_strings else f"is_one_of({name}, {constant})"
        rule = match.row.location if options.report else None
        refusal = RefusalEmitter(match.taken, value.source_path, format_path(path), rule=rule)
        with scope.block.nest(f"if {test}:") as block:
            refusal.emit(block, name, problem)
        return name

    return replace(value, emit=emit, excluded=value.excluded | excluded)


@dataclass(eq=False)
class SkippedValue(Exception):
    """A value map leaves out a value, for the reason `because`."""

    because: str


@dataclass(slots=True)
class AssignmentEmitter:
    """Emits the assignments of a mapping in one direction, for one variant of the source.

    `crosswalks` maps the given crosswalks to the constants that hold their tables. `final` is set
    for the last mapping of a route, which writes the output. `source_type` is the variant that is
    read, `target_type` the one that is written; `row_values` and `allowed_values` are what the
    matched rows require of its fields, `row_demands` the fields that they require to be written,
    `row_defaults` what they write to fields that nothing else writes, and `read_defaults` the same
    of the source.
    `written` collects the results; `missing_sources` the sources that could have filled an absent
    field. `outer_scope` is the scope around a loop over events, for values that are the same in
    all of them, and `single_event` the condition under which an assignment with `once` writes
    anything. `conditions` evaluates the conditions of sources, while a case is built.
    `accounted` are the selections whose fields are noted as implied, with the block;
    `event_elements` those of the list that the events of the case are about, if any.
    """

    directed: DirectedMapping
    options: Options
    crosswalks: Mapping[str, str]
    final: bool
    source_type: SchemaType
    target_type: SchemaType = field(init=False)
    converter: Converter = field(init=False)
    row_values: dict[Path, Node] = field(default_factory=dict)
    allowed_values: dict[Path, tuple[tuple[ScalarValue, ...], str]] = field(default_factory=dict)
    row_demands: dict[Path, tuple[Cell, Match]] = field(default_factory=dict)
    row_defaults: dict[Path, tuple[nodes.Json | Value, DirectedRow]] = field(default_factory=dict)
    read_defaults: dict[Path, nodes.Json] = field(default_factory=dict)
    written: dict[Path, Node] = field(default_factory=dict)
    missing_sources: dict[Path, Source] = field(default_factory=dict)
    outer_scope: Scope | None = None
    single_event: str = ""
    conditions: ConditionEmitter | None = None
    accounted: set[tuple[Path, Block]] = field(default_factory=set)
    event_elements: Path | None = None

    def __post_init__(self) -> None:
        self.converter = Converter(self.directed, self.options, self.crosswalks, self.final)

    def forget_case(self) -> None:
        """Forget what another case writes."""
        self.written.clear()
        self.missing_sources.clear()

    @contextmanager
    def use_conditions(self, conditions: ConditionEmitter | None) -> Iterator[None]:
        """Evaluate conditions as when a list was built, while its elements are."""
        before, self.conditions = self.conditions, conditions
        try:
            yield
        finally:
            self.conditions = before

    def assign(self, assignment: Assignment, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        """Yield each target path that an assignment writes, with its node."""
        if assignment.first_fit:
            yield from self._assign_first_fit(assignment, env, scope)
            return
        if len(assignment.targets) > 1:
            yield from self._split(assignment, env, scope)
            return
        (path,) = assignment.targets
        target_type = type_at(self.target_type, path)
        if target_type is None:
            return
        for part in self.directed.incomplete():
            if starts_with(part, path):
                target_type = without_required(target_type, part[len(path) :])
        is_fixed = path in self.row_values and path not in self.allowed_values
        if is_fixed or (path in self.row_values and not assignment.sources):
            node = self.row_values[path]
            if isinstance(node, Value):
                node = self.fit_value(node, assignment, target_type, scope)
            yield path, node
            return
        literal = self.row_values.get(path)
        if path in self.allowed_values and literal is not None:
            # The row writes its value, so no param has to fill the field.
            sources = tuple(source for source in assignment.sources if not source.param)
            assignment = replace(assignment, sources=sources)
        node = self._choose_source(assignment, target_type, env, scope)
        if path in self.allowed_values:
            if isinstance(node, Absent):
                node = literal or ABSENT
            elif isinstance(node, Value):
                if node.scope is not None and node.scope is self.outer_scope:
                    scope = node.scope
                allowed, description = self.allowed_values[path]
                literal = literal if isinstance(literal, Value) else None
                node = restrict_to(node, allowed, description, path, scope, literal)
        if isinstance(node, Value):
            node = self._mark_null(node, assignment, target_type)
        if path in self.row_demands and isinstance(node, Value):
            node = bind_variable(node, path, self.row_demands[path][1], scope, self.options)
        self.written[path] = node
        if not isinstance(node, Absent):
            yield path, node

    def _mark_null(self, value: Value, assignment: Assignment, target_type: SchemaType) -> Value:
        """Return a value with what becomes of null."""
        if value.null_test is None:
            return value
        holds_null = value.holds_null and accepts(target_type, None)
        keep_null = any(source.keep_null for source in assignment.sources)
        return replace(value, holds_null=holds_null, keep_null=keep_null)

    def fit_value(
        self,
        value: Value,
        assignment: Assignment,
        target_type: SchemaType,
        scope: Scope,
        unfit: Outcome = "refuse",
    ) -> Value:
        """Return a value that no source of the assignment supplies, checked if necessary."""
        source = Source((), Identity(), assignment.location, unfit=unfit)
        if self.converter.is_passthrough(source, value, target_type):
            return value
        return self._chain_sources(assignment, [(source, value)], target_type, scope)

    def _choose_source(
        self, assignment: Assignment, target_type: SchemaType, env: Env, scope: Scope
    ) -> Node:
        """Return the first source that is present, converted and checked."""
        candidates, demands = self._candidates(assignment, target_type, env, scope)
        if assignment.agree:
            candidates = self._agree(assignment, candidates, target_type, scope)
        node = self._choose_candidate(assignment, candidates, target_type, scope)
        if assignment.reads_all and self.options.report and isinstance(node, Value):
            node = self._with_equal_origins(node, assignment, env, scope)
        if demands and isinstance(assignment.default, Unset):
            return self._require(node, demands, assignment.targets[0], target_type, scope)
        return node

    def _candidates(
        self, assignment: Assignment, target_type: SchemaType, env: Env, scope: Scope
    ) -> tuple[list[tuple[Source, Node]], list[tuple[Source, Truth]]]:
        """List the sources that may be present, and the params that are required instead.

        A source that is present only under a condition is an optional value.
        """
        path = assignment.targets[0]
        candidates: list[tuple[Source, Node]] = []
        demands: list[tuple[Source, Truth]] = []
        for source in assignment.sources:
            if source.gathers:
                node = self._gather(assignment, source, target_type, env, scope)
            else:
                node = self._resolve_source(source, target_type, env, scope)
            node = self._limit_once(node, scope)
            if source.omits_default and isinstance(node, Value):
                node = self._omit_default(node, source.paths[0], scope)
            if self.conditions is not None and not self._only_excludes(source):
                truth = self.conditions.applies(source, assignment, node, env, scope)
                if truth is False:
                    continue
                if source.required and isinstance(node, Absent):
                    demands.append((source, truth))
                node = limit_node(node, truth, scope) if isinstance(truth, str) else node
                is_conditional = isinstance(truth, str)
                source = replace(source, when=DirectedCondition(), not_when=())
                source = replace(source, is_conditional=is_conditional)
            elif source.required and isinstance(node, Absent):
                demands.append((source, True))
            if source.gathers:  # its elements are converted already
                source = replace(source, codec=Identity(), id=None, unfit="refuse")
            if isinstance(rest := path[-1], Selection) and not rest.picks:
                node = refuse_named_fields(node, rest, scope) if isinstance(node, Value) else node
            if source.kind == "opt-in" and source.name not in self.options.opt_ins:
                self.missing_sources.setdefault(path, source)
            elif not isinstance(node, Absent):
                candidates.append((source, node))
                optional = isinstance(node, Value) and node.optional
                optional |= codecs.may_omit(source.codec, to_left=self.directed.to_left)
                is_certain = not source.may_skip and not source.when and not optional
                if is_certain and not assignment.agree:
                    break
            elif source.param:
                self.missing_sources[path] = source
        if path in self.row_defaults:
            candidates.append(self._row_default(path, target_type))
        return candidates, demands

    def _gather(
        self,
        assignment: Assignment,
        source: Source,
        target_type: SchemaType,
        env: Env,
        scope: Scope,
    ) -> Node:
        """Return the value that a source has in all elements of its lists, converted."""
        gatherer = Gatherer(source.paths[0], env, assignment)
        source = replace(source, kind="exact", when=DirectedCondition(), not_when=(), gathers=False)
        single = replace(assignment, sources=(), default=nodes.UNSET, agree=False)

        def convert(node: Node, scope: Scope) -> Node:
            return self._choose_candidate(single, [(source, node)], target_type, scope)

        return gatherer.gather(convert, target_type, scope)

    def _agree(
        self,
        assignment: Assignment,
        candidates: list[tuple[Source, Node]],
        target_type: SchemaType,
        scope: Scope,
    ) -> list[tuple[Source, Node]]:
        """Replace the exact fields among candidates by one value, which the params must equal."""
        single = replace(assignment, default=nodes.UNSET)
        fields: list[Value] = []
        params: list[tuple[str, Value]] = []
        others: list[tuple[Source, Node]] = []
        for source, node in candidates:
            is_field = source.kind == "exact" and bool(source.paths)
            if not is_field:
                others.append((source, node))
            if is_field or (source.param and source.kind == "exact"):
                value = self._choose_candidate(single, [(source, node)], target_type, scope)
                if isinstance(value, Value) and is_field:
                    fields.append(value)
                elif isinstance(value, Value):
                    params.append((source.param, value))
        if not fields or len(fields) + len(params) < 2:
            return candidates
        values = [*fields, *(value for _, value in params)]
        names = [f"the param {name!r}" for name, _ in params]
        agreed = agreed_value(values, names, target_type, assignment, scope)
        return [(Source((), Identity(), assignment.location), agreed), *others]

    def _with_equal_origins(
        self, node: Value, assignment: Assignment, env: Env, scope: Scope
    ) -> Value:
        """Return the value of `a & b` that comes from all of its places that are equal to it."""
        sources = [each for each in assignment.sources if each.paths and not each.gathers]
        places = [symbols.resolve(source.paths[0], env, scope) for source in sources]
        values = [place for place in places if isinstance(place, Value)]
        is_plain = all(isinstance(source.codec, Identity) for source in sources)
        return with_equal_origins(node, values, scope) if is_plain and len(values) > 1 else node

    def _assign_first_fit(
        self, assignment: Assignment, env: Env, scope: Scope
    ) -> Iterator[tuple[Path, Node]]:
        """Yield the targets of which the first that allows a value gets it.

        If none takes the value, it is skipped or refused, or the next source is tried.
        """
        types = {path: type_at(self.target_type, path) for path in assignment.targets}
        places = [(path, each) for path, each in types.items() if each is not None]
        if not places:
            return
        candidates, demands = self._candidates(assignment, places[0][1], env, scope)
        if not isinstance(assignment.default, Unset):
            source = Source((), Identity(), assignment.location, value=assignment.default)
            candidates.append((source, self.written_value(source, places[0][1])))
        values = [(source, node) for source, node in candidates if isinstance(node, Value)]
        # Params were not validated against any of the targets.
        values = [
            (source, replace(value, type=UNKNOWN) if source.param else value)
            for source, value in values
        ]
        origins = tuple(
            origin
            for source, value in values
            for origin in extend_origins(value.origins, *source_uses(source, self.crosswalks))
        )
        emitter = FirstFitEmitter(self.converter, self.written, assignment, places, values, scope)
        for number, (path, target_type) in enumerate(places):
            value = Value(
                partial(emitter.output, number),
                target_type,
                values[0][1].source_path if values else SourcePath(),
                optional=True,
                emit_origins=emitter.emit_origins if self.options.report else None,
                origins=origins,
                converted=True,
                conditional=True,
                scope=scope,
            )
            node: Node = value if values else ABSENT
            if demands and number == 0:
                node = self._require_first_fit(node, demands, emitter, target_type, scope)
            self.written[path] = node
            if not isinstance(node, Absent):
                yield path, node

    def _require_first_fit(
        self,
        node: Node,
        demands: list[tuple[Source, Truth]],
        emitter: FirstFitEmitter,
        target_type: SchemaType,
        scope: Scope,
    ) -> Node:
        """Return the first target, refused if no target is written and a param is required."""
        others = [f"{output} is None" for output in emitter.outputs()[1:]] if emitter.values else []
        demands = [(source, all_of([truth, *others])) for source, truth in demands]
        path = emitter.places[0][0]
        return self._require(node, demands, path, target_type, scope)

    def _limit_once(self, node: Node, scope: Scope) -> Node:
        """Return a source that is absent, and so not converted, if it is lost to several events."""
        if not self.single_event or not isinstance(node, Value):
            return node
        return limit_node(node, self.single_event, self.outer_scope or scope)

    def _omit_default(self, node: Value, path: Path, scope: Scope) -> Node:
        """Return a value that is absent if it is the default of the matched row."""
        if path not in self.read_defaults:
            return node
        truth = negate(equals(node, self.read_defaults[path], scope))
        if isinstance(truth, str):
            return limit_node(node, truth, scope)
        return node if truth else ABSENT

    def _row_default(self, path: Path, target_type: SchemaType) -> tuple[Source, Node]:
        """Return what the matched row writes if nothing else does."""
        value, row = self.row_defaults[path]
        source = Source((), Identity(), row.location)
        if isinstance(value, Value):
            return source, value
        source = replace(source, value=value)
        return source, self.written_value(source, target_type)

    def _only_excludes(self, source: Source) -> bool:
        """Whether a source has no condition, or only the absence of fields written before it."""
        if source.not_when or source.when.source or source.required:
            return False
        fixed = self.conditions.fixed if self.conditions is not None else {}
        return all(
            cell is nodes.ABSENT and path in self.written and path not in fixed
            for path, cell in source.when.target
        )

    def _require(
        self,
        node: Node,
        demands: list[tuple[Source, Truth]],
        path: Path,
        target_type: SchemaType,
        scope: Scope,
    ) -> Node:
        """Return a node that is refused if it is absent where a param is required."""
        if presence_of(node) is True:
            return node
        source, truth = demands[0][0], any_of(truth for _, truth in demands)
        name = f"{self.directed.target} {format_path(path)}"
        message = f"{name} is required here: give the param {source.param!r}"
        if isinstance(node, Absent) and truth is True:
            raise StaticRefusal("missing-param", SourcePath(), message, source.location)
        rule = source.location if self.options.report else None
        refusal = RefusalEmitter("missing-param", SourcePath(), "", rule=rule)
        value = node if isinstance(node, Value) else None

        @memoized
        def emit() -> str:
            code = "None" if value is None else symbols.emit_local(value, scope, path[-1])
            is_absent = "" if value is None else f"{code} is None"
            condition = " and ".join(
                [is_absent] * bool(is_absent) + [f"({truth})"] * isinstance(truth, str)
            )
            scope.block.add(refusal.raise_line(repr(message)), condition=condition)
            return code if value is not None else symbols.emit_variable(path[-1], code, scope)

        if value is None:
            return Value(emit, target_type, SourcePath(), optional=True, scope=scope)
        optional = value.optional and truth is not True
        return replace(value, emit=emit, optional=optional, scope=scope)

    def _choose_candidate(
        self,
        assignment: Assignment,
        candidates: list[tuple[Source, Node]],
        target_type: SchemaType,
        scope: Scope,
    ) -> Node:
        """Return the first of several sources that is present, converted and checked."""
        path = assignment.targets[0]
        if not candidates:
            if isinstance(assignment.default, Unset):
                return ABSENT
            origins = (Origin((), (RuleUse("default", assignment.location),)),)
            return constant_value(assignment.default, path, SourcePath(), origins=origins)
        source, node = candidates[0]
        if len(candidates) == 1:
            if not isinstance(node, Value):
                return node
            if node.is_constant and isinstance(source.codec, ValueMap):
                try:
                    return self._apply_values(source, node, path, scope)
                except SkippedValue as skipped:
                    if self.options.report and node.emit_origins is not None:
                        emit_note(scope.block, "lost", node.emit_origins(), skipped.because)
                    return ABSENT
                except StaticRefusal:
                    reasons = conversions.refusal_reasons(
                        source.codec.table, self.options.opt_ins, to_left=self.directed.to_left
                    )
                    is_refused = conversions.table_key(node.constant) in reasons  # type: ignore[arg-type]
                    if source.skips_unfit and (self.directed.to_left or not is_refused):
                        return ABSENT
                    raise
            if node.is_constant and isinstance(source.codec, Identity):
                constant = node.constant
                if source.skips_unfit and not accepts(target_type, constant):  # type: ignore[arg-type]
                    return ABSENT
                return node.with_uses(*source_uses(source, self.crosswalks))
        values = [(source, node) for source, node in candidates if isinstance(node, Value)]
        return self._chain_sources(assignment, values, target_type, scope)

    def _resolve_source(
        self, source: Source, target_type: SchemaType, env: Env, scope: Scope
    ) -> Node:
        if len(source.paths) > 1:
            return join_fields(source, env, scope)
        if source.paths:
            path = source.paths[0]
            node = symbols.resolve(path, env, scope)
            node = node.source or node if isinstance(node, ObjectNode) else node
            is_whole = isinstance(node, Value | Absent) or isinstance(source.codec, Identity)
            source_type = None if is_whole else type_at(self.source_type, path)
            if source_type is not None:
                node = build_value(node, source_type, path, self.directed.source, scope)
            uses = [
                RuleUse("selection", source.location, name=format_path((*parent, selection)))
                for parent, selection in selections_in(path)
            ]
            return node.with_uses(*uses) if uses and isinstance(node, Value) else node
        if not isinstance(source.value, Unset):
            return self.written_value(source, target_type)
        name = scope.param_code(source.param)
        if name is None:
            return ABSENT
        # The value was validated against every field that the param fills.
        given_type = codecs.param_type(source.codec, target_type, to_left=self.directed.to_left)
        return Value(
            lambda: name if isinstance(given_type, Scalar) else f"copy_known({name})",
            given_type,
            SourcePath(),
            emit_origins=lambda: "()" if source.kind == "exact" else "('$',)",
            origins=(Origin((), (RuleUse("param", source.location, name=source.param),)),),
            unescaped=True,
        )

    def written_value(self, source: Source, target_type: SchemaType) -> Value:
        """Return the JSON value that a source names."""
        value = source.value
        # A value that is reported comes from no field: its loss is that of the whole event.
        is_reported = self.options.report and source.kind != "exact"
        kind, because = source.kind, source.because
        use = RuleUse("default", source.location, kind, because, source.name)
        if isinstance(value, list | dict):
            schema_type, unescaped = target_type, False
        else:
            assert not isinstance(value, Unset)
            schema_type = Scalar(frozenset({json_type(value)}) - {"null"}, value is None, (value,))
            unescaped = isinstance(value, str) and needs_no_escape(value)
        return Value(
            lambda: repr(value),
            schema_type,
            SourcePath(),
            emit_origins=(lambda: "('$',)") if is_reported else (lambda: "()"),
            origins=(Origin((), (use,)),),
            unescaped=unescaped,
        )

    def _chain_sources(
        self,
        assignment: Assignment,
        values: list[tuple[Source, Value]],
        target_type: SchemaType,
        scope: Scope,
    ) -> Value:
        """Return the first value that is present at run time, converted and checked."""
        outer_scope = self.outer_scope
        # Each event gets a list or an object of its own.
        is_shared = isinstance(target_type, Scalar)
        if (
            outer_scope is not None
            and is_shared
            and all(self._is_loop_invariant(*pair) for pair in values)
        ):
            scope = outer_scope
        (first_source, first), (last_source, last) = values[0], values[-1]
        has_default = not isinstance(assignment.default, Unset)
        may_omit = codecs.may_omit(last_source.codec, to_left=self.directed.to_left)
        is_certain = not (last_source.may_skip or last.optional or last_source.when or may_omit)
        is_single = len(values) == 1
        origins = tuple(
            origin
            for source, value in values
            for origin in copy_origins(
                extend_origins(value.origins, *source_uses(source, self.crosswalks)),
                copy_plans(value.type, target_type) if isinstance(source.codec, Identity) else (),
            )
        )
        if has_default:
            origins += (Origin((), (RuleUse("default", assignment.location),)),)
        result_type = target_type
        if is_single:
            codec, to_left = self.converter.applied_codec(first_source), self.directed.to_left
            types = (first.type, target_type)
            proved_type = conversions.converted_type(codec, *types, to_left=to_left)
            default = assignment.default
            is_default_proved = isinstance(default, Unset) or accepts(proved_type, default)
            if is_default_proved and is_subtype(proved_type, target_type):
                result_type = proved_type
        is_unconditional = is_single and not has_default
        if is_unconditional and self.converter.is_passthrough(first_source, first, target_type):
            first = replace(first, type=result_type, origins=origins)
            return first if self.final else narrow_value(first, target_type)
        # An optional value that is written unchanged is checked in its own variable.
        is_plain = self.converter.is_plain(first_source) and not first_source.skips_unfit
        is_unchanged = self.converter.is_unchanged_scalar(first_source, first, target_type)
        checks_in_place = is_unconditional and first.optional and is_plain and is_unchanged
        last_step = assignment.targets[0][-1]
        hint = first_source.param or (last_step if last_step.isidentifier() else "value")
        source_path, place = first.source_path, ""
        if not self.final and any(value.source_path != source_path for _, value in values):
            place = scope.names.fresh("place")
            source_path = SourcePath(f"{{{place}}}", (place,), source_path.path)
        emitter = ValueEmitter(
            self.converter, self.written, assignment, target_type, scope, hint, place
        )

        @memoized
        def emit() -> str:
            if is_single and is_certain:
                return emitter.emit(first_source, first, scope.block)
            if checks_in_place:
                code = symbols.emit_local(first, scope, hint)
                with scope.block.nest(f"if {code} is not None:") as block:
                    emitter.emit(first_source, first, block)
                return code
            return emitter.emit_chain(values)

        def emit_chosen_origins() -> str:
            emit()  # sets the variable
            return emitter.origins_variable[0]

        emit_origins = first.emit_origins
        if not (is_single and is_certain):
            emit_origins = emit_chosen_origins if self.options.report else None
        result = Value(
            emit,
            result_type,
            source_path,
            not is_certain and not has_default,
            emit_origins=emit_origins,
            origins=origins,
            converted=True,
            null_test=first.null_test if is_single and not has_default else None,
            holds_null=first.holds_null,
            unescaped=all(self._is_unescaped(*pair) for pair in values)
            and (not isinstance(assignment.default, str) or needs_no_escape(assignment.default)),
            built=any(
                not isinstance(self.converter.applied_codec(source), Identity)
                for source, _ in values
            ),
            scope=scope,
        )
        return result if self.final else narrow_value(result, target_type)

    def _is_unescaped(self, source: Source, value: Value) -> bool:
        """Whether a source gives strings that need no escapes if those of the event need none."""
        if source.param and isinstance(source.codec, Identity):
            return True  # text is written only if no param needs escapes
        if source.id in self.crosswalks:
            return False
        match source.codec:
            case ValueMap(table=table):
                entries = conversions.directed_entries(
                    table, self.options.opt_ins, to_left=self.directed.to_left
                )
                results = [result for result, _, _ in entries.values() if isinstance(result, str)]
                return all(map(needs_no_escape, results))
            case Template():
                return False
        stages = nodes.codec_parts(source.codec)
        return value.unescaped and not any(map(self._adds_escapes, stages))

    def _adds_escapes(self, codec: Codec) -> bool:
        """Whether a codec may put characters that JSON escapes into a string without any."""
        match codec:
            case nodes.JsonText() | nodes.Pairs():
                return True
            case nodes.Prefix(text=text) | nodes.Split(text=text):
                return self.directed.to_left and not needs_no_escape(text)
        return False

    def static_value(self, assignment: Assignment, root: Node, scope: Scope) -> Value | None:
        """Return the value of an assignment if it is known at compile time.

        Raises `StaticRefusal` if it is known to have no equivalent.
        """
        source = assignment.sources[0]
        if len(source.paths) != 1 or source.has_conditions:
            return None
        node = symbols.resolve(source.paths[0], {(): root}, scope)
        if not isinstance(node, Value) or not node.is_constant:
            return None
        if isinstance(source.codec, ValueMap):
            with suppress(SkippedValue):
                return self._apply_values(source, node, assignment.targets[0], scope)
            return None
        return node if isinstance(source.codec, Identity) else None

    def _apply_values(self, source: Source, node: Value, path: Path, scope: Scope) -> Value:
        assert isinstance(source.codec, ValueMap) and not isinstance(node.constant, Unset)
        table, opt_ins, to_left = source.codec.table, self.options.opt_ins, self.directed.to_left
        entries = conversions.directed_entries(table, opt_ins, to_left=to_left)
        key = conversions.table_key(node.constant)
        if key not in entries:
            others = conversions.other_values(table, opt_ins, to_left=to_left)
            reasons = conversions.refusal_reasons(table, opt_ins, to_left=to_left)
            skipped = conversions.skip_reasons(table, to_left=to_left)
            if key in skipped or (others is not None and others.skipped and key not in reasons):
                because = skipped.get(key, "") or (others.because if others else "")
                raise SkippedValue(because)
            if key not in reasons and others is not None and others.row is not None:
                row = others.row
                if self.options.report and row.kind != "exact" and node.emit_origins is not None:
                    emit_note(scope.block, "approximated", node.emit_origins(), row.because)
                use = RuleUse("values", source.location, row.kind, row.because, table=table)
                origins = node.with_uses(use).origins
                result = others.result
                return constant_value(result, path, node.source_path, node.emit_origins, origins)
            reason = reasons.get(key, "") or (others.because if others is not None else "")
            message = f"{self.directed.target} has no {format_path(path)} for {node.constant!r}"
            message += f": {reason}" if reason else ""
            # As at run time, what a mapping writes to a field without an enum is just a value.
            listed = type_at(self.source_type, source.paths[0])
            is_listed = isinstance(listed, Scalar) and not {"enum", "const"}.isdisjoint(
                listed.schema
            )
            code = "no-equivalent" if reason or others or is_listed else "unmappable-value"
            is_declared, location = bool(reason), source.location
            raise StaticRefusal(code, node.source_path, message, location, is_declared)
        result, kind, because = entries[key]
        if self.options.report and kind != "exact" and node.emit_origins is not None:
            emit_note(scope.block, "approximated", node.emit_origins(), because)
        node = node.with_uses(RuleUse("values", source.location, kind, because, table=table))
        return constant_value(result, path, node.source_path, node.emit_origins, node.origins)

    def _is_loop_invariant(self, source: Source, value: Value) -> bool:
        """Whether a source has the same value in every iteration of the loop over the events."""
        for absent in map(self.written.get, source.absent_targets):
            if isinstance(absent, Value) and (absent.converted or absent.source_path.indexes):
                return absent.scope is self.outer_scope
        return not value.source_path.indexes and not value.conditional

    def _split(self, assignment: Assignment, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        source = assignment.sources[0]
        node = self._limit_once(symbols.resolve(source.paths[0], env, scope), scope)
        if self.conditions is not None and source.has_conditions:
            truth = self.conditions.applies(source, assignment, node, env, scope)
            if truth is False:
                return
            node = limit_node(node, truth, scope) if isinstance(truth, str) else node
            source = replace(source, when=DirectedCondition(), not_when=())
        if not isinstance(node, Value):
            return
        plain_source = replace(source, codec=Identity())
        emitter = ValueEmitter(self.converter, self.written, assignment, STRING, scope)
        types = [type_at(self.target_type, path) or STRING for path in assignment.targets]
        subject = f"{self.directed.target} {', '.join(map(format_path, assignment.targets))}"
        refusal = self.converter.refusal(assignment, source, node, subject)
        lacks_crosswalk = source.id and source.id not in self.crosswalks
        hint = f"; a crosswalk {source.id!r} can translate it" if lacks_crosswalk else ""
        # The last use is that of the codec, which `split_string` adds for each field.
        crosswalked = node.with_uses(*source_uses(source, self.crosswalks)[:-1])

        def emit_string(block: Block) -> str:
            return emitter.emit(plain_source, node, block, checked=True)

        yield from split_string(assignment, crosswalked, types, emit_string, scope, refusal, hint)
