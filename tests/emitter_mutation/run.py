"""Mutate the emitter: change one thing at a time, and see whether the suite notices.

    python -m tests.emitter_mutation.run [--module NAME]... [--sample N] [--seed N] [--jobs N]

Each mutant is run in a process of its own, first against recorded events, then, if nobody noticed,
against those tests about the engine that take seconds. What was found is kept in
build/emitter_mutation.ndjson and not looked for again; `--again` looks again at the survivors.
Those that were looked at and change nothing are listed in survivors.yaml.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import Any

from tests.emitter_mutation.mutants import Mutant, mutants
from tests.emitter_mutation.survivors import listed
from tests.emitter_mutation.swapping import PACKAGE, remember, swap

ROOT = PACKAGE.parent
FOUND = ROOT / "build" / "emitter_mutation.ndjson"
MODULES = (
    "moving", "converting", "rowmatch", "dispatch", "variants", "hop", "writing", "templates",
    "joining", "copying", "carrying", "guards", "noting", "sameness", "vetting", "structs",
    "symbols", "trees", "runtime", "selectors", "inverse", "fitting",
)  # fmt: skip
SUITE = ("tests/checker/test_fitting.py", "tests/judging", "tests/structs", "tests/engine",
         "tests/proof", "tests/explain", "tests/flow")  # fmt: skip
"""The tests about what recorded events do not show, the quickest first."""

LEAST_SECONDS = 20
"""A mutant is given ten times as long as the engine as it is, and at least so many seconds."""

SUITE_SECONDS = 1800


@dataclass(frozen=True)
class Found:
    """What became of a mutant: killed, timeout, survived; and by what it was noticed.

    One that recorded events do not notice is `unnoticed` until the suite has been asked.
    """

    mutant: Mutant
    outcome: str
    by: str

    def record(self) -> dict[str, Any]:
        return {
            "key": key(self.mutant),
            "module": self.mutant.module,
            "line": self.mutant.line,
            "what": self.mutant.what,
            "outcome": self.outcome,
            "by": self.by,
        }


def key(mutant: Mutant) -> str:
    """Tells a mutant from every other, also after other lines have changed."""
    return hashlib.sha256(mutant.name.encode()).hexdigest()[:20]


def chosen(modules: list[str], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of some modules, or a sample spread over them evenly.

    A mutant keeps its place in the order when others come or go.
    """
    found: list[Mutant] = []
    for number, module in enumerate(modules):
        those = mutants(module, (PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
        those.sort(key=lambda one: hashlib.sha256(f"{seed} {one.name}".encode()).digest())
        if sample is not None:
            left, still = sample - len(found), len(modules) - number
            those = those[: -(-left // still)]
        found += those
    return found


def known() -> dict[str, dict[str, Any]]:
    """What was found before, by the mutants' keys; the last word counts."""
    if not FOUND.exists():
        return {}
    lines = FOUND.read_text(encoding="utf-8").splitlines()
    return {one["key"]: one for one in map(json.loads, lines)}


class Children:
    """Processes forked from this one, each with an end of a pipe to say what it noticed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[int, tuple[Mutant, int, float]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, mutant: Mutant) -> None:
        """Let a process of its own look at a mutant."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _look(mutant, writing)
        os.close(writing)
        self._running[child] = (mutant, reading, time.monotonic() + self._seconds)

    def finished(self) -> Iterator[Found]:
        """Those that have come to an end since, by themselves or because their time was over."""
        for child, (mutant, reading, until) in list(self._running.items()):
            ended, _ = os.waitpid(child, os.WNOHANG)
            late = not ended and time.monotonic() > until
            if late:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            if ended or late:
                del self._running[child]
                said = os.read(reading, 65536).decode()
                os.close(reading)
                outcome = "timeout" if late else "killed" if said != "nothing" else "unnoticed"
                yield Found(mutant, outcome, "time" if late else said or "the process died")


def _look(mutant: Mutant, writing: int) -> None:
    """In a process of its own: put the mutant in place, say what is noticed, and end."""
    from tests.emitter_mutation.watching import noticed

    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    try:
        swap(mutant.module, mutant.text)
        said = noticed() or "nothing"
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    os.write(writing, said[:2000].encode(errors="replace"))
    os._exit(0)


def by_the_suite(mutant: Mutant, seconds: float) -> Found:
    """What the tests about the engine notice of a mutant."""
    with NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"module": mutant.module, "text": mutant.text}, file)
        file.flush()
        environment = {**os.environ, "EMITTER_MUTANT": file.name, "HYPOTHESIS_PROFILE": "quick"}
        options = (
            "--hypothesis-seed=1",
            "-p",
            "no:cacheprovider",
            "-x",
            "-q",
            "--no-header",
            "--tb=no",
        )
        plugin = ("-p", "tests.emitter_mutation.swapping")
        command = [sys.executable, "-m", "pytest", *plugin, *options, *SUITE]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                timeout=seconds,
                capture_output=True,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Found(mutant, "timeout", "time")
    if done.returncode == 0:
        return Found(mutant, "survived", "")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return Found(mutant, "killed", failed[0] if failed else f"pytest ended with {done.returncode}")


def keep(found: Found) -> None:
    FOUND.parent.mkdir(exist_ok=True)
    with FOUND.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found.record()) + "\n")
    print(f"{found.outcome:9}{found.mutant}  [{found.by[:90]!r}]", flush=True)


def by_events(wanted: list[Mutant], jobs: int) -> None:
    """Look at mutants through recorded events, so many at a time."""
    if not wanted:
        return
    from tests.emitter_mutation.watching import noticed

    start = time.monotonic()
    if already := noticed():
        raise SystemExit(f"the engine differs before anything is changed: {already}")
    seconds = max(LEAST_SECONDS, 10 * (time.monotonic() - start))
    children = Children(seconds)
    waiting = list(wanted)
    while waiting or len(children):
        while waiting and len(children) < jobs:
            children.start(waiting.pop(0))
        for found in children.finished():
            keep(found)
        time.sleep(0.02)


def by_tests(wanted: list[Mutant], jobs: int) -> None:
    """Look at mutants through the tests about the engine, so many at a time."""
    if not wanted:
        return
    source = (PACKAGE / "copying.py").read_text(encoding="utf-8")
    unchanged = by_the_suite(Mutant("copying", "", 0, "nothing", source), SUITE_SECONDS)
    if unchanged.outcome != "survived":
        raise SystemExit(f"the tests fail before anything is changed: {unchanged.by}")
    with ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(lambda one: by_the_suite(one, SUITE_SECONDS), wanted):
            keep(found)


def report(wanted: list[Mutant]) -> None:
    """The score of each module and of all, and the survivors by name."""
    outcomes = known()
    lines: list[str] = []
    totals = {"killed": 0, "timeout": 0, "survived": 0, "unnoticed": 0}
    for module in dict.fromkeys(one.module for one in wanted):
        counts = dict.fromkeys(totals, 0)
        for one in wanted:
            if one.module == module and key(one) in outcomes:
                counts[outcomes[key(one)]["outcome"]] += 1
        for name, number in counts.items():
            totals[name] += number
        print(_row(module, counts))
    print(_row("all", totals))
    for one in sorted(wanted, key=lambda one: (one.module, one.line)):
        outcome = outcomes.get(key(one), {}).get("outcome")
        if outcome in ("survived", "unnoticed"):
            group = listed(one.name)
            lines.append(f"{outcome} {one}" + (f"  [{group.because}]" if group else ""))
    print("\n".join(lines))


def _row(name: str, counts: dict[str, int]) -> str:
    number = sum(counts.values())
    score = (counts["killed"] + counts["timeout"]) / number if number else 0
    shown = ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number)
    return f"{name:12} {number:5} mutants: {shown}; {score:.1%} noticed"


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutate the emitter.")
    parser.add_argument("--module", action="append", choices=MODULES, help="this module only")
    parser.add_argument("--sample", type=int, help="so many mutants, spread over the modules")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2, help="so many processes, by default 2")
    parser.add_argument("--quick", action="store_true", help="recorded events only, no suite")
    parser.add_argument("--again", action="store_true", help="look at known survivors again")
    parser.add_argument("--report", action="store_true", help="show what is known already")
    given = parser.parse_args()
    wanted = chosen(given.module or list(MODULES), given.sample, given.seed)
    if not given.report:
        before = {name: one["outcome"] for name, one in known().items()}
        anew = (None, "survived", "unnoticed") if given.again else (None,)
        by_events([one for one in wanted if before.get(key(one)) in anew], given.jobs)
        now = {name: one["outcome"] for name, one in known().items()}
        if not given.quick:
            by_tests([one for one in wanted if now.get(key(one)) == "unnoticed"], given.jobs)
    report(wanted)


if __name__ == "__main__":
    remember()
    main()
