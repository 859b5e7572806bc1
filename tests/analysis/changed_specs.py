"""Changed copies of a shipped spec: what an entry of changes.yaml says, done to the document."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from translator.schema.openapi import split_pointer
from translator.schema.spec import Spec, load_spec

ROOT = Path(__file__).parents[2]


def shipped(name: str) -> Spec:
    """The spec that the project ships for a format."""
    return load_spec(ROOT / "specs" / f"{name}.json", name)


def changed(name: str, change: Any) -> Spec:
    """The shipped spec with the parts at the pointers of `set` put, and those of `drop` gone.

    A pointer is one within the components; at its end, `/-` appends to a list, and an element of
    a list may be named by its index or by itself. Examples are left
    out, for they would be of the old version.
    """
    old = shipped(name)
    document = copy.deepcopy(old.document)
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        schema.pop("examples", None)
    for pointer in change.get("drop", ()):
        *above, last = split_pointer(f"#{pointer}")
        holder = _at(schemas, above)
        if isinstance(holder, list):
            holder.remove(holder[int(last)] if last.isdecimal() else last)
        else:
            del holder[last]
    for pointer, value in change.get("set", {}).items():
        *above, last = split_pointer(f"#{pointer}")
        holder = _at(schemas, above)
        if last == "-":
            holder.append(value)
        else:
            holder[last] = value
    return Spec(name, document, f"new/{name}.json")


def _at(schemas: Any, steps: list[str]) -> Any:
    for step in steps:
        schemas = schemas[step]
    return schemas


def write(spec: Spec, folder: Path) -> Path:
    """The spec as a file named for its format."""
    file = folder / f"{spec.name}.json"
    file.write_text(json.dumps(spec.document), encoding="utf-8")
    return file
