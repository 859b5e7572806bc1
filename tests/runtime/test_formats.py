"""How texts are told before a validator is imported, and after."""

from __future__ import annotations

import subprocess
import sys

import pytest

from translator.runtime import formats

TEXTS = [
    "2024-05-01T12:00:00Z", "2024-02-29T12:00:00Z", "2024-05-01t12:00:60.5+02:00", "2024-05-01",
    "2024-05-01T12:00:00Z\n", "0190163d-8694-739b-aea5-966c26f8ad91", "", "\ud800", "１",
    "0190163D-8694-739B-AEA5-966C26F8AD91", "0190163d8694739baea5966c26f8ad91",
    "0190163d-8694-739b-aea5-966c26f8ad91\n", 7, None, True, [], {},
]  # fmt: skip


@pytest.mark.parametrize("ask", [formats.is_common_rfc3339, formats.is_uuid])
def test_the_first_are_told_as_all_others(ask: object) -> None:
    """What a text is said to be does not hang on how many were asked for before."""
    name = getattr(ask, "__name__", "")
    program = (
        f"from translator.runtime.formats import {name} as ask\nimport sys\n"
        f"told = [[ask(one) for one in {TEXTS!r}] for _ in range(20)]\n"
        "print('jsonschema_rs' in sys.modules, len({str(one) for one in told}), told[0])\n"
    )
    early = f"import sys\nfrom translator.runtime.formats import {name} as ask\nask('')\n" + (
        "print('jsonschema_rs' in sys.modules)"
    )
    out = [
        subprocess.run([sys.executable, "-c", one], capture_output=True, text=True, check=True)
        for one in (program, early)
    ]
    assert out[0].stdout.startswith("True 1 ") and "True, False" in out[0].stdout
    assert out[1].stdout == "False\n"
