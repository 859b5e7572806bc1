"""Judges of events that are asked first: they take only what the spec takes, and nearly all of it.

What they do not take goes to `validation`, which has the last word and makes the message.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from translator.errors import TranslationError
from translator.openapi import Schema, schemas

Judge = Callable[[Any], bool]


class Judged(NamedTuple):
    """What a judge judges by: a schema that refers to nothing outside itself.

    `dated` where it says of a text that it is a date-time, which is for this package to tell.
    """

    schema: dict[str, Any]
    dated: bool


class Judges(dict[str, Judge]):
    """The judges of a format's events, by the value that tells them apart; each made when needed.

    Raises KeyError for a value that the spec has not.
    """

    def __init__(self, judged: Mapping[str, Judged]) -> None:
        super().__init__()
        self._judged = judged

    def __missing__(self, value: str) -> Judge:
        judged = self._judged[value]
        judge: Judge = validator(judged.schema, dated=judged.dated).is_valid
        self[value] = judge
        return judge


class LastWord(Protocol):
    """What judges any event of a format, and says what is wrong with it."""

    def judge(self, event: Any) -> None:
        """Raises `TranslationError` (`invalid-event`) for what the spec does not take."""
        ...

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """The error for an event that was not valid, or that broke the code that trusted it."""
        ...

    def unlooked(self, event: Any, cause: Exception) -> TranslationError:
        """The error for an event that broke code which looks neither at it nor at its values."""
        ...


class Judging(LastWord, Protocol):
    """The same, and what is asked first: a judge for each value that tells kinds of events apart.

    Where there is no such value, the judge of `""` judges every event.
    """

    @property
    def discriminator(self) -> str | None:
        """The member whose value that is."""
        ...

    @property
    def first(self) -> Mapping[str, Judge]:
        """The judges by value; each made when it is needed."""
        ...


class Later:
    """Judges the events of a format without its spec, until one is not as most are.

    `last` gives what has the last word, which takes reading the spec.
    """

    def __init__(
        self, discriminator: str | None, judged: Mapping[str, Judged], last: Callable[[], LastWord]
    ) -> None:
        self.discriminator = discriminator
        self.first: Mapping[str, Judge] = Judges(judged)
        self._last = last

    def judge(self, event: Any) -> None:
        """Raises `TranslationError` (`invalid-event`) for what the spec does not take."""
        self._last().judge(event)

    def refusal(self, event: Any, cause: Exception | None = None) -> TranslationError:
        """The error for an event that was not valid, or that broke the code that trusted it."""
        return self._last().refusal(event, cause)

    def unlooked(self, event: Any, cause: Exception) -> TranslationError:
        """The error for an event that broke code which looks neither at it nor at its values."""
        return self._last().unlooked(event, cause)


def validator(schema: dict[str, Any], *, dated: bool = True) -> Any:
    """A validator of draft 2020-12: formats on, unknown formats refused, nothing retrieved.

    Date-times are judged by this package's own reading of RFC 3339: the library lets some through
    whose digits are other characters (0.60.3 takes `2025-02-0+T10:15:00Z`). Not to ask Python
    halves the time: a schema that is not `dated` has no date-times. Patterns are matched in linear
    time; the library's own default takes minutes for some pairs of pattern and text.
    """
    import jsonschema_rs

    from translator.times import is_rfc3339

    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        formats={"date-time": is_rfc3339} if dated else None,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


_NO_TEXT = "\x00 no text of an event is this one"


def reading_texts(components: Any) -> Any:
    """A copy of the schemas of a document, in which each text is read."""
    made = copy.deepcopy(components)
    for _, schema in list(schemas({"components": made})):
        read_text(schema)
    return made


def read_text(schema: Schema) -> None:
    """Add to the schema of a text what has a validator read the text itself.

    A text that is measured only is not read, and half of a surrogate pair in it not found. One
    that is compared is: a comparison that forbids nothing costs some ten nanoseconds.
    """
    read = schema.keys() & {"enum", "const", "pattern", "format"}
    if not read and "string" in schema.get("type", "string"):
        nothing = {"const": _NO_TEXT}
        if "not" in schema:
            schema["allOf"] = [*schema.get("allOf", ()), {"not": nothing}]
        else:
            schema["not"] = nothing
