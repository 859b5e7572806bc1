"""Judges of events that are asked first: they take only what the spec takes, and nearly all of it.

What they do not take goes to `validation`, which has the last word and makes the message.

What a validator finds wrong with a value, in words.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from translator.errors import TranslationError, truncate
from translator.runtime.values import format_value, path_step
from translator.schema.openapi import Schema, walk_schemas

Prefilter = Callable[[Any], bool]


class PrefilterSchema(NamedTuple):
    """What a judge judges by: a schema that refers to nothing outside itself.

    `dated` where it says of a text that it is a date-time, which is for this package to tell.
    """

    schema: dict[str, Any]
    checks_date_times: bool


class Prefilters(dict[str, Prefilter]):
    """The judges of a format's events, by the value that tells them apart; each made when needed.

    Raises KeyError for a value that the spec has not.
    """

    def __init__(self, prefilter_schemas: Mapping[str, PrefilterSchema]) -> None:
        super().__init__()
        self._schemas = prefilter_schemas

    def __missing__(self, value: str) -> Prefilter:
        prefilter_schema = self._schemas[value]
        prefilter: Prefilter = build_validator(
            prefilter_schema.schema, checks_date_times=prefilter_schema.checks_date_times
        ).is_valid
        self[value] = prefilter
        return prefilter


class ExactValidator(Protocol):
    """What judges any event of a format, and says what is wrong with it."""

    def validate(self, event: Any) -> None:
        """Raises `TranslationError` (`invalid-event`) for what the spec does not take."""
        ...

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """The error for an event that was not valid, or that broke the code that trusted it."""
        ...

    def untrusted_failure(self, event: Any, cause: Exception) -> TranslationError:
        """The error for an event that broke code which looks neither at it nor at its values."""
        ...


class Validator(ExactValidator, Protocol):
    """The same, and what is asked first: a judge for each value that tells kinds of events apart.

    Where there is no such value, the judge of `""` judges every event.
    """

    @property
    def discriminator(self) -> str | None:
        """The member whose value that is."""
        ...

    @property
    def prefilters(self) -> Mapping[str, Prefilter]:
        """The judges by value; each made when it is needed."""
        ...


class LazyEventValidator:
    """Judges the events of a format without its spec, until one is not as most are.

    `last` gives what has the last word, which takes reading the spec.
    """

    def __init__(
        self,
        discriminator: str | None,
        prefilter_schemas: Mapping[str, PrefilterSchema],
        load_exact: Callable[[], ExactValidator],
    ) -> None:
        self.discriminator = discriminator
        self.prefilters: Mapping[str, Prefilter] = Prefilters(prefilter_schemas)
        self._load_exact = load_exact

    def validate(self, event: Any) -> None:
        """Raises `TranslationError` (`invalid-event`) for what the spec does not take."""
        self._load_exact().validate(event)

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """The error for an event that was not valid, or that broke the code that trusted it."""
        return self._load_exact().refusal(event, cause)

    def untrusted_failure(self, event: Any, cause: Exception) -> TranslationError:
        """The error for an event that broke code which looks neither at it nor at its values."""
        return self._load_exact().untrusted_failure(event, cause)


def build_validator(schema: dict[str, Any], *, checks_date_times: bool = True) -> Any:
    """A validator of draft 2020-12: formats on, unknown formats refused, nothing retrieved.

    Date-times are judged by this package's own reading of RFC 3339: the library lets some through
    whose digits are other characters (0.60.3 takes `2025-02-0+T10:15:00Z`). Not to ask Python
    halves the time: a schema that is not `dated` has no date-times. Patterns are matched in linear
    time; the library's own default takes minutes for some pairs of pattern and text.
    """
    import jsonschema_rs

    from translator.runtime.times import is_rfc3339

    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        formats={"date-time": is_rfc3339} if checks_date_times else None,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


_IMPOSSIBLE_STRING = "\x00 no text of an event is this one"


def copy_forcing_string_reads(components: Any) -> Any:
    """A copy of the schemas of a document, in which each text is read."""
    copied = copy.deepcopy(components)
    for _, schema in list(walk_schemas({"components": copied})):
        force_string_read(schema)
    return copied


def force_string_read(schema: Schema) -> None:
    """Add to the schema of a text what has a validator read the text itself.

    A text that is measured only is not read, and half of a surrogate pair in it not found. One
    that is compared is: a comparison that forbids nothing costs some ten nanoseconds.
    """
    reads_string = schema.keys() & {"enum", "const", "pattern", "format"}
    if not reads_string and "string" in schema.get("type", "string"):
        never_equal = {"const": _IMPOSSIBLE_STRING}
        if "not" in schema:
            schema["allOf"] = [*schema.get("allOf", ()), {"not": never_equal}]
        else:
            schema["not"] = never_equal


def problem_finder(schema: dict[str, Any]) -> Callable[[Any], str | None]:
    """A function that says what keeps a value from satisfying `schema`; None if nothing does."""
    import jsonschema_rs

    schema_validator = build_validator(schema)

    def problem(value: Any) -> str | None:
        try:
            schema_validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            path = "".join(
                f"[{segment}]" if isinstance(segment, int) else format_step(segment)
                for segment in error.instance_path
            )
            return (
                f"{path.lstrip('.')}: {format_violation(error)}"
                if path
                else format_violation(error)
            )
        return None

    return problem


def format_violation(error: Any) -> str:
    """What a violation says; of an enum, all the values there are."""
    if error.kind.name == "enum":
        allowed = ", ".join(map(format_short, error.kind.options))
        return f"{format_short(error.instance)} is not one of {allowed}"
    return str(error.message)


def format_step(name: str) -> str:
    """A step to a member, as JSON paths write it; the middle of a very long name is left out."""
    return path_step(truncate(name))


def format_short(value: Any) -> str:
    """A value, as messages show it."""
    text = format_value(value)
    return text if len(text) < 100 else f"{text[:80]}…"
