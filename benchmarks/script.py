"""The small work as a script written by hand, without checks: FILE to standard output."""

from __future__ import annotations

import sys

import orjson

from benchmarks.handwritten import goshops_to_miso


def main() -> None:
    """Translate the file."""
    loads, dumps, end = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    write = sys.stdout.buffer.write
    with open(sys.argv[1], "rb", 256 * 1024) as file:
        for line in file:
            write(dumps(goshops_to_miso(loads(line)), None, end))


if __name__ == "__main__":
    main()
