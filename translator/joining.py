"""Templates on data: several members joined into one text, and split again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from translator import templates
from translator.code import Block
from translator.converting import ConversionContext, RefusalEmitter
from translator.guards import required_checks
from translator.inverse import Assignment, Source
from translator.nodes import Template
from translator.origins import RuleUse, combine_origins, extend_origins
from translator.paths import Path, format_path
from translator.shapes import SchemaType
from translator.symbols import ABSENT, STRING, Env, Node, Scope, Value, emit_local, once, resolve


def join_fields(source: Source, env: Env, scope: Scope, context: ConversionContext) -> Node:
    """The text that a template makes of its members; absent where one of them is."""
    nodes = [resolve(path, env, scope) for path in source.paths]
    values = [node for node in nodes if isinstance(node, Value)]
    if len(values) != len(nodes):
        return ABSENT
    codec = source.codec
    assert isinstance(codec, Template)
    source_path = values[-1].source_path
    optional = any(value.optional for value in values)

    def emit_into(block: Block, names: list[str]) -> str:
        field_types = [value.type for value in values]
        refusal = RefusalEmitter("unmappable-value", source_path, format_path(source.paths[-1]))
        return templates.emit_join(codec, names, field_types, block, context, refusal)

    def emit() -> str:
        names = [emit_local(value, scope, "part") for value in values]
        if not optional:
            return emit_into(scope.block, names)
        out = scope.names.fresh("joined")
        scope.block.add(f"{out} = None")
        present = " and ".join(f"{name} is not None" for name in names)
        with scope.block.nest(f"if {present}:") as block:
            block.add(f"{out} = {emit_into(block, names)}")
        return out

    def emit_origins() -> str:
        return " + ".join(
            value.emit_origins() for value in values if value.emit_origins is not None
        )

    origins = combine_origins(value.origins for value in values)
    return Value(
        once(emit),
        STRING,
        source_path,
        optional,
        emit_origins=emit_origins,
        origins=origins,
        converted=True,
    )


def split_string(
    assignment: Assignment,
    node: Value,
    target_types: list[SchemaType],
    emit_string: Callable[[Block], str],
    scope: Scope,
    context: ConversionContext,
    refusal: RefusalEmitter,
    hint: str = "",
) -> Iterator[tuple[Path, Node]]:
    """The members that a template finds in a text; `given` emits that text, ready to be split."""
    codec = assignment.sources[0].codec
    assert isinstance(codec, Template)
    outs: list[str] = []
    labels = [format_path(path) for path in assignment.targets]

    def emit_into(block: Block) -> None:
        result = templates.emit_split(
            codec, emit_string(block), target_types, block, context, refusal, labels, hint
        )
        for out, part, target_type in zip(outs, result, target_types, strict=True):
            block.add(f"{out} = {part}")
            if not context.guarded and not refusal.skip_unfit:
                continue
            for check in required_checks(
                templates.split_type(target_type), target_type, out, context.pool
            ):
                present = f"{out} is not None and " if refusal.skip_unfit else ""
                with block.nest(f"if {present}not ({check.test}):") as failure:
                    refusal.emit(failure, out, check.requirement, check.problem)
        if refusal.skip_unfit:
            missing = " or ".join(f"{out} is None" for out in outs)
            with block.nest(f"if {missing}:") as failure:
                failure.add(f"{' = '.join(outs)} = None")

    def emit() -> str:
        outs.extend(scope.names.fresh(path[-1]) for path in assignment.targets)
        name = emit_local(node, scope, "text")
        if node.optional:
            scope.block.add(f"{' = '.join(outs)} = None")
            with scope.block.nest(f"if {name} is not None:") as block:
                emit_into(block)
        else:
            emit_into(scope.block)
        return ""

    emit_once = once(emit)

    def part(index: int) -> Callable[[], str]:
        return once(lambda: (emit_once(), outs[index])[1])

    optional = node.optional or assignment.sources[0].skip_unfit
    origins = extend_origins(node.origins, RuleUse("template", assignment.sources[0].location))
    for index, (path, target_type) in enumerate(zip(assignment.targets, target_types, strict=True)):
        result = Value(
            part(index),
            target_type,
            node.source_path,
            optional,
            emit_origins=node.emit_origins,
            origins=origins,
        )
        yield path, replace(result, converted=True)
