"""Translators: routes compiled to functions, and the functions that most callers need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO

from translator.catalog.discovery import Folders
from translator.engine.bindings import Rows, argument, given
from translator.engine.cache import PlanCache, plan_cache
from translator.engine.linker import as_event, load, unique_module_name
from translator.engine.plan import CompiledModule, Plan, compile_module
from translator.errors import TranslationError
from translator.results import EventResult, TranslationWithLosses
from translator.streaming.pipeline import Framing, WithLosses, bare_framing, translate_lines
from translator.validation.schemas import LazyEventValidator, Validator

if TYPE_CHECKING:
    from translator.catalog.catalog import Catalog
    from translator.engine.losses import LossReporter
    from translator.engine.planner import Planner
    from translator.paths import Path
    from translator.streaming.batch_decoder import StructReader

Event = Any
"""A dict, or an instance of a generated model."""


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
        guard: hold values to what only the target demands of them, such as a length; None is as
            `validate`. Without it what is written may not be valid.
        catalog: where formats are found, if not only among those shipped: a catalog, or folders
            that are read where no plan is kept of what was compiled from them before.

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
        guard: bool | None = None,
        catalog: Catalog | Folders | None = None,
    ) -> None:
        argument("source", source, str)
        argument("target", target, str)
        argument("params", params, Mapping, None)
        argument("crosswalks", crosswalks, Mapping, None)
        self.source, self.target = source, target
        self._catalog = catalog
        guarded = validate if guard is None else guard
        cache = plan_cache(
            catalog, source, target, params, crosswalks, allow, validate=validate, guard=guarded
        )
        plan = cache.load() if cache is not None else None
        binding_spec = plan.binding_spec if plan else self._planner.binding_spec
        self._given = given(
            binding_spec, params or {}, crosswalks or {}, allow, validate=validate, guard=guarded
        )
        self._constants = dict(self._given.constants)
        if plan is None:
            plan = self._build_plan(cache)
        self._plan = plan
        self._validator: Validator = (
            self._planner.event_validator
            if cache is None
            else LazyEventValidator(
                plan.discriminator, plan.prefilter_schemas, lambda: self._planner.event_validator
            )
        )
        self._spaces: list[dict[str, Any]] = []
        self.strict = strict
        self._again = partial(
            Translator, source, target, crosswalks=self._given.tables,
            allow=self._given.options.opt_ins, strict=strict, accept=accept, validate=validate,
            guard=guard, catalog=catalog,
        )  # fmt: skip
        self.python = plan.module.source
        """The emitted source, as it is run."""
        self.envelopes = plan.envelopes
        """How bodies of requests hold events of the source and of the target, where they do."""
        run = self._load(plan.module)
        self.accept = self._parse_accept(accept)
        if strict:
            from translator.engine.losses import make_strict

            run = make_strict(self.reporter, as_event, self.accept)
        self._run = run
        # Without a method call in between, which would cost a tenth of a small translation.
        if not plan.fans_out:
            self.translate = run  # type: ignore[method-assign]
        elif not strict and "translate_one" in self._spaces[0]:
            self.translate = self._spaces[0]["translate_one"]  # type: ignore[method-assign]

    def translate(self, event: Event) -> dict[str, Any]:
        """The translation of one event.

        Raises `TranslationError`; with the code `several-events` if the event becomes several.
        """
        output = self._run(event)
        return output if output.__class__ is dict else self._require_single(output)

    def _require_single(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """The one event of a list. Raises `TranslationError`."""
        if len(events) == 1:
            return events[0]
        if not events:
            raise TranslationError("no-item", "$", self._no_item_message())
        raise TranslationError(
            "several-events",
            "$",
            f"the event becomes {len(events)} events of {self.target}; translate_all returns them",
        )

    def translate_all(self, event: Event) -> list[dict[str, Any]]:
        """The translations of one event, in order. Raises `TranslationError`."""
        output = self._run(event)
        if output.__class__ is dict:
            return [output]
        if not output:
            raise TranslationError("no-item", "$", self._no_item_message())
        events: list[dict[str, Any]] = output
        return events

    def translate_with_losses(self, event: Event) -> TranslationWithLosses:
        """The translations of one event, and what becomes of the members that are not in them.

        A loss has the JSON path of a leaf of the event, a kind (lost, approximated, normalised or
        carried) and a reason. What is neither lost nor otherwise said is in the translations as it
        was. Raises as `translate_all` does.
        """
        event = as_event(event)
        translation = self.reporter.translate_with_losses(event)
        if self.strict:
            from translator.engine.losses import refuse_losses

            refuse_losses(translation.losses, self.accept)
        if not translation.events:
            raise TranslationError("no-item", "$", self._no_item_message())
        return translation

    def stream(
        self,
        lines: BinaryIO | Iterable[bytes | str],
        *,
        wrapped: bool = False,
        losses: bool = False,
    ) -> Iterator[EventResult]:
        """What becomes of each event of NDJSON: a `Translated` or a `Rejected`, in order.

        Args:
            lines: a file opened for bytes, or lines, with or without their ends. Blank ones are
                skipped. It is read as the results are asked for, and held in bounded memory.
            wrapped: whether each line is `{"event": …, "params": {…}}`, params of its own that go
                before those of the translator.
            losses: whether each `Translated` has its losses, as `translate_with_losses` has them.

        """
        translator = WithLosses(self) if losses else self
        return translate_lines(
            lines, translator, self._wrapped_framing(translator) if wrapped else bare_framing
        )

    @staticmethod
    def _wrapped_framing(translator: Translator | WithLosses) -> Framing:
        from translator.streaming.framing import WrappedFraming

        return WrappedFraming(translator)

    def param_names(self, params: Mapping[str, Any]) -> frozenset[str]:
        """The names of the params given, None being as good as nothing.

        Raises `TranslationError` where there is no param of a name.
        """
        return self._given.known.names(params)

    def bound(self, params: Mapping[str, Any]) -> Translator:
        """A new translator like this one, with these params before its own.

        Raises `TranslationError`.
        """
        own = {name: value for name, value in params.items() if value is not None}
        return self._again(params={**self._given.params, **own})

    def rebind(self, params: Mapping[str, Any]) -> None:
        """Give other values to params that this translator was made with, compiling nothing.

        Not for a translator that other threads use. Raises `TranslationError`.
        """
        found = self._given.known.constants(params)
        for space in (self._constants, *self._spaces):
            space.update(found)

    def _no_item_message(self) -> str:
        return f"{self.target} records one event for each item, and this event has none"

    def _build_plan(self, cache: PlanCache | None) -> Plan:
        """What this is compiled to, kept for the next process where that is asked for."""
        options = self._given.options
        if cache is None:
            return self._planner.compile(options, unique_module_name(self._title))
        plan = self._planner.compile(options, f"<translator {self._title} {cache.key[:16]}>")
        cache.store(plan)
        return plan

    def _load(self, module: CompiledModule) -> Callable[..., Any]:
        constants = {**self._constants, "require_single": self._require_single}
        run = load(module, self._validator, constants, guarded=self._given.options.guarded)
        self._spaces.append(run.__globals__)
        return run

    def _parse_accept(self, accept: Iterable[str]) -> tuple[Path, ...]:
        path_strings = (accept,) if isinstance(accept, str) else accept
        argument("accept", path_strings, Iterable)
        if not (path_strings := tuple(path_strings)):
            return ()
        from translator.engine.losses import accepted_paths

        return accepted_paths(path_strings, self._planner.source_type, strict=self.strict)

    @property
    def _title(self) -> str:
        return f"{self.source} to {self.target}"

    @cached_property
    def _planner(self) -> Planner:
        """The specs and mappings on the way; read when first asked for."""
        from translator.engine.planner import Planner

        catalog = self._catalog
        if isinstance(catalog, Folders):
            catalog = _load_catalog(catalog)
        return Planner(catalog or shipped_catalog(), self.source, self.target)

    @cached_property
    def reader(self) -> StructReader | None:
        """Reads the events of streams into structs; None where they are to be read one by one."""
        if self.strict:
            return None
        from translator.runtime.formats import exact_matcher
        from translator.streaming.batch_decoder import StructReader

        typed = self._planner.emit_structs(replace(self._given.options, structs=True))
        if typed is None:
            return None
        struct_type, module = typed
        run = self._load(compile_module(module.source, unique_module_name(self._title)))
        run.__globals__.update(
            is_common_rfc3339=exact_matcher("date-time"), is_uuid=exact_matcher("uuid")
        )
        return StructReader(struct_type, run, module.fans_out)

    @cached_property
    def reporter(self) -> LossReporter:
        """The code that says what becomes of each member; emitted when first asked for."""
        from translator.engine.losses import LossReporter

        module = self._planner.emit(replace(self._given.options, report=True))
        run = self._load(compile_module(module.source, unique_module_name(self._title)))
        return LossReporter(run, module.written_fields, self._planner.steps)


@lru_cache(maxsize=1)
def shipped_catalog() -> Catalog:
    """The catalog of the formats that come with this package."""
    from translator.catalog.catalog import Catalog

    return Catalog()


@lru_cache(maxsize=1)
def _load_catalog(folders: Folders) -> Catalog:
    """The catalog of the formats in some folders, for translators that differ in their params."""
    from translator.catalog.catalog import Catalog

    return Catalog.from_folders(folders)
