"""Change the compiler in many ways, and test that the law of small formats notices each.

Each mutation is a fault in the code that writes and checks the output. It is applied to a copy of
the package, whose law is then tested until the first finding.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[3]


class Mutation(NamedTuple):
    """A fault in a file of the package: text that occurs once, and what replaces it."""

    fault: str
    file: str
    old: str
    new: str


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "a maximum is one too strict",
        "compiler/checks.py",
        "        limit = getattr(target, bound)\n",
        '        limit = getattr(target, bound)\n        if limit and bound == "maximum":\n'
        "            limit -= 1\n",
    ),
    Mutation(
        "a maximum length is one too short",
        "compiler/checks.py",
        'f"len({name}) <= {max_length}"',
        'f"len({name}) < {max_length}"',
    ),
    Mutation(
        "true is one of the values of an enum with 1",
        "compiler/checks.py",
        'return f"is_one_of({name}, {pool',
        'return f"({name} in {pool',
    ),
    Mutation(
        "a value is not validated by the whole schema of its field",
        "compiler/checks.py",
        '    return [*checks, Check(f"(problem',
        '    return checks or [Check("True", "")]\n    return [*checks, Check(f"(problem',
    ),
    Mutation(
        "a value is written without a check",
        "compiler/objects.py",
        "fits = value.type is target or is_subtype(value.type, target)",
        "fits = True",
    ),
    Mutation(
        "an object that is built is not validated as a whole",
        "compiler/objects.py",
        "        if target.exact and are_fields_valid:\n",
        "        if are_fields_valid:\n",
    ),
    Mutation(
        "an object with invalid fields is not validated as a whole",
        "compiler/objects.py",
        "        if target.exact and are_fields_valid:\n",
        "        if target.exact:\n",
    ),
    Mutation(
        "free keys do not make an object incomplete",
        "compiler/objects.py",
        "        are_fields_valid = not isinstance(target, Object) or not _has_required(target)\n",
        "        are_fields_valid = True\n",
    ),
    Mutation(
        "added fields do not make an object incomplete",
        "compiler/objects.py",
        "        are_fields_valid = not _has_required(target)\n        if isinstance(node",
        "        are_fields_valid = True\n        if isinstance(node",
    ),
    Mutation(
        "a copied object with added fields is not validated",
        "compiler/objects.py",
        "            are_fields_valid = is_subtype(node.base.type, part)\n",
        "            are_fields_valid = True\n",
    ),
    Mutation(
        "the name of a free key is not validated",
        "compiler/objects.py",
        "are_names_valid = all(accepts(key_type(target), name) for name in free_names)",
        "are_names_valid = True",
    ),
    Mutation(
        "a required field that is absent is not refused",
        "compiler/objects.py",
        "        check_block.add(emitter.raise_line(repr(refusal.message)), condition=condition)\n",
        "",
    ),
    Mutation(
        "null is written through a hub that has no null",
        "compiler/assignments.py",
        "        holds_null = value.holds_null and accepts(target_type, None)\n",
        "        holds_null = True\n",
    ),
    Mutation(
        "null is written though not allowed",
        "compiler/objects.py",
        "value.holds_null and accepts(target, None)",
        "value.holds_null",
    ),
    Mutation(
        "the type of a value with a default ignores the default",
        "compiler/assignments.py",
        "is_default_proved = isinstance(default, Unset) or accepts(proved_type, default)",
        "is_default_proved = True",
    ),
    Mutation(
        "a default is written without a check",
        "compiler/assignments.py",
        "if assigner.options.guarded and not accepts(target_type, default):",
        "if False:",
    ),
    Mutation(
        "the items of a list are proved without a proof",
        "validation/subtypes.py",
        "                and is_subtype(source.items, target.items)\n",
        "",
    ),
    Mutation(
        "the values of an enum are proved without a proof",
        "validation/subtypes.py",
        "        return all(accepts(target, value) for value in source.enum)",
        "        return True",
    ),
    Mutation(
        "a required field of a copied object is proved without a proof",
        "validation/subtypes.py",
        "    return source.required and (not is_nullable",
        "    return (not is_nullable",
    ),
    Mutation(
        "a string is proved to have a format it may lack",
        "validation/subtypes.py",
        "    return not target.format or source.format == target.format",
        "    return True",
    ),
    Mutation(
        "an exclusive bound is proved by an inclusive one",
        "validation/subtypes.py",
        "low <= target.above and source",
        "low < target.above and source",
    ),
    Mutation(
        "a key that appears twice replaces a value",
        "runtime/values.py",
        "    if key in target:\n        message",
        "    if False:\n        message",
    ),
    Mutation(
        "a free key replaces a named field",
        "runtime/values.py",
        "    if key in named:\n        message",
        "    if False:\n        message",
    ),
    Mutation(
        "a free key without a name is written",
        "runtime/values.py",
        "    if key is None:\n        message",
        "    if False:\n        message",
    ),
    Mutation(
        "gaps in a list of objects are written as null",
        "runtime/values.py",
        "    missing = values.count(None)\n",
        "    missing = 0\n",
    ),
    Mutation(
        "a carried value is not validated",
        "runtime/values.py",
        "if problem_of is not None and (found",
        "if False and (found",
    ),
    Mutation(
        "a copied object keeps fields unknown to the target",
        "runtime/values.py",
        "if (nested_plan := plan.fields.get(key, plan.others)) is not False",
        "if (nested_plan := plan.fields.get(key, plan.others or None)) is not False",
    ),
    Mutation(
        "a copy keeps nulls",
        "runtime/values.py",
        "            and (item is not None or key in plan.nulls)\n",
        "",
    ),
    Mutation(
        "15.0 is written to an integer field",
        "runtime/values.py",
        "return int(value) if isinstance(value, float) and",
        "return int(value) if False and",
    ),
    Mutation(
        "a value that does not fit is not skipped",
        "compiler/checks.py",
        'scope.block.add(f"{name} = None", condition=f"{null_check}not ({test})")',
        "pass",
    ),
)


def find_case(mutation: Mutation | None, seed: int, cases: int) -> str:
    """Return the first finding of the law about the package with a mutation; empty if none."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        root = Path(folder)
        shutil.copytree(
            PROJECT / "translator",
            root / "translator",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (root / "tests").symlink_to(PROJECT / "tests")
        if mutation is not None:
            apply(mutation, root)
        law = [sys.executable, "-m", "tests.laws.small_formats", "--first"]
        run = subprocess.run(
            [*law, "--seed", str(seed), "--cases", str(cases)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"^case \d+: .*", run.stdout, re.MULTILINE)
    if run.returncode and found is None:
        raise RuntimeError(f"the law cannot be tested: {run.stderr.strip()[-2000:]}")
    return found[0] if found else ""


def apply(mutation: Mutation, root: Path) -> None:
    """Change the one place that a mutation names."""
    path = root / "translator" / mutation.file
    text = path.read_text("utf-8")
    count = text.count(mutation.old)
    if count != 1:
        raise ValueError(f"{mutation.fault}: {mutation.file} has {count} times {mutation.old!r}")
    path.write_text(text.replace(mutation.old, mutation.new), "utf-8")


def main() -> int:
    """Print which mutations the law notices; the exit code says whether it misses one."""
    parser = argparse.ArgumentParser(prog="tests.laws.small_formats.mutations")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="runs of the law")
    parser.add_argument("--cases", type=int, default=1500, help="cases of each run")
    parser.add_argument("--only", default="", help="test only faults whose name contains this")
    arguments = parser.parse_args()
    missed = 0
    for mutation in MUTATIONS:
        if arguments.only not in mutation.fault:
            continue
        start = time.monotonic()
        for run, seed in enumerate(arguments.seeds):
            if found := find_case(mutation, seed, arguments.cases):
                number, _, group = found.removeprefix("case ").partition(": ")
                count = run * arguments.cases + int(number) + 1
                result = f"noticed after {count} cases: {group}"
                break
        else:
            missed += 1
            result = f"MISSED in {len(arguments.seeds) * arguments.cases} cases"
        seconds = time.monotonic() - start
        print(f"{mutation.file}: {mutation.fault}: {result} ({seconds:.0f} s)", flush=True)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
