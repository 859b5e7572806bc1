"""Notes of what becomes of members, in code that reports."""

from __future__ import annotations

from translator.code import Block
from translator.converting import ConversionContext, direct_table
from translator.nodes import ValueMap
from translator.symbols import Value


def emit_note(block: Block, kind: str, origins: str, because: str) -> None:
    """Emit a note of what becomes of the members at `origins`."""
    block.add(f"note_loss({kind!r}, {origins}, {because!r})")


def emit_value_map_note(
    codec: ValueMap,
    input_name: str,
    code: str,
    value: Value,
    block: Block,
    context: ConversionContext,
    *,
    to_left: bool,
) -> None:
    """Emit a note of what a table gave for the value in `before`, where that is not exact."""
    entries = direct_table(codec.table, context.opt_ins, to_left=to_left)
    inexact = {key[1]: because for key, (_, kind, because) in entries.items() if kind != "exact"}
    if inexact:
        table = context.pool.intern("inexact", repr(inexact))
        with block.nest(f"if {code} is not None and {input_name} in {table}:") as body:
            origins = value.emit_origins() if value.emit_origins else "()"
            body.add(f"note_loss('approximated', {origins}, {table}[{input_name}])")
