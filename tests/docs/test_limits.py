"""The table of limits in docs/errors.md agrees with the code."""

from __future__ import annotations

from tests.docs.pages import ROOT, rows
from translator import errors
from translator.engine import losses
from translator.language import yaml_tree
from translator.schema import spec
from translator.streaming import ndjson
from translator.validation import events

MIB = 1024 * 1024


def test_listed_limits_are_the_limits_of_the_code() -> None:
    """Each limit in the table has the value of its constant."""
    table = {row[0]: row[1] for row in rows(ROOT / "docs" / "errors.md", "Limits")}
    assert table == {
        "length of a line of a stream": f"{ndjson.MAX_LINE // MIB} MiB",
        "nesting of a line": str(ndjson.MAX_DEPTH),
        "digits of an integer in a line": "4300",
        "reported violations of an event": str(events.MAX_VIOLATIONS),
        "losses listed by a `would-lose`": str(losses.MAX_LISTED),
        "size of a mapping": f"{yaml_tree.MAX_BYTES // MIB} MiB",
        "nesting of a mapping": str(yaml_tree.MAX_DEPTH),
        "aliases, anchors and tags in a mapping": "0",
        "length of a number in a mapping": str(yaml_tree.MAX_DIGITS),
        "size of a spec": f"{spec.MAX_BYTES // MIB} MiB",
        "nesting of a spec": str(spec.MAX_NESTING),
        "schemas of an event, with references followed": f"{spec.MAX_SCHEMAS:,}",
        "findings of each stage that reads a file": str(errors.MAX_DIAGNOSTICS),
        "length of a finding's message": str(errors.MAX_MESSAGE_LENGTH),
    }
    assert (events.MAX_DEPTH, events.LARGE_EVENT) == (ndjson.MAX_DEPTH, 10_000)


def test_integers_of_a_line_have_at_most_4300_digits() -> None:
    """An integer of 4300 digits is read, one more digit is refused."""
    assert ndjson.read_line(b"9" * 4300, is_first=False) == int("9" * 4300)
    refused = ndjson.read_line(b"9" * 4301, is_first=False)
    assert isinstance(refused, ndjson.Unreadable)
    assert refused.code == "too-many-digits"
