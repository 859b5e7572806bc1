"""Render findings as text, JSON, GitHub annotations or SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from translator.errors import Diagnostic
from translator.schema.openapi import line_and_column


def render_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the findings, each with its source line and a caret, and their number."""
    if not diagnostics:
        return "no findings"
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    counts = f"{pluralise(errors, 'error')}, {pluralise(len(diagnostics) - errors, 'warning')}"
    return f"{render_findings(diagnostics)}\n\n{counts}"


def render_findings(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the findings as in `render_text`, but without their number."""
    return "\n\n".join(map(_format_diagnostic, resolve_positions(diagnostics)))


def resolve_positions(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Add line and column to the findings that are located only by a JSON pointer."""
    resolved = []
    for diagnostic in diagnostics:
        location, position = diagnostic.location, None
        if not location.line and location.file.endswith(".json"):
            position = line_and_column(_read_text(location.file), location.pointer)
        if position is not None:
            location = replace(location, line=position[0], column=position[1])
        resolved.append(replace(diagnostic, location=location))
    return resolved


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def pluralise(count: int, noun: str) -> str:
    """Return a number and a noun, as in `1 error` and `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _format_diagnostic(diagnostic: Diagnostic) -> str:
    location = diagnostic.location
    lines = [f"{location}: {diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    file_lines = _read_text(location.file).splitlines() if location.line else []
    if 0 < location.line <= len(file_lines):
        lines.append(f"{location.line:>5} | {file_lines[location.line - 1]}".replace("\t", " "))
        lines.append(f"      | {' ' * (location.column - 1)}^")
    if location.line and location.pointer:
        lines.append(f"      = at {location.pointer}")
    if diagnostic.hint:
        lines.append(f"      = {diagnostic.hint}")
    return "\n".join(lines)


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the findings as a JSON array of objects."""
    return json.dumps(diagnostics_data(diagnostics), indent=2, ensure_ascii=False)


def diagnostics_data(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Return the findings as data for JSON, one dictionary for each."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            **asdict(diagnostic.location),
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        }
        for diagnostic in resolve_positions(diagnostics)
    ]


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return workflow commands, which GitHub shows beside the lines of a pull request."""
    return "\n".join(map(_github_command, resolve_positions(diagnostics)))


def _github_command(diagnostic: Diagnostic) -> str:
    location, title = diagnostic.location, _escape(diagnostic.code, ":,")
    place = f"file={_escape(location.file, ':,')},line={max(location.line, 1)}"
    options = f"{place},col={max(location.column, 1)},title={title}"
    return f"::{diagnostic.severity} {options}::{_escape(_full_message(diagnostic), '')}"


def _full_message(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message} ({diagnostic.hint})" if diagnostic.hint else diagnostic.message


def _escape(string: str, extra_chars: str) -> str:
    for char in "%\r\n" + extra_chars:
        string = string.replace(char, f"%{ord(char):02X}")
    return string


def render_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a SARIF 2.1.0 document, the input format of code scanning services."""
    rules = [{"id": code} for code in sorted({diagnostic.code for diagnostic in diagnostics})]
    driver = {"name": "event-translator", "rules": rules}
    results = [_sarif_result(diagnostic) for diagnostic in resolve_positions(diagnostics)]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _sarif_result(diagnostic: Diagnostic) -> dict[str, Any]:
    location = diagnostic.location
    region = {"startLine": max(location.line, 1), "startColumn": max(location.column, 1)}
    artifact = {"uri": Path(location.file).as_posix()}
    return {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": {"text": _full_message(diagnostic)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }


REPORTERS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": render_text,
    "json": render_json,
    "github": render_github,
    "sarif": render_sarif,
}
"""The function for each output format."""
