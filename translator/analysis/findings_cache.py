"""Findings of earlier checks, for what has not changed since.

`check` works in units: a spec, a mapping with its specs and examples, a route of two mappings. The
findings of a unit are a function of the files that it reads, the names of the known formats, this
package and the libraries that it checks with. A hash of these is the unit's key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from translator.catalog.catalog import Catalog
from translator.engine.cache import FindingsFile, cache_key, source_fingerprint
from translator.errors import Diagnostic, Location

Findings = tuple[list[Diagnostic], bool]
"""The findings of a unit, and whether others can use it."""

_LIBRARIES = ("jsonschema", "jsonschema-rs", "PyYAML")


class FindingsCache:
    """The cached findings about the units of a catalog.

    Nothing is cached if the catalog has no cache folder, or has specs that are in no file.
    """

    def __init__(self, catalog: Catalog) -> None:
        folders = catalog.folders
        self._folders = folders
        self._file: FindingsFile | None = None
        self._old: dict[str, Any] = {}
        self._new: dict[str, Any] = {}
        fingerprint = source_fingerprint()
        if folders.cache_dir is None or catalog.given_specs or fingerprint is None:
            return
        self._context = (fingerprint, [*map(_version, _LIBRARIES)], catalog.formats())
        places = [os.path.abspath(path) for path in (*folders.specs, *folders.mappings)]
        self._file = FindingsFile(folders.cache_dir, cache_key((), places))
        self._old = _parse(self._file.read())

    def find(
        self, unit: Iterable[str], paths: Iterable[str], compute: Callable[[], Findings]
    ) -> Findings:
        """Return the findings about a unit: cached ones, or what `compute` returns.

        `unit` identifies it among others of the same files; `paths` are the files that it reads.
        """
        key = self._key(unit, paths) if self._file else None
        if key is None:
            return compute()
        if key in self._old:
            findings, is_usable = _decode(self._old[key])
        else:
            findings, is_usable = compute()
        self._new[key] = _encode(findings, is_usable)
        return findings, is_usable

    def save(self, *, is_whole: bool) -> None:
        """Write the findings for later checks; those of other units too, unless `is_whole`."""
        units = self._new if is_whole else self._old | self._new
        if self._file and units.keys() != self._old.keys():
            self._file.write(json.dumps(units).encode())

    def _key(self, unit: Iterable[str], paths: Iterable[str]) -> str | None:
        try:
            files = [(path, self._folders.file(path).read_bytes()) for path in paths]
        except OSError:
            return None
        self._folders.contents.update(files)
        return cache_key(files, self._context, [*unit])


def _version(library: str) -> str:
    with suppress(PackageNotFoundError):
        return version(library)
    return ""


def _parse(data: bytes | None) -> dict[str, Any]:
    units = json.loads(data) if data else {}
    return units if isinstance(units, dict) else {}


def _encode(findings: Iterable[Diagnostic], is_usable: bool) -> list[Any]:
    return [[[*finding] for finding in findings], is_usable]


def _decode(unit: Any) -> Findings:
    findings = [
        Diagnostic(code, Location(*location), message, hint, severity, tuple(field))
        for code, location, message, hint, severity, field in unit[0]
    ]
    return findings, unit[1]
