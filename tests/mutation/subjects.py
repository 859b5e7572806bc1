"""The shipped mappings and specs, and all of their mutants."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.mutation import mapping_changes, spec_changes
from tests.mutation.mutants import Mutant
from tests.tools.shipped import ROOT
from translator.catalog.discovery import HUB
from translator.language.checker import MappingSide
from translator.language.yaml_tree import YamlMap, parse_yaml
from translator.schema.reader import event_type
from translator.schema.spec import Spec, load_spec
from translator.schema.types import variants_of

VENDORS = ("aisquare", "cobi", "goshops", "miso")
"""The vendors whose files are changed: those of the other vendors have too many places."""

FORMATS = (*VENDORS, HUB)


@cache
def spec(name: str) -> Spec:
    return load_spec(ROOT / "specs" / f"{name}.json", name)


@cache
def tree(vendor: str) -> YamlMap:
    path = ROOT / "mappings" / f"{vendor}.yaml"
    root = parse_yaml(path.read_bytes(), str(path))
    assert isinstance(root, YamlMap)
    return root


@cache
def mapping_mutants(vendor: str) -> tuple[Mutant, ...]:
    formats = (vendor, HUB)
    left, right = (
        MappingSide(name, variants_of(event_type(spec(name), for_output=False))) for name in formats
    )
    changes = mapping_changes.Changes(f"{vendor}.yaml", tree(vendor), formats, (left, right))
    return tuple(distinct(changes.mutants(), tree(vendor)))


@cache
def spec_mutants(name: str) -> tuple[Mutant, ...]:
    document = spec(name).document
    return tuple(distinct(spec_changes.mutants(f"{name}.json", document), document))


def distinct(mutants: Iterator[Mutant], original: Any) -> Iterator[Mutant]:
    """The mutants that differ from the original, each name once."""
    names: set[str] = set()
    for mutant in mutants:
        if mutant.name not in names and mutant.make() != original:
            names.add(mutant.name)
            yield mutant


@cache
def all_mutants() -> tuple[Mutant, ...]:
    files = (*map(mapping_mutants, VENDORS), *map(spec_mutants, FORMATS))
    return tuple(mutant for mutants in files for mutant in mutants)
