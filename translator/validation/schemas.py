"""Compile schemas to validators, and describe violations.

A prefilter accepts most valid events, and no invalid one. `EventValidator` decides about the events
it refuses. The first values are validated without jsonschema_rs, as `quick_check` explains.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from translator.errors import TranslationError, Violation
from translator.runtime.times import is_rfc3339
from translator.schema.openapi import Schema, walk_schemas
from translator.validation.quick_check import accepts
from translator.validation.violations import describe_error

if TYPE_CHECKING:
    from translator.validation.events import EventValidator

Prefilter = Callable[[Any], bool]

QUICK_CHECKS = 10
"""How many values are validated without jsonschema_rs before it is imported."""


class PrefilterSchema(NamedTuple):
    """A self-contained schema; `calls_python` is what `build_validator` takes."""

    schema: dict[str, Any]
    calls_python: bool


class Prefilters(dict[str, Prefilter]):
    """The prefilters of a format by value of the discriminator, each compiled on first use.

    Raises KeyError for a value that the spec does not have. The first events are checked without a
    compiled prefilter; then `on_compiled` is called with each prefilter that is compiled.
    """

    def __init__(self, prefilter_schemas: Mapping[str, PrefilterSchema]) -> None:
        super().__init__()
        self._schemas = prefilter_schemas
        self._quick_checks = QUICK_CHECKS
        self.on_compiled: Callable[[Prefilter], object] | None = None

    def __missing__(self, value: str) -> Prefilter:
        schema, calls_python = self._schemas[value]

        def accepts_event(event: Any) -> bool:
            if self._is_quick() and accepts(schema, event):
                return True
            if value not in self:
                self[value] = build_validator(schema, calls_python=calls_python).is_valid
                if self.on_compiled is not None:
                    self.on_compiled(self[value])
            return self[value](event)

        return accepts_event

    def _is_quick(self) -> bool:
        self._quick_checks -= 1
        return self._quick_checks >= 0 and "jsonschema_rs" not in sys.modules


class Validator:
    """Validates events by prefilters, and loads the spec only for an event that these refuse.

    `prefilters` are by the value of the field `discriminator`; without a discriminator, there is
    one prefilter, by `""`. The methods are those of `EventValidator`.
    """

    def __init__(
        self,
        discriminator: str | None,
        prefilter_schemas: Mapping[str, PrefilterSchema],
        load_exact: Callable[[], EventValidator],
    ) -> None:
        self.discriminator = discriminator
        self.prefilters = Prefilters(prefilter_schemas)
        self._load_exact = load_exact

    def validate(self, event: Any) -> None:
        """Raise `TranslationError` (`invalid-event`) if the event is invalid."""
        self._load_exact().validate(event)

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """Return the error for an invalid event; raise `cause` if the event is valid."""
        return self._load_exact().refusal(event, cause)

    def untrusted_failure(self, event: Any, cause: Exception) -> TranslationError:
        """Return the error for an event that broke code which does not check events."""
        return self._load_exact().untrusted_failure(event, cause)


def build_validator(schema: dict[str, Any], *, calls_python: bool = True) -> Any:
    """Compile a schema (draft 2020-12; formats are checked, unknown ones refused, no retrieval).

    Python checks `x-max-bytes`, and date-times by `is_rfc3339`, because jsonschema_rs accepts some
    invalid ones (0.60.3: `2025-02-0+T10:15:00Z`). Calling Python doubles the time, so
    `calls_python=False` skips that for schemas with neither. Patterns are matched in linear time;
    the library's default takes minutes for some pairs of pattern and string.
    """
    import jsonschema_rs

    # With keywords of its caller, the library is slower even for schemas that do not use them.
    has_keyword = calls_python and "x-max-bytes" in repr(schema)
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        formats={"date-time": is_rfc3339} if calls_python else None,
        pattern_options=jsonschema_rs.RegexOptions(),
        keywords={"x-max-bytes": _MaxBytes} if has_keyword else None,
    )


class _MaxBytes:
    """The keyword `x-max-bytes`, as the library calls it."""

    def __init__(self, schema: Schema, limit: int, path: list[str | int]) -> None:
        self._limit = limit

    def validate(self, value: object) -> None:
        """Raise ValueError for a string that is too long in UTF-8."""
        if isinstance(value, str) and len(value.encode()) > self._limit:
            raise ValueError(f"has more than {self._limit} bytes in UTF-8")


def copy_forcing_reads(components: Any) -> Any:
    """Copy the components of a document, and apply `force_reads` to each schema."""
    copied = copy.deepcopy(components)
    for _, schema in list(walk_schemas({"components": copied})):
        force_reads(schema)
    return copied


def force_reads(schema: Schema) -> None:
    """Make a validator read the scalars that a schema allows, and so find those that are not JSON.

    A validator that only measures a string does not read it, and so misses a lone surrogate.
    Comparing it to a constant reads it, and costs some ten nanoseconds. Without a type, a validator
    does not read a number, and so misses NaN; it does not read what the schema `true` allows.
    """
    if schema.get("additionalProperties") is True:
        schema["additionalProperties"] = {}
        force_reads(schema["additionalProperties"])
    reads_string = schema.keys() & {"enum", "const", "pattern", "format"}
    if not reads_string and "string" in schema.get("type", "string"):
        never_equal = {"not": {"const": "\x00 no string of an event is equal to this"}}
        if "not" in schema:
            schema["allOf"] = [*schema.get("allOf", ()), never_equal]
        else:
            schema |= never_equal
    if not schema.keys() & _READ_NUMBERS:
        schema["type"] = list(_JSON_TYPES)


_READ_NUMBERS = frozenset(("type", "$ref", "enum", "const", "anyOf", "oneOf"))
"""Keywords that are not satisfied by NaN, or whose subschemas are not."""

_JSON_TYPES = ("null", "boolean", "number", "string", "array", "object")


def problem_finder(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """Return a function that describes how a value violates `schema`; it returns None if valid."""
    quick_checks = QUICK_CHECKS
    validator: Any = None

    def find_problem(value: Any) -> str | None:
        nonlocal quick_checks, validator
        if validator is None:
            quick_checks -= 1
            if quick_checks >= 0 and accepts(schema, value):
                return None
            validator = build_validator(schema)
        try:
            validator.validate(value)
        except _validation_error() as error:
            violation = next(describe_error(error, schema, {}))
            path = violation.path.lstrip(".")
            return str(Violation(path, violation.message)) if path else violation.message
        return None

    return find_problem


def _validation_error() -> type[Exception]:
    import jsonschema_rs

    return jsonschema_rs.ValidationError
