"""Changed copies of shipped specs, as the cases of impact_changes.yaml describe them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from translator.schema.openapi import split_pointer
from translator.schema.spec import Spec, load_spec

ROOT = Path(__file__).parents[2]


def shipped_spec(name: str) -> Spec:
    return load_spec(ROOT / "specs" / f"{name}.json", name)


def change_spec(name: str, change: Any) -> Spec:
    """Return a shipped spec with the values of `set`, and without the parts of `drop`.

    Both name parts by JSON pointers within the component schemas. In `set`, `/-` appends to a
    list; in `drop`, an element of a list is named by its index or its value. Examples are removed,
    because they belong to the old version.
    """
    document = copy.deepcopy(shipped_spec(name).document)
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        schema.pop("examples", None)
    for pointer in change.get("drop", ()):
        container, last = _resolve(schemas, pointer)
        if isinstance(container, list):
            container.remove(container[int(last)] if last.isdecimal() else last)
        else:
            del container[last]
    for pointer, value in change.get("set", {}).items():
        container, last = _resolve(schemas, pointer)
        if last == "-":
            container.append(value)
        else:
            container[last] = value
    return Spec(name, document, f"new/{name}.json")


def _resolve(schemas: Any, pointer: str) -> tuple[Any, str]:
    """Return the container that a pointer leads to, and the last step of the pointer."""
    *steps, last = split_pointer(f"#{pointer}")
    container = schemas
    for step in steps:
        container = container[step]
    return container, last
