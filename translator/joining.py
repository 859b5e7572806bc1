"""Templates on data: several members joined into one text, and split again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from translator import templates
from translator.code import Block
from translator.converting import Context, Refusal
from translator.guards import checks
from translator.inverse import Move, Source
from translator.nodes import Template
from translator.origins import Use, through, together
from translator.paths import Path, show_path
from translator.shapes import Shape
from translator.symbols import ABSENT, TEXT, Env, Node, Scope, Value, local, once, resolve


def join(source: Source, env: Env, scope: Scope, context: Context) -> Node:
    """The text that a template makes of its members; absent where one of them is."""
    nodes = [resolve(path, env, scope) for path in source.paths]
    values = [node for node in nodes if isinstance(node, Value)]
    if len(values) != len(nodes):
        return ABSENT
    codec = source.codec
    assert isinstance(codec, Template)
    where = values[-1].where
    optional = any(value.optional for value in values)

    def into(block: Block, names: list[str]) -> str:
        shapes = [value.shape for value in values]
        refusal = Refusal("unmappable-value", where, show_path(source.paths[-1]))
        return templates.joined(codec, names, shapes, block, context, refusal)

    def make() -> str:
        names = [local(value, scope, "part") for value in values]
        if not optional:
            return into(scope.block, names)
        out = scope.names.fresh("joined")
        scope.block.add(f"{out} = None")
        present = " and ".join(f"{name} is not None" for name in names)
        with scope.block.nest(f"if {present}:") as block:
            block.add(f"{out} = {into(block, names)}")
        return out

    def origins() -> str:
        return " + ".join(value.origins() for value in values if value.origins is not None)

    came = together(value.came for value in values)
    return Value(once(make), TEXT, where, optional, origins=origins, came=came, converted=True)


def split(
    move: Move,
    node: Value,
    shapes: list[Shape],
    given: Callable[[Block], str],
    scope: Scope,
    context: Context,
    refusal: Refusal,
    hint: str = "",
) -> Iterator[tuple[Path, Node]]:
    """The members that a template finds in a text; `given` emits that text, ready to be split."""
    codec = move.sources[0].codec
    assert isinstance(codec, Template)
    outs: list[str] = []
    labels = [show_path(path) for path in move.targets]

    def into(block: Block) -> None:
        made = templates.split(codec, given(block), shapes, block, context, refusal, labels, hint)
        for out, part, shape in zip(outs, made, shapes, strict=True):
            block.add(f"{out} = {part}")
            if not context.guarded and not refusal.skips:
                continue
            for check in checks(templates.split_shape(shape), shape, out, context.pool):
                present = f"{out} is not None and " if refusal.skips else ""
                with block.nest(f"if {present}not ({check.test}):") as failed:
                    refusal.emit(failed, out, check.demand, check.problem)
        if refusal.skips:
            missing = " or ".join(f"{out} is None" for out in outs)
            with block.nest(f"if {missing}:") as failed:
                failed.add(f"{' = '.join(outs)} = None")

    def emit() -> str:
        outs.extend(scope.names.fresh(path[-1]) for path in move.targets)
        name = local(node, scope, "text")
        if node.optional:
            scope.block.add(f"{' = '.join(outs)} = None")
            with scope.block.nest(f"if {name} is not None:") as block:
                into(block)
        else:
            into(scope.block)
        return ""

    ready = once(emit)

    def part(index: int) -> Callable[[], str]:
        return once(lambda: (ready(), outs[index])[1])

    optional = node.optional or move.sources[0].skips
    came = through(node.came, Use("template", move.sources[0].location))
    for index, (path, shape) in enumerate(zip(move.targets, shapes, strict=True)):
        made = Value(part(index), shape, node.where, optional, origins=node.origins, came=came)
        yield path, replace(made, converted=True)
