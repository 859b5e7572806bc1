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
    """Serialize a plan; only the same Python can read it with `from_bytes`."""
    binding_spec = plan.binding_spec
    params = {
        name: [tuple(record) for record in targets] for name, targets in binding_spec.params.items()
    }
    return marshal.dumps(
        (
            tuple(plan.module),
            plan.fans_out,
            (binding_spec.formats, params, *binding_spec[2:]),
            plan.discriminator,
            {value: tuple(record) for value, record in plan.prefilter_schemas.items()},
            [None if record is None else tuple(record) for record in plan.envelopes],
        )
    )


def from_bytes(data: bytes) -> Plan:
    """Read a plan that `to_bytes` wrote. The bytes are executed: they must be trusted."""
    module, fans_out, binding_spec, discriminator, prefilter_schemas, envelopes = marshal.loads(
        data
    )
    ends, params, *names = binding_spec
    param_targets = {
        name: tuple(ParamTarget(*record) for record in targets) for name, targets in params.items()
    }
    source_envelope, target_envelope = (
        None if record is None else Envelope(*record) for record in envelopes
    )
    return Plan(
        CompiledModule(*module),
        fans_out,
        BindingSpec(ends, param_targets, *names),
        discriminator,
        {value: PrefilterSchema(*record) for value, record in prefilter_schemas.items()},
        (source_envelope, target_envelope),
    )
