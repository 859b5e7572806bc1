"""Emitted source made into a function, with all that its code calls."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from translator import numbers, runtime, texts, times
from translator.emitter import Emitted
from translator.errors import TranslationError
from translator.structs import struct_of
from translator.validation import Events, schema_judge

_HELPERS: dict[str, object] = {
    name: getattr(module, name)
    for module, names in (
        (
            runtime,
            ("Aside", "NOTHING", "NO_MEMBERS", "Refuse", "all_or_none", "copy_known", "flatten",
             "is_integer", "is_one_of", "line_up", "look_up", "merge", "put", "shown", "step",
             "whole", "zip_lists"),
        ),
        (numbers, ("integer_to_text", "linear", "number_to_text", "text_to_integer",
                   "text_to_number")),
        (
            times,
            ("NoOffset", "epoch_milliseconds_to_rfc3339", "epoch_seconds_to_rfc3339",
             "is_rfc3339", "iso_to_rfc3339", "rfc3339_to_epoch_milliseconds",
             "rfc3339_to_epoch_seconds"),
        ),
        (texts, ("is_uuid", "matches_rfc3339", "usual_rfc3339")),
    )
    for name in names
}  # fmt: skip

_numbers = count(1)


def load(
    emitted: Emitted,
    events: Events,
    constants: Mapping[str, object],
    title: str,
) -> Callable[..., Any]:
    """The function that emitted source defines.

    `events` judges what it is given, `constants` are those that the caller's params, opt-ins and
    crosswalks ask for, `title` says in tracebacks what is translated.
    """
    space: dict[str, Any] = {
        **_HELPERS,
        **constants,
        "re": re,
        "struct_of": struct_of,
        "schema_judge": schema_judge,
        "VALID": events.first[""] if events.discriminator is None else events.first,
        "judge": events.judge,
        "invalid": events.refusal,
        "unlooked": events.unlooked,
        "as_event": as_event,
    }
    name = f"<translator {title} {next(_numbers)}>"
    lines = emitted.source.splitlines(keepends=True)
    linecache.cache[name] = (len(emitted.source), None, lines, name)
    exec(compile(emitted.source, name, "exec"), space)
    run: Callable[..., Any] = space["translate"]
    return run


def as_event(event: Any) -> dict[str, Any]:
    """The event as a dict: of a generated model, what was set in it."""
    if isinstance(event, dict):
        return dict(event)
    dump = getattr(event, "model_dump", None)
    if dump is not None and not isinstance(event, type):
        try:
            plain = dump(mode="json", by_alias=True, exclude_unset=True)
        except Exception as error:
            message = f"the {type(event).__name__} cannot be read: {error}"
            raise TranslationError("invalid-event", "$", message) from error
        if isinstance(plain, dict):
            return plain
    return event  # type: ignore[no-any-return]
