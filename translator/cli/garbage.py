"""Collect garbage less often while a command makes many objects that live."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COMPILING: Final = 500_000
"""Number of objects after which to collect while many pairs are compiled: about 90 MiB."""


@contextmanager
def rare_collections(threshold: int) -> Iterator[None]:
    """Collect after `threshold` new objects, and not among those that exist already.

    To look for cycles among objects that are in use takes time and finds nothing.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(threshold, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
