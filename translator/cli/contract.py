"""`translator contract`: what survives a round trip through another format."""

from __future__ import annotations

import argparse

from translator.analysis.contract import contract, find_needs
from translator.catalog.catalog import Catalog
from translator.cli import options
from translator.cli.config import load_config
from translator.cli.console import output_style
from translator.cli.exits import DONE
from translator.cli.files import print_out
from translator.report.roundtrip import render_json, render_text

DESCRIPTION = """\
For each kind of event of SOURCE, report what survives the translation to TARGET
and back: which fields return unchanged, in another spelling, under conditions
or not at all; the step that loses a field, and why; which values survive; and
which params are needed. The contract is derived from the mappings. It assumes
that all params are given, unless --param names those that are, and only the
opt-ins and crosswalks that --allow and --crosswalk name.
"""

EXAMPLES = """\
  translator contract {source} {target}
  translator contract {source} {target} --param timezone --crosswalk items
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", metavar="SOURCE", help="format of the original events")
    parser.add_argument("target", metavar="TARGET", help="format to translate to and back from")
    for option, about in (
        ("--param", "assume that only this param is given ('' for none)"),
        ("--crosswalk", "assume that this crosswalk is given"),
        ("--allow", "enable an opt-in of the mappings"),
    ):
        options.add_repeatable(parser, option, about, metavar="NAME")
    options.add_output_format(parser)
    options.add_folder_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    catalog = options.build_catalog(arguments)
    params = [name for name in arguments.param if name] if arguments.param else None
    source, target = arguments.source, arguments.target
    allow, crosswalks = _configured(arguments, catalog)
    result = contract(catalog, source, target, params=params, allow=allow, crosswalks=crosswalks)
    needs = find_needs(catalog, result)
    if arguments.output_format == "json":
        print_out(render_json(result, needs))
    else:
        print_out(render_text(result, needs, output_style(arguments.color)))
    return DONE


def _configured(arguments: argparse.Namespace, catalog: Catalog) -> tuple[list[str], list[str]]:
    """Return the opt-ins and crosswalks of the command line and of the configuration."""
    config = load_config(arguments)
    allow, crosswalks = list(arguments.allow), list(arguments.crosswalk)
    pair = config.pair(arguments.source, arguments.target)
    if config.file:
        steps = catalog.steps(arguments.source, arguments.target)
        mappings = [step.directed.mapping for step in steps]
        opt_ins = {name for mapping in mappings for name in mapping.opt_ins}
        tables = {name for mapping in mappings for name in mapping.crosswalks}
        defaults = config.defaults
        allow += [*pair.allow, *opt_ins.intersection(defaults.allow)]
        crosswalks += [*pair.crosswalks, *tables.intersection(defaults.crosswalks)]
    return allow, crosswalks
