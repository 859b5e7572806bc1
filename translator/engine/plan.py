"""What a pair of formats was compiled to: all that its translator needs, and no spec or mapping.

Named tuples, since every run of the command line makes these classes anew before it starts: a
frozen dataclass takes seven times as long.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from types import CodeType
from typing import Any, NamedTuple

from translator.schema.openapi import Envelope
from translator.validation.schemas import PrefilterSchema


class ParamTarget(NamedTuple):
    """A place that a param fills: its schema, and whether it is for texts."""

    schema: dict[str, Any]
    is_string: bool


class BindingSpec(NamedTuple):
    """What a caller may give: the places that each param fills, and the names of all else.

    `ends` are the formats from which and to which it leads, `zones` the params that name timezones.
    """

    formats: tuple[str, str]
    params: Mapping[str, tuple[ParamTarget, ...]]
    zone_params: frozenset[str]
    opt_ins: frozenset[str]
    crosswalks: frozenset[str]


class CompiledModule(NamedTuple):
    """Emitted source, and the code it was compiled to under a name that tracebacks show."""

    name: str
    source: str
    code: CodeType


class Plan(NamedTuple):
    """A translation, compiled.

    `judged` are the schemas by which events of the source are judged first, as
    `narrowing.first_schemas` gives them; `envelopes` are those of source and target.
    """

    module: CompiledModule
    fans_out: bool
    binding_spec: BindingSpec
    discriminator: str | None
    prefilter_schemas: Mapping[str, PrefilterSchema]
    envelopes: tuple[Envelope | None, Envelope | None]


def compile_module(source: str, name: str) -> CompiledModule:
    """Emitted source, compiled."""
    return CompiledModule(name, source, compile(source, name, "exec"))


def to_bytes(plan: Plan) -> bytes:
    """A plan, for this very Python to read with `from_bytes`."""
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
    """The plan that `to_bytes` wrote; of other bytes, anything may become: they are run."""
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
