"""Law 6, as a check of one event: what is lost is said, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from tests.tools.reporting import leaves
from translator.results import Loss

WORDS = frozenset(
    ("action", "type", "event", "interaction_type", "item_type", "kind", "resource_type",
     "custom_action", "custom_action_name")
)  # fmt: skip
"""The members whose values are words, which each format has its own of."""


def hold_accounted(
    event: Any, outputs: list[dict[str, Any]], losses: Sequence[Loss], *, crossed: Collection[str]
) -> None:
    """Fail unless each leaf of an event is reported or stands in an output.

    And unless each report is of something there. Ids that have `crossed` to other names may stand
    in the outputs under those.
    """
    changed = {loss.path for loss in losses if loss.kind != "carried"}
    written = [value for one in outputs for _, value in leaves(one)]
    for path, value in leaves(event):
        if path in changed or _name(path) in WORDS:
            continue
        if any(_says(one, value) for one in crossed):
            continue  # a crosswalk gave it another name
        if value == {} and path.startswith("$.carried."):
            continue  # no field of a vendor is nothing to carry
        if value == {} and any(_holds(one, _name(path)) for one in outputs):
            continue  # what was empty holds what was carried
        assert any(_says(one, value) for one in written) or _joined(outputs, value), path
    known = {path for path, _ in leaves(event)}
    for loss in losses:
        assert any(_is_at_or_in(path, loss.path) for path in known), loss
        assert loss.because or loss.kind in ("carried", "normalised"), loss


def _is_at_or_in(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _name(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]


def _holds(value: Any, name: str) -> bool:
    """Whether there is an object of that name anywhere in an output."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get(name), dict) or any(_holds(one, name) for one in value.values())


def _says(written: Any, value: Any) -> bool:
    """Whether an output's leaf is what the event had, or a text that it became a part of."""
    if written == value and isinstance(written, bool) == isinstance(value, bool):
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isinstance(written, str) and written.endswith(f":{int(value)}")


def _joined(outputs: list[dict[str, Any]], value: Any) -> bool:
    """Whether a text was split into a type and a number, or is the number of such a text."""
    return any(
        value in (f"{one['resource_type']}:{one['resource_id']}", str(one["resource_id"]))
        for one in outputs
        if "resource_id" in one
    )
