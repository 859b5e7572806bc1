"""What is changed: the shipped mappings and specs, each read once, and all of their mutants."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutation import spec_mutants
from tests.mutation.mapping_mutants import Changes
from tests.mutation.mutants import Mutant
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import HUB
from translator.language.checker import MappingSide
from translator.language.yaml_tree import YamlMap, parse_yaml
from translator.schema.spec import Spec, load_spec
from translator.schema.types import event_type

ROOT = Path(__file__).resolve().parents[2]
VENDORS = tuple(sorted(path.stem for path in (ROOT / "mappings").glob("*.yaml")))
FORMATS = tuple(sorted(path.stem for path in (ROOT / "specs").glob("*.json")))


@cache
def catalog() -> Catalog:
    return Catalog()


@cache
def spec(name: str) -> Spec:
    return load_spec(ROOT / "specs" / f"{name}.json", name)


@cache
def tree(vendor: str) -> YamlMap:
    path = ROOT / "mappings" / f"{vendor}.yaml"
    found = parse_yaml(path.read_bytes(), str(path))
    assert isinstance(found, YamlMap)
    return found


@cache
def of_mapping(vendor: str) -> tuple[Mutant, ...]:
    formats = (vendor, HUB)
    left, right = (
        MappingSide.from_type(name, event_type(spec(name), for_output=False)) for name in formats
    )
    changes = Changes(f"{vendor}.yaml", tree(vendor), formats, (left, right))
    return tuple(unlike(changes.mutants(), tree(vendor)))


@cache
def of_spec(name: str) -> tuple[Mutant, ...]:
    document = spec(name).document
    return tuple(unlike(spec_mutants.mutants(f"{name}.json", document), document))


def unlike(mutants: Iterator[Mutant], original: Any) -> Iterator[Mutant]:
    """The mutants that differ from what they were made of, each name once."""
    names: set[str] = set()
    for mutant in mutants:
        if mutant.name not in names and mutant.make() != original:
            names.add(mutant.name)
            yield mutant


@cache
def every() -> tuple[Mutant, ...]:
    mappings = tuple(one for vendor in VENDORS for one in of_mapping(vendor))
    return mappings + tuple(one for name in FORMATS for one in of_spec(name))
