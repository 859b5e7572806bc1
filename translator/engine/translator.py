"""Class `Translator`: a route between two formats, compiled to functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Final,
    Generic,
    NamedTuple,
    TypeAlias,
    overload,
)

from translator.catalog.discovery import Folders
from translator.engine.bindings import (
    CrosswalkLike,
    Defaults,
    ParamChecker,
    Params,
    add_defaults,
    bind,
    check_strings,
    check_type,
    opt_in_names,
)
from translator.engine.cache import CacheEntry, cache_dir, find_cache_entry
from translator.engine.linker import as_event, load, unique_module_name
from translator.engine.plan import CompiledModule, Plan, compile_module
from translator.errors import TranslationError
from translator.validation.schemas import Validator

if TYPE_CHECKING:
    from typing_extensions import TypeAliasType, TypeVar

    from translator.catalog.catalog import Catalog
    from translator.compiler.module import EmittedModule
    from translator.engine.losses import LossReporter
    from translator.engine.models import Model
    from translator.engine.planner import Planner
    from translator.paths import Path
    from translator.results import EventResult, Loss, TranslatedLines, TranslationWithLosses
    from translator.streaming.batch_decoder import LossStructReader, StructReader
    from translator.streaming.pipeline import TranslatePart

    Output = TypeVar("Output", default=dict[str, Any])
    """An event of the target: one of the types in `translator.generated.events`, or any dict."""

    ModelT = TypeVar("ModelT", bound=Model)
else:
    # Python 3.11 has no type variables with a default.
    from typing import TypeVar

    Output = TypeVar("Output")

Event: TypeAlias = "Mapping[str, object] | Model"
"""A dict, or an instance of a generated model."""


_NO_DEFAULTS: Final = Defaults({}, {}, ())


class _Program(NamedTuple):
    """Functions compiled for one set of param names; both take an event and checked params.

    `run` returns an event or a list of events, `run_single` always one event.
    """

    run: Callable[..., Any]
    run_single: Callable[..., Any] | None


class Translator(Generic[Output]):
    """Translate events of one format into events of another.

    A translator is compiled once, for each set of param names that it meets, and may be shared by
    threads.

    Args:
        source: the format of the events to read.
        target: the format of the events to write.
        params: values that the events lack, by name; `translate(event, params)` overrides them.
        crosswalks: ID tables by name: rows such as `{"one": "SKU-1", "other": "17"}`, or
            `Crosswalk.from_csv(path)`.
        allow: names of opt-ins, which are translations that are off by default.
        strict: refuse events if anything would be lost or approximated.
        accept: source fields, as mappings write them (`context`, `items[].quantity`), whose loss
            `strict` allows, including everything below them.
        validate: validate each event against its spec first. Without it, an invalid event may be
            refused or translated as if it were valid.
        guard: check requirements that only the target's spec has, such as a length; None means the
            same as `validate`. Without it the output may be invalid.
        catalog: where to find formats other than those shipped: a catalog, or folders, which also
            name a cache for plans. Without it, plans are cached as on the command line;
            a catalog caches none.
        defaults: params, crosswalks and opt-ins that apply only if the route has them and the other
            arguments do not name them.

    Raises:
        TranslationError: a format, param, opt-in or crosswalk is unknown or unusable.
        SpecError: a spec on the route cannot be used.
        MappingError: a mapping on the route cannot be used.

    """

    def __init__(
        self,
        source: str,
        target: str,
        *,
        params: Params | None = None,
        crosswalks: Mapping[str, CrosswalkLike] | None = None,
        allow: Iterable[str] | None = (),
        strict: bool = False,
        accept: Iterable[str] = (),
        validate: bool = True,
        guard: bool | None = None,
        catalog: Catalog | Folders | None = None,
        defaults: Defaults = _NO_DEFAULTS,
    ) -> None:
        check_type("source", source, str)
        check_type("target", target, str)
        check_type("params", params, Mapping, None)
        check_type("crosswalks", crosswalks, Mapping, None)
        self.source, self.target, self.strict = source, target, strict
        self._catalog = catalog
        accepted = check_strings("accept", accept)
        params, crosswalks, opt_ins = params or {}, crosswalks or {}, opt_in_names(allow)
        for kind, names in (("param", params), ("crosswalk", crosswalks)):
            for name in names:
                check_type(f"a {kind}'s name", name, str)
        self._arguments = {
            "params": params,
            "crosswalks": crosswalks,
            "allow": opt_ins,
            "strict": strict,
            "accept": accepted,
            "validate": validate,
            "guard": guard,
            "catalog": catalog,
            "defaults": defaults,
        }
        guard = validate if guard is None else guard
        find_cache = partial(
            find_cache_entry,
            shipped_folders() if catalog is None else catalog,
            source,
            target,
            validate=validate,
            guard=guard,
        )
        self._find_cache = partial(
            find_cache,
            crosswalks={**defaults.crosswalks, **crosswalks},
            allow=[*opt_ins, *defaults.allow],
        )
        given = {name for name, value in params.items() if value is not None}
        cache = self._find_cache(given.union(defaults.params))
        plan = cache.load() if cache is not None else None
        spec = plan.binding_spec if plan else self._planner.binding_spec
        if any(defaults):
            arguments = add_defaults(spec, defaults, params, crosswalks, opt_ins)
            params, crosswalks, opt_ins = arguments
        self._param_checker = ParamChecker(spec)
        self._params = self._param_checker.check(params)
        self._bindings = bind(spec, crosswalks, opt_ins, validate=validate, guard=guard)
        if plan is None:
            plan = self._compile(self._params, cache)
        self._validator = Validator(
            plan.discriminator, plan.prefilter_schemas, lambda: self._planner.event_validator
        )
        self.accept: tuple[Path, ...] = ()
        if accepted:
            from translator.engine.losses import accepted_paths

            self.accept = accepted_paths(accepted, self._planner.source_type, strict=strict)
        self.python = plan.module.source
        """The emitted source that runs for the translator's own params."""
        self.envelopes = plan.envelopes
        """How request bodies of the source and of the target hold events, if they do."""
        self._reporters: dict[frozenset[str], LossReporter] = {}
        self._program = self._link(plan)
        self._programs = {tuple(self._params): self._program}
        if self._program.run_single is not None:
            # Avoids a method call, which would cost a tenth of a small translation.
            self.translate = self._program.run_single  # type: ignore[method-assign]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments; the files of the caller's folders are pickled with them.

        A process compiles the translator once, however often it is unpickled there.
        """
        import pickle

        return _restore, (pickle.dumps((self.source, self.target, self._arguments)),)

    def translate(self, event: Event, params: Params | None = None) -> Output:
        """Translate one event into one.

        `params` are values for this event, which take precedence over the translator's own. Raises
        `TranslationError`; with the code `several-events` if the event becomes several.
        """
        output = self._run(event, params)
        if output.__class__ is not dict:
            output = self._require_single(output)
        return output  # type: ignore[no-any-return]

    def translate_all(self, event: Event, params: Params | None = None) -> list[Output]:
        """Translate one event into all events that it becomes, in order.

        See `translate` for `params`. Raises `TranslationError`.
        """
        output = self._run(event, params)
        events: list[Any] = [output] if output.__class__ is dict else output
        if not events:
            raise self._no_item()
        return events

    @overload
    def translate_as(
        self, event: Event, model: type[ModelT], params: Params | None = None
    ) -> ModelT: ...
    @overload
    def translate_as(
        self, event: Event, model: TypeAliasType, params: Params | None = None
    ) -> Any: ...
    def translate_as(self, event: Event, model: Any, params: Params | None = None) -> Any:
        """Translate one event into one, and return it as an instance of a model of the target.

        `model` is one of the target's generated models, or the alias of a union of them. See
        `translate` for `params`. Raises `TranslationError`; with the code `invalid-model` if
        `model` is of another format or of another kind of event.
        """
        from translator.engine.models import as_model

        return as_model(self.translate(event, params), self.target, model)

    def translate_with_losses(
        self, event: Event, params: Params | None = None
    ) -> TranslationWithLosses:
        """Translate one event, and report what becomes of the fields that are not in the output.

        A loss has the JSON path of a leaf of the event, a kind (lost, approximated, normalised or
        carried) and a reason. Leaves without a loss are in the output unchanged. See `translate`
        for `params`. Raises `TranslationError`.
        """
        from translator.results import TranslationWithLosses

        events, losses = self.translate_with_shared_losses(event, params)
        return TranslationWithLosses(events, list(losses))

    def translate_with_shared_losses(
        self, event: Event, params: Params | None = None
    ) -> tuple[list[dict[str, Any]], tuple[Loss, ...]]:
        """Translate as `translate_with_losses` does; events with equal losses may share a tuple."""
        events, losses = self.loss_reporter(params).translate_with_losses(as_event(event))
        if self.strict:
            from translator.engine.losses import refuse_losses

            refuse_losses(losses, self.accept)
        if not events:
            raise self._no_item()
        return events, losses

    def stream(
        self,
        lines: BinaryIO | Iterable[bytes | str],
        *,
        wrapped: bool = False,
        losses: bool = False,
    ) -> Iterator[EventResult]:
        """Translate NDJSON: yield a `Translated` or a `Rejected` for each event, in order.

        Args:
            lines: a file opened for bytes, or lines with or without newlines; blank lines are
                skipped. Input is read as results are consumed, in bounded memory.
            wrapped: read lines of the form `{"event": …, "params": {…}}`, whose params take
                precedence over the translator's own.
            losses: give each `Translated` its losses, as `translate_with_losses` does.

        """
        from translator.streaming.pipeline import WithLosses, bare_framing, translate_lines

        framing = bare_framing
        if wrapped:
            from translator.streaming.framing import wrapped_framing

            framing = wrapped_framing
        translator: Any = WithLosses(self) if losses else self
        return translate_lines(lines, translator, framing)

    def translate_lines(self, lines: bytes, *, losses: bool = False) -> TranslatedLines:
        """Translate whole lines of NDJSON to lines of NDJSON; much faster than line by line.

        Blank lines are skipped, but they count in line numbers. A line that cannot be translated
        becomes a reject. Lines in one call are held in memory several times: pass about 64 KiB to
        1 MiB at once. With `losses`, losses are counted, which takes about twice as long.
        """
        from translator.streaming.pipeline import translate_chunk

        return translate_chunk(lines, self._loss_counter if losses else self._line_translator)

    @cached_property
    def _line_translator(self) -> TranslatePart:
        from translator.streaming.pipeline import part_translator

        translator: Any = self
        return part_translator(translator)

    @cached_property
    def _loss_counter(self) -> TranslatePart:
        from translator.streaming.pipeline import WithLosses, loss_translator

        return loss_translator(WithLosses(self), list_losses=False)

    def loss_reporter(self, params: Params | None = None) -> LossReporter:
        """Return the reporter of losses with these params; its code is compiled on first use."""
        if not params:
            return self._own_loss_reporter
        return self._find_loss_reporter({**self._params, **self._param_checker.check(params)})

    @cached_property
    def _own_loss_reporter(self) -> LossReporter:
        return self._find_loss_reporter(self._params)

    def _find_loss_reporter(self, bound: Params) -> LossReporter:
        from dataclasses import replace

        names = frozenset(bound)
        if names not in self._reporters:
            from translator.engine.losses import LossReporter

            options = self._bindings.options._replace(params=names, report=True)
            module = self._planner.emit(options)
            run = self._load(compile_module(module.source, unique_module_name(self._title)))
            self._reporters[names] = LossReporter(run, module.written_fields, self._planner.steps)
        return replace(self._reporters[names], bound=(bound,) if bound else ())

    @cached_property
    def fast_reader(self) -> StructReader | None:
        """Decodes and translates common events of a stream; None if events must be dicts."""
        for text in self._text_options():
            if (linked := self._link_structs(collects=True, text=text)) is not None:
                from translator.streaming.batch_decoder import StructReader

                struct_type, _, run = linked
                return StructReader(struct_type, run, writes_text=text)
        return None

    @cached_property
    def general_reader(self) -> StructReader | None:
        """Takes events that the fast reader skips, such as those with unusual date-times."""
        if (linked := self._link_structs()) is None:
            return None
        from translator.streaming.batch_decoder import StructReader

        struct_type, _, run = linked
        return StructReader(struct_type, run)

    @cached_property
    def fast_loss_reader(self) -> LossStructReader | None:
        """As `fast_reader`, and finds the losses of each event."""
        for text in self._text_options():
            if (reader := self._loss_reader(collects=True, text=text)) is not None:
                return reader
        return None

    @cached_property
    def general_loss_reader(self) -> LossStructReader | None:
        """As `general_reader`, and finds the losses of each event."""
        return self._loss_reader()

    def _loss_reader(
        self, *, collects: bool = False, text: bool = False
    ) -> LossStructReader | None:
        linked = self._link_structs(report=True, collects=collects, text=text)
        if linked is None:
            return None
        from translator.engine.losses import LossReporter
        from translator.streaming.batch_decoder import LossStructReader
        from translator.validation.structs import NotStructable

        struct_type, module, run = linked
        reporter = LossReporter(run, module.written_fields, self._planner.steps)
        try:
            find_losses = reporter.struct_loss_finder(struct_type)
        except NotStructable:
            return None
        return LossStructReader(struct_type, run, find_losses, writes_text=text)

    def _text_options(self) -> tuple[bool, ...]:
        """Return what to try for the option `text`."""
        from translator.compiler.json_text import needs_no_escape

        strings = [value for value in self._params.values() if isinstance(value, str)]
        return (True, False) if all(map(needs_no_escape, strings)) else (False,)

    def _link_structs(
        self, *, report: bool = False, collects: bool = False, text: bool = False
    ) -> tuple[Any, EmittedModule, Callable[..., Any]] | None:
        """Return the type of structs, and code that translates them; None if there is none."""
        if self.strict:
            return None
        from translator.runtime.formats import exact_matcher

        options = self._bindings.options._replace(
            params=frozenset(self._params),
            structs=True,
            report=report,
            collects=collects,
            text=text,
        )
        emitted = self._planner.emit_structs(options)
        if emitted is None:
            return None
        struct_type, module = emitted
        run = self._load(compile_module(module.source, unique_module_name(self._title)))
        run.__globals__.update(
            is_common_rfc3339=exact_matcher("date-time"), is_uuid=exact_matcher("uuid")
        )
        return struct_type, module, run

    def _run(self, event: Event, params: Params | None) -> Any:
        """Translate an event into one event or a list of events."""
        if params is None:
            return self._program.run(event)
        bound = self._param_checker.check(params)
        if self._params:
            bound = {**self._params, **bound}
        program = self._programs.get(tuple(bound)) or self._program_for(bound)
        return program.run(event, None, bound) if bound else program.run(event)

    def _program_for(self, bound: Params) -> _Program:
        """Return the program for these params, which is cached for each order of their names."""
        ordered = tuple(sorted(bound))
        program = self._programs.get(ordered)
        if program is None:
            cache = self._find_cache(ordered)
            plan = cache.load() if cache is not None else None
            program = self._link(plan or self._compile(ordered, cache))
        self._programs[tuple(bound)] = self._programs[ordered] = program
        return program

    def _compile(self, param_names: Iterable[str], cache: CacheEntry | None) -> Plan:
        """Compile for these params, and store the plan for other processes if there is a cache."""
        options = self._bindings.options._replace(params=frozenset(param_names))
        if cache is None:
            return self._planner.compile(options, unique_module_name(self._title))
        plan = self._planner.compile(options, f"<translator {self._title} {cache.key[:16]}>")
        cache.store(plan)
        return plan

    def _link(self, plan: Plan) -> _Program:
        if self.strict:
            return _Program(self._translate_strictly, None)
        run = self._load(plan.module)
        return _Program(run, run.__globals__.get("translate_one") if plan.fans_out else run)

    def _translate_strictly(
        self, event: Event, _params: None = None, bound: Params | None = None
    ) -> Any:
        from translator.engine.losses import translate_strictly

        outputs = translate_strictly(self.loss_reporter(bound), as_event(event), self.accept)
        return outputs[0] if len(outputs) == 1 else outputs

    def _load(self, module: CompiledModule) -> Callable[..., Any]:
        constants = {
            **self._bindings.constants,
            "PARAMS": self._params,
            "require_single": self._require_single,
            "translate_with": partial(Translator.translate, self),
        }
        guarded = self._bindings.options.guarded
        return load(module, self._validator, constants, guarded=guarded)

    def _require_single(self, events: list[Any]) -> Any:
        """Return the only event of a list. Raises `TranslationError`."""
        if len(events) == 1:
            return events[0]
        if not events:
            raise self._no_item()
        becomes = f"the event becomes {len(events)} events of {self.target}"
        raise TranslationError("several-events", "$", f"{becomes}; translate_all returns them")

    def _no_item(self) -> TranslationError:
        message = f"{self.target} records one event per item, and this event has no items"
        return TranslationError("no-item", "$", message)

    @property
    def _title(self) -> str:
        return f"{self.source} to {self.target}"

    @cached_property
    def _planner(self) -> Planner:
        """The specs and mappings of the route; read on first use."""
        from translator.engine.planner import Planner

        catalog = self._catalog
        if isinstance(catalog, Folders):
            catalog = _catalog_of(catalog)
        return Planner(catalog or shipped_catalog(), self.source, self.target)


@lru_cache(maxsize=64)
def _restore(pickled: bytes) -> Translator:
    import pickle

    source, target, arguments = pickle.loads(pickled)
    return Translator(source, target, **arguments)


@lru_cache(maxsize=1)
def shipped_folders() -> Folders:
    """Return the folders of the formats that come with this package, with the plan cache."""
    return Folders(cache_dir=cache_dir())


@lru_cache(maxsize=1)
def shipped_catalog() -> Catalog:
    """Return the catalog of the formats that come with this package."""
    from translator.catalog.catalog import Catalog

    return Catalog.from_folders(shipped_folders())


@lru_cache(maxsize=1)
def _catalog_of(folders: Folders) -> Catalog:
    """Return the catalog of some folders; shared by translators that differ in their arguments."""
    from translator.catalog.catalog import Catalog

    return Catalog.from_folders(folders)
