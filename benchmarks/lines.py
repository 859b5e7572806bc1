"""Ways from a file of NDJSON to another: the translator's stream, and loops written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from translator import Translator
from translator.streams import translate_stream

Run = Callable[[Any], Any]
Copy = Callable[[Path, Path], None]

_BUFFER = 256 * 1024


def stream(translator: Translator) -> Copy:
    """The translator's stream; rejects go to a file beside the target.

    What reads events into structs is compiled beforehand, as after the first 2 MiB of a stream.
    """
    assert translator.reader is not None

    def copy(source: Path, target: Path) -> None:
        with (
            open(source, "rb", _BUFFER) as read,
            open(target, "wb", _BUFFER) as write,
            open(f"{target}.rejects", "wb", _BUFFER) as rejects,
        ):
            translate_stream(read, write, translator, rejects=rejects)

    return copy


def orjson_unchanged() -> Copy:
    """The measure of streams: each line parsed and written again by orjson."""
    import orjson

    def copy(source: Path, target: Path) -> None:
        loads, dumps, end = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
        with open(source, "rb", _BUFFER) as read, open(target, "wb", _BUFFER) as write:
            for line in read:
                write.write(dumps(loads(line), None, end))

    return copy


def orjson_through(run: Run, *, several: bool = False) -> Copy:
    """Each line parsed by orjson, passed through `run`, and written by orjson."""
    import orjson

    def copy(source: Path, target: Path) -> None:
        loads, dumps, end = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
        with open(source, "rb", _BUFFER) as read, open(target, "wb", _BUFFER) as write:
            if several:
                for line in read:
                    for one in run(loads(line)):
                        write.write(dumps(one, None, end))
            else:
                for line in read:
                    write.write(dumps(run(loads(line)), None, end))

    return copy


def msgspec_unchanged() -> Copy:
    """Each line parsed and written again by msgspec."""

    def copy(source: Path, target: Path) -> None:
        decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
        with open(source, "rb", _BUFFER) as read, open(target, "wb", _BUFFER) as write:
            for line in read:
                write.write(encode(decode(line)))
                write.write(b"\n")

    return copy


def json_unchanged() -> Copy:
    """Each line parsed and written again by the standard library."""

    def copy(source: Path, target: Path) -> None:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        with open(source, "rb", _BUFFER) as read, open(target, "wb", _BUFFER) as write:
            for line in read:
                write.write(encode(json.loads(line)).encode() + b"\n")

    return copy
