"""Bodies of requests: how a vendor's upload holds events, read from lines and written to them.

A spec says it by `x-envelope`: the pointer of the schema of such a body, an object whose one
required member is a list of events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from translator.compressed import Sink
from translator.plan import Envelope
from translator.streams import ENCODER, Rejected, Result, Translates, result

if TYPE_CHECKING:
    from translator.spec import Spec


def envelope(spec: Spec) -> Envelope | None:
    """How bodies of a format hold events; None where its spec knows of no bodies."""
    from translator.openapi import resolve

    pointer = spec.document.get("x-envelope")
    if pointer is None:
        return None
    schema = resolve(spec.document, pointer, spec.file)
    (member,) = schema["required"]
    listed = schema["properties"][member]
    return Envelope(member, listed.get("maxItems"))


@dataclass(frozen=True, slots=True)
class Bodies:
    """The form of a line that is a body: each of its events has a result of its own.

    A body may hold any number of events, however few the vendor takes at once.
    """

    envelope: Envelope

    def __call__(self, number: int, value: Any, translator: Translates) -> Iterator[Result]:
        """The result of each event of a body."""
        member = self.envelope.member
        events = value.get(member) if isinstance(value, dict) else None
        if not isinstance(events, list) or len(value) != 1:
            message = f'the line is not a body {{"{member}": [events]}} and nothing else'
            yield Rejected(number, "invalid-body", "$", message, value)
            return
        step = f".{member}" if member.isidentifier() else f"[{member!r}]"
        for index, event in enumerate(events):
            yield result(number, event, translator, f"${step}[{index}]")


class BodyWriter:
    """Puts events, which come as lines of JSON, into bodies of at most `most`, a body a line.

    What `target` has got is whole bodies once `finish` was called, and after an error of writing
    nothing more is written.
    """

    def __init__(self, target: Sink, envelope: Envelope, most: int | None) -> None:
        self._target = target
        self._most = most
        self._begin = b"{" + ENCODER.encode(envelope.member) + b":["
        self._held = 0

    def write(self, lines: bytes, /) -> int:
        """Put the events into bodies; the last one stays open for more."""
        for event in lines.split(b"\n")[:-1]:
            self._target.write(b"," if self._held else self._begin)
            self._target.write(event)
            self._held += 1
            if self._held == self._most:
                self.finish()
        return len(lines)

    def finish(self) -> None:
        """Close the body that is open, if one is."""
        if self._held:
            self._held = 0
            self._target.write(b"]}\n")

    def flush(self) -> None:
        """Give on what was written."""
        self._target.flush()
