"""Render a proof as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from translator.analysis.proof import Guard, KindProof, Proof, RuleInverse

# --- for people ----------------------------------------------------------------------------------


def render_text(proof: Proof) -> str:
    """The proof as people read it: kinds of events with the same statement stand together."""
    translated = [kind_proof for kind_proof in proof.kind_proofs if kind_proof.verdict != "refused"]
    head = f"{' -> '.join(proof.route)}: {proof.verdict}"
    counts = ", ".join(
        f"{count} {verdict}"
        for verdict in ("proved", "guarded", "wrong", "refused")
        if (count := sum(1 for kind_proof in proof.kind_proofs if kind_proof.verdict == verdict))
    )
    parts = [f"{head} ({counts} of {len(proof.kind_proofs)} kinds of events)"]
    if proof.params:
        parts.append(f"params taken as given: {', '.join(proof.params)}")
    parts += [f"wrong: {kind_proof}" for kind_proof in proof.findings]
    groups: dict[tuple[Guard, ...], list[KindProof]] = {}
    for kind_proof in translated:
        groups.setdefault(kind_proof.guards, []).append(kind_proof)
    for guards, group in groups.items():
        parts.append(_format_group(group, guards))
    refused_rows = [
        (kind_proof.kind, guard.code, guard.demand, _short_location(guard.rule))
        for kind_proof in proof.kind_proofs
        for guard in kind_proof.guards
        if kind_proof.verdict == "refused"
    ]
    if refused_rows:
        parts.append(
            "\n".join(["refused, whatever else the event says:", *_align_rows(refused_rows)])
        )
    if proof.inverses:
        parts.append(_format_inverses(proof.inverses))
    return "\n\n".join(parts)


def _format_group(kind_proofs: Sequence[KindProof], guards: Sequence[Guard]) -> str:
    names = ", ".join(
        kind_proof.kind
        + (f" (allow {' or '.join(kind_proof.opt_ins)})" if kind_proof.opt_ins else "")
        for kind_proof in kind_proofs
    )
    if any(kind_proof.findings for kind_proof in kind_proofs):
        lines = [f"  {finding}" for kind_proof in kind_proofs for finding in kind_proof.findings]
        return "\n".join([f"wrong: {names}", *lines])
    writes = f"  writes {', '.join(kind_proofs[0].written_paths)}"
    if not guards:
        return "\n".join([f"proved: {names}", writes, "  nothing is left to check at run time"])
    rows = [
        (kind_proof.place, kind_proof.code, kind_proof.demand, _short_location(kind_proof.rule))
        for kind_proof in guards
    ]
    return "\n".join([f"guarded: {names}", writes, *_align_rows(rows)])


def _format_inverses(inverses: Sequence[RuleInverse]) -> str:
    two_way_rows = [
        (_format_sides(inverse), inverse.how, inverse.law, _short_location(str(inverse.location)))
        for inverse in inverses
        if not inverse.because
    ]
    one_way_rows = [
        (
            _format_sides(inverse),
            inverse.how,
            inverse.because,
            _short_location(str(inverse.location)),
        )
        for inverse in inverses
        if inverse.because
    ]
    parts = [
        "\n".join(["each direction of these rules undoes the other:", *_align_rows(two_way_rows)])
    ]
    if one_way_rows:
        parts.append("\n".join(["these rules have one direction:", *_align_rows(one_way_rows)]))
    return "\n\n".join(parts)


def _format_sides(inverse: RuleInverse) -> str:
    return f"{inverse.left} = {inverse.right}" if inverse.left else ""


def _short_location(location: str) -> str:
    return location.rpartition("/")[2]


def _align_rows(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; the last column but one is not cut."""
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def render_json(proof: Proof) -> str:
    """The proof for programs: one object."""
    data = {
        "source": proof.route[0],
        "target": proof.route[-1],
        "way": list(proof.route),
        "verdict": proof.verdict,
        "params": list(proof.params),
        "findings": [str(record) for record in proof.findings],
        "kinds": [
            {
                "kind": record.kind,
                "verdict": record.verdict,
                "opt_ins": list(record.opt_ins),
                "written": list(record.written_paths),
                "guards": [asdict(guard) for guard in record.guards],
                "findings": list(record.findings),
            }
            for record in proof.kind_proofs
        ],
        "rules": [
            {**asdict(record), "location": str(record.location)} for record in proof.inverses
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
