"""Templates as Python: the lines that join members into a text, and find them in it again."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from translator.code import Block
from translator.converting import (
    INTEGER,
    NUMBER,
    Context,
    Refusal,
    attempt,
    called,
    literal,
    may_be,
)
from translator.nodes import Plain, Template
from translator.shapes import Scalar, Shape
from translator.symbols import TEXT


def joined(
    codec: Template,
    values: list[str],
    shapes: list[Shape],
    block: Block,
    context: Context,
    refusal: Refusal,
) -> str:
    """Emit the text that a template makes of its members."""
    pieces: list[str] = []
    texts: dict[int, str] = {}
    ambiguous = False
    for position, part in enumerate(codec.parts):
        if isinstance(part, str):
            pieces.append(literal(part))
            continue
        shape, value = shapes[part], values[part]
        if may_be(shape, "integer") or may_be(shape, "number"):
            call = "integer_to_text" if _is_integer(shape) else "number_to_text"
            value = called(block, context, f"{call}({value})", "text", refusal)
            ambiguous = ambiguous or _runs_on(codec.parts, position)
        elif not isinstance(shape, Scalar) or shape.enum is None or _nested(shape.enum):
            ambiguous = True
        pieces.append(f"{{{value}}}")
        texts[len(texts) + 1] = value
    out = context.names.fresh("joined")
    block.add(f'{out} = f"{"".join(pieces)}"')
    if ambiguous:
        pattern = context.pool.constant("template", _pattern(codec.parts, shapes))
        match = context.names.fresh("match")
        block.add(f"{match} = {pattern}({out})")
        differs = " or ".join(f"{match}[{group}] != {text}" for group, text in texts.items())
        with block.nest(f"if {match} is None or {differs}:") as inner:
            refusal.emit(inner, out, "could not be split again: a member holds what separates it")
    return out


def split(
    codec: Template,
    value: str,
    shapes: list[Shape],
    block: Block,
    context: Context,
    refusal: Refusal,
    labels: list[str],
    hint: str,
) -> list[str]:
    """Emit the members that a template finds in the text in `value`.

    `labels` name the members in messages, and `hint` says what would help where none fit.
    """
    pattern = context.pool.constant("template", _pattern(codec.parts, shapes))
    match = context.names.fresh("match")
    block.add(f"{match} = {pattern}({value})")
    outs = [context.names.fresh(f"part_{n}") for n in range(len(shapes))]
    whole = [part for part in codec.parts if isinstance(part, int)]
    form = _form(codec.parts, labels)
    with block.nest(f"if {match} is not None:") as inner:
        _members(whole, outs, shapes, match, inner, refusal)
    if not codec.short:
        with block.nest("else:") as inner:
            _give_up(outs, value, f"is not of the form {form}{hint}", inner, refusal)
        return outs
    short = context.pool.constant("template", _pattern(codec.short, shapes))
    with block.nest("else:") as inner:
        inner.add(f"{match} = {short}({value})")
        with inner.nest(f"if {match} is None:") as deeper:
            demand = f"is not of the form {form}, nor {_form(codec.short, labels)}{hint}"
            _give_up(outs, value, demand, deeper, refusal)
        if refusal.skips:
            with inner.nest("else:") as deeper:
                _short_form(codec, outs, shapes, match, deeper, context, refusal)
        else:
            _short_form(codec, outs, shapes, match, inner, context, refusal)
    return outs


def _short_form(
    codec: Template,
    outs: list[str],
    shapes: list[Shape],
    match: str,
    block: Block,
    context: Context,
    refusal: Refusal,
) -> None:
    """Emit the members that the short form finds, and those that params supply."""
    params = [(index, name, context.param(name)) for index, name in codec.params]
    missing = [name for _, name, given in params if given is None]
    if missing and refusal.skips:
        _give_up(outs, "", "", block, refusal)
        return
    if missing:
        message = f"the id does not say the {missing[0]}: give the param {missing[0]!r}"
        block.add(replace(refusal, code="missing-param").line(repr(message)))
        return
    found = [part for part in codec.short if isinstance(part, int)]
    _members(found, outs, shapes, match, block, refusal)
    for index, _, given in params:
        block.add(f"{outs[index]} = {given}")


def split_shape(target: Shape) -> Shape:
    """What is known of a member that a template found: its type, and its enum if it has one."""
    if not isinstance(target, Scalar) or target.enum is not None:
        return target
    if "string" in target.types:
        return TEXT
    return INTEGER if "integer" in target.types else NUMBER


def _form(parts: tuple[str | int, ...], labels: list[str]) -> str:
    return "".join(part if isinstance(part, str) else f"{{{labels[part]}}}" for part in parts)


def _give_up(outs: list[str], value: str, demand: str, block: Block, refusal: Refusal) -> None:
    if refusal.skips:
        block.add(f"{' = '.join(outs)} = None")
    else:
        refusal.emit(block, value, demand)


def _members(
    order: list[int],
    outs: list[str],
    shapes: list[Shape],
    match: str,
    block: Block,
    refusal: Refusal,
) -> None:
    for group, index in enumerate(order, 1):
        shape = shapes[index]
        if may_be(shape, "string"):
            block.add(f"{outs[index]} = {match}[{group}]")
        else:
            call = "text_to_integer" if _is_integer(shape) else "text_to_number"
            attempt(block, outs[index], f"{call}({match}[{group}])", refusal)


def _is_integer(shape: Shape) -> bool:
    return isinstance(shape, Scalar) and "number" not in shape.types


def _runs_on(parts: tuple[str | int, ...], position: int) -> bool:
    """Whether what follows a number may be read as more of it."""
    after = parts[position + 1] if position + 1 < len(parts) else ""
    return isinstance(after, str) and after[:1] in tuple("0123456789.")


def _nested(values: tuple[Plain, ...]) -> bool:
    """Whether the text of one value begins with that of another."""
    texts = sorted(map(str, values))
    return any(other.startswith(one) for one, other in pairwise(texts))


def _pattern(parts: tuple[str | int, ...], shapes: list[Shape]) -> str:
    """The source of a matcher whose groups are the template's members, in their order."""
    text = ""
    for position, part in enumerate(parts):
        if isinstance(part, str):
            text += re.escape(part)
            continue
        shape = shapes[part]
        if isinstance(shape, Scalar) and shape.enum is not None:
            longest = sorted(map(str, shape.enum), key=len, reverse=True)
            text += f"({'|'.join(map(re.escape, longest))})"
        elif isinstance(shape, Scalar) and "string" not in shape.types:
            text += r"(-?[0-9]+)" if _is_integer(shape) else r"(-?[0-9]+(?:\.[0-9]+)?)"
        else:
            after = parts[position + 1] if position + 1 < len(parts) else ""
            last = not any(isinstance(one, int) for one in parts[position + 1 :])
            stop = re.escape(after) if isinstance(after, str) else ""
            text += "(.*)" if last else f"((?:(?!{stop}).)*)"
    return f"re.compile({text!r}, re.DOTALL).fullmatch"
