"""Render the explanation of one event as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from translator.analysis.explain import Explanation, OutputLeaf
from translator.compiler.lineage import RuleUse
from translator.report.printable import Printable, join_printable, printable
from translator.report.table import format_table

_MAX_VALUE_LENGTH = 44

_MAX_PATH_LENGTH = 60

_OUTCOME_COLOURS = {
    "kept": "32",
    "normalised": "36",
    "carried": "34",
    "approximated": "33",
    "lost": "31",
    "refused": "31",
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
            {"path": leaf.path, "value": leaf.value, "fate": leaf.outcome, "because": leaf.because}
            for leaf in explanation.read
        ],
        "refused": explanation.refusal and asdict(explanation.refusal),
    }


def _rule_data(use: RuleUse) -> dict[str, str]:
    how, rule = use.operation, str(use.location)
    return {"how": how, "rule": rule, "kind": use.kind, "because": use.because, "name": use.name}


def render_text(explanation: Explanation, *, colours: bool = False) -> Printable:
    """Return a table with the fields of the event, their outcomes, results and rules.

    A refusal is shown below, or instead if there is no translation.
    """
    colour = _colour if colours else printable
    lines, refusal = [" -> ".join(explanation.route)], explanation.refusal
    if refusal is None or explanation.written:
        header = (explanation.route[0], "", explanation.route[-1], "")
        rows = [header, *_table_rows(explanation)]
        lines.append(format_table((row[0], colour(row[1]), *row[2:]) for row in rows))
    if refusal is not None:
        lines.append(join_printable([colour("refused"), f"{refusal.code} at {refusal.path}"], "  "))
        lines.append(f"  what   {refusal.message}")
        if refusal.tried is not None:
            lines.append(f"  tried  {_format_leaf(refusal.path, refusal.tried)}")
        if refusal.rule:
            lines.append(f"  rule   {refusal.rule}")
        lines.append(f"  help   {refusal.help}")
    return join_printable(lines)


def _table_rows(explanation: Explanation) -> Iterator[tuple[str, str, str, str]]:
    show_index = any(leaf.event_index for leaf in explanation.written)

    def output_cell(leaf: OutputLeaf) -> str:
        prefix = f"[{leaf.event_index + 1}] " if show_index else ""
        return prefix + _format_leaf(leaf.path, leaf.value)

    for leaf in explanation.read:
        input_cell = _format_leaf(leaf.path, leaf.value)
        output_leaves = [output for output in explanation.written if leaf.path in output.sources]
        if not output_leaves:
            yield input_cell, leaf.outcome, "", leaf.because
        for output_leaf in output_leaves:
            reason = ", ".join(map(format_rule, output_leaf.uses))
            if leaf.because and leaf.outcome != "carried":
                reason = f"{reason}: {leaf.because}"
            yield input_cell, leaf.outcome, output_cell(output_leaf), reason
            input_cell = ""
    for output_leaf in explanation.written:
        if not output_leaf.sources:
            operation = output_leaf.uses[0].operation if output_leaf.uses else "constant"
            reason = ", ".join(map(format_rule, output_leaf.uses))
            yield "", operation, output_cell(output_leaf), reason


def _format_leaf(path: str, value: Any) -> str:
    value_json = printable(json.dumps(value, ensure_ascii=False, default=str))
    return f"{_truncate(path, _MAX_PATH_LENGTH)} {_truncate(value_json, _MAX_VALUE_LENGTH)}"


def _truncate(string: str, length: int) -> str:
    return string if len(string) <= length else f"{string[: length - 3]}..."


def format_rule(use: RuleUse) -> str:
    """Return the place of a rule, its operation and its name, as in `log.yaml:27 values`."""
    return " ".join(filter(None, (use.location.short, use.operation, use.name)))


def _colour(outcome: str) -> Printable:
    text = printable(outcome)
    colour = _OUTCOME_COLOURS.get(outcome, "2")
    return Printable(f"\x1b[{colour}m{text}\x1b[0m") if outcome else text
