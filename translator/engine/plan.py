"""A plan: everything that a translator needs at run time, without specs or mappings.

These are named tuples because every run of the command line creates the classes at start-up, and a
frozen dataclass takes seven times as long to create.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from types import CodeType
from typing import Any, NamedTuple

from translator.schema.openapi import Envelope
from translator.validation.schemas import PrefilterSchema


class ParamTarget(NamedTuple):
    """A field that a param fills: its schema, and whether it takes strings."""

    schema: dict[str, Any]
    is_string: bool


class BindingSpec(NamedTuple):
    """What a caller may give: the fields that each param fills, and the names of everything else.

    `formats` are the source and the target; `zone_params` are the params that name time zones.
    """

    formats: tuple[str, str]
    params: Mapping[str, tuple[ParamTarget, ...]]
    zone_params: frozenset[str]
    opt_ins: frozenset[str]
    crosswalks: frozenset[str]


class CompiledModule(NamedTuple):
    """Emitted source and its compiled code, under a name that tracebacks show."""

    name: str
    source: str
    code: CodeType


class Plan(NamedTuple):
    """A compiled translation.

    `prefilter_schemas` validate events of the source fast, by the value of the discriminator, if
    there is one; `envelopes` are those of the source and the target.
    """

    module: CompiledModule
    fans_out: bool
    binding_spec: BindingSpec
    discriminator: str | None
    prefilter_schemas: Mapping[str, PrefilterSchema]
    envelopes: tuple[Envelope | None, Envelope | None]


def compile_module(source: str, name: str) -> CompiledModule:
    """Compile emitted source."""
    return CompiledModule(name, source, compile(source, name, "exec"))


def to_bytes(plan: Plan) -> bytes:
    """Serialize a plan. Raises ValueError if a schema is nested too deep."""
    spec = plan.binding_spec
    params = {name: [tuple(target) for target in targets] for name, targets in spec.params.items()}
    fields: list[Any] = [
        tuple(plan.module),
        plan.fans_out,
        [spec.formats, params, spec.zone_params, spec.opt_ins, spec.crosswalks],
        plan.discriminator,
        {value: tuple(schema) for value, schema in plan.prefilter_schemas.items()},
        [envelope and tuple(envelope) for envelope in plan.envelopes],
    ]
    return marshal.dumps(fields)


def from_bytes(data: bytes) -> Plan:
    """Read a plan that `to_bytes` of the same Python wrote.

    The bytes are executed: they must be trusted.
    """
    module, fans_out, binding_spec, discriminator, schemas, envelopes = marshal.loads(data)
    formats, all_targets, *names = binding_spec
    params = {
        name: tuple(ParamTarget(*target) for target in targets)
        for name, targets in all_targets.items()
    }
    source_envelope, target_envelope = (each and Envelope(*each) for each in envelopes)
    return Plan(
        CompiledModule(*module),
        fans_out,
        BindingSpec(formats, params, *names),
        discriminator,
        {value: PrefilterSchema(*schema) for value, schema in schemas.items()},
        (source_envelope, target_envelope),
    )
