"""Compare what two revisions make of the examples, for all pairs: outputs, rejects and losses.

    python -m tests.tools.compare_outputs 8d999c3

compares the working tree with a revision. Outputs must be equal byte for byte; of rejects, the
line, code, path and event; of losses, the line, place, kind and path. Messages may differ.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import permutations
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ("aisquare", "cobi", "goshops", "interaction", "miso")
PARAMS = {
    "project": "shop-1",
    "user": "u-1001",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "resource_type": "quest",
    "item_type": "OFFER",
}
REJECT_FIELDS = ("line", "code", "path", "event")
LOSS_FIELDS = ("line", "at", "kind", "path")


def install(tree: Path, site: Path) -> None:
    """Copy the package of a checkout to `site`, laid out as a wheel installs it."""
    shutil.copytree(tree / "translator", site / "translator")
    for data in ("specs", "mappings", "generated"):
        shutil.copytree(tree / data, site / "translator" / data)


def run(site: Path, *arguments: object) -> str:
    """Run Python with an installed copy, and return its standard output."""
    environment = {**os.environ, "PYTHONPATH": str(site), "TRANSLATOR_CACHE": str(site / "plans")}
    command = [sys.executable, "-P", *map(str, arguments)]
    done = subprocess.run(
        command, check=False, env=environment, cwd=site, capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} exited with {done.returncode}\n{done.stderr}")
    return done.stdout


def pair_params(site: Path) -> dict[tuple[str, str], list[str]]:
    """Return the params of each pair of an installed copy."""
    code = (
        "import json\n"
        "from translator import Catalog\n"
        "print(json.dumps([\n"
        "    (pair.source, pair.target, [use.name for use in pair.params])\n"
        "    for pair in Catalog().pairs()\n"
        "]))"
    )
    return {(source, target): names for source, target, names in json.loads(run(site, "-c", code))}


def snapshot(site: Path, source: str, target: str, params: list[str]) -> dict[str, object]:
    """Translate the examples of one pair, and return what must stay the same."""
    out, rejects, losses = (site / f"{name}.ndjson" for name in ("out", "rejects", "losses"))
    options = [part for name in params for part in ("--param", f"{name}={PARAMS[name]}")]
    if {source, target} <= {"aisquare", "cobi"}:
        options += ["--crosswalk", f"items={ROOT / 'examples' / 'items.csv'}"]
    examples = ROOT / "examples" / f"{source}.ndjson"
    files = ("-o", out, "--rejects", rejects, "--losses", losses)
    run(
        site, "-m", "translator", "translate", source, target, examples, *options, *files, "--quiet"
    )
    return {
        "outputs": out.read_bytes(),
        "rejects": _records(rejects, REJECT_FIELDS),
        "losses": _records(losses, LOSS_FIELDS),
    }


def _records(file: Path, fields: tuple[str, ...]) -> list[list[object]]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [[json.loads(line).get(field) for field in fields] for line in lines]


def main() -> None:
    """Compare the working tree with a revision; exit with 1 if anything differs."""
    (revision,) = sys.argv[1:] or ("HEAD",)
    with tempfile.TemporaryDirectory() as folder:
        tree, old, new = (Path(folder) / name for name in ("tree", "old", "new"))
        subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, revision], check=True)
        try:
            install(tree, old)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], check=True)
        install(ROOT, new)
        params = pair_params(new)
        differing = 0
        for source, target in permutations(FORMATS, 2):
            before, after = (snapshot(site, source, target, params[source, target])
                             for site in (old, new))  # fmt: skip
            parts = [name for name in before if before[name] != after[name]]
            differing += bool(parts)
            state = f"{', '.join(parts)} differ" if parts else "the same"
            counts = ", ".join(f"{len(after[name])} {name}" for name in ("rejects", "losses"))  # type: ignore[arg-type]
            outputs = len(after["outputs"].splitlines())  # type: ignore[attr-defined]
            print(f"{source:<12} {target:<12} {state} ({outputs} outputs, {counts})")
    print(f"{differing} of 20 pairs differ")
    raise SystemExit(bool(differing))


if __name__ == "__main__":
    main()
