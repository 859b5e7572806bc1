"""Judges of events that are asked first: they take only what the spec takes, and nearly all of it.

What they do not take goes to `validation`, which has the last word and makes the message.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from translator.openapi import Schema, schemas
from translator.times import is_rfc3339

Judge = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Judged:
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


def validator(schema: dict[str, Any], *, dated: bool = True) -> Any:
    """A validator of draft 2020-12: formats on, unknown formats refused, nothing retrieved.

    Date-times are judged by this package's own reading of RFC 3339: the library lets some through
    whose digits are other characters (0.60.3 takes `2025-02-0+T10:15:00Z`). Not to ask Python
    halves the time: a schema that is not `dated` has no date-times. Patterns are matched in linear
    time; the library's own default takes minutes for some pairs of pattern and text.
    """
    import jsonschema_rs

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
