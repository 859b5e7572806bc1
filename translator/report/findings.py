"""Findings as text for people, and as the formats that programs read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from translator.errors import Diagnostic
from translator.schema.openapi import line_and_column


def render_text(diagnostics: Sequence[Diagnostic]) -> str:
    """For people: each finding with its place, the line it is about, and a caret."""
    error_count = sum(1 for diagnostic in diagnostics if diagnostic.severity == "error")
    warning_count = len(diagnostics) - error_count
    counts = f"{_pluralise(error_count, 'error')}, {_pluralise(warning_count, 'warning')}"
    return f"{render_findings(diagnostics)}\n\n{counts}" if diagnostics else "no findings"


def render_findings(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings as `text` has them, without their number."""
    return "\n\n".join(
        _format_diagnostic(diagnostic) for diagnostic in resolve_positions(diagnostics)
    )


def resolve_positions(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings, those at a JSON pointer with the line and column to which it leads."""
    file_contents: dict[str, str] = {}
    return [_resolve_position(diagnostic, file_contents) for diagnostic in diagnostics]


def _resolve_position(diagnostic: Diagnostic, file_contents: dict[str, str]) -> Diagnostic:
    location = diagnostic.location
    if location.line or not location.file.endswith(".json"):
        return diagnostic
    if location.file not in file_contents:
        try:
            file_contents[location.file] = Path(location.file).read_text(encoding="utf-8")
        except (OSError, ValueError):
            file_contents[location.file] = ""
    position = line_and_column(file_contents[location.file], location.pointer)
    if position is None:
        return diagnostic
    return replace(diagnostic, location=replace(location, line=position[0], column=position[1]))


def _pluralise(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _format_diagnostic(diagnostic: Diagnostic) -> str:
    lines = [
        f"{diagnostic.location}: {diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"
    ]
    source_line = _source_line(diagnostic)
    if source_line is not None:
        margin = f"{diagnostic.location.line:>5} | "
        lines.append(margin + source_line)
        lines.append(" " * (len(margin) - 2) + "| " + " " * (diagnostic.location.column - 1) + "^")
    if diagnostic.location.line and diagnostic.location.pointer:
        lines.append(f"      = at {diagnostic.location.pointer}")
    if diagnostic.hint:
        lines.append(f"      = {diagnostic.hint}")
    return "\n".join(lines)


def _source_line(diagnostic: Diagnostic) -> str | None:
    if not diagnostic.location.line:
        return None
    try:
        lines = Path(diagnostic.location.file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    index = diagnostic.location.line - 1
    return lines[index].replace("\t", " ") if index < len(lines) else None


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """For programs: a list of objects."""
    return json.dumps(diagnostics_data(diagnostics), indent=2, ensure_ascii=False)


def diagnostics_data(diagnostics: Sequence[Diagnostic]) -> list[dict[str, str | int]]:
    """The findings as objects of JSON."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            "file": diagnostic.location.file,
            "line": diagnostic.location.line,
            "column": diagnostic.location.column,
            "pointer": diagnostic.location.pointer,
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        }
        for diagnostic in resolve_positions(diagnostics)
    ]


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows on the lines of a change."""
    return "\n".join(
        f"::{diagnostic.severity} file={_escape(diagnostic.location.file, ':,')},"
        f"line={max(diagnostic.location.line, 1)},col={max(diagnostic.location.column, 1)},"
        f"title={_escape(diagnostic.code, ':,')}::{_escape(_full_message(diagnostic), '')}"
        for diagnostic in resolve_positions(diagnostics)
    )


def _full_message(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message} ({diagnostic.hint})" if diagnostic.hint else diagnostic.message


def _escape(value: str, extra: str) -> str:
    for char in "%\r\n" + extra:
        value = value.replace(char, f"%{ord(char):02X}")
    return value


def render_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """SARIF 2.1.0, which code scanning services read."""
    rules = [{"id": code} for code in sorted({diagnostic.code for diagnostic in diagnostics})]
    results = [
        {
            "ruleId": diagnostic.code,
            "level": diagnostic.severity,
            "message": {"text": _full_message(diagnostic)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": Path(diagnostic.location.file).as_posix()},
                        "region": {
                            "startLine": max(diagnostic.location.line, 1),
                            "startColumn": max(diagnostic.location.column, 1),
                        },
                    }
                }
            ],
        }
        for diagnostic in resolve_positions(diagnostics)
    ]
    driver = {"name": "event-translator", "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    document = {"$schema": schema, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


REPORTERS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": render_text,
    "json": render_json,
    "github": render_github,
    "sarif": render_sarif,
}
"""The output formats, by name."""
