"""Templates as Python: the lines that join members into a text, and find them in it again.

Templates on data: several members joined into one text, and split again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from translator.compiler.checks import required_checks
from translator.compiler.conversions import (
    INTEGER,
    NUMBER,
    ConversionContext,
    RefusalEmitter,
    emit_attempt,
    emit_call,
    escape_literal,
    may_be,
)
from translator.compiler.lineage import RuleUse, combine_origins, extend_origins
from translator.compiler.source import Block
from translator.compiler.symbols import (
    ABSENT,
    STRING,
    Env,
    Node,
    Scope,
    Value,
    emit_local,
    once,
    resolve,
)
from translator.language.direction import Assignment, Source
from translator.language.nodes import Template
from translator.paths import Path, format_path
from translator.schema.types import Scalar, ScalarValue, SchemaType


def emit_join(
    codec: Template,
    values: list[str],
    field_types: list[SchemaType],
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
) -> str:
    """Emit the text that a template makes of its members."""
    pieces: list[str] = []
    group_variables: dict[int, str] = {}
    ambiguous = False
    for position, part in enumerate(codec.parts):
        if isinstance(part, str):
            pieces.append(escape_literal(part))
            continue
        field_type, value = field_types[part], values[part]
        if may_be(field_type, "integer") or may_be(field_type, "number"):
            call = "integer_to_string" if _is_integer(field_type) else "number_to_string"
            value = emit_call(block, context, f"{call}({value})", "text", refusal)
            ambiguous = ambiguous or _continues_number(codec.parts, position)
        elif (
            not isinstance(field_type, Scalar)
            or field_type.enum is None
            or _has_shared_prefix(field_type.enum)
        ):
            ambiguous = True
        pieces.append(f"{{{value}}}")
        group_variables[len(group_variables) + 1] = value
    out = context.names.fresh("joined")
    block.add(f'{out} = f"{"".join(pieces)}"')
    if ambiguous:
        pattern = context.pool.intern("template", _pattern(codec.parts, field_types))
        match = context.names.fresh("match")
        block.add(f"{match} = {pattern}({out})")
        differs = " or ".join(
            f"{match}[{group}] != {variable}" for group, variable in group_variables.items()
        )
        with block.nest(f"if {match} is None or {differs}:") as inner:
            refusal.emit(inner, out, "could not be split again: a member holds what separates it")
    return out


def emit_split(
    codec: Template,
    value: str,
    field_types: list[SchemaType],
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
    labels: list[str],
    hint: str,
) -> list[str]:
    """Emit the members that a template finds in the text in `value`.

    `labels` name the members in messages, and `hint` says what would help where none fit.
    """
    pattern = context.pool.intern("template", _pattern(codec.parts, field_types))
    match = context.names.fresh("match")
    block.add(f"{match} = {pattern}({value})")
    outs = [context.names.fresh(f"part_{index}") for index in range(len(field_types))]
    field_order = [part for part in codec.parts if isinstance(part, int)]
    form = _describe_form(codec.parts, labels)
    with block.nest(f"if {match} is not None:") as inner:
        _emit_fields(field_order, outs, field_types, match, inner, refusal)
    if not codec.short:
        with block.nest("else:") as inner:
            _emit_mismatch(outs, value, f"is not of the form {form}{hint}", inner, refusal)
        return outs
    short_pattern = context.pool.intern("template", _pattern(codec.short, field_types))
    with block.nest("else:") as inner:
        inner.add(f"{match} = {short_pattern}({value})")
        with inner.nest(f"if {match} is None:") as nested:
            requirement = (
                f"is not of the form {form}, nor {_describe_form(codec.short, labels)}{hint}"
            )
            _emit_mismatch(outs, value, requirement, nested, refusal)
        if refusal.skip_unfit:
            with inner.nest("else:") as nested:
                _emit_short_form(codec, outs, field_types, match, nested, context, refusal)
        else:
            _emit_short_form(codec, outs, field_types, match, inner, context, refusal)
    return outs


def _emit_short_form(
    codec: Template,
    outs: list[str],
    field_types: list[SchemaType],
    match: str,
    block: Block,
    context: ConversionContext,
    refusal: RefusalEmitter,
) -> None:
    """Emit the members that the short form finds, and those that params supply."""
    params = [(index, name, context.param_constant(name)) for index, name in codec.params]
    missing = [name for _, name, constant in params if constant is None]
    if missing and refusal.skip_unfit:
        _emit_mismatch(outs, "", "", block, refusal)
        return
    if missing:
        message = f"the id does not say the {missing[0]}: give the param {missing[0]!r}"
        block.add(replace(refusal, code="missing-param").raise_line(repr(message)))
        return
    field_order = [part for part in codec.short if isinstance(part, int)]
    _emit_fields(field_order, outs, field_types, match, block, refusal)
    for index, _, constant in params:
        block.add(f"{outs[index]} = {constant}")


def split_type(target_type: SchemaType) -> SchemaType:
    """What is known of a member that a template found: its type, and its enum if it has one."""
    if not isinstance(target_type, Scalar) or target_type.enum is not None:
        return target_type
    if "string" in target_type.types:
        return STRING
    return INTEGER if "integer" in target_type.types else NUMBER


def _describe_form(parts: tuple[str | int, ...], labels: list[str]) -> str:
    return "".join(part if isinstance(part, str) else f"{{{labels[part]}}}" for part in parts)


def _emit_mismatch(
    outs: list[str], value: str, requirement: str, block: Block, refusal: RefusalEmitter
) -> None:
    if refusal.skip_unfit:
        block.add(f"{' = '.join(outs)} = None")
    else:
        refusal.emit(block, value, requirement)


def _emit_fields(
    order: list[int],
    outs: list[str],
    field_types: list[SchemaType],
    match: str,
    block: Block,
    refusal: RefusalEmitter,
) -> None:
    for group, index in enumerate(order, 1):
        field_type = field_types[index]
        if may_be(field_type, "string"):
            block.add(f"{outs[index]} = {match}[{group}]")
        else:
            call = "string_to_integer" if _is_integer(field_type) else "string_to_number"
            emit_attempt(block, outs[index], f"{call}({match}[{group}])", refusal)


def _is_integer(schema_type: SchemaType) -> bool:
    return isinstance(schema_type, Scalar) and "number" not in schema_type.types


def _continues_number(parts: tuple[str | int, ...], position: int) -> bool:
    """Whether what follows a number may be read as more of it."""
    next_part = parts[position + 1] if position + 1 < len(parts) else ""
    return isinstance(next_part, str) and next_part[:1] in tuple("0123456789.")


def _has_shared_prefix(values: tuple[ScalarValue, ...]) -> bool:
    """Whether the text of one value begins with that of another."""
    strings = sorted(map(str, values))
    return any(next_string.startswith(string) for string, next_string in pairwise(strings))


def _pattern(parts: tuple[str | int, ...], field_types: list[SchemaType]) -> str:
    """The source of a matcher whose groups are the template's members, in their order."""
    pattern = ""
    for position, part in enumerate(parts):
        if isinstance(part, str):
            pattern += re.escape(part)
            continue
        field_type = field_types[part]
        if isinstance(field_type, Scalar) and field_type.enum is not None:
            longest_first = sorted(map(str, field_type.enum), key=len, reverse=True)
            pattern += f"({'|'.join(map(re.escape, longest_first))})"
        elif isinstance(field_type, Scalar) and "string" not in field_type.types:
            pattern += r"(-?[0-9]+)" if _is_integer(field_type) else r"(-?[0-9]+(?:\.[0-9]+)?)"
        else:
            next_part = parts[position + 1] if position + 1 < len(parts) else ""
            is_last = not any(isinstance(later_part, int) for later_part in parts[position + 1 :])
            terminator = re.escape(next_part) if isinstance(next_part, str) else ""
            pattern += "(.*)" if is_last else f"((?:(?!{terminator}).)*)"
    return f"re.compile({pattern!r}, re.DOTALL).fullmatch"


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
        return emit_join(codec, names, field_types, block, context, refusal)

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
        result = emit_split(
            codec, emit_string(block), target_types, block, context, refusal, labels, hint
        )
        for out, part, target_type in zip(outs, result, target_types, strict=True):
            block.add(f"{out} = {part}")
            if not context.guarded and not refusal.skip_unfit:
                continue
            for check in required_checks(split_type(target_type), target_type, out, context.pool):
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
