"""Judging payloads: whether an event satisfies its spec, and if not, every way in which.

A union is judged by its discriminator first, so that an error names the member at fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from translator.diagnostics import Diagnostic, Location, did_you_mean
from translator.errors import SpecError, TranslationError, Violation
from translator.judges import Judge, Judges, validator
from translator.narrowing import first_schemas
from translator.spec import Spec, resolve
from translator.worded import member, short, worded

MAX_VIOLATIONS = 100
"""So many violations of one event are named at most."""


class Events:
    """The events of one format: `first` judges nearly all of them, `judge` any, `violations` says.

    A union is judged by its discriminator, and so has a judge for each of its values.
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
        self.judged = first_schemas(spec)
        self.first: Mapping[str, Judge] = Judges(self.judged)

    def usable(self) -> None:
        """Raises `SpecError` where no validator can be made of the spec."""
        self._made({"anyOf": [{"$ref": one} for one in dict.fromkeys(self._pointers.values())]})

    def _validator(self, value: str) -> Any:
        pointer = self._pointers[value]
        if pointer not in self._validators:
            self._validators[pointer] = self._made({"$ref": pointer})
        return self._validators[pointer]

    def _made(self, schema: dict[str, Any]) -> Any:
        import jsonschema_rs

        components = self._document.get("components", {})
        try:
            return validator({**schema, "components": components})
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            message = f"no event can be judged by the spec: {str(error).splitlines()[0]}"
            place = Location(self._file, pointer=self._pointer)
            hint = "correct what the message names"
            raise SpecError([Diagnostic("spec-schema", place, message, hint)]) from None

    def judge(self, event: Any) -> None:
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
            return [Violation("$", f"an event is a JSON object, not {_named(event)}")]
        name = self.discriminator
        if name is None:
            return list(self._explained(self._validator(""), event))
        value = event.get(name)
        if isinstance(value, str) and value in self._pointers:
            return list(self._explained(self._validator(value), event))
        listed = ", ".join(map(repr, self._pointers))
        if name not in event:
            return [Violation(f"$.{name}", f"is missing; it is one of {listed}")]
        near = did_you_mean(value, self._pointers) if isinstance(value, str) else ""
        hint = f" ({near})" if near.startswith("did") else ""
        return [Violation(f"$.{name}", f"{short(value)}{hint} is not one of {listed}")]

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
            f"[{step}]" if isinstance(step, int) else member(step) for step in error.instance_path
        )
        kind = error.kind
        if kind.name == "required":
            yield Violation(path + member(kind.property), "is missing")
            return
        if kind.name == "additionalProperties":
            for name in kind.unexpected:
                yield Violation(path + member(name), "is not a member that may stand here")
            return
        message = worded(error)
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


def _named(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number",
             float: "a number", type(None): "null"}  # fmt: skip
    return names.get(type(value), f"a Python {type(value).__name__}")
