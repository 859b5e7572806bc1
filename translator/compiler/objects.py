"""Emit the code that builds the target event from its nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain

from translator.compiler import json_text, symbols
from translator.compiler.blocks import Block
from translator.compiler.checks import emit_checks
from translator.compiler.conversions import RefusalEmitter, escape_literal
from translator.compiler.copies import copy_plans, emit_copy, may_be_integral_float, needs_copy
from translator.compiler.incomplete import (
    required_fields,
    required_tree,
    with_optional_fields,
    without_required,
)
from translator.compiler.lineage import Lineage, WrittenField, combine_origins, copy_origins
from translator.compiler.rows import StaticRefusal, mark_constant
from translator.compiler.symbols import (
    ABSENT,
    JoinedList,
    ListNode,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.language.codecs import json_types
from translator.language.direction import Source
from translator.memo import replace
from translator.paths import (
    KEY,
    LIST_ITEM,
    MAP_ENTRY,
    VALUE,
    Path,
    Selection,
    format_path,
    real_path,
    starts_with,
)
from translator.schema.types import (
    ANYTHING,
    ListOf,
    Mixed,
    Object,
    SchemaType,
    as_list,
    as_object,
    find_field,
    key_type,
    selected_type,
    type_at,
)
from translator.validation.structs import NotStructable, check_names
from translator.validation.subtypes import accepts, is_subtype
from translator.validation.violations import either

MAX_CONDITIONAL = 1
"""An object with more fields that may be absent is written faster as a struct."""

_GAP = "an element before it is absent, so it moves up"
"""Why an element of a list that is written by index is not at its index."""


@dataclass(frozen=True, slots=True)
class Expression:
    """The code of a part of the target, and the condition under which it exists, if any.

    `text` is the part of an f-string that writes it as JSON, in code that writes text. An object
    then has no other value: its code is that f-string.
    """

    code: str
    presence: str = ""
    text: str = ""

    @property
    def or_none(self) -> str:
        """The code, with None for a part that does not exist."""
        if not self.presence or self.presence == f"{self.code} is not None":
            return self.code
        return f"{self.code} if {self.presence} else None"


@dataclass(frozen=True, slots=True)
class ObjectEmitter:
    """Emits the construction of an event of `format`.

    `missing_sources` are the sources that could have filled absent fields, for messages;
    `incomplete` are the reasons for leaving out what is not complete, by path. With a
    `lineage`, each written field is recorded there, and emitted code notes when it is written.
    A required value that is computed in one of `outer_blocks`, outside the loop over items, is
    checked there, once; that loop always has an item. In code for structs, an object that always
    has a field becomes a struct, which is faster to create and encode than a dict. If it `repeats`
    for several events, a value that is computed once is copied before fields are merged into it.
    If the event is written only where a list has an element, `written_if` is the condition that it
    has one, and `filled_lists` are the lists of the source over which a loop finds its elements.
    What is emitted inside a part that may be left out is `conditional`.
    """

    format: str
    missing_sources: Mapping[Path, Source]
    incomplete: Mapping[Path, str]
    lineage: Lineage | None = None
    outer_blocks: tuple[Block, ...] = ()
    selected: str = ""
    repeats: bool = False
    filled_lists: frozenset[Path] = frozenset()
    written_if: str = ""
    conditional: bool = False

    def emit_event(
        self, node: ObjectNode | symbols.MergedObject, target: Object, scope: Scope
    ) -> Expression:
        """Emit the whole event; returns its expression."""
        if isinstance(node, ObjectNode):
            return self.emit_object(node, target, (), scope)
        if scope.options.text or scope.options.structs:
            raise NotStructable
        return self._emit_merged(node, target, (), scope, required=True)

    def emit_object(
        self,
        node: ObjectNode,
        target: Object,
        path: Path,
        scope: Scope,
        *,
        merged: bool = False,
        omit_empty: bool = False,
    ) -> Expression:
        """Emit an object at `path`, without fields unknown to the target; returns its expression.

        An object to be `merged` with others is always a dict. With `omit_empty`, an object without
        fields does not exist.
        """
        expressions = dict(self._emit_fields(node, target, path, scope))
        if not merged and not omit_empty:
            target = self._require_some(expressions, target, path, scope)
        fixed = {name: field for name, field in expressions.items() if not field.presence}
        conditional = {name: field for name, field in expressions.items() if field.presence}
        if scope.options.text:
            result = self._emit_text(fixed, conditional, path, scope)
        elif scope.options.structs and fixed and not merged:
            names = (tuple(fixed), tuple(conditional))
            check_names((*fixed, *conditional))
            constructor = scope.pool.intern("new_struct", f"struct_of{names!r}")
            codes = [field.or_none for field in (*fixed.values(), *conditional.values())]
            result = Expression(f"{constructor}({', '.join(codes)})")
        else:
            items = ", ".join(f"{name!r}: {field.code}" for name, field in fixed.items())
            result = Expression(f"{{{items}}}", "" if expressions or not omit_empty else "False")
            if result.presence:
                return result
            if conditional:
                out = self._store(result.code, path, scope)
                for name, field in conditional.items():
                    scope.block.add(f"{out}[{name!r}] = {field.code}", condition=field.presence)
                result = Expression(out, out if omit_empty and not fixed else "")
        free_names = (name for name in expressions if name not in target.fields)
        are_names_valid = all(accepts(key_type(target), name) for name in free_names)
        return self._emit_validation(result, target, path, scope, are_fields_valid=are_names_valid)

    def _require_some(
        self, expressions: Mapping[str, Expression], target: Object, path: Path, scope: Scope
    ) -> Object:
        """Refuse an object without any of several fields of which the target requires one.

        Returns the type of the object without what is then known.
        """
        known = set[str]()
        for constraint in sorted(target.constraints):
            groups, says_more = _alternatives(constraint)
            paths = [[(*path, name) for name in group] for group in groups]
            can_fill = any(field in self.missing_sources for field in chain(*paths))
            if not groups or (says_more and not can_fill):
                continue
            known |= set() if says_more else {constraint}
            possible = [group for group in groups if all(name in expressions for name in group)]
            tests = [
                [expressions[name].presence for name in group if expressions[name].presence]
                for group in possible
            ]
            if [] in tests:
                continue
            keyword = "oneOf" if "oneOf" in json.loads(constraint) else "anyOf"
            hint = target.schema.get("x-violations", {}).get(keyword, "")
            refusal = self._missing_fields(paths, symbols.SourcePath(), hint)
            if not possible:
                raise refusal
            rule = refusal.rule if self.lineage is not None else None
            emitter = RefusalEmitter(refusal.code, refusal.source_path, "", rule=rule)
            condition = " or ".join(f"({' and '.join(group)})" for group in tests)
            line = emitter.raise_line(repr(refusal.message))
            scope.block.add(line, condition=f"not ({condition})")
        return replace(target, constraints=target.constraints - known) if known else target

    def _emit_text(
        self,
        fixed: Mapping[str, Expression],
        conditional: Mapping[str, Expression],
        path: Path,
        scope: Scope,
    ) -> Expression:
        """Emit an object as JSON text. Raises `NotStructable` if structs are better or needed."""
        is_complete = all(field.text for field in (*fixed.values(), *conditional.values()))
        if not fixed or not is_complete or len(conditional) > MAX_CONDITIONAL:
            raise NotStructable
        text = ",".join(_field_text(name, field) for name, field in fixed.items())
        for name, field in conditional.items():
            code = f"f',{_field_text(name, field)}' if {field.presence} else ''"
            text += f"{{{self._store(code, (*path, name), scope)}}}"
        return Expression(f"f'{{{{{text}}}}}'", text=f"{{{{{text}}}}}")

    def _emit_validation(
        self,
        expression: Expression,
        target: Object | ListOf,
        path: Path,
        scope: Scope,
        *,
        are_fields_valid: bool = True,
    ) -> Expression:
        """Validate a complete object or list, unless its fields or elements make it valid."""
        if target.exact and are_fields_valid:
            return expression
        if scope.options.structs:
            raise NotStructable
        out = expression.code
        if not out.isidentifier():
            out = self._store(out, path, scope)
        validator = scope.pool.intern("problem_of", f"problem_finder({target.schema!r})")
        prefix = f"({expression.presence}) and " if expression.presence else ""
        subject = " ".join(filter(None, (self.format, format_path(path))))
        message = f'f"{escape_literal(subject)}: {{problem}}"'
        scope.block.add(
            f"raise Refuse('unmappable-value', '$', {message})",
            condition=f"{prefix}(problem := {validator}({out})) is not None",
        )
        return Expression(out, expression.presence)

    def _emit_fields(
        self, node: ObjectNode, target: Object, path: Path, scope: Scope
    ) -> Iterator[tuple[str, Expression]]:
        """Emit each field that may exist, first those that the target names."""
        for name in dict.fromkeys((*target.fields, *node.children)):
            child, field = node.children.get(name, ABSENT), find_field(target, name)
            if field is not None:
                field_path, required = (*path, name), field.required
                expression = self._emit_field(child, field.type, field_path, scope, required)
                if expression is not None:
                    yield name, expression

    def _emit_field(
        self, node: Node, target: SchemaType, path: Path, scope: Scope, required: bool
    ) -> Expression | None:
        """Emit a field; returns None if nothing is written.

        A required field that is missing is refused.
        """
        expression = self._emit_node(node, target, path, scope, required)
        if not required or (expression is not None and not expression.presence):
            return expression
        refusal = self._missing_field(path, node)
        if expression is None:
            raise refusal
        rule = refusal.rule if self.lineage is not None else None
        emitter = RefusalEmitter(refusal.code, refusal.source_path, "", rule=rule)
        value_block = node.scope.block if isinstance(node, Value) and node.scope else None
        check_block = self.outer_blocks[-1] if value_block in self.outer_blocks else scope.block
        condition = _negate_presence(expression.presence)
        check_block.add(emitter.raise_line(repr(refusal.message)), condition=condition)
        return replace(expression, presence="")

    def _emit_node(
        self, node: Node, target: SchemaType, path: Path, scope: Scope, required: bool = True
    ) -> Expression | None:
        match node, target:
            case Value(), _:
                return self._emit_value(node, target, path, scope, required=required)
            case ObjectNode(), Object() if required or path[-1] == LIST_ITEM:
                return self.emit_object(node, target, path, scope)
            case ObjectNode(), Object():
                return self._emit_optional_object(node, target, path, scope)
            case ListNode(), _:
                return self._emit_sequence(node, target, path, scope, required)
            case JoinedList(), ListOf() | Mixed() if (part := as_list(target)) is not None:
                return self._emit_joined(node, part, path, scope)
            case symbols.MergedObject(), Object():
                return self._emit_merged(node, target, path, scope, required)
            case ObjectNode() | symbols.MergedObject(), Mixed():
                object_part = as_object(target)
                if object_part is not None:
                    return self._emit_node(node, object_part, path, scope, required)
        return None

    def emit_part(
        self, node: Node, target: SchemaType, path: Path, scope: Scope
    ) -> Expression | None:
        """Emit a part of an event that may be absent; returns None if it never exists."""
        return self._emit_node(node, target, path, scope, required=False)

    def _emit_optional_object(
        self, node: ObjectNode, target: Object, path: Path, scope: Scope
    ) -> Expression | None:
        """Emit an object that is omitted if it would be empty."""
        emit_condition = symbols.presence_condition(node) if _has_required(target) else None
        if path in self.incomplete:
            names = required_fields(target)
            emit_condition = symbols.all_present(node.children.get(name, ABSENT) for name in names)
        if emit_condition is None:
            expression = self.emit_object(node, target, path, scope, omit_empty=True)
            return None if expression.presence == "False" else expression
        if (condition := emit_condition()) == "False":
            return None
        out = self._store("None", path, scope)
        with scope.block.nest(f"if {condition}:") as block, self._inside(block) as inside:
            expression = inside.emit_object(node, target, path, scope.inner(block))
            block.add(f"{out} = {expression.code}")
        return Expression(out, f"{out} is not None", f"{{{out}}}")

    @contextmanager
    def _inside(
        self, block: Block, refusals: list[StaticRefusal] | None = None
    ) -> Iterator[ObjectEmitter]:
        """Return the emitter for a part that not every event has, in a block of its own.

        What its fields require is checked in that block; so is what refuses every event with it,
        which is added to `refusals`. These are given for the elements of a list only.
        """
        start = len(self.lineage.history) if self.lineage is not None else 0
        try:
            conditional = self.conditional or refusals is None
            yield replace(self, outer_blocks=(), conditional=conditional)
        except StaticRefusal as error:
            if refusals is not None:
                refusals.append(error)
            rule = error.rule if self.lineage is not None else None
            refusal = RefusalEmitter(error.code, error.source_path, "", rule=rule)
            block.add(refusal.raise_line(repr(error.message)))
            if self.lineage is not None:
                del self.lineage.history[start:]

    @contextmanager
    def _inside_if(self, condition: str, scope: Scope) -> Iterator[tuple[Block, ObjectEmitter]]:
        """Open a block for a part that exists under a condition; without one, each event has it."""
        condition = "" if condition == self.written_if else condition
        with (
            scope.block.nest_if(condition) as block,
            self._inside(block) if condition else nullcontext(self) as inside,
        ):
            yield block, inside

    def _missing_field(self, path: Path, node: Node) -> StaticRefusal:
        source_path = node.source_path if isinstance(node, Value) else symbols.SourcePath()
        return self._missing_fields([[path]], source_path)

    def _missing_fields(
        self, groups: Sequence[Sequence[Path]], source_path: SourcePath, hint: str = ""
    ) -> StaticRefusal:
        """Return the refusal of an event without the values of any of several groups of fields.

        `hint` is what the spec says about them.
        """
        names = dict.fromkeys(" and ".join(map(format_path, group)) for group in groups)
        paths = list(chain(*groups))
        problem = f"{self.format} needs {either(list(names))}"
        sources = [
            source
            for missing, source in self.missing_sources.items()
            if any(starts_with(missing, path) for path in paths)
        ]
        sources += filter(None, map(self._missing_in, paths))
        source = next(iter(sorted(sources, key=lambda each: not each.param)), None)
        if source is None and hint:
            return StaticRefusal("unmappable-value", source_path, f"{problem}; {hint}")
        problem += ", and the event has no value for it"
        if source is None:
            return StaticRefusal("unmappable-value", source_path, problem)
        opt_in = f"{source.because}; or allow {source.name!r}"
        remedy = f"give the param {source.param!r}" if source.param else opt_in
        return StaticRefusal("missing-param", source_path, f"{problem}: {remedy}", source.location)

    def _missing_in(self, path: Path) -> Source | None:
        """Return what could fill a field of an element that a selection writes."""
        for other, source in self.missing_sources.items() if self.selected else ():
            if real_path(other) == path and format_path(other).startswith(self.selected):
                return source
        return None

    def _store(self, code: str, path: Path, scope: Scope) -> str:
        """Emit an expression into a variable named after `path`; returns the variable."""
        out = self._fresh_name(path, scope)
        scope.block.add(f"{out} = {code}")
        return out

    def _fresh_name(self, path: Path, scope: Scope) -> str:
        names = [step for step in path if step not in (LIST_ITEM, MAP_ENTRY, VALUE)]
        return scope.names.fresh(names[-1] if names else self.format)

    def _emit_value(
        self,
        value: Value,
        target: SchemaType,
        path: Path,
        scope: Scope,
        *,
        required: bool = False,
        checked: bool = True,
    ) -> Expression:
        """Emit a value that is written: one whose type proves that it fits, or a checked one.

        Null is written where the source has null and the target requires the field.
        """
        code = value.emit()
        if value.optional and not code.isidentifier():
            code = symbols.emit_local(value, scope, "value")
        presence = f"{code} is not None" if value.optional else ""
        null_test = ""
        may_write_null = value.optional and value.holds_null and accepts(target, None)
        if value.null_test is not None and may_write_null and (required or value.keep_null):
            if scope.options.structs and not required:
                raise NotStructable
            null_test = value.null_test()
            presence = "" if null_test == "True" else f"({presence} or {null_test})"
        fits = value.type is target or is_subtype(value.type, target)
        self._emit_lineage(value, target, path, presence, scope)
        if needs_copy(value.type, target):
            if not value.converted:
                copied = emit_copy(value, code, target, scope.pool)
                code = f"(None if {code} is None else {copied})" if null_test else copied
        elif not value.is_constant and may_be_integral_float(value.type, target):
            code = f"as_integer({code})"
        if checked and not fits and scope.options.guarded:
            code = self._emit_check(value, code, target, path, scope)
            if presence and not null_test:
                presence = f"{code} is not None"
        text = ""
        if scope.options.text and not null_test and (fits or (checked and scope.options.guarded)):
            text = self._emit_value_text(value, code, target, path, scope)
        return Expression(code, presence, text)

    def _emit_value_text(
        self, value: Value, code: str, target: SchemaType, path: Path, scope: Scope
    ) -> str:
        """Return the part of an f-string that writes a value; empty if that is not possible."""
        if value.is_constant:
            encoded = mark_constant(json_text.encode(value.constant), path)
            return f"{{{self._store(encoded, path, scope)}}}"
        types = json_types(value.type) & json_types(target)
        if types == {"integer"} or (types == {"string"} and value.unescaped):
            variable = code if json_text.is_variable(code) else self._store(code, path, scope)
            return f'"{{{variable}}}"' if types == {"string"} else f"{{{variable}}}"
        return ""

    def _emit_check(
        self, value: Value, code: str, target: SchemaType, path: Path, scope: Scope
    ) -> str:
        """Emit a check of a value that is written, by the whole schema of its field."""
        if not code.isidentifier():
            code = self._store(code, path, scope)
        subject = f"{self.format} {format_path(path)}"
        refusal = RefusalEmitter("unmappable-value", value.source_path, subject)
        with scope.block.nest_if(f"{code} is not None" if value.optional else "") as block:
            emit_checks(code, (value.type, target), scope.inner(block), refusal, value.event_field)
        return code

    def _emit_lineage(
        self, value: Value, target: SchemaType, path: Path, presence: str, scope: Scope
    ) -> None:
        types = (value.type, target)
        copies = () if value.converted else copy_plans(*types)
        origins = copy_origins(value.origins, copies)
        field = WrittenField(
            path, origins, *types, value.optional, self.selected, excluded=value.excluded
        )
        if number := self._record(field):
            scope.block.add(f"notes.append(({number}, {value.origins_code}))", condition=presence)

    def _record(self, field: WrittenField) -> str:
        """Record a written field and return the code of its number; empty without a lineage."""
        return mark_constant(self.lineage.add(field), ("entry",)) if self.lineage else ""

    def _emit_merged(
        self,
        node: symbols.MergedObject,
        target: Object,
        path: Path,
        scope: Scope,
        required: bool,
    ) -> Expression:
        """Emit an object that is merged from a base, further fields and carried values.

        A required object that `{*}` writes may be empty.
        """
        part = replace(target, constraints=frozenset())
        base, source_path, out = Expression("None"), "'$'", self._fresh_name(path, scope)
        are_fields_valid = not _has_required(target)
        if isinstance(node.base, Value):
            source_path = node.base.source_path.code()
            is_rest = node.base_type is not None
            base = self._emit_value(node.base, node.base_type or part, path, scope, checked=is_rest)
            are_fields_valid = not is_rest and is_subtype(node.base.type, part)
            if self.repeats and node.base.converted:
                base = replace(base, code=f"copy_known({base.code})")
        elif isinstance(node.base, ObjectNode):
            base = self.emit_object(node.base, part, path, scope, merged=True, omit_empty=True)
            are_fields_valid = True
        elif isinstance(node.base, ListNode):
            source_path = node.base.source_path.code()
            optional_part = without_required(part)
            base = self._emit_sequence(node.base, optional_part, path, scope, False) or base
        scope.block.add(f"{out} = {base.or_none}")
        if node.extras.children:
            optional_part = without_required(part)
            extras = self.emit_object(node.extras, optional_part, path, scope, merged=True)
            scope.block.add(f"{out} = merge({out}, {extras.code}, {source_path})")
        if isinstance(node.base, Value) and self._is_cut(node.extras, path):
            condition = f"{out} is not None and not {out} and {node.base.emit()}"
            scope.block.add(f"{out} = None", condition=condition)
        if node.flattened is not None:
            self._emit_flattened(node.flattened, out, part, path, scope)
        result = Expression(out, f"{out} is not None")
        if required and node.base_type is not None:
            scope.block.add(f"{out} = {out} or {{}}")
            result = Expression(out)
        if node.base_type is not None:
            self._require_fields(node, node.base_type, target, path, out, scope, required)
        return self._emit_validation(result, target, path, scope, are_fields_valid=are_fields_valid)

    def _require_fields(
        self,
        node: symbols.MergedObject,
        rest: Object,
        target: Object,
        path: Path,
        out: str,
        scope: Scope,
        is_written: bool,
    ) -> None:
        """Refuse a merged object in `out` that lacks a required field.

        Only fields that the `rest` cannot have, or that a param can fill, are checked here: the
        validation of the object finds all others. The object always exists if it `is_written`.
        """
        for name in required_fields(target):
            child = node.extras.children.get(name, ABSENT)
            refusal = self._missing_field((*path, name), child)
            is_never_written = child is ABSENT and find_field(rest, name) is None
            if is_never_written and is_written:
                raise refusal
            if is_never_written or refusal.code == "missing-param":
                rule = refusal.rule if self.lineage is not None else None
                raising = RefusalEmitter(refusal.code, refusal.source_path, "", rule=rule)
                condition = f"{out} is not None and {out}.get({name!r}) is None"
                scope.block.add(raising.raise_line(repr(refusal.message)), condition=condition)

    def _is_cut(self, extras: ObjectNode, path: Path) -> bool:
        """Whether fields of an object that is copied are written only if they are complete."""
        return any((*path, name) in self.incomplete for name in extras.children)

    def _emit_flattened(
        self, node: symbols.FlattenedFields, out: str, target: Object, path: Path, scope: Scope
    ) -> None:
        """Emit the merge of carried values into the object in `out`."""
        carried, slot_path, own_format = node.carried, node.slot.slot[1:], node.own_format
        code = symbols.emit_local(carried, scope, "carried")
        source_path = carried.source_path.code()
        field_path = (MAP_ENTRY, VALUE, MAP_ENTRY, VALUE)
        origins = symbols.origins_below(carried, *field_path)
        source_type = type_at(carried.type, field_path) or ANYTHING
        value_type = type_at(target, (*slot_path, VALUE)) or ANYTHING
        path, types = (*path, *slot_path, MAP_ENTRY, VALUE), (source_type, value_type)
        field = WrittenField(path, origins, *types, optional=True)
        names = (own_format, node.slot.prefix, node.slot.separator, slot_path)
        arguments = [code, *map(repr, names), source_path]
        skips, finder = node.slot.skip_unfit and node.schema is not None, ""
        if node.schema is not None:
            finder = scope.pool.intern("problem_of", f"problem_finder({node.schema!r})")
            arguments += [finder, *(["True"] if skips else [])]
        call = f"flatten_carried({', '.join(arguments)})"
        scope.block.add(f"{out} = merge({out}, {call}, {source_path}, {len(slot_path)})")
        if number := self._record(field):
            with (
                scope.block.nest(f"for vendor in {code} or ():") as block,
                block.nest(f"if vendor != {own_format!r}:") as inner,
            ):
                place = f"{source_path} + path_step(vendor)"
                if not skips:
                    inner.add(f"notes.append(({number}, ({place},)))")
                    return
                prefix = f"{node.slot.prefix!r} + vendor + {node.slot.separator!r}"
                stored = f"stored_paths({code}[vendor], {prefix}, {place}, {finder})"
                with inner.nest(f"for path in {stored}:") as innermost:
                    innermost.add(f"notes.append(({number}, (path,)))")

    def _emit_sequence(
        self, list_node: ListNode, target: SchemaType, path: Path, scope: Scope, required: bool
    ) -> Expression | None:
        """Emit a list, or an object with free keys."""
        match target:
            case ListOf(items=items):
                least = target.schema.get("minItems", 0) if path in self.incomplete else 0
                has_notes = least and self.lineage is not None
                mark = self._store("len(notes)", path, scope) if has_notes else ""
                expression = self._emit_list(list_node, items, path, scope, required)
                if expression is not None and least:
                    expression = self._omit_short(expression, least, mark, path, scope)
            case Mixed() if (part := as_list(target)) is not None and not list_node.keyed:
                expression = self._emit_list(list_node, part.items, path, scope, required)
                target = part
            case Object(additional=value_type) if list_node.keyed and value_type is not None:
                add_entry = partial(ObjectEmitter._set_key, target=target, path=path)
                expression = self._emit_loop(list_node, path, scope, "{}", add_entry)
            case _:
                return None
        if expression is None:
            return None
        are_fields_valid = not isinstance(target, Object) or not _has_required(target)
        return self._emit_validation(
            expression, target, path, scope, are_fields_valid=are_fields_valid
        )

    def _emit_list(
        self,
        list_node: ListNode,
        element_type: SchemaType,
        path: Path,
        scope: Scope,
        required: bool,
    ) -> Expression | None:
        """Emit a list.

        One that is not required is omitted if all its elements are empty, but not those of the
        source.
        """
        element_path = (*path, LIST_ITEM)
        if (fixed := list_node.fixed_element) is not None:
            needs_all = isinstance(element_type, Object) and _has_required(element_type)
            if not required and needs_all and isinstance(fixed, ObjectNode):
                condition = list_node.presence_code
                if condition and condition != "True":
                    return self._emit_only_element(fixed, element_type, path, scope, condition)
            content = ""
            if not required and isinstance(fixed, ObjectNode):
                has_content = symbols.presence_condition(fixed)
                content = has_content() if has_content is not None else ""
            element = self._emit_node(fixed, element_type, element_path, scope)
            if element is None or content == "False":
                return None
            parts = filter(None, (element.presence or list_node.presence_code, content))
            presence = " and ".join(dict.fromkeys(map(symbols.in_brackets, parts)))
            return Expression(f"[{element.code}]", presence, element.text and f"[{element.text}]")
        has_gaps = may_be_empty = False
        because, mark = self.incomplete.get(path), ""
        if because is not None and self.lineage is not None:
            mark = self._store("len(notes)", path, scope)

        def append(inside: ObjectEmitter, node: Node, out: str, inner: Scope) -> None:
            nonlocal has_gaps, may_be_empty
            if isinstance(node, ObjectNode):
                may_be_empty = symbols.presence_condition(node) is not None
            element = inside._emit_node(node, element_type, element_path, inner)
            element = element or Expression("None", "False")
            has_gaps = has_gaps or bool(element.presence)
            inner.block.append_element(out, element.or_none)

        expression = self._emit_loop(list_node, path, scope, "[]", append)
        if may_be_empty and not required:
            out = expression.code
            condition = " and ".join([out, f"not any({out})", *_source_test(list_node, scope)])
            scope.block.add(f"{out} = None", condition=condition)
            expression = Expression(out, f"{out} is not None")
        exists = f"{expression.code} is not None"
        if list_node.filtered and not required:
            exists = expression.code
            expression = replace(expression, presence=exists)
        if not has_gaps:
            return expression
        if because is None and accepts(element_type, None):
            out = expression.code
            condition = f"not any(item is not None for item in {out})"
            guard = f"{out} is not None" if list_node.filtered else out
            scope.block.add(f"{out} = None", condition=f"{guard} and {condition}")
            return Expression(out, f"{out} is not None")
        out, source_path = expression.code, list_node.source_path.code()
        if because is not None:
            with scope.block.nest(f"if {out} is not None and None in {out}:") as block:
                block.add(f"{out} = None")
                if mark:
                    block.add(f"lose_notes(notes, {mark}, {because!r})")
            return Expression(out, f"{out} is not None")
        call = f"{out} = all_or_none({out}, {source_path}, {format_path(path)!r})"
        scope.block.add(call, condition=exists if expression.presence else "")
        return Expression(out, exists)

    def _omit_short(
        self, expression: Expression, least: int, mark: str, path: Path, scope: Scope
    ) -> Expression:
        """Emit the omission of a list with fewer elements than its schema requires."""
        out = self._store(expression.or_none, path, scope)
        is_short = f"not {out}" if least == 1 else f"len({out}) < {least}"
        with scope.block.nest(f"if {out} is not None and {is_short}:") as block:
            block.add(f"{out} = None")
            if mark:
                block.add(f"lose_notes(notes, {mark}, {self.incomplete[path]!r})")
        return Expression(out, f"{out} is not None")

    def _emit_only_element(
        self, fixed: ObjectNode, element_type: SchemaType, path: Path, scope: Scope, condition: str
    ) -> Expression | None:
        """Emit a list of one object, which needs its required fields only where it exists."""
        if scope.options.text:
            raise NotStructable
        out = self._store("None", path, scope)
        with scope.block.nest(f"if {condition}:") as block, self._inside(block) as inside:
            inner = scope.inner(block)
            children = {
                name: replace(child, optional=False)
                if isinstance(child, Value) and condition == f"{child.emit()} is not None"
                else child
                for name, child in fixed.children.items()
            }
            known = replace(fixed, children=children)
            element = inside._emit_node(known, element_type, (*path, LIST_ITEM), inner)
            assert element is not None
            block.add(f"{out} = [{element.code}]")
        return Expression(out, f"{out} is not None")

    def _emit_joined(
        self, node: JoinedList, target: ListOf, path: Path, scope: Scope
    ) -> Expression:
        """Emit a list of parts. It does not exist without an element."""
        out = self._store("[]", path, scope)
        for number, (part, selection) in enumerate(zip(node.parts, node.selections, strict=True)):
            selected = format_path((*path[:-1], selection)) if selection else f"#{number}"
            emitter = replace(self, selected=selected)
            items = target.items if selection is None else selected_type(target, selection)
            if selection is not None and (*path[:-1], selection) in self.incomplete:
                emitter._emit_if_complete(part, selection, out, items, path, scope)
                continue
            if part.fixed_element is None:
                elements = emitter._emit_list(part, items, path, scope, False)
                if elements is not None:
                    scope.block.add(f"{out} += {elements.code}", condition=elements.presence)
                continue
            # A value has its own condition.
            condition = "" if isinstance(part.fixed_element, Value) else part.presence_code
            with emitter._inside_if(condition, scope) as (block, inside):
                inner, element_path = scope.inner(block), (*path, LIST_ITEM)
                element = inside._emit_node(part.fixed_element, items, element_path, inner)
                if element is None:
                    continue
                if selection is not None and scope.options.report:
                    self._note_gap(part.fixed_element, out, selection, element.presence, block)
                block.add(f"{out}.append({element.code})", condition=element.presence)
        return self._emit_validation(Expression(out, out), target, path, scope)

    def _emit_if_complete(
        self,
        part: ListNode,
        selection: Selection,
        out: str,
        items: SchemaType,
        path: Path,
        scope: Scope,
    ) -> None:
        """Emit an element of a list that is left out if it lacks what its type requires."""
        because, required = self.incomplete[(*path[:-1], selection)], required_tree(items)
        assert part.fixed_element is not None
        with self._inside_if(part.presence_code, scope) as (block, inside):
            inner, element_path = scope.inner(block), (*path, LIST_ITEM)
            mark = self._store("len(notes)", path, inner) if self.lineage is not None else ""
            parts = with_optional_fields(items)
            element = inside._emit_node(part.fixed_element, parts, element_path, inner)
            if element is None:
                return
            names = scope.pool.intern("required", repr(required))
            code = symbols.emit_variable("element", element.or_none, inner)
            lacks = f"{code} is None or lacks_required({code}, {names})"
            if mark:
                block.add(f"lose_notes(notes, {mark}, {because!r})", condition=lacks)
            block.add(f"{out}.append({code})", condition=f"not ({lacks})")

    def _note_gap(
        self, element: Node, out: str, selection: Selection, presence: str, block: Block
    ) -> None:
        """Note that an element gets another index than its rule names, if one before is absent."""
        index = selection.picks[0]
        if not isinstance(index, int) or index == 0:
            return
        origins = symbols.join_origins(symbols.values_in(element))
        condition = " and ".join(filter(None, (f"len({out}) < {index}", presence)))
        block.add(f"notes.append(('normalised', {origins}, {_GAP!r}))", condition=condition)

    def _emit_loop(
        self,
        list_node: ListNode,
        path: Path,
        scope: Scope,
        empty: str,
        add_element: Callable[[ObjectEmitter, Node, str, Scope], None],
    ) -> Expression:
        """Emit a loop that adds elements to a new list or dict, `empty` at first."""
        condition = list_node.presence_code
        block = Block() if condition else scope.block
        out = self._store(empty, path, scope.inner(block))
        refusals: list[StaticRefusal] = []
        with list_node.loop(block) as (body, node), self._inside(body, refusals) as inside:
            add_element(inside, node, out, scope.inner(body))
        block.use_comprehension(out)
        self._note_empty(list_node.source_lists, out, path, block)
        if condition:
            scope.block.add(f"{out} = None")
            scope.block.attach(f"if {condition}:", block)
        if refusals:
            self._refuse_elements(list_node, refusals[0])
        return Expression(out, f"{out} is not None" if condition else "")

    def _refuse_elements(self, list_node: ListNode, refusal: StaticRefusal) -> None:
        """Refuse every event if a list always has an element; note why elements are refused."""
        if list_node.filtered or list_node.run is not None or symbols.is_limited(list_node):
            return
        lists = frozenset(chain.from_iterable(map(symbols.read_paths, list_node.looped)))
        if lists and lists == self.filled_lists:
            raise refusal
        if self.lineage is not None and not self.conditional:
            for path in lists:
                self.lineage.refused.setdefault((*path, LIST_ITEM), refusal.message)

    def _note_empty(self, lists: tuple[Value, ...], out: str, path: Path, block: Block) -> None:
        """Emit the origins of an empty list or object, which has no elements to note theirs.

        A source that is not empty has leaves of its own: none of them is in the output.
        """
        if self.lineage is None or not lists:
            return
        origins = combine_origins(source.origins for source in lists)
        types = (lists[0].type, lists[0].type)
        field = WrittenField(
            path, origins, *types, optional=True, selected=self.selected, empty=True
        )
        number = self._record(field)
        origin_codes = []
        for source in lists:
            null_check = f"{source.emit()} is not None and " if source.optional else ""
            condition = f"{null_check}not {source.emit()}"
            origin_codes.append(f"({source.origins_code} if {condition} else ())")
        block.add(f"notes.append(({number}, {' + '.join(origin_codes)}))", condition=f"not {out}")

    def _set_key(self, node: Node, out: str, scope: Scope, target: Object, path: Path) -> None:
        """Emit the entry of an object with free keys; one whose value is null may be omitted."""
        children = node.children if isinstance(node, ObjectNode) else {}
        key, value = children.get(KEY, ABSENT), children.get(VALUE, ABSENT)
        if not isinstance(key, Value):
            return
        value_type = target.additional
        assert value_type is not None
        value_path = (*path, MAP_ENTRY, VALUE)
        may_be_null = isinstance(value, Value) and value.null_test is not None
        expression = self._emit_field(value, value_type, value_path, scope, not may_be_null)
        assert expression is not None
        if expression.presence:
            self._refuse_absent(value, expression, value_path, scope)
        with scope.block.nest_if(expression.presence) as block:
            inner = scope.inner(block)
            key_path = (*path, MAP_ENTRY, KEY)
            key_code = self._emit_value(key, key_type(target), key_path, inner).code
            arguments = [out, key_code, expression.code, key.source_path.code()]
            if target.names:
                named = f"frozenset({sorted(target.names)!r})"
                arguments.append(scope.pool.intern("named", named))
            block.add(f"set_key({', '.join(arguments)})")

    def _refuse_absent(self, node: Node, expression: Expression, path: Path, scope: Scope) -> None:
        """Emit a refusal of a value that is absent; an entry whose value is null is omitted."""
        assert isinstance(node, Value) and node.null_test is not None
        null_test = node.null_test()
        if null_test != "True":
            refusal = self._missing_field(path, node)
            emitter = RefusalEmitter(refusal.code, refusal.source_path, "")
            condition = f"{_negate_presence(expression.presence)} and not {null_test}"
            scope.block.add(emitter.raise_line(repr(refusal.message)), condition=condition)


def _field_text(name: str, field: Expression) -> str:
    return f"{json_text.literal(json_text.encode(name))}:{field.text}"


@cache
def _alternatives(constraint: str) -> tuple[list[list[str]], bool]:
    """Return the groups of fields of which a constraint requires one, and whether it says more."""
    schema = json.loads(constraint) if constraint else {}
    branches = schema.get("anyOf") or schema.get("oneOf") or []
    if not all(isinstance(each, dict) and "required" in each for each in branches):
        return [], True
    says_more = "oneOf" in schema or any(each.keys() != {"required"} for each in branches)
    return [each["required"] for each in branches], says_more


def _has_required(target: Object) -> bool:
    return any(field.required for field in target.fields.values())


def _source_test(list_node: ListNode, scope: Scope) -> list[str]:
    """Return the test whether any element behind a list is not empty; none if one always is."""
    tests: list[str] = []
    for source in list_node.source_lists:
        element = source.type.items if isinstance(source.type, ListOf) else None
        if not isinstance(element, Object) or any(
            each.required for each in element.fields.values()
        ):
            return []
        if scope.options.structs:  # a struct without values is not false
            raise NotStructable
        tests.append(f"any({symbols.container_emitter(source)()} or ())")
    return [f"({' or '.join(tests)})"] if tests else []


def _negate_presence(presence: str) -> str:
    name = presence.removesuffix(" is not None")
    return f"{name} is None" if name.isidentifier() and name != presence else f"not ({presence})"
