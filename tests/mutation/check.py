"""The first finding of `check` in a mutant, without writing files.

Unchanged files are cached, and the check stops at the first finding.
"""

from __future__ import annotations

from functools import cache

from tests.mutation.mutants import Mutant
from tests.mutation.subjects import spec, tree
from tests.mutation.trees import has_duplicate_key
from tests.tools.shipped import ROOT, VENDORS
from translator.analysis.check import check_mapping_with_specs
from translator.catalog.catalog import Catalog
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


def first_code(mutant: Mutant) -> str:
    """The code of the first finding in a mutant; empty if there is none."""
    try:
        return _check_spec(mutant) if mutant.file.endswith(".json") else _check_mapping(mutant)
    except (MappingError, SpecError) as error:
        return error.diagnostics[0].code


def _check_mapping(mutant: Mutant) -> str:
    vendor = mutant.file.removesuffix(".yaml")
    tree = mutant.make()
    if has_duplicate_key(tree):
        return "yaml-duplicate-key"
    changed = decode_mapping(tree, mutant.file)
    if {changed.left, changed.right} != {vendor, HUB}:
        return "mapping-between"
    return _check_pair(changed, {}, vendor)


def _check_spec(mutant: Mutant) -> str:
    changed = Spec(mutant.file.removesuffix(".json"), mutant.make(), mutant.file)
    for finding in (*structural_errors(changed.document, changed.file), *lint(changed)):
        return finding.code
    vendors = VENDORS if changed.name == HUB else (changed.name,)
    codes = (_check_pair(mapping(vendor), {changed.name: changed}, vendor) for vendor in vendors)
    return next(filter(None, codes), "")


def _check_pair(mapping: Mapping, changed: dict[str, Spec], vendor: str) -> str:
    catalog = Catalog().with_mapping(mapping)
    for name in (mapping.left, mapping.right):
        catalog = catalog.with_spec(changed.get(name) or spec(name))
    for finding in check_mapping_with_specs(catalog, mapping, examples(vendor)):
        return finding.code
    return ""
