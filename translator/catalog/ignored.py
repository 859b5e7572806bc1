"""Find files in the caller's folders that look like specs or mappings, but are not read.

Their name has another ending, or they are in a subfolder or in a folder for the other kind.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from translator.catalog.discovery import (
    ENDINGS,
    Folders,
    Kind,
    is_read,
    mapping_key,
)
from translator.errors import Diagnostic, Location, TranslatorError
from translator.schema.openapi import LOCK_FILE, OVERLAY_ENDING

_EXAMPLES = "examples"

_PLAUSIBLE_ENDINGS = ("", ".json", ".jsonc", ".json5", ".txt", ".yaml", ".yml")

_HEAD_SIZE = 64 * 1024
"""Bytes of a file in which to look for the key that only specs or only mappings have."""

_KEYS: dict[Kind, re.Pattern[bytes]] = {
    "spec": re.compile(rb"""(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:""", re.MULTILINE),
    "mapping": re.compile(rb"""(?:^|[{,])\s*["']?between["']?\s*:""", re.MULTILINE),
}


def find_ignored(folders: Folders) -> Iterator[Diagnostic]:
    """Yield a finding for each ignored file, and for each folder without a spec or mapping.

    The published specs that those of a folder were imported from may lie anywhere.
    """
    sources = {path for folder in folders.given for path in _source_files(folder)}
    for finding in _find_ignored(folders):
        if os.path.realpath(finding.location.file) not in sources:
            yield finding


def _source_files(folder: str) -> Iterator[str]:
    """Yield the real paths of the files that the lock of a folder names."""
    if os.path.exists(os.path.join(folder, LOCK_FILE)):
        from translator.importing.lock import locate, read_lock

        with suppress(TranslatorError):  # `translator spec update` reports it
            for spec in read_lock(Path(folder)).values():
                for source in spec.files:
                    yield os.path.realpath(locate(source.file, Path(folder)))


def _find_ignored(folders: Folders) -> Iterator[Diagnostic]:
    for folder, kinds in folders.given.items():
        names = _list_names(folder)
        if not any(is_read(name, kind) for kind in kinds for name in names):
            sought = " and no ".join(f"{kind} (NAME{ENDINGS[kind][0]})" for kind in sorted(kinds))
            message, hint = f"the folder has no {sought}", "add one, or name another folder"
            yield Diagnostic("empty-folder", Location(folder), message, hint)
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isdir(path):
                yield from _check_file(folder, name, kinds)
            elif name == _EXAMPLES and "mapping" in kinds:
                yield from _check_examples(path, names)
            elif os.path.normpath(path) not in folders.given:
                yield from _check_subfolder(folder, path)
        if "mapping" in kinds:
            yield from _check_same_formats(folder, names)


def _list_names(folder: str) -> list[str]:
    with suppress(OSError):
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    return []


def _check_file(folder: str, name: str, kinds: set[Kind]) -> Iterator[Diagnostic]:
    path = os.path.join(folder, name)
    kind = None if any(is_read(name, kind) for kind in kinds) else kind_of(path)
    if kind is None:
        return
    if kind not in kinds:
        (other,) = kinds
        problem = f"{folder} is a folder of {other}s"
        hint = f"move it to a folder of {kind}s, or name this folder with --{kind}s too"
    else:
        problem = f"its name does not end in {' or '.join(ENDINGS[kind])}"
        hint = f"rename it to {_expected_name(name, kind)}"
        if kind == "spec" and ".y" in name:
            hint = f"specs are JSON files: {import_hint(path)}"
    yield _ignored(path, f"this {kind} is ignored, because {problem}", hint)


def _check_subfolder(folder: str, subfolder: str) -> Iterator[Diagnostic]:
    for name in _list_names(subfolder):
        path = os.path.join(subfolder, name)
        if kind := kind_of(path):
            message = f"this {kind} is ignored, because subfolders are not searched"
            hint = f"move it to {os.path.join(folder, _expected_name(name, kind))}, "
            hint += f"or name its folder with --{kind}s"
            yield _ignored(path, message, hint)


def _check_examples(folder: str, mappings: list[str]) -> Iterator[Diagnostic]:
    for name in _list_names(folder):
        stem, ending = os.path.splitext(name)
        own = [mapping for mapping in mappings if is_read(mapping, "mapping")]
        stems = {os.path.splitext(mapping)[0]: mapping for mapping in reversed(own)}
        is_example = is_read(name, "mapping") and stem in stems
        if ending.lower() in ENDINGS["mapping"] and not is_example:
            message = "these examples are ignored, because no mapping beside the folder has "
            hint = "give the file the name of its mapping"
            if stem in stems:
                hint = f"rename it to {stems[stem]}"
            path = os.path.join(folder, name)
            yield _ignored(path, f"{message}the name {name}", hint)


def _check_same_formats(folder: str, names: list[str]) -> Iterator[Diagnostic]:
    first_names: dict[frozenset[str], str] = {}
    for name in names:
        if is_read(name, "mapping"):
            first = first_names.setdefault(mapping_key(os.path.splitext(name)[0]), name)
            if first != name:
                message = f"this mapping is ignored, because {first} relates the same formats"
                yield _ignored(os.path.join(folder, name), message, "keep one of them")


def import_hint(path: str) -> str:
    """Return how to make a spec of a file in another form."""
    name = os.path.splitext(os.path.basename(path))[0]
    return f"convert it with `translator spec import {path} --name {name}`"


def kind_of(path: str) -> Kind | None:
    """Return what a file looks like; None if it is something else or cannot be read."""
    name = os.path.basename(path)
    if name == LOCK_FILE or name.endswith(OVERLAY_ENDING):
        return None
    if os.path.splitext(path)[1].lower() in _PLAUSIBLE_ENDINGS and os.path.isfile(path):
        with suppress(OSError), open(path, "rb") as file:
            head = file.read(_HEAD_SIZE)
            return next((kind for kind, key in _KEYS.items() if key.search(head)), None)
    return None


def _expected_name(name: str, kind: Kind) -> str:
    stem, ending = os.path.splitext(name)
    while ending and ending.lower() in _PLAUSIBLE_ENDINGS:
        name = stem
        stem, ending = os.path.splitext(name)
    return name + ENDINGS[kind][0]


def _ignored(path: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic("ignored-file", Location(path, 1, 1), message, hint, "warning")
