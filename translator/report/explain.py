"""Explanations for people and for programs, of the events of a file."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from translator.analysis.explain import Explanation, OutputLeaf
from translator.compiler.lineage import RuleUse

_MAX_VALUE_WIDTH = 44
"""A value is cut so that a column is no wider."""

_MAX_PATH_WIDTH = 60
"""So is a path."""

_OUTCOME_COLOURS = {
    "kept": "32",
    "normalised": "36",
    "carried": "34",
    "approximated": "33",
    "lost": "31",
    "refused": "31",
}


def to_data(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON data."""
    refusal = explanation.refusal
    return {
        "way": list(explanation.route),
        "events": list(explanation.events),
        "written": [
            {
                "event": output_leaf.event_index,
                "path": output_leaf.path,
                "value": output_leaf.value,
                "sources": list(output_leaf.sources),
                "rules": [_rule_data(use) for use in output_leaf.uses],
            }
            for output_leaf in explanation.written
        ],
        "read": [
            {
                "path": input_leaf.path,
                "value": input_leaf.value,
                "fate": input_leaf.outcome,
                "because": input_leaf.because,
            }
            for input_leaf in explanation.read
        ],
        "refused": refusal
        and {
            "code": refusal.code,
            "path": refusal.path,
            "message": refusal.message,
            "rule": refusal.rule,
            "tried": refusal.value,
            "help": refusal.help,
        },
    }


def _rule_data(use: RuleUse) -> dict[str, str]:
    return {
        "how": use.operation,
        "rule": str(use.location),
        "kind": use.kind,
        "because": use.because,
        "name": use.name,
    }


# --- for people ----------------------------------------------------------------------------------


def render_text(explanation: Explanation, *, colours: bool = False) -> str:
    """An explanation as aligned columns: the event's members, what they became, and by what."""
    head = " -> ".join(explanation.route)
    if explanation.refusal is not None and not explanation.written:
        return "\n".join([head, *_refusal_lines(explanation, colours=colours)])
    show_index = any(leaf.event_index for leaf in explanation.written)
    rows = [
        (explanation.route[0], "", explanation.route[-1], ""),
        *_table_rows(explanation, show_index=show_index),
    ]
    widths = [max(_display_width(row[column]) for row in rows) for column in range(3)]
    lines = [head]
    for row in rows:
        cells = [
            cell + " " * (width - _display_width(cell))
            for cell, width in zip(row, widths, strict=False)
        ]
        cells[1] = _colour(cells[1], row[1], colours=colours)
        lines.append("  ".join([*cells, row[3]]).rstrip())
    if explanation.refusal is not None:
        lines += _refusal_lines(explanation, colours=colours)
    return "\n".join(lines)


def _table_rows(
    explanation: Explanation, *, show_index: bool
) -> Iterator[tuple[str, str, str, str]]:
    for input_leaf in explanation.read:
        input_cell = _format_leaf(input_leaf.path, input_leaf.value)
        output_leaves = [leaf for leaf in explanation.written if input_leaf.path in leaf.sources]
        if not output_leaves:
            yield input_cell, input_leaf.outcome, "", input_leaf.because
        for position, output_leaf in enumerate(output_leaves):
            rules = _format_rules(output_leaf.uses)
            reason = (
                f"{rules}: {input_leaf.because}"
                if input_leaf.because and input_leaf.outcome != "carried"
                else rules
            )
            yield (
                input_cell if not position else "",
                input_leaf.outcome,
                _output_cell(output_leaf, show_index=show_index),
                reason,
            )
    for output_leaf in explanation.written:
        if not output_leaf.sources:
            how = next((use.operation for use in output_leaf.uses), "constant")
            yield (
                "",
                how,
                _output_cell(output_leaf, show_index=show_index),
                _format_rules(output_leaf.uses),
            )


def _output_cell(leaf: OutputLeaf, *, show_index: bool) -> str:
    prefix = f"[{leaf.event_index + 1}] " if show_index else ""
    return prefix + _format_leaf(leaf.path, leaf.value)


def _format_leaf(path: str, value: Any) -> str:
    json_string = json.dumps(value, ensure_ascii=False, default=str)
    json_string = json_string if json_string.isprintable() else json.dumps(value, default=str)
    return f"{_truncate(path, _MAX_PATH_WIDTH)} {_truncate(json_string, _MAX_VALUE_WIDTH)}"


def _truncate(string: str, width: int) -> str:
    return string if len(string) <= width else f"{string[: width - 3]}..."


def _display_width(string: str) -> int:
    """How many columns of a terminal a text takes: letters of East Asia take two."""
    if string.isascii():
        return len(string)
    wide_count = sum(unicodedata.east_asian_width(character) in "WF" for character in string)
    return (
        len(string) + wide_count - sum(unicodedata.combining(character) > 0 for character in string)
    )


def _format_rules(uses: Sequence[RuleUse]) -> str:
    parts = []
    for use in uses:
        name = f" {use.name}" if use.name else ""
        parts.append(f"{use.location.short} {use.operation}{name}")
    return ", ".join(parts)


def _refusal_lines(explanation: Explanation, *, colours: bool) -> Iterator[str]:
    refusal = explanation.refusal
    assert refusal is not None
    label = _colour("refused", "refused", colours=colours)
    yield f"{label}  {refusal.code} at {refusal.path}"
    yield f"  what   {refusal.message}"
    if refusal.value is not None:
        yield f"  tried  {_format_leaf(refusal.path, refusal.value)}"
    if refusal.rule:
        yield f"  rule   {refusal.rule}"
    yield f"  help   {refusal.help}"


def _colour(cell: str, outcome: str, *, colours: bool) -> str:
    return (
        f"\x1b[{_OUTCOME_COLOURS.get(outcome, '2')}m{cell}\x1b[0m" if colours and outcome else cell
    )
