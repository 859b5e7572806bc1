"""Emitted source made into a function, with all that its code calls."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from itertools import count
from types import CodeType
from typing import Any

from translator.errors import TranslationError
from translator.judges import Judging
from translator.plan import Compiled
from translator.texts import RAW, teller

_HELPERS: dict[str, str] = {
    name: module
    for module, names in (
        (
            "runtime",
            ("Aside", "NOTHING", "NO_MEMBERS", "Refuse", "all_or_none", "copy_known", "flatten",
             "is_integer", "is_one_of", "line_up", "look_up", "merge", "put", "shown", "step",
             "whole", "zip_lists"),
        ),
        ("numbers", ("integer_to_text", "linear", "number_to_text", "text_to_integer",
                     "text_to_number")),
        (
            "times",
            ("NoOffset", "epoch_milliseconds_to_rfc3339", "epoch_seconds_to_rfc3339",
             "is_rfc3339", "iso_to_rfc3339", "rfc3339_to_epoch_milliseconds",
             "rfc3339_to_epoch_seconds"),
        ),
        ("texts", ("is_uuid", "usual_rfc3339")),
        ("worded", ("schema_judge",)),
        ("structs", ("struct_of",)),
    )
    for name in names
}  # fmt: skip
"""What emitted code may call, and the module that has it; imported where it does call it."""

_numbers = count(1)


def titled(title: str) -> str:
    """A name for emitted code, by which tracebacks show it; no two are the same."""
    return f"<translator {title} {next(_numbers)}>"


def load(
    emitted: Compiled,
    events: Judging,
    constants: Mapping[str, object],
    *,
    guarded: bool = True,
) -> Callable[..., Any]:
    """The function that emitted source defines.

    `events` judges what it is given, `constants` are those that the caller's params, opt-ins and
    crosswalks ask for. Code that is not `guarded` leaves half a surrogate pair to be refused as
    no valid event.
    """
    names = frozenset(_names(emitted.code))
    space: dict[str, Any] = {
        **_called(names),
        **constants,
        "re": re,
        "judge": events.judge,
        "invalid": events.refusal,
        "unlooked": events.unlooked,
        "as_event": as_event,
    }
    for name in names & RAW.keys():
        space[name] = teller(RAW[name], space, name)
    if not guarded and "is_uuid" in names:
        space["is_uuid"] = teller("uuid", space, "is_uuid")
    if "VALID" in names:
        space["VALID"] = events.first[""] if events.discriminator is None else events.first
    lines = emitted.source.splitlines(keepends=True)
    linecache.cache[emitted.name] = (len(emitted.source), None, lines, emitted.name)
    exec(emitted.code, space)
    run: Callable[..., Any] = space["translate"]
    return run


def _called(names: Collection[str]) -> dict[str, object]:
    """The helpers among these names."""
    return {
        name: getattr(import_module(f"translator.{home}"), name)
        for name, home in _HELPERS.items()
        if name in names
    }


def _names(code: CodeType) -> Iterator[str]:
    """The names of what is no local variable, in some code and in the functions within it."""
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _names(one)


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
