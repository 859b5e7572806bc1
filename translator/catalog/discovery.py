"""Find the files of formats, and the route between two formats.

A format is a spec, `NAME.json`. A mapping `NAME.yaml` (or `.yml`) relates NAME to the hub,
`ONE--OTHER.yaml` two formats directly. The folders of the caller take precedence over the shipped
ones. Packages that are installed and offer folders through entry points come last, once a format
is found nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from translator.schema.openapi import LOCK_FILE, OVERLAY_ENDING

Kind = Literal["spec", "mapping"]
"""What a folder is searched for."""

MappingKey = frozenset[str]
"""The two formats that a mapping relates."""

HUB = "interaction"
"""The format to which `NAME.yaml` relates NAME."""

ENDINGS: dict[Kind, tuple[str, ...]] = {"spec": (".json",), "mapping": (".yaml", ".yml")}
"""The endings of the names of files that are read, per kind of folder."""

ENTRY_POINT_GROUP = "event_translator"
"""The group of entry points that name a package with the folders `specs` and `mappings`."""


def routes_from(source: str, mapping_keys: Iterable[MappingKey]) -> dict[str, list[str]]:
    """Find the shortest route from `source` to each reachable format, both ends included.

    Among routes of equal length, the first in the order of format names is returned.
    """
    neighbours: dict[str, set[str]] = {}
    for mapping_key in mapping_keys:
        for name in mapping_key:
            neighbours.setdefault(name, set()).update(mapping_key - {name})
    routes = {source: [source]}
    queue = [source]
    for name in queue:
        for neighbour in sorted(neighbours.get(name, ())):
            if neighbour not in routes:
                routes[neighbour] = [*routes[name], neighbour]
                queue.append(neighbour)
    del routes[source]
    return routes


def find_route(source: str, target: str, mapping_keys: Iterable[MappingKey]) -> list[str] | None:
    """Find the route from `source` to `target`; None if there is none, or both are the same."""
    return routes_from(source, mapping_keys).get(target)


def route_keys(route: Sequence[str]) -> list[MappingKey]:
    """List the keys of the mappings of a route, in order."""
    return [frozenset(pair) for pair in pairwise(route)]


def mapping_key(name: str) -> MappingKey:
    """Return the formats that a mapping relates, from the name of its file without `.yaml`."""
    first_format, _, second_format = name.partition("--")
    return frozenset((first_format, second_format or HUB))


def is_read(name: str, kind: Kind) -> bool:
    """Whether a folder is searched for files of this name."""
    if name.startswith(".") or name == LOCK_FILE or name.endswith(OVERLAY_ENDING):
        return False
    return name.endswith(ENDINGS[kind])


class File(NamedTuple):
    """A file by its path, with its content if it was read before."""

    name: str
    content: bytes | None

    def read_bytes(self) -> bytes:
        """Return the content of the file. Raises `OSError`."""
        if self.content is not None:
            return self.content
        with open(self.name, "rb") as file:
            return file.read()


class Folders:
    """The folders of specs and mappings, those of the caller first.

    `cache_dir` is the folder for compiled plans and analyses; None turns the cache off. `contents`
    holds the files that were read before, so that later steps see the same content. `given` has
    the folders of the caller, and what each is searched for. Methods that list folders raise
    `SpecError` or `MappingError` for a folder that exists but cannot be listed.
    """

    def __init__(
        self,
        specs: Iterable[str | os.PathLike[str]] = (),
        mappings: Iterable[str | os.PathLike[str]] = (),
        cache_dir: str | None = None,
    ) -> None:
        self.cache_dir = cache_dir
        given: dict[Kind, list[str]] = {
            "spec": [os.fspath(folder) for folder in specs],
            "mapping": [os.fspath(folder) for folder in mappings],
        }
        self.given: dict[str, set[Kind]] = {}
        for kind, folders in given.items():
            for folder in folders:
                self.given.setdefault(os.path.normpath(folder), set()).add(kind)
        self.specs = [*given["spec"], _shipped_folder("specs")]
        self.mappings = [*given["mapping"], _shipped_folder("mappings")]
        self.contents: dict[str, bytes] = {}
        self._listings: dict[str, list[str]] = {}
        self._has_installed = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the caller's folders with the files in them, which may not exist elsewhere."""
        specs, mappings = (
            [folder for folder in folders if kind in self.given.get(os.path.normpath(folder), ())]
            for kind, folders in (("spec", self.specs), ("mapping", self.mappings))
        )
        listings: dict[str, list[str]] = {}
        contents: dict[str, bytes] = {}
        kinds: tuple[tuple[Kind, list[str]], ...] = (("spec", specs), ("mapping", mappings))
        for kind, folders in kinds:
            for folder in folders:
                files = _list_files([folder], kind, self._listings)
                listings.setdefault(folder, []).extend(map(os.path.basename, files.values()))
                contents |= {path: self.file(path).read_bytes() for path in files.values()}
        return _restore_folders, (specs, mappings, listings, contents)

    def copy(self) -> Folders:
        """Return a copy, to which folders can be added."""
        folders = Folders()
        folders.specs, folders.mappings = self.specs[:], self.mappings[:]
        folders.given = self.given
        folders.contents, folders._listings = self.contents, self._listings
        folders._has_installed = self._has_installed
        return folders

    def spec_files(self) -> dict[str, str]:
        """Map the name of each format to its spec file."""
        return _list_files(self.specs, "spec", self._listings)

    def spec_file(self, name: str) -> str | None:
        """Return the spec file of a format; looks into installed packages if needed."""
        path = self.spec_files().get(name)
        if path is None and self.add_installed():
            path = self.spec_files().get(name)
        return path

    def mapping_files(self) -> dict[MappingKey, str]:
        """Map each pair of formats to the file of its mapping."""
        files: dict[MappingKey, str] = {}
        for name, path in _list_files(self.mappings, "mapping", self._listings).items():
            files.setdefault(mapping_key(name), path)
        return files

    def route_files(self, source: str, target: str) -> list[str] | None:
        """List the specs of the route between two formats, then its mappings.

        Returns None if there is no route, or a format on it has no spec.
        """
        specs = self.spec_files()
        if not {source, target} <= specs.keys() and self.add_installed():
            specs = self.spec_files()
        mappings = self.mapping_files()
        route = find_route(source, target, mappings)
        if route is None or not specs.keys() >= set(route):
            return None
        return [specs[name] for name in route] + [mappings[key] for key in route_keys(route)]

    def is_given(self, path: str) -> bool:
        """Whether a file is in a folder of the caller."""
        return os.path.normpath(os.path.dirname(path)) in self.given

    def file(self, path: str) -> File:
        """Return a file of these folders, without reading it."""
        return File(path, self.contents.get(path))

    def add_installed(self) -> bool:
        """Add the folders of installed packages; returns False if that was done before."""
        if self._has_installed:
            return False
        self._has_installed = True
        from importlib.metadata import entry_points
        from importlib.util import find_spec

        points = entry_points(group=ENTRY_POINT_GROUP)
        for entry_point in sorted(points, key=lambda point: point.name):
            package = find_spec(entry_point.value)
            for folder in (package and package.submodule_search_locations) or ():
                self.specs.append(os.path.join(folder, "specs"))
                self.mappings.append(os.path.join(folder, "mappings"))
        return True


def _restore_folders(
    specs: Sequence[str],
    mappings: Sequence[str],
    listings: dict[str, list[str]],
    contents: dict[str, bytes],
) -> Folders:
    """Return folders whose files are not read from the file system."""
    folders = Folders(specs, mappings)
    folders._listings, folders.contents = listings, contents
    return folders


def _list_files(
    folders: Sequence[str], kind: Kind, listings: Mapping[str, list[str]]
) -> dict[str, str]:
    """Map the names of the files of a kind to their paths; `listings` replace folders."""
    files: dict[str, str] = {}
    for folder in folders:
        try:
            names = sorted(listings[folder] if folder in listings else os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            from translator.errors import Diagnostic, Location, MappingError, SpecError

            error_type = SpecError if kind == "spec" else MappingError
            message = f"the folder of {kind}s cannot be read: {error.strerror or error}"
            hint = "check the permissions of the folder"
            finding = Diagnostic(f"{kind}-file", Location(folder), message, hint)
            raise error_type([finding]) from error
        prefix = os.path.join(folder, "")
        for name in names:
            if is_read(name, kind):
                files.setdefault(name.rpartition(".")[0], prefix + name)
    return files


def _shipped_folder(name: str) -> str:
    """Return a folder of the package; in a source tree, it is beside the package."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.path.join(package, name)
    return folder if os.path.isdir(folder) else os.path.join(os.path.dirname(package), name)
