"""Other tools doing the same work, where they are installed (`benchmarks/requirements.txt`)."""

from __future__ import annotations

from benchmarks.work import Run, Work


def of(work: Work) -> tuple[dict[str, Run], list[str]]:
    """The peers that are there, by name; and a line for each that is not."""
    return {}, []
