"""The lock of a folder of specs: where each imported spec came from, with SHA-256."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from translator.errors import TranslatorError, truncate
from translator.schema.openapi import LOCK_FILE

_NAME: Final = re.compile(r"[^\W_](?:\w|-(?!-))*")

_Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class LockedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file and the hash of its content. `file` is relative to the folder of the lock."""

    file: Annotated[str, msgspec.Meta(min_length=1)]
    sha256: _Sha256


class LockedSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a spec was imported: from the first of `files`, which refers to the others.

    `event` is the pointer of the event's schema in it. `sha256` is the hash of the spec.
    """

    event: str
    files: Annotated[tuple[LockedFile, ...], msgspec.Meta(min_length=1)]
    sha256: _Sha256
    overlay: LockedFile | None = None


class _Lock(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[1]
    specs: dict[str, LockedSpec]


def check_name(name: str) -> None:
    """Raise `TranslatorError` if a format cannot have this name."""
    if not _NAME.fullmatch(name):
        rule = "use letters, digits, _ and single -, beginning with a letter or digit"
        raise TranslatorError(f"{truncate(name)!r} cannot be the name of a format: {rule}")


def read_lock(folder: Path) -> dict[str, LockedSpec]:
    """Return the imported specs of a folder by name; none if it has no lock.

    Raises `TranslatorError` if the lock cannot be read.
    """
    path = folder / LOCK_FILE
    try:
        specs = msgspec.json.decode(path.read_bytes(), type=_Lock).specs
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TranslatorError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        remedy = "restore it from version control, or remove it and import the specs again"
        problem = f"{path} is not a lock of imported specs: {truncate(str(error))}"
        raise TranslatorError(f"{problem}; {remedy}") from error
    for name in specs:
        check_name(name)
    return specs


def render_lock(specs: Mapping[str, LockedSpec]) -> bytes:
    """Return the content of a lock."""
    data = {"version": 1, "specs": dict(sorted(specs.items()))}
    return render_json(msgspec.to_builtins(data))


def render_json(data: object) -> bytes:
    """Return data in the layout of specs."""
    return f"{json.dumps(data, indent=2, ensure_ascii=False)}\n".encode()


def sha256(content: bytes) -> str:
    """Return the hash of a file's content."""
    return hashlib.sha256(content).hexdigest()


def relative_path(file: Path, folder: Path) -> str:
    """Return the path of a file relative to a folder, with forward slashes.

    Links to folders are resolved, but not a link to the file.
    """
    real_path = os.path.join(os.path.realpath(file.parent), file.name)
    try:
        return os.path.relpath(real_path, os.path.realpath(folder)).replace(os.sep, "/")
    except ValueError:  # on another drive
        return real_path.replace(os.sep, "/")


def locate(path: str, folder: Path) -> Path:
    """Return the file that has this path relative to a folder."""
    real_path = os.path.normpath(os.path.join(os.path.realpath(folder), path))
    try:
        return Path(real_path if folder.is_absolute() else os.path.relpath(real_path))
    except ValueError:
        return Path(real_path)
