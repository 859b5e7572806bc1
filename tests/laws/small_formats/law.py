"""The law of small formats: what `translator check` calls clean translates as its proof says.

For each case whose formats and mapping have no finding, and for each event drawn:

- every output is valid, as jsonschema decides, and JSON;
- there is no exception but `TranslationError` with a documented code;
- every refusal of a valid event is one that the proof names for its kind of event, `proved` is
  never refused, and `refused` always is;
- trusted events (`validate=False, guard=True`) and streams have the same result;
- an invalid event is refused as `invalid-event`, and only an invalid one is.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.laws.small_formats.events import Drawer, pool_of, values_of
from tests.laws.small_formats.judge import Judge
from tests.laws.small_formats.kinds import Json
from tests.laws.small_formats.mappings import BECAUSE, Case, build_case
from tests.tools.independent_validator import identical
from tests.tools.outcomes import is_at
from translator import Catalog, TranslationError, Translator, contract, coverage
from translator.analysis.check import check
from translator.analysis.kinds import EventKind, compile_kinds
from translator.analysis.proof import KindProof, prove
from translator.catalog.discovery import Folders
from translator.compiler.specialize import AnyOther
from translator.errors import ERROR_CODES, Diagnostic, MappingError, SpecError
from translator.results import Translated

EVENTS = 14
"""Events drawn for each pair of a case."""

SAMPLE = 0.15
"""The share of pairs whose streams, losses and analyses are tested."""

Pair = tuple[str, str]


class Finding(NamedTuple):
    """A violation of the law: its group, the pair, the event (if any) and what happened."""

    group: str
    pair: Pair
    event: Json
    what: str


@dataclass
class Counts:
    """What was tested."""

    cases: int = 0
    clean: int = 0
    pairs: int = 0
    events: int = 0
    translated: int = 0
    refused: int = 0
    invalid: int = 0
    findings: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    refused_by: Counter[str] = field(default_factory=Counter)
    clean_shapes: Counter[str] = field(default_factory=Counter)
    clean_kinds: set[str] = field(default_factory=set)

    def add(self, other: Counts) -> None:
        """Add the counts of another run."""
        for name in ("cases", "clean", "pairs", "events", "translated", "refused", "invalid"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.findings += other.findings
        self.verdicts += other.verdicts
        self.refused_by += other.refused_by
        self.clean_shapes += other.clean_shapes
        self.clean_kinds |= other.clean_kinds


# --- a folder in memory ---------------------------------------------------------------------------


class Workplace:
    """A folder of specs and mappings, written anew for each case."""

    def __init__(self) -> None:
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self._holder = tempfile.TemporaryDirectory(prefix="small-formats-", dir=memory)
        self.root = Path(self._holder.name)
        for name in ("specs", "mappings"):
            (self.root / name).mkdir()
        self._folders = Folders()
        self._folders.add_installed()

    def catalog(self, case: Case) -> Catalog:
        """Write a case, and return the catalog of nothing but it."""
        write_case(case, self.root)
        folders = self._folders.copy()
        folders.specs = [str(self.root / "specs")]
        folders.mappings = [str(self.root / "mappings")]
        return Catalog.from_folders(folders)

    def close(self) -> None:
        """Delete the folder."""
        self._holder.cleanup()


def write_case(case: Case, root: Path) -> None:
    """Write the specs and mappings of a case into folders."""
    for folder, suffix, contents in (
        ("specs", ".json", case.specs),
        ("mappings", ".yaml", case.mappings),
    ):
        for old in (root / folder).glob(f"*{suffix}"):
            if old.stem not in contents:
                old.unlink()
        for name, content in contents.items():
            (root / folder / f"{name}{suffix}").write_text(json.dumps(content), "utf-8")


_UNMAPPED = re.compile(r"(\S+) field `(.*)` is not mapped")


def checked(case: Case, workplace: Workplace) -> tuple[Case, Catalog, list[Diagnostic]]:
    """Check a case; fields that no rule reads are listed as lost, as the finding asks for."""
    catalog = workplace.catalog(case)
    errors = find_errors(catalog)
    unmapped = [error for error in errors if error.code == "unaccounted-member"]
    if unmapped and len(unmapped) == len(errors):
        case = replace(case, mappings=deepcopy(case.mappings))
        for error in unmapped:
            found = _UNMAPPED.match(error.message)
            assert found is not None, error.message
            mapping = case.mappings[Path(error.location.file).stem]
            lost = mapping.setdefault("lost", {}).setdefault(found[1], {})
            lost[found[2]] = BECAUSE
        catalog = workplace.catalog(case)
        errors = find_errors(catalog)
    return case, catalog, errors


def find_errors(catalog: Catalog) -> list[Diagnostic]:
    """Check a catalog and return the findings that are errors."""
    return [finding for finding in check(catalog) if finding.severity == "error"]


# --- one case -------------------------------------------------------------------------------------


class CaseResult(NamedTuple):
    """A case as it was checked, with its findings."""

    case: Case
    findings: list[Finding]


def run_case(
    case: Case, random: Random, workplace: Workplace, counts: Counts, given: Json = None
) -> CaseResult:
    """Test the law on one case, with events drawn, or only on the pair and event `given`."""
    counts.cases += 1
    try:
        case, catalog, errors = checked(case, workplace)
    except Exception as error:
        finding = Finding(f"check: {_crash(error)}", ("", ""), None, _trace(error))
        return CaseResult(case, [finding])
    if errors:
        # Findings about fields that are not mapped often follow from the others.
        errors.sort(key=lambda error: error.code == "unaccounted-member")
        counts.refused_by[errors[0].code] += 1
        if errors[0].code in ("mapping-path", "mapping-key", "mapping-type"):
            group = f"check refuses how a documented mapping is written: {errors[0].code}"
            return CaseResult(case, [Finding(group, case.pairs[0], None, str(errors[0]))])
        return CaseResult(case, list(_crashes_of_refused(case, catalog)))
    counts.clean += 1
    counts.clean_shapes[case.shape] += 1
    counts.clean_kinds |= set(case.kinds)
    findings: list[Finding] = []
    for pair in case.pairs:
        if given is None or given[0] == pair:
            findings += _Pair(case, catalog, pair, counts).test(random, given)
    counts.findings += len(findings)
    return CaseResult(case, findings)


def _crashes_of_refused(case: Case, catalog: Catalog) -> Iterator[Finding]:
    """A pair that check refuses may be unusable, but only with a documented exception."""
    for pair in case.pairs:
        try:
            Translator(*pair, catalog=catalog, params=case.params)
        except (MappingError, SpecError, TranslationError):
            pass
        except Exception as error:
            yield Finding(f"refused by check: {_crash(error)}", pair, None, _trace(error))


def _crash(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if "/translator/" in frame.filename] or frames
    place = f"{Path(inside[-1].filename).stem}.{inside[-1].name}"
    return f"{type(error).__name__} in {place}"


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error)[-4:])


def _given(event: Json) -> list[Json]:
    return [] if event is None else [event]


class _Pair:
    """One pair of a clean case."""

    def __init__(self, case: Case, catalog: Catalog, pair: Pair, counts: Counts) -> None:
        self.case, self.catalog, self.pair, self.counts = case, catalog, pair, counts
        self.findings: list[Finding] = []
        self.arguments: dict[str, Any] = {
            "catalog": catalog,
            "params": case.params,
            "allow": case.allow,
            "crosswalks": case.crosswalks,
        }

    def report(self, group: str, event: Json, what: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(group, self.pair, event, what))

    def test(self, random: Random, given: Json) -> list[Finding]:
        """Compile the pair and test events."""
        source, target = self.pair
        translators = self._compile()
        if translators is None:
            return self.findings
        translator, trusting = translators
        self.counts.pairs += 1
        try:
            names = self._names()
            proof = prove(self.catalog, source, target, **names)
            # A pair without selectors has one kind of event, which every event is of.
            is_single = len(proof.kind_proofs) == 1
            self.kinds = [] if is_single else compile_kinds(self.catalog, source, target, **names)
        except Exception as error:
            self.report(f"prove: {_crash(error)}", None, _trace(error))
            return self.findings
        self.proofs = proof.kind_proofs
        self.counts.verdicts[proof.verdict] += 1
        wrong = [text for kind in proof.kind_proofs for text in kind.findings]
        wrong += [str(finding) for finding in proof.findings]
        if proof.verdict == "wrong":
            words = re.sub(r"(to|requires) \S+", r"\1 PATH", wrong[0]) if wrong else ""
            self.report(f"proof is wrong, check is clean: {words}", None, "; ".join(wrong))
        judge = Judge(self.case.specs[source])
        self.output_judge = Judge(self.case.specs[target], for_output=True)
        results: list[tuple[Json, Any]] = []
        for event in self._events(random, results) if given is None else _given(given[1]):
            self.counts.events += 1
            before = json.dumps(event)
            if judge.is_valid(event):
                results.append((event, self._test_valid(event, translator, trusting)))
            else:
                self.counts.invalid += 1
                results.append((event, self._test_invalid(event, translator)))
            if json.dumps(event) != before:
                self.report("the event is changed", event, before)
        if results and (given is not None or random.random() < SAMPLE):
            self._test_stream(results, translator)
            self._test_losses(results, translator)
            self._test_analyses()
        return self.findings

    def _events(self, random: Random, results: list[tuple[Json, Any]]) -> Iterator[Json]:
        """Draw events; many differ in one field from an event that was translated."""
        source = self.case.specs[self.pair[0]]
        pool = pool_of(
            *(spec["components"] for spec in self.case.specs.values()),
            *({**mapping, "lost": 0} for mapping in self.case.mappings.values()),
        )
        for kind in self.case.kinds:
            if values := values_of(kind):
                pool += random.choices(values, k=3)
        drawer = Drawer(source, random, pool)
        for _ in range(EVENTS):
            translated = [event for event, result in results if isinstance(result, list)]
            if translated and random.random() < 0.5:
                yield drawer.variant(random.choice(translated))
            else:
                yield drawer.event()

    def _names(self) -> dict[str, Any]:
        crosswalks = tuple(self.arguments["crosswalks"])
        params = tuple(self.case.params)
        return {"params": params, "allow": self.case.allow, "crosswalks": crosswalks}

    def _compile(self) -> tuple[Translator, Translator] | None:
        source, target = self.pair
        try:
            checked, trusting = (
                Translator(source, target, validate=validate, guard=True, **self.arguments)
                for validate in (True, False)
            )
        except TranslationError as error:
            if error.code not in _ARGUMENTS_REFUSED:
                self.report(f"no translator: {error.code}", None, str(error))
            return None
        except (MappingError, SpecError) as error:
            codes = ", ".join(sorted({finding.code for finding in error.diagnostics}))
            self.report(f"check is clean, {type(error).__name__} {codes}", None, str(error))
            return None
        except Exception as error:
            self.report(f"compile: {_crash(error)}", None, _trace(error))
            return None
        return checked, trusting

    def _test_valid(self, event: Json, translator: Translator, trusting: Translator) -> Any:
        expected: Any
        try:
            expected = outputs = translator.translate_all(deepcopy(event))
        except TranslationError as error:
            self.counts.refused += 1
            expected = error
            self._test_refusal(event, error)
        except Exception as error:
            self.report(f"translate: {_crash(error)}", event, _trace(error))
            return error
        else:
            self.counts.translated += 1
            self._test_outputs(event, outputs)
        try:
            trusted: Any = trusting.translate_all(deepcopy(event))
        except TranslationError as error:
            trusted = error
        except Exception as error:
            self.report(f"validate=False: {_crash(error)}", event, _trace(error))
            return expected
        if not _same_result(expected, trusted):
            self.report(
                f"validate=False differs: {_shape(expected)}, then {_shape(trusted)}",
                event,
                f"{expected!s} but {trusted!s}",
            )
        return expected

    def _test_outputs(self, event: Json, outputs: list[Json]) -> None:
        for output in outputs:
            try:
                json.dumps(output, allow_nan=False, ensure_ascii=False).encode()
            except (ValueError, TypeError) as error:
                self.report("an output is not JSON", event, f"{error}: {output!r}")
                return
            if not self.output_judge.is_valid(output):
                violation = self.output_judge.error(output)
                assert violation is not None
                keyword = violation.validator or "pattern or multipleOf"
                place = self.case.shape.partition(":")[0]
                place = place if place in _PUT_IN else "values"
                self.report(
                    f"invalid output: {keyword}, {place}", event, f"{output!r}: {violation.message}"
                )
        for proof in self._proofs_of(event):
            if proof.verdict == "refused":
                self.report("the proof says refused", event, f"{outputs!r}, kind {proof.kind}")

    def _test_refusal(self, event: Json, error: TranslationError) -> None:
        if error.code not in ERROR_CODES or not error.path.startswith("$") or not error.message:
            self.report("an undocumented refusal", event, str(error))
        if error.code == "invalid-event":
            self.report("a valid event is invalid", event, str(error))
            return
        if (copied := self._copied(event)) is not None and self.output_judge.is_valid(copied):
            self.report("a copy that is valid is refused", event, f"{error}; not {copied!r}")
        for proof in self._proofs_of(event):
            named = any(
                error.code == guard.code
                and (error.path == guard.place or is_at(error.path, guard.place))
                for guard in proof.guards
            )
            if not named:
                where = "at $" if error.path == "$" else "at a field"
                self.report(
                    f"{proof.verdict}, but refused as {error.code} {where}",
                    event,
                    f"{error}; guards {[(guard.code, guard.place) for guard in proof.guards]}",
                )

    def _copied(self, event: Json) -> Json:
        """The output of a mapping with one rule that copies a scalar; None if it may be another."""
        (mapping, *_) = self.case.mappings.values()
        if self.case.shape != "field: same" or len(mapping.get("fields", ())) != 1:
            return None
        ((left, right),) = mapping["fields"].items()
        source, target = (left, right) if self.pair[0] == "left" else (right, left)
        value = event
        for name in source.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, str | int | float):
            return None
        for name in reversed(target.split(".")):
            value = {name: value}
        return value

    def _proofs_of(self, event: Json) -> list[KindProof]:
        """The proof of the kind of event, or all that may be if its kind is not clear."""
        if len(self.proofs) == 1:
            return list(self.proofs)
        pairs = [
            proof
            for kind, proof in zip(self.kinds, self.proofs, strict=True)
            if _is_of_kind(event, kind)
        ]
        if len(pairs) != 1:
            self.report("an event is of no kind, or of several", event, str(len(pairs)))
        return pairs[:1]

    def _test_invalid(self, event: Json, translator: Translator) -> Any:
        try:
            outputs = translator.translate_all(deepcopy(event))
        except TranslationError as error:
            if error.code != "invalid-event":
                self.report(f"an invalid event is refused as {error.code}", event, str(error))
            return error
        except Exception as error:
            self.report(f"invalid event: {_crash(error)}", event, _trace(error))
            return error
        self.report("an invalid event is translated", event, f"{outputs!r}")
        return outputs

    def _test_stream(self, results: list[tuple[Json, Any]], translator: Translator) -> None:
        lines = [json.dumps(event).encode() for event, _ in results]
        try:
            streamed = list(translator.stream(lines))
        except Exception as error:
            self.report(f"stream: {_crash(error)}", None, _trace(error))
            return
        for (event, expected), result in zip(results, streamed, strict=True):
            if isinstance(result, Translated):
                same = identical(result.events, expected)
                got: Any = result.events
            else:
                same = isinstance(expected, TranslationError) and (result.code, result.path) == (
                    expected.code,
                    expected.path,
                )
                got = result
            too_large = not isinstance(result, Translated) and result.code.startswith("too-")
            if not same and not too_large and not isinstance(expected, _CRASHES):
                self.report("a stream differs", event, f"{expected!s} but {got!s}")

    def _test_losses(self, results: list[tuple[Json, Any]], translator: Translator) -> None:
        for event, expected in results:
            try:
                reported: Any = translator.translate_with_losses(deepcopy(event)).events
            except TranslationError as error:
                reported = error
            except Exception as error:
                self.report(f"losses: {_crash(error)}", event, _trace(error))
                return
            if not isinstance(expected, _CRASHES) and not _same_result(expected, reported):
                shapes = f"{_shape(expected)}, then {_shape(reported)}"
                what = f"{expected!s} but {reported!s}"
                self.report(f"translate_with_losses differs: {shapes}", event, what)

    def _test_analyses(self) -> None:
        for analyse in (contract, coverage):
            try:
                analyse(self.catalog, *self.pair)
            except Exception as error:
                self.report(f"{analyse.__name__}: {_crash(error)}", None, _trace(error))


_ARGUMENTS_REFUSED = ("invalid-param", "invalid-crosswalk", "unknown-crosswalk", "unknown-opt-in")

_PUT_IN = frozenset((
    "default", "constants", "param", "free keys", "rows", "rows from one", "template", "carries",
    "copied whole", "holder copied whole", "cases", "union",
))  # fmt: skip
"""Places whose mappings write more than values that a rule reads."""

_CRASHES = (AssertionError, TypeError, KeyError, ValueError, AttributeError)


def _shape(result: Any) -> str:
    return result.code if isinstance(result, TranslationError) else "translated"


def _same_result(left: Any, right: Any) -> bool:
    if isinstance(left, TranslationError) or isinstance(right, TranslationError):
        return (
            isinstance(left, TranslationError)
            and isinstance(right, TranslationError)
            and (left.code, left.path) == (right.code, right.path)
        )
    return identical(left, right)


def _is_of_kind(event: Json, kind: EventKind) -> bool:
    for path, value in kind.choice.items():
        found = event
        for segment in path:
            found = found.get(segment) if isinstance(found, dict) else None
        if isinstance(value, AnyOther):
            if found is None or any(_equal(found, excluded) for excluded in value.excluded):
                return False
        elif not _equal(found, value):
            return False
    return True


def _equal(left: Json, right: Json) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


# --- smaller reproductions ------------------------------------------------------------------------


def minimise(result: CaseResult, finding: Finding, workplace: Workplace) -> CaseResult:
    """Remove what a finding does not need: parts of its event, of the schemas and of rules."""
    case = result.case
    attempts = 0

    def same(case: Case, event: Json) -> Finding | None:
        nonlocal attempts
        attempts += 1
        if attempts > 300:
            return None
        given = (finding.pair, event) if finding.pair != ("", "") else None
        try:
            again = run_case(case, Random(0), workplace, Counts(), given)
        except Exception:
            return None
        return next((found for found in again.findings if found.group == finding.group), None)

    current = same(case, finding.event)
    if current is None:
        return CaseResult(case, [finding])
    progress = True
    while progress and attempts < 300:
        progress = False
        for event in _smaller(finding.event):
            if found := same(case, event):
                finding, progress = found, True
                break
        if progress:
            continue
        for smaller in _smaller_cases(case):
            if found := same(smaller, finding.event):
                case, finding, progress = smaller, found, True
                break
    # The check may have added what is lost.
    given = (finding.pair, finding.event) if finding.pair != ("", "") else None
    return CaseResult(run_case(case, Random(0), workplace, Counts(), given).case, [finding])


def _smaller(value: Json) -> Iterator[Json]:
    """Yield copies of a value with one part less."""
    if isinstance(value, dict):
        for key in value:
            yield {name: inner for name, inner in value.items() if name != key}
        for key, inner in value.items():
            for smaller in _smaller(inner):
                yield {**value, key: smaller}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, inner in enumerate(value):
            for smaller in _smaller(inner):
                yield [*value[:index], smaller, *value[index + 1 :]]


def _is_sound(part: Json) -> bool:
    """Whether no list of types, values or schemas became empty."""
    if isinstance(part, dict):
        empty = any(part.get(name) == [] for name in ("enum", "type", "allOf", "anyOf", "oneOf"))
        return not empty and all(map(_is_sound, part.values()))
    return not isinstance(part, list) or all(map(_is_sound, part))


def _smaller_cases(case: Case) -> Iterator[Case]:
    for name, mapping in case.mappings.items():
        for smaller in _smaller(mapping):
            if {"version", "between"} <= smaller.keys():
                yield replace(case, mappings={**case.mappings, name: smaller})
    for name, spec in case.specs.items():
        for smaller in _smaller(spec["components"]["schemas"]):
            if "Event" in smaller and _is_sound(smaller):
                components = {"schemas": smaller}
                yield replace(case, specs={**case.specs, name: {**spec, "components": components}})
    for name in case.params:
        yield replace(
            case, params={key: value for key, value in case.params.items() if key != name}
        )


def reproduction(case: Case, finding: Finding) -> str:
    """Return a shell script that shows a finding."""
    lines = ['cd "$(mktemp -d)"', "mkdir specs mappings"]
    for name, spec in case.specs.items():
        lines.append(
            f"cat > specs/{name}.json <<'END'\n{json.dumps(spec, ensure_ascii=False)}\nEND"
        )
    for name, mapping in case.mappings.items():
        text = json.dumps(mapping, ensure_ascii=False)
        lines.append(f"cat > mappings/{name}.yaml <<'END'\n{text}\nEND")
    folders = "--specs specs --mappings mappings"
    source, target = finding.pair
    options = "".join(f" --param {name}={json.dumps(value)}" for name, value in case.params.items())
    options += "".join(f" --allow {name}" for name in case.allow)
    lines.append(f"translator check {folders}")
    if finding.event is None:
        lines.append(f"translator check --explain {source} {target} {folders}")
        lines.append(f"echo '{{}}' | translator translate {source} {target}{options} {folders}")
    else:
        event = json.dumps(finding.event, ensure_ascii=True)
        lines.append(f"cat > in.ndjson <<'END'\n{event}\nEND")
        lines.append(f"translator translate {source} {target} in.ndjson{options} {folders}")
    if case.crosswalks:
        lines.append(f"# crosswalks {json.dumps(case.crosswalks)}")
    return "\n".join(lines)


def run_number(number: int, seed: int, workplace: Workplace, counts: Counts) -> CaseResult:
    """Build and test the case of a number."""
    return run_case(build_case(number, seed), Random(f"{seed} {number} events"), workplace, counts)
