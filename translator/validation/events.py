"""Validate an event against its spec, and describe every violation with its JSON path.

An event of a union is validated against the schema that its discriminator selects, so that errors
name the field at fault. The module also finds Python values that are not JSON.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from translator.errors import TranslationError, Violation, did_you_mean, truncate
from translator.runtime.values import format_value, path_step
from translator.schema.openapi import resolve, spec_error
from translator.schema.spec import Spec
from translator.validation.prefilter import build_prefilter_schemas
from translator.validation.schemas import (
    Prefilter,
    Prefilters,
    build_validator,
    copy_forcing_string_reads,
    format_instance_path,
    format_step,
    format_violation,
)

MAX_DEPTH: Final = 64
"""Maximum nesting of lists and objects."""

LARGE_EVENT: Final = 10_000
"""An event with more values than this is large: only its first violation is reported."""

MAX_VIOLATIONS = 100
"""Maximum number of reported violations of one event."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")


def find_non_json(event: Any) -> Iterator[Violation]:
    """Yield each part of an event that JSON cannot represent, with its JSON path."""
    return _find_non_json(event, "$", ())


def _find_non_json(value: Any, path: str, ancestors: tuple[Any, ...]) -> Iterator[Violation]:
    if not isinstance(value, dict | list | tuple):
        if problem := _scalar_problem(value):
            yield Violation(path, problem)
        return
    if any(value is ancestor for ancestor in ancestors):
        yield Violation(path, "contains itself")
        return
    if len(ancestors) >= MAX_DEPTH:
        message = f"lists and objects are nested more than {MAX_DEPTH} levels deep"
        yield Violation(path, message)
        return
    children: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        for key, child in value.items():
            if type(key) is not str:
                message = f"the name of a field is a string, not a {type(key).__name__}"
                yield Violation(path, message)
            elif problem := _scalar_problem(key):
                yield Violation(path, f"the name {truncate(key)!r} {problem}")
            else:
                children.append((path_step(truncate(key)), child))
    else:
        children += [(f"[{index}]", child) for index, child in enumerate(value)]
    for step, child in children:
        yield from _find_non_json(child, path + step, (*ancestors, value))


def is_large(event: Any) -> bool:
    """Whether an event has more than `LARGE_EVENT` values."""
    pending = [event]
    for value in pending:
        if isinstance(value, dict | list | tuple):
            pending += islice(value.values() if isinstance(value, dict) else value, LARGE_EVENT)
        if len(pending) > LARGE_EVENT:
            return True
    return False


def _scalar_problem(value: Any) -> str:
    """Describe why a value that is not a container is not JSON; empty if it is."""
    if isinstance(value, enum.Enum):
        value = value.value
    if type(value) is str:
        surrogate = SURROGATE.search(value)
        return f"holds {surrogate[0]!r}, half of a surrogate pair" if surrogate else ""
    if type(value) in (float, Decimal):
        return "" if math.isfinite(value) else f"is {value}, which JSON does not have"
    if value is None or type(value) in (int, bool):
        return ""
    return f"is a Python {type(value).__name__}, which is not JSON"


class EventValidator:
    """Validates the events of one format, by prefilters or exactly, and describes violations.

    There is one prefilter and one exact validator for each value of the discriminator. The exact
    validators read every string, and so refuse half of a surrogate pair, which is not JSON.
    """

    def __init__(self, spec: Spec) -> None:
        self.format = spec.name
        self._document = spec.document
        self._file = spec.file
        self._event_pointer = spec.event_pointer
        discriminator = spec.event_schema.get("discriminator", {})
        self.discriminator: str | None = discriminator.get("propertyName")
        self._pointers: dict[str, str] = discriminator.get("mapping", {"": spec.event_pointer})
        self._validators: dict[tuple[str, bool], Any] = {}
        self.prefilter_schemas = build_prefilter_schemas(spec)
        self.prefilters: Mapping[str, Prefilter] = Prefilters(self.prefilter_schemas)

    def check_usable(self) -> None:
        """Raise `SpecError` if the spec cannot be compiled to a validator."""
        refs = [{"$ref": pointer} for pointer in dict.fromkeys(self._pointers.values())]
        self._build({"anyOf": refs})

    def _validator(self, value: str, *, reads_strings: bool) -> Any:
        """Return the validator for a value of the discriminator.

        Only one that does not force string reads can list the violations of an event with half of
        a surrogate pair.
        """
        key = (self._pointers[value], reads_strings)
        if key not in self._validators:
            schema: dict[str, Any] = {"$ref": key[0]}
            if reads_strings:
                components = self._document.get("components", {})
                schema["components"] = copy_forcing_string_reads(components)
            self._validators[key] = self._build(schema)
        return self._validators[key]

    def _build(self, schema: dict[str, Any]) -> Any:
        import jsonschema_rs

        components = self._document.get("components", {})
        try:
            return build_validator({"components": components, **schema})
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            message, hint = str(error).splitlines()[0], "correct what the message names"
            pattern, is_pattern, _ = message.partition(' is not a "regex"')
            if is_pattern:
                message = f"the pattern {pattern} cannot be used"
                hint = "write it without look-around, backreferences and very large repetitions"
            message = f"events cannot be validated by the spec: {message}"
            pointer = self._event_pointer.removeprefix("#")
            raise spec_error("spec-schema", self._file, pointer, message, hint) from None

    def validate(self, event: Any) -> None:
        """Raise `TranslationError` (`invalid-event`) if the event is invalid."""
        name = self.discriminator
        try:
            validator = self._validator("" if name is None else event[name], reads_strings=True)
            valid = validator.is_valid(event)
        except Exception:
            valid = False
        if not valid:
            raise self.refusal(event)

    def violations(self, event: Any) -> list[Violation]:
        """Return the violations of an event, in the order of the spec; none if it is valid."""
        if not isinstance(event, dict):
            return [Violation("$", f"an event is a JSON object, not {_describe_type(event)}")]
        try:
            violations = list(self._schema_violations(event))
        except (ValueError, TypeError, RecursionError):  # the event is not JSON
            violations = []
        return violations or list(islice(find_non_json(event), MAX_VIOLATIONS))

    def _schema_violations(self, event: dict[Any, Any]) -> Iterator[Violation]:
        name = self.discriminator
        value = "" if name is None else event.get(name)
        if isinstance(value, str) and value in self._pointers:
            yield from self._list_violations(self._validator(value, reads_strings=False), event)
            return
        allowed = truncate(", ".join(map(repr, self._pointers)))
        if name not in event:
            yield Violation(f"$.{name}", f"is missing; it is one of {allowed}")
            return
        suggestion = did_you_mean(value, self._pointers) if isinstance(value, str) else ""
        hint = f" ({suggestion})" if suggestion.startswith("did") else ""
        yield Violation(f"$.{name}", f"{format_value(value)}{hint} is not one of {allowed}")

    def _list_violations(self, validator: Any, event: Any) -> Iterator[Violation]:
        if is_large(event):
            yield from self._first_violation(validator, event)
            return
        violations = (
            violation
            for error in validator.iter_errors(event)
            for violation in self._error_violations(error)
        )
        yield from islice(violations, MAX_VIOLATIONS)
        if next(violations, None) is not None:
            yield Violation("$", "and more")

    def _first_violation(self, validator: Any, event: Any) -> Iterator[Violation]:
        """Yield only the first violation: listing all of a large event may take minutes."""
        import jsonschema_rs

        try:
            validator.validate(event)
        except jsonschema_rs.ValidationError as error:
            yield from islice(self._error_violations(error), MAX_VIOLATIONS)
            yield Violation("$", "there may be more")

    def _error_violations(self, error: Any) -> Iterator[Violation]:
        path = f"${format_instance_path(error)}"
        if error.kind.name == "required":
            yield Violation(path + format_step(error.kind.property), "is missing")
        elif error.kind.name == "additionalProperties":
            for name in error.kind.unexpected:
                yield Violation(path + format_step(name), "is not a field of the spec")
        else:
            hint = self._hint(list(error.schema_path))
            message = truncate(format_violation(error))
            yield Violation(path, f"{message}; {hint}" if hint else message)

    def _hint(self, schema_path: list[Any]) -> str:
        """Return what the spec says about violations of a keyword (`x-violations`)."""
        node: Any = self._document
        for name in schema_path[:-1]:
            if name != "$ref":
                node = self._follow(node)
                node = node.get(str(name), {}) if isinstance(node, dict) else {}
        node = self._follow(node)
        hints = node.get("x-violations") if isinstance(node, dict) else None
        return str(hints.get(str(schema_path[-1]), "")) if isinstance(hints, dict) else ""

    def _follow(self, node: Any) -> Any:
        is_reference = isinstance(node, dict) and isinstance(node.get("$ref"), str)
        return resolve(self._document, node["$ref"]) if is_reference else node

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """Return the error for an invalid event; raise `cause` if the event is valid."""
        violations = self.violations(event)
        if not violations:
            if cause is not None:
                raise cause
            violations = [Violation("$", "the event is not valid")]
        details = violations[0].message if len(violations) == 1 else "; ".join(map(str, violations))
        message = f"not a valid {self.format} event: {details}"
        return TranslationError("invalid-event", violations[0].path, message, violations)

    def untrusted_failure(self, event: Any, cause: Exception) -> TranslationError:
        """Return the error for an event that broke code which does not check events."""
        if self.violations(event):
            return self.refusal(event)
        message = f"a value cannot be translated ({cause}); guard=True reports which one"
        return TranslationError("unmappable-value", "$", message)


def _describe_type(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number",
             float: "a number", type(None): "null"}  # fmt: skip
    return names.get(type(value), f"a Python {type(value).__name__}")
