"""Other tools doing the same work, where they are installed (`benchmarks/requirements.txt`).

Each peer gets what makes it fast: expressions are compiled beforehand, lookups that its own
language lacks are Python functions where it takes them. Date-times with an offset are passed on as
they are; only the translator and the functions written by hand look at them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from benchmarks.work import Run, Work

Event = dict[str, Any]
Judge = Callable[[Event], object]

_MAPPERS = {
    "cattrs, in and out": ("cattrs", "by_cattrs"),
    "glom": ("glom", "by_glom"),
    "jmespath": ("jmespath", "by_jmespath"),
    "jsonata-python": ("jsonata", "by_jsonata"),
    "jsonbender": ("jsonbender", "by_jsonbender"),
    "pydantic, in and out": ("pydantic", "by_pydantic"),
}
"""By name: what is imported, and the module beside this one that has the work in its language."""

_VALIDATORS = {
    "jsonschema-rs": "jsonschema_rs",
    "fastjsonschema": "fastjsonschema",
    "jsonschema": "jsonschema",
}
_DISTRIBUTIONS = {"jsonata": "jsonata-python", "jsonschema_rs": "jsonschema-rs"}


NAMES = (*_MAPPERS, *(f"{name}, then by hand" for name in _VALIDATORS))
"""All peers that do the work; the last ones judge an event and leave the work to a function."""


def peer(name: str, work: Work) -> Run | None:
    """What does the work; None if it is not installed."""
    if name in _MAPPERS:
        package, module = _MAPPERS[name]
        if find_spec(package) is None:
            return None
        runs: dict[tuple[str, str], Run] = import_module(f"benchmarks.{module}").PAIRS
        return runs[work.pair]
    validator = name.partition(",")[0]
    if find_spec(_VALIDATORS[validator]) is None:
        return None
    return _judged(_judge(validator, work), work.by_hand_valid)


def validators(work: Work) -> dict[str, Judge]:
    """What only says whether an event is valid: functions that raise where it is not."""
    return {
        f"{name}, validation only": _judge(name, work)
        for name, package in _VALIDATORS.items()
        if find_spec(package) is not None
    }


def versions() -> list[str]:
    """The versions of the peers that are installed."""
    packages = [package for package, _ in _MAPPERS.values()] + [*_VALIDATORS.values(), "orjson"]
    names = sorted({_DISTRIBUTIONS.get(one, one) for one in packages if find_spec(one)})
    return [f"{name} {version(name)}" for name in names]


def _judge(validator: str, work: Work) -> Judge:
    judge: Judge = import_module("benchmarks.validators").JUDGES[validator](work.source)
    return judge


def _judged(judge: Judge, run: Run) -> Run:
    def judged(event: Event) -> Any:
        judge(event)
        return run(event)

    return judged
