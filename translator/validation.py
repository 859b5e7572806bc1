"""Judging payloads: whether an event satisfies its spec, and if not, every way in which.

A union is judged by its discriminator first, so that an error names the member at fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from translator.diagnostics import Diagnostic, Location, did_you_mean, shortened
from translator.errors import SpecError, TranslationError, Violation
from translator.jsondata import is_large, not_json
from translator.judges import Judge, Judges, reading_texts, validator
from translator.narrowing import first_schemas
from translator.spec import Spec, resolve
from translator.worded import member, short, worded

MAX_VIOLATIONS = 100
"""So many violations of one event are named at most."""


class Events:
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
        self._explaining: dict[str, Any] = {}
        self.judged = first_schemas(spec)
        self.first: Mapping[str, Judge] = Judges(self.judged)

    def usable(self) -> None:
        """Raises `SpecError` where no validator can be made of the spec."""
        self._made({"anyOf": [{"$ref": one} for one in dict.fromkeys(self._pointers.values())]})

    def _validator(self, value: str) -> Any:
        pointer = self._pointers[value]
        if pointer not in self._validators:
            components = reading_texts(self._document.get("components", {}))
            self._validators[pointer] = self._made({"$ref": pointer, "components": components})
        return self._validators[pointer]

    def _explainer(self, value: str) -> Any:
        pointer = self._pointers[value]
        if pointer not in self._explaining:
            self._explaining[pointer] = self._made({"$ref": pointer})
        return self._explaining[pointer]

    def _made(self, schema: dict[str, Any]) -> Any:
        import jsonschema_rs

        components = self._document.get("components", {})
        try:
            return validator({"components": components, **schema})
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            message, hint = str(error).splitlines()[0], "correct what the message names"
            if ' is not a "regex"' in message:
                message = f"the pattern {message.partition(' is not a ')[0]} cannot be used"
                hint = "write it without look-around, backreferences and very large repetitions"
            message = shortened(f"no event can be judged by the spec: {message}")
            place = Location(self._file, pointer=self._pointer)
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
        try:
            found = self._broken(event)
        except (ValueError, TypeError, RecursionError):  # of what is no JSON data
            found = []
        return found or list(islice(not_json(event), MAX_VIOLATIONS))

    def _broken(self, event: dict[Any, Any]) -> list[Violation]:
        """What of the spec an event breaks."""
        name = self.discriminator
        if name is None:
            return list(self._explained(self._explainer(""), event))
        value = event.get(name)
        if isinstance(value, str) and value in self._pointers:
            return list(self._explained(self._explainer(value), event))
        listed = shortened(", ".join(map(repr, self._pointers)))
        if name not in event:
            return [Violation(f"$.{name}", f"is missing; it is one of {listed}")]
        near = did_you_mean(value, self._pointers) if isinstance(value, str) else ""
        hint = f" ({near})" if near.startswith("did") else ""
        return [Violation(f"$.{name}", f"{short(value)}{hint} is not one of {listed}")]

    def _explained(self, judge: Any, event: Any) -> Iterator[Violation]:
        if is_large(event):
            yield from self._first(judge, event)
            return
        found = (one for error in judge.iter_errors(event) for one in self._violations(error))
        yield from islice(found, MAX_VIOLATIONS)
        if next(found, None) is not None:
            yield Violation("$", "and more")

    def _first(self, judge: Any, event: Any) -> Iterator[Violation]:
        """The first violation: to list them all of a large event takes minutes and gigabytes."""
        import jsonschema_rs

        try:
            judge.validate(event)
        except jsonschema_rs.ValidationError as error:
            yield from islice(self._violations(error), MAX_VIOLATIONS)
            yield Violation("$", "there may be more")

    def _violations(self, error: Any) -> Iterator[Violation]:
        path = "$" + "".join(
            f"[{name}]" if isinstance(name, int) else member(name) for name in error.instance_path
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
        yield Violation(path, f"{shortened(message)}{'; ' + hint if hint else ''}")

    def _hint(self, schema_path: list[Any]) -> str:
        """What the spec itself says of the keyword that was violated (`x-violations`)."""
        at: Any = self._document
        schema: Any = {}
        names = [str(name) for name in schema_path]
        for name in names[:-1]:
            if isinstance(at, dict) and isinstance(at.get("$ref"), str) and name != "$ref":
                at = resolve(self._document, at["$ref"])
            if name == "$ref":
                continue
            at = at.get(name, {}) if isinstance(at, dict) else {}
            schema = at
        if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            schema = resolve(self._document, schema["$ref"])
        said = schema.get("x-violations") if isinstance(schema, dict) else None
        return str(said.get(names[-1], "")) if names and isinstance(said, dict) else ""

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

    def unlooked(self, event: Any, cause: Exception) -> TranslationError:
        """The error for an event that broke code which looks neither at it nor at its values."""
        if self.violations(event):
            return self.refusal(event)
        message = f"a value cannot be translated ({cause}); with guard=True the error says which"
        return TranslationError("unmappable-value", "$", message)


def _named(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number",
             float: "a number", type(None): "null"}  # fmt: skip
    return names.get(type(value), f"a Python {type(value).__name__}")
