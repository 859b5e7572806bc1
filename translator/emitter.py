"""A route, turned into Python: one straight-line function for each kind of source event.

The variants of the source are its events told apart by the members that decide what happens: the
discriminator of its schema, the members that rows and cases look at. For each variant the route's
hops run on symbols. Variants whose code is the same but for constants share one function, which
looks those constants up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from translator.code import Block, Pool
from translator.dispatch import Dispatch
from translator.options import Options
from translator.origins import Entry, Trail
from translator.selectors import Choice, Selector, Step, choices, selectors
from translator.shapes import Object, Union
from translator.variants import Body, Variant
from translator.vetting import vettable


@dataclass(frozen=True, slots=True)
class Emitted:
    """The source of a module with the function `translate`, and the constants it is to be given.

    `translate` returns a dict, or a list of dicts where `fans_out` says that it may. Of code that
    reports, `entries` are what the numbers it gives stand for.
    """

    source: str
    fans_out: bool
    entries: tuple[Entry, ...] = ()


def emit(
    source: Object | Union,
    steps: Sequence[Step],
    options: Options,
    only: Collection[Choice] | None = None,
) -> Emitted:
    """The code that takes events of the shape `source` along `steps`: all, or `only` some kinds."""
    pool = Pool()
    chosen = selectors(source, steps)
    bodies: dict[Choice, Body] = {}
    fans_out = False
    trail = Trail() if options.report else None
    for choice in choices(source, chosen, steps) if only is None else only:
        variant = Variant(source, steps, options, pool, choice, trail)
        bodies[choice] = variant.body()
        fans_out = fans_out or variant.fans_out
    text = _module(source, chosen, bodies, pool, options, steps)
    return Emitted(text, fans_out, trail.entries if trail is not None else ())


def _module(
    source: Object | Union,
    chosen: Sequence[Selector],
    bodies: Mapping[Choice, Body],
    pool: Pool,
    options: Options,
    steps: Sequence[Step],
) -> str:
    vets = options.checked and not options.report and vettable(source)
    dispatch = Dispatch(chosen, bodies, judges=vets)
    functions = Block()
    extra = ", note, keep" if options.report else ""
    groups = dispatch.groups()
    lines = Block()
    with lines.nest(f"def translate(event{extra}):") as main:
        main.add("if event.__class__ is not dict:")
        main.add("    event = as_event(event)")
        if vets:
            main.add("    judge(event)")
        with main.nest("try:") as inner:
            if options.checked and not vets:
                _check(source, inner)
            dispatch.emit(inner, groups, functions, extra)
        with main.nest("except Refuse:") as inner:
            inner.add("raise")
        with main.nest("except Exception as error:") as inner:
            inner.add("raise invalid(event, error) from None")
    constants = [f"{name} = {text}" for name, text in (pool.sources | dispatch.sources).items()]
    title = " -> ".join([steps[0].directed.source, *(s.directed.target for s in steps)])
    parts = [f"# {title}", "\n".join(constants), functions.text(), lines.text()]
    return "\n\n".join(part.rstrip("\n") for part in parts if part.strip()) + "\n"


def _check(source: Object | Union, block: Block) -> None:
    """Emit the judging of the whole event by the validator."""
    judge = f"VALID[event[{source.discriminator!r}]]" if isinstance(source, Union) else "VALID"
    with block.nest(f"if not {judge}(event):") as inner:
        inner.add("judge(event)")
