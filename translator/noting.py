"""Notes of what becomes of members, in code that reports."""

from __future__ import annotations

from translator.code import Block
from translator.converting import Context, lookup
from translator.nodes import Values
from translator.symbols import Value


def note(block: Block, kind: str, origins: str, because: str) -> None:
    """Emit a note of what becomes of the members at `origins`."""
    block.add(f"note({kind!r}, {origins}, {because!r})")


def note_values(
    codec: Values,
    before: str,
    code: str,
    value: Value,
    block: Block,
    context: Context,
    *,
    to_left: bool,
) -> None:
    """Emit a note of what a table gave for the value in `before`, where that is not exact."""
    found = lookup(codec.table, context.allow, to_left=to_left)
    inexact = {one[1]: why for one, (_, kind, why) in found.items() if kind != "exact"}
    if inexact:
        table = context.pool.constant("inexact", repr(inexact))
        with block.nest(f"if {code} is not None and {before} in {table}:") as noted:
            origins = value.origins() if value.origins else "()"
            noted.add(f"note('approximated', {origins}, {table}[{before}])")
