"""The installed distributions that requirements need."""

from __future__ import annotations

import re
from importlib.metadata import distribution

from packaging.requirements import Requirement


def normalise(name: str) -> str:
    """Return the name of a distribution as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required_distributions(requirements: list[str]) -> set[str]:
    """Return the normalised names of the direct and indirect requirements."""
    visited: set[str] = set()
    pending = [(Requirement(text), "") for text in requirements]
    while pending:
        requirement, extra = pending.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        key = f"{normalise(requirement.name)}[{','.join(sorted(requirement.extras))}]"
        if key in visited:
            continue
        visited.add(key)
        for text in distribution(requirement.name).requires or []:
            pending += [(Requirement(text), extra) for extra in ("", *requirement.extras)]
    return {key.partition("[")[0] for key in visited}
