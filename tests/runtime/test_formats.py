"""Matchers of formats before and after they import the validator."""

from __future__ import annotations

import subprocess
import sys

import pytest

VALUES = [
    "2024-05-01T12:00:00Z", "2024-02-29T12:00:00Z", "2024-05-01t12:00:60.5+02:00", "2024-05-01",
    "2024-05-01T12:00:00Z\n", "0190163d-8694-739b-aea5-966c26f8ad91", "", "\ud800", "１",
    "0190163D-8694-739B-AEA5-966C26F8AD91", "0190163d8694739baea5966c26f8ad91",
    "0190163d-8694-739b-aea5-966c26f8ad91\n", 7, None, True, [], {},
]  # fmt: skip


def output_of(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("name", ["is_common_rfc3339", "is_uuid"])
def test_the_validator_agrees_with_the_pattern(name: str) -> None:
    """A matcher gives the same results before and after it imports the validator."""
    header = f"import sys\nfrom translator.runtime.formats import {name} as matches\n"
    rounds = header + (
        f"rounds = [[matches(value) for value in {VALUES!r}] for _ in range(20)]\n"
        "print('jsonschema_rs' in sys.modules, len(set(map(str, rounds))), rounds[0])\n"
    )
    assert output_of(rounds).startswith("True 1 [")
    assert "True, False" in output_of(rounds)
    assert output_of(f"{header}matches('')\nprint('jsonschema_rs' in sys.modules)") == "False\n"
