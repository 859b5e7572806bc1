"""Render a proof as text or JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from translator.analysis.proof import Guard, KindProof, Proof, Verdict
from translator.report.printable import Printable, join_printable, printable_json
from translator.report.style import PLAIN, Style
from translator.report.table import titled_table

_GUARD_NAMES = ("code", "check", "rule")

_RULE_NAMES = ("rule", "how", "why", "place")


def render_text(proof: Proof, style: Style = PLAIN) -> Printable:
    """Return the verdict, the kinds of events grouped by what is proved, and the rules."""
    return join_printable(_sections(proof, style), "\n\n")


def _sections(proof: Proof, style: Style) -> Iterator[str]:
    verdicts = Counter(kind_proof.verdict for kind_proof in proof.kind_proofs)
    order: tuple[Verdict, ...] = ("proved", "guarded", "wrong", "refused")
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in order if verdict in verdicts)
    head = f"{' -> '.join(proof.route)}: {proof.verdict}"
    yield f"{head} ({counts} of {len(proof.kind_proofs)} kinds of events)" if counts else head
    if proof.params:
        yield f"assuming these params are given: {', '.join(proof.params)}"
    for finding in proof.findings:
        yield f"wrong: {finding}"
    groups: dict[tuple[Guard, ...], list[KindProof]] = defaultdict(list)
    refused_rows = []
    for kind_proof in proof.kind_proofs:
        if kind_proof.verdict == "refused":
            refused_rows += [(kind_proof.kind, *_guard_cells(guard)) for guard in kind_proof.guards]
        else:
            groups[kind_proof.guards].append(kind_proof)
    for guards, kind_proofs in groups.items():
        yield _format_group(kind_proofs, guards, style)
    if refused_rows:
        title, names = "refused, whatever else the event contains:", ("kind", *_GUARD_NAMES)
        yield titled_table(title, names, refused_rows, style)
    two_way: list[tuple[str, ...]] = []
    one_way: list[tuple[str, ...]] = []
    for inverse in proof.inverses:
        sides = f"{inverse.left} = {inverse.right}" if inverse.left else ""
        reason, place = inverse.because or inverse.law, short_location(str(inverse.location))
        (one_way if inverse.because else two_way).append((sides, inverse.how, reason, place))
    if proof.inverses:
        title = "each direction of these rules undoes the other:"
        yield titled_table(title, _RULE_NAMES, two_way, style)
    if one_way:
        yield titled_table("these rules have one direction:", _RULE_NAMES, one_way, style)


def _guard_cells(guard: Guard) -> tuple[str, str, str]:
    return guard.code, guard.demand, short_location(guard.rule)


def _format_group(
    kind_proofs: Sequence[KindProof], guards: Sequence[Guard], style: Style
) -> Printable:
    names = ", ".join(
        kind_proof.kind
        + (f" (allow {' or '.join(kind_proof.opt_ins)})" if kind_proof.opt_ins else "")
        for kind_proof in kind_proofs
    )
    findings = [finding for kind_proof in kind_proofs for finding in kind_proof.findings]
    if findings:
        return join_printable([f"wrong: {names}", *findings], "\n  ")
    writes = f"  writes {', '.join(kind_proofs[0].written)}"
    if not guards:
        return join_printable(
            [f"proved: {names}", writes, "  nothing is left to check at run time"]
        )
    rows = ((guard.place, *_guard_cells(guard)) for guard in guards)
    title = join_printable([f"guarded: {names}", writes])
    return titled_table(title, ("field", *_GUARD_NAMES), rows, style)


def short_location(location: str) -> str:
    """Return a location without its folder."""
    return location.rpartition("/")[2]


def render_json(proof: Proof) -> Printable:
    """Return the proof as a JSON object."""
    data = {
        "source": proof.route[0],
        "target": proof.route[-1],
        "way": proof.route,
        "verdict": proof.verdict,
        "params": proof.params,
        "findings": list(map(str, proof.findings)),
        "kinds": list(map(asdict, proof.kind_proofs)),
        "rules": [asdict(rule) | {"location": str(rule.location)} for rule in proof.inverses],
    }
    return printable_json(data)
