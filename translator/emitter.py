"""A route, turned into Python: one straight-line function for each kind of source event.

The variants of the source are its events told apart by the members that decide what happens: the
discriminator of its schema, the members that rows and cases look at. For each variant the route's
hops run on symbols. Variants whose code is the same but for constants share one function, which
looks those constants up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from translator.code import Block, ConstantPool
from translator.dispatch import Dispatch
from translator.options import Options
from translator.origins import Lineage, WrittenField
from translator.selectors import Choice, Selector, Step, enumerate_choices, find_selectors
from translator.shapes import Object, Union
from translator.variants import VariantCode, VariantEmitter, checks_inline


@dataclass(frozen=True, slots=True)
class EmittedModule:
    """The source of a module with the function `translate`, and the constants it is to be given.

    `translate` returns a dict, or a list of dicts where `fans_out` says that it may; there may then
    be `translate_one` beside it, which returns a dict or what `only` makes of the list. Of code
    that reports, `entries` are what the numbers it gives stand for.
    """

    source: str
    fans_out: bool
    written_fields: tuple[WrittenField, ...] = ()


def emit_module(
    source_type: Object | Union,
    steps: Sequence[Step],
    options: Options,
    selected: Collection[Choice] | None = None,
) -> EmittedModule:
    """The code that takes events of the shape `source` along `steps`: all, or `only` some kinds."""
    pool = ConstantPool()
    source_selectors = find_selectors(source_type, steps)
    bodies: dict[Choice, VariantCode] = {}
    fans_out = False
    lineage = Lineage() if options.report else None
    for choice in (
        enumerate_choices(source_type, source_selectors, steps) if selected is None else selected
    ):
        variant = VariantEmitter(source_type, steps, options, pool, choice, lineage)
        bodies[choice] = variant.emit()
        fans_out = fans_out or variant.fans_out
    has_single = fans_out and not options.report and not options.structs
    source = _module_source(
        source_type, source_selectors, bodies, pool, options, steps, has_single=has_single
    )
    return EmittedModule(source, fans_out, lineage.written_fields if lineage is not None else ())


def _module_source(
    source_type: Object | Union,
    source_selectors: Sequence[Selector],
    bodies: Mapping[Choice, VariantCode],
    pool: ConstantPool,
    options: Options,
    steps: Sequence[Step],
    *,
    has_single: bool,
) -> str:
    validates = checks_inline(source_type, options)
    dispatch = Dispatch(source_selectors, bodies, validates=validates, structs=options.structs)
    functions, lines = Block(), Block()
    _emit_function("translate", dispatch, functions, lines, source_type, options)
    if has_single and len(dispatch.groups()) > 1:
        single_dispatch = Dispatch(source_selectors, bodies, validates=validates, single_event=True)
        _emit_function("translate_one", single_dispatch, Block(), lines, source_type, options)
    constants = [
        f"{name} = {value_source}"
        for name, value_source in (pool.sources | dispatch.sources).items()
    ]
    title = " -> ".join([steps[0].directed.source, *(s.directed.target for s in steps)])
    parts = [f"# {title}", "\n".join(constants), functions.render(), lines.render()]
    return "\n\n".join(part.rstrip("\n") for part in parts if part.strip()) + "\n"


def _emit_function(
    name: str,
    dispatch: Dispatch,
    functions: Block,
    lines: Block,
    source_type: Object | Union,
    options: Options,
) -> None:
    """Emit into `lines` a function that callers call, and into `functions` those it calls."""
    extra_params = ", note_loss, note_written" if options.report else ""
    if lines:
        lines.add("")
    with lines.nest(f"def {name}(event{extra_params}):") as main:
        if options.structs:
            dispatch.emit(main, dispatch.groups(), functions, extra_params)
            return
        main.add("if event.__class__ is not dict:")
        main.add("    event = as_event(event)")
        if dispatch.validates:
            main.add("    validate(event)")
        with main.nest("try:") as inner:
            if options.validated and not dispatch.validates:
                _emit_validation(source_type, inner)
            dispatch.emit(inner, dispatch.groups(), functions, extra_params)
        with main.nest("except Refuse as refusal:") as inner:
            inner.add("raise refusal from None")
        with main.nest("except Exception as error:") as inner:
            failure = "invalid_event" if options.guarded else "untrusted_failure"
            inner.add(f"raise {failure}(event, error) from None")


def _emit_validation(source_type: Object | Union, block: Block) -> None:
    """Emit the judging of the whole event by the validator."""
    validator = (
        f"VALID[event[{source_type.discriminator!r}]]"
        if isinstance(source_type, Union)
        else "VALID"
    )
    with block.nest(f"if not {validator}(event):") as inner:
        inner.add("validate(event)")
