"""Read and write Parquet files: a row is a line of JSON.

Importing this requires the extra `arrow`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from translator.arrow import as_binary, is_json_type, join_lines
from translator.cli.exits import UsageError
from translator.streaming.compression import BlockReader, DamagedFile, Sink

EVENT_COLUMN: Final = "event"
"""The column of a written file."""

DEFAULT_COLUMN: Final = "value"
"""The column of a file that is read if it has this column, and no other is given."""

_BLOCK_SIZE: Final = 256 * 1024
"""Approximate number of bytes to read at once."""

_MAX_BATCH_ROWS: Final = 4096

_ROW_GROUP_SIZE: Final = 4 * 1024 * 1024
"""Number of bytes of JSON after which a row group is written."""

_EncodeRows = Callable[[pa.RecordBatch], bytes]
"""Encodes each row of a batch as a line of JSON; the line of a row without a value is blank."""


def open_rows(file: BinaryIO, name: str, column: str | None) -> BlockReader:
    """Return a reader of the rows of a Parquet file, as lines.

    The events are the values of `column`. If it is None, they are those of the only column, or of
    `DEFAULT_COLUMN`, if that holds JSON; otherwise a row is an event, whose fields are the columns.

    Raises `UsageError`, if the file or its schema cannot be used; reading raises `DamagedFile`.
    """
    try:
        parquet = pq.ParquetFile(file, buffer_size=_BLOCK_SIZE)
    except (pa.ArrowException, OSError) as error:
        size = file.seek(0, 2) if file.seekable() else None
        reason = "the file is empty" if size == 0 else str(error).partition("\n")[0]
        message = f"cannot read {name!r} as a Parquet file: {reason.rstrip('.')}"
        raise UsageError(message) from error
    schema = parquet.schema_arrow
    column = _find_column(schema, name, column)
    if column is not None:
        encode, columns = _value_encoder(column), [column]
    else:
        encode, columns = _row_encoder(schema, name), None
    size, rows = sum(_group_sizes(parquet.metadata)), parquet.metadata.num_rows
    batch_rows = min(max(_BLOCK_SIZE * rows // max(size, 1), 1), _MAX_BATCH_ROWS)
    batches = parquet.iter_batches(batch_rows, columns=columns, use_threads=False)
    return BlockReader(_encode_batches(batches, encode, name))


def _group_sizes(metadata: Any) -> Iterator[int]:
    for index in range(metadata.num_row_groups):
        yield metadata.row_group(index).total_byte_size


def _find_column(schema: pa.Schema, name: str, column: str | None) -> str | None:
    """Return the column that holds JSON, None if the rows are the events."""
    names = schema.names
    if column is None:
        default = names[0] if len(names) == 1 else DEFAULT_COLUMN
        has_default = names.count(default) == 1 and is_json_type(schema.field(default).type)
        return default if has_default else None
    if names.count(column) != 1:
        amount = "several columns" if column in names else "no column"
        columns = ", ".join(map(repr, names)) or "none"
        raise UsageError(f"--column: {name!r} has {amount} {column!r} (its columns: {columns})")
    kind = schema.field(column).type
    if not is_json_type(kind):
        raise UsageError(f"--column: {column!r} of {name!r} has the type {kind}, not strings")
    return column


def _encode_batches(
    batches: Iterator[pa.RecordBatch], encode: _EncodeRows, name: str
) -> Iterator[bytes]:
    row = 0
    try:
        for batch in batches:
            yield encode(batch)
            row += len(batch)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise DamagedFile(None, f"cannot read {name} after row {row}: {reason}") from error


def _value_encoder(column: str) -> _EncodeRows:
    def encode(batch: pa.RecordBatch) -> bytes:
        return join_lines(as_binary(batch.column(column), column).fill_null(b"")) + b"\n"

    return encode


def _row_encoder(schema: pa.Schema, name: str) -> _EncodeRows:
    """Return what encodes each row as an object of its columns, without nulls."""
    fields = [(field.name, _encodable_type(field.type, field.name, name)) for field in schema]
    if len({*schema.names}) < len(fields):
        raise UsageError(f"{name!r} has several columns of the same name; name one by --column")
    # It writes NaN and Infinity, which the reader of lines refuses, where msgspec writes null.
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_format_time)

    def encode(batch: pa.RecordBatch) -> bytes:
        arrays = [batch.column(column).cast(kind) for column, kind in fields]
        rows = pa.RecordBatch.from_arrays(arrays, names=[column for column, _ in fields])
        lines = map(encoder.encode, map(_omit_nulls, rows.to_pylist(maps_as_pydicts="strict")))
        return "".join(f"{line}\n" for line in lines).encode()

    return encode


def _encodable_type(kind: pa.DataType, column: str, name: str) -> pa.DataType:
    """Return the type to cast a column to, so that Python has its values. Raises `UsageError`."""
    types = pa.types
    if types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    if types.is_dictionary(kind):
        return _encodable_type(kind.value_type, column, name)
    if types.is_struct(kind):
        return pa.struct(
            [
                field.with_type(_encodable_type(field.type, f"{column}.{field.name}", name))
                for field in kind
            ]
        )
    if types.is_map(kind) and types.is_string(kind.key_type):
        return pa.map_(kind.key_type, _encodable_type(kind.item_type, f"{column}.*", name))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(_encodable_type(kind.value_type, f"{column}[]", name))
    if any(is_type(kind) for is_type in _ENCODABLE):
        return kind
    message = f"the column {column!r} of {name!r} has the type {kind}, which JSON does not have"
    raise UsageError(
        f"{message}; convert it, for example to a string, or name a column of JSON by --column"
    )


_ENCODABLE: Final = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_date,
    pa.types.is_null,
)


def _omit_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _omit_nulls(field) for name, field in value.items() if field is not None}
    if isinstance(value, list):
        return [_omit_nulls(item) for item in value]
    return value


def _format_time(value: date) -> str:
    return value.isoformat().replace("+00:00", "Z")


class ParquetWriter:
    """A sink that writes lines as the rows of a Parquet file; it is complete after `finish`.

    The file has one column of strings, `EVENT_COLUMN`.
    """

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._schema = pa.schema([(EVENT_COLUMN, pa.string())])
        self._written = _Blocks()
        self._writer = pq.ParquetWriter(self._written, self._schema, use_dictionary=False)
        self._lines: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> int:
        """Add bytes of lines, which need not be whole."""
        self._lines.append(data)
        self._size += len(data)
        if self._size >= _ROW_GROUP_SIZE and data.endswith(b"\n"):
            self._write_rows()
        return len(data)

    def _write_rows(self) -> None:
        lines = b"".join(self._lines).split(b"\n")[:-1]
        self._lines.clear()
        self._size = 0
        rows = pa.table([pa.array(lines, pa.string())], schema=self._schema)
        self._writer.write_table(rows)
        self._written.move_to(self._target)

    def finish(self) -> None:
        """Write the remaining rows and the end of the file."""
        if self._lines:
            self._write_rows()
        self._writer.close()
        self._written.move_to(self._target)

    def flush(self) -> None:
        """Do nothing: a row group has many rows."""


class _Blocks:
    """A file that keeps what is written until it is moved on.

    A writer of pyarrow that is not closed still writes the end of its file when it is deleted;
    this keeps such an end out of an output that is not complete.
    """

    closed = False

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._position = 0

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def move_to(self, target: Sink) -> None:
        """Write what was written to another sink."""
        for block in self._blocks:
            target.write(block)
        self._blocks.clear()
