"""What a caller gives a translation: params, opt-ins and crosswalks, known on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from translator.arguments import argument, names_of, unknown
from translator.code import constant_name
from translator.options import Options
from translator.params import Params
from translator.plan import BindingSpec

if TYPE_CHECKING:
    from translator.crosswalk import Crosswalk

Rows: TypeAlias = "Iterable[Mapping[str, str]] | Crosswalk"
"""A crosswalk: rows with an id for each format, or a `Crosswalk`."""


class Given(NamedTuple):
    """What was given, as the emitter asks for it, and the constants that its code refers to.

    `known` are the params there are, `params` those given, `tables` the crosswalks given.
    """

    options: Options
    constants: Mapping[str, object]
    known: Params
    params: Mapping[str, Any]
    tables: Mapping[str, Crosswalk]


def given(
    known: BindingSpec,
    params: Mapping[str, Any],
    crosswalks: Mapping[str, Rows],
    allow: Iterable[str] | None,
    *,
    validate: bool = True,
    guard: bool = True,
) -> Given:
    """What a caller gives a translation, where `known` may be given. Raises `TranslationError`."""
    constants: dict[str, object] = {"PARAMS": {}}
    checked = Params(known)
    names = {name: name for name in checked.names(params)}
    constants |= checked.constants(params)
    allowed = _opt_ins(known, allow)
    tables = dict(_crosswalks(known, crosswalks))
    for name, table in tables.items():
        constants[constant_name("CROSSWALK", name)] = table.between(name, *known.formats)
    options = Options(names, tuple(sorted(tables)), allowed, validate, guarded=guard)
    return Given(options, constants, checked, dict(params), tables)


def _opt_ins(known: BindingSpec, allow: Iterable[str] | None) -> frozenset[str]:
    names = names_of(allow)
    for name in sorted(names):
        if name not in known.opt_ins:
            raise unknown("opt-in", name, known.opt_ins, *known.formats)
    return frozenset(names)


def _crosswalks(
    known: BindingSpec, crosswalks: Mapping[str, Rows]
) -> Iterator[tuple[str, Crosswalk]]:
    if not crosswalks:
        return
    from translator.crosswalk import Crosswalk, to_crosswalk

    for name, rows in crosswalks.items():
        if name not in known.crosswalks:
            raise unknown("crosswalk", name, known.crosswalks, *known.formats)
        argument("a crosswalk", rows, Crosswalk, Iterable)
        yield name, to_crosswalk(rows)
