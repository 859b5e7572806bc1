"""What the check finds in a mutant, as `Catalog.check` finds it, without writing files.

What the mutant did not change is read once, and the check stops at the first finding.
"""

from __future__ import annotations

from functools import cache

from tests.mutation.mutants import Mutant
from tests.mutation.subjects import ROOT, VENDORS, spec, tree
from tests.mutation.trees import key_twice
from translator.analysis.check import _check_with_specs
from translator.catalog.discovery import HUB
from translator.errors import MappingError, SpecError
from translator.language.examples import Example, parse_examples
from translator.language.nodes import Mapping
from translator.language.parser import decode_mapping
from translator.schema.lint import lint
from translator.schema.spec import Spec, structural_errors


@cache
def mapping(vendor: str) -> Mapping:
    return decode_mapping(tree(vendor), f"{vendor}.yaml")


@cache
def examples(vendor: str) -> tuple[Example, ...]:
    path = ROOT / "mappings" / "examples" / f"{vendor}.yaml"
    if not path.exists():
        return ()
    return tuple(parse_examples(path.read_bytes(), str(path), mapping(vendor)))


def changed_mapping(mutant: Mutant) -> Mapping:
    """The mapping that a mutant is. Raises `MappingError`."""
    return decode_mapping(mutant.make(), mutant.file)


def changed_spec(mutant: Mutant) -> Spec:
    return Spec(mutant.file.removesuffix(".json"), mutant.make(), mutant.file)


def first_code(mutant: Mutant) -> str:
    """The code of the first finding in a mutant, or the empty string."""
    try:
        return _in_spec(mutant) if mutant.file.endswith(".json") else _in_mapping(mutant)
    except (MappingError, SpecError) as error:
        return error.diagnostics[0].code


def _in_mapping(mutant: Mutant) -> str:
    vendor = mutant.file.removesuffix(".yaml")
    if key_twice(mutant.make()):
        return "yaml-duplicate-key"
    found = changed_mapping(mutant)
    if {found.left, found.right} != {vendor, HUB}:
        return "mapping-between"
    return _reviewed(found, {}, vendor)


def _in_spec(mutant: Mutant) -> str:
    changed = changed_spec(mutant)
    for one in structural_errors(changed.document, changed.file):
        return one.code
    for one in lint(changed):
        return one.code
    vendors = VENDORS if changed.name == HUB else (changed.name,)
    for vendor in vendors:
        if code := _reviewed(mapping(vendor), {changed.name: changed}, vendor):
            return code
    return ""


def _reviewed(found: Mapping, changed: dict[str, Spec], vendor: str) -> str:
    left, right = (changed.get(name) or spec(name) for name in (found.left, found.right))
    for one in _check_with_specs(found, (left, right), examples(vendor)):
        return one.code
    return ""
