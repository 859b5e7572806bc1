"""Build a list or an object between two mappings, for a codec that reads it as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial

from translator.compiler import symbols
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
    parts = list(_parts(node))
    code = expression.or_none

    @cache
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
        origins=combine_origins(part.origins for part in parts),
        converted=True,
        conditional=any(part.conditional or part.source_path.indexes for part in parts),
        scope=scope,
    )


def _parts(node: Node) -> Iterator[Value]:
    """Yield the values of the event that a list or an object consists of."""
    match node:
        case Value():
            yield node
        case ListNode(source_lists=source_lists, fixed_element=fixed):
            yield from source_lists
            if isinstance(fixed, Value) and fixed.optional:
                yield replace(fixed, emit_origins=partial(_origins_if_present, fixed))
            elif fixed is not None:
                yield from _parts(fixed)
        case JoinedList(parts=parts):
            for part in parts:
                yield from _parts(part)
        case ObjectNode(children=children):
            for child in children.values():
                yield from _parts(child)
        case MergedObject(base=base, extras=extras):
            yield from _parts(base)
            yield from _parts(extras)


def _origins_if_present(value: Value) -> str:
    return f"({value.origins_code} if {value.emit()} is not None else ())"
