"""Read published files: YAML 1.2 or JSON, also compressed by gzip."""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import Any

import yaml

from translator.errors import Diagnostic, Location, SpecError
from translator.schema.openapi import spec_error
from translator.schema.spec import MAX_BYTES, MAX_NESTING, decode_spec

MAX_VALUES = 2_000_000
"""Maximum number of values in a file, with YAML aliases followed."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _CoreLoader(_Loader):  # type: ignore[misc]
    """A safe loader of YAML 1.2: dates, `yes` and `12:30` are strings."""


_CoreLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", "<<", "<"),
):
    _regex = re.compile(f"^(?:{_pattern})$")
    _letters = ["" if letter == "\0" else letter for letter in _first]
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _regex, _letters)


def _construct_integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = node.value
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)


_CoreLoader.add_constructor("tag:yaml.org,2002:int", _construct_integer)


def read_document(path: Path) -> Any:
    """Return what a file holds; keys of its objects are strings. Raises `SpecError`."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return _read_yaml(path)
    return _read_json(path)


class _Bytes:
    """The decompressed content of a file."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self._data = name, data

    def read_bytes(self) -> bytes:
        return self._data


def _read_json(path: Path) -> Any:
    if path.suffix != ".gz":
        return decode_spec(path, str(path))
    try:
        with gzip.open(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        hint = "check its name, its permissions and that it is compressed by gzip"
        raise spec_error("spec-file", str(path), "", message, hint) from error
    return decode_spec(_Bytes(path.name, data), str(path))


def _read_yaml(path: Path) -> Any:
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        hint = "check its name and its permissions"
        raise spec_error("spec-file", file, "", message, hint) from error
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES} bytes"
        raise spec_error("spec-size", file, "", message, "remove what is not needed")
    try:
        document = yaml.load(data.decode(), Loader=_CoreLoader)
        return _checked(document, file)
    except UnicodeDecodeError as error:
        message = f"not UTF-8 at byte {error.start}"
        raise spec_error("yaml-encoding", file, "", message, "save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        hint = "correct it, or ask its publisher for a correct file"
        finding = Diagnostic("yaml-syntax", place, f"not YAML: {problem}", hint)
        raise SpecError([finding]) from error
    except (RecursionError, ValueError, TypeError) as error:
        message = "the YAML cannot be written as JSON"
        hint = "use keys, numbers and nesting that JSON has too"
        raise spec_error("yaml-syntax", file, "", message, hint) from error


def _checked(document: Any, file: str) -> Any:
    """Return the document with strings as keys; refuse one that aliases make huge or endless."""
    sizes: dict[int, int] = {}
    copies: dict[int, Any] = {}

    def copy(value: Any, depth: int) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(value)
        if not isinstance(value, dict | list):
            return value
        if id(value) in sizes:
            return copies[id(value)]
        if depth > MAX_NESTING:
            message = f"objects and lists are nested more than {MAX_NESTING} levels deep"
            raise spec_error("spec-depth", file, "", message, "flatten it")
        inner = value.values() if isinstance(value, dict) else value
        copied = [copy(each, depth + 1) for each in inner]
        size = 1 + sum(sizes.get(id(each), 1) for each in inner)
        if size > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES} values with its aliases followed"
            raise spec_error("spec-size", file, "", message, "remove what is not needed")
        sizes[id(value)] = size
        keys = map(_key, value) if isinstance(value, dict) else ()
        copies[id(value)] = (
            dict(zip(keys, copied, strict=True)) if isinstance(value, dict) else copied
        )
        return copies[id(value)]

    return copy(document, 0)


def _key(key: Any) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return str(key)
