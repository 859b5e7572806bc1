"""The errors that leave the toolkit: one hierarchy, each a value and not only a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic

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
