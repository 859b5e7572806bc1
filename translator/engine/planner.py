"""From the specs and mappings of a route to a plan.

Separate from `plan`, which is all that a run with a cached plan imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """Collect the params, opt-ins and crosswalks that the mappings of a route declare."""
    mappings = [step.directed.mapping for step in steps]
    names = {param.name for mapping in mappings for param in mapping.params}
    zones = {
        codec.zone
        for mapping in mappings
        for rule in mapping.all_rules()
        for codec in rule.codecs
        if isinstance(codec, Iso8601) and codec.zone
    }
    return BindingSpec(
        formats=(steps[0].directed.source, steps[-1].directed.target),
        params={name: tuple(_param_targets(name, steps)) for name in sorted(names)},
        zone_params=frozenset(zones),
        opt_ins=frozenset(name for mapping in mappings for name in mapping.opt_ins),
        crosswalks=frozenset(name for mapping in mappings for name in mapping.crosswalks),
    )


def _param_targets(name: str, steps: Sequence[Step]) -> Iterator[ParamTarget]:
    """Yield the fields that a param fills, in the order in which they check its value."""
    for step in steps:
        directed = step.directed
        for param in directed.mapping.params:
            fills = param.fills
            if param.name == name and fills is not None and param.to_left == directed.to_left:
                yield from _param_target(step.target_type, fills, directed)
        for rule in directed.mapping.all_rules():
            for index, param_name in getattr(rule.codec, "params", ()):
                if param_name == name and directed.to_left:
                    yield from _param_target(step.target_type, rule.left[index], directed)


def _param_target(
    target_type: Object | Union, path: Path, directed: DirectedMapping
) -> Iterator[ParamTarget]:
    """Yield the field at `path`, if it is a scalar."""
    variants = target_type.variants.values() if isinstance(target_type, Union) else (target_type,)
    types = (type_at(variant, path) for variant in variants)
    field_type = next((each for each in types if each is not None), None)
    if not isinstance(field_type, Scalar):
        return
    schema = dict(field_type.schema)
    is_time = any(
        isinstance(source.codec, Iso8601)
        for case in directed.cases
        for assignment in case.assignments
        if assignment.targets == (path,)
        for source in assignment.sources
    )
    if is_time and "format" not in schema:
        schema["format"] = "date-time"
    if field_type.format == "date-time" or is_time:
        schema["type"] = "string"
    yield ParamTarget(schema, "string" in field_type.types)


class Planner:
    """Compile translations from one format to another.

    Raises `TranslationError` (`unknown-format`), and `SpecError` or `MappingError` if a spec or a
    mapping of the route cannot be used.
    """

    def __init__(self, catalog: Catalog, source: str, target: str) -> None:
        self.steps = catalog.steps(source, target)
        spec = catalog.spec(source)
        self.event_validator = EventValidator(spec)
        self.event_validator.check_usable()
        self._envelopes = find_envelope(spec), find_envelope(catalog.spec(target))
        self.source_type = catalog.event_type(source, for_output=False)
        self.binding_spec = binding_spec(self.steps)

    def emit(self, options: Options) -> EmittedModule:
        """Emit the source of a translation."""
        return emit_module(self.source_type, self.steps, options)

    def emit_structs(self, options: Options) -> tuple[Any, EmittedModule] | None:
        """Return a struct type for events, and the source of a translation that reads it."""
        try:
            return event_struct_type(self.source_type), self.emit(options)
        except NotStructable:
            return None

    def compile(self, options: Options, name: str) -> Plan:
        """Compile a translation; `name` is what tracebacks call its code."""
        module, validator = self.emit(options), self.event_validator
        return Plan(
            compile_module(module.source, name),
            module.fans_out,
            self.binding_spec,
            validator.discriminator,
            validator.prefilter_schemas,
            self._envelopes,
        )
