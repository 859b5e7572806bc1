"""The examples of docs/diagnostics.md: what is changed in three small files, and what is found.

A block of YAML stands in the mapping in place of the entries of the same name, whatever else it
shows is added; JSON is merged into the spec of the shop, and commands of sh are run beside the
files. A mapping that begins with `version:` and a block that names another file are whole files.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT, Block, fenced, text

PAGE = ROOT / "docs" / "diagnostics.md"
MAPPING, SPEC = "shop--site.yaml", "shop.json"


@dataclass(frozen=True)
class Example:
    """A code of the page, and the blocks that show it badly or well."""

    code: str
    section: str
    verdict: str
    blocks: tuple[Block, ...]

    def write(self, folder: Path) -> None:
        """Write the three files and the example's changes of them, and run its commands."""
        for name, whole in given().items():
            (folder / name).write_text(whole, encoding="utf-8")
        for block in self.blocks:
            if block.language == "sh":
                subprocess.run(["bash", "-ec", block.text], cwd=folder, check=True, timeout=20)
                continue
            file = folder / (block.file or (MAPPING if block.language == "yaml" else SPEC))
            file.parent.mkdir(exist_ok=True)
            before = file.read_text(encoding="utf-8") if file.exists() else ""
            change = with_entries if file.suffix == ".yaml" else with_members
            file.write_text(change(before, block.text), encoding="utf-8")


def given() -> dict[str, str]:
    """The files that the page begins with."""
    return {one.file: one.text for one in fenced(text(PAGE)) if one.file and not one.verdict}


def examples() -> list[Example]:
    """The good and the bad example of each code, in the order of the page."""
    found: list[Example] = []
    for section in re.split(r"^## ", text(PAGE), flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        for part in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
            code = part.partition("\n")[0]
            for verdict in ("bad", "good"):
                blocks = tuple(one for one in fenced(part) if one.verdict == verdict)
                found.append(Example(code, name, verdict, blocks))
    return found


def with_members(before: str, change: str) -> str:
    """A spec with the members of `change`; whatever is no JSON object stands for the whole."""
    try:
        new = json.loads(change)
    except ValueError:
        return change
    if not before or not isinstance(new, dict):
        return change
    return json.dumps(_merged(json.loads(before), new), indent=2)


def _merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}


def with_entries(before: str, change: str) -> str:
    """A mapping with the lines of `change`, in place of what has the same names."""
    if not before or change.startswith("version:"):
        return change
    parts = _parts(change, 0)
    if any(name is None for name, _ in parts):
        return before + change
    lines: list[str] = []
    changes = dict(parts)
    for name, block in _parts(before, 0):
        new = changes.pop(name, None)
        lines += block if new is None else _replaced(block, new)
    return "\n".join([*lines, *(line for block in changes.values() for line in block)]) + "\n"


def _replaced(old: list[str], new: list[str]) -> list[str]:
    """A part of a mapping with the entries of `new`, or `new` where either is on one line."""
    if not old[0].endswith(":") or not new[0].endswith(":"):
        return new
    entries = _parts("\n".join(new[1:]), 2)
    names = {name for name, _ in entries}
    kept = [line for name, block in _parts("\n".join(old[1:]), 2) if name not in names
            for line in block]  # fmt: skip
    return [new[0], *kept, *new[1:]]


def _parts(whole: str, indent: int) -> list[tuple[str | None, list[str]]]:
    """The lines of a part of a mapping, entry by entry; a line that is no entry has no name."""
    found: list[tuple[str | None, list[str]]] = []
    for line in whole.splitlines():
        deep = sum(1 for _ in takewhile(str.isspace, line))
        if deep == indent and not line[indent:].startswith("#"):
            match = re.match(r"[^:]+(?=:( |$))", line[indent:])
            found.append((match[0].strip('"') if match else None, [line]))
        elif found:
            found[-1][1].append(line)
    return found
