"""Render the explanation of one event as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from translator.analysis.explain import Explanation, OutputLeaf
from translator.compiler.lineage import RuleUse
from translator.report.printable import Printable, join_printable, printable
from translator.report.style import PLAIN, Colour, Style
from translator.report.table import format_table

_MAX_VALUE_LENGTH = 44

_MAX_PATH_LENGTH = 60

_OUTCOME_COLOURS: dict[str, Colour] = {
    "kept": "green",
    "implied": "green",
    "normalised": "cyan",
    "carried": "blue",
    "approximated": "yellow",
    "lost": "red",
    "refused": "red",
}


def to_data(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as data for JSON."""
    return {
        "way": explanation.route,
        "events": explanation.events,
        "written": [
            {
                "event": leaf.event_index,
                "path": leaf.path,
                "value": leaf.value,
                "sources": leaf.sources,
                "rules": [_rule_data(use) for use in leaf.uses],
            }
            for leaf in explanation.written
        ],
        "read": [
            {
                "path": leaf.path,
                "value": leaf.value,
                "fate": leaf.outcome,
                "because": leaf.because,
                "rule": str(leaf.location or ""),
            }
            for leaf in explanation.read
        ],
        "refused": explanation.refusal and asdict(explanation.refusal),
    }


def _rule_data(use: RuleUse) -> dict[str, str]:
    how, rule = use.operation, str(use.location)
    data = {"how": how, "rule": rule, "kind": use.kind, "because": use.because, "name": use.name}
    return data | ({"only": use.conditions} if use.conditions else {})


def render_text(explanation: Explanation, style: Style = PLAIN) -> Printable:
    """Return a table with the fields of the event, their outcomes, results and rules.

    A refusal is shown below, or instead if there is no translation.
    """
    lines, refusal = [" -> ".join(explanation.route)], explanation.refusal
    if refusal is None or explanation.written:
        source, target = explanation.route[0], explanation.route[-1]
        names, header = (source, "outcome", target, "by"), (source, "", target, "")
        rows = _table_rows(explanation, style)
        lines.append(format_table(names, rows, style, header=header, merged=(0,)))
    if refusal is not None:
        place = f"{refusal.code} at {refusal.path}"
        lines.append(join_printable([_paint_outcome("refused", style), place], "  "))
        lines.append(f"  what   {refusal.message}")
        if refusal.tried is not None:
            lines.append(f"  tried  {_format_leaf(refusal.path, refusal.tried)}")
        if refusal.rule:
            lines.append(f"  rule   {refusal.rule}")
        lines.append(f"  help   {refusal.help}")
    return join_printable(lines)


def _table_rows(explanation: Explanation, style: Style) -> Iterator[tuple[str, str, str, str]]:
    show_index = any(leaf.event_index for leaf in explanation.written)

    def output_cell(leaf: OutputLeaf) -> str:
        prefix = f"[{leaf.event_index + 1}] " if show_index else ""
        return prefix + _format_leaf(leaf.path, leaf.value)

    for leaf in explanation.read:
        input_cell, outcome = (
            _format_leaf(leaf.path, leaf.value),
            _paint_outcome(leaf.outcome, style),
        )
        output_leaves = [
            output
            for output in explanation.written
            if any(is_at_or_in(leaf.path, source) for source in output.sources)
        ]
        if not output_leaves:
            place = style.paint(leaf.location.short, "bold") if leaf.location else ""
            yield input_cell, outcome, "", join_printable(filter(None, (place, leaf.because)), ": ")
        for output_leaf in output_leaves:
            reason = _format_rules(output_leaf.uses, style)
            if leaf.because and leaf.outcome != "carried":
                reason = join_printable([reason, leaf.because], ": ")
            yield input_cell, outcome, output_cell(output_leaf), reason
    for output_leaf in explanation.written:
        if not output_leaf.sources:
            operation = output_leaf.uses[0].operation if output_leaf.uses else "constant"
            outcome = _paint_outcome(operation, style)
            yield "", outcome, output_cell(output_leaf), _format_rules(output_leaf.uses, style)


def _format_leaf(path: str, value: Any) -> str:
    value_json = printable(json.dumps(value, ensure_ascii=False, default=str))
    return f"{_truncate(path, _MAX_PATH_LENGTH)} {_truncate(value_json, _MAX_VALUE_LENGTH)}"


def _truncate(string: str, length: int) -> str:
    return string if len(string) <= length else f"{string[: length - 3]}..."


def format_rule(use: RuleUse, style: Style = PLAIN) -> Printable:
    """Return the place of a rule, its operation and its name, as in `log.yaml:27 values`."""
    place = style.paint(use.location.short, "bold")
    conditions = f"(only {use.conditions})" if use.conditions else ""
    parts = (use.operation, use.name, conditions)
    return join_printable([place, *filter(None, parts)], " ")


def _format_rules(uses: Sequence[RuleUse], style: Style) -> Printable:
    return join_printable((format_rule(use, style) for use in uses), ", ")


def is_at_or_in(path: str, outer: str) -> bool:
    """Whether a JSON path is that of a value, or of a part of it."""
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _paint_outcome(outcome: str, style: Style) -> Printable:
    return style.paint(outcome, _OUTCOME_COLOURS.get(outcome, "dim"))
