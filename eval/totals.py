"""Scores -> totals: every rate with how many it was counted over and its interval.

A rate over nothing is None, never NaN; an error counts as a failure in every rate it belongs to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from eval.scoring import VERDICTS, Score
from eval.settings import Price
from eval.spans import DEPTHS, LEGS


@dataclass(frozen=True, slots=True)
class Rate:
    """`value` of `n`, with the Wilson interval at 95%; `n` counts questions (repeats are averaged)
    or, where the name says so, citations or pieces of evidence."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "none (n = 0)"
        return f"{self.value:6.1%} [{self.low:.1%}, {self.high:.1%}] n = {self.n}"

    def to_dict(self) -> dict[str, Any]:
        return {"value": self.value, "n": self.n, "low": self.low, "high": self.high}


def rate(successes: float, n: int) -> Rate:
    if not n:
        return Rate(None, 0)
    low, high = proportion_confint(successes, n, method="wilson")
    return Rate(successes / n, n, float(low), float(high))


def by_question(scores: Iterable[Score]) -> dict[str, list[Score]]:
    grouped: dict[str, list[Score]] = {}
    for s in scores:
        grouped.setdefault(s.question.id, []).append(s)
    return grouped


def share(scores: Sequence[Score], hit: Callable[[Score], float]) -> Rate:
    """The mean over the questions, each the mean over its samples."""
    values = [fmean(map(hit, samples)) for samples in by_question(scores).values()]
    return rate(sum(values), len(values))


def covered(score: Score, depth: int = 8) -> float:
    return score.retrieved.covered[depth] if score.retrieved else 0.0


def found_by(score: Score, leg: str) -> float:
    return score.retrieved.legs[leg] if score.retrieved else 0.0


def cited_share(score: Score) -> float:
    return score.cited.covered / score.cited.wanted if score.cited.wanted else 0.0


def rates(scores: Sequence[Score]) -> dict[str, Rate]:
    """The figures of a run; `scores` may be a slice of one."""
    yes = [s for s in scores if s.question.answerable]
    no = [s for s in scores if not s.question.answerable]
    told = [s for s in yes if not s.refused and not s.error]
    total = {
        "answers right": share(yes, lambda s: s.right),
        "answers partly right": share(yes, lambda s: s.verdict == "partly"),
        "answers with another figure": share(yes, lambda s: s.verdict == "conflict"),
        "answers without the facts": share(yes, lambda s: s.verdict == "missing"),
        "wrongly refused": share(yes, lambda s: s.refused),
        "rightly refused": share(no, lambda s: s.refused),
        "invented": share(no, lambda s: s.verdict == "invented"),
        "errors": share(scores, lambda s: s.error is not None),
        "refusals that were right": _ratio(no, yes, lambda s: s.refused),
        "answers with a citation": share(told, lambda s: s.cited.located > 0),
        "citations located": _counted(scores, lambda s: (s.cited.located, s.cited.cited)),
        "citations at the evidence": _counted(yes, lambda s: (s.cited.precise, s.cited.cited)),
        "evidence cited": _counted(yes, lambda s: (s.cited.covered, s.cited.wanted)),
        "evidence cited, of answers given": _counted(
            told, lambda s: (s.cited.covered, s.cited.wanted)
        ),
    }
    total |= {f"evidence in top {k}": share(yes, _within(k)) for k in DEPTHS}
    total |= {f"evidence in top 5, {leg}": share(yes, _by(leg)) for leg in LEGS}
    total["written by a model, all of it held"] = share(told, lambda s: s.written)
    return total


def _by(leg: str) -> Callable[[Score], float]:
    return lambda s: found_by(s, leg)


def _within(depth: int) -> Callable[[Score], float]:
    return lambda s: covered(s, depth)


def _ratio(no: Sequence[Score], yes: Sequence[Score], hit: Callable[[Score], bool]) -> Rate:
    good, bad = sum(map(hit, no)), sum(map(hit, yes))
    return rate(good, good + bad)


def _counted(scores: Sequence[Score], count: Callable[[Score], tuple[int, int]]) -> Rate:
    pairs = [count(s) for s in scores]
    return rate(sum(a for a, _ in pairs), sum(b for _, b in pairs))


def means(scores: Sequence[Score]) -> dict[str, float | None]:
    """Figures that are no rates: mean reciprocal rank, nDCG at 5."""
    found = [s.retrieved for s in scores if s.retrieved]
    return {
        "MRR": fmean(1 / r.rank if r.rank else 0.0 for r in found) if found else None,
        "nDCG@5": fmean(r.ndcg for r in found) if found else None,
    }


def slices(scores: Sequence[Score]) -> dict[str, Rate]:
    """Slice -> how many of its questions came out right (unanswerable: were refused)."""
    names = dict.fromkeys(name for s in scores for name in s.question.slices)
    return {
        name: share([s for s in scores if name in s.question.slices], lambda s: s.right)
        for name in sorted(names, key=_slice_order)
    }


def _slice_order(name: str) -> tuple[int, str]:
    return ("kind", "article", "must").index(name.split()[0]), name


def verdicts(scores: Sequence[Score]) -> dict[str, int]:
    found = Counter(s.verdict for s in scores)
    return {verdict: found[verdict] for verdict in VERDICTS}


def causes(scores: Sequence[Score]) -> dict[str, int]:
    return dict(Counter(s.cause for s in scores if s.cause).most_common())


def refusal_table(scores: Sequence[Score]) -> dict[str, dict[str, int]]:
    """The 2x2: rows what the page says, columns what the system did; errors apart."""
    table = {row: {"answered": 0, "refused": 0, "error": 0} for row in ("says", "does not say")}
    for s in scores:
        column = "error" if s.error else "refused" if s.refused else "answered"
        table["says" if s.question.answerable else "does not say"][column] += 1
    return table


def latency(scores: Sequence[Score]) -> dict[str, dict[str, float]]:
    """Stage -> its median and its 95th percentile in seconds, over the replies that came."""
    stages: dict[str, list[float]] = {"waited": [s.seconds for s in scores if not s.error]}
    for s in scores:
        for name, seconds in s.stages.items():
            if isinstance(seconds, int | float):
                stages.setdefault(name, []).append(seconds)
    return {
        name: {"p50": float(np.quantile(v, 0.5)), "p95": float(np.quantile(v, 0.95)), "n": len(v)}
        for name, v in stages.items()
        if v
    }


def tokens(scores: Sequence[Score], price: Price | None) -> dict[str, float | None]:
    """Tokens of all replies, and what they cost; None where the model has no price."""
    count = Counter[str]()
    for s in scores:
        count.update({name: n for name, n in s.usage.items() if isinstance(n, int)})
    prompt, completion = count["prompt_tokens"], count["completion_tokens"]
    cost = (prompt * price.prompt + completion * price.completion) / 1e6 if price else None
    return {"prompt": prompt, "completion": completion, "cost": cost}


def summary(scores: Sequence[Score], prices: Mapping[str, Price], model: str | None) -> dict[str, Any]:
    """All of the above as JSON; no figure in it is NaN."""
    return {
        "questions": len(by_question(scores)),
        "replies": len(scores),
        "rates": {name: r.to_dict() for name, r in rates(scores).items()},
        "means": means(scores),
        "slices": {name: r.to_dict() for name, r in slices(scores).items()},
        "verdicts": verdicts(scores),
        "causes": causes(scores),
        "refusal": refusal_table(scores),
        "latency": latency(scores),
        "tokens": tokens(scores, prices.get(model or "")),
    }
