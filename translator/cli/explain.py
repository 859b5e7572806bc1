"""`translator explain`: what happens to each field of an event, and where each result is from."""

from __future__ import annotations

import argparse
from typing import Any

from translator.analysis.explain import explain_event
from translator.cli import options
from translator.cli.console import output_style
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import print_out
from translator.cli.run import Files, LineFormat, translate_files
from translator.engine.bindings import Params
from translator.engine.translator import Event, Translator
from translator.report.explain import render_text, to_data
from translator.report.printable import Printable, join_printable, printable
from translator.report.style import Style
from translator.results import ENCODER
from translator.streaming.framing import BodyFraming, wrapped_framing
from translator.streaming.pipeline import Framing, bare_framing

DESCRIPTION = """\
Read one event per line, as translate does. For each event, show what happens to
every field, with the reason and the mapping rule, and where every field of its
translations comes from. Refusals are explained too. The exit code is 1 if an
event was refused.
"""

EXAMPLES = """\
  translator explain {source} {target} events.ndjson --param timezone=Europe/Berlin
  translator explain {source} {target} events.ndjson --output-format json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    options.add_pair_arguments(parser)
    options.add_input_arguments(parser, "read request bodies, one per line")
    options.add_output_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.wrapped and arguments.envelope:
        raise UsageError("--wrapped and --envelope cannot be combined")
    translator = options.build_translator(arguments)
    shows_text = arguments.output_format == "text"
    explainer = _Explainer(translator, output_style(arguments.color) if shows_text else None)
    framing: Framing = wrapped_framing if arguments.wrapped else bare_framing
    if arguments.envelope:
        envelope = translator.envelopes[0]
        if envelope is None:
            problem = f"{arguments.source} has no request bodies (x-envelope in the spec)"
            raise UsageError(f"--envelope: {problem}")
        framing = BodyFraming(envelope)
    code = translate_files(explainer, Files((arguments.file,)), LineFormat(framing), quiet=True)
    return REJECTED if explainer.has_refusals and code == DONE else code


class _Explainer:
    """A translator that writes explanations of events to standard output instead of events.

    They are JSON if there is no style.
    """

    def __init__(self, translator: Translator, style: Style | None) -> None:
        self._translator, self._style = translator, style
        self._separator = Printable()
        self.has_refusals = False

    def translate_all(self, event: Event, params: Params | None = None) -> list[dict[str, Any]]:
        explanation = explain_event(self._translator, event, params)
        self.has_refusals = self.has_refusals or explanation.refusal is not None
        if self._style is None:
            print_out(printable(ENCODER.encode(to_data(explanation)).decode()))
            return []
        text = render_text(explanation, self._style)
        print_out(join_printable([self._separator, text], ""))
        self._separator = Printable("\n")
        return []
