"""From the specs and mappings on the way to what is run.

What a caller may give the translation along some mappings, and what places it fills.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from translator.catalog.catalog import Catalog
from translator.compiler.module import EmittedModule, emit_module
from translator.compiler.options import Options
from translator.engine.plan import BindingSpec, ParamTarget, Plan, compile_module
from translator.language.direction import DirectedMapping, Step
from translator.language.nodes import Iso8601
from translator.paths import Path
from translator.schema.spec import find_envelope
from translator.schema.types import Object, Scalar, Union, type_at
from translator.validation.events import EventValidator
from translator.validation.structs import NotStructable, event_struct_type


def binding_spec(steps: Sequence[Step]) -> BindingSpec:
    """The params, opt-ins and crosswalks of the mappings on the way."""
    mappings = [step.directed.mapping for step in steps]
    names = {one.name for mapping in mappings for one in mapping.params}
    zones = {
        rule.codec.zone
        for mapping in mappings
        for rule in mapping.all_rules()
        if isinstance(rule.codec, Iso8601)
    }
    return BindingSpec(
        formats=(steps[0].directed.source, steps[-1].directed.target),
        params={name: tuple(_places(name, steps)) for name in sorted(names)},
        zone_params=frozenset(zone for zone in zones if zone),
        opt_ins=frozenset(name for mapping in mappings for name in mapping.opt_ins),
        crosswalks=frozenset(name for mapping in mappings for name in mapping.crosswalks),
    )


def _places(name: str, steps: Sequence[Step]) -> Iterator[ParamTarget]:
    """The places that a param fills, in the order in which a value of it is judged by them."""
    for step in steps:
        hop = step.directed
        for param in hop.mapping.params:
            fills = param.fills
            if param.name == name and fills is not None and param.to_left == hop.to_left:
                yield from _place(step.target_type, fills, hop)
        for rule in hop.mapping.all_rules():
            for index, param_name in getattr(rule.codec, "params", ()):
                if param_name == name and hop.to_left:
                    yield from _place(step.target_type, rule.left[index], hop)


def _place(target: Object | Union, path: Path, hop: DirectedMapping) -> Iterator[ParamTarget]:
    """The place at `path`; none where that is no scalar."""
    variants = target.variants.values() if isinstance(target, Union) else (target,)
    shape = next((found for one in variants if (found := type_at(one, path)) is not None), None)
    if not isinstance(shape, Scalar):
        return
    schema = dict(shape.schema)
    timed = any(
        isinstance(source.codec, Iso8601)
        for case in hop.cases
        for move in case.assignments
        if move.targets == (path,)
        for source in move.sources
    )
    if timed and "format" not in schema:
        schema["format"] = "date-time"
    if shape.format == "date-time" or timed:
        schema["type"] = "string"
    yield ParamTarget(schema, "string" in shape.types)


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
        return binding_spec(self.steps)

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
