"""What a caller gives a translation: params, opt-ins and crosswalks, known on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.arguments import argument, names_of, unknown
from translator.code import constant_name
from translator.crosswalk import Crosswalk, crosswalk
from translator.params import Params
from translator.selectors import Step
from translator.variants import Options

Rows = Iterable[Mapping[str, str]] | Crosswalk
"""A crosswalk: rows with an id for each format, or a `Crosswalk`."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, as the emitter asks for it, and the constants that its code refers to.

    `known` are the params there are, `params` those given, `tables` the crosswalks given.
    """

    options: Options
    constants: Mapping[str, object]
    known: Params
    params: Mapping[str, Any]
    tables: Mapping[str, Crosswalk]


def given(
    steps: Sequence[Step],
    params: Mapping[str, Any],
    crosswalks: Mapping[str, Rows],
    allow: Iterable[str] | None,
    *,
    validate: bool = True,
    guard: bool = True,
) -> Given:
    """What a caller gives the translation along `steps`. Raises `TranslationError`."""
    ends = (steps[0].directed.source, steps[-1].directed.target)
    constants: dict[str, object] = {"PARAMS": {}}
    known = Params(steps, *ends)
    names = {name: name for name in known.names(params)}
    constants |= known.constants(params)
    allowed = _opt_ins(steps, allow, ends)
    tables = dict(_crosswalks(steps, crosswalks, ends))
    for name, table in tables.items():
        constants[constant_name("CROSSWALK", name)] = table.between(name, *ends)
    options = Options(names, tuple(sorted(tables)), allowed, validate, guarded=guard)
    return Given(options, constants, known, dict(params), tables)


def _opt_ins(
    steps: Sequence[Step], allow: Iterable[str] | None, ends: tuple[str, str]
) -> frozenset[str]:
    names = names_of(allow)
    known = {name for step in steps for name in step.directed.mapping.opt_ins}
    for name in sorted(names):
        if name not in known:
            raise unknown("opt-in", name, known, *ends)
    return frozenset(names)


def _crosswalks(
    steps: Sequence[Step], crosswalks: Mapping[str, Rows], ends: tuple[str, str]
) -> Iterator[tuple[str, Crosswalk]]:
    known = {name for step in steps for name in step.directed.mapping.crosswalks}
    for name, rows in crosswalks.items():
        if name not in known:
            raise unknown("crosswalk", name, known, *ends)
        argument("a crosswalk", rows, Crosswalk, Iterable)
        yield name, crosswalk(rows)
