"""Compile one variant of the source: lower the mappings of a route, step by step, on symbols."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from translator.compiler.assignments import AssignmentEmitter
from translator.compiler.conversions import ConversionContext, RefusalEmitter
from translator.compiler.input_checks import can_check_inline, emit_input_checks, emit_struct_checks
from translator.compiler.lineage import Lineage, Origin, WrittenField
from translator.compiler.lower import Lowering
from translator.compiler.objects import ObjectEmitter
from translator.compiler.options import Options
from translator.compiler.rows import StaticRefusal, mark_constant
from translator.compiler.source import Block, ConstantPool, UniqueNames, constant_name
from translator.compiler.specialize import AnyOther, Choice
from translator.compiler.symbols import (
    ABSENT,
    Absent,
    Env,
    ListNode,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
    as_list_node,
    child,
    container_emitter,
    emit_local,
    mark_in_struct,
    once,
    resolve,
)
from translator.errors import Location
from translator.language.direction import DirectedCase, Step
from translator.paths import Path
from translator.runtime import numbers, times, values
from translator.schema.types import Object, RawSchema, Scalar, Union

_MARK = re.compile("\x01(.*?)\x02(.*?)\x03", re.DOTALL)

_RESERVED = frozenset(
    {"event", "key", "events", "params", "bound", "note_loss", "note_written", "problem",
     "variant", "constants", "as_event", "invalid_event", "validate", "new_struct", "output",
     "require_single", "refusal", "translate_with", "untrusted_failure", "is_uuid",
     "matches_rfc3339", "is_common_rfc3339", *dir(builtins), *dir(values), *dir(numbers),
     *dir(times)}
)  # fmt: skip


def checks_inline(source_type: Object | Union, options: Options) -> bool:
    """Return whether emitted tests validate events, rather than a validator."""
    is_validated = options.validated and not options.report and not options.structs
    return is_validated and can_check_inline(source_type)


@dataclass(frozen=True, slots=True)
class VariantCode:
    """The code of one variant: parts between constants, each a hint and a value; or its refusal."""

    parts: tuple[str, ...] = ("",)
    constants: tuple[tuple[str, str], ...] = ()
    refusal: tuple[str, str, str] | None = None
    rule: Location | None = None

    @property
    def source(self) -> str:
        """The code with its constants."""
        return fill_constants(self.parts, [value for _, value in self.constants])


def fill_constants(parts: Sequence[str], codes: Sequence[str]) -> str:
    """Return the code of a variant, with `codes` in place of its constants."""
    return "".join(part + code for part, code in zip(parts, [*codes, ""], strict=True))


@dataclass(frozen=True, slots=True)
class OutputForm:
    """A form that the output can take: the type that is written, and the fields."""

    type: Object
    written_fields: tuple[WrittenField, ...]


class VariantEmitter:
    """Emits the code for the events of one variant: those with the values of `choice`."""

    def __init__(
        self,
        source_type: Object | Union,
        steps: Sequence[Step],
        options: Options,
        pool: ConstantPool,
        choice: Choice,
        lineage: Lineage | None = None,
    ) -> None:
        self.source_type = (
            source_type.variants[choice[(source_type.discriminator,)]]  # type: ignore[index]
            if isinstance(source_type, Union)
            else source_type
        )
        self.steps, self.options, self.choice = steps, options, choice
        self.names = UniqueNames(_RESERVED)
        self.context = ConversionContext(
            pool, self.names, options.params, options.opt_ins, options.guarded
        )
        self.checks_inline = checks_inline(source_type, options)
        self.entry_blocks: tuple[Block, ...] = ()
        self.outer_blocks: tuple[Block, ...] = ()
        self.lineage = lineage
        self.forms: list[OutputForm] = []
        self.fans_out = False

    def emit(self) -> VariantCode:
        """Emit the variant's code, or return its refusal."""
        entry_block, block = self.entry_blocks = (Block(), Block())
        scope = Scope(block, self.names)
        try:
            has_input_checks = self.checks_inline or self.options.structs
            node = self._emit_root(Scope(entry_block, self.names) if has_input_checks else scope)
            for step in self.steps[:-1]:
                lowering = self._lowering(step, is_last=False)
                lowering.apply_rows(node, scope, step.target_type)
                case = lowering.select_case(node, scope)
                node = lowering.build(case, {(): node}, scope, case.each)
            self._emit_target(node, scope)
        except StaticRefusal as error:
            if not block:
                refusal = (error.code, error.source_path.display, error.message)
                rule = error.rule if self.options.report else None
                return VariantCode(refusal=refusal, rule=rule)
            source_path = SourcePath() if error.source_path.indexes else error.source_path
            block.add(self._refusal_line(error, source_path))
        parts = _MARK.split(entry_block.render(1) + block.render(1))
        constants = zip(parts[1::3], parts[2::3], strict=True)
        return VariantCode(tuple(parts[::3]), tuple(constants))

    def _emit_root(self, scope: Scope) -> Node:
        root = Value(
            lambda: "event",
            self.source_type,
            SourcePath(),
            emit_origins=lambda: "('$',)",
            origins=(Origin(((),)),),
            scope=scope,
        )
        if self.options.structs:
            root = mark_in_struct(root)
            emit_struct_checks(root, scope)
        elif self.checks_inline:
            emit_input_checks(root, self.choice, scope, self.context.pool)
        return self._with_constants(root, (), scope)

    def _with_constants(self, node: Value, path: Path, scope: Scope) -> Node:
        """Return the event with the fields that this variant fixes as constants."""
        decided_names = {
            field_path[len(path)]
            for field_path in self.choice
            if field_path[: len(path)] == path and field_path != path
        }
        if not decided_names:
            return node
        children: dict[str, Node] = {}
        for name in sorted(decided_names):
            field_path = (*path, name)
            field_value = child(node, name, scope)
            if isinstance(field_value, Absent):
                children[name] = ABSENT
            elif field_path in self.choice:
                assert isinstance(field_value, Value)
                children[name] = self._decided_node(field_value, field_path)
            else:
                assert isinstance(field_value, Value)
                children[name] = self._with_constants(field_value, field_path, scope)
        return ObjectNode(children, lambda name: child(node, name, scope))

    def _decided_node(self, value: Value, path: Path) -> Node:
        known_value = self.choice[path]
        if known_value is None:
            return ABSENT
        if isinstance(known_value, AnyOther):
            return replace(value, optional=False, excluded=known_value.excluded)
        return replace(
            value,
            emit=once(lambda: mark_constant(known_value, path)),
            optional=False,
            constant=known_value,
        )

    def _lowering(self, step: Step, *, is_last: bool) -> Lowering:
        tables = {name: constant_name("CROSSWALK", name) for name in self.options.crosswalks}
        assigner = AssignmentEmitter(
            step.directed, self.context, tables if is_last else {}, self.options.report, is_last
        )
        return Lowering(assigner)

    def _emit_target(self, root: Node, scope: Scope) -> None:
        step = self.steps[-1]
        lowering = self._lowering(step, is_last=True)
        lowering.apply_rows(root, scope, step.target_type)
        if not step.directed.to_left:
            case = lowering.select_case(root, scope)
            tree = lowering.build(case, {(): root}, scope, case.each)
            self._emit_event(tree, lowering, scope, "return {}")
            return
        self._emit_cases(root, lowering, scope)

    def _emit_event(
        self, tree: ObjectNode, lowering: Lowering, scope: Scope, statement: str
    ) -> str:
        """Emit the construction of an output and then `statement`; return its expression."""
        assert isinstance(lowering.assigner.target_type, Object)
        object_emitter = ObjectEmitter(
            lowering.assigner.directed.target,
            self.context.pool,
            self.names,
            lowering.assigner.missing_sources,
            self.lineage,
            self.outer_blocks,
            self.options.structs,
        )
        start = len(self.lineage.history) if self.lineage is not None else 0
        expression = object_emitter.emit_object(tree, lowering.assigner.target_type, (), scope)
        if self.lineage is not None:
            self.forms.append(
                OutputForm(lowering.assigner.target_type, tuple(self.lineage.history[start:]))
            )
        if statement:
            scope.block.add(statement.format(expression.code))
        return expression.code

    def _emit_cases(self, root: Node, lowering: Lowering, scope: Scope) -> None:
        """Emit the cases in order; the first that the event has determines the output."""
        list_names: list[str] = []
        for case in lowering.assigner.directed.cases:
            condition = ""
            if case.if_present is not None:
                node = resolve(case.if_present, {(): root}, scope)
                if not isinstance(node, Value):
                    continue
                condition = f"{node.emit()} is not None" if node.optional else ""
            if case.each is None:
                self._emit_single(case, {(): root}, lowering, scope, condition)
                if not condition:
                    return
                continue
            list_names.append(case.each[-2])
            list_node = as_list_node(resolve(case.each[:-1], {(): root}, scope), scope)
            if list_node is None:
                continue
            if list_node.fixed_element is not None:
                condition = list_node.presence() if list_node.presence is not None else ""
                env = {(): root, case.each: list_node.fixed_element}
                self._emit_single(case, env, lowering, scope, condition)
                if not condition:
                    return
            else:
                self._emit_fan_out(case, root, list_node, lowering, scope)
        description = " or ".join(dict.fromkeys(list_names)) or "what it names"
        target = lowering.assigner.directed.target
        raise StaticRefusal(
            "no-item",
            SourcePath(),
            f"{target} records one event for each of {description}, and there is none",
        )

    def _emit_single(
        self, case: DirectedCase, env: Env, lowering: Lowering, scope: Scope, condition: str
    ) -> None:
        """Emit the single output of a case, under a condition if there is one."""
        if not condition:
            self._emit_event(lowering.build(case, env, scope), lowering, scope, "return {}")
            return
        if case.if_present is not None and case.each is None:
            env = {**env, **_present_nodes(case.if_present, env, scope)}
        with scope.block.nest(f"if {condition}:") as block:
            inner = scope.inner(block)
            self._emit_or_refuse(
                lambda: self._emit_event(
                    lowering.build(case, env, inner), lowering, inner, "return {}"
                ),
                inner,
            )

    def _emit_fan_out(
        self, case: DirectedCase, root: Node, list_node: ListNode, lowering: Lowering, scope: Scope
    ) -> None:
        """Emit the outputs of a case that has one for each element of a list."""
        assert case.each is not None
        self.fans_out = True
        condition = list_node.presence() if list_node.presence is not None else "True"
        source_value = list_node.source_value
        list_name = (
            emit_local(replace(source_value, emit=container_emitter(source_value)), scope, "items")
            if source_value
            else ""
        )
        condition = list_name or condition
        env: dict[Path, Node] = {(): root}
        element_path, initial_values = case.each, ["[]"]
        with scope.block.nest(f"if {condition}:") as block:
            inner = scope.inner(block)
            lowering.assigner.outer_scope = inner
            self.outer_blocks = (*self.entry_blocks, block) if list_name else ()
            with list_node.loop(block) as (body, element):
                body_scope = scope.inner(body)

                def emit_element() -> None:
                    tree = lowering.build(case, {**env, element_path: element}, body_scope)
                    code = self._emit_event(tree, lowering, body_scope, "")
                    if list_name and code.isidentifier() and not self.options.report:
                        # Most events have one element: avoid building a list for it.
                        initial_values.insert(0, f"None if len({list_name}) == 1 else []")
                        with body_scope.block.nest("if events is None:") as single_block:
                            single_block.add(f"return {code}")
                    body_scope.block.append_element("events", code)

                self._emit_or_refuse(emit_element, body_scope)
                block.add(f"events = {initial_values[0]}")
            block.use_comprehension("events")
            lowering.assigner.outer_scope, self.outer_blocks = None, ()
            if list_name:
                block.add("return events")
            else:
                with inner.block.nest("if events:") as nested:
                    nested.add("return events")

    def _refusal_line(self, error: StaticRefusal, source_path: SourcePath) -> str:
        rule = error.rule if self.options.report else None
        return RefusalEmitter(error.code, source_path, "", rule=rule).raise_line(
            repr(error.message)
        )

    def _emit_or_refuse(self, emit: Callable[[], object], scope: Scope) -> None:
        """Emit; replace code that is certain to refuse by the refusal."""
        try:
            emit()
        except StaticRefusal as error:
            scope.block.add(self._refusal_line(error, error.source_path))


def _present_nodes(path: Path, env: Env, scope: Scope) -> Env:
    """Return the value at `path` as one that is known to be present."""
    node = resolve(path, env, scope)
    if isinstance(node, Value) and isinstance(node.type, Scalar | RawSchema):
        return {path: replace(node, optional=False)}
    return {}
