"""The baseline: what the last accepted release scored, question by question.

It is moved by hand, with a reason, and knows what it belongs to: the questions, the pages, the
measure and the thresholds. Its own digest tells whether somebody has helped it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from eval.corpus import Corpus, digest
from eval.errors import BadData, WrongBaseline
from eval.manifest import Manifest
from eval.paired import Row
from eval.scoring import METRIC, Score
from eval.settings import Measure
from eval.totals import by_question, cited_share, covered, found_by, rates

_DEPTH = 5  # passages within which the measure "retrieval" wants the evidence


@dataclass(frozen=True, slots=True)
class Baseline:
    """`values`: question id -> measure -> mean over its samples; `belongs` must all agree."""

    belongs: Mapping[str, str]
    values: Mapping[str, Mapping[Measure, float]]
    moves: tuple[Mapping[str, Any], ...]

    def digest(self) -> str:
        return digest([json.dumps([self.belongs, self.values, self.moves], sort_keys=True)])


def measured(scores: Iterable[Score]) -> dict[str, dict[Measure, float]]:
    """Question id -> its value in each measure that it takes part in."""
    found: dict[str, dict[Measure, float]] = {}
    for id, samples in by_question(scores).items():
        right = fmean(s.right for s in samples)
        if samples[0].question.answerable:
            found[id] = {
                "answers": right,
                "evidence": fmean(map(cited_share, samples)),
                "retrieval": fmean(covered(s, _DEPTH) for s in samples),
                "dense": fmean(found_by(s, "dense") for s in samples),
                "lexical": fmean(found_by(s, "lexical") for s in samples),
                "written": fmean(s.written for s in samples),
            }
        else:
            found[id] = {"refusals": right}
    return found


def rows_of(
    values: Mapping[str, Mapping[Measure, float]], scores: Iterable[Score], corpus: Corpus
) -> dict[Measure, dict[str, Row]]:
    """Measure -> question id -> value with the clusters that the questions of `scores` have."""
    found: dict[Measure, dict[str, Row]] = {}
    for id, samples in by_question(scores).items():
        question = samples[0].question
        first = question.evidence[0] if question.evidence else None
        paragraph = corpus.paragraph(first.source, first.start) if first else ""
        for measure, value in values[id].items():
            found.setdefault(measure, {})[id] = Row(value, question.articles, paragraph)
    return found


def belongs_to(manifest: Manifest, settings_digest: str) -> dict[str, str]:
    return {
        "data": manifest.data, "corpus": manifest.corpus, "metric": METRIC,
        "thresholds": settings_digest,
    }  # fmt: skip


def read_baseline(path: Path) -> Baseline:
    """Raises BadData when there is none, WrongBaseline when it was changed by other hands."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        baseline = Baseline(data["belongs"], data["values"], tuple(data["moves"]))
        sealed = data["digest"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadData(
            f"{path} is no baseline ({exc}); make one: python -m eval accept --reason …"
        ) from exc
    if baseline.digest() != sealed:
        raise WrongBaseline(
            f"{path} was changed after it was accepted; take it back from git, or accept a run anew"
        )
    return baseline


def check_belongs(baseline: Baseline, belongs: Mapping[str, str], path: Path) -> None:
    """Raises WrongBaseline that names what differs."""
    other = sorted(name for name in belongs if belongs[name] != baseline.belongs.get(name))
    if other:
        raise WrongBaseline(
            f"{path} belongs to other {', '.join(other)}; run the last release on these "
            "(git worktree) and accept it, then compare"
        )


def accept(path: Path, scores: Sequence[Score], belongs: Mapping[str, str], manifest: Manifest,
           reason: str) -> Baseline:  # fmt: skip
    """Write the baseline from these scores; earlier moves and their reasons are kept.

    Raises BadData without a reason, with errors among the replies, or for a spoilt variant.
    """
    if not reason.strip():
        raise BadData("a baseline is moved with a reason: --reason 'why the new figures are right'")
    if failed := [s.question.id for s in scores if s.error]:
        raise BadData(f"{len(failed)} replies are errors ({failed[0]} …); run again first")
    if manifest.variant != "as-is":
        raise BadData(f"the variant {manifest.variant} cannot be the baseline")
    moves: tuple[Mapping[str, Any], ...] = ()
    if path.exists():
        moves = read_baseline(path).moves
    names = ("answers right", "rightly refused", "evidence cited")
    figures = {name: r.value for name, r in rates(scores).items() if name in names}
    move = {
        "date": datetime.now(UTC).date().isoformat(), "reason": reason.strip(),
        "revision": manifest.revision, "model": manifest.model, "figures": figures,
    }  # fmt: skip
    baseline = Baseline(dict(belongs), measured(scores), (*moves, move))
    data = {
        "belongs": baseline.belongs, "moves": baseline.moves, "digest": baseline.digest(),
        "values": baseline.values,
    }  # fmt: skip
    # One line for each question, so that a change of the baseline reads well in a diff.
    text = json.dumps({**data, "values": None}, ensure_ascii=False, indent=1)
    rows = ",\n".join(f"  {json.dumps(id)}: {json.dumps(v)}" for id, v in baseline.values.items())
    path.write_text(text.replace('"values": null', f'"values": {{\n{rows}\n }}') + "\n", "utf-8")
    return baseline
