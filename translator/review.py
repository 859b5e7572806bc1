"""All that can be found about a mapping: what is wrong, what it leaves out, what examples show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from translator.checker import faults
from translator.diagnostics import Diagnostic
from translator.examples import Example
from translator.ledger import ledger
from translator.nodes import Mapping
from translator.shapes import event_shape
from translator.shown import shown
from translator.spec import Spec
from translator.trials import trials


def review(
    mapping: Mapping, specs: tuple[Spec, Spec], examples: Sequence[Example] = ()
) -> Iterator[Diagnostic]:
    """Every finding about a mapping between the formats of `specs`, the cheapest first.

    Examples are tried where the mapping has no fault. Raises `SpecError` if a spec is not usable.
    """
    left, right = (event_shape(spec, writing=False) for spec in specs)
    wrong = faults(mapping, left, right)
    yield from wrong
    yield from ledger(mapping, left, right)
    if wrong or not examples:
        return
    yield from shown(mapping, examples)
    yield from trials(mapping, specs, examples)
