"""`translator explain`: what became of each member of an event, and where each came from."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from translator.analysis.explain import explain_event
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.options import add_pair_arguments, build_translator
from translator.cli.run import Files, LineFormat, translate_file
from translator.engine.translator import Translator
from translator.report.explain import render_text, to_data
from translator.streaming.pipeline import Framing, bare_framing

TEXT = """\
Reads events as translate does, one per line, and says of each what became of
every member, with the reason and the rule, and where every member of its
translations comes from. A refusal is explained in the same way. Exits with 1
where an event was refused.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair_arguments(parser)
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="events to read; - is standard input"
    )
    parser.add_argument(
        "--wrapped",
        action="store_true",
        help='read lines of the form {"event": …, "params": {…}}',
    )
    parser.add_argument("--envelope", action="store_true", help="read request bodies, one a line")
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="text by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; gives the exit code."""
    from translator.streaming.framing import BodyFraming, wrapped_framing
    from translator.streaming.pipeline import bare_framing

    translator = build_translator(arguments)
    show = print_out if arguments.output_format == "text" else None
    explaining = _Explainer(translator, show)
    if arguments.wrapped and arguments.envelope:
        raise UsageError("--wrapped and --envelope: events come either way, not both")
    if not arguments.envelope:
        framing = wrapped_framing if arguments.wrapped else bare_framing
        return _explain_file(explaining, arguments.file, framing)
    source_envelope = translator.envelopes[0]
    if source_envelope is None:
        message = f"--envelope: {arguments.source} has no request bodies (x-envelope of a spec)"
        raise UsageError(message)
    return _explain_file(explaining, arguments.file, BodyFraming(source_envelope))


def _explain_file(explainer: _Explainer, file: str, form: Framing = bare_framing) -> int:
    """Explain each event of a file; gives the exit code.

    Lines that are no events are shown on standard error, as `translate` does.
    """
    code = translate_file(explainer, Files(file), LineFormat(form), quiet=True)
    return REJECTED if explainer.has_refusals and code == DONE else code


class _Explainer:
    """A translator that explains events: as data, or as text that it passes to `show`."""

    def __init__(self, translator: Translator, show: Callable[[str], None] | None = None) -> None:
        self._translator, self._show = translator, show
        self._separator = ""
        self.has_refusals = False

    def translate_all(
        self, event: dict[str, Any], params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return the explanation of one event, as an event to write."""
        explanation = explain_event(self._translator, event, params)
        self.has_refusals = self.has_refusals or explanation.refusal is not None
        if self._show is None:
            return [to_data(explanation)]
        colours = sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._show(self._separator + render_text(explanation, colours=colours))
        self._separator = "\n"
        return []
