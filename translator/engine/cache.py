"""Cache of compiled plans and of analyses: a folder that one process leaves for the next.

The key of an entry is a hash of everything that it is computed from. A file that cannot be read or
was changed is ignored, and one that cannot be written is not cached; neither is an error.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final

from translator.catalog.discovery import Folders
from translator.engine.bindings import opt_in_names
from translator.engine.plan import Plan, from_bytes, to_bytes

try:
    from _blake2 import blake2b  # the class that hashlib offers; importing that loads OpenSSL
except ImportError:
    from hashlib import blake2b

CACHE_VARIABLE: Final = "TRANSLATOR_CACHE"
"""Environment variable that names the folder, or is `off`."""

MAX_FILES: Final = 256
"""Maximum number of files of a kind; the oldest are removed first."""

_DIGEST_SIZE: Final = 32

_TEMP_SUFFIX: Final = ".part"

_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH

_OPEN_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def cache_dir(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the cache folder; None if the cache is off or the user has no cache folder."""
    setting = environment.get(CACHE_VARIABLE, "")
    if setting:
        try:
            return None if setting == "off" else os.path.abspath(setting)
        except OSError:  # the working directory no longer exists
            return None
    match sys.platform:
        case "win32":
            base_dir = environment.get("LOCALAPPDATA", "")
        case "darwin":
            base_dir = os.path.expanduser("~/Library/Caches")
        case _:
            base_dir = environment.get("XDG_CACHE_HOME", "")
            if not os.path.isabs(base_dir):  # relative paths are invalid by the XDG specification
                base_dir = os.path.expanduser("~/.cache")
    return os.path.join(base_dir, "event-translator") if os.path.isabs(base_dir) else None


class CacheFile:
    """One file of the cache. `key` is part of its name, and of the digest that protects it."""

    suffix = ""

    def __init__(self, folder: str, key: str) -> None:
        self._folder = folder
        self._file = os.path.join(folder, key + self.suffix)
        self.key = key

    def read(self) -> bytes | None:
        """Return the content if the file exists and is intact."""
        try:
            if not _is_private(os.lstat(self._folder), stat.S_ISDIR):
                return None
            descriptor = os.open(self._file, os.O_RDONLY | _OPEN_FLAGS)
            with open(descriptor, "rb") as file:
                if not _is_private(os.fstat(descriptor), stat.S_ISREG):
                    return None
                data = file.read()
        except (OSError, ValueError):
            return None
        digest, content = data[:_DIGEST_SIZE], data[_DIGEST_SIZE:]
        return content if digest == self._digest(content) else None

    def write(self, content: bytes) -> None:
        """Write the content atomically, whoever else writes it at the same time."""
        with suppress(OSError, ValueError):
            os.makedirs(os.path.dirname(self._folder), exist_ok=True)
            with suppress(FileExistsError):
                os.mkdir(self._folder, 0o700)
            if not _is_private(os.lstat(self._folder), stat.S_ISDIR):
                return
            self._make_room()
            self._replace(self._digest(content) + content)

    def _replace(self, data: bytes) -> None:
        temp_path = f"{self._file}.{os.getpid()}.{os.urandom(4).hex()}{_TEMP_SUFFIX}"
        descriptor = os.open(temp_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN_FLAGS, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
            os.replace(temp_path, self._file)
        except BaseException:
            with suppress(OSError):
                os.unlink(temp_path)
            raise

    def _make_room(self) -> None:
        """Remove the oldest files, and leftovers of killed writers, above the maximum."""
        with os.scandir(self._folder) as entries:
            files = [file for file in entries if file.name.endswith((self.suffix, _TEMP_SUFFIX))]
        surplus = len(files) - MAX_FILES + 1
        if surplus <= 0:
            return
        write_times = {}
        for file in files:
            with suppress(OSError):
                write_times[file.path] = file.stat(follow_symlinks=False).st_mtime_ns
        for path in sorted(write_times, key=write_times.__getitem__)[:surplus]:
            with suppress(OSError):
                os.unlink(path)

    def _digest(self, data: bytes) -> bytes:
        return blake2b(data, digest_size=_DIGEST_SIZE, key=self.key.encode()).digest()


class CacheEntry(CacheFile):
    """The place of one plan in the cache; `key` identifies what it is compiled from."""

    suffix = ".plan"

    def load(self) -> Plan | None:
        """Return the plan if it is cached and intact."""
        data = self.read()
        return None if data is None else from_bytes(data)

    def store(self, plan: Plan) -> None:
        """Cache the plan."""
        self.write(to_bytes(plan))


class UnitsFile(CacheFile):
    """The results of the last analyses of some folders; `key` identifies analysis and folders."""

    suffix = ".units"


def find_cache_entry(
    folders: object,
    source: str,
    target: str,
    param_names: Iterable[str],
    crosswalks: Mapping[str, Any] | None,
    allow: Iterable[str] | None,
    *,
    validate: bool,
    guard: bool,
) -> CacheEntry | None:
    """Return the place of the plan for these arguments; None if there is no cache or no route."""
    if not isinstance(folders, Folders) or folders.cache_dir is None:
        return None
    fingerprint, files = source_fingerprint(), read_inputs(folders, source, target)
    if fingerprint is None or files is None:
        return None
    checks = bool(validate), bool(guard)
    options = (sorted(param_names), sorted(crosswalks or ()), opt_in_names(allow), checks)
    return CacheEntry(folders.cache_dir, cache_key(files, fingerprint, source, target, options))


def cache_key(files: Iterable[tuple[str, bytes]], *description: object) -> str:
    """Return a key for what is computed from files (paths and contents) and other values."""
    files = tuple(files)
    sizes = [(path, len(data)) for path, data in files]
    text = repr((*description, sizes))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=24)
    for _, data in files:
        digest.update(data)
    return digest.hexdigest()


def read_inputs(folders: Folders, source: str, target: str) -> list[tuple[str, bytes]] | None:
    """Return the paths and contents of the files that a translation is compiled from.

    First the specs of its route, then the mappings. Returns None if there is no route, or a file
    cannot be read. Later readers of `folders` see the same contents.
    """
    paths = folders.route_files(source, target)
    if paths is None:
        return None
    try:
        contents = [(path, folders.file(path).read_bytes()) for path in paths]
    except OSError:
        return None
    folders.contents.update(contents)
    return contents


@cache
def source_fingerprint() -> tuple[object, ...] | None:
    """Identify this package's source and the interpreter; None if the source has no files.

    Covers every module of the package, so that editing the compiler invalidates its plans. Computed
    once per process, when this module is imported: later edits do not affect what it runs.
    """
    package = os.path.dirname(os.path.dirname(__file__))
    files = (os.path.join(folder, name) for folder, _, names in os.walk(package) for name in names)
    try:
        statuses = [(path, os.stat(path)) for path in sorted(files) if path.endswith(".py")]
    except OSError:
        return None
    modules = [(path, status.st_size, status.st_mtime_ns) for path, status in statuses]
    # Without modules, the package was imported from an archive.
    return (sys.version, sys.flags.optimize, *modules) if modules else None


def _is_private(status: os.stat_result, is_type: Any) -> bool:
    """Return whether a file has this type, and only the current user can have written it."""
    is_owned = not hasattr(os, "geteuid") or (
        status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS
    )
    return is_owned and bool(is_type(status.st_mode))


source_fingerprint()
