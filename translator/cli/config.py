"""The configuration file: `event-translator.toml`, or a table of `pyproject.toml`.

It is found from the current folder upwards. A folder's `event-translator.toml` is used instead of
its `pyproject.toml`. Options of the command line take precedence over the file.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from translator.cli.exits import UsageError
from translator.errors import suggest

FILE_NAME: Final = "event-translator.toml"

PYPROJECT: Final = "pyproject.toml"

TABLE: Final = ("tool", "event-translator")
"""The table of `pyproject.toml` that has the configuration."""

_MAX_BYTES: Final = 1024 * 1024


# Each command imports this module: a named tuple or a data class would take milliseconds.
class PairSettings:
    """Arguments of translations; `strict` is None if it is not set."""

    def __init__(
        self,
        params: Mapping[str, Any] | None = None,
        allow: tuple[str, ...] = (),
        crosswalks: Mapping[str, str] | None = None,
        strict: bool | None = None,
        accept: tuple[str, ...] = (),
    ) -> None:
        self.params, self.crosswalks = params or {}, crosswalks or {}
        self.allow, self.strict, self.accept = allow, strict, accept


class Config:
    """What a configuration file says; paths are absolute, or relative to the current folder.

    `defaults` apply to each pair of formats that has their names, `pairs` to one pair.
    """

    def __init__(
        self,
        file: str = "",
        specs: tuple[str, ...] = (),
        mappings: tuple[str, ...] = (),
        generated: str | None = None,
        defaults: PairSettings | None = None,
        pairs: Mapping[tuple[str, str], PairSettings] | None = None,
    ) -> None:
        self.file, self.specs, self.mappings, self.generated = file, specs, mappings, generated
        self.defaults, self.pairs = defaults or PairSettings(), pairs or {}

    def pair(self, source: str, target: str) -> PairSettings:
        """Return the settings of one pair of formats."""
        return self.pairs.get((source, target), PairSettings())


def add_config_arguments(parser: ArgumentParser, **settings: Any) -> None:
    """Add the options that choose the configuration file."""
    group = parser.add_mutually_exclusive_group()
    about = f"read this configuration (default: the nearest {FILE_NAME} or {PYPROJECT})"
    group.add_argument("--config", metavar="FILE", help=about, **settings)
    about = "read no configuration file"
    group.add_argument("--no-config", action="store_true", help=about, **settings)


def load_config(arguments: Namespace) -> Config:
    """Return the configuration of a command. Raises `UsageError`."""
    if arguments.no_config:
        return Config()
    if arguments.config is not None:
        config = _read(arguments.config)
        if config is None:
            raise UsageError(f"{arguments.config}: there is no table [{'.'.join(TABLE)}]")
        return config
    try:
        folder = os.getcwd()
    except OSError:  # the current folder no longer exists
        return Config()
    prefix = ""
    while True:
        for name in (FILE_NAME, PYPROJECT):
            if os.path.isfile(os.path.join(folder, name)):
                config = _read(os.path.join(prefix, name))
                if config is not None:
                    return config
        parent = os.path.dirname(folder)
        if parent == folder:
            return Config()
        folder, prefix = parent, os.path.join(prefix, os.pardir)


def _read(file: str) -> Config | None:
    """Read a file; None if it is a `pyproject.toml` without the table. Raises `UsageError`."""
    try:
        with open(file, "rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file!r}: {error.strerror}") from error
    is_pyproject = os.path.basename(file) == PYPROJECT
    if is_pyproject and TABLE[-1].encode() not in data:  # `tomllib` is slow to import
        return None
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{file}: the file is longer than {_MAX_BYTES} bytes")
    import tomllib

    try:
        text = data.decode("utf-8-sig")
        table: Any = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}:{line}: the file is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: the file is not TOML: {error}") from error
    except RecursionError:
        raise UsageError(f"{file}: tables and lists are nested too deeply") from None
    path = TABLE if is_pyproject else ()
    for name in path:
        table = table.get(name) if isinstance(table, dict) else None
        if table is None:
            return None
    return _Reader(file, text).config(table, path)


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "a list of strings": (_is_strings, 'write ["one", "other"]'),
    "a string": (lambda value: isinstance(value, str) and bool(value), 'write "…"'),
    "true or false": (lambda value: isinstance(value, bool), "write true or false"),
    "a table": (lambda value: isinstance(value, dict), "write {NAME = …}"),
}
"""Per kind of value: its check, and a hint."""

_SETTINGS: dict[str, str] = {
    "params": "a table",
    "allow": "a list of strings",
    "crosswalks": "a table",
    "strict": "true or false",
}

_PAIR_SETTINGS: dict[str, str] = {**_SETTINGS, "accept": "a list of strings"}

_KEYS: dict[str, str] = {
    "specs": "a list of strings",
    "mappings": "a list of strings",
    "generated": "a string",
    **_SETTINGS,
    "pairs": "a table",
}

_Path = tuple[str, ...]


class _Reader:
    """Turn the tables of one file into a `Config`. Raises `UsageError` for what is wrong."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self._folder = os.path.dirname(file)

    def config(self, table: Any, path: _Path) -> Config:
        self._check(table, "a table", path)
        self._check_keys(table, _KEYS, path)
        folders = {
            kind: tuple(map(self._resolve, table.get(kind, ()))) for kind in ("specs", "mappings")
        }
        for kind, names in folders.items():
            for name in names:
                if not os.path.isdir(name):
                    self._fail((*path, kind), f"there is no folder {name!r}")
        return Config(
            self._file,
            folders["specs"],
            folders["mappings"],
            self._resolve(table["generated"]) if "generated" in table else None,
            self._settings(table, path),
            dict(self._pairs(table.get("pairs", {}), (*path, "pairs"))),
        )

    def _pairs(self, table: Any, path: _Path) -> Iterator[tuple[tuple[str, str], PairSettings]]:
        for source, targets in table.items():
            self._check(targets, "a table", (*path, source))
            for target, settings in targets.items():
                place = (*path, source, target)
                if target in _PAIR_SETTINGS and not isinstance(settings, dict):
                    self._fail(place, "a pair has two names: write [pairs.SOURCE.TARGET]")
                self._check(settings, "a table", place)
                self._check_keys(settings, _PAIR_SETTINGS, place)
                yield (source, target), self._settings(settings, place)

    def _settings(self, table: Any, path: _Path) -> PairSettings:
        for name, value in table.get("params", {}).items():
            if not isinstance(value, str | int | float | list | dict):
                place = (*path, "params", name)
                self._fail(place, f"a param cannot be a {type(value).__name__}: quote it")
        for name, value in table.get("crosswalks", {}).items():
            self._check(value, "a string", (*path, "crosswalks", name))
        crosswalks = {
            name: self._resolve(value) for name, value in table.get("crosswalks", {}).items()
        }
        return PairSettings(
            table.get("params", {}),
            tuple(table.get("allow", ())),
            crosswalks,
            table.get("strict"),
            tuple(table.get("accept", ())),
        )

    def _resolve(self, path: str) -> str:
        """Return a path of the file, which is relative to the file's folder."""
        return os.path.join(self._folder, path)

    def _check_keys(self, table: Mapping[str, Any], kinds: Mapping[str, str], path: _Path) -> None:
        for key, value in table.items():
            if key not in kinds:
                hint = suggest(key, kinds)
                if key == "accept":
                    hint = "write it for a pair, in [pairs.SOURCE.TARGET]"
                self._fail((*path, key), f"there is no key {key!r}; {hint}")
            self._check(value, kinds[key], (*path, key))

    def _check(self, value: object, kind: str, path: _Path) -> None:
        is_valid, hint = _CHECKS[kind]
        if not is_valid(value):
            self._fail(path, f"the value is not {kind}; {hint}")

    def _fail(self, path: _Path, problem: str) -> None:
        line = _find_line(self._text, path)
        place = f"{self._file}:{line}" if line else self._file
        raise UsageError(f"{place}: {'.'.join(path)}: {problem}")


def _find_line(text: str, path: _Path) -> int:
    """Return the line that first has the key at `path`; 0 if it is not found.

    `tomllib` reports no lines, so find the first lines of the file that contain the key.
    """
    import tomllib

    lines = text.split("\n")
    candidates = [number for number, line in enumerate(lines) if path and path[-1] in line]
    for number in candidates[:100]:
        # A value may continue on the next lines.
        for end in range(number + 1, min(number + 100, len(lines)) + 1):
            try:
                table: Any = tomllib.loads("\n".join(lines[:end]))
            except tomllib.TOMLDecodeError:
                continue
            for name in path:
                table = table.get(name) if isinstance(table, dict) else None
            if table is not None:
                return number + 1
            break
    return 0
