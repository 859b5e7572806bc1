"""One move of a mapping on data: the first source that is present, converted and checked.

Notes of what becomes of members, in code that reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from translator.compiler import conversions
from translator.compiler.checks import (
    emit_filter,
    is_checked_passthrough,
    is_filtered_passthrough,
    is_null_passthrough,
    is_passthrough,
    required_checks,
)
from translator.compiler.conversions import ConversionContext, RefusalEmitter, direct_table
from translator.compiler.copies import emit_copy, narrow_value
from translator.compiler.lineage import Origin, RuleUse, extend_origins, source_uses
from translator.compiler.rows import StaticRefusal, constant_value, restrict_to
from translator.compiler.source import Block
from translator.compiler.symbols import (
    ABSENT,
    STRING,
    Absent,
    Env,
    Node,
    Scope,
    SourcePath,
    Value,
    emit_local,
    once,
    resolve,
)
from translator.compiler.templates import join_fields, split_string
from translator.language.direction import Assignment, DirectedMapping, Source
from translator.language.nodes import Identity, Template, Unset, ValueMap
from translator.paths import Path, format_path
from translator.schema.types import (
    ListOf,
    Object,
    RawSchema,
    Scalar,
    ScalarValue,
    SchemaType,
    is_subtype,
    type_at,
)


def emit_note(block: Block, kind: str, origins: str, because: str) -> None:
    """Emit a note of what becomes of the members at `origins`."""
    block.add(f"note_loss({kind!r}, {origins}, {because!r})")


def emit_value_map_note(
    codec: ValueMap,
    input_name: str,
    code: str,
    value: Value,
    block: Block,
    context: ConversionContext,
    *,
    to_left: bool,
) -> None:
    """Emit a note of what a table gave for the value in `before`, where that is not exact."""
    entries = direct_table(codec.table, context.opt_ins, to_left=to_left)
    inexact = {key[1]: because for key, (_, kind, because) in entries.items() if kind != "exact"}
    if inexact:
        table = context.pool.intern("inexact", repr(inexact))
        with block.nest(f"if {code} is not None and {input_name} in {table}:") as body:
            origins = value.emit_origins() if value.emit_origins else "()"
            body.add(f"note_loss('approximated', {origins}, {table}[{input_name}])")


@dataclass(slots=True)
class AssignmentEmitter:
    """Makes the moves of one mapping in one direction, for one variant of the source.

    `crosswalks` are the constants that hold the tables to use here. `report` asks for code that
    notes what became of each member. `final` moves write what the caller gets. `target` is the
    variant that is written; `row_values` and `allowed` are what rows say of its members. `written`
    collects what the moves gave, `wants` what would have filled a place that stayed empty. `outer`
    is the scope around the loop over the elements that events are made of, for what is the same in
    all of them.
    """

    directed: DirectedMapping
    context: ConversionContext
    crosswalks: Mapping[str, str]
    report: bool = False
    final: bool = True
    target_type: SchemaType = field(default_factory=lambda: Object({}))
    row_values: dict[Path, Node] = field(default_factory=dict)
    allowed_values: dict[Path, tuple[tuple[ScalarValue, ...], str]] = field(default_factory=dict)
    written: dict[Path, Node] = field(default_factory=dict)
    missing_sources: dict[Path, Source] = field(default_factory=dict)
    outer_scope: Scope | None = None

    @property
    def guarded(self) -> bool:
        """Whether values are held to what only the target demands of them."""
        return self.context.guarded

    def assign(self, assignment: Assignment, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        """What a move writes, by the members it writes to; nothing where nothing is there."""
        target_path = assignment.targets[0]
        if target_path in self.row_values and not assignment.sources:
            yield from self._assign_row_value(target_path, assignment, scope)
            return
        if len(assignment.targets) > 1:
            yield from self._split_template(assignment, env, scope)
            return
        target_type = type_at(self.target_type, target_path)
        if target_type is None:
            return
        node = self._choose_source(assignment, target_type, env, scope)
        if target_path in self.allowed_values:
            if isinstance(node, Absent):
                node = self.row_values.get(target_path, ABSENT)
            elif isinstance(node, Value):
                values, description = self.allowed_values[target_path]
                value_scope = (
                    self.outer_scope
                    if self.outer_scope is not None and node.scope is self.outer_scope
                    else scope
                )
                node = restrict_to(
                    node, values, description, target_path, value_scope, self.context.pool
                )
        self.written[target_path] = node
        if not isinstance(node, Absent):
            yield target_path, node

    def _choose_source(
        self, assignment: Assignment, target_type: SchemaType, env: Env, scope: Scope
    ) -> Node:
        """The first of a move's sources that is present, converted and checked."""
        candidates: list[tuple[Source, Node]] = []
        for source in assignment.sources:
            node = self._resolve_source(source, env, scope)
            if source.kind == "opt-in" and source.name not in self.context.opt_ins:
                self.missing_sources.setdefault(assignment.targets[0], source)
                continue
            if isinstance(node, Absent):
                if source.param:
                    self.missing_sources[assignment.targets[0]] = source
                continue
            candidates.append((source, node))
            optional = isinstance(node, Value) and node.optional
            if not source.skip_unfit and source.unless is None and not optional:
                break
        if not candidates:
            if isinstance(assignment.default, Unset):
                return ABSENT
            origins = (Origin((), (RuleUse("default", assignment.location),)),)
            return constant_value(
                assignment.default, assignment.targets[0], SourcePath(), origins=origins
            )
        first = candidates[0][1]
        if len(candidates) == 1 and not isinstance(first, Value):
            return first
        if (
            len(candidates) == 1
            and isinstance(first, Value)
            and not isinstance(first.constant, Unset)
        ):
            source = candidates[0][0]
            if isinstance(source.codec, ValueMap):
                return self._look_up_or_skip(source, first, assignment, scope)
            if isinstance(source.codec, Identity):
                return replace(
                    first,
                    origins=extend_origins(first.origins, *source_uses(source, self.crosswalks)),
                )
        return self.chain_sources(assignment, candidates, target_type, scope)

    def _look_up_or_skip(
        self, source: Source, node: Value, assignment: Assignment, scope: Scope
    ) -> Node:
        try:
            return self._look_up_constant(source, node, assignment.targets[0], scope)
        except StaticRefusal:
            if source.skip_unfit:
                return ABSENT
            raise

    def _resolve_source(self, source: Source, env: Env, scope: Scope) -> Node:
        if source.param:
            name = self.context.param_constant(source.param)
            if name is None:
                return ABSENT
            return Value(
                lambda: name,
                Scalar(frozenset({"string"}), schema={"param": source.param}),
                SourcePath(),
                emit_origins=lambda: "()",
                origins=(Origin((), (RuleUse("param", source.location, name=source.param),)),),
            )
        if len(source.paths) > 1:
            return join_fields(source, env, scope, self.context)
        return resolve(source.paths[0], env, scope)

    def chain_sources(
        self,
        assignment: Assignment,
        candidates: list[tuple[Source, Node]],
        target_type: SchemaType,
        scope: Scope,
    ) -> Value:
        """The first of several values that is present at run time, converted and checked."""
        values = [(source, node) for source, node in candidates if isinstance(node, Value)]
        if self.outer_scope is not None and all(
            self._is_loop_invariant(*entry) for entry in values
        ):
            scope = self.outer_scope
        first_source, first = values[0]
        hint = assignment.targets[0][-1] if assignment.targets[0][-1].isidentifier() else "value"
        hint = first_source.param or hint
        last_source, last = values[-1]
        is_certain = not last_source.skip_unfit and not last.optional and last_source.unless is None
        is_single = len(values) == 1
        passes_through = is_single and is_passthrough(first_source, first, target_type, self)
        default = assignment.default
        checks_in_place = is_single and is_checked_passthrough(
            first_source, first, target_type, self
        )
        is_filtered = is_filtered_passthrough(first_source, first, target_type, self)
        emit_origins = first.emit_origins
        origins = [
            entry
            for s, v in values
            for entry in extend_origins(v.origins, *source_uses(s, self.crosswalks))
        ]
        if not isinstance(default, Unset):
            origins.append(Origin((), (RuleUse("default", assignment.location),)))
        if passes_through and isinstance(default, Unset):
            first = replace(
                first, type=self._converted_type(values, target_type), origins=tuple(origins)
            )
            return first if self.final else narrow_value(first, target_type)
        origins_variable: list[str] = []

        def emit() -> str:
            if is_single and is_certain:
                return self.emit_converted(
                    first_source, first, assignment, target_type, scope.block, scope
                )[0]
            if checks_in_place and isinstance(default, Unset):
                code = emit_local(first, scope, hint)
                with scope.block.nest(f"if {code} is not None:") as block:
                    self.emit_converted(first_source, first, assignment, target_type, block, scope)
                return code
            out = scope.names.fresh(hint)
            if self.report:
                origins_variable.append(scope.names.fresh(f"from_{hint}"))
                scope.block.add(f"{origins_variable[0]} = ()")
            starts_with_first = is_filtered or is_null_passthrough(
                first_source, first, target_type, self
            )
            scope.block.add(f"{out} = {first.emit() if starts_with_first else None}")
            if is_filtered:
                emit_filter(
                    out, first.type, target_type, scope.block, self.context.pool, first.optional
                )
            for index, (source, value) in enumerate(
                values[starts_with_first:], int(starts_with_first)
            ):
                conditions = [f"{out} is None"] if index else []
                if source.unless is not None:
                    conditions += self._unless_conditions(source.unless, scope)
                unconditional = replace(source, unless=None)
                if value.optional and not is_null_passthrough(
                    unconditional, value, target_type, self
                ):
                    conditions.append(f"{emit_local(value, scope, hint)} is not None")
                if conditions:
                    with scope.block.nest(f"if {' and '.join(conditions)}:") as block:
                        self._emit_source(
                            out,
                            source,
                            value,
                            assignment,
                            target_type,
                            block,
                            scope,
                            origins_variable,
                        )
                else:
                    self._emit_source(
                        out,
                        source,
                        value,
                        assignment,
                        target_type,
                        scope.block,
                        scope,
                        origins_variable,
                    )
            if not isinstance(default, Unset):
                with scope.block.nest(f"if {out} is None:") as block:
                    block.add(f"{out} = {default!r}")
            return out

        code = once(emit)
        if not (is_single and is_certain):
            emit_origins = (lambda: (code(), origins_variable[0])[1]) if self.report else None
        optional = not is_certain and isinstance(default, Unset)
        result = Value(
            code,
            self._converted_type(values, target_type),
            first.source_path,
            optional,
            emit_origins=emit_origins,
            origins=tuple(origins),
            converted=True,
            scope=scope,
        )
        return result if self.final else narrow_value(result, target_type)

    def _assign_row_value(
        self, target_path: Path, assignment: Assignment, scope: Scope
    ) -> Iterator[tuple[Path, Node]]:
        """What a row writes: a constant, or the value its variable stands for, checked."""
        node, target_type = self.row_values[target_path], type_at(self.target_type, target_path)
        if target_type is None:
            return
        source = Source((), Identity(), assignment.location)
        if isinstance(node, Value) and not is_passthrough(source, node, target_type, self):
            node = self.chain_sources(assignment, [(source, node)], target_type, scope)
        yield target_path, node

    def static_value(self, assignment: Assignment, root: Node, scope: Scope) -> Value | None:
        """The value of a move if it is known beforehand. Raises `Refused` if it has none."""
        source = assignment.sources[0]
        if len(source.paths) != 1:
            return None
        node = resolve(source.paths[0], {(): root}, scope)
        if not isinstance(node, Value) or isinstance(node.constant, Unset):
            return None
        if isinstance(source.codec, ValueMap):
            return self._look_up_constant(source, node, assignment.targets[0], scope)
        return node if isinstance(source.codec, Identity) else None

    def _look_up_constant(
        self, source: Source, node: Value, target_path: Path, scope: Scope
    ) -> Value:
        assert isinstance(source.codec, ValueMap)
        to_left = self.directed.to_left
        value = node.constant
        assert not isinstance(value, Unset)
        entries = conversions.direct_table(
            source.codec.table, self.context.opt_ins, to_left=to_left
        )
        key = conversions.table_key(value)
        if key not in entries:
            reasons = conversions.refusal_reasons(
                source.codec.table, self.context.opt_ins, to_left=to_left
            )
            reason = f": {reasons[key]}" if key in reasons else ""
            message = (
                f"{self.directed.target} has no {format_path(target_path)} for {value!r}{reason}"
            )
            raise StaticRefusal("no-equivalent", node.source_path, message, source.location)
        result, kind, because = entries[key]
        if self.report and kind != "exact" and node.emit_origins is not None:
            emit_note(scope.block, "approximated", node.emit_origins(), because)
        rule_use = RuleUse("values", source.location, kind, because, table=source.codec.table)
        return constant_value(
            result,
            target_path,
            node.source_path,
            node.emit_origins,
            extend_origins(node.origins, rule_use),
        )

    def _unless_conditions(self, path: Path, scope: Scope) -> list[str]:
        node = self.written.get(path, ABSENT)
        if isinstance(node, Value):
            return [f"{node.emit()} is None"] if node.optional else ["False"]
        return []

    def _converted_type(
        self, values: list[tuple[Source, Value]], target_type: SchemaType
    ) -> SchemaType:
        if len(values) > 1:
            return target_type
        source, value = values[0]
        to_left = self.directed.to_left
        result_type = conversions.converted_type(
            source.codec, value.type, target_type, to_left=to_left
        )
        return result_type if is_subtype(result_type, target_type) else target_type

    def _is_loop_invariant(self, source: Source, value: Value) -> bool:
        """Whether a source gives the same in each round of the loop over the events."""
        unless_node = self.written.get(source.unless) if source.unless is not None else None
        if isinstance(unless_node, Value) and (
            unless_node.converted or unless_node.source_path.indexes
        ):
            return unless_node.scope is self.outer_scope
        return not value.source_path.indexes

    def _emit_source(
        self,
        out: str,
        source: Source,
        value: Value,
        assignment: Assignment,
        target_type: SchemaType,
        block: Block,
        scope: Scope,
        origins_variable: list[str],
    ) -> None:
        code, _ = self.emit_converted(source, value, assignment, target_type, block, scope)
        block.add(f"{out} = {code}")
        if not self.report or value.emit_origins is None:
            return
        origins = value.emit_origins()
        with block.nest(f"if {out} is not None:") as inner:
            inner.add(f"{origins_variable[0]} = {origins}")
            if source.kind != "exact":
                emit_note(inner, "approximated", origins, source.because)

    def emit_converted(
        self,
        source: Source,
        value: Value,
        assignment: Assignment,
        target_type: SchemaType,
        block: Block,
        scope: Scope,
        *,
        always_check: bool = False,
    ) -> tuple[str, SchemaType]:
        """Emit into `block` what turns a present value into one the target takes.

        `always` where the value has to be of `shape` for what is done next.
        """
        to_left = self.directed.to_left
        code = value.emit()
        current_type: SchemaType = value.type
        target_name = format_path(assignment.targets[0])
        is_id = source.id is not None or assignment.id is not None
        error_code = "unmappable-id" if is_id else "unmappable-value"
        subject = f"{self.directed.target} {target_name}"
        if not self.final and source.paths:
            subject = f"{self.directed.source} {format_path(source.paths[0])}"
        rule = source.location if self.report else None
        refusal = RefusalEmitter(error_code, value.source_path, subject, source.skip_unfit, rule)
        inner = scope.inner(block)

        def as_variable() -> str:
            if code.isidentifier():
                return code
            name = scope.names.fresh(target_name.rpartition(".")[2])
            inner.block.add(f"{name} = {code}")
            return name

        table = self.crosswalks.get(source.id or "")
        if table is not None and not source.param:
            name = scope.names.fresh(target_name.rpartition(".")[2])
            block.add(
                f"{name} = look_up_id({table}, {source.id!r}, {code}, {value.source_path.code()})"
            )
            code, current_type = name, STRING
        if source.param:
            return code, target_type
        if not isinstance(source.codec, Identity | Template):
            code = as_variable()
            input_name = code
            code, current_type = conversions.emit_conversion(
                source.codec,
                code,
                current_type,
                target_type,
                block,
                self.context,
                refusal,
                to_left=to_left,
            )
            if self.report and isinstance(source.codec, ValueMap):
                emit_value_map_note(
                    source.codec, input_name, code, value, block, self.context, to_left=to_left
                )
            elif self.report and code != input_name:
                with block.nest(f"if {code} != {input_name}:") as body:
                    origins = value.emit_origins() if value.emit_origins else "()"
                    emit_note(body, "normalised", origins, "the same in another spelling")
        if isinstance(current_type, ListOf | Object | RawSchema) and not isinstance(
            target_type, Scalar
        ):
            name = scope.names.fresh(target_name.rpartition(".")[2])
            copied_value = replace(value, type=current_type)
            block.add(f"{name} = {emit_copy(copied_value, code, target_type, self.context.pool)}")
            code = name
            if is_subtype(current_type, target_type):
                return code, target_type
        needs_checks = self.guarded or source.skip_unfit or always_check
        if needs_checks and required_checks(current_type, target_type, "{}", self.context.pool):
            code = as_variable()
            if source.skip_unfit:
                copy = scope.names.fresh(target_name.rpartition(".")[2])
                block.add(f"{copy} = {code}")
                code = copy
            null_check = f"{code} is not None and " if source.skip_unfit else ""
            for check in required_checks(current_type, target_type, code, self.context.pool):
                with block.nest(f"if {null_check}not ({check.test}):") as failure:
                    refusal.emit(failure, code, check.requirement, check.problem)
            current_type = target_type
        return code, current_type

    def _split_template(
        self, assignment: Assignment, env: Env, scope: Scope
    ) -> Iterator[tuple[Path, Node]]:
        source = assignment.sources[0]
        node = resolve(source.paths[0], env, scope)
        if not isinstance(node, Value):
            return
        plain_source = replace(source, codec=Identity())
        target_types = [type_at(self.target_type, path) or STRING for path in assignment.targets]

        def emit_string(block: Block) -> str:
            return self.emit_converted(
                plain_source, node, assignment, STRING, block, scope, always_check=True
            )[0]

        subject = f"{self.directed.target} {', '.join(map(format_path, assignment.targets))}"
        error_code = "unmappable-value" if source.id is None else "unmappable-id"
        rule = source.location if self.report else None
        refusal = RefusalEmitter(error_code, node.source_path, subject, source.skip_unfit, rule)
        hint = f"; a crosswalk {source.id!r} can say which one it is"
        if not source.id or source.id in self.crosswalks:
            hint = ""
        crosswalked = replace(
            node, origins=extend_origins(node.origins, *source_uses(source, self.crosswalks)[:-1])
        )
        yield from split_string(
            assignment, crosswalked, target_types, emit_string, scope, self.context, refusal, hint
        )
