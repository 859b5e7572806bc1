"""Results of earlier analyses, for what has not changed since.

An analysis of a catalog works in units: a spec, a mapping with its specs and examples, a route. The
result for a unit is a function of the files that it reads, the names of the known formats, this
package and the libraries that it uses. A hash of these is the unit's key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple

from translator.analysis.parallel import compute_all
from translator.catalog.catalog import Catalog
from translator.engine.cache import UnitsFile, cache_key, source_fingerprint

Json = Any

MAX_OTHER_UNITS: Final = 4096
"""Maximum number of results that stay in the cache although an analysis did not use them."""

_LIBRARIES = ("jsonschema", "jsonschema-rs", "PyYAML")


class Unit(NamedTuple):
    """A part of an analysis, and the function that computes its result, as JSON.

    `name` identifies it among others of the same files; `paths` are the files that it reads, None
    if one is missing.
    """

    name: tuple[str, ...]
    paths: Sequence[str] | None
    compute: Callable[[], Json]


class UnitCache:
    """The cached results of one analysis, called `name`, for the units of a catalog.

    Nothing is cached if the catalog has no cache folder, or has specs that are in no file.
    """

    def __init__(self, catalog: Catalog, name: str) -> None:
        folders = catalog.folders
        self._folders = folders
        self._file: UnitsFile | None = None
        self._old: dict[str, Json] = {}
        self._new: dict[str, Json] = {}
        fingerprint = source_fingerprint()
        if folders.cache_dir is None or catalog.given_specs or fingerprint is None:
            return
        self._context = (fingerprint, [*map(_version, _LIBRARIES)], catalog.formats())
        places = [os.path.abspath(path) for path in (*folders.specs, *folders.mappings)]
        self._file = UnitsFile(folders.cache_dir, cache_key((), name, places))
        self._old = _parse(self._file.read())

    def find_all(self, units: Sequence[Unit]) -> list[Json]:
        """Return the result for each unit: the cached one, or what it computes."""
        keys = [self._key(unit) for unit in units]
        missing = [unit for unit, key in zip(units, keys, strict=True) if key not in self._old]
        computed = iter(compute_all([unit.compute for unit in missing]))
        results: list[Json] = []
        for key in keys:
            result = self._old[key] if key in self._old else next(computed)
            results.append(result)
            if key is not None:
                self._new[key] = result
        return results

    def save(self, *, is_whole: bool) -> None:
        """Write the results for later analyses.

        If the analysis `is_whole`, results that it did not use are out of date. If not, the latest
        of these stay.
        """
        units = self._new
        if not is_whole:
            others = [item for item in self._old.items() if item[0] not in self._new]
            units = dict(others[-MAX_OTHER_UNITS:]) | self._new
        if self._file and units.keys() != self._old.keys():
            self._file.write(json.dumps(units).encode())

    def _key(self, unit: Unit) -> str | None:
        """Return the key of a unit, None if its result cannot be cached."""
        if self._file is None or unit.paths is None:
            return None
        try:
            files = [(path, self._folders.file(path).read_bytes()) for path in unit.paths]
        except OSError:
            return None
        self._folders.contents.update(files)
        return cache_key(files, self._context, [*unit.name])


def _version(library: str) -> str:
    with suppress(PackageNotFoundError):
        return version(library)
    return ""


def _parse(data: bytes | None) -> dict[str, Json]:
    units = json.loads(data) if data else {}
    return units if isinstance(units, dict) else {}
