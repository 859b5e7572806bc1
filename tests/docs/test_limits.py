"""The table of limits, against what the code holds."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT
from translator import errors
from translator.engine import losses
from translator.language import yaml_tree
from translator.schema import spec
from translator.streaming import ndjson
from translator.validation import events

MIB = 1024 * 1024


def _table() -> dict[str, str]:
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    section = page.partition("## Limits")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return {of: most for of, most, _ in rows if of != "of"}


def test_each_limit_is_what_the_code_holds() -> None:
    """The numbers of the page are those of the code."""
    assert _table() == {
        "a line of a stream": f"{ndjson.MAX_LINE // MIB} MiB",
        "lists and objects in one another, in a line": str(ndjson.MAX_DEPTH),
        "digits of an integer, in a line": "4300",
        "violations told of one event": str(events.MAX_VIOLATIONS),
        "losses that a `would-lose` names": str(losses.MAX_LISTED),
        "a mapping": f"{yaml_tree.MAX_BYTES // MIB} MiB",
        "lists and maps in one another, in a mapping": str(yaml_tree.MAX_DEPTH),
        "aliases, anchors and tags in a mapping": "0",
        "characters of a number, in a mapping": str(yaml_tree.MAX_DIGITS),
        "a spec": f"{spec.MAX_BYTES // MIB} MiB",
        "objects and lists in one another, in a spec": str(spec.MAX_NESTING),
        "schemas of an event, references followed": f"{spec.MAX_SCHEMAS:,}",
        "findings of each stage that reads a file": str(errors.MAX_DIAGNOSTICS),
        "characters of a message of a finding": str(errors.MAX_MESSAGE_LENGTH),
    }
    assert (events.MAX_DEPTH, events.LARGE_EVENT) == (ndjson.MAX_DEPTH, 10_000)


def test_the_longest_integer_of_a_line() -> None:
    """4300 digits are read, one more is refused."""
    assert ndjson.read_line(b"9" * 4300, is_first=False) == int("9" * 4300)
    refused = ndjson.read_line(b"9" * 4301, is_first=False)
    assert isinstance(refused, ndjson.UnreadableLine)
    assert refused.code == "too-many-digits"
