"""Build any number of formats, to measure what grows with it."""

from __future__ import annotations

from pathlib import Path

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
"""A valid event of each format that `copies` writes."""


def copies(root: Path, folder: Path, count: int) -> list[str]:
    """Write `count` copies of Go Shops to `folder`/specs and `folder`/mappings; return their names.

    `root` holds the shipped specs and mappings. The hub carries fields of its own vendors only, so
    each copy lists its project as lost.
    """
    spec = (root / SPECS / "goshops.json").read_text(encoding="utf-8")
    mapping = (root / MAPPINGS / "goshops.yaml").read_text(encoding="utf-8")
    carried = "  project: {is: carried.goshops.project, else: [{param: project}]}\n"
    fields, lost = "\nfields:\n", "\nlost:\n"
    if any(mapping.count(part) != 1 for part in (carried, fields, lost)):
        raise SystemExit("mappings/goshops.yaml has changed: update benchmarks/synthetic.py")
    mapping = mapping.replace(carried, "")
    (folder / SPECS).mkdir(parents=True)
    (folder / MAPPINGS).mkdir()
    names = [f"made{number:03}" for number in range(count)]
    for name in names:
        lost_here = f"{lost}  {name}:\n    project: other formats have no place for a project\n"
        text = mapping.replace("[goshops,", f"[{name},").replace("to: goshops", f"to: {name}")
        constant = f"\nconstants:\n  {name}:\n    project: {{param: project}}\n"
        text = text.replace(fields, constant + fields).replace(lost, lost_here)
        (folder / SPECS / f"{name}.json").write_text(spec, encoding="utf-8")
        (folder / MAPPINGS / f"{name}.yaml").write_text(text, encoding="utf-8")
    return names
