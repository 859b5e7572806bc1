"""Mutants take seconds to list, so runs without slow tests do not collect this folder."""

from __future__ import annotations

import pytest


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Ignore the folder in runs without slow tests."""
    return True if config.option.markexpr == "not nightly" else None
