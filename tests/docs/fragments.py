"""The examples of docs/mappings.md: a fragment of a mapping, and lines of what it does.

A line has an event of `left`, an arrow and an event of `right`; `=` holds both ways. Instead of
the event that comes out stands `refused: CODE`, or a list of events. `given {…}` at its end holds
params, opt-ins and crosswalks. The two specs are inferred from the events.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docs.pages import Block, blocks
from translator.runtime.times import is_rfc3339

Json = Any

HEAD = "version: 1\nbetween: [left, right]\n"
_LINE = re.compile(
    r"(?P<left>.*\S)\s+(?P<arrow>[=→←])\s+(?P<right>\S.*?)(?:\s+given (?P<given>.*))?"
)


@dataclass(frozen=True)
class Example:
    """One translation of a fragment: from which side, what goes in, what comes out."""

    fragment: Fragment
    source: str
    target: str
    event: Json
    result: str
    given: dict[str, Json]


@dataclass(frozen=True)
class Fragment:
    """A piece of a mapping, and the events of both sides that stand below it."""

    text: str
    line: int
    events: tuple[tuple[str, Json], ...]

    @property
    def mapping(self) -> str:
        return self.text if self.text.startswith("version:") else HEAD + self.text

    def write(self, folder: Path) -> None:
        """Write the mapping and both specs into a folder."""
        (folder / "left--right.yaml").write_text(self.mapping, encoding="utf-8")
        for side in ("left", "right"):
            events = [event for of, event in self.events if of == side]
            free = set(re.findall(r"([\w.]+)\{(?:key|value)\}", self.text))
            document = {
                "openapi": "3.1.0",
                "info": {"title": side, "version": "1"},
                "x-event": "#/components/schemas/Event",
                "components": {"schemas": {"Event": inferred(events, free)}},
            }
            (folder / f"{side}.json").write_text(json.dumps(document), encoding="utf-8")


def inferred(values: list[Json], free: set[str], path: str = "") -> Json:
    """A schema that takes these values: what all of them have is required."""
    objects = [one for one in values if isinstance(one, dict)]
    lists = [one for one in values if isinstance(one, list)]
    if objects and path in free:
        inside = [item for one in objects for item in one.values()]
        return {"type": "object", "additionalProperties": inferred(inside, free)}
    if objects:
        names = dict.fromkeys(key for one in objects for key in one)
        members = {
            key: inferred(
                [one[key] for one in objects if key in one],
                free,
                f"{path}.{key}" if path else key,
            )
            for key in names
        }
        required = [key for key in names if all(key in one for one in objects)]
        return {"type": "object", "properties": members, "required": required}
    if lists:
        return {"type": "array", "items": inferred([i for one in lists for i in one], free, path)}
    schema: Json = {"type": sorted({_type(one) for one in values})}
    if values and all(isinstance(one, str) and is_rfc3339(one) for one in values):
        schema["format"] = "date-time"
    return schema


def _type(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return "null" if value is None else names[type(value)]


def examples(page: Path) -> Iterator[Example]:
    """Every line of every fragment of a page."""
    fragment_block: Block | None = None
    for block in blocks(page):
        if block.language == "yaml":
            fragment_block = block
        elif block.language == "text" and fragment_block is not None:
            yield from _of(fragment_block, block)


def _of(yaml: Block, block: Block) -> Iterator[Example]:
    found = []
    for line in block.text.splitlines():
        match = _LINE.fullmatch(line.strip())
        assert match is not None, f"{line!r} is no example"
        found.append(match)
    events = [
        (side, event)
        for match in found
        for side in ("left", "right")
        for event in _events(match[side])
    ]
    fragment = Fragment(yaml.text, yaml.line, tuple(events))
    for match in found:
        given = json.loads(match["given"] or "{}")
        if match["arrow"] in "=→":
            event = json.loads(match["left"])
            yield Example(fragment, "left", "right", event, match["right"], given)
        if match["arrow"] in "=←":
            event = json.loads(match["right"])
            yield Example(fragment, "right", "left", event, match["left"], given)


def _events(cell: str) -> list[Json]:
    if cell.startswith("refused:"):
        return []
    value = json.loads(cell)
    return value if isinstance(value, list) else [value]
