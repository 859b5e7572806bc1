"""Assignments of a mapping: choose the first source that is present, convert it, check it.

In code that reports, notes of inexact translations are emitted along the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from translator.compiler import conversions
from translator.compiler.checks import (
    AssignmentSettings,
    emit_checks,
    emit_filter,
    required_checks,
)
from translator.compiler.conversions import RefusalEmitter
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
from translator.language.direction import Assignment, Source
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
    """Emit a note about the outcome of the fields at `origins`."""
    block.add(f"note_loss({kind!r}, {origins}, {because!r})")


@dataclass(slots=True)
class AssignmentEmitter(AssignmentSettings):
    """Emits the assignments of a mapping in one direction, for one variant of the source.

    `final` is set for the last mapping of a route, which writes the output. `target_type` is the
    variant that is written; `row_values` and `allowed_values` are what the matched rows require of
    its fields. `written` collects the results; `missing_sources` the sources that could have
    filled an absent field. `outer_scope` is the scope around a loop over events, for values that
    are the same in all of them.
    """

    final: bool = True
    target_type: SchemaType = field(default_factory=lambda: Object({}))
    row_values: dict[Path, Node] = field(default_factory=dict)
    allowed_values: dict[Path, tuple[tuple[ScalarValue, ...], str]] = field(default_factory=dict)
    written: dict[Path, Node] = field(default_factory=dict)
    missing_sources: dict[Path, Source] = field(default_factory=dict)
    outer_scope: Scope | None = None

    def assign(self, assignment: Assignment, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        """Yield each target path that an assignment writes, with its node."""
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
                allowed = self.allowed_values[target_path]
                if node.scope is not None and node.scope is self.outer_scope:
                    scope = node.scope
                node = restrict_to(node, *allowed, target_path, scope, self.context.pool)
        self.written[target_path] = node
        if not isinstance(node, Absent):
            yield target_path, node

    def _choose_source(
        self, assignment: Assignment, target_type: SchemaType, env: Env, scope: Scope
    ) -> Node:
        """Return the first source that is present, converted and checked."""
        target_path = assignment.targets[0]
        candidates: list[tuple[Source, Node]] = []
        for source in assignment.sources:
            node = self._resolve_source(source, env, scope)
            if source.kind == "opt-in" and source.name not in self.context.opt_ins:
                self.missing_sources.setdefault(target_path, source)
                continue
            if isinstance(node, Absent):
                if source.param:
                    self.missing_sources[target_path] = source
                continue
            candidates.append((source, node))
            optional = isinstance(node, Value) and node.optional
            if not source.skip_unfit and source.unless is None and not optional:
                break
        if not candidates:
            if isinstance(assignment.default, Unset):
                return ABSENT
            origins = (_default_origin(assignment),)
            return constant_value(assignment.default, target_path, SourcePath(), origins=origins)
        source, node = candidates[0]
        if len(candidates) == 1:
            if not isinstance(node, Value):
                return node
            if node.is_constant and isinstance(source.codec, ValueMap):
                try:
                    return self._look_up_constant(source, node, target_path, scope)
                except StaticRefusal:
                    if source.skip_unfit:
                        return ABSENT
                    raise
            if node.is_constant and isinstance(source.codec, Identity):
                rule_uses = source_uses(source, self.crosswalks)
                return replace(node, origins=extend_origins(node.origins, *rule_uses))
        return self.chain_sources(assignment, candidates, target_type, scope)

    def _resolve_source(self, source: Source, env: Env, scope: Scope) -> Node:
        if source.param:
            name = self.context.param_constant(source.param)
            if name is None:
                return ABSENT
            rule_use = RuleUse("param", source.location, name=source.param)
            return Value(
                lambda: name,
                Scalar(frozenset({"string"}), schema={"param": source.param}),
                SourcePath(),
                emit_origins=lambda: "()",
                origins=(Origin((), (rule_use,)),),
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
        """Return the first candidate that is present at run time, converted and checked."""
        values = [(source, node) for source, node in candidates if isinstance(node, Value)]
        if self.outer_scope is not None and all(
            self._is_loop_invariant(source, value) for source, value in values
        ):
            scope = self.outer_scope
        first_source, first = values[0]
        last_source, last = values[-1]
        has_default = not isinstance(assignment.default, Unset)
        is_certain = not last_source.skip_unfit and not last.optional and last_source.unless is None
        is_single = len(values) == 1
        origins = tuple(
            origin
            for source, value in values
            for origin in extend_origins(value.origins, *source_uses(source, self.crosswalks))
        )
        if has_default:
            origins += (_default_origin(assignment),)
        result_type = self._converted_type(values, target_type)
        is_unconditional = is_single and not has_default
        if is_unconditional and self.is_passthrough(first_source, first, target_type):
            first = replace(first, type=result_type, origins=origins)
            return first if self.final else narrow_value(first, target_type)
        checks_in_place = is_unconditional and self.is_checked_passthrough(
            first_source, first, target_type
        )
        last_segment = assignment.targets[0][-1]
        hint = first_source.param or (last_segment if last_segment.isidentifier() else "value")
        emitter = _ValueEmitter(self, assignment, target_type, scope, hint)

        def emit() -> str:
            if is_single and is_certain:
                return emitter.emit(first_source, first, scope.block)
            if checks_in_place:
                code = emit_local(first, scope, hint)
                with scope.block.nest(f"if {code} is not None:") as block:
                    emitter.emit(first_source, first, block)
                return code
            return emitter.emit_chain(values)

        code = once(emit)
        emit_origins = first.emit_origins
        if not (is_single and is_certain):
            emit_origins = (
                (lambda: (code(), emitter.origins_variable[0])[1]) if self.report else None
            )
        result = Value(
            code,
            result_type,
            first.source_path,
            not is_certain and not has_default,
            emit_origins=emit_origins,
            origins=origins,
            converted=True,
            scope=scope,
        )
        return result if self.final else narrow_value(result, target_type)

    def _assign_row_value(
        self, target_path: Path, assignment: Assignment, scope: Scope
    ) -> Iterator[tuple[Path, Node]]:
        """Yield the value of a row, a constant or the value of its variable, after checks."""
        node, target_type = self.row_values[target_path], type_at(self.target_type, target_path)
        if target_type is None:
            return
        source = Source((), Identity(), assignment.location)
        if isinstance(node, Value) and not self.is_passthrough(source, node, target_type):
            node = self.chain_sources(assignment, [(source, node)], target_type, scope)
        yield target_path, node

    def static_value(self, assignment: Assignment, root: Node, scope: Scope) -> Value | None:
        """Return the value of an assignment if it is known at compile time.

        Raises `StaticRefusal` if it is known to have no equivalent.
        """
        source = assignment.sources[0]
        if len(source.paths) != 1:
            return None
        node = resolve(source.paths[0], {(): root}, scope)
        if not isinstance(node, Value) or not node.is_constant:
            return None
        if isinstance(source.codec, ValueMap):
            return self._look_up_constant(source, node, assignment.targets[0], scope)
        return node if isinstance(source.codec, Identity) else None

    def _look_up_constant(
        self, source: Source, node: Value, target_path: Path, scope: Scope
    ) -> Value:
        assert isinstance(source.codec, ValueMap) and not isinstance(node.constant, Unset)
        table, opt_ins, to_left = source.codec.table, self.context.opt_ins, self.directed.to_left
        entries = conversions.direct_table(table, opt_ins, to_left=to_left)
        key = conversions.table_key(node.constant)
        if key not in entries:
            reasons = conversions.refusal_reasons(table, opt_ins, to_left=to_left)
            reason = f": {reasons[key]}" if key in reasons else ""
            target = f"{self.directed.target} has no {format_path(target_path)}"
            message = f"{target} for {node.constant!r}{reason}"
            raise StaticRefusal("no-equivalent", node.source_path, message, source.location)
        result, kind, because = entries[key]
        if self.report and kind != "exact" and node.emit_origins is not None:
            emit_note(scope.block, "approximated", node.emit_origins(), because)
        rule_use = RuleUse("values", source.location, kind, because, table=table)
        origins = extend_origins(node.origins, rule_use)
        return constant_value(result, target_path, node.source_path, node.emit_origins, origins)

    def unless_conditions(self, path: Path) -> list[str]:
        """Return the conditions under which the target field at `path` is absent."""
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
        result_type = conversions.converted_type(
            source.codec, value.type, target_type, to_left=self.directed.to_left
        )
        return result_type if is_subtype(result_type, target_type) else target_type

    def _is_loop_invariant(self, source: Source, value: Value) -> bool:
        """Whether a source has the same value in every iteration of the loop over the events."""
        unless_node = self.written.get(source.unless) if source.unless is not None else None
        if isinstance(unless_node, Value) and (
            unless_node.converted or unless_node.source_path.indexes
        ):
            return unless_node.scope is self.outer_scope
        return not value.source_path.indexes

    def refusal(
        self, assignment: Assignment, source: Source, value: Value, subject: str
    ) -> RefusalEmitter:
        """Return how a value that cannot be converted is refused; `subject` is its field."""
        is_id = source.id is not None or assignment.id is not None
        code = "unmappable-id" if is_id else "unmappable-value"
        rule = source.location if self.report else None
        return RefusalEmitter(code, value.source_path, subject, source.skip_unfit, rule)

    def _split_template(
        self, assignment: Assignment, env: Env, scope: Scope
    ) -> Iterator[tuple[Path, Node]]:
        source = assignment.sources[0]
        node = resolve(source.paths[0], env, scope)
        if not isinstance(node, Value):
            return
        plain_source = replace(source, codec=Identity())
        emitter = _ValueEmitter(self, assignment, STRING, scope)

        def emit_string(block: Block) -> str:
            return emitter.emit(plain_source, node, block, always_check=True)

        target_types = [type_at(self.target_type, path) or STRING for path in assignment.targets]
        subject = f"{self.directed.target} {', '.join(map(format_path, assignment.targets))}"
        refusal = self.refusal(assignment, source, node, subject)
        hint = f"; a crosswalk {source.id!r} can translate it"
        if not source.id or source.id in self.crosswalks:
            hint = ""
        rule_uses = source_uses(source, self.crosswalks)[:-1]
        crosswalked = replace(node, origins=extend_origins(node.origins, *rule_uses))
        yield from split_string(
            assignment, crosswalked, target_types, emit_string, scope, self.context, refusal, hint
        )


@dataclass(frozen=True, slots=True)
class _ValueEmitter:
    """Emits the value of one assignment from its sources, into a variable that reads like `hint`.

    `origins_variable` is set by code that reports: it holds the paths of the source used.
    """

    assigner: AssignmentEmitter
    assignment: Assignment
    target_type: SchemaType
    scope: Scope
    hint: str = "value"
    origins_variable: list[str] = field(default_factory=list)

    def emit_chain(self, values: list[tuple[Source, Value]]) -> str:
        """Emit the first of several values that is present; returns the variable with it."""
        assigner, scope = self.assigner, self.scope
        out = scope.names.fresh(self.hint)
        if assigner.report:
            self.origins_variable.append(scope.names.fresh(f"from_{self.hint}"))
            scope.block.add(f"{self.origins_variable[0]} = ()")
        first_source, first = values[0]
        is_filtered = assigner.is_filtered_passthrough(first_source, first, self.target_type)
        starts_with_first = is_filtered or assigner.is_null_passthrough(
            first_source, first, self.target_type
        )
        scope.block.add(f"{out} = {first.emit() if starts_with_first else None}")
        if is_filtered:
            emit_filter(out, first, self.target_type, scope.block, assigner.context.pool)
        for index, (source, value) in enumerate(values):
            if starts_with_first and index == 0:
                continue
            conditions = [f"{out} is None"] if index else []
            if source.unless is not None:
                conditions += assigner.unless_conditions(source.unless)
            if value.optional and not assigner.is_null_passthrough(
                replace(source, unless=None), value, self.target_type
            ):
                conditions.append(f"{emit_local(value, scope, self.hint)} is not None")
            with scope.block.nest_if(" and ".join(conditions)) as block:
                self._emit_source(out, source, value, block)
        if not isinstance(self.assignment.default, Unset):
            line = f"{out} = {self.assignment.default!r}"
            scope.block.add(line, condition=f"{out} is None")
        return out

    def _emit_source(self, out: str, source: Source, value: Value, block: Block) -> None:
        block.add(f"{out} = {self.emit(source, value, block)}")
        if not self.assigner.report or value.emit_origins is None:
            return
        origins = value.emit_origins()
        with block.nest(f"if {out} is not None:") as inner:
            inner.add(f"{self.origins_variable[0]} = {origins}")
            if source.kind != "exact":
                emit_note(inner, "approximated", origins, source.because)

    def emit(
        self, source: Source, value: Value, block: Block, *, always_check: bool = False
    ) -> str:
        """Emit the conversion of a present value into the target type; returns its code.

        With `always_check`, the result is checked even if values are not guarded.
        """
        assigner, target_type = self.assigner, self.target_type
        pool = assigner.context.pool
        names, target_name = self.scope.names, format_path(self.assignment.targets[0])
        name_hint = target_name.rpartition(".")[2]
        subject = f"{assigner.directed.target} {target_name}"
        if not assigner.final and source.paths:
            subject = f"{assigner.directed.source} {format_path(source.paths[0])}"
        refusal = assigner.refusal(self.assignment, source, value, subject)

        def store(code: str) -> str:
            name = names.fresh(name_hint)
            block.add(f"{name} = {code}")
            return name

        code, current_type = value.emit(), value.type
        table = assigner.crosswalks.get(source.id or "")
        if table is not None and not source.param:
            path = value.source_path.code()
            code = store(f"look_up_id({table}, {source.id!r}, {code}, {path})")
            current_type = STRING
        if source.param:
            return code
        if not isinstance(source.codec, Identity | Template):
            code = input_name = code if code.isidentifier() else store(code)
            code, current_type = conversions.emit_conversion(
                source.codec,
                code,
                current_type,
                target_type,
                block,
                assigner.context,
                refusal,
                to_left=assigner.directed.to_left,
            )
            if assigner.report:
                self._emit_conversion_note(source, value, input_name, code, block)
        is_scalar = isinstance(target_type, Scalar)
        if isinstance(current_type, ListOf | Object | RawSchema) and not is_scalar:
            code = store(emit_copy(replace(value, type=current_type), code, target_type, pool))
            if is_subtype(current_type, target_type):
                return code
        needs_checks = assigner.guarded or source.skip_unfit or always_check
        if needs_checks and required_checks(current_type, target_type, "{}", pool):
            code = code if code.isidentifier() else store(code)
            code = store(code) if source.skip_unfit else code
            emit_checks(code, current_type, target_type, block, pool, refusal)
        return code

    def _emit_conversion_note(
        self, source: Source, value: Value, input_name: str, code: str, block: Block
    ) -> None:
        """Emit a note if a conversion was approximate or changed the spelling of the value."""
        context = self.assigner.context
        if isinstance(source.codec, ValueMap):
            entries = conversions.direct_table(
                source.codec.table, context.opt_ins, to_left=self.assigner.directed.to_left
            )
            inexact = {
                key[1]: because for key, (_, kind, because) in entries.items() if kind != "exact"
            }
            if inexact:
                table = context.pool.intern("inexact", repr(inexact))
                block.add(
                    f"note_loss('approximated', {value.origins_code}, {table}[{input_name}])",
                    condition=f"{code} is not None and {input_name} in {table}",
                )
        elif code != input_name:
            with block.nest(f"if {code} != {input_name}:") as body:
                emit_note(body, "normalised", value.origins_code, "the same in another spelling")


def _default_origin(assignment: Assignment) -> Origin:
    return Origin((), (RuleUse("default", assignment.location),))
