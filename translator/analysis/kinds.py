"""The kinds of events of a source, compiled one by one to be studied.

A kind is what the deciding members of an event tell apart: its variant. What is said of a pair
(its proof, its coverage, its contract) is said kind by kind, from the code that would run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from translator.catalog.catalog import Catalog
from translator.compiler.lineage import Lineage
from translator.compiler.options import Options
from translator.compiler.source import ConstantPool
from translator.compiler.specialize import AnyOther, Choice, enumerate_choices, find_selectors
from translator.compiler.variant import OutputForm, VariantEmitter
from translator.errors import Location
from translator.language.direction import Step
from translator.schema.types import Object, Union


@dataclass(frozen=True, slots=True)
class KindRefusal:
    """Why all events of a kind are refused: as a `TranslationError` says it, and by what rule."""

    code: str
    path: str
    message: str
    rule: Location | None = None


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event. `label` names it by its deciding members, as in `custom like`.

    `code` are the lines that translate it, `made` the forms its translations can take. `opt_ins`
    lists those without which it is refused, where there are any.
    """

    label: str
    choice: Choice
    code: str
    output_forms: tuple[OutputForm, ...]
    refusal: KindRefusal | None = None
    opt_ins: tuple[str, ...] = ()


def compile_kinds(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    crosswalks: Sequence[str] = (),
) -> list[EventKind]:
    """Every kind of event of `source` on its way to `target`.

    `params` are those taken as given, by default all that mappings on the way declare; `allow` and
    `crosswalks` likewise, by default none. A kind that needs opt-ins is compiled with them, and
    says so. Raises as `Catalog.steps` does.
    """
    steps = catalog.steps(source, target)
    source_type = catalog.event_type(source, writing=False)
    all_params = {param.name for step in steps for param in step.directed.mapping.params}
    bound_params = dict.fromkeys(all_params if params is None else params, "")
    all_opt_ins = {name for step in steps for name in step.directed.mapping.opt_ins}
    options = Options(bound_params, crosswalks, frozenset(allow), report=True)
    deciding = find_selectors(source_type, steps)
    event_kinds: list[EventKind] = []
    for choice in enumerate_choices(source_type, deciding, steps):
        kind = _compile_kind(source_type, steps, options, choice, ())
        missing_opt_ins = tuple(sorted(all_opt_ins - options.opt_ins))
        if kind.refusal is not None and missing_opt_ins:
            extended = replace(options, opt_ins=frozenset(all_opt_ins))
            with_opt_ins = _compile_kind(source_type, steps, extended, choice, missing_opt_ins)
            if with_opt_ins.refusal is None:
                kind = _minimize_opt_ins(source_type, steps, options, with_opt_ins)
        event_kinds.append(kind)
    return event_kinds


def _minimize_opt_ins(
    source_type: Object | Union, steps: Sequence[Step], options: Options, with_opt_ins: EventKind
) -> EventKind:
    """The kind with no more opt-ins than it needs."""
    for name in with_opt_ins.opt_ins:
        extended = replace(options, opt_ins=options.opt_ins | {name})
        kind = _compile_kind(source_type, steps, extended, with_opt_ins.choice, (name,))
        if kind.refusal is None:
            return kind
    return with_opt_ins


def _compile_kind(
    source_type: Object | Union,
    steps: Sequence[Step],
    options: Options,
    choice: Choice,
    opt_ins: tuple[str, ...],
) -> EventKind:
    variant = VariantEmitter(source_type, steps, options, ConstantPool(), choice, Lineage())
    body = variant.emit()
    values = (value for value in choice.values() if value is not None)
    label = " ".join("(other)" if isinstance(part, AnyOther) else str(part) for part in values)
    if body.refusal is not None:
        refusal = KindRefusal(*body.refusal, body.rule)
        return EventKind(label or "event", choice, "", (), refusal)
    return EventKind(label or "event", choice, body.source, tuple(variant.forms), None, opt_ins)
