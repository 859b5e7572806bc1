"""Build a list or an object between two mappings, for a codec that reads it as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from translator.compiler import symbols
from translator.compiler.blocks import Block
from translator.compiler.lineage import combine_origins
from translator.compiler.objects import ObjectEmitter
from translator.compiler.symbols import (
    ABSENT,
    Absent,
    JoinedList,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.memo import memoized, replace
from translator.paths import Path
from translator.schema.types import SchemaType


def build_value(
    node: Node, schema_type: SchemaType, path: Path, format_name: str, scope: Scope
) -> Value | Absent:
    """Return a list or an object of a format as a value of its type there; emits its parts."""
    options = scope.options._replace(text=False, structs=False)
    emitter = ObjectEmitter(format_name, {}, {})
    expression = emitter.emit_part(node, schema_type, path, replace(scope, options=options))
    if expression is None:
        return ABSENT
    parts = list(_parts(node, scope))
    code = expression.or_none
    origins = combine_origins(part.origins for part in parts)
    is_list = isinstance(node, ListNode) and isinstance(node.fixed_element, Value | None)
    if is_list and len(parts) == 1:
        origins = tuple(replace(origin, gathered=True) for origin in origins)

    @memoized
    def emit() -> str:
        out = scope.names.fresh(path[-1])
        scope.block.add(f"{out} = {code}")
        return out

    return Value(
        emit,
        schema_type,
        SourcePath(),
        optional=bool(expression.presence),
        emit_origins=lambda: symbols.join_origins(parts),
        origins=origins,
        converted=True,
        conditional=any(part.conditional or part.source_path.indexes for part in parts),
        scope=scope,
    )


def _parts(node: Node, scope: Scope) -> Iterator[Value]:
    """Yield the values of the event that a list or an object consists of."""
    match node:
        case Value():
            yield node
        case ListNode(fixed_element=None):
            yield from _elements(node, scope)
        case ListNode(fixed_element=fixed):
            if isinstance(fixed, Value) and fixed.optional:
                yield replace(fixed, emit_origins=partial(_origins_if_present, fixed))
            elif fixed is not None:
                yield from _parts(fixed, scope)
        case JoinedList(parts=parts):
            for part in parts:
                yield from _parts(part, scope)
        case ObjectNode(children=children):
            for child in children.values():
                yield from _parts(child, scope)
        case MergedObject(base=base, extras=extras):
            yield from _parts(base, scope)
            yield from _parts(extras, scope)


def _elements(node: ListNode, scope: Scope) -> Iterator[Value]:
    """Yield the values in the elements of a list; the first has the origins of all of them."""
    presence = node.presence_code
    trial = scope.inner(Block())
    with node.loop(trial.block) as (body, element):
        values = list(_parts(element, trial.inner(body)))

    @memoized
    def emit_origins() -> str:
        out = scope.names.fresh("from_elements")
        scope.block.add(f"{out} = ()")
        with scope.block.nest_if(presence) as block, node.loop(block) as (body, element):
            for value in _parts(element, scope.inner(body)):
                body.add(f"{out} += {_origins_if_present(value)}")
        return out

    for number, value in enumerate(values):
        yield replace(value, emit_origins=emit_origins if not number else None)


def _origins_if_present(value: Value) -> str:
    if not value.optional:
        return value.origins_code
    return f"({value.origins_code} if {value.emit()} is not None else ())"
