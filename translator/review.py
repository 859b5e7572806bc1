"""All that can be found about a mapping: what is wrong, what it leaves out, what examples show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from translator.checker import check_mapping
from translator.diagnostics import Diagnostic
from translator.examples import Example
from translator.ledger import check_exhaustive
from translator.nodes import Mapping
from translator.shapes import event_type
from translator.shown import check_example_coverage
from translator.spec import Spec
from translator.trials import run_examples


def check_all(
    mapping: Mapping, specs: tuple[Spec, Spec], examples: Sequence[Example] = ()
) -> Iterator[Diagnostic]:
    """Every finding about a mapping between the formats of `specs`, the cheapest first.

    Examples are tried where the mapping has no fault. Raises `SpecError` if a spec is not usable.
    """
    left, right = (event_type(spec, for_output=False) for spec in specs)
    errors = check_mapping(mapping, left, right)
    yield from errors
    yield from check_exhaustive(mapping, left, right)
    if errors or not examples:
        return
    yield from check_example_coverage(mapping, examples)
    yield from run_examples(mapping, specs, examples)
