"""The target of a translation, from symbols to the lines that build it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from translator.compiler.conversions import RefusalEmitter, escape_literal
from translator.compiler.copies import emit_copy
from translator.compiler.lineage import Lineage, WrittenField, combine_origins
from translator.compiler.rows import StaticRefusal, mark_constant
from translator.compiler.source import Block, ConstantPool, UniqueNames
from translator.compiler.symbols import (
    ABSENT,
    STRING,
    Absent,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
    emit_local,
    origins_below,
    presence_condition,
)
from translator.errors import Location
from translator.language.direction import Source
from translator.language.nodes import Unset
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path
from translator.schema.types import (
    ListOf,
    Object,
    ObjectField,
    RawSchema,
    Scalar,
    SchemaType,
    find_field,
    type_at,
)
from translator.validation.structs import NotStructable

_ANYTHING = RawSchema("{}", nullable=True)


@dataclass(frozen=True, slots=True)
class Expression:
    """The code of a part of the target, and the condition under which it is there at all."""

    code: str
    presence: str = ""


@dataclass(frozen=True, slots=True)
class ObjectEmitter:
    """Builds the target `format`. `wants` says what would have filled a place that stays empty.

    With a `trail`, each member written is entered there, and emitted code says when it is written.
    `outside` are the blocks around a loop that is sure to have an element: what they compute is
    required once, before the loop. With `structs`, an object that is sure to have a member becomes
    a struct, which is quicker to make and to encode than a dict.
    """

    format: str
    pool: ConstantPool
    names: UniqueNames
    missing_sources: Mapping[Path, Source]
    lineage: Lineage | None = None
    outer_blocks: tuple[Block, ...] = ()
    structs: bool = False

    def emit_object(
        self,
        node: ObjectNode,
        target_type: Object,
        path: Path,
        scope: Scope,
        *,
        merged: bool = False,
    ) -> Expression:
        """The code that builds an object; members the target does not know are left out.

        One that is to be `merged` with others is always a dict.
        """
        unconditional: list[tuple[str, str]] = []
        conditional: list[tuple[str, Expression]] = []
        for name, target_field in self._target_fields(node, target_type):
            field_path = (*path, name)
            expression = self._emit_field(
                node.children.get(name, ABSENT), target_field, field_path, scope
            )
            if expression is None:
                continue
            if expression.presence:
                conditional.append((name, expression))
            else:
                unconditional.append((name, expression.code))
        if self.structs and unconditional and not merged:
            result = Expression(self._emit_struct(unconditional, conditional))
            return self._emit_validation(result, target_type, path, scope)
        dict_literal = "{" + ", ".join(f"{name!r}: {code}" for name, code in unconditional) + "}"
        if not conditional:
            result = Expression(dict_literal)
            return (
                result
                if path and not unconditional
                else self._emit_validation(result, target_type, path, scope)
            )
        out = self._fresh_name(path)
        scope.block.add(f"{out} = {dict_literal}")
        for name, expression in conditional:
            with scope.block.nest(f"if {expression.presence}:") as block:
                block.add(f"{out}[{name!r}] = {expression.code}")
        return self._emit_validation(
            Expression(out, "" if unconditional or not path else out), target_type, path, scope
        )

    def _emit_validation(
        self, expression: Expression, target_type: Object | ListOf, path: Path, scope: Scope
    ) -> Expression:
        """What was built, judged as a whole where the spec says more of it than of its parts."""
        if target_type.exact:
            return expression
        if self.structs:
            raise NotStructable
        out = expression.code
        if not out.isidentifier():
            out = self._fresh_name(path)
            scope.block.add(f"{out} = {expression.code}")
        validator = self.pool.intern("problem_of", f"problem_finder({target_type.schema!r})")
        prefix = f"{expression.presence} and " if expression.presence else ""
        subject = " ".join(filter(None, (self.format, format_path(path))))
        with scope.block.nest(f"if {prefix}(problem := {validator}({out})) is not None:") as block:
            message = f'f"{escape_literal(subject)}: {{problem}}"'
            block.add(f"raise Refuse('unmappable-value', '$', {message})")
        return Expression(out, expression.presence)

    def _emit_struct(
        self, unconditional: list[tuple[str, str]], conditional: list[tuple[str, Expression]]
    ) -> str:
        """The code that makes a struct, in which a member that is None is absent."""
        names = (tuple(name for name, _ in unconditional), tuple(name for name, _ in conditional))
        constructor = self.pool.intern("new_struct", f"struct_of{names!r}")
        codes = [code for _, code in unconditional]
        for _, expression in conditional:
            is_null_test = expression.presence == f"{expression.code} is not None"
            codes.append(
                expression.code
                if is_null_test
                else f"{expression.code} if {expression.presence} else None"
            )
        return f"{constructor}({', '.join(codes)})"

    def _target_fields(
        self, node: ObjectNode, target_type: Object
    ) -> list[tuple[str, ObjectField]]:
        fields = list(target_type.fields.items())
        for name in node.children:
            free_field = find_field(target_type, name)
            if name not in target_type.fields and free_field is not None:
                fields.append((name, free_field))
        return fields

    def _emit_field(
        self, node: Node, target_field: ObjectField, path: Path, scope: Scope
    ) -> Expression | None:
        """One member: None where nothing is written. Refuses where a required one is missing."""
        target_type = target_field.type
        expression: Expression | None = None
        source_path = SourcePath()
        match node:
            case Absent():
                pass
            case Value():
                source_path = node.source_path
                expression = self._emit_value(node, target_field.type, path, scope)
            case ObjectNode() if isinstance(target_type, Object):
                expression = self._emit_nested_object(
                    node, target_field.required, target_type, path, scope
                )
            case ListNode():
                expression = self._emit_sequence(node, target_type, path, scope)
            case MergedObject():
                expression = self._emit_merged(node, target_type, path, scope)
        if not target_field.required:
            return expression
        if expression is None:
            code, message, rule = self._missing_field(path)
            raise StaticRefusal(code, source_path, message, rule)
        if expression.presence:
            code, message, rule = self._missing_field(path)
            refusal = RefusalEmitter(
                code, source_path, "", rule=rule if self.lineage is not None else None
            )
            value_block = node.scope.block if isinstance(node, Value) and node.scope else None
            check_block = self.outer_blocks[-1] if value_block in self.outer_blocks else scope.block
            with check_block.nest(f"if {_negate_presence(expression.presence)}:") as block:
                block.add(refusal.raise_line(repr(message)))
        return Expression(expression.code)

    def _emit_nested_object(
        self, node: ObjectNode, required: bool, target_type: Object, path: Path, scope: Scope
    ) -> Expression | None:
        """An object inside another: left out if nothing is in it, unless it is required."""
        has_required = any(field.required for field in target_type.fields.values())
        emit_condition = None if required or not has_required else presence_condition(node)
        if emit_condition is None:
            expression = self.emit_object(node, target_type, path, scope)
            return None if expression.code == "{}" else expression
        if (condition := emit_condition()) == "False":
            return None
        out = self._fresh_name(path)
        scope.block.add(f"{out} = None")
        with scope.block.nest(f"if {condition}:") as block:
            block.add(
                f"{out} = {self.emit_object(node, target_type, path, scope.inner(block)).code}"
            )
        return Expression(out, f"{out} is not None")

    def _missing_field(self, path: Path) -> tuple[str, str, Location | None]:
        """The refusal where a required member is missing, and the rule that could fill it."""
        problem = f"{self.format} needs {format_path(path)}, and the event has none"
        source = self.missing_sources.get(path)
        if source is not None and source.param:
            return "missing-param", f"{problem}: give the param {source.param!r}", source.location
        if source is not None:
            message = f"{problem}: {source.because}; or allow {source.name!r}"
            return "missing-param", message, source.location
        return "unmappable-value", problem, None

    # --- values --------------------------------------------------------------------------------

    def _fresh_name(self, path: Path) -> str:
        """A variable for what is written at `path`."""
        names = [segment for segment in path if segment not in (LIST_ITEM, MAP_ENTRY, VALUE)]
        return self.names.fresh(names[-1] if names else self.format)

    def _emit_value(
        self, value: Value, target_type: SchemaType, path: Path, scope: Scope
    ) -> Expression:
        code = value.emit()
        if value.optional and not code.isidentifier():
            code = emit_local(value, scope, "value")
        presence = f"{code} is not None" if value.optional else ""
        self._emit_lineage(value, target_type, path, presence, scope)
        if isinstance(value.type, ListOf | Object | RawSchema) and not isinstance(
            target_type, Scalar
        ):
            code = code if value.converted else emit_copy(value, code, target_type, self.pool)
        elif isinstance(target_type, Scalar) and _may_be_integral_float(target_type, value):
            code = f"as_integer({code})"
        return Expression(code, presence)

    def _emit_lineage(
        self, value: Value, target_type: SchemaType, path: Path, presence: str, scope: Scope
    ) -> None:
        if self.lineage is None:
            return
        written_field = WrittenField(
            path, value.origins, value.type, target_type, value.optional, not value.converted
        )
        number = mark_constant(self.lineage.add(written_field), ("entry",))
        origins = value.emit_origins() if value.emit_origins is not None else "()"
        line = f"note_written({origins}, {number})"
        if presence:
            with scope.block.nest(f"if {presence}:") as block:
                block.add(line)
        else:
            scope.block.add(line)

    def _emit_merged(
        self, node: MergedObject, target_type: SchemaType, path: Path, scope: Scope
    ) -> Expression:
        assert isinstance(target_type, Object)
        full_type, target_type = target_type, replace(target_type, exact=True)
        out = self._fresh_name(path)
        base = Expression("None")
        if isinstance(node.base, Value):
            base = self._emit_value(node.base, target_type, path, scope)
        elif isinstance(node.base, ObjectNode):
            base = self.emit_object(node.base, target_type, path, scope, merged=True)
        base_code = f"{base.code} if {base.presence} else None" if base.presence else base.code
        scope.block.add(f"{out} = {base_code}")
        if node.extras.children:
            optional_type = replace(
                target_type,
                fields={
                    name: ObjectField(field.type, False)
                    for name, field in target_type.fields.items()
                },
            )
            extras = self.emit_object(node.extras, optional_type, path, scope, merged=True)
            source_path = node.base.source_path.code() if isinstance(node.base, Value) else "'$'"
            scope.block.add(f"{out} = merge({out}, {extras.code}, {source_path})")
        flattened = node.flattened
        if flattened is not None:
            code = emit_local(flattened.carried, scope, "carried")
            source_path = flattened.carried.source_path.code()
            if self.lineage is not None:
                target_path = (*path, *flattened.slot, MAP_ENTRY, VALUE)
                origins = origins_below(flattened.carried, MAP_ENTRY, VALUE, MAP_ENTRY, VALUE)
                carried_type = (
                    type_at(flattened.carried.type, (MAP_ENTRY, VALUE, MAP_ENTRY, VALUE))
                    or _ANYTHING
                )
                slot_type = type_at(target_type, (*flattened.slot, VALUE)) or _ANYTHING
                written_field = WrittenField(
                    target_path, origins, carried_type, slot_type, True, True
                )
                number = mark_constant(self.lineage.add(written_field), ("entry",))
                loop_header = f"for vendor in {code} or ():"
                with (
                    scope.block.nest(loop_header) as block,
                    block.nest(f"if vendor != {flattened.own_format!r}:") as inner,
                ):
                    inner.add(f"note_written(({source_path} + path_step(vendor),), {number})")
            names = (flattened.own_format, flattened.prefix, flattened.separator, flattened.slot)
            arguments = ", ".join([*map(repr, names), source_path])
            if flattened.schema is not None:
                validator = self.pool.intern("problem_of", f"problem_finder({flattened.schema!r})")
                arguments = f"{arguments}, {validator}"
            scope.block.add(
                f"{out} = merge({out}, flatten_carried({code}, {arguments}), {source_path})"
            )
        return self._emit_validation(Expression(out, f"{out} is not None"), full_type, path, scope)

    # --- lists ---------------------------------------------------------------------------------

    def _emit_sequence(
        self, list_node: ListNode, target_type: SchemaType, path: Path, scope: Scope
    ) -> Expression | None:
        if (
            list_node.keyed
            and isinstance(target_type, Object)
            and target_type.additional is not None
        ):
            expression = self._emit_loop(
                list_node,
                path,
                scope,
                "{}",
                lambda node, name, inner: self._emit_entry(
                    node, target_type.additional, name, path, inner
                ),
            )
            return self._emit_validation(expression, target_type, path, scope)
        if not isinstance(target_type, ListOf):
            return None
        list_expression = self._emit_list(list_node, target_type.items, path, scope)
        return list_expression and self._emit_validation(list_expression, target_type, path, scope)

    def _emit_list(
        self, list_node: ListNode, element_type: SchemaType, path: Path, scope: Scope
    ) -> Expression | None:
        if list_node.fixed_element is not None:
            inner = self._emit_element(
                list_node.fixed_element, element_type, (*path, LIST_ITEM), scope
            )
            if inner is None:
                return None
            presence = list_node.presence() if list_node.presence is not None else ""
            return Expression(f"[{inner.code}]", inner.presence or presence)
        gaps = []

        def append(node: Node, name: str, inner: Scope) -> None:
            element = self._emit_element(
                node, element_type, (*path, LIST_ITEM), inner
            ) or Expression("None", "False")
            if element.presence:
                gaps.append(name)
                inner.block.append_element(name, f"{element.code} if {element.presence} else None")
            else:
                inner.block.append_element(name, element.code)

        expression = self._emit_loop(list_node, path, scope, "[]", append)
        if gaps:
            out = expression.code
            source_path = list_node.source_path.code()
            call = f"{out} = all_or_none({out}, {source_path}, {format_path(path)!r})"
            if expression.presence:
                with scope.block.nest(f"if {out} is not None:") as block:
                    block.add(call)
            else:
                scope.block.add(call)
            return Expression(out, f"{out} is not None")
        return expression

    def _emit_loop(
        self,
        list_node: ListNode,
        path: Path,
        scope: Scope,
        empty: str,
        add_element: Callable[[Node, str, Scope], None],
    ) -> Expression:
        out = self._fresh_name(path)
        condition = list_node.presence() if list_node.presence is not None else ""
        block = Block() if condition else scope.block
        block.add(f"{out} = {empty}")
        with list_node.loop(block) as (body, node):
            add_element(node, out, scope.inner(body))
        block.use_comprehension(out)
        self._emit_empty_lineage(list_node, out, path, scope.inner(block))
        if condition:
            scope.block.add(f"{out} = None")
            scope.block.attach(f"if {condition}:", block)
        return Expression(out, f"{out} is not None" if condition else "")

    def _emit_empty_lineage(self, list_node: ListNode, out: str, path: Path, scope: Scope) -> None:
        """Say where an empty list comes from, of which no element can say it."""
        if self.lineage is None or not list_node.source_lists:
            return
        first = list_node.source_lists[0]
        origins = combine_origins(source_list.origins for source_list in list_node.source_lists)
        number = mark_constant(
            self.lineage.add(WrittenField(path, origins, first.type, first.type, True, True)),
            ("entry",),
        )
        with scope.block.nest(f"if not {out}:") as block:
            emitted_origins = []
            for source_list in list_node.source_lists:
                code = source_list.emit_origins() if source_list.emit_origins is not None else "()"
                null_check = f" if {source_list.emit()} is not None else ()"
                emitted_origins.append(f"({code}{null_check if source_list.optional else ''})")
            block.add(f"note_written({' + '.join(emitted_origins)}, {number})")

    def _emit_entry(
        self, node: Node, value_type: SchemaType | None, name: str, path: Path, scope: Scope
    ) -> None:
        assert value_type is not None
        if not isinstance(node, ObjectNode):
            return
        key, value = node.children.get(KEY, ABSENT), node.children.get(VALUE, ABSENT)
        if not isinstance(key, Value):
            return
        expression = self._emit_field(
            value, ObjectField(value_type, True), (*path, MAP_ENTRY, VALUE), scope
        )
        assert expression is not None
        self._emit_lineage(key, STRING, (*path, MAP_ENTRY, KEY), "", scope)
        source_path = key.source_path.code()
        scope.block.add(f"set_key({name}, {key.emit()}, {expression.code}, {source_path})")

    def _emit_element(
        self, node: Node, target_type: SchemaType, path: Path, scope: Scope
    ) -> Expression | None:
        if isinstance(node, Value):
            return self._emit_value(node, target_type, path, scope)
        if isinstance(node, ObjectNode) and isinstance(target_type, Object):
            expression = self.emit_object(node, target_type, path, scope)
            return Expression(expression.code)
        if isinstance(node, ListNode):
            return self._emit_sequence(node, target_type, path, scope)
        return None


def _may_be_integral_float(target_type: Scalar, value: Value) -> bool:
    """Whether an integer might be held as a float such as 15.0, which is written 15."""
    is_constant = not isinstance(value.constant, Unset)
    source_types = value.type.types if isinstance(value.type, Scalar) else {"integer"}
    is_numeric = bool(source_types & {"integer", "number"})
    return (
        "integer" in target_type.types
        and "number" not in target_type.types
        and is_numeric
        and not is_constant
    )


def _negate_presence(presence: str) -> str:
    """The condition that what is there under a condition is not there."""
    name = presence.removesuffix(" is not None")
    return f"{name} is None" if name.isidentifier() and name != presence else f"not ({presence})"
