"""Turn an emitted module into a function: supply the helpers that it calls, and run it."""

from __future__ import annotations

import linecache
import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from itertools import count
from types import CodeType
from typing import Any

from translator.engine.plan import CompiledModule
from translator.errors import TranslationError
from translator.runtime.formats import adaptive_matcher
from translator.validation.schemas import Validator

_HELPERS = {
    "runtime.values": (
        "CopyPlan", "EMPTY_OBJECT", "FallBack", "NO_FIELDS", "Refuse", "StaticNotes",
        "all_or_none", "as_integer", "check_same_length", "copy_known", "flatten_carried",
        "format_value", "free_items", "has_field", "has_match", "is_integer", "is_one_of",
        "lacks_required", "look_up_id", "lose_notes", "merge", "path_step", "pick_element",
        "refuse_named", "rest_of", "set_key", "stored_paths", "zip_lists",
    ),
    "runtime.numbers": (
        "as_number", "as_numeric_string", "integer_to_string", "linear", "number_or_text",
        "number_to_string", "parse_number", "plain_number", "scalar_to_string", "shift",
        "string_to_integer", "string_to_number", "string_to_scalar",
    ),
    "runtime.strings": (
        "add_prefix", "flatten_pairs", "group_pairs", "join_parts", "last_string", "list_of_one",
        "only_string", "parse_json", "require_lower_case", "require_string", "require_upper_case",
        "split_parts", "strip_prefix", "to_lower_case", "to_upper_case", "write_json",
    ),
    "runtime.times": (
        "NoOffset", "duration_to_seconds", "epoch_microseconds_to_rfc3339",
        "epoch_milliseconds_to_rfc3339", "epoch_seconds_to_rfc3339",
        "fractional_seconds_to_rfc3339", "is_finer_than", "is_rfc3339", "iso_to_rfc3339",
        "load_timezone", "plain_rfc3339", "rfc3339_to_epoch_microseconds",
        "rfc3339_to_epoch_milliseconds", "rfc3339_to_epoch_seconds",
        "rfc3339_to_fractional_seconds", "seconds_to_duration",
    ),
    "runtime.formats": ("is_common_rfc3339", "is_uuid"),
    "validation.schemas": ("problem_finder",),
    "validation.structs": ("struct_of",),
}  # fmt: skip
"""Helpers that emitted code may call, by module; a module is imported if one of them is used."""

_module_numbers = count(1)


def unique_module_name(title: str) -> str:
    """Return a name for an emitted module, which tracebacks show."""
    return f"<translator {title} {next(_module_numbers)}>"


def load(
    module: CompiledModule,
    validator: Validator,
    constants: Mapping[str, object],
    *,
    guarded: bool = True,
) -> Callable[..., Any]:
    """Run an emitted module, and return its function `translate`.

    `validator` validates events, and `constants` are the names that depend on the caller: params,
    crosswalks and functions of the translator. Without `guarded`, a lone surrogate where a UUID is
    expected raises UnicodeEncodeError, which the module reports as an untrusted event.
    """
    names = frozenset(_global_names(module.code))
    namespace: dict[str, Any] = {
        **constants,
        "re": re,
        "validate": validator.validate,
        "invalid_event": validator.refusal,
        "untrusted_failure": validator.untrusted_failure,
        "as_event": as_event,
    }
    for module_name, helpers in _HELPERS.items():
        for name in names.intersection(helpers):
            namespace[name] = getattr(import_module(f"translator.{module_name}"), name)
    if "matches_rfc3339" in names:
        namespace["matches_rfc3339"] = adaptive_matcher("date-time", namespace, "matches_rfc3339")
    if not guarded and "is_uuid" in names:
        namespace["is_uuid"] = adaptive_matcher("uuid", namespace, "is_uuid")
    if "VALID" in names:
        prefilters = validator.prefilters
        namespace["VALID"] = prefilters
        if validator.discriminator is None:
            prefilters.on_compiled = partial(namespace.__setitem__, "VALID")
            namespace["VALID"] = prefilters[""]
    namespace["__source__"] = _show_source(module)
    exec(module.code, namespace)
    translate: Callable[..., Any] = namespace["translate"]
    return translate


class _ShownSource:
    """Referenced by the modules of one name, such as those of translators that share a plan."""


_shown_sources: weakref.WeakValueDictionary[str, _ShownSource] = weakref.WeakValueDictionary()


def _show_source(module: CompiledModule) -> _ShownSource:
    """Make tracebacks show the source of a module for as long as the returned object exists."""
    shown = _shown_sources.get(module.name)
    if shown is None:
        shown = _shown_sources[module.name] = _ShownSource()
        lines = module.source.splitlines(keepends=True)
        linecache.cache[module.name] = (len(module.source), None, lines, module.name)
        weakref.finalize(shown, linecache.cache.pop, module.name, None)
    return shown


def _global_names(code: CodeType) -> Iterator[str]:
    """Yield the global names and attributes that code and its functions use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def as_event(event: Any) -> dict[str, Any]:
    """Return an event as a dict: a copy of a dict, or the fields that are set in a model."""
    if isinstance(event, dict):
        return dict(event)
    dump = getattr(event, "model_dump", None)
    if dump is not None and not isinstance(event, type):
        try:
            data = dump(mode="json", by_alias=True, exclude_unset=True)
        except Exception as error:
            message = f"cannot read the {type(event).__name__}: {error}"
            raise TranslationError("invalid-event", "$", message) from error
        if isinstance(data, dict):
            return data
    return event  # type: ignore[no-any-return]
