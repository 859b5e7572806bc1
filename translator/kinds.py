"""The kinds of events of a source, compiled one by one to be studied.

A kind is what the deciding members of an event tell apart: its variant. What is said of a pair
(its proof, its coverage, its contract) is said kind by kind, from the code that would run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from translator.catalog import Catalog
from translator.code import Pool
from translator.diagnostics import Location
from translator.options import Options
from translator.origins import Trail
from translator.selectors import OTHER, Choice, Step, choices, selectors
from translator.shapes import Object, Union
from translator.variants import Made, Variant


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why all events of a kind are refused: as a `TranslationError` says it, and by what rule."""

    code: str
    path: str
    message: str
    rule: Location | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event. `label` names it by its deciding members, as in `custom like`.

    `code` are the lines that translate it, `made` the forms its translations can take. `opt_ins`
    lists those without which it is refused, where there are any.
    """

    label: str
    choice: Choice
    code: str
    made: tuple[Made, ...]
    refused: Refusal | None = None
    opt_ins: tuple[str, ...] = ()


def kinds(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    crosswalks: Sequence[str] = (),
) -> list[Kind]:
    """Every kind of event of `source` on its way to `target`.

    `params` are those taken as given, by default all that mappings on the way declare; `allow` and
    `crosswalks` likewise, by default none. A kind that needs opt-ins is compiled with them, and
    says so. Raises as `Catalog.steps` does.
    """
    steps = catalog.steps(source, target)
    shape = catalog.shape(source, writing=False)
    known = {one.name for step in steps for one in step.directed.mapping.params}
    given = dict.fromkeys(known if params is None else params, "")
    every = {name for step in steps for name in step.directed.mapping.opt_ins}
    options = Options(given, crosswalks, frozenset(allow), report=True)
    chosen = selectors(shape, steps)
    found: list[Kind] = []
    for choice in choices(shape, chosen, steps):
        kind = _kind(shape, steps, options, choice, ())
        missing = tuple(sorted(every - options.allow))
        if kind.refused is not None and missing:
            more = replace(options, allow=frozenset(every))
            opted = _kind(shape, steps, more, choice, missing)
            if opted.refused is None:
                kind = _fewest(shape, steps, options, opted)
        found.append(kind)
    return found


def _fewest(shape: Object | Union, steps: Sequence[Step], options: Options, opted: Kind) -> Kind:
    """The kind with no more opt-ins than it needs."""
    for name in opted.opt_ins:
        more = replace(options, allow=options.allow | {name})
        kind = _kind(shape, steps, more, opted.choice, (name,))
        if kind.refused is None:
            return kind
    return opted


def _kind(
    shape: Object | Union,
    steps: Sequence[Step],
    options: Options,
    choice: Choice,
    opt_ins: tuple[str, ...],
) -> Kind:
    variant = Variant(shape, steps, options, Pool(), choice, Trail())
    body = variant.body()
    values = (value for value in choice.values() if value is not None)
    label = " ".join("(other)" if isinstance(one, OTHER) else str(one) for one in values)
    if body.refused is not None:
        refused = Refusal(*body.refused, body.rule)
        return Kind(label or "event", choice, "", (), refused)
    return Kind(label or "event", choice, body.lines, tuple(variant.made), None, opt_ins)
