"""Read the examples of docs/diagnostics.md, each a change of three small files.

YAML replaces the entries of the mapping that have the same names, and adds the others. JSON is
merged into the spec of the shop. Commands of sh run in the folder of the files. A mapping that
begins with `version:`, and a block that names another file, are complete files.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT, Block, parse_blocks, text

PAGE = ROOT / "docs" / "diagnostics.md"
MAPPING, SPEC = "shop--site.yaml", "shop.json"


@dataclass(frozen=True)
class Example:
    """The blocks that show a code: one that has the finding (bad), or one without it (good)."""

    code: str
    section: str
    verdict: str
    blocks: tuple[Block, ...]

    def write(self, folder: Path) -> None:
        """Write the three files with the changes of the example, and run its commands."""
        for name, content in original_files().items():
            (folder / name).write_text(content, encoding="utf-8")
        for block in self.blocks:
            if block.language == "sh":
                subprocess.run(["bash", "-ec", block.text], cwd=folder, check=True, timeout=20)
                continue
            file = folder / (block.file or (MAPPING if block.language == "yaml" else SPEC))
            file.parent.mkdir(exist_ok=True)
            original = file.read_text(encoding="utf-8") if file.exists() else ""
            change = change_yaml if file.suffix == ".yaml" else change_json
            file.write_text(change(original, block.text), encoding="utf-8")


def original_files() -> dict[str, str]:
    """Return the files that the examples change, by name."""
    files = [block for block in parse_blocks(text(PAGE)) if block.file and not block.verdict]
    return {block.file: block.text for block in files}


def examples() -> list[Example]:
    """Return the bad and the good example of each code, in the order of the page."""
    result: list[Example] = []
    for section in re.split(r"^## ", text(PAGE), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        for part in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
            code = part.partition("\n")[0]
            for verdict in ("bad", "good"):
                blocks = [block for block in parse_blocks(part) if block.verdict == verdict]
                result.append(Example(code, title, verdict, tuple(blocks)))
    return result


def change_json(original: str, change: str) -> str:
    """Merge a JSON object into a spec. Anything but a JSON object replaces the whole file."""
    try:
        new = json.loads(change)
    except ValueError:
        return change
    if not original or not isinstance(new, dict):
        return change
    return json.dumps(_merge(json.loads(original), new), indent=2)


def _merge(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{key: _merge(old.get(key), value) for key, value in new.items()}}


def change_yaml(original: str, change: str) -> str:
    """Replace the top-level entries of a mapping that `change` has too, and add the others."""
    if not original or change.startswith("version:"):
        return change
    entries = _split_entries(change, 0)
    if any(name is None for name, _ in entries):
        return original + change
    lines: list[str] = []
    changes = dict(entries)
    for name, entry in _split_entries(original, 0):
        new = changes.pop(name, None)
        lines += entry if new is None else _replace_entries(entry, new)
    return "\n".join([*lines, *(line for entry in changes.values() for line in entry)]) + "\n"


def _replace_entries(old: list[str], new: list[str]) -> list[str]:
    """Replace the nested entries of `old` that `new` has too; one-line entries completely."""
    if not old[0].endswith(":") or not new[0].endswith(":"):
        return new
    names = {name for name, _ in _split_entries("\n".join(new[1:]), 2)}
    remaining: list[str] = []
    for name, entry in _split_entries("\n".join(old[1:]), 2):
        if name not in names:
            remaining += entry
    return [new[0], *remaining, *new[1:]]


def _split_entries(yaml: str, indent: int) -> list[tuple[str | None, list[str]]]:
    """Split lines into entries with their names; the name is None for a line that is no entry."""
    entries: list[tuple[str | None, list[str]]] = []
    for line in yaml.splitlines():
        line_indent = sum(1 for _ in takewhile(str.isspace, line))
        if line_indent == indent and not line[indent:].startswith("#"):
            match = re.match(r"[^:]+(?=:( |$))", line[indent:])
            entries.append((match[0].strip('"') if match else None, [line]))
        elif entries:
            entries[-1][1].append(line)
    return entries
