"""From the specs and mappings on the way to what is run."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from translator.catalog import Catalog
from translator.emitter import Emitted, emit
from translator.envelopes import envelope
from translator.fillings import known
from translator.options import Options
from translator.plan import Known, Plan, compiled
from translator.structs import Untyped, event_type
from translator.validation import Events


class Planner:
    """Compiles the translations from one format to another.

    Raises `TranslationError` (`unknown-format`) and, where a spec or a mapping on the way cannot
    be used, `SpecError` and `MappingError`.
    """

    def __init__(self, catalog: Catalog, source: str, target: str) -> None:
        self.steps = catalog.steps(source, target)
        spec = catalog.spec(source)
        self.events = Events(spec)
        self.events.usable()
        self._envelopes = envelope(spec), envelope(catalog.spec(target))
        self.shape = catalog.shape(source, writing=False)

    @cached_property
    def known(self) -> Known:
        """What a caller may give."""
        return known(self.steps)

    def emitted(self, options: Options) -> Emitted:
        """The source of the translation that is asked for."""
        return emit(self.shape, self.steps, options)

    def typed(self, options: Options) -> tuple[Any, Emitted] | None:
        """The type of events read into structs, and the source of what is made of those."""
        try:
            return event_type(self.shape), self.emitted(options)
        except Untyped:
            return None

    def plan(self, options: Options, name: str) -> Plan:
        """The translation that is asked for, compiled; tracebacks call its code by `name`."""
        emitted = self.emitted(options)
        return Plan(
            compiled(emitted.source, name),
            emitted.fans_out,
            self.known,
            self.events.discriminator,
            self.events.judged,
            self._envelopes,
        )
