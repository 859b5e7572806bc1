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
from translator.variants import Body, Variant, vets


@dataclass(frozen=True, slots=True)
class Emitted:
    """The source of a module with the function `translate`, and the constants it is to be given.

    `translate` returns a dict, or a list of dicts where `fans_out` says that it may; there may then
    be `translate_one` beside it, which returns a dict or what `only` makes of the list. Of code
    that reports, `entries` are what the numbers it gives stand for.
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
    single = fans_out and not options.report and not options.typed
    text = _module(source, chosen, bodies, pool, options, steps, single=single)
    return Emitted(text, fans_out, trail.entries if trail is not None else ())


def _module(
    source: Object | Union,
    chosen: Sequence[Selector],
    bodies: Mapping[Choice, Body],
    pool: Pool,
    options: Options,
    steps: Sequence[Step],
    *,
    single: bool,
) -> str:
    judges = vets(source, options)
    dispatch = Dispatch(chosen, bodies, judges=judges, typed=options.typed)
    functions, lines = Block(), Block()
    _function("translate", dispatch, functions, lines, source, options)
    if single and len(dispatch.groups()) > 1:
        one = Dispatch(chosen, bodies, judges=judges, single=True)
        _function("translate_one", one, Block(), lines, source, options)
    constants = [f"{name} = {text}" for name, text in (pool.sources | dispatch.sources).items()]
    title = " -> ".join([steps[0].directed.source, *(s.directed.target for s in steps)])
    parts = [f"# {title}", "\n".join(constants), functions.text(), lines.text()]
    return "\n\n".join(part.rstrip("\n") for part in parts if part.strip()) + "\n"


def _function(
    name: str,
    dispatch: Dispatch,
    functions: Block,
    lines: Block,
    source: Object | Union,
    options: Options,
) -> None:
    """Emit into `lines` a function that callers call, and into `functions` those it calls."""
    extra = ", note, keep" if options.report else ""
    if lines:
        lines.add("")
    with lines.nest(f"def {name}(event{extra}):") as main:
        if options.typed:
            dispatch.emit(main, dispatch.groups(), functions, extra)
            return
        main.add("if event.__class__ is not dict:")
        main.add("    event = as_event(event)")
        if dispatch.judges:
            main.add("    judge(event)")
        with main.nest("try:") as inner:
            if options.checked and not dispatch.judges:
                _check(source, inner)
            dispatch.emit(inner, dispatch.groups(), functions, extra)
        with main.nest("except Refuse as refusal:") as inner:
            inner.add("raise refusal from None")
        with main.nest("except Exception as error:") as inner:
            told = "invalid" if options.guarded else "unlooked"
            inner.add(f"raise {told}(event, error) from None")


def _check(source: Object | Union, block: Block) -> None:
    """Emit the judging of the whole event by the validator."""
    judge = f"VALID[event[{source.discriminator!r}]]" if isinstance(source, Union) else "VALID"
    with block.nest(f"if not {judge}(event):") as inner:
        inner.add("judge(event)")
