"""Render findings as text, JSON, GitHub annotations or SARIF."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

from translator.errors import CODES, TODO, Diagnostic, Location, truncate
from translator.language.yaml_tree import yaml_string
from translator.report.printable import Printable, join_printable, printable, printable_json
from translator.report.style import PLAIN, Colour, Style
from translator.report.table import display_width
from translator.schema.openapi import Positions

if TYPE_CHECKING:
    from translator.analysis.check import CheckResult

MAX_ALIKE: Final = 3
"""Maximum number of findings with the same code and file in the text, unless all are requested."""

DOCUMENTATION: Final = "https://event-translator.github.io/event-translator/"
"""The address of the documentation."""

_CONTEXT: Final = 80
"""Number of characters of a source line that are shown on either side of a finding."""

_MAX_POINTER: Final = 200
"""Maximum length of a JSON pointer in the text."""

_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The line breaks of YAML."""


def render_text(
    diagnostics: Sequence[Diagnostic],
    checked: CheckResult | None = None,
    note: str = "",
    style: Style = PLAIN,
) -> Printable:
    """Return the findings, each with its source line and a caret, and what was checked.

    Of many findings with the same code in one file, only the first are shown.
    """
    return _render_text(diagnostics, MAX_ALIKE, checked, note, style)


def render_all_text(
    diagnostics: Sequence[Diagnostic],
    checked: CheckResult | None = None,
    note: str = "",
    style: Style = PLAIN,
) -> Printable:
    """Return the same as `render_text`, with every finding."""
    return _render_text(diagnostics, len(diagnostics), checked, note, style)


def _render_text(
    diagnostics: Sequence[Diagnostic],
    max_alike: int,
    checked: CheckResult | None,
    note: str,
    style: Style,
) -> Printable:
    summary = _summary(diagnostics, checked, note)
    if not diagnostics:
        return summary
    return join_printable([render_findings(diagnostics, max_alike, style), summary], "\n\n")


def _summary(
    diagnostics: Sequence[Diagnostic], checked: CheckResult | None, note: str
) -> Printable:
    """Return the number of findings, after what was checked."""
    counts = "no findings"
    if diagnostics:
        errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
        warnings = len(diagnostics) - errors
        counts = f"{pluralise(errors, 'error')}, {pluralise(warnings, 'warning')}"
    if checked is not None:
        parts = [pluralise(count, noun[:-1]) for noun, count in _checked_data(checked).items()]
        counts = f"checked {', '.join(parts)}: {counts}"
    return join_printable([counts, note] if note else [counts])


def _checked_data(checked: CheckResult) -> dict[str, int]:
    """Return how many specs, mappings and pairs were checked."""
    return {
        "specs": len(checked.specs),
        "mappings": len(checked.mappings),
        "pairs": checked.pairs,
    }


def render_findings(
    diagnostics: Sequence[Diagnostic], max_alike: int | None = None, style: Style = PLAIN
) -> Printable:
    """Return the findings as in `render_text`, but without their number; by default all of them."""
    blocks_to_paste: dict[Location, Printable] = {}
    if max_alike is not None:
        diagnostics, blocks_to_paste = _group_fields(diagnostics, max_alike)
    kinds = [(diagnostic.location.file, diagnostic.code) for diagnostic in diagnostics]
    totals, seen = Counter(kinds), Counter[tuple[str, str]]()
    shown, notes = [], {}
    for kind, diagnostic in zip(kinds, diagnostics, strict=True):
        seen[kind] += 1
        # A note instead of a single finding would save nothing.
        if max_alike is None or seen[kind] <= max_alike or totals[kind] == max_alike + 1:
            shown.append(diagnostic)
        elif seen[kind] == max_alike + 1:
            count, (file, code) = totals[kind] - max_alike, kind
            note = f"{file}: {count} more findings with the code {code}; --all shows them"
            notes[len(shown) - 1] = printable(note)
    sources = _Sources()
    blocks: list[Printable] = []
    for index, diagnostic in enumerate(_resolve_positions(shown, sources)):
        blocks.append(_format_diagnostic(diagnostic, sources, style))
        if diagnostic.code == "unaccounted-member" and diagnostic.location in blocks_to_paste:
            blocks.append(blocks_to_paste.pop(diagnostic.location))
        if index in notes:
            blocks.append(notes[index])
    return join_printable(blocks, "\n\n")


def _group_fields(
    diagnostics: Sequence[Diagnostic], max_alike: int
) -> tuple[list[Diagnostic], dict[Location, Printable]]:
    """Join the findings about fields that one side of a mapping leaves out, if there are many.

    Returns the findings, and the YAML to paste into the mapping for each place of a group.
    """
    groups: dict[Location, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        if diagnostic.code == "unaccounted-member" and diagnostic.field[0]:
            groups.setdefault(diagnostic.location, []).append(diagnostic)
    groups = {place: group for place, group in groups.items() if len(group) > max_alike}
    joined: list[Diagnostic] = []
    blocks: dict[Location, Printable] = {}
    for diagnostic in diagnostics:
        place = diagnostic.location
        group = groups.get(place, [])
        if diagnostic not in group:
            joined.append(diagnostic)
        elif place not in blocks:
            name = diagnostic.field[0]
            message = f"{len(group)} fields of {name} are not mapped"
            hint = "map them, or paste this into the mapping and give the reasons"
            joined.append(diagnostic._replace(message=message, hint=hint))
            lines = ["lost:", f"  {yaml_string(name)}:"]
            lines += [f"    {yaml_string(item.field[1])}: {TODO}" for item in group]
            blocks[place] = join_printable(lines)
    return joined, blocks


class _Sources:
    """The files that findings are in, each read once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._positions: dict[str, Positions] = {}

    def text(self, path: str) -> str:
        """Return the content of a file; empty if it cannot be read."""
        if path not in self._texts:
            self._texts[path] = _read_text(path)
        return self._texts[path]

    def position(self, path: str, pointer: str) -> tuple[int, int] | None:
        """Return line and column of what a pointer selects in a JSON file."""
        if path not in self._positions:
            self._positions[path] = Positions(self.text(path))
        return self._positions[path].find(pointer)

    def line(self, path: str, number: int) -> str | None:
        """Return the line with this number, counted from 1."""
        if path not in self._lines:
            text = self.text(path)
            is_json = path.endswith(".json")
            self._lines[path] = text.split("\n") if is_json else _LINE_BREAK.split(text)
        lines = self._lines[path]
        return lines[number - 1] if 0 < number <= len(lines) else None


def resolve_positions(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Add line and column to the findings that are located only by a JSON pointer."""
    return list(_resolve_positions(diagnostics, _Sources()))


def _resolve_positions(
    diagnostics: Sequence[Diagnostic], sources: _Sources
) -> Iterator[Diagnostic]:
    for diagnostic in diagnostics:
        location, position = diagnostic.location, None
        if not location.line and location.file.endswith(".json"):
            position = sources.position(location.file, location.pointer)
        if position is not None:
            location = location._replace(line=position[0], column=position[1])
        yield diagnostic._replace(location=location)


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def pluralise(count: int, noun: str) -> str:
    """Return a number and a noun, as in `1 error` and `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def format_line(diagnostic: Diagnostic, style: Style = PLAIN) -> Printable:
    """Return a finding and its hint as one line: `acme.yaml:7:9: error[mapping-key]: …`."""
    line = _format_head(diagnostic, diagnostic.message, style)
    return join_printable([line, f"({diagnostic.hint})"], " ") if diagnostic.hint else line


def _format_head(diagnostic: Diagnostic, message: str, style: Style) -> Printable:
    place = style.paint(_shorten(str(diagnostic.location)), "bold")
    colour: Colour = "red" if diagnostic.severity == "error" else "yellow"
    kind = style.paint(f"{diagnostic.severity}[{diagnostic.code}]", colour)
    return join_printable([place, kind, message], ": ")


def _format_diagnostic(diagnostic: Diagnostic, sources: _Sources, style: Style) -> Printable:
    location = diagnostic.location
    message = truncate(diagnostic.message)
    lines: list[str] = [_format_head(diagnostic, message, style)]
    source_line = sources.line(location.file, location.line)
    if source_line is not None:
        before, after = _cut_line(source_line.replace("\t", " "), location.column - 1)
        lines.append(f"{location.line:>5} | {before}{after}")
        lines.append(f"      | {' ' * display_width(before)}^")
    if location.line and location.pointer:
        lines.append(f"      = at {_shorten(location.pointer)}")
    if diagnostic.hint:
        lines.append(f"      = {truncate(diagnostic.hint)}")
    return join_printable(lines)


def _cut_line(line: str, index: int) -> tuple[Printable, Printable]:
    """Return what is left and right of an index of a line, without what is far away from it."""
    before, after = line[:index], line[index:]
    if len(before) > _CONTEXT:
        before = f"…{before[-_CONTEXT:]}"
    if len(after) > _CONTEXT:
        after = f"{after[:_CONTEXT]}…"
    return printable(before), printable(after)


def _shorten(string: str) -> str:
    """Cut the middle of a file name or JSON pointer that is too long."""
    if len(string) <= _MAX_POINTER:
        return string
    return f"{string[: _MAX_POINTER // 2]}…{string[-_MAX_POINTER // 2 :]}"


def render_json(
    diagnostics: Sequence[Diagnostic], checked: CheckResult | None = None, note: str = ""
) -> Printable:
    """Return what was checked and the findings as a JSON object."""
    data: dict[str, Any] = {"findings": diagnostics_data(diagnostics)}
    if checked is not None:
        data = {"checked": {**_checked_data(checked), "where": note}, **data}
    return printable_json(data)


def diagnostics_data(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Return the findings as data for JSON, one dictionary for each."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            **diagnostic.location._asdict(),
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        }
        for diagnostic in resolve_positions(diagnostics)
    ]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message about a place in a file, as GitHub and SARIF show it."""

    level: Literal["error", "warning", "notice"]
    code: str
    location: Location
    message: str


def annotate(diagnostics: Sequence[Diagnostic]) -> list[Annotation]:
    """Return an annotation for each finding, with its hint."""
    return [
        Annotation(
            diagnostic.severity,
            diagnostic.code,
            diagnostic.location,
            f"{diagnostic.message} ({diagnostic.hint})" if diagnostic.hint else diagnostic.message,
        )
        for diagnostic in resolve_positions(diagnostics)
    ]


def render_github(
    diagnostics: Sequence[Diagnostic], checked: CheckResult | None = None, note: str = ""
) -> Printable:
    """Return workflow commands, which GitHub shows beside the lines of a pull request.

    A line with what was checked follows, which GitHub shows in the log.
    """
    lines = list(map(_github_command, annotate(diagnostics)))
    if checked is not None:
        lines.append(_summary(diagnostics, checked, note))
    return join_printable(lines)


def github_commands(annotations: Iterable[Annotation]) -> Printable:
    """Return a workflow command for each annotation."""
    return join_printable(map(_github_command, annotations))


def _github_command(annotation: Annotation) -> Printable:
    location, title = annotation.location, _escape(annotation.code, ":,")
    place = f"file={_escape(location.file, ':,')},line={max(location.line, 1)}"
    options = f"{place},col={max(location.column, 1)},title={title}"
    return Printable(f"::{annotation.level} {options}::{_escape(annotation.message, '')}")


def _escape(string: str, extra_chars: str) -> Printable:
    for char in "%\r\n" + extra_chars:
        string = string.replace(char, f"%{ord(char):02X}")
    return printable(string)


def render_sarif(
    diagnostics: Sequence[Diagnostic], checked: CheckResult | None = None, note: str = ""
) -> Printable:
    """Return a SARIF 2.1.0 document, the input format of code scanning services."""
    properties = {}
    if checked is not None:
        properties = {"checked": {**_checked_data(checked), "where": note}}
    return sarif_document(annotate(diagnostics), properties)


def sarif_document(
    annotations: Sequence[Annotation], properties: Mapping[str, Any] | None = None
) -> Printable:
    """Return a SARIF document with a result for each annotation, and properties of the run."""
    codes = sorted({annotation.code for annotation in annotations})
    rules = [{"id": code, "helpUri": _help_uri(code)} for code in codes]
    driver = {"name": "event-translator", "rules": rules}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "results": list(map(_sarif_result, annotations)),
    }
    if properties:
        run["properties"] = properties
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return printable_json(document)


def _help_uri(code: str) -> str:
    """Return the address of the page about a code: a finding, or a pair that `impact` breaks."""
    return f"{DOCUMENTATION}findings/{code}/" if code in CODES else f"{DOCUMENTATION}drift/"


def _sarif_result(annotation: Annotation) -> dict[str, Any]:
    location = annotation.location
    region = {"startLine": max(location.line, 1), "startColumn": max(location.column, 1)}
    artifact = {"uri": quote(os.fsencode(Path(location.file).as_posix()))}
    return {
        "ruleId": annotation.code,
        "level": "note" if annotation.level == "notice" else annotation.level,
        "message": {"text": annotation.message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }


REPORTERS: dict[str, Callable[..., Printable]] = {
    "text": render_text,
    "json": render_json,
    "github": render_github,
    "sarif": render_sarif,
}
"""The function for each output format."""
