"""Exit codes of the command line, and the exceptions that lead to them."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
REJECTED: Final = 1
USAGE: Final = 2
TOO_MANY_REJECTS: Final = 3
INTERNAL_ERROR: Final = 70
WORKER_LOST: Final = 71
IO_FAILED: Final = 74
INTERRUPTED: Final = 130
TERMINATED: Final = 143

EXIT_CODES_HELP: Final = """\
exit codes:
  0    success; nothing was rejected, and no problem was found
  1    events were rejected, or a check or comparison found a problem
  2    the command cannot run: wrong usage, an unknown name, a file that cannot
       be opened, or a spec or mapping that cannot be used
  3    more events were rejected than --max-rejects allows
  70   a bug in translator
  71   a worker process was killed
  74   reading or writing failed during the run (for example, the disk is full)
  130  interrupted by Ctrl-C
  143  terminated by SIGTERM
"""


class UsageError(Exception):
    """The command cannot run as requested; the message says why."""


class TooManyRejects(Exception):
    """More events were rejected than the user allows; the message says how many."""


class Terminated(KeyboardInterrupt):
    """The process received SIGTERM."""
