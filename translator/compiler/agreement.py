"""Values that must be equal: those of several sources, or of all elements of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from translator.compiler import symbols
from translator.compiler.blocks import Block
from translator.compiler.conversions import RefusalEmitter, escape_literal
from translator.compiler.lineage import Origins, mark_gathered
from translator.compiler.symbols import (
    ABSENT,
    Absent,
    Env,
    JoinedList,
    ListNode,
    Node,
    Scope,
    SourcePath,
    Value,
)
from translator.language.direction import Assignment
from translator.memo import memoized, replace
from translator.paths import LIST_ITEM, MAP_ENTRY, Path, format_path, starts_with
from translator.schema.types import Scalar, SchemaType


def agreed_value(
    values: Sequence[Value],
    names: Sequence[str],
    target_type: SchemaType,
    assignment: Assignment,
    scope: Scope,
) -> Value:
    """Return the first field that is present; all values that are present must be equal.

    The fields come first among the `values`; the others are params, with these `names`.
    """
    fields = values[: len(values) - len(names)]
    names = [*[""] * len(fields), *names]
    target = format_path(assignment.targets[0])
    hint = assignment.targets[0][-1]
    hint = hint if hint.isidentifier() else "value"
    is_reported = scope.options.report
    origins_variable = scope.names.fresh(f"from_{hint}") if is_reported else ""
    source_path, place = values[0].source_path, ""
    if values[0].optional and len(fields) > 1:
        place = scope.names.fresh("place")
        source_path = SourcePath(f"{{{place}}}", (place,), source_path.path)

    @memoized
    def emit() -> str:
        block = scope.block
        codes = [symbols.emit_local(value, scope, hint) for value in values]
        out = symbols.emit_variable(hint, codes[0], scope)
        first_code = f"{codes[0]} is not None" if values[0].optional else ""
        if place:
            block.add(f"{place} = {values[0].source_path.code()}", condition=first_code)
        if is_reported:
            block.add(f"{origins_variable} = ()")
            line = f"{origins_variable} += {values[0].origins_code}"
            block.add(line, condition=first_code)
        for index, (value, code) in enumerate(zip(values, codes, strict=True)):
            if not index:
                continue
            with block.nest_if(f"{code} is not None" if value.optional else "") as inner:
                is_open = all(each.optional for each in values[:index])
                if is_open and not names[index]:
                    first_line = f"{out}, {place} = {code}, {value.source_path.code()}"
                    inner.add(first_line, condition=f"{out} is None")
                problem = _differs(target, source_path, names[index] or value.source_path)
                rule = assignment.location if is_reported else None
                path = source_path if names[index] else value.source_path
                refusal = RefusalEmitter("unmappable-value", path, "", rule=rule)
                condition = _unequal(out, code, target_type)
                if is_open and names[index]:
                    condition = f"{out} is not None and {condition}"
                inner.add(refusal.raise_line(problem), condition=condition)
                if is_reported and not names[index]:
                    inner.add(f"{origins_variable} += {value.origins_code}")
        return out

    def emit_origins() -> str:
        emit()  # sets the variable
        return origins_variable

    return Value(
        emit,
        target_type,
        source_path,
        all(value.optional for value in fields),
        emit_origins=emit_origins if is_reported else None,
        origins=tuple(origin for value in fields for origin in value.origins),
        converted=True,
        unescaped=all(value.unescaped for value in fields),
        conditional=any(value.conditional for value in values),
        scope=scope,
    )


def with_equal_origins(value: Value, others: Sequence[Value], scope: Scope) -> Value:
    """Return a value with the origins of all others that are equal to it."""
    name = scope.names.fresh("origins")

    @memoized
    def emit_origins() -> str:
        out, block = symbols.emit_local(value, scope, "value"), scope.block
        block.add(f"{name} = {value.origins_code}")
        for other in others:
            code = symbols.emit_local(other, scope, "value")
            equal = f"is_one_of({out}, [{code}])"
            condition = f"{code} is not None and {equal}" if other.optional else equal
            block.add(f"{name} += {other.origins_code}", condition=condition)
        return name

    return replace(value, emit_origins=emit_origins)


def _differs(target: str, *places: str | SourcePath) -> str:
    """Return the code of the message that the values at two places differ."""
    shown = [place if isinstance(place, str) else _shown(place) for place in places]
    first, second = (escape_literal(each) if "{" not in each else each for each in shown)
    return f'f"{escape_literal(target)} is one value, but {first} and {second} differ"'


def _shown(path: SourcePath) -> str:
    return path.template if path.indexes else path.display.replace('"', '\\"')


def _unequal(first: str, second: str, schema_type: SchemaType) -> str:
    if isinstance(schema_type, Scalar) and schema_type.types == {"string"}:
        return f"{first} != {second}"
    return f"not is_one_of({first}, [{second}])"


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads the value that all elements of the lists on a path have in common."""

    path: Path
    env: Env
    assignment: Assignment

    def gather(
        self, convert: Callable[[Node, Scope], Node], target_type: SchemaType, scope: Scope
    ) -> Node:
        """Return the one value of all elements that have one, converted; refused if they differ."""
        trial = scope.inner(Block())
        origins: list[Origins] = []

        def collect(node: Node, scope: Scope) -> None:
            value = convert(node, scope)
            if isinstance(value, Value):
                origins.append(value.origins)

        self._visit(self.env, trial, collect)
        if not origins:
            return ABSENT
        is_reported = scope.options.report
        last = self.path[-1]
        hint = last if last.isidentifier() else "value"
        out, place = scope.names.fresh(hint), scope.names.fresh("place")
        origins_variable = scope.names.fresh(f"from_{hint}") if is_reported else ""
        source_path = SourcePath(f"{{{place}}}", (place,), self.path)

        @memoized
        def emit() -> str:
            # Another source may replace a value that is absent, and be refused.
            scope.block.add(f"{out}, {place} = None, '$'")
            if is_reported:
                scope.block.add(f"{origins_variable} = ()")
            self._visit(self.env, scope, compare)
            return out

        def compare(node: Node, scope: Scope) -> None:
            value = convert(node, scope)
            if not isinstance(value, Value):
                return
            code = symbols.emit_local(value, scope, hint)
            with scope.block.nest_if(f"{code} is not None" if value.optional else "") as inner:
                if is_reported:
                    inner.add(f"{origins_variable} += {value.origins_code}")
                first_line = f"{out}, {place} = {code}, {value.source_path.code()}"
                inner.add(first_line, condition=f"{out} is None")
                target = format_path(self.assignment.targets[0])
                problem = _differs(target, source_path, value.source_path)
                rule = self.assignment.location if is_reported else None
                refusal = RefusalEmitter("unmappable-value", value.source_path, "", rule=rule)
                condition = _unequal(out, code, target_type)
                inner.add(refusal.raise_line(problem), condition=condition)

        def emit_origins() -> str:
            emit()  # sets the variable
            return origins_variable

        return Value(
            emit,
            target_type,
            source_path,
            optional=True,
            emit_origins=emit_origins if is_reported else None,
            origins=mark_gathered(
                tuple(dict.fromkeys(each for group in origins for each in group))
            ),
            converted=True,
            conditional=True,
            scope=scope,
        )

    def _visit(self, env: Env, scope: Scope, use: Callable[[Node, Scope], None]) -> None:
        """Call `use` with the node at the end of the path in each element, in its loop."""
        start = max((prefix for prefix in env if starts_with(self.path, prefix)), key=len)
        ends = (
            end
            for end in range(len(start), len(self.path))
            if self.path[end] in (LIST_ITEM, MAP_ENTRY)
        )
        end = next(ends, None)
        if end is None:
            node = symbols.resolve(self.path, env, scope)
            if not isinstance(node, Absent):
                use(node, scope)
            return
        node = symbols.resolve(self.path[:end], env, scope)
        parts: Sequence[ListNode | None] = [symbols.as_list_node(node, scope)]
        if isinstance(node, JoinedList):
            parts = node.parts
        for part in parts:
            if part is None:
                continue
            prefix = self.path[: end + 1]
            with scope.block.nest_if(part.presence_code) as block:
                if part.fixed_element is not None:
                    self._visit({**env, prefix: part.fixed_element}, scope.inner(block), use)
                    continue
                with part.loop(block) as (body, element):
                    self._visit({**env, prefix: element}, scope.inner(body), use)
