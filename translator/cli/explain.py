"""`translator explain`: what happens to each field of an event, and where each result is from."""

from __future__ import annotations

import argparse
import os
from typing import Any

from translator.analysis.explain import Explanation, explain_event
from translator.catalog.catalog import Catalog
from translator.cli import options
from translator.cli.console import output_style
from translator.cli.exits import DONE, REJECTED, UsageError
from translator.cli.files import STANDARD_INPUT, STANDARD_STREAM, print_out, write_text
from translator.cli.run import Files, LineFormat, is_same_file, translate_files
from translator.engine.bindings import Params
from translator.engine.translator import Event, Translator
from translator.report.events_page import MAX_EVENTS, render_event_svg, render_events
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
event was refused. --html draws the events as an HTML page, --svg the first one
as a picture; nothing is printed then.
"""

EXAMPLES = """\
  translator explain {source} {target} events.ndjson --param timezone=Europe/Berlin
  translator explain {source} {target} events.ndjson --output-format json
  translator explain {source} {target} events.ndjson --html events.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    options.add_pair_arguments(parser)
    options.add_input_arguments(parser, "read request bodies, one per line")
    options.add_output_format(parser)
    about = f"draw the first {MAX_EVENTS} events as an HTML page in OUT"
    parser.add_argument("--html", metavar="OUT", help=about)
    about = "draw the first event as an SVG picture in OUT"
    parser.add_argument("--svg", metavar="OUT", help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.wrapped and arguments.envelope:
        raise UsageError("--wrapped and --envelope cannot be combined")
    outputs = {"--html": arguments.html, "--svg": arguments.svg}
    draws = any(outputs.values())
    if draws and arguments.output_format != "text":
        raise UsageError("--output-format cannot be combined with --html or --svg")
    for option, path in outputs.items():
        is_stream = STANDARD_STREAM in (path, arguments.file)
        if path and not is_stream and is_same_file(path, arguments.file):
            raise UsageError(f"{option} and FILE name the same file, {path}")
    folders = options.build_folders(arguments)
    translator = options.build_translator(arguments, folders)
    shows_text = arguments.output_format == "text"
    explainer = (
        _Collector(translator)
        if draws
        else _Explainer(translator, output_style(arguments.color) if shows_text else None)
    )
    framing: Framing = wrapped_framing if arguments.wrapped else bare_framing
    if arguments.envelope:
        envelope = translator.envelopes[0]
        if envelope is None:
            problem = f"{arguments.source} has no request bodies (x-envelope in the spec)"
            raise UsageError(f"--envelope: {problem}")
        framing = BodyFraming(envelope)
    code = translate_files(explainer, Files((arguments.file,)), LineFormat(framing), quiet=True)
    if isinstance(explainer, _Collector) and code in (DONE, REJECTED):
        _write_drawings(arguments, Catalog.from_folders(folders), explainer)
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


class _Collector:
    """A translator that keeps the explanations of the first events, and counts all."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self.explanations: list[Explanation] = []
        self.count = 0
        self.has_refusals = False

    def translate_all(self, event: Event, params: Params | None = None) -> list[dict[str, Any]]:
        explanation = explain_event(self._translator, event, params)
        self.has_refusals = self.has_refusals or explanation.refusal is not None
        self.count += 1
        if self.count <= MAX_EVENTS:
            self.explanations.append(explanation)
        return []


def _write_drawings(arguments: argparse.Namespace, catalog: Catalog, collector: _Collector) -> None:
    is_standard = arguments.file == STANDARD_STREAM
    name = STANDARD_INPUT if is_standard else os.path.basename(arguments.file)
    if arguments.svg:
        if not collector.explanations:
            raise UsageError(f"--svg: {name} has no event to draw")
        write_text(arguments.svg, render_event_svg(catalog, collector.explanations[0]))
    if arguments.html:
        pair = (arguments.source, arguments.target)
        events, count = collector.explanations, collector.count
        write_text(arguments.html, render_events(catalog, pair, events, count, name))
