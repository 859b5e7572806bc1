"""Findings as text for people, and as the formats that programs read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from translator.diagnostics import Diagnostic
from translator.places import line_and_column


def text(found: Sequence[Diagnostic]) -> str:
    """For people: each finding with its place, the line it is about, and a caret."""
    errors = sum(1 for one in found if one.severity == "error")
    warnings = len(found) - errors
    counts = f"{_number(errors, 'error')}, {_number(warnings, 'warning')}"
    return f"{findings(found)}\n\n{counts}" if found else "no findings"


def findings(found: Sequence[Diagnostic]) -> str:
    """The findings as `text` has them, without their number."""
    return "\n\n".join(_shown(one) for one in placed(found))


def placed(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings, those at a JSON pointer with the line and column to which it leads."""
    texts: dict[str, str] = {}
    return [_placed(one, texts) for one in found]


def _placed(one: Diagnostic, texts: dict[str, str]) -> Diagnostic:
    place = one.location
    if place.line or not place.file.endswith(".json"):
        return one
    if place.file not in texts:
        try:
            texts[place.file] = Path(place.file).read_text(encoding="utf-8")
        except (OSError, ValueError):
            texts[place.file] = ""
    found = line_and_column(texts[place.file], place.pointer)
    if found is None:
        return one
    return replace(one, location=replace(place, line=found[0], column=found[1]))


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _shown(one: Diagnostic) -> str:
    lines = [f"{one.location}: {one.severity}[{one.code}]: {one.message}"]
    source = _line(one)
    if source is not None:
        margin = f"{one.location.line:>5} | "
        lines.append(margin + source)
        lines.append(" " * (len(margin) - 2) + "| " + " " * (one.location.column - 1) + "^")
    if one.location.line and one.location.pointer:
        lines.append(f"      = at {one.location.pointer}")
    if one.hint:
        lines.append(f"      = {one.hint}")
    return "\n".join(lines)


def _line(one: Diagnostic) -> str | None:
    if not one.location.line:
        return None
    try:
        lines = Path(one.location.file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    number = one.location.line - 1
    return lines[number].replace("\t", " ") if number < len(lines) else None


def as_json(found: Sequence[Diagnostic]) -> str:
    """For programs: a list of objects."""
    return json.dumps(rows(found), indent=2, ensure_ascii=False)


def rows(found: Sequence[Diagnostic]) -> list[dict[str, str | int]]:
    """The findings as objects of JSON."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "file": one.location.file,
            "line": one.location.line,
            "column": one.location.column,
            "pointer": one.location.pointer,
            "message": one.message,
            "hint": one.hint,
        }
        for one in placed(found)
    ]


def github(found: Sequence[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows on the lines of a change."""
    return "\n".join(
        f"::{one.severity} file={_escaped(one.location.file, ':,')},"
        f"line={max(one.location.line, 1)},col={max(one.location.column, 1)},"
        f"title={_escaped(one.code, ':,')}::{_escaped(_whole(one), '')}"
        for one in placed(found)
    )


def _whole(one: Diagnostic) -> str:
    return f"{one.message} ({one.hint})" if one.hint else one.message


def _escaped(value: str, more: str) -> str:
    for char in "%\r\n" + more:
        value = value.replace(char, f"%{ord(char):02X}")
    return value


def sarif(found: Sequence[Diagnostic]) -> str:
    """SARIF 2.1.0, which code scanning services read."""
    rules = [{"id": code} for code in sorted({one.code for one in found})]
    results = [
        {
            "ruleId": one.code,
            "level": one.severity,
            "message": {"text": _whole(one)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": Path(one.location.file).as_posix()},
                        "region": {
                            "startLine": max(one.location.line, 1),
                            "startColumn": max(one.location.column, 1),
                        },
                    }
                }
            ],
        }
        for one in placed(found)
    ]
    driver = {"name": "event-translator", "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    document = {"$schema": schema, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


REPORTERS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif,
}
"""The output formats, by name."""
