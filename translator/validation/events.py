"""Validate an event against its spec, and describe every violation with its JSON path.

An event of a union is validated against the schema that its discriminator selects, so that errors
name the field at fault. The module also finds Python values that are not JSON.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from translator.errors import TranslationError, Violation, did_you_mean, truncate
from translator.runtime.values import format_value, has_more_values, path_step
from translator.schema.openapi import escape_step, spec_error
from translator.schema.spec import Spec, input_document, locate_override, output_document
from translator.validation.prefilter import build_prefilter_schemas
from translator.validation.schemas import Validator, build_validator, copy_forcing_reads
from translator.validation.violations import Traces, describe_error

MAX_DEPTH: Final = 64
"""Maximum nesting of lists and objects."""

LARGE_EVENT: Final = 10_000
"""An event with more values than this is large: only its first violation is reported."""

MAX_VIOLATIONS = 100
"""Maximum number of reported violations of one event."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")


def find_non_json(
    value: Any, path: str = "$", ancestors: tuple[Any, ...] = ()
) -> Iterator[Violation]:
    """Yield each part of a value that JSON cannot represent, with its JSON path."""
    if not isinstance(value, dict | list | tuple):
        if problem := _scalar_problem(value):
            yield Violation(path, problem)
        return
    if any(value is ancestor for ancestor in ancestors):
        yield Violation(path, "contains itself")
        return
    if len(ancestors) >= MAX_DEPTH:
        yield Violation(path, f"lists and objects are nested more than {MAX_DEPTH} levels deep")
        return
    children: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        for key, child in value.items():
            if type(key) is not str:
                kind = type(key).__name__
                yield Violation(path, f"field names must be strings, not {kind}")
            elif problem := _scalar_problem(key):
                yield Violation(path, f"the name {truncate(key)!r} {problem}")
            else:
                children.append((path_step(truncate(key)), child))
    else:
        children += [(f"[{index}]", child) for index, child in enumerate(value)]
    for step, child in children:
        yield from find_non_json(child, path + step, (*ancestors, value))


def _scalar_problem(value: Any) -> str:
    """Describe why a value that is not a container is not JSON; empty if it is."""
    if isinstance(value, enum.Enum):
        value = value.value
    if type(value) is str:
        surrogate = SURROGATE.search(value)
        return f"holds {surrogate[0]!r}, a lone surrogate" if surrogate else ""
    if type(value) in (float, Decimal):
        return "" if math.isfinite(value) else f"is {value}, which JSON does not have"
    if value is None or type(value) in (int, bool):
        return ""
    return f"is a Python {type(value).__name__}, which is not JSON"


def check_usable(spec: Spec) -> None:
    """Raise `SpecError` if no validator of the events, read or written, can be compiled."""
    event_schema = spec.event_schema
    pointers = event_schema.get("discriminator", {}).get("mapping", {"": spec.event_pointer})
    refs = [{"$ref": pointer} for pointer in dict.fromkeys(pointers.values())]
    read, written = input_document(spec.document), output_document(spec.document)
    for document in [read] if read == written else [read, written]:
        _compile(spec, {"anyOf": refs, "components": document.get("components", {})})


def _compile(spec: Spec, schema: dict[str, Any]) -> Any:
    """Compile a validator of events. Raises `SpecError` at what makes that impossible."""
    import jsonschema_rs

    try:
        return build_validator(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        message, hint = str(error).splitlines()[0], "correct what the message names"
        pattern, is_pattern, _ = message.partition(' is not a "regex"')
        name, is_format, _ = message.removeprefix("Unknown format: ").partition(". Adjust")
        if is_pattern:
            message = f"the pattern {pattern} cannot be used"
            hint = "write it without look-around, backreferences and very large repetitions"
        elif is_format:
            message, hint = f"the format {name} is unknown", "remove it, or correct its name"
        message = f"events cannot be validated by the spec: {message}"
        steps = [str(step) for step in getattr(error, "instance_path", ())]
        if steps[:1] == ["components"]:
            path = "".join(f"/{escape_step(step)}" for step in steps)
            pointer = locate_override(spec.document, path)
        else:
            pointer = spec.event_pointer.removeprefix("#")
        raise spec_error("spec-schema", spec.file, pointer, message, hint) from None


class EventValidator:
    """Validates the events of one format exactly, and describes violations.

    There is one validator for each value of the discriminator. They read every string, and so
    refuse a lone surrogate, which is not JSON.
    """

    def __init__(self, spec: Spec) -> None:
        self.format = spec.name
        self._spec = spec
        self._document = input_document(spec.document)
        discriminator = spec.event_schema.get("discriminator", {})
        self.discriminator: str | None = discriminator.get("propertyName")
        self._pointers: dict[str, str] = discriminator.get("mapping", {"": spec.event_pointer})
        self._validators: dict[tuple[str, bool], Any] = {}
        self._traces: Traces = {}
        self.prefilter_schemas = build_prefilter_schemas(spec)
        self.prefiltered = Validator(self.discriminator, self.prefilter_schemas, lambda: self)

    def _validator(self, value: str, *, reads_strings: bool) -> Any:
        """Return the validator for a value of the discriminator.

        Only one that does not force string reads can list the violations of an event with
        a lone surrogate.
        """
        key = (self._pointers[value], reads_strings)
        if key not in self._validators:
            components = self._document.get("components", {})
            if reads_strings:
                components = copy_forcing_reads(components)
            self._validators[key] = _compile(self._spec, {"$ref": key[0], "components": components})
        return self._validators[key]

    def validate(self, event: Any) -> None:
        """Raise `TranslationError` (`invalid-event`) if the event is invalid."""
        name = self.discriminator
        with suppress(Exception):
            validator = self._validator("" if name is None else event[name], reads_strings=True)
            if validator.is_valid(event):
                return
        raise self.refusal(event)

    def violations(self, event: Any) -> list[Violation]:
        """Return the violations of an event, in the order of the spec; none if it is valid."""
        if not isinstance(event, dict):
            return [Violation("$", f"an event is a JSON object, not {_describe_type(event)}")]
        with suppress(ValueError, TypeError, RecursionError):  # the event is not JSON
            if violations := list(self._schema_violations(event)):
                return violations
        return list(islice(find_non_json(event), MAX_VIOLATIONS))

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
        import jsonschema_rs

        if has_more_values(event, LARGE_EVENT):
            # Listing all violations of a large event may take minutes.
            try:
                validator.validate(event)
            except jsonschema_rs.ValidationError as error:
                yield from islice(self._error_violations(error), MAX_VIOLATIONS)
                yield Violation("$", "there may be more")
            return
        errors = validator.iter_errors(event)
        violations = chain.from_iterable(map(self._error_violations, errors))
        yield from islice(violations, MAX_VIOLATIONS)
        if next(violations, None) is not None:
            yield Violation("$", "more violations are not listed")

    def _error_violations(self, error: Any) -> Iterator[Violation]:
        for violation in describe_error(error, self._spec.document, self._traces):
            yield Violation(f"${violation.path}", violation.message)

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """Return the error for an invalid event; raise `cause` if the event is valid."""
        violations = self.violations(event)
        if not violations:
            if cause is not None:
                raise cause
            violations = [Violation("$", "the event is not valid")]
        message = f"not a valid {self.format} event: {'; '.join(map(str, violations))}"
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
