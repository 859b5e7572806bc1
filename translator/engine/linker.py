"""Emitted source made into a function, with all that its code calls."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from itertools import count
from types import CodeType
from typing import Any

from translator.engine.plan import CompiledModule
from translator.errors import TranslationError
from translator.runtime.formats import adaptive_matcher
from translator.validation.schemas import Validator

_HELPERS: dict[str, str] = {
    name: module
    for module, names in (
        (
            "runtime.values",
            ("FallBack", "EMPTY_OBJECT", "NO_FIELDS", "Refuse", "all_or_none", "as_integer",
             "check_same_length", "copy_known", "flatten_carried", "format_value", "is_integer",
             "is_one_of", "look_up_id", "merge", "path_step", "set_key", "zip_lists"),
        ),
        ("runtime.numbers", ("integer_to_string", "linear", "number_to_string", "string_to_integer",
                     "string_to_number")),
        (
            "runtime.times",
            ("NoOffset", "epoch_milliseconds_to_rfc3339", "epoch_seconds_to_rfc3339",
             "is_rfc3339", "iso_to_rfc3339", "rfc3339_to_epoch_milliseconds",
             "rfc3339_to_epoch_seconds"),
        ),
        ("runtime.formats", ("is_uuid", "is_common_rfc3339")),
        ("validation.schemas", ("problem_finder",)),
        ("validation.structs", ("struct_of",)),
    )
    for name in names
}  # fmt: skip
"""What emitted code may call, and the module that has it; imported where it does call it."""

_module_numbers = count(1)


def unique_module_name(title: str) -> str:
    """A name for emitted code, by which tracebacks show it; no two are the same."""
    return f"<translator {title} {next(_module_numbers)}>"


def load(
    module: CompiledModule,
    validator: Validator,
    constants: Mapping[str, object],
    *,
    guarded: bool = True,
) -> Callable[..., Any]:
    """The function that emitted source defines.

    `events` judges what it is given, `constants` are those that the caller's params, opt-ins and
    crosswalks ask for. Code that is not `guarded` leaves half a surrogate pair to be refused as
    no valid event.
    """
    names = frozenset(_global_names(module.code))
    namespace: dict[str, Any] = {
        **_import_helpers(names),
        **constants,
        "re": re,
        "validate": validator.validate,
        "invalid_event": validator.refusal,
        "untrusted_failure": validator.untrusted_failure,
        "as_event": as_event,
    }
    if "matches_rfc3339" in names:
        namespace["matches_rfc3339"] = adaptive_matcher("date-time", namespace, "matches_rfc3339")
    if not guarded and "is_uuid" in names:
        namespace["is_uuid"] = adaptive_matcher("uuid", namespace, "is_uuid")
    if "VALID" in names:
        namespace["VALID"] = (
            validator.prefilters[""] if validator.discriminator is None else validator.prefilters
        )
    lines = module.source.splitlines(keepends=True)
    linecache.cache[module.name] = (len(module.source), None, lines, module.name)
    exec(module.code, namespace)
    run: Callable[..., Any] = namespace["translate"]
    return run


def _import_helpers(names: Collection[str]) -> dict[str, object]:
    """The helpers among these names."""
    return {
        name: getattr(import_module(f"translator.{module}"), name)
        for name, module in _HELPERS.items()
        if name in names
    }


def _global_names(code: CodeType) -> Iterator[str]:
    """The names of what is no local variable, in some code and in the functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def as_event(event: Any) -> dict[str, Any]:
    """The event as a dict: of a generated model, what was set in it."""
    if isinstance(event, dict):
        return dict(event)
    dump = getattr(event, "model_dump", None)
    if dump is not None and not isinstance(event, type):
        try:
            data = dump(mode="json", by_alias=True, exclude_unset=True)
        except Exception as error:
            message = f"the {type(event).__name__} cannot be read: {error}"
            raise TranslationError("invalid-event", "$", message) from error
        if isinstance(data, dict):
            return data
    return event  # type: ignore[no-any-return]
