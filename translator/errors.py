"""The errors that leave the toolkit: one hierarchy, each a value and not only a text.

Findings about specs and mappings: data, with the place they were found at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

MAX_DIAGNOSTICS = 100
"""So many findings about one file are given at most by each stage that reads it."""

MAX_MESSAGE_LENGTH = 1000
"""So long may a message or a hint be, in characters; the middle of a longer one is left out."""

_MAX_NAME_LENGTH, _MAX_NAMES, _MAX_LISTED = 100, 1000, 100

CODES: dict[str, str] = {
    "yaml-syntax": "the file is not YAML",
    "yaml-empty": "the file is empty",
    "yaml-encoding": "not UTF-8, or a character that YAML does not allow",
    "yaml-size": "the file is longer than 1 MiB",
    "yaml-depth": "lists and maps are nested more than 32 levels deep",
    "yaml-documents": "the file has a second YAML document",
    "yaml-duplicate-key": "a map has the same key twice",
    "yaml-key": "a key that is missing, or is a list or a map",
    "yaml-alias": "an anchor or alias",
    "yaml-merge": "a merge (`<<`)",
    "yaml-tag": "a tag (`!name`)",
    "yaml-number": "a number that JSON cannot hold",
    "mapping-file": "the file cannot be read",
    "mapping-version": "`version: 1` is missing, or it is another version",
    "mapping-between": "`between` does not name two formats, or not those of the file's name",
    "mapping-format": "`between` names a format that has no spec",
    "mapping-key": "a key is unknown, or conflicts with another key",
    "mapping-type": "a map, list or string is expected",
    "mapping-word": "an unknown word",
    "mapping-path": "a string that is not a path",
    "mapping-record": "a record has no fields or values, or names a field of a list's elements",
    "mapping-row": "a row lacks a side, repeats a value, or uses a variable on one side only",
    "mapping-param": "one of `fills` and `to` without the other",
    "mapping-each": "`each` beside `cases`",
    "mapping-template": "a template does not name each of its fields once, separated by fixed text",
    "mapping-linear": "a scale without two bounds, or with the greater one first",
    "mapping-carries": "`carries` lacks a part",
    "unknown-member": "a rule names a field that the format's spec does not have",
    "unknown-value": "a rule names a value that the field cannot have",
    "unknown-param": "a codec uses a param that the mapping does not declare",
    "unused-param": "a param fills nothing, and no codec uses it",
    "lists-differ": "the two sides of a rule go through a different number of lists",
    "types-differ": "the two sides of a rule have no type in common",
    "written-twice": "two rules write the same field",
    "waits-for-itself": "an alternative depends on the absence of a field that it helps to write",
    "unaccounted-member": "a field is neither mapped, filled, carried nor listed as lost",
    "unaccounted-value": "a value is neither mapped nor refused with a reason",
    "stale-reason": "a reason under `lost` matches no field, or only fields that are mapped",
    "no-reason": "a one-way rule does not say why",
    "hidden-row": "a row or value never applies, because another one takes precedence",
    "example-invalid": "the event of an example is invalid, or its arguments are unknown",
    "example-differs": "an example translates to something else than it states",
    "example-missing": "no example shows a rule, row or value, though the mapping has examples",
    "undecided": "no rule decides the variant to write, or rows need a field of unknown values",
    "lined-up": "parallel lists are not all fields of the event itself",
    "too-many-variants": "rows combine fields with too many values: more than 4096 combinations",
    "spec-file": "the file cannot be read",
    "spec-json": "the file is not JSON",
    "spec-object": "the document is not a JSON object",
    "spec-version": "the document is not OpenAPI 3.1",
    "spec-schema": "a schema, or part of one, has the wrong type",
    "spec-reference": "a reference leaves the document or has no target",
    "spec-event": "`x-event` is missing, or names no schema of an object",
    "spec-envelope": "`x-envelope` names no schema of a body",
    "spec-recursion": "the event schema contains itself",
    "spec-depth": "the document or the event schema is nested more than 200 levels deep",
    "spec-size": "the event has more than 20,000 schemas, or the file is larger than 16 MiB",
    "schema-invalid": "a keyword has a value that JSON Schema 2020-12 does not give it",
    "schema-nullable": "`nullable` no longer allows null",
    "schema-keyword": "an unknown keyword constrains nothing",
    "schema-format": "a format that is unknown is not checked",
    "schema-type": "a type is allowed that no enum value has",
    "schema-required": "`required` names no property",
    "schema-discriminator": "the discriminator and its union disagree",
    "schema-example": "an example or default is refused by its own schema",
    "schema-unreachable": "a component is never referenced",
    "written-nothing": "an `x-written` narrows nothing, or names a property that does not exist",
    "violations-nothing": "an `x-violations` explains a keyword that the schema does not have",
    "spec-name": "a module cannot have the name of the file",
    "spec-models": "no models can be generated from the spec",
}
"""Every code that a diagnostic can have, with its meaning."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: `line` and `column` count from 1 (0 where only the file is known).

    `pointer` is the JSON pointer of the place in a JSON document, empty elsewhere.
    """

    file: str
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        if self.line:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}#{self.pointer}" if self.pointer else self.file

    @property
    def short(self) -> str:
        """The place without its folder and its column, as in `log.yaml:27`."""
        name = self.file.replace("\\", "/").rpartition("/")[2]
        return f"{name}:{self.line}" if self.line else name


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable `code`, where, what is wrong, and what to do (`hint`)."""

    code: str
    location: Location
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code

    def __str__(self) -> str:
        text = f"{self.location}: {self.severity}[{self.code}]: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


def truncate(text: str) -> str:
    """A text of bounded length: of a very long one, its beginning and its end."""
    return (
        text
        if len(text) <= MAX_MESSAGE_LENGTH
        else f"{text[: MAX_MESSAGE_LENGTH // 2]} … {text[-MAX_MESSAGE_LENGTH // 4 :]}"
    )


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A hint that names the nearest of `known`, or lists them; empty when there are none.

    Among very many names none is looked for, since comparing them would take seconds.
    """
    import difflib

    names = sorted(set(candidates))
    if len(name) <= _MAX_NAME_LENGTH and len(names) <= _MAX_NAMES:
        matches = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        if matches:
            return f"did you mean {truncate(matches[0])!r}?"
    if not names:
        return ""
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return truncate(f"there is {', '.join(names[:_MAX_LISTED])}{more}")


ERROR_CODES: dict[str, str] = {
    "invalid-event": "the event does not satisfy the source's spec",
    "no-equivalent": "the target has no event that says the same",
    "missing-param": "a param is needed for this event and was not given",
    "invalid-param": "a param's value is not one that its place allows",
    "unmappable-id": "an id cannot be written in the target, or is not in the crosswalk",
    "unmappable-value": "a value cannot be written in the target",
    "no-item": "the target writes one event for each item and this event names none",
    "several-events": "the event becomes several; translate_all returns them all",
    "would-lose": "strict was asked for and something would be lost or approximated",
    "unknown-format": "no spec of that name, or no way between the two formats",
    "unknown-param": "no mapping on the way has a param of that name",
    "unknown-opt-in": "no mapping on the way has an opt-in of that name",
    "unknown-path": "the source has no member of the path that accept names",
    "unknown-crosswalk": "no mapping on the way has a crosswalk of that name",
    "invalid-crosswalk": "a crosswalk lacks a column, or names an id twice",
}
"""Every code a `TranslationError` can carry, with what it means."""


class TranslatorError(Exception):
    """The root of the errors this package raises."""


class _DiagnosticsError(TranslatorError):
    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class SpecError(_DiagnosticsError):
    """A spec cannot be used. `diagnostics` says what is wrong and where."""


class MappingError(_DiagnosticsError):
    """A mapping cannot be used. `diagnostics` says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an event breaks its spec: the JSON path of the member, and what is wrong."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class TranslationError(TranslatorError):
    """An event, or what was asked of a translator, was refused.

    `code` is one of `CODES`; `path` is the JSON path in the source event (`$.data.date`), or
    `$` where no single member is at fault; `message` says what to do next; `violations` lists
    every violation where the code is `invalid-event`. `rule` is the file and line of the rule that
    refused, where an explanation was asked for.
    """

    def __init__(
        self,
        code: str,
        path: str,
        message: str,
        violations: Sequence[Violation] = (),
        rule: str = "",
    ) -> None:
        assert code in ERROR_CODES, code
        self.code = code
        self.rule = rule
        self.path = path
        self.message = message
        self.violations = tuple(violations)
        super().__init__(code, path, message, self.violations)

    def __str__(self) -> str:
        return f"{self.code} at {self.path}: {self.message}"


class WorkerLost(Exception):
    """A worker process ended before its work was done; the text says how."""
