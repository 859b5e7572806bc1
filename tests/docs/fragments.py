"""Read the examples of docs/mappings.md: a fragment of a mapping, followed by events.

Each line of events has an event of `left`, an arrow, and an event of `right`; `=` means both
directions. In place of the result, there may be `refused: CODE` or a list of events.
`given {…}` at the end of a line has arguments of the translator: params, opt-ins, crosswalks.
Both specs are inferred from the events.
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

HEAD = "version: 2\nbetween: [left, right]\n"
_LINE = re.compile(
    r"(?P<left>.*\S)\s+(?P<arrow>[=→←])\s+(?P<right>\S.*?)(?:\s+given (?P<given>.*))?"
)


@dataclass(frozen=True)
class Example:
    """One translation with a fragment: direction, event, expected result, and arguments."""

    fragment: Fragment
    source: str
    target: str
    event: Json
    result: str
    arguments: dict[str, Json]


@dataclass(frozen=True)
class Fragment:
    """A fragment of a mapping, and all events below it with their formats."""

    text: str
    line: int
    events: tuple[tuple[str, Json], ...]

    def write(self, folder: Path) -> None:
        """Write the mapping and both specs into a folder."""
        (folder / "left--right.yaml").write_text(whole_mapping(self.text), encoding="utf-8")
        for side in ("left", "right"):
            events = [event for event_side, event in self.events if event_side == side]
            free_paths = set(re.findall(r"[\w.]+(?=\{(?:key|value)\})|(?<= in: )\w+", self.text))
            document = {
                "openapi": "3.1.0",
                "info": {"title": side, "version": "1"},
                "x-event": "#/components/schemas/Event",
                "components": {"schemas": {"Event": infer_schema(events, free_paths)}},
            }
            (folder / f"{side}.json").write_text(json.dumps(document), encoding="utf-8")


def whole_mapping(fragment: str) -> str:
    """Return a fragment with the two lines that every mapping needs."""
    return fragment if fragment.startswith("version:") else HEAD + fragment


def infer_schema(values: list[Json], free_paths: set[str], path: str = "") -> Json:
    """Infer a schema of the values. Keys that all objects have are required.

    `free_paths` are the paths of objects with free keys.
    """
    objects = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    if objects and path in free_paths:
        elements = [element for value in objects for element in value.values()]
        return {"type": "object", "additionalProperties": infer_schema(elements, free_paths)}
    if objects:
        names = dict.fromkeys(key for value in objects for key in value)
        properties = {
            key: infer_schema(
                [value[key] for value in objects if key in value],
                free_paths,
                f"{path}.{key}" if path else key,
            )
            for key in names
        }
        required = [key for key in names if all(key in value for value in objects)]
        return {"type": "object", "properties": properties, "required": required}
    if lists:
        elements = [element for value in lists for element in value]
        return {"type": "array", "items": infer_schema(elements, free_paths, path)}
    schema: Json = {"type": sorted({_json_type(value) for value in values})}
    if values and all(isinstance(value, str) and is_rfc3339(value) for value in values):
        schema["format"] = "date-time"
    return schema


def _json_type(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return "null" if value is None else names[type(value)]


def examples(page: Path) -> Iterator[Example]:
    """Yield the examples of every fragment of a page."""
    fragment_block: Block | None = None
    for block in blocks(page):
        if block.language == "yaml":
            fragment_block = block
        elif block.language == "text" and fragment_block is not None:
            yield from _parse_examples(fragment_block, block)


def _parse_examples(yaml: Block, block: Block) -> Iterator[Example]:
    matches = []
    for line in block.text.splitlines():
        match = _LINE.fullmatch(line.strip())
        assert match is not None, f"{line!r} is no example"
        matches.append(match)
    events = [
        (side, event)
        for match in matches
        for side in ("left", "right")
        for event in _parse_events(match[side])
    ]
    fragment = Fragment(yaml.text, yaml.line, tuple(events))
    for match in matches:
        arguments = json.loads(match["given"] or "{}")
        if match["arrow"] in "=→":
            event = json.loads(match["left"])
            yield Example(fragment, "left", "right", event, match["right"], arguments)
        if match["arrow"] in "=←":
            event = json.loads(match["right"])
            yield Example(fragment, "right", "left", event, match["left"], arguments)


def _parse_events(cell: str) -> list[Json]:
    if cell.startswith("refused:"):
        return []
    value = json.loads(cell)
    return value if isinstance(value, list) else [value]
