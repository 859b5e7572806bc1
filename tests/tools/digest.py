"""Prints a digest of everything that the examples become, and of the code that does it.

python -m tests.tools.digest
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from tests.tools.arguments import callers, translator
from tests.tools.judging import PAIRS, ROOT
from translator import TranslationError


def lines() -> Iterator[str]:
    """One line for each pair of formats."""
    caller = callers()[1]
    for source, target in PAIRS:
        made = translator(source, target, caller)
        digest = hashlib.sha256(made.python.encode())
        for line in (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines():
            try:
                said = json.dumps(made.translate_all(json.loads(line)))
            except TranslationError as error:
                said = str(error)
            digest.update(said.encode())
        yield f"{source} {target} {digest.hexdigest()}"


if __name__ == "__main__":
    for one in lines():
        print(one)
