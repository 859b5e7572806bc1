"""Check mappings completely in another process: it takes seconds, and translations must not wait.

Threads would share one interpreter, so that each translation took twice as long meanwhile.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from translator.catalog.catalog import Catalog
from translator.catalog.discovery import Folders
from translator.errors import Diagnostic, TranslatorError
from translator.play.evaluate import Evaluator, Names, Texts


class _Request(NamedTuple):
    route: Sequence[str]
    texts: Texts
    names: Names


class Checker:
    """Runs `Evaluator.check` in a process, which is started when it is first needed."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._worker: tuple[Any, Connection] | None = None
        self._is_closed = False

    def check(self, route: Sequence[str], texts: Texts, names: Names) -> tuple[Diagnostic, ...]:
        """Return the findings. Raises `TranslatorError`, and `OSError` if the process ends."""
        if self._worker is None:
            context = get_context("spawn")  # a fork would copy locks that other threads hold
            own, other = context.Pipe()
            process = context.Process(target=_serve, args=(other, self._folders), daemon=True)
            process.start()
            other.close()
            self._worker = process, own
        _, connection = self._worker
        try:
            connection.send(_Request(route, texts, names))
            result: tuple[Diagnostic, ...] | str = connection.recv()
        except (EOFError, OSError) as error:
            if self._is_closed:
                raise TranslatorError("the playground ends") from error
            self._end()
            raise OSError("the process that checks mappings has ended") from error
        if isinstance(result, str):
            raise TranslatorError(result)
        return result

    def close(self) -> None:
        """End the process, for good; a check that runs in it fails."""
        self._is_closed = True
        self._end()

    def _end(self) -> None:
        if self._worker is not None:
            process, connection = self._worker
            self._worker = None
            process.kill()
            process.join()
            connection.close()


def _serve(connection: Connection, folders: Folders) -> None:
    """Answer requests until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    if hasattr(os, "nice"):
        os.nice(10)
    evaluator = Evaluator(Catalog.from_folders(folders))
    with suppress(EOFError, OSError):
        while True:
            request: _Request = connection.recv()
            result: tuple[Diagnostic, ...] | str
            try:
                result = evaluator.check(*request)
            except TranslatorError as error:
                result = str(error)
            connection.send(result)
