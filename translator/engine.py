"""Translators: routes compiled to functions, and the functions that most callers need."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from translator import numbers, runtime, times
from translator.arguments import accepted_paths, argument, names_of, unknown
from translator.catalog import Catalog
from translator.code import constant_name
from translator.crosswalk import Crosswalk, crosswalk
from translator.emitter import Emitted, emit
from translator.errors import TranslationError
from translator.nodes import Iso8601, Param
from translator.shapes import Object, Scalar, Shape, Union, event_shape, shape_at
from translator.validation import Events, schema_judge
from translator.variants import Options

if TYPE_CHECKING:
    from translator.losses import Accounted, Reporter

Event = Any
"""A dict, or an instance of a generated model."""

Rows = Iterable[Mapping[str, str]] | Crosswalk
"""A crosswalk: rows with an id for each format, or a `Crosswalk`."""

_HELPERS: dict[str, object] = {
    name: getattr(module, name)
    for module, names in (
        (
            runtime,
            ("Refuse", "all_or_none", "copy_known", "flatten", "is_integer", "is_one_of",
             "line_up", "look_up", "merge", "put", "shown", "step", "whole", "zip_lists"),
        ),
        (numbers, ("integer_to_text", "linear", "number_to_text", "text_to_integer",
                   "text_to_number")),
        (
            times,
            ("NoOffset", "epoch_milliseconds_to_rfc3339", "epoch_seconds_to_rfc3339",
             "is_rfc3339", "iso_to_rfc3339", "rfc3339_to_epoch_milliseconds",
             "rfc3339_to_epoch_seconds"),
        ),
    )
    for name in names
}  # fmt: skip

_numbers = count(1)


class Translator:
    """Translates events of `source` into events of `target`. Compiled once, and thread-safe.

    Args:
        source: the format of the events to be read.
        target: the format of the events to be written.
        params: values that the events lack, by name.
        crosswalks: tables of ids by name: rows such as `{"one": "SKU-1", "other": "17"}`, or
            `Crosswalk.from_csv(path)`.
        allow: the names of opt-ins, translations that are off unless asked for.
        strict: refuse events of which anything would be lost or approximated.
        accept: members of the source, as mappings write them (`context`, `items[].quantity`),
            that strict lets go, with all that is below them.
        validate: judge each event by its spec first. Without it an event that is not valid may be
            refused or translated as if it were.
        catalog: where formats are found, if not only among those shipped.

    Raises:
        TranslationError: a format, param, opt-in or crosswalk is unknown or not usable.
        SpecError: a spec on the way cannot be used.
        MappingError: a mapping on the way cannot be used.

    """

    def __init__(
        self,
        source: str,
        target: str,
        *,
        params: Mapping[str, Any] | None = None,
        crosswalks: Mapping[str, Rows] | None = None,
        allow: Iterable[str] | None = (),
        strict: bool = False,
        accept: Iterable[str] = (),
        validate: bool = True,
        catalog: Catalog | None = None,
    ) -> None:
        argument("source", source, str)
        argument("target", target, str)
        argument("params", params, Mapping, None)
        argument("crosswalks", crosswalks, Mapping, None)
        self.source, self.target = source, target
        catalog = catalog or shipped()
        self._steps = catalog.steps(source, target)
        spec = catalog.spec(source)
        self._events = Events(spec)
        self._shape = event_shape(spec, writing=False)
        self._globals: dict[str, object] = {"PARAMS": {}}
        given = self._given_params(params or {})
        allowed = self._given_opt_ins(allow)
        names = self._given_crosswalks(crosswalks or {})
        self._options = Options(given, names, allowed, validate)
        self.strict = strict
        emitted = emit(self._shape, self._steps, self._options)
        self.python = emitted.source
        """The emitted source, as it is run."""
        run = self._compiled(emitted)
        self.accept = accepted_paths(accept, self._shape, strict=strict)
        if strict:
            from translator.losses import strictly

            run = strictly(self.reporter, as_event, self.accept)
        self._run = run
        if not emitted.fans_out:
            # Without a method call in between, which would cost a tenth of a small translation.
            self.translate = run  # type: ignore[method-assign]

    def translate(self, event: Event) -> dict[str, Any]:
        """The translation of one event.

        Raises `TranslationError`; with the code `several-events` if the event becomes several.
        """
        made = self._run(event)
        if made.__class__ is dict:
            return made
        if len(made) == 1:
            one: dict[str, Any] = made[0]
            return one
        if not made:
            raise TranslationError("no-item", "$", self._no_item())
        raise TranslationError(
            "several-events",
            "$",
            f"the event becomes {len(made)} events of {self.target}; translate_all returns them",
        )

    def translate_all(self, event: Event) -> list[dict[str, Any]]:
        """The translations of one event, in order. Raises `TranslationError`."""
        made = self._run(event)
        if made.__class__ is dict:
            return [made]
        if not made:
            raise TranslationError("no-item", "$", self._no_item())
        several: list[dict[str, Any]] = made
        return several

    def translate_with_losses(self, event: Event) -> Accounted:
        """The translations of one event, and what becomes of the members that are not in them.

        A loss has the JSON path of a leaf of the event, a kind (lost, approximated, normalised or
        carried) and a reason. What is neither lost nor otherwise said is in the translations as it
        was. Raises as `translate_all` does.
        """
        event = as_event(event)
        if self.strict:
            self._run(event)
        found = self.reporter.account(event)
        if not found.events:
            raise TranslationError("no-item", "$", self._no_item())
        return found

    def _no_item(self) -> str:
        return f"{self.target} records one event for each item, and this event has none"

    # --- what the caller gives ---------------------------------------------------------------

    def _given_params(self, params: Mapping[str, Any]) -> dict[str, str]:
        known: dict[str, Param] = {}
        for step in self._steps:
            for param in step.directed.mapping.params:
                known.setdefault(param.name, param)
        for name in params:
            argument("a param's name", name, str)
            if name not in known:
                raise unknown("param", name, known, self.source, self.target)
        given: dict[str, str] = {}
        for name, value in params.items():
            if value is not None:
                self._globals[constant_name("PARAM", name)] = self._checked(name, value)
                given[name] = name
        return given

    def _checked(self, name: str, value: Any) -> Any:
        """A param's value, once it is one that every place it fills allows."""
        for step in self._steps:
            hop = step.directed
            for param in hop.mapping.params:
                fills = param.fills
                if param.name == name and fills is not None and param.to_left == hop.to_left:
                    value = self._fitting(name, value, step.target, fills, hop)
            for rule in hop.mapping.all_fields():
                codec = rule.codec
                if isinstance(codec, Iso8601) and codec.zone == name:
                    self._globals[constant_name("ZONE", name)] = _zone(name, value)
                for index, param_name in getattr(codec, "params", ()):
                    if param_name == name and hop.to_left:
                        value = self._fitting(name, value, step.target, rule.left[index], hop)
        if not isinstance(value, str | int | float | bool):
            raise TranslationError("invalid-param", "$", f"the param {name!r} is a single value")
        return value

    def _fitting(
        self, name: str, value: Any, target: Object | Union, path: tuple[str, ...], hop: Any
    ) -> Any:
        variants = target.variants.values() if isinstance(target, Union) else (target,)
        shapes = [found for one in variants if (found := shape_at(one, path)) is not None]
        shape: Shape | None = shapes[0] if shapes else None
        if not isinstance(shape, Scalar):
            return value
        if isinstance(value, str) and "string" not in shape.types:
            try:
                value = numbers.text_to_number(value)
            except ValueError as error:
                raise TranslationError("invalid-param", "$", f"param {name!r}: {error}") from None
        schema = dict(shape.schema)
        timed = any(
            isinstance(source.codec, Iso8601)
            for case in hop.cases
            for move in case.moves
            if move.targets == (path,)
            for source in move.sources
        )
        if timed and "format" not in schema:
            schema["format"] = "date-time"
        if shape.format == "date-time" or timed:
            schema["type"] = "string"
        try:
            problem = schema_judge(schema)(value)
        except (ValueError, UnicodeEncodeError) as error:
            problem = str(error)
        if problem is not None:
            raise TranslationError("invalid-param", "$", f"the param {name!r}: {problem}")
        return value

    def _given_opt_ins(self, allow: Iterable[str] | None) -> frozenset[str]:
        names = names_of(allow)
        known = {name for step in self._steps for name in step.directed.mapping.opt_ins}
        for name in sorted(names):
            if name not in known:
                raise unknown("opt-in", name, known, self.source, self.target)
        return frozenset(names)

    def _given_crosswalks(self, crosswalks: Mapping[str, Rows]) -> tuple[str, ...]:
        known = {name for step in self._steps for name in step.directed.mapping.crosswalks}
        for name, rows in crosswalks.items():
            if name not in known:
                raise unknown("crosswalk", name, known, self.source, self.target)
            argument("a crosswalk", rows, Crosswalk, Iterable)
            table = crosswalk(rows).between(name, self.source, self.target)
            self._globals[constant_name("CROSSWALK", name)] = table
        return tuple(sorted(crosswalks))

    # --- compiling ---------------------------------------------------------------------------

    def _compiled(self, emitted: Emitted) -> Callable[..., Any]:
        space: dict[str, Any] = {
            **_HELPERS,
            **self._globals,
            "re": re,
            "schema_judge": schema_judge,
            "VALID": self._events.judges,
            "invalid": self._events.refusal,
            "as_event": as_event,
        }
        name = f"<translator {self.source} to {self.target} {next(_numbers)}>"
        lines = emitted.source.splitlines(keepends=True)
        linecache.cache[name] = (len(emitted.source), None, lines, name)
        exec(compile(emitted.source, name, "exec"), space)
        run: Callable[..., Any] = space["translate"]
        return run

    @cached_property
    def reporter(self) -> Reporter:
        """The code that says what becomes of each member; emitted when first asked for."""
        from translator.losses import Reporter

        emitted = emit(self._shape, self._steps, replace(self._options, report=True))
        return Reporter(self._compiled(emitted), emitted.entries, self._steps)


def as_event(event: Event) -> dict[str, Any]:
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


def _zone(name: str, value: Any) -> object:
    try:
        return times.zone(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise TranslationError("invalid-param", "$", f"the param {name!r}: {error}") from None


@lru_cache(maxsize=1)
def shipped() -> Catalog:
    """The catalog of the formats that come with this package."""
    return Catalog()


_plain: dict[tuple[str, str], Translator] = {}


def translate(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Iterable[str] | None = (),
    strict: bool = False,
) -> dict[str, Any]:
    """Translate one event into one. See `Translator` for the arguments and errors.

    Raises `TranslationError` with the code `several-events` if the event becomes several.
    """
    if params is None and crosswalks is None and not allow and not strict:
        try:
            made = _plain[source, target]
        except (KeyError, TypeError):
            made = _bound(source, target, None, None, (), False)
        return made.translate(event)
    return _bound(source, target, params, crosswalks, allow, strict).translate(event)


def translate_all(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Iterable[str] | None = (),
    strict: bool = False,
) -> list[dict[str, Any]]:
    """Translate one event into all that it becomes, in order. See `Translator`."""
    return _bound(source, target, params, crosswalks, allow, strict).translate_all(event)


def _bound(
    source: str,
    target: str,
    params: Mapping[str, Any] | None,
    crosswalks: Mapping[str, Rows] | None,
    allow: Iterable[str] | None,
    strict: bool,
) -> Translator:
    argument("source", source, str)
    argument("target", target, str)
    argument("params", params, Mapping, None)
    names = tuple(sorted(names_of(allow)))
    if crosswalks is not None:
        return Translator(
            source, target, params=params, crosswalks=crosswalks, allow=names, strict=strict
        )
    if not params and not names and not strict:
        made = _plain.get((source, target))
        if made is None:
            made = _plain[source, target] = Translator(source, target)
        return made
    try:
        items = tuple(sorted((params or {}).items()))
        return _kept(source, target, items, names, strict)
    except TypeError:
        return Translator(source, target, params=params, allow=names, strict=strict)


@lru_cache(maxsize=256)
def _kept(
    source: str,
    target: str,
    params: tuple[tuple[str, Any], ...],
    allow: tuple[str, ...],
    strict: bool,
) -> Translator:
    return Translator(source, target, params=dict(params), allow=allow, strict=strict)
