"""Translators: routes compiled to functions, and the functions that most callers need."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import count
from typing import Any, BinaryIO, overload

from translator import numbers, runtime, times
from translator.arguments import argument, names_of, unknown
from translator.catalog import Catalog
from translator.code import constant_name
from translator.crosswalk import Crosswalk, crosswalk
from translator.emitter import Emitted, emit
from translator.envelopes import envelope
from translator.errors import TranslationError
from translator.params import Params
from translator.shapes import event_shape
from translator.streams import Result, plain, stream
from translator.validation import Events, schema_judge
from translator.variants import Options
from translator.wrapped import Wrapped

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
        self.envelopes = envelope(spec), envelope(catalog.spec(target))
        """How bodies of requests hold events of the source and of the target, where they do."""
        self._shape = event_shape(spec, writing=False)
        self._given = dict(params or {})
        self._params = Params(self._steps, source, target)
        given = {name: name for name in self._params.names(self._given)}
        self._globals = self._params.constants(self._given)
        self._spaces: list[dict[str, Any]] = []
        allowed = self._given_opt_ins(allow)
        tables = {name: crosswalk(rows) for name, rows in self._known_crosswalks(crosswalks or {})}
        for name, table in tables.items():
            between = table.between(name, source, target)
            self._globals[constant_name("CROSSWALK", name)] = between
        self._options = Options(given, tuple(sorted(tables)), allowed, validate)
        self.strict = strict
        self._again = partial(
            Translator, source, target, crosswalks=tables, allow=allowed, strict=strict,
            validate=validate, catalog=catalog,
        )  # fmt: skip
        emitted = emit(self._shape, self._steps, self._options)
        self.python = emitted.source
        """The emitted source, as it is run."""
        run = self._compiled(emitted)
        if strict:
            run = self._strictly()
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

    @overload
    def stream(self, lines: BinaryIO, *, wrapped: bool = False) -> Iterator[Result]: ...
    @overload
    def stream(
        self, lines: Iterable[bytes | str], *, wrapped: bool = False
    ) -> Iterator[Result]: ...
    def stream(self, lines: Any, *, wrapped: bool = False) -> Iterator[Result]:
        """What becomes of each event of NDJSON: a `Translated` or a `Rejected`, in order.

        Args:
            lines: a file opened for bytes, or lines, with or without their ends. Blank ones are
                skipped. It is read as the results are asked for, and held in bounded memory.
            wrapped: whether each line is `{"event": …, "params": {…}}`, params of its own that go
                before those of the translator.

        """
        return stream(lines, self, Wrapped(self) if wrapped else plain)

    def param_names(self, params: Mapping[str, Any]) -> frozenset[str]:
        """The names of the params given, None being as good as nothing.

        Raises `TranslationError` where there is no param of a name.
        """
        return self._params.names(params)

    def bound(self, params: Mapping[str, Any]) -> Translator:
        """A new translator like this one, with these params before its own.

        Raises `TranslationError`.
        """
        own = {name: value for name, value in params.items() if value is not None}
        return self._again(params=self._given | own)

    def rebind(self, params: Mapping[str, Any]) -> None:
        """Give other values to params that this translator was made with, compiling nothing.

        Not for a translator that other threads use. Raises `TranslationError`.
        """
        found = self._params.constants(params)
        for space in self._spaces:
            space.update(found)

    def _no_item(self) -> str:
        return f"{self.target} records one event for each item, and this event has none"

    # --- what the caller gives ---------------------------------------------------------------

    def _given_opt_ins(self, allow: Iterable[str] | None) -> frozenset[str]:
        names = names_of(allow)
        known = {name for step in self._steps for name in step.directed.mapping.opt_ins}
        for name in sorted(names):
            if name not in known:
                raise unknown("opt-in", name, known, self.source, self.target)
        return frozenset(names)

    def _known_crosswalks(self, crosswalks: Mapping[str, Rows]) -> Iterator[tuple[str, Rows]]:
        known = {name for step in self._steps for name in step.directed.mapping.crosswalks}
        for name, rows in crosswalks.items():
            if name not in known:
                raise unknown("crosswalk", name, known, self.source, self.target)
            argument("a crosswalk", rows, Crosswalk, Iterable)
            yield name, rows

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
        self._spaces.append(space)
        name = f"<translator {self.source} to {self.target} {next(_numbers)}>"
        lines = emitted.source.splitlines(keepends=True)
        linecache.cache[name] = (len(emitted.source), None, lines, name)
        exec(compile(emitted.source, name, "exec"), space)
        run: Callable[..., Any] = space["translate"]
        return run

    def _strictly(self) -> Callable[..., Any]:
        from translator.losses import strictly

        options = Options(
            self._options.params,
            self._options.crosswalks,
            self._options.allow,
            checked=self._options.checked,
            report=True,
        )
        reporting = self._compiled(emit(self._shape, self._steps, options))
        return strictly(reporting, as_event, self._steps)


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
