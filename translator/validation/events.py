"""Judging payloads: whether an event satisfies its spec, and if not, every way in which.

A union is judged by its discriminator first, so that an error names the member at fault.

What keeps a Python value from being JSON data, and where in it.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count, islice
from typing import Any, Final

from translator.errors import (
    Diagnostic,
    Location,
    SpecError,
    TranslationError,
    Violation,
    did_you_mean,
    truncate,
)
from translator.runtime.values import path_step
from translator.schema.openapi import resolve
from translator.schema.spec import Spec
from translator.validation.prefilter import build_prefilter_schemas
from translator.validation.schemas import (
    Prefilter,
    Prefilters,
    build_validator,
    copy_forcing_string_reads,
    format_short,
    format_step,
    format_violation,
)

MAX_DEPTH: Final = 64
"""So many lists and objects may stand in one another."""

LARGE_EVENT: Final = 10_000
"""An event of more values than this is large."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")


def find_non_json(event: Any) -> Iterator[Violation]:
    """Each part of an event that JSON cannot say, with its JSON path."""
    open_ids: set[int] = set()
    stack: list[tuple[str, Any, bool]] = [("$", event, False)]
    while stack:
        path, value, is_exit = stack.pop()
        if is_exit:
            open_ids.discard(id(value))
            continue
        if not isinstance(value, dict | list | tuple):
            if problem := _scalar_problem(value):
                yield Violation(path, problem)
            continue
        if id(value) in open_ids:
            yield Violation(path, "contains itself")
            continue
        if len(open_ids) >= MAX_DEPTH:
            message = f"lists and objects stand more than {MAX_DEPTH} deep in one another"
            yield Violation(path, message)
            continue
        open_ids.add(id(value))
        stack.append((path, value, True))
        children: list[tuple[str, Any, bool]] = []
        if isinstance(value, dict):
            for key, child in value.items():
                if type(key) is not str:
                    message = f"a member's name is a string, not a {type(key).__name__}"
                    yield Violation(path, message)
                elif problem := _scalar_problem(key):
                    yield Violation(path, f"the name {truncate(key)!r} {problem}")
                else:
                    children.append((path + path_step(truncate(key)), child, False))
        else:
            children += [(f"{path}[{index}]", child, False) for index, child in enumerate(value)]
        stack += reversed(children)


def is_large(event: Any) -> bool:
    """Whether an event holds more values than a list of all that is wrong with them can."""
    counter = count(1)
    stack = [iter((event,))]
    while stack:
        for value in stack[-1]:
            if next(counter) > LARGE_EVENT or len(stack) > LARGE_EVENT:
                return True
            if isinstance(value, dict | list | tuple):
                stack.append(iter(value.values() if isinstance(value, dict) else value))
                break
        else:
            stack.pop()
    return False


def _scalar_problem(value: Any) -> str:
    """Why a value that holds no other values is no JSON; empty if it is."""
    if isinstance(value, enum.Enum):
        value = value.value
    if type(value) is str:
        surrogate = SURROGATE.search(value)
        return (
            f"holds {surrogate[0]!r}, half of a surrogate pair and no character"
            if surrogate
            else ""
        )
    if type(value) in (float, Decimal):
        return "" if math.isfinite(value) else f"is {value}, which JSON does not have"
    if value is None or type(value) in (int, bool):
        return ""
    return f"is a Python {type(value).__name__}, which is no JSON data"


MAX_VIOLATIONS = 100
"""So many violations of one event are named at most."""


class EventValidator:
    """The events of one format: `first` judges nearly all of them, `judge` any, `violations` says.

    A union is judged by its discriminator, and so has a judge for each of its values. Judges read
    every text that the spec speaks of: half of a surrogate pair, which is no JSON, does not pass.
    """

    def __init__(self, spec: Spec) -> None:
        self.format = spec.name
        self._document = spec.document
        self._file = spec.file
        self._pointer = spec.event_pointer.removeprefix("#")
        schema = spec.event_schema
        self.discriminator: str | None = None
        self._pointers = {"": spec.event_pointer}
        if "discriminator" in schema:
            self.discriminator = schema["discriminator"]["propertyName"]
            self._pointers = schema["discriminator"]["mapping"]
        self._validators: dict[str, Any] = {}
        self._explainers: dict[str, Any] = {}
        self.prefilter_schemas = build_prefilter_schemas(spec)
        self.prefilters: Mapping[str, Prefilter] = Prefilters(self.prefilter_schemas)

    def check_usable(self) -> None:
        """Raises `SpecError` where no validator can be made of the spec."""
        self._build(
            {"anyOf": [{"$ref": pointer} for pointer in dict.fromkeys(self._pointers.values())]}
        )

    def _validator(self, value: str) -> Any:
        pointer = self._pointers[value]
        if pointer not in self._validators:
            components = copy_forcing_string_reads(self._document.get("components", {}))
            self._validators[pointer] = self._build({"$ref": pointer, "components": components})
        return self._validators[pointer]

    def _explainer(self, value: str) -> Any:
        pointer = self._pointers[value]
        if pointer not in self._explainers:
            self._explainers[pointer] = self._build({"$ref": pointer})
        return self._explainers[pointer]

    def _build(self, schema: dict[str, Any]) -> Any:
        import jsonschema_rs

        components = self._document.get("components", {})
        try:
            return build_validator({"components": components, **schema})
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            message, hint = str(error).splitlines()[0], "correct what the message names"
            if ' is not a "regex"' in message:
                message = f"the pattern {message.partition(' is not a ')[0]} cannot be used"
                hint = "write it without look-around, backreferences and very large repetitions"
            message = truncate(f"no event can be judged by the spec: {message}")
            location = Location(self._file, pointer=self._pointer)
            raise SpecError([Diagnostic("spec-schema", location, message, hint)]) from None

    def validate(self, event: Any) -> None:
        """Raises `TranslationError` (`invalid-event`) for what the spec does not take."""
        name = self.discriminator
        try:
            valid = self._validator("" if name is None else event[name]).is_valid(event)
        except Exception:
            valid = False
        if not valid:
            raise self.refusal(event)

    def violations(self, event: Any) -> list[Violation]:
        """Every violation of an event, in the order of the spec; empty if it is valid."""
        if not isinstance(event, dict):
            return [Violation("$", f"an event is a JSON object, not {_describe_kind(event)}")]
        try:
            violations = self._schema_violations(event)
        except (ValueError, TypeError, RecursionError):  # of what is no JSON data
            violations = []
        return violations or list(islice(find_non_json(event), MAX_VIOLATIONS))

    def _schema_violations(self, event: dict[Any, Any]) -> list[Violation]:
        """What of the spec an event breaks."""
        name = self.discriminator
        if name is None:
            return list(self._list_violations(self._explainer(""), event))
        value = event.get(name)
        if isinstance(value, str) and value in self._pointers:
            return list(self._list_violations(self._explainer(value), event))
        allowed = truncate(", ".join(map(repr, self._pointers)))
        if name not in event:
            return [Violation(f"$.{name}", f"is missing; it is one of {allowed}")]
        suggestion = did_you_mean(value, self._pointers) if isinstance(value, str) else ""
        hint = f" ({suggestion})" if suggestion.startswith("did") else ""
        return [Violation(f"$.{name}", f"{format_short(value)}{hint} is not one of {allowed}")]

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
        """The first violation: to list them all of a large event takes minutes and gigabytes."""
        import jsonschema_rs

        try:
            validator.validate(event)
        except jsonschema_rs.ValidationError as error:
            yield from islice(self._error_violations(error), MAX_VIOLATIONS)
            yield Violation("$", "there may be more")

    def _error_violations(self, error: Any) -> Iterator[Violation]:
        path = "$" + "".join(
            f"[{name}]" if isinstance(name, int) else format_step(name)
            for name in error.instance_path
        )
        kind = error.kind
        if kind.name == "required":
            yield Violation(path + format_step(kind.property), "is missing")
            return
        if kind.name == "additionalProperties":
            for name in kind.unexpected:
                yield Violation(path + format_step(name), "is not a member that may stand here")
            return
        message = format_violation(error)
        hint = self._hint(list(error.schema_path))
        yield Violation(path, f"{truncate(message)}{'; ' + hint if hint else ''}")

    def _hint(self, schema_path: list[Any]) -> str:
        """What the spec itself says of the keyword that was violated (`x-violations`)."""
        node: Any = self._document
        schema: Any = {}
        names = [str(name) for name in schema_path]
        for name in names[:-1]:
            if isinstance(node, dict) and isinstance(node.get("$ref"), str) and name != "$ref":
                node = resolve(self._document, node["$ref"])
            if name == "$ref":
                continue
            node = node.get(name, {}) if isinstance(node, dict) else {}
            schema = node
        if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            schema = resolve(self._document, schema["$ref"])
        hints = schema.get("x-violations") if isinstance(schema, dict) else None
        return str(hints.get(names[-1], "")) if names and isinstance(hints, dict) else ""

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """The error for an event that was not valid, or that broke the code that trusted it."""
        violations = self.violations(event)
        if not violations:
            if cause is not None:
                raise cause
            violations = [Violation("$", "the event is not valid")]
        details = violations[0].message if len(violations) == 1 else "; ".join(map(str, violations))
        message = f"not a valid {self.format} event: {details}"
        return TranslationError("invalid-event", violations[0].path, message, violations)

    def untrusted_failure(self, event: Any, cause: Exception) -> TranslationError:
        """The error for an event that broke code which looks neither at it nor at its values."""
        if self.violations(event):
            return self.refusal(event)
        message = f"a value cannot be translated ({cause}); with guard=True the error says which"
        return TranslationError("unmappable-value", "$", message)


def _describe_kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number",
             float: "a number", type(None): "null"}  # fmt: skip
    return names.get(type(value), f"a Python {type(value).__name__}")
