"""Compile one variant of the source: lower the mappings of a route, step by step, on symbols."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from translator.compiler import symbols
from translator.compiler.alignment import Aligner
from translator.compiler.assignments import AssignmentEmitter
from translator.compiler.blocks import Block, ConstantPool, ForLoop, UniqueNames, constant_name
from translator.compiler.cases import CaseChooser
from translator.compiler.conditions import has_element, test_source
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.input_checks import can_check_inline, emit_input_checks, emit_struct_checks
from translator.compiler.lineage import Lineage, Origin, WrittenFields
from translator.compiler.lower import Lowering, both
from translator.compiler.objects import ObjectEmitter
from translator.compiler.options import Options
from translator.compiler.rows import StaticRefusal, mark_constant
from translator.compiler.selections import UnsupportedSelectionError
from translator.compiler.specialize import AnyOther, Choice
from translator.compiler.symbols import (
    ABSENT,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.errors import Location
from translator.language import nodes
from translator.language.direction import DirectedCase, Source, Step
from translator.language.nodes import PRESENT
from translator.memo import replace
from translator.paths import Path, format_path, list_prefix, starts_with
from translator.runtime import numbers, strings, times, values
from translator.schema.types import Mixed, Object, Scalar, Union

_MARK = re.compile("\x01(.*?)\x02(.*?)\x03", re.DOTALL)

_RESERVED = frozenset(
    {"event", "key", "events", "params", "bound", "notes", "ends", "problem",
     "variant", "constants", "as_event", "invalid_event", "validate", "new_struct", "output",
     "require_single", "refusal", "translate_with", "untrusted_failure", "is_uuid",
     "matches_rfc3339", "is_common_rfc3339", "outputs", "date_times", "uuids", "problem_finder",
     *dir(builtins), *dir(values), *dir(numbers), *dir(strings), *dir(times)}
)  # fmt: skip


def checks_inline(source_type: Object | Union, options: Options) -> bool:
    """Return whether emitted tests validate events, rather than a validator."""
    is_validated = options.validated and not options.report and not options.structs
    return is_validated and can_check_inline(source_type)


@dataclass(frozen=True, slots=True)
class VariantCode:
    """The code of one variant: parts between constants, each a hint and a value; or its refusal.

    `lengths` are the bounds of strings of the event that its decoder has to check.
    """

    parts: tuple[str, ...] = ("",)
    constants: tuple[tuple[str, str], ...] = ()
    refusal: tuple[str, str, str] | None = None
    rule: Location | None = None
    lengths: Mapping[Path, tuple[int, int | None]] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The code with its constants."""
        return fill_constants(self.parts, [value for _, value in self.constants])


def fill_constants(parts: Sequence[str], codes: Sequence[str]) -> str:
    """Return the code of a variant, with `codes` in place of its constants."""
    return "".join(part + code for part, code in zip(parts, [*codes, ""], strict=True))


@dataclass(frozen=True, slots=True)
class OutputForm:
    """A form that the output can take: the type that is written, and the fields.

    If `lists` are named, the output has this form only if one of them has an element.
    """

    type: Object
    written_fields: WrittenFields
    lists: tuple[Path, ...] = ()


def _note_code(line: str) -> str:
    """Return the code of the note that a line makes; empty if the line is another statement."""
    call = "notes.append("
    return _MARK.sub(r"\2", line[len(call) : -1]) if line.startswith(call) else ""


def _is_static_note(line: str) -> bool:
    """Whether a line makes a note that is the same for all events of a variant."""
    code = _note_code(line)
    return bool(code) and not compile(code, "<note>", "eval").co_names


def _paths_of(elements: Node) -> Iterator[Path]:
    """Yield the fields of the event behind a list."""
    values: Iterable[Value] = ()
    if isinstance(elements, symbols.JoinedList):
        for part in elements.parts:
            yield from _paths_of(part)
    elif isinstance(elements, ListNode) and elements.fixed_element is None:
        values = elements.source_lists
    elif isinstance(elements, ListNode) and elements.fixed_element is not None:
        values = symbols.values_in(elements.fixed_element)
    else:
        values = symbols.values_in(elements)
    yield from chain.from_iterable(map(symbols.read_paths, values))


def _describe_size(scope: nodes.Scope) -> str:
    if scope.size is None:
        return "all of"
    return "each of" if scope.size == 1 else f"each {scope.size} of"


def _emit_read_origins(value: Value) -> str:
    """Return the code of a value's origins, after what determines their indexes."""
    value.emit()
    return value.origins_code


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
        self.checks_inline = checks_inline(source_type, options)
        if isinstance(source_type, Union):
            source_type = source_type.variants[choice[(source_type.discriminator,)]]  # type: ignore[index]
        self.source_type: Object = source_type
        self.assigner: AssignmentEmitter
        self.steps, self.options, self.choice, self.pool = steps, options, choice, pool
        self.entry_blocks: tuple[Block, ...] = ()
        self.outer_blocks: tuple[Block, ...] = ()
        self.lineage = lineage
        self.forms: list[OutputForm] = []
        self.event_lists: tuple[Path, ...] = ()
        self.filled_lists: frozenset[Path] = frozenset()
        self.written_if = ""
        self.case_refusal: StaticRefusal | None = None
        self.fans_out = False
        self.refusal: StaticRefusal | None = None

    def emit(self) -> VariantCode:
        """Emit the variant's code, or return its refusal."""
        entry_block, block = self.entry_blocks = (Block(), Block())
        scope = Scope(block, UniqueNames(_RESERVED), self.pool, self.options)
        try:
            has_input_checks = self.checks_inline or self.options.structs
            node = self._emit_root(scope.inner(entry_block) if has_input_checks else scope)
            for step in self.steps:
                try:
                    node = self._emit_step(step, node, scope)
                except UnsupportedSelectionError as error:
                    location = step.directed.mapping.cases[0].location
                    ends = (self.steps[0].directed.source, self.steps[-1].directed.target)
                    raise error.at(location, *ends) from None
        except StaticRefusal as error:
            self.refusal = self.case_refusal or error
            if not block:
                refusal = (error.code, error.source_path.display, error.message)
                rule = error.rule if self.options.report else None
                return VariantCode(refusal=refusal, rule=rule)
            source_path = SourcePath() if error.source_path.indexes else error.source_path
            self._emit_refusal(error, source_path, block)
        if self.options.report and self.options.structs:
            block.combine_lines(_is_static_note, self._combine_notes)
        parts = _MARK.split(entry_block.render(1) + block.render(1))
        constants = zip(parts[1::3], parts[2::3], strict=True)
        return VariantCode(tuple(parts[::3]), tuple(constants), lengths=scope.lengths)

    def _combine_notes(self, lines: list[str]) -> str:
        """Return the line that makes the notes of some lines, as one constant of the module."""
        notes = "".join(f"{_note_code(line)}, " for line in lines)
        name = self.pool.intern("notes", f"StaticNotes(({notes}))")
        return f"notes.append(\x01notes\x02{name}\x03)"

    def _emit_root(self, scope: Scope) -> Node:
        root = Value(lambda: "event", self.source_type, SourcePath(), emit_origins=lambda: "('$',)")
        root = replace(root, origins=(Origin(((),)),), scope=scope, event_field=())
        if self.options.structs:
            root = symbols.mark_in_struct(root)
            emit_struct_checks(root, scope)
        elif self.checks_inline:
            emit_input_checks(root, self.choice, scope)
        return self._with_constants(root, (), scope)

    def _with_constants(self, value: Value, path: Path, scope: Scope) -> Node:
        """Return a value of the event, with what this variant fixes as constants."""
        if path in self.choice:
            known_value = self.choice[path]
            if known_value is None:
                return ABSENT
            value = replace(value, optional=False)
            if not isinstance(known_value, AnyOther):
                emit = partial(mark_constant, known_value, path)
                emit_origins = value.emit_origins
                if value.source_path.indexes:
                    emit_origins = partial(_emit_read_origins, value)
                return replace(value, emit=emit, constant=known_value, emit_origins=emit_origins)
            value = replace(value, excluded=known_value.excluded)
        below = [other for other in self.choice if starts_with(other, path) and other != path]
        names = {other[len(path)] for other in below}
        if not names:
            return value
        children: dict[str, Node] = {}
        for name in sorted(names):
            node = symbols.child(value, name, scope)
            if isinstance(node, Value):
                node = self._with_constants(node, (*path, name), scope)
            children[name] = node
        return ObjectNode(children, lambda name: symbols.child(value, name, scope), value)

    def _emit_step(self, step: Step, root: Node, scope: Scope) -> Node:
        """Apply a mapping of the route and return its target; the last one returns the output."""
        is_last = step is self.steps[-1]
        names = self.options.crosswalks if is_last else ()
        tables = {name: constant_name("CROSSWALK", name) for name in names}
        is_first = step is self.steps[0]
        source_type = self.source_type if is_first else self.assigner.target_type
        self.assigner = AssignmentEmitter(step.directed, self.options, tables, is_last, source_type)
        self.cases = CaseChooser(self.assigner, self.lineage)
        self.lowering = Lowering(self.assigner, lineage=self.lineage)
        self.cases.apply_rows(root, scope)
        if step.directed.to_left:
            self._emit_cases(step.target_type, root, scope)
            return ABSENT
        case = self.cases.select_case(root, scope)
        target_type = self.cases.select_variant(case, root, scope, step.target_type)
        self.assigner.target_type = target_type
        tree = self.lowering.build(case, {(): root}, scope, case.each or ())
        if is_last:
            self._write_event(self._emit_event(tree, scope), scope.block)
        return tree

    def _write_event(self, code: str, block: Block) -> None:
        """Emit the end of a variant that has one output, the value of an expression."""
        if self.options.structs:
            block.add(f"outputs.append({code})")
            self._end_event(block)
        else:
            block.add(f"return {code}")

    def _emit_event(self, tree: ObjectNode | MergedObject, scope: Scope) -> str:
        """Emit the construction of an output; return its expression."""
        target, target_type = self.assigner.directed.target, self.assigner.target_type
        assert isinstance(target_type, Object)
        missing_sources = self.assigner.missing_sources
        incomplete = self.assigner.directed.incomplete()
        emitter = ObjectEmitter(
            target,
            missing_sources,
            incomplete,
            self.lineage,
            self.outer_blocks,
            repeats=bool(self.outer_blocks),
            filled_lists=self.filled_lists,
            written_if=self.written_if,
        )
        start = len(self.lineage.history) if self.lineage is not None else 0
        expression = emitter.emit_event(tree, target_type, scope)
        if self.lineage is not None:
            written_fields = WrittenFields(self.lineage.history[start:])
            self.forms.append(OutputForm(target_type, written_fields, self.event_lists))
        return f"f'{expression.text}\\n'" if scope.options.text else expression.code

    def _end_event(self, block: Block) -> None:
        """Emit the end of an event in code for structs, where notes of the next one begin."""
        if self.options.report:
            block.add("ends.append(len(notes))")
        block.add("return")

    def _emit_cases(self, target_type: Object | Union, root: Node, scope: Scope) -> None:
        """Emit the cases in order; the first that the event has determines the output."""
        needs: dict[str, list[str]] = {}
        directed = self.assigner.directed
        cases = [case for case in directed.cases if self.cases.meets_when(case, root, scope)]
        for case in cases:
            is_read_before = self.cases.is_read_before(case, root, scope)
            if is_read_before is True:
                continue
            variant = self.cases.select_variant(case, root, scope, target_type)
            self.assigner.target_type = variant
            env: dict[Path, Node] = {(): root}
            condition = self._require_present(case, env, scope)
            if condition == "False":
                continue
            truth = self.lowering.writes_when(case, env, scope)
            if truth is False:
                continue
            condition = both(condition, truth if isinstance(truth, str) else "")
            if isinstance(is_read_before, str):
                condition = both(condition, f"not ({is_read_before})")
            elements: Node = ABSENT
            self.event_lists, self.filled_lists, self.written_if = (), frozenset(), ""
            if case.scope is not None:
                elements = symbols.resolve(case.scope.path[:-1], env, scope)
                names = needs.setdefault(_describe_size(case.scope), [])
                names.append(format_path(case.scope.path[-2:]).removesuffix("[]"))
                self.event_lists = tuple(dict.fromkeys(_paths_of(elements)))
            if case.scope is not None and case.scope.size is None:
                truth = has_element(elements, scope)
                if truth is False:
                    continue
                self.written_if = truth if isinstance(truth, str) else ""
                list_node = symbols.as_list_node(elements, scope)
                if list_node is not None and not list_node.filtered:
                    looped = map(symbols.read_paths, list_node.looped)
                    self.filled_lists = frozenset(chain.from_iterable(looped))
                condition = both(condition, truth if isinstance(truth, str) else "")
            elif case.scope is not None:
                list_node = symbols.as_list_node(elements, scope)
                if list_node is None and isinstance(elements, symbols.JoinedList):
                    raise UnsupportedSelectionError
                if list_node is None:
                    continue
                if list_node.fixed_element is None:
                    with scope.block.nest_if(condition) as block:
                        inner = scope.inner(block)
                        self._emit_fan_out(case, case.scope, root, elements, list_node, inner)
                    continue
                condition = both(condition, list_node.presence_code)
                if case.each is not None:
                    env[case.each] = list_node.fixed_element
                    beside = self._lists_beside(case, root, list_node, scope)
                    env |= beside.elements(scope) if beside is not None else {}
            self._note_case(case)
            with scope.block.nest_if(condition) as block:
                inner = scope.inner(block)
                with self._static_refusals(inner) if condition else nullcontext():
                    code = self._emit_event(self.lowering.build(case, env, inner), inner)
                    self._write_event(code, block)
            if not condition:
                return
        if not cases:
            message = f"no case of {directed.mapping.file} writes an event that its 'when' allows"
            raise StaticRefusal("no-equivalent", SourcePath(), message)
        parts = [f"{size} {' or '.join(dict.fromkeys(names))}" for size, names in needs.items()]
        description = " or ".join(parts) or "each of what it names"
        message = f"{directed.target} records one event for {description}, and there is none"
        raise StaticRefusal("no-item", SourcePath(), message)

    def _require_present(self, case: DirectedCase, env: dict[Path, Node], scope: Scope) -> str:
        """Return the condition that the fields are present that a case requires; mark them so."""
        conditions = ""
        for path, cell in case.when.source:
            if cell is not PRESENT:
                truth = test_source(path, cell, env, scope, scope)
                if truth is False:
                    return "False"
                conditions = both(conditions, truth if isinstance(truth, str) else "")
                continue
            node = symbols.resolve(path, env, scope)
            presence = symbols.presence_condition(node)
            condition = presence() if presence is not None else ""
            if condition == "False":
                return condition
            conditions = both(conditions, condition)
            is_scalar = isinstance(node, Value) and isinstance(node.type, Scalar | Mixed)
            if isinstance(node, Value) and condition and is_scalar and case.scope is None:
                env[path] = replace(node, optional=False)
        return conditions

    def _note_case(self, case: DirectedCase) -> None:
        if self.lineage is not None:
            self.lineage.chosen_cases.add(case.name)

    def _emit_fan_out(
        self,
        case: DirectedCase,
        events: nodes.Scope,
        root: Node,
        elements: Node,
        list_node: ListNode,
        scope: Scope,
    ) -> None:
        """Emit the outputs of a case that has one for each element of a list, or each few."""
        self.fans_out = True
        self._note_case(case)
        condition = list_node.presence_code or "True"
        size, structs = events.size, self.options.structs
        assert size is not None
        is_picked = not list_node.source_lists
        if is_picked:
            list_name = self._emit_indexes(list_node, scope)
            condition = list_name
        else:
            list_name = symbols.emit_elements(list_node, scope)
            is_limited = condition not in symbols.presence_of_lists(list_node)
            condition = both(condition, list_name) if is_limited else list_name
        lowering = replace(self.lowering, event_list=list_name, event_size=size)
        initial = "[]"
        with scope.block.nest(f"if {condition}:") as block:
            self.assigner.outer_scope = scope.inner(block)
            self.outer_blocks = (*self.entry_blocks, block)
            beside = self._lists_beside(case, root, list_node, scope.inner(block))
            loop = list_node.loop(block)
            if size > 1:
                loop = self._open_runs(
                    list_name, size, elements, list_node, is_picked, scope, block
                )
            if beside is not None:
                beside.check()
                loop = beside.open(block)
            with loop as (body, element):
                inner = scope.inner(body)
                with self._static_refusals(inner):
                    key = events.path if size == 1 else events.path[:-1]
                    env: dict[Path, Node] = {(): root, key: element}
                    env |= beside.elements(inner) if beside is not None else {}
                    tree = lowering.build(case, env, inner)
                    code = self._emit_event(tree, inner)
                    if code.isidentifier() and not (self.options.report or structs):
                        # Most events have one element: avoid building a list for it.
                        initial = f"None if {lowering.is_single_event} else []"
                        body.add(f"return {code}", condition="events is None")
                    body.append_element("events", code)
                block.add(f"events = {initial}")
            self.assigner.outer_scope, self.outer_blocks = None, ()
            if not structs:
                block.use_comprehension("events")
                block.add("return events")
                return
            if not block.append_elements("events", "outputs"):
                block.add("outputs.extend(events)")
            self._end_event(block)

    def _lists_beside(
        self, case: DirectedCase, root: Node, list_node: ListNode, scope: Scope
    ) -> Aligner | None:
        """Return the lists with something for each element that becomes an event, if any."""
        sources: dict[Path, list[Source]] = {}
        for source in (each for item in case.assignments for each in item.sources if each.beside):
            for prefix in filter(None, map(list_prefix, source.paths)):
                sources.setdefault(prefix, []).append(source)
        if case.each is None or not sources:
            return None
        aligner = Aligner(case.each, list_node, scope)
        for path, found in sources.items():
            node = symbols.resolve(path[:-1], {(): root}, scope)
            if not isinstance(node, symbols.Absent):
                skips = all(source.unfit == "skip" for source in found)
                aligner.add(path, node, found[0].location, skips=skips)
        return aligner

    def _emit_indexes(self, list_node: ListNode, scope: Scope) -> str:
        """Emit the indexes in their list of the elements that a selection selects."""
        indexes = scope.names.fresh("selected")
        scope.block.add(f"{indexes} = []")
        with (
            scope.block.nest_if(list_node.presence_code) as block,
            list_node.loop(block) as (body, element),
        ):
            paths = (value.source_path for value in symbols.values_in(element))
            index = next((path.indexes[-1] for path in paths if path.indexes), None)
            if index is None:
                raise UnsupportedSelectionError
            body.add(f"{indexes}.append({index})")
        return indexes

    @contextmanager
    def _open_runs(
        self,
        list_name: str,
        size: int,
        elements: Node,
        list_node: ListNode,
        is_picked: bool,
        scope: Scope,
        block: Block,
    ) -> Iterator[tuple[Block, Node]]:
        """Open a loop over runs of up to `size` elements; yield the list of those of a run."""
        start, body = scope.names.fresh("start"), Block()
        inner = scope.inner(body)
        piece = f"{list_name}[{start}:{start} + {size}]"
        run: symbols.Run
        if isinstance(elements, Value):
            yield body, symbols.run_of(elements, start, size, piece, inner)
        else:
            run = symbols.Run(start, f"{start} + {size}")
            if is_picked:
                indexes = symbols.emit_variable("indexes", piece, inner)
                run = symbols.Run(f"{indexes}[0]", f"{indexes}[-1] + 1")
            yield body, symbols.limit_to_run(list_node, run)
        block.attach(ForLoop(start, f"range(0, len({list_name}), {size})"), body)

    @contextmanager
    def _static_refusals(self, scope: Scope) -> Iterator[None]:
        """Emit the refusal if the code emitted inside is certain to refuse the event."""
        try:
            yield
        except StaticRefusal as error:
            self.case_refusal = self.case_refusal or error
            self._emit_refusal(error, error.source_path, scope.block)

    def _emit_refusal(self, error: StaticRefusal, source_path: SourcePath, block: Block) -> None:
        rule = error.rule if self.options.report else None
        refusal = RefusalEmitter(error.code, source_path, "", rule=rule)
        block.add(refusal.raise_line(repr(error.message)))
