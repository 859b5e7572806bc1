"""The exceptions that this package raises, and diagnostics: findings about specs and mappings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

MAX_DIAGNOSTICS = 100
"""Maximum number of diagnostics about one file from each stage that reads it."""

TODO = "todo"
"""The reason of what nobody has decided yet, as `translator new` writes it."""

MAX_MESSAGE_LENGTH = 1000
"""Maximum length of a message or hint in characters; `truncate` cuts the middle."""

_MAX_NAME_LENGTH, _MAX_NAMES, _MAX_LISTED = 100, 1000, 100

CODES: dict[str, str] = {
    "ignored-file": "a file looks like a spec or a mapping, but is not read",
    "empty-folder": "a folder has no spec or no mapping",
    "unmapped-format": "no mapping relates a format to another one",
    "yaml-syntax": "the file is not YAML",
    "yaml-empty": "the file is empty",
    "yaml-encoding": "not UTF-8, or a character that YAML does not allow",
    "yaml-size": "the file is longer than 1 MiB",
    "yaml-depth": "lists and maps are nested more than 32 levels deep",
    "yaml-documents": "the file has a second YAML document",
    "yaml-duplicate-key": "a map has the same key twice",
    "yaml-key": "a key is missing, or is a list or a map",
    "yaml-alias": "an anchor or alias is not allowed",
    "yaml-merge": "a merge (`<<`) is not allowed",
    "yaml-tag": "a tag (`!name`) is not allowed",
    "yaml-number": "JSON cannot represent a number",
    "mapping-file": "the file cannot be read",
    "mapping-version": "`version: 2` is missing, or it is neither 1 nor 2",
    "mapping-between": "`between` does not name two formats, or not those of the file's name",
    "mapping-format": "`between` names a format that has no spec",
    "mapping-key": "a key is unknown, or conflicts with another key",
    "mapping-type": "a map, list or string is expected",
    "mapping-word": "a keyword is unknown",
    "mapping-path": "a string is not a path",
    "mapping-record": "a record is empty, or names a field inside a list",
    "mapping-row": "a row lacks a side, repeats a value, or uses a variable on one side only",
    "mapping-param": "a param has only one of `fills` and `to`",
    "mapping-each": "`each` and `cases` exclude each other",
    "mapping-template": "a template does not name each of its fields once, separated by text",
    "mapping-linear": "a scale lacks a bound, or has the greater one first",
    "mapping-carries": "`carries` lacks a part, or its slot cannot hold the values",
    "unknown-member": "a rule names a field that the format's spec does not have",
    "unknown-value": "a rule names a value that the field cannot have",
    "unknown-param": "a codec uses a param that the mapping does not declare",
    "unused-param": "a param fills nothing, and no codec uses it",
    "lists-differ": "the two sides of a rule go through a different number of lists",
    "types-differ": "the two sides of a rule have no type in common",
    "codec-domain": "a codec never gets or gives a value of the type that is there",
    "written-twice": "two rules write the same field",
    "condition-never": "no event meets a condition",
    "rule-hidden": "a rule of a list never applies, because an earlier one does",
    "chain-order": "a source of a field comes after one that is less certain",
    "selection-overlap": "rules may write the same element of a list by two selections",
    "selection-whole": "a rule writes whole elements, of which a selection has to set a field",
    "selection-unknown": "a path uses a named selection that the mapping does not declare",
    "selection-branch": "the spec does not say which elements belong to a named selection",
    "waits-for-itself": "an alternative depends on the absence of a field that it helps to write",
    "unaccounted-member": "a field is neither mapped, filled, carried nor listed as lost",
    "unaccounted-value": "a value is neither mapped nor refused with a reason",
    "required-unwritten": "a rule writes a part of an object, but none writes what it requires",
    "stale-reason": "a reason under `lost` matches no field, or only fields that are mapped",
    "no-reason": "a one-way rule does not say why",
    "todo-reason": "reasons or descriptions of a mapping are still `todo`",
    "hidden-row": "a row or value never applies, because another one takes precedence",
    "repeated-sum": "a value that counts once is repeated in each of several events",
    "once-required": "`once` omits a field that the format requires",
    "once-nothing": "`once` has no effect, because the rule repeats nothing",
    "sum-mixed": "a rule relates a value that counts once to a field of elements, an id or a token",
    "id-mixed": "a rule relates identifiers of different things exactly",
    "token-mixed": "a token is mapped to a field that is not carried for its own format",
    "scope-too-large": "an event is about more elements than a list that they fill may have",
    "example-invalid": "the event of an example is invalid, or its arguments are unknown",
    "example-differs": "an example does not translate to the event that it states",
    "example-missing": "no example shows a rule, row or value, though the mapping has examples",
    "never-applies": "no event uses a rule, row or case in a direction that it claims",
    "always-refused": "all events, or those of a kind, are refused, and no `refuse` says so",
    "unwritten-value": "nothing writes the value of a field by which a case or row is recognized",
    "param-conflict": "two mappings of a route need values of a param that exclude each other",
    "undecided": "no rule decides the variant to write, or rows need a field without an enum",
    "lined-up": "parallel lists are not all fields of the event itself",
    "selection-built": "a selection reads or writes whole values, but a route builds them of parts",
    "too-many-variants": "rows combine fields in more than 4096 ways",
    "spec-file": "the file cannot be read",
    "spec-json": "the file is not JSON",
    "spec-object": "the document is not a JSON object",
    "spec-version": "the document is not OpenAPI 3.1",
    "spec-schema": "a keyword of a schema has a value that is not allowed or cannot be used",
    "spec-reference": "a reference leaves the document or has no target",
    "spec-event": "`x-event` is missing, or does not name an object schema",
    "spec-envelope": "`x-envelope` does not describe a body",
    "spec-source": "`x-source` does not say where the spec comes from",
    "spec-recursion": "the event schema contains itself",
    "spec-depth": "the document or the event schema is nested more than 200 levels deep",
    "spec-size": "the event has more than 20,000 schemas, or the file is larger than 16 MiB",
    "import-form": "a file to import is in no form that can be converted",
    "import-event": "a file to import does not show which schema is the event",
    "import-reference": "a file to import refers to something that is in no given file",
    "schema-invalid": "a regular expression, or the schema of an example, cannot be used",
    "schema-nullable": "`nullable` has no effect in OpenAPI 3.1",
    "schema-keyword": "an unknown keyword constrains nothing",
    "schema-format": "an unknown format is not checked",
    "schema-type": "`type` allows a type that no enum value has",
    "schema-required": "`required` names an undeclared property",
    "schema-discriminator": "the discriminator and its union disagree",
    "schema-example": "an example or default does not satisfy its own schema",
    "schema-unreachable": "a component is never referenced",
    "written-nothing": "an `x-written` narrows nothing, or names a property that does not exist",
    "violations-nothing": "an `x-violations` explains a keyword that the schema does not have",
    "overlay-form": "the file is not an overlay of the OpenAPI Overlay Specification 1.0",
    "overlay-target": "the target of an action is not JSONPath, or selects nothing",
    "overlay-update": "an action cannot change what its target selects",
    "spec-name": "the name of the file cannot be the name of a module",
    "spec-models": "models cannot be generated from the spec",
}
"""Every code of a diagnostic, with its meaning."""

Severity = Literal["error", "warning"]


class Location(NamedTuple):
    """A place in a file. `line` and `column` count from 1; 0 if only the file is known.

    `pointer` is the JSON pointer of the place in a JSON document, empty for other files.
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
        """File name and line only, as in `log.yaml:27`."""
        name = self.file.replace("\\", "/").rpartition("/")[2]
        return f"{name}:{self.line}" if self.line else name


class Diagnostic(NamedTuple):
    """A finding: a stable `code`, where, what is wrong, and what to do about it (`hint`).

    `field` is the format and the path of the field that a mapping leaves out, else empty.
    """

    code: str
    location: Location
    message: str
    hint: str = ""
    severity: Severity = "error"
    field: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        assert self.code in CODES, self.code
        text = f"{self.location}: {self.severity}[{self.code}]: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


def truncate(text: str) -> str:
    """Shorten a string longer than `MAX_MESSAGE_LENGTH` to its beginning and its end."""
    if len(text) <= MAX_MESSAGE_LENGTH:
        return text
    return f"{text[: MAX_MESSAGE_LENGTH // 2]} … {text[-MAX_MESSAGE_LENGTH // 4 :]}"


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return a hint with the candidate most similar to `name`; empty if none is similar."""
    import difflib

    names = sorted(dict.fromkeys(candidates))
    # Comparing more or longer names takes seconds.
    if len(name) > _MAX_NAME_LENGTH or len(names) > _MAX_NAMES:
        return ""
    matches = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {truncate(matches[0])!r}?" if matches else ""


def suggest(name: str, candidates: Iterable[str]) -> str:
    """Return `did_you_mean`, or a list of the candidates; empty if there are none."""
    names = sorted(dict.fromkeys(candidates))
    if not names:
        return ""
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return did_you_mean(name, names) or truncate(f"known: {', '.join(names[:_MAX_LISTED])}{more}")


ERROR_CODES: dict[str, str] = {
    "invalid-event": "the event does not satisfy the source's spec",
    "no-equivalent": "the target format has no equivalent event",
    "missing-param": "this event needs a param that was not given",
    "invalid-param": "a param or another argument has a value that is not allowed",
    "invalid-model": "a model is not of the target, or not of the event that is written",
    "unmappable-id": "an id cannot be written in the target, or is not in the crosswalk",
    "unmappable-value": "a value cannot be written in the target",
    "no-item": "the target has one event per item, and this event has no item",
    "several-events": "the event becomes several; translate_all returns them all",
    "would-lose": "strict mode refuses an event that would be lost or approximated in part",
    "unknown-format": "no spec of that name, no route between the formats, or they are the same",
    "unknown-param": "no mapping of the route has a param of that name",
    "unknown-opt-in": "no mapping of the route has an opt-in of that name",
    "unknown-path": "the source has no field at a path in `accept`",
    "unknown-crosswalk": "no mapping of the route has a crosswalk of that name",
    "invalid-crosswalk": "a crosswalk lacks a column, or has an id twice",
}
"""Every code of a `TranslationError`, with its meaning."""


class TranslatorError(Exception):
    """Base class of the errors that this package raises."""


class MissingExtraError(TranslatorError):
    """A package of an extra is not installed; the message says how to install it."""

    def __init__(self, extra: str, purpose: str, package: str) -> None:
        problem = f"{purpose} requires {package}, which is not installed"
        super().__init__(f"{problem}; run: pip install 'event-translator[{extra}]'")


class _DiagnosticsError(TranslatorError):
    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class SpecError(_DiagnosticsError):
    """A spec cannot be used; `diagnostics` lists what is wrong and where."""


class MappingError(_DiagnosticsError):
    """A mapping cannot be used; `diagnostics` lists what is wrong and where."""


class Violation(NamedTuple):
    """A way in which an event breaks its spec: the JSON path of the field, and what is wrong."""

    path: str
    message: str

    def __str__(self) -> str:
        separator = " " if self.message.startswith("is ") else ": "
        return f"{self.path}{separator}{self.message}"


class TranslationError(TranslatorError):
    """An event, or an argument of a translator, was refused.

    `code` is a key of `ERROR_CODES`. `path` is the JSON path in the source event (`$.data.date`),
    or `$` if no single field is at fault. `message` says what to do next. `violations` lists
    every violation if the code is `invalid-event`. `rule` is file and line of the rule that
    refused, set only when an event is explained.
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
    """A worker process ended before it finished its work; the message says how."""
