"""Formats made up by the dozen, to see what grows with their number and with their size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SPECS, MAPPINGS = "specs", "mappings"

EVENT = {
    "project": "shop-1",
    "data": {
        "event": "purchase",
        "item": "SKU-1",
        "customer": "ada",
        "date": "2024-05-01T12:00:00Z",
    },
}
"""An event of each of the formats that `copies` makes."""


def copies(root: Path, folder: Path, count: int) -> list[str]:
    """So many copies of Go Shops under names of their own, in two folders below `folder`.

    `root` is where the shipped specs and mappings are. A copy carries nothing through the hub,
    which knows its own vendors' members only: its project is lost, with a reason.
    """
    spec = (root / SPECS / "goshops.json").read_text(encoding="utf-8")
    mapping = (root / MAPPINGS / "goshops.yaml").read_text(encoding="utf-8")
    carried = "  project: carried.goshops.project\n"
    lost = "lost:\n"
    if carried not in mapping or mapping.count(lost) != 1:
        raise SystemExit("mappings/goshops.yaml is not what its copies are made from any more")
    mapping = mapping.replace(carried, "")
    (folder / SPECS).mkdir(parents=True)
    (folder / MAPPINGS).mkdir()
    names = [f"made{number:03}" for number in range(count)]
    for name in names:
        own = f"{lost}  {name}:\n    project: other formats have no place for a project\n"
        text = mapping.replace("[goshops,", f"[{name},").replace("to: goshops", f"to: {name}")
        (folder / SPECS / f"{name}.json").write_text(spec, encoding="utf-8")
        (folder / MAPPINGS / f"{name}.yaml").write_text(text.replace(lost, own), encoding="utf-8")
    return names


def wide(folder: Path, leaves: int) -> dict[str, Any]:
    """Two formats with so many leaves, ten in each object, and a mapping between them.

    Half of the leaves are texts, the others integers; every one is required. Gives an event.
    """
    (folder / SPECS).mkdir(parents=True)
    (folder / MAPPINGS).mkdir()
    for name in ("left", "right"):
        text = json.dumps(_spec(name, leaves), indent=1)
        (folder / SPECS / f"{name}.json").write_text(text, encoding="utf-8")
    rows = "".join(
        f"  {_path('left', number)}: {_path('right', number)}\n" for number in range(leaves)
    )
    text = f"version: 1\nbetween: [left, right]\nfields:\n{rows}"
    (folder / MAPPINGS / "left--right.yaml").write_text(text, encoding="utf-8")
    event: dict[str, Any] = {}
    for number in range(leaves):
        group, leaf = _path("left", number).split(".")
        event.setdefault(group, {})[leaf] = number if number % 2 else f"value {number}"
    return event


def _path(name: str, number: int) -> str:
    return f"{name}_group_{number // 10}.{name}_leaf_{number}"


def _spec(name: str, leaves: int) -> dict[str, Any]:
    groups: dict[str, Any] = {}
    for number in range(leaves):
        group, leaf = _path(name, number).split(".")
        schema = groups.setdefault(
            group,
            {
                "type": "object",
                "description": "Ten leaves.",
                "properties": {},
                "required": [],
                "additionalProperties": False,
            },
        )
        kind = "integer" if number % 2 else "string"
        schema["properties"][leaf] = {"type": kind, "description": "A leaf."}
        schema["required"].append(leaf)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Events of {name}", "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {
            "schemas": {
                "Event": {
                    "type": "object",
                    "description": "An event.",
                    "properties": groups,
                    "required": list(groups),
                    "additionalProperties": False,
                }
            }
        },
    }
