"""Where the files of formats are: folders of specs and mappings, listed and not yet read.

A format is a spec, `NAME.json`. A mapping relates two formats: `NAME.yaml` relates NAME to the
hub, `ONE--OTHER.yaml` two formats directly. The shipped ones are always there; folders that the
caller names come first, and packages that are installed add theirs through the entry point group
`event_translator`, once a format is asked for that is nowhere else.

The way from one format to another: a direct mapping if there is one, else through the hub.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import pairwise
from typing import NamedTuple

MappingKey = frozenset[str]
"""The two formats that a mapping relates."""


def routes_from(source: str, mapping_keys: Iterable[MappingKey]) -> dict[str, list[str]]:
    """The shortest way from `source` to each format there is one to, both ends included.

    Of two ways of one length the one whose formats come first by name is taken, so that the same
    mappings always give the same way.
    """
    neighbours: dict[str, set[str]] = {}
    for mapping_key in mapping_keys:
        for format_name in mapping_key:
            neighbours.setdefault(format_name, set()).update(mapping_key - {format_name})
    routes: dict[str, list[str]] = {source: [source]}
    frontier = [source]
    while frontier:
        next_frontier: list[str] = []
        for name in frontier:
            for format_name in sorted(neighbours.get(name, ())):
                if format_name not in routes:
                    routes[format_name] = [*routes[name], format_name]
                    next_frontier.append(format_name)
        frontier = next_frontier
    del routes[source]
    return routes


def find_route(source: str, target: str, mapping_keys: Iterable[MappingKey]) -> list[str] | None:
    """The way from `source` to `target`; None if there is none, or if source and target are one."""
    return routes_from(source, mapping_keys).get(target)


def route_keys(route: Sequence[str]) -> list[MappingKey]:
    """The mappings that a way goes through, in order."""
    return [frozenset(pair) for pair in pairwise(route)]


HUB = "interaction"
"""The format that a mapping relates its format to unless its name says otherwise."""

ENTRY_POINT_GROUP = "event_translator"
"""The group of entry points by which a package offers formats: each names a package that holds
the folders `specs` and `mappings`."""


class File(NamedTuple):
    """A file; messages call it by its whole path, which is its `name`. `held` is what it held."""

    name: str
    content: bytes | None

    def read_bytes(self) -> bytes:
        """What the file holds. Raises `OSError`."""
        if self.content is not None:
            return self.content
        with open(self.name, "rb") as file:
            return file.read()


class Folders:
    """The folders in which formats are found, those of `specs` and `mappings` first.

    `plans` is the folder in which compiled plans are kept, if they are to be. `held` is what was
    read of files already, by their paths: what is made of them later is then made of the same.
    """

    def __init__(
        self,
        specs: Iterable[str | os.PathLike[str]] = (),
        mappings: Iterable[str | os.PathLike[str]] = (),
        plan_cache_dir: str | None = None,
    ) -> None:
        self.plan_cache_dir = plan_cache_dir
        self.specs = [*(os.fspath(folder) for folder in specs), _shipped_folder("specs")]
        self.mappings = [*(os.fspath(folder) for folder in mappings), _shipped_folder("mappings")]
        self.contents: dict[str, bytes] = {}
        self._installed = False

    def copy(self) -> Folders:
        """The same folders, to which others may be added."""
        folders = Folders()
        folders.specs, folders.mappings = self.specs[:], self.mappings[:]
        folders._installed = self._installed
        return folders

    def spec_files(self) -> dict[str, str]:
        """The file of each spec, by the name of its format."""
        return _list_files(self.specs, ".json")

    def spec_file(self, name: str) -> str | None:
        """The file of a format's spec, looked for in installed packages last."""
        path = self.spec_files().get(name)
        if path is None and self.add_installed():
            path = self.spec_files().get(name)
        return path

    def mapping_files(self) -> dict[MappingKey, str]:
        """The file of each mapping, by the two formats it relates."""
        files: dict[MappingKey, str] = {}
        for name, path in _list_files(self.mappings, ".yaml").items():
            first_format, _, second_format = name.partition("--")
            files.setdefault(frozenset((first_format, second_format or HUB)), path)
        return files

    def file(self, path: str) -> File:
        """A file in these folders, which is read when it is asked, unless it was before."""
        return File(path, self.contents.get(path))

    def route(self, source: str, target: str) -> list[str] | None:
        """The formats from `source` to `target`, both included; None where there is no way."""
        return find_route(source, target, self.mapping_files())

    def add_installed(self) -> bool:
        """Add the folders of installed packages, once; gives whether there was anything to do."""
        if self._installed:
            return False
        self._installed = True
        from importlib.metadata import entry_points
        from importlib.util import find_spec

        for entry_point in sorted(
            entry_points(group=ENTRY_POINT_GROUP), key=lambda item: item.name
        ):
            package = find_spec(entry_point.value)
            for folder in (package and package.submodule_search_locations) or ():
                self.specs.append(os.path.join(folder, "specs"))
                self.mappings.append(os.path.join(folder, "mappings"))
        return True


def _list_files(folders: Sequence[str], suffix: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        prefix = os.path.join(folder, "")
        for name in names:
            if name.endswith(suffix):
                files.setdefault(name.removesuffix(suffix), prefix + name)
    return files


def _shipped_folder(name: str) -> str:
    return str(import_module(f"translator.{name}").__path__[0])
