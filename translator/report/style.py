"""How reports are laid out: the width of their tables and their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from translator.report.printable import Printable, printable

Colour = Literal["bold", "dim", "red", "green", "yellow", "blue", "cyan"]

_CODES: Final[dict[Colour, int]] = {
    "bold": 1,
    "dim": 2,
    "red": 31,
    "green": 32,
    "yellow": 33,
    "blue": 34,
    "cyan": 36,
}
"""The parameter of the escape sequence that selects each colour."""


@dataclass(frozen=True, slots=True)
class Style:
    """The number of columns of the terminal (None: no limit), and whether it shows colours."""

    width: int | None = None
    colours: bool = False

    def paint(self, text: str, colour: Colour) -> Printable:
        """Return one line in a colour; each word is coloured by itself, so that it can wrap."""
        line = printable(text)
        if not self.colours:
            return line
        words = (f"\x1b[{_CODES[colour]}m{word}\x1b[0m" if word else "" for word in line.split(" "))
        return Printable(" ".join(words))


PLAIN: Final = Style()
"""The style of files and pipes."""
