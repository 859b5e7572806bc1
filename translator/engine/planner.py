"""From the specs and mappings of a route to a plan.

Separate from `plan`, which is all that a run with a cached plan imports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from translator.catalog.catalog import Catalog
from translator.compiler.conversions import may_have_type
from translator.compiler.module import EmittedModule, emit_module
from translator.compiler.options import Options
from translator.compiler.specialize import Choice
from translator.engine.plan import BindingSpec, ParamTarget, Plan, compile_module
from translator.language.codecs import param_type
from translator.language.direction import DirectedMapping, ParamUse, Step, param_fields
from translator.language.nodes import Iso8601, Mapping, Prefix, Split
from translator.paths import Path
from translator.schema.spec import find_envelope
from translator.schema.types import EventType, type_at, variants_of
from translator.validation.events import EventValidator
from translator.validation.structs import NotStructable, event_struct_type, without_nulls


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
        params={
            name: (*_param_targets(name, steps), *_codec_text(name, mappings))
            for name in sorted(names)
        },
        zone_params=frozenset(zones),
        opt_ins=frozenset(name for mapping in mappings for name in mapping.opt_ins),
        crosswalks=frozenset.intersection(*(frozenset(each.crosswalks) for each in mappings)),
    )


def _codec_text(name: str, mappings: Sequence[Mapping]) -> Iterator[ParamTarget]:
    """Yield what a codec requires of a param that is a prefix or a separator."""
    for codec in (codec for each in mappings for rule in each.all_rules() for codec in rule.codecs):
        if isinstance(codec, Prefix | Split) and codec.param == name:
            yield ParamTarget({"type": "string", "minLength": 1}, is_string=True)
            return


def _param_targets(name: str, steps: Sequence[Step]) -> Iterator[ParamTarget]:
    """Yield the fields that a param fills.

    If the step before fills a field that is read first, the param is not used a second time.
    """
    filled: frozenset[Path] = frozenset()
    for step in steps:
        directed = step.directed
        uses = [use for use in param_fields(directed) if use.param == name]
        for use in uses:
            if _is_alternative(use.field, directed):
                continue  # the emitted code finds the field that allows the value
            if not _is_always_read(filled, use.field, directed):
                yield from _param_target(step.target_type, use, directed)
        variants = variants_of(step.target_type)
        filled = frozenset(
            use.field for use in uses if all(type_at(variant, use.field) for variant in variants)
        )


def _is_alternative(path: Path, directed: DirectedMapping) -> bool:
    """Whether a field is one of several, of which the first that allows a value gets it."""
    assignments = (item for case in directed.cases for item in case.assignments)
    return any(item.first_fit and path in item.targets for item in assignments)


def _is_always_read(filled: frozenset[Path], path: Path, directed: DirectedMapping) -> bool:
    """Whether every case writes the field at `path` from a field that is filled already."""
    return all(
        any(
            assignment.targets == (path,)
            and source.kind == "exact"
            and len(source.paths) == 1
            and source.paths[0] in filled
            and not source.has_conditions
            and not source.skips_unfit
            for assignment in case.assignments
            for source in assignment.sources
        )
        for case in directed.cases
    )


def _param_target(
    target_type: EventType, use: ParamUse, directed: DirectedMapping
) -> Iterator[ParamTarget]:
    """Yield what the field of each variant that has it requires of the param."""
    is_time = any(
        isinstance(source.codec, Iso8601)
        for case in directed.cases
        for assignment in case.assignments
        if assignment.targets == (use.field,)
        for source in assignment.sources
    )
    targets: list[ParamTarget] = []
    for variant in variants_of(target_type):
        field_type = type_at(variant, use.field)
        if field_type is None:
            continue
        field_type = param_type(use.codec, field_type, to_left=directed.to_left)
        schema: dict[str, Any] = getattr(field_type, "schema", {})
        if is_time:
            schema = {"type": "string", "format": "date-time", **schema}
        if getattr(field_type, "format", "") == "date-time" or is_time:
            schema = {**schema, "type": "string"}
        target = ParamTarget(schema, may_have_type(field_type, "string"))
        if target not in targets:
            targets.append(target)
    yield from targets


class Planner:
    """Compile translations from one format to another.

    Raises `TranslationError` (`unknown-format`), and `SpecError` or `MappingError` if a spec or a
    mapping of the route cannot be used.
    """

    def __init__(self, catalog: Catalog, source: str, target: str) -> None:
        self.steps = catalog.steps(source, target)
        spec = catalog.spec(source)
        for name in (source, *(step.directed.target for step in self.steps)):
            catalog.check_usable(name)
        self.event_validator = EventValidator(spec)
        self._envelopes = find_envelope(spec), find_envelope(catalog.spec(target))
        self.source_type = catalog.event_type(source, for_output=False)
        self.binding_spec = binding_spec(self.steps)
        self.selected: Collection[Choice] | None = None
        """The choices to emit code for; all if None."""

    def emit(self, options: Options) -> EmittedModule:
        """Emit the source of a translation."""
        return emit_module(self.source_type, self.steps, options, self.selected)

    def emit_structs(self, options: Options) -> tuple[Any, EmittedModule] | None:
        """Return a struct type for events, and the source of a translation of lists of them.

        A fast translation that reports losses takes no events with null, which structs do not tell
        from absent fields.
        """
        try:
            module = self.emit(options)
            has_nulls = not (options.report and options.collects)
            event_type = module.event_type if has_nulls else without_nulls(module.event_type)
            return event_struct_type(event_type), module
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
