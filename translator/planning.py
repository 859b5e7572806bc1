"""From the specs and mappings on the way to what is run."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from translator.catalog import Catalog
from translator.emitter import EmittedModule, emit_module
from translator.envelopes import find_envelope
from translator.fillings import known
from translator.options import Options
from translator.plan import BindingSpec, Plan, compile_module
from translator.structs import NotStructable, event_struct_type
from translator.validation import EventValidator


class Planner:
    """Compiles the translations from one format to another.

    Raises `TranslationError` (`unknown-format`) and, where a spec or a mapping on the way cannot
    be used, `SpecError` and `MappingError`.
    """

    def __init__(self, catalog: Catalog, source: str, target: str) -> None:
        self.steps = catalog.steps(source, target)
        spec = catalog.spec(source)
        self.event_validator = EventValidator(spec)
        self.event_validator.check_usable()
        self._envelopes = find_envelope(spec), find_envelope(catalog.spec(target))
        self.source_type = catalog.event_type(source, writing=False)

    @cached_property
    def binding_spec(self) -> BindingSpec:
        """What a caller may give."""
        return known(self.steps)

    def emit(self, options: Options) -> EmittedModule:
        """The source of the translation that is asked for."""
        return emit_module(self.source_type, self.steps, options)

    def emit_structs(self, options: Options) -> tuple[Any, EmittedModule] | None:
        """The type of events read into structs, and the source of what is made of those."""
        try:
            return event_struct_type(self.source_type), self.emit(options)
        except NotStructable:
            return None

    def compile(self, options: Options, name: str) -> Plan:
        """The translation that is asked for, compiled; tracebacks call its code by `name`."""
        module = self.emit(options)
        return Plan(
            compile_module(module.source, name),
            module.fans_out,
            self.binding_spec,
            self.event_validator.discriminator,
            self.event_validator.prefilter_schemas,
            self._envelopes,
        )
