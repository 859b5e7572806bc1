"""Print a digest of the compiled code of each pair and of its translations of the examples.

python -m tests.tools.digest
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from tests.tools.arguments import callers, translator
from tests.tools.shipped import PAIRS, ROOT
from translator import TranslationError


def lines() -> Iterator[str]:
    """One line for each pair of formats."""
    for source, target in PAIRS:
        compiled = translator(source, target, callers()[1])
        digest = hashlib.sha256(compiled.python.encode())
        for line in (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines():
            try:
                outcome = json.dumps(compiled.translate_all(json.loads(line)))
            except TranslationError as error:
                outcome = str(error)
            digest.update(outcome.encode())
        yield f"{source} {target} {digest.hexdigest()}"


if __name__ == "__main__":
    print(*lines(), sep="\n")
