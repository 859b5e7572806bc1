"""Assignments of a mapping: choose the first source that is present, convert it, check it.

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
from translator.compiler.checks import UNKNOWN, emit_checks, emit_filter, required_checks
from translator.compiler.codec_calls import respelling_test
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
from translator.compiler.conversions import Conversion, RefusalEmitter, is_date_time
from translator.compiler.copies import copy_plans, emit_copy, narrow_value, needs_copy
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
from translator.compiler.whole_values import build_value
from translator.language import codecs, nodes
from translator.language.direction import (
    Assignment,
    DirectedCondition,
    DirectedMapping,
    DirectedRow,
    Source,
)
from translator.language.nodes import (
    Cell,
    Codec,
    DateTime,
    Identity,
    Iso8601,
    Outcome,
    Template,
    Unset,
    ValueMap,
)
from translator.language.selections import selections_in
from translator.memo import memoized, replace
from translator.paths import Path, Selection, format_path, starts_with
from translator.schema.types import Mixed, Scalar, ScalarValue, SchemaType, json_type, type_at
from translator.validation.subtypes import accepts, is_subtype


def emit_note(block: Block, kind: str, origins: str, because: str) -> None:
    """Emit a call that records a loss of `kind` of the event's fields at `origins`."""
    block.add(f"notes.append(({kind!r}, {origins}, {because!r}))")


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
        if self._is_passthrough(source, value, target_type):
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
        emitter = _FirstFitEmitter(self, assignment, places, values, scope)
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
        emitter: _FirstFitEmitter,
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
            codec, to_left = self.applied_codec(first_source), self.directed.to_left
            types = (first.type, target_type)
            proved_type = conversions.converted_type(codec, *types, to_left=to_left)
            default = assignment.default
            is_default_proved = isinstance(default, Unset) or accepts(proved_type, default)
            if is_default_proved and is_subtype(proved_type, target_type):
                result_type = proved_type
        is_unconditional = is_single and not has_default
        if is_unconditional and self._is_passthrough(first_source, first, target_type):
            first = replace(first, type=result_type, origins=origins)
            return first if self.final else narrow_value(first, target_type)
        # An optional value that is written unchanged is checked in its own variable.
        is_plain = self._is_plain(first_source) and not first_source.skips_unfit
        is_unchanged = self._is_unchanged_scalar(first_source, first, target_type)
        checks_in_place = is_unconditional and first.optional and is_plain and is_unchanged
        last_step = assignment.targets[0][-1]
        hint = first_source.param or (last_step if last_step.isidentifier() else "value")
        source_path, place = first.source_path, ""
        if not self.final and any(value.source_path != source_path for _, value in values):
            place = scope.names.fresh("place")
            source_path = SourcePath(f"{{{place}}}", (place,), source_path.path)
        emitter = _ValueEmitter(self, assignment, target_type, scope, hint, place)

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
            built=any(not isinstance(self.applied_codec(source), Identity) for source, _ in values),
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

    def refusal(
        self, assignment: Assignment, source: Source, value: Value, subject: str
    ) -> RefusalEmitter:
        """Return how a value that cannot be converted is refused; `subject` is its field."""
        is_id = source.id is not None or assignment.id is not None
        code = "unmappable-id" if is_id else "unmappable-value"
        rule = source.location if self.options.report else None
        return RefusalEmitter(code, value.source_path, subject, source.skips_unfit, rule)

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
        emitter = _ValueEmitter(self, assignment, STRING, scope)
        types = [type_at(self.target_type, path) or STRING for path in assignment.targets]
        subject = f"{self.directed.target} {', '.join(map(format_path, assignment.targets))}"
        refusal = self.refusal(assignment, source, node, subject)
        lacks_crosswalk = source.id and source.id not in self.crosswalks
        hint = f"; a crosswalk {source.id!r} can translate it" if lacks_crosswalk else ""
        # The last use is that of the codec, which `split_string` adds for each field.
        crosswalked = node.with_uses(*source_uses(source, self.crosswalks)[:-1])

        def emit_string(block: Block) -> str:
            return emitter.emit(plain_source, node, block, checked=True)

        yield from split_string(assignment, crosswalked, types, emit_string, scope, refusal, hint)

    def _is_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is written without any conversion, check or note."""
        is_reported = self.options.report and source.kind != "exact"
        if source.not_when or source.id in self.crosswalks or source.when or is_reported:
            return False
        is_unconverted = isinstance(source.codec, Identity) or (
            self._is_identity(source.codec) and is_date_time(value.type)
        )
        if is_unconverted and is_subtype(value.type, target_type):
            return True
        is_unchecked = not self.options.guarded and not source.skips_unfit and not source.param
        return is_unchecked and self._is_unchanged_scalar(source, value, target_type)

    def is_null_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether an absent value can be written as None; never in code that reports."""
        is_scalar = isinstance(target_type, Scalar) and not self.options.report
        return is_scalar and self._is_passthrough(source, value, target_type)

    def is_filtered(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is written unchanged, or skipped if it does not fit."""
        is_skipped = source.skips_unfit and self._is_plain(source)
        is_copied = isinstance(source.codec, Identity) and isinstance(value.type, Scalar)
        is_scalar = isinstance(target_type, Scalar)
        return is_skipped and is_copied and is_scalar and not is_subtype(value.type, target_type)

    def applied_codec(self, source: Source) -> Codec:
        """Return the codec that applies to a source: an ID from a crosswalk has no prefix."""
        is_crosswalked = source.id is not None and source.id in self.crosswalks
        return codecs.without_prefixes(source.codec) if is_crosswalked else source.codec

    def _is_plain(self, source: Source) -> bool:
        """Whether a source needs no condition, param, crosswalk or report."""
        needs_more = source.when or source.param or self.options.report
        return not needs_more and source.id not in self.crosswalks

    def _is_unchanged_scalar(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is neither list nor object, and its codec does not change it."""
        is_scalar = isinstance(value.type, Scalar | Mixed) and isinstance(target_type, Scalar)
        return is_scalar and self._is_identity(source.codec)

    def _is_identity(self, codec: Codec) -> bool:
        """Whether a codec returns its input in this direction."""
        match codec:
            case Identity():
                return True
            case Iso8601(plain=False):
                return self.directed.to_left
            case DateTime(epoch=epoch, plain=False):
                return self.directed.to_left or not epoch
        return False


@dataclass(slots=True)
class _FirstFitEmitter:
    """Emits the values of an assignment each of whose sources goes to the first of its targets."""

    assigner: AssignmentEmitter
    assignment: Assignment
    places: list[tuple[Path, SchemaType]]
    values: list[tuple[Source, Value]]
    scope: Scope
    _outputs: list[str] = field(default_factory=list)
    _origins: str = ""

    def output(self, number: int) -> str:
        """Return the variable with the value of a target."""
        return self.outputs()[number]

    def emit_origins(self) -> str:
        """Return the variable with the paths of the source that is used."""
        self.outputs()
        return self._origins

    def outputs(self) -> list[str]:
        """Emit all targets, once; returns their variables."""
        if self._outputs:
            return self._outputs
        block, names = self.scope.block, self.scope.names
        self._outputs = [names.fresh(path[-1]) for path, _ in self.places]
        block.add(f"{' = '.join(self._outputs)} = None")
        if self.assigner.options.report:
            self._origins = names.fresh("origins")
            block.add(f"{self._origins} = ()")
        none_written = " and ".join(f"{output} is None" for output in self._outputs)
        for index, (source, value) in enumerate(self.values):
            conditions = [none_written] if index else []
            if value.optional:
                conditions.append(f"{symbols.emit_local(value, self.scope, 'value')} is not None")
            with block.nest_if(" and ".join(conditions)) as inner:
                self._emit_source(source, value, inner)
                if source.unfit == "refuse":
                    self._emit_refusal(source, value, none_written, inner)
        for source, value in self.values:
            if source.unfit == "next":
                is_present = ""
                if value.optional:
                    code = symbols.emit_local(value, self.scope, "value")
                    is_present = f" and {code} is not None"
                self._emit_refusal(source, value, none_written + is_present, block)
        return self._outputs

    def _emit_source(self, source: Source, value: Value, block: Block) -> None:
        """Emit the conversion of a value for each target, until one of them takes it."""
        lenient = replace(source, unfit="skip")
        for number, (path, target_type) in enumerate(self.places):
            assignment = replace(self.assignment, targets=(path,))
            earlier = " and ".join(f"{output} is None" for output in self._outputs[:number])
            with block.nest_if(earlier) as body:
                emitter = _ValueEmitter(self.assigner, assignment, target_type, self.scope)
                code = emitter.emit(lenient, value, body, checked=True)
                body.add(f"{self._outputs[number]} = {code}")
        if self._origins and value.emit_origins is not None:
            origins = value.emit_origins()
            is_written = " or ".join(f"{output} is not None" for output in self._outputs)
            with block.nest(f"if {is_written}:") as body:
                body.add(f"{self._origins} = {origins}")
                if source.kind != "exact":
                    emit_note(body, "approximated", origins, source.because)

    def _emit_refusal(self, source: Source, value: Value, condition: str, block: Block) -> None:
        listed = " or ".join(format_path(path) for path, _ in self.places)
        subject = f"{self.assigner.directed.target} {listed}"
        strict = replace(source, unfit="refuse")
        refusal = self.assigner.refusal(self.assignment, strict, value, subject)
        with block.nest(f"if {condition}:") as body:
            code = symbols.emit_local(value, self.scope.inner(body), "value")
            refusal.emit(body, code, "does not allow this value")


@dataclass(frozen=True, slots=True)
class _ValueEmitter:
    """Emits the value of one assignment from its sources, into a variable named after `hint`.

    `origins_variable` names the variable with the paths of the source used; empty unless reported.
    `place` is the variable with the path of the one of several sources that has the value, if it
    is needed.
    """

    assigner: AssignmentEmitter
    assignment: Assignment
    target_type: SchemaType
    scope: Scope
    hint: str = "value"
    place: str = ""
    origins_variable: list[str] = field(default_factory=list)

    def emit_chain(self, values: list[tuple[Source, Value]]) -> str:
        """Emit the first of several values that is present; returns the variable with it."""
        assigner, block, target_type = self.assigner, self.scope.block, self.target_type
        out = self.scope.names.fresh(self.hint)
        if assigner.options.report:
            self.origins_variable.append(self.scope.names.fresh(f"from_{self.hint}"))
            block.add(f"{self.origins_variable[0]} = ()")
        is_filtered = assigner.is_filtered(*values[0], target_type)
        starts_with_first = is_filtered or assigner.is_null_passthrough(*values[0], target_type)
        if self.place:
            block.add(f"{self.place} = {values[0][1].source_path.code()}")
        block.add(f"{out} = {values[0][1].emit() if starts_with_first else None}")
        if is_filtered:
            emit_filter(out, values[0][1], target_type, self.scope)
        for index, (source, value) in enumerate(values):
            if starts_with_first and index == 0:
                continue
            conditions = [f"{out} is None"] if index else []
            for absent in map(assigner.written.get, source.absent_targets):
                if isinstance(absent, Value):
                    conditions.append(f"{absent.emit()} is None" if absent.optional else "False")
            is_present = ""
            if value.optional:
                is_present = f"{symbols.emit_local(value, self.scope, self.hint)} is not None"
            if is_present and not assigner.is_null_passthrough(
                replace(source, when=DirectedCondition()), value, target_type
            ):
                conditions.append(is_present)
                is_present = ""
            with block.nest_if(" and ".join(conditions)) as inner:
                if self.place and index:
                    inner.add(f"{self.place} = {value.source_path.code()}", condition=is_present)
                self._emit_source(out, source, value, inner)
        default = self.assignment.default
        if not isinstance(default, Unset):
            with block.nest(f"if {out} is None:") as inner:
                inner.add(f"{out} = {default!r}")
                if assigner.options.guarded and not accepts(target_type, default):
                    subject = (
                        f"{assigner.directed.target} {format_path(self.assignment.targets[0])}"
                    )
                    source, value = values[0]
                    refusal = assigner.refusal(self.assignment, source, value, subject)
                    refusal.emit(inner, out, "is the default, and is not allowed")
        return out

    def _emit_source(self, out: str, source: Source, value: Value, block: Block) -> None:
        block.add(f"{out} = {self.emit(source, value, block)}")
        if not self.assigner.options.report or value.emit_origins is None:
            return
        origins = value.emit_origins()
        with block.nest(f"if {out} is not None:") as inner:
            inner.add(f"{self.origins_variable[0]} = {origins}")
            if source.kind != "exact":
                emit_note(inner, "approximated", origins, source.because)

    def emit(self, source: Source, value: Value, block: Block, *, checked: bool = False) -> str:
        """Emit the conversion of a present value into the target type; returns its code.

        With `checked`, the result is checked even if values are not guarded.
        """
        code = value_code = value.emit()
        current_type = value.type
        if source.param and not checked and isinstance(source.codec, Identity):
            return code
        assigner, target_type, scope = self.assigner, self.target_type, self.scope.inner(block)
        directed, target_name = assigner.directed, format_path(self.assignment.targets[0])
        subject = f"{directed.target} {target_name}"
        # Messages name fields of the caller's format rather than of a format between two steps.
        if not assigner.final and source.paths:
            subject = f"{directed.source} {format_path(source.paths[0])}"
        refusal = assigner.refusal(self.assignment, source, value, subject)

        def store(code: str) -> str:
            name = scope.names.fresh(target_name.rpartition(".")[2])
            block.add(f"{name} = {code}")
            return name

        table = assigner.crosswalks.get(source.id or "")
        if table is not None:
            path = value.source_path.code()
            code = store(f"look_up_id({table}, {source.id!r}, {code}, {path})")
            current_type = STRING
        codec, may_omit = assigner.applied_codec(source), False
        input_name = ""
        changes: list[tuple[str, str]] | None = None
        if not isinstance(codec, Identity | Template):
            may_omit = codecs.may_omit(codec, to_left=directed.to_left)
            code = input_name = code if code.isidentifier() else store(code)
            types = (current_type, target_type)
            changes = [] if assigner.options.report else None
            conversion = Conversion(code, *types, scope, refusal, directed.to_left, changes)
            code, current_type = conversion.emit(codec)
            if changes is not None and not source.skips_unfit:
                self._emit_conversion_notes(source, value, input_name, code, block, changes)
            if name := codecs.missing_prefix(codec, scope.options.params):
                subject = f"{subject} without the param {name!r}"
                refusal = replace(refusal, code="missing-param", subject=subject)
        if needs_copy(current_type, target_type):
            value = replace(value, type=current_type)
            copied = emit_copy(value, code, target_type, scope.pool)
            is_omitted = source.skips_unfit and not isinstance(codec, Identity)
            code = store(f"None if {code} is None else {copied}" if is_omitted else copied)
            if is_subtype(current_type, target_type):
                return code
        needs_checks = scope.options.guarded or source.skips_unfit or checked
        if needs_checks and required_checks(current_type, target_type, "{}", scope.pool):
            is_unchanged = code == value_code and not source.skips_unfit
            code = store(code) if source.skips_unfit or not code.isidentifier() else code
            # The field between two steps requires this, and not the caller's.
            field = f"{directed.target} {target_name}"
            subject = subject if subject == field else f"{subject} as {field}"
            refusal = replace(refusal, subject=subject)
            event_field = value.event_field if is_unchanged else None
            with block.nest_if(f"{code} is not None" if may_omit else "") as inner:
                checked_types = (current_type, target_type)
                emit_checks(code, checked_types, scope.inner(inner), refusal, event_field)
        if changes is not None and source.skips_unfit:
            self._emit_conversion_notes(source, value, input_name, code, block, changes)
        return code

    def _emit_conversion_notes(
        self,
        source: Source,
        value: Value,
        input_name: str,
        code: str,
        block: Block,
        changes: list[tuple[str, str]],
    ) -> None:
        """Emit what becomes of a value that was converted: exact, approximated or normalised."""
        opt_ins, to_left = self.scope.options.opt_ins, self.assigner.directed.to_left
        codec = self.assigner.applied_codec(source)
        if isinstance(codec, ValueMap):
            entries = conversions.directed_entries(codec.table, opt_ins, to_left=to_left)
            inexact = {key[1]: why for key, (_, kind, why) in entries.items() if kind != "exact"}
            self._emit_other_notes(codec, value, input_name, code, block)
            if inexact:
                table = self.scope.pool.intern("inexact", repr(inexact))
                block.add(
                    f"notes.append(('approximated', {value.origins_code}, {table}[{input_name}]))",
                    condition=f"{code} is not None and {input_name} in {table}",
                )
        elif code != input_name:
            test = respelling_test(codec, input_name, code, to_left=to_left)
            may_be_none = source.skips_unfit or codecs.may_omit(codec, to_left=to_left)
            if_present = [f"{code} is not None"] if may_be_none else []
            for flag, because in changes:
                with block.nest(f"if {' and '.join([*if_present, flag])}:") as body:
                    emit_note(body, "approximated", value.origins_code, because)
            if not test:
                return
            tests = [*if_present, test, *(f"not {flag}" for flag, _ in changes)]
            with block.nest(f"if {' and '.join(tests)}:") as body:
                emit_note(body, "normalised", value.origins_code, "the same in another spelling")

    def _emit_other_notes(
        self, codec: ValueMap, value: Value, input_name: str, code: str, block: Block
    ) -> None:
        """Emit notes about values that a table leaves out, or takes as one of many."""
        opt_ins, to_left = self.scope.options.opt_ins, self.assigner.directed.to_left
        entries = conversions.directed_entries(codec.table, opt_ins, to_left=to_left)
        skipped = conversions.skip_reasons(codec.table, to_left=to_left)
        others = conversions.other_values(codec.table, opt_ins, to_left=to_left)
        origins, intern = value.origins_code, self.scope.pool.intern
        if skipped:
            reasons = intern("skip_reasons", repr({key[1]: why for key, why in skipped.items()}))
            note = f"notes.append(('lost', {origins}, {reasons}[{input_name}]))"
            block.add(note, condition=f"{code} is None and {input_name} in {reasons}")
        if others is None:
            return
        keys = [key[1] for key in (*entries, *skipped)]
        listed = intern("listed", repr(dict.fromkeys(keys)))
        if others.skipped:
            condition = f"{code} is None and {input_name} not in {listed}"
            with block.nest(f"if {condition}:") as body:
                emit_note(body, "lost", origins, others.because)
        elif others.row is not None and others.row.kind != "exact":
            condition = f"{code} is not None and {input_name} not in {listed}"
            with block.nest(f"if {condition}:") as body:
                emit_note(body, "approximated", origins, others.because)
