"""How the command line ends: its exit codes, and the error of asking for what cannot be done."""

from __future__ import annotations

from typing import Final

DONE: Final = 0

REJECTED: Final = 1

USAGE: Final = 2

DEFECT: Final = 70

WORKER_LOST: Final = 71

IO_FAILED: Final = 74

INTERRUPTED: Final = 130

TERMINATED: Final = 143

EXIT_CODES_HELP: Final = """\
exit codes:
  0    done, nothing was rejected (generate --check: nothing differs)
  1    something was rejected (generate --check: something differs)
  2    what was asked for cannot be done: wrong usage, an unknown name, a
       file that cannot be opened
  70   a defect of this program
  71   a worker process was ended from outside
  74   reading or writing failed on the way (a full disk, say)
  130  interrupted by Ctrl-C; 143  ended by SIGTERM
"""
"""The exit codes as the help shows them."""


class UsageError(Exception):
    """What was asked for cannot be done as asked; the text says why."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""
