"""Compiled plans, kept in a folder from one run of the command line to the next.

A plan is found by a hash of everything that it was made from. What cannot be read, or is not what
was written, is not there; what cannot be written is not kept. Nothing of it is ever an error.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from translator.arguments import names_of
from translator.folders import Folders
from translator.plan import Plan, from_bytes, to_bytes
from translator.route import links_of, route

VARIABLE: Final = "TRANSLATOR_CACHE"
"""The environment variable that names the folder, or says `off`."""

MOST: Final = 256
"""So many plans are kept; the ones written first go first."""

_HEADER: Final = b"translator plan 1\n"
_DIGEST: Final = 32
_SUFFIX: Final = ".plan"
_PART: Final = ".part"
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def folder_of(environment: Mapping[str, str] = os.environ) -> str | None:
    """The folder that plans are kept in; None where they are not to be, or there is no place."""
    given = environment.get(VARIABLE, "")
    if given:
        try:
            return None if given == "off" else os.path.abspath(given)
        except OSError:  # of a folder to begin at that is no more
            return None
    match sys.platform:
        case "win32":
            place = environment.get("LOCALAPPDATA", "")
        case "darwin":
            place = os.path.expanduser("~/Library/Caches")
        case _:
            place = environment.get("XDG_CACHE_HOME", "")
            if not os.path.isabs(place):  # which the standard says to ignore
                place = os.path.expanduser("~/.cache")
    return os.path.join(place, "event-translator") if os.path.isabs(place) else None


class Kept:
    """One plan in a folder, there already or not; `key` says what it is made from."""

    def __init__(self, folder: str, key: str) -> None:
        self._folder = folder
        self.key = key

    def find(self) -> Plan | None:
        """The plan, if it was kept."""
        try:
            if not _safe(os.lstat(self._folder), stat.S_ISDIR):
                return None
            opened = os.open(self._path(self.key + _SUFFIX), os.O_RDONLY | _NO_LINKS)
            with open(opened, "rb") as file:
                if not _safe(os.fstat(opened), stat.S_ISREG):
                    return None
                data = file.read()
        except (OSError, ValueError):
            return None
        begin = len(_HEADER) + _DIGEST
        if not data.startswith(_HEADER) or data[len(_HEADER) : begin] != self._digest(data[begin:]):
            return None
        return from_bytes(data[begin:])

    def keep(self, plan: Plan) -> None:
        """Keep a plan, whole or not at all, whoever else is writing it."""
        with suppress(OSError, ValueError):
            os.makedirs(os.path.dirname(self._folder), exist_ok=True)
            with suppress(FileExistsError):
                os.mkdir(self._folder, 0o700)
            if not _safe(os.lstat(self._folder), stat.S_ISDIR):
                return
            self._make_room()
            data = to_bytes(plan)
            self._write(_HEADER + self._digest(data) + data)

    def _write(self, data: bytes) -> None:
        part = self._path(f"{self.key}.{os.getpid()}.{os.urandom(4).hex()}{_PART}")
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, 0o600)
        try:
            with open(opened, "wb") as file:
                file.write(data)
            os.replace(part, self._path(self.key + _SUFFIX))
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise

    def _make_room(self) -> None:
        """Remove the plans that were written first, where there are as many as may be.

        What a writer left that was ended in the middle goes with them in its turn.
        """
        with os.scandir(self._folder) as entries:
            ours = [one for one in entries if one.name.endswith((_SUFFIX, _PART))]
        if len(ours) < MOST:
            return
        ages = {}
        for one in ours:
            with suppress(OSError):
                ages[one.path] = one.stat(follow_symlinks=False).st_mtime_ns
        for path in sorted(ages, key=ages.__getitem__)[: len(ours) - MOST + 1]:
            with suppress(OSError):
                os.unlink(path)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _digest(self, data: bytes) -> bytes:
        return blake2b(data, digest_size=_DIGEST, key=self.key.encode()).digest()


def kept(
    folders: object,
    source: str,
    target: str,
    params: Mapping[str, Any] | None,
    crosswalks: Mapping[str, Any] | None,
    allow: Iterable[str] | None,
    *,
    validate: bool,
    guard: bool,
) -> Kept | None:
    """Where the plan is kept that these arguments ask for; None where none is.

    None too where there is no such plan, for whoever makes plans to say why.
    """
    if not isinstance(folders, Folders) or folders.plans is None:
        return None
    code, files = _code(), _read(folders, source, target)
    if code is None or files is None:
        return None
    given = sorted(name for name, value in (params or {}).items() if value is not None)
    looks = bool(validate), bool(guard)
    options = (given, sorted(crosswalks or ()), sorted(names_of(allow)), looks)
    sizes = [(path, len(data)) for path, data in files]
    about = repr((code, source, target, options, sizes))
    key = blake2b(about.encode("utf-8", "surrogatepass"), digest_size=24)
    for _, data in files:
        key.update(data)
    return Kept(folders.plans, key.hexdigest())


def _read(folders: Folders, source: str, target: str) -> list[tuple[str, bytes]] | None:
    """The files that a translation is made from, with what they hold."""
    specs = folders.spec_files()
    if not {source, target} <= specs.keys() and folders.add_installed():
        specs = folders.spec_files()
    mappings = folders.mapping_files()
    way = route(source, target, mappings)
    if way is None:
        return None
    files = [specs.get(name) for name in way] + [mappings.get(link) for link in links_of(way)]
    found: list[tuple[str, bytes]] = []
    for path in files:
        if path is None:
            return None
        try:
            found.append((path, folders.file(path).read_bytes()))
        except OSError:
            return None
    folders.held.update(found)
    return found


@cache
def _code() -> tuple[object, ...] | None:
    """What tells this very code, run by this very Python, from any other; None where nothing does.

    Whoever edits a module of the compiler gets plans of the module as it is now. Looked at once,
    before there is need of a compiler: what is edited later is not what this process runs.
    """
    found: list[tuple[str, int, int]] = []
    try:
        with os.scandir(os.path.dirname(__file__)) as entries:
            for one in entries:
                if one.name.endswith(".py"):
                    about = one.stat()
                    found.append((one.name, about.st_size, about.st_mtime_ns))
    except OSError:  # it was imported from an archive
        return None
    return sys.version, sys.flags.optimize, *sorted(found)


_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _safe(about: os.stat_result, kind: Any) -> bool:
    """Whether it is of that kind, and nobody but its owner, who runs this, can have written it."""
    if not kind(about.st_mode):
        return False
    return not hasattr(os, "geteuid") or (
        about.st_uid == os.geteuid() and not about.st_mode & _OTHERS
    )
