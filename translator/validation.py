"""Judging payloads: whether an event satisfies its spec, and if not, every way in which.

A union is judged by its discriminator first, so that an error names the member at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from translator.diagnostics import Diagnostic, Location, did_you_mean
from translator.errors import SpecError, TranslationError, Violation
from translator.spec import Spec, resolve
from translator.times import is_rfc3339

Judge = Callable[[Any], bool]

MAX_VIOLATIONS = 100
"""So many violations of one event are named at most."""


class Events:
    """The events of one format: `judges` decides, `violations` explains.

    `judges` is a function of the event or, where a discriminator tells variants apart, a dict of
    such functions by its value.
    """

    def __init__(self, spec: Spec) -> None:
        self.format = spec.name
        self._document = spec.document
        self._file = spec.file
        self._pointer = spec.event_pointer.removeprefix("#")
        schema = spec.event_schema
        self._discriminator: str | None = None
        self._validators: dict[str, Any] = {}
        if "discriminator" in schema:
            self._discriminator = schema["discriminator"]["propertyName"]
            made: dict[str, Any] = {}
            for value, pointer in schema["discriminator"]["mapping"].items():
                if pointer not in made:
                    made[pointer] = self._validator({"$ref": pointer})
                self._validators[value] = made[pointer]
        else:
            self._validators[""] = self._validator({"$ref": spec.event_pointer})

    def _validator(self, schema: dict[str, Any]) -> Any:
        components = self._document.get("components", {})
        try:
            return validator({**schema, "components": components})
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            message = f"no event can be judged by the spec: {str(error).splitlines()[0]}"
            place = Location(self._file, pointer=self._pointer)
            hint = "correct what the message names"
            raise SpecError([Diagnostic("spec-schema", place, message, hint)]) from None

    @property
    def judges(self) -> Judge | Mapping[str, Judge]:
        """What emitted code asks whether an event is valid."""
        if self._discriminator is None:
            judge: Judge = self._validators[""].is_valid
            return judge
        return {value: one.is_valid for value, one in self._validators.items()}

    def violations(self, event: Any) -> list[Violation]:
        """Every violation of an event, in the order of the spec; empty if it is valid."""
        if not isinstance(event, dict):
            return [Violation("$", f"an event is a JSON object, not {_named(event)}")]
        name = self._discriminator
        if name is None:
            return list(self._explained(self._validators[""], event))
        value = event.get(name)
        if isinstance(value, str) and value in self._validators:
            return list(self._explained(self._validators[value], event))
        listed = ", ".join(map(repr, self._validators))
        if name not in event:
            return [Violation(f"$.{name}", f"is missing; it is one of {listed}")]
        near = did_you_mean(value, self._validators) if isinstance(value, str) else ""
        hint = f" ({near})" if near.startswith("did") else ""
        return [Violation(f"$.{name}", f"{_short(value)}{hint} is not one of {listed}")]

    def _explained(self, judge: Any, event: Any) -> Iterator[Violation]:
        try:
            for number, error in enumerate(judge.iter_errors(event)):
                if number == MAX_VIOLATIONS:
                    yield Violation("$", "and more")
                    return
                yield from self._violations(error)
        except (ValueError, TypeError, UnicodeEncodeError, RecursionError) as error:
            yield Violation("$", f"this is not JSON data: {error}")

    def _violations(self, error: Any) -> Iterator[Violation]:
        path = "$" + "".join(
            f"[{step}]" if isinstance(step, int) else _step(step) for step in error.instance_path
        )
        kind = error.kind
        if kind.name == "required":
            yield Violation(path + _step(kind.property), "is missing")
            return
        if kind.name == "additionalProperties":
            for name in kind.unexpected:
                yield Violation(path + _step(name), "is not a member that may stand here")
            return
        message = _worded(error)
        hint = self._hint(list(error.schema_path))
        if len(message) > 1000:
            message = f"{message[:500]} … {message[-300:]}"
        yield Violation(path, f"{message}{'; ' + hint if hint else ''}")

    def _hint(self, schema_path: list[Any]) -> str:
        """What the spec itself says of the keyword that was violated (`x-violations`)."""
        at: Any = self._document
        schema: Any = {}
        steps = [str(step) for step in schema_path]
        for step in steps[:-1]:
            if isinstance(at, dict) and "$ref" in at and step != "$ref":
                at = resolve(self._document, at["$ref"])
            if step == "$ref":
                continue
            at = at.get(step, {}) if isinstance(at, dict) else {}
            schema = at
        if isinstance(schema, dict) and "$ref" in schema:
            schema = resolve(self._document, schema["$ref"])
        said = schema.get("x-violations", {}) if isinstance(schema, dict) else {}
        return str(said.get(steps[-1], "")) if steps else ""

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """The error for an event that was not valid, or that broke the code that trusted it."""
        found = self.violations(event)
        if not found:
            if cause is not None:
                raise cause
            found = [Violation("$", "the event is not valid")]
        listed = found[0].message if len(found) == 1 else "; ".join(map(str, found))
        message = f"not a valid {self.format} event: {listed}"
        return TranslationError("invalid-event", found[0].path, message, found)


def validator(schema: dict[str, Any]) -> Any:
    """A validator of draft 2020-12: formats on, unknown formats refused, nothing retrieved.

    Date-times are judged by this package's own reading of RFC 3339: the library lets some through
    whose digits are other characters (0.60.3 takes `2025-02-0+T10:15:00Z`).
    """
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        formats={"date-time": is_rfc3339},
    )


def schema_judge(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """A function that says what keeps a value from satisfying `schema`; None if nothing does."""
    judge = validator(schema)

    def problem(value: Any) -> str | None:
        for error in judge.iter_errors(value):
            at = "".join(f"[{s}]" if isinstance(s, int) else _step(s) for s in error.instance_path)
            return f"{at.lstrip('.')}: {_worded(error)}" if at else _worded(error)
        return None

    return problem


def _worded(error: Any) -> str:
    """What a violation says; of an enum, all the values there are."""
    if error.kind.name == "enum":
        listed = ", ".join(map(_short, error.kind.options))
        return f"{_short(error.instance)} is not one of {listed}"
    return str(error.message)


def _step(name: str) -> str:
    return f".{name}" if name.isidentifier() else f"[{name!r}]"


def _named(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number",
             float: "a number", type(None): "null"}  # fmt: skip
    return names.get(type(value), f"a Python {type(value).__name__}")


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**50 else "a huge number"
    return text if len(text) < 100 else f"{text[:80]}…"
