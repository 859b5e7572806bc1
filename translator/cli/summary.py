"""The summary of a run as JSON, for programs that start runs; docs/cli.md describes its fields."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from translator.catalog.discovery import Folders
from translator.cli.run import Summarize
from translator.engine.cache import read_inputs
from translator.streaming.pipeline import Counts


def summarizer(
    arguments: Namespace, sources: Sequence[str], folders: Folders, start: float
) -> Summarize:
    """Return the function that makes the summary of a run that began at `start`.

    Reads the specs and mappings of the route into `folders`, so that the run uses what is hashed.
    """
    inputs = read_inputs(folders, arguments.source, arguments.target) or []
    hashes = [{"path": path, "sha256": sha256(data).hexdigest()} for path, data in inputs]
    mapping_count = len(hashes) // 2  # a route has one mapping less than it has specs
    specs, mappings = hashes[: mapping_count + 1], hashes[mapping_count + 1 :]

    def summarize(counts: Counts, exit_code: int, stopped_at: str | None) -> dict[str, Any]:
        return {
            "version": _version(),
            "source": arguments.source,
            "target": arguments.target,
            "files": list(sources),
            "params": sorted(name for name, _ in arguments.param),
            "crosswalks": sorted(name for name, _ in arguments.crosswalk),
            "allow": sorted(set(arguments.allow)),
            "strict": arguments.strict,
            "accept": sorted(set(arguments.accept)),
            "specs": specs,
            "mappings": mappings,
            "seconds": round(time.monotonic() - start, 3),
            "exit_code": exit_code,
            "complete": stopped_at is None,
            "stopped_at": stopped_at,
            "read": counts.read,
            "written": counts.written,
            "rejected": counts.reject_count,
            "rejects": dict(sorted(counts.rejects_by_code.items())),
            "losses": _losses(counts),
        }

    return summarize


def _losses(counts: Counts) -> list[dict[str, Any]] | None:
    """List the losses by kind and path; a path of None has those beyond the counted paths."""
    totals = counts.loss_totals
    if totals is None:
        return None
    return [
        {"kind": kind, "path": path, "count": count} for kind, path, count in totals.sorted_counts()
    ]


def _version() -> str | None:
    try:
        return version("event-translator")
    except PackageNotFoundError:
        return None
