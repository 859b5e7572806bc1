"""Follow references through the files of one folder, by path, `$id` and anchor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from translator.errors import SpecError
from translator.importing.files import read_document
from translator.schema.openapi import escape_step, spec_error, split_pointer, suggest_nearest

_DATA = frozenset(("const", "default", "enum", "example", "examples"))
_SUFFIXES = (".json", ".yaml", ".yml")


class Place(NamedTuple):
    """A place in a file: the steps of its JSON pointer."""

    path: Path
    steps: tuple[str, ...] = ()

    @property
    def pointer(self) -> str:
        """The JSON pointer, such as `/definitions/Order`."""
        return "".join(f"/{escape_step(step)}" for step in self.steps)

    def __str__(self) -> str:
        return f"{self.path.name}#{self.pointer}"

    def child(self, *steps: str) -> Place:
        """Return the place that many steps below."""
        return Place(self.path, (*self.steps, *steps))


@dataclass
class _Index:
    """The ids and anchors of one file, each with its place."""

    ids: dict[str, Place]
    anchors: dict[str, Place]


class Library:
    """The files that a published spec consists of; reads those that a reference needs."""

    def __init__(self, main: Path, document: Any) -> None:
        self.main = main
        self.folder = main.resolve().parent
        self.files = [main]
        self._documents: dict[Path, Any] = {main: document}
        self._indexes: dict[Path, _Index] = {}
        self._neighbours: list[Path] | None = None

    def document(self, path: Path) -> Any:
        """Return the content of a file."""
        if path not in self._documents:
            self._documents[path] = read_document(path)
        return self._documents[path]

    def node(self, place: Place) -> Any:
        """Return what is at a place. Raises `LookupError`."""
        node = self.document(place.path)
        for step in place.steps:
            node = node[int(step)] if isinstance(node, list) else _entry(node, step)
        return node

    def resolve(self, ref: str, at: Place) -> Place:
        """Return the place that the reference `ref`, read at a place, points to."""
        base, root = self._base(at)
        address, fragment = urldefrag(ref)
        if address:
            uri = urldefrag(urljoin(base, address))[0]
            target = root if uri == base else self._find(uri, address, ref, at)
        else:
            target = root
        if target.path not in self.files:
            self.files.append(target.path)
        if not fragment:
            return target
        if fragment.startswith("/"):
            return self._follow(target, fragment, ref, at)
        return self._anchor(target.path, unquote(fragment), ref, at)

    def _follow(self, root: Place, fragment: str, ref: str, at: Place) -> Place:
        steps = split_pointer(f"#{fragment}")
        for start in dict.fromkeys((root, Place(root.path))):
            place = start.child(*steps)
            try:
                self.node(place)
            except (LookupError, ValueError, TypeError):
                continue
            return place
        node = self.node(root)
        for step in steps[:-1]:
            node = node.get(step) if isinstance(node, dict) else None
        hint = suggest_nearest(steps[-1], node) or "correct the reference"
        raise self._error(ref, at, f"the reference {ref!r} points to nothing", hint)

    def _anchor(self, path: Path, name: str, ref: str, at: Place) -> Place:
        if name in self._index(path).anchors:
            return self._index(path).anchors[name]
        for neighbour in self._folder_files():
            place = self._index(neighbour).anchors.get(name)
            if place is not None:
                if neighbour not in self.files:
                    self.files.append(neighbour)
                return place
        message = f"the reference {ref!r} names an anchor or id that no file has"
        hint = f"put the file with that id in {self.folder}"
        raise self._error(ref, at, message, hint)

    def _find(self, uri: str, address: str, ref: str, at: Place) -> Place:
        """Return the file, or the part of a file, with the id or the path `uri`."""
        for path in (*self.files, *self._documents):
            if uri in self._index(path).ids:
                return self._index(path).ids[uri]
        parts = urlsplit(uri)
        relative = urlsplit(address)
        candidates = [self.folder / Path(unquote(parts.path)).name]
        if parts.scheme == "file":
            candidates = [Path(unquote(parts.path))]
        if not relative.scheme and not relative.netloc:
            candidates.insert(0, at.path.parent / unquote(relative.path))
        for candidate in candidates:
            found = candidate.resolve()
            if found.is_relative_to(self.folder) and found.is_file():
                return Place(self._known(found))
        for neighbour in self._folder_files():
            if uri in self._index(neighbour).ids:
                return self._index(neighbour).ids[uri]
        wanted = candidates[-1].resolve()
        if not wanted.is_relative_to(self.folder):
            message = f"the reference {ref!r} leaves the folder {self.folder}"
            hint = f"put all files in one folder, as they refer to one another: {wanted} is outside"
            raise self._error(ref, at, message, hint)
        message = f"the reference {ref!r} is in no file that was given, and nothing is downloaded"
        raise self._error(ref, at, message, f"put it in {wanted}")

    def _known(self, path: Path) -> Path:
        """Return the path by which a file is known already, or one relative to the main file."""
        known = {each.resolve(): each for each in self._documents}
        return known.get(path) or self.main.parent / path.relative_to(self.folder)

    def _folder_files(self) -> Iterator[Path]:
        """Yield the files beside the main one that can be read."""
        if self._neighbours is None:
            paths = sorted(self.main.parent.iterdir())
            self._neighbours = []
            for path in paths:
                if path.suffix not in _SUFFIXES or not path.is_file():
                    continue
                try:
                    self.document(self._known(path.resolve()))
                except (SpecError, ValueError):
                    continue
                self._neighbours.append(self._known(path.resolve()))
        yield from self._neighbours

    def _base(self, at: Place) -> tuple[str, Place]:
        """Return the base URI at a place, and the place of the schema that sets it."""
        base, root = at.path.resolve().as_uri(), Place(at.path)
        node = self.document(at.path)
        for number in range(len(at.steps) + 1):
            if number:
                step = at.steps[number - 1]
                node = node[int(step)] if isinstance(node, list) else node[step]
            identity = _identity(node)
            if identity and not identity.startswith("#"):
                base = urldefrag(urljoin(base, identity))[0]
                root = Place(at.path, at.steps[:number])
        return base, root

    def _index(self, path: Path) -> _Index:
        if path not in self._indexes:
            index = self._indexes[path] = _Index({}, {})
            stack = [(path.resolve().as_uri(), Place(path), self.document(path))]
            while stack:
                base, place, node = stack.pop()
                if isinstance(node, dict):
                    identity = _identity(node)
                    if identity:
                        address, fragment = urldefrag(identity)
                        base = urldefrag(urljoin(base, address))[0] if address else base
                        if address:
                            index.ids.setdefault(base, place)
                        if fragment:
                            index.anchors.setdefault(fragment, place)
                    for keyword in ("$anchor", "$dynamicAnchor"):
                        if isinstance(node.get(keyword), str):
                            index.anchors.setdefault(node[keyword], place)
                    inner = [(key, each) for key, each in node.items() if key not in _DATA]
                    stack += [(base, place.child(key), each) for key, each in inner]
                elif isinstance(node, list):
                    stack += [(base, place.child(str(i)), each) for i, each in enumerate(node)]
        return self._indexes[path]

    def _error(self, ref: str, at: Place, message: str, hint: str) -> SpecError:
        return spec_error("import-reference", str(at.path), at.pointer, message, hint)


def _entry(node: Any, step: str) -> Any:
    if not isinstance(node, dict):
        raise LookupError(step)
    return node[step]


def _identity(node: Any) -> str:
    """Return the `$id` of a schema, or its `id` in draft 04."""
    if not isinstance(node, dict):
        return ""
    identity = node.get("$id", node.get("id"))
    return identity if isinstance(identity, str) else ""
