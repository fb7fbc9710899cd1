"""Yes, no, or too little to tell: a run against its floors and against the baseline.

    0 pass           no floor is broken, and it is all but certain that no measure got worse
    1 regression     a floor is broken, a must-pass question is lost, or a measure got worse by more
                     than accident
    3 inconclusive   neither is certain: ask more questions, or sign it off in writing
    4 errors         too many replies failed to judge the rest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from statsmodels.stats.proportion import proportion_confint

from eval.baseline import Baseline, measured, rows_of
from eval.corpus import Corpus
from eval.paired import Difference, Row, difference, exact_p, holm
from eval.scoring import Score
from eval.settings import Measure, Settings
from eval.totals import by_question, rates

PASS, REGRESSION, INCONCLUSIVE, ERRORS = 0, 1, 3, 4
_WORDS = {PASS: "PASS", REGRESSION: "REGRESSION", INCONCLUSIVE: "INCONCLUSIVE", ERRORS: "ERRORS"}
_GRAVEST = (ERRORS, REGRESSION, INCONCLUSIVE)
_NAMED = 5  # slices told in a verdict
_PRINTED = 8  # findings of one kind told in a terminal; the report has them all


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason: what it speaks for, the slice or measure it concerns, and the figures."""

    status: int
    where: str
    told: str


@dataclass(frozen=True, slots=True)
class SliceChange:
    """A slice's questions that came out better and worse than in the baseline; `p` one-sided for
    worse, corrected for the number of slices."""

    name: str
    n: int
    won: int
    lost: int
    p: float

    def __str__(self) -> str:
        return f"{self.name}: lost {self.lost}, won {self.won} of {self.n}"


@dataclass(frozen=True, slots=True)
class Verdict:
    status: int
    findings: tuple[Finding, ...]
    differences: Mapping[Measure, Difference]
    slices: tuple[SliceChange, ...]

    @property
    def word(self) -> str:
        return _WORDS[self.status]

    def to_dict(self) -> dict[str, Any]:
        return {
            "status": self.status, "word": self.word,
            "findings": [asdict(finding) for finding in self.findings],
            "differences": {name: d.to_dict() for name, d in self.differences.items()},
            "slices": [asdict(change) for change in self.slices],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [f"{self.word} (exit {self.status})"]
        for where in dict.fromkeys(f.where for f in self.findings):
            found = [f for f in self.findings if f.where == where]
            lines += [f"  {_WORDS[f.status]:12} {where}: {f.told}" for f in found[:_PRINTED]]
            if len(found) > _PRINTED:
                lines.append(f"  {'':12} {where}: and {len(found) - _PRINTED} more")
        lines += [
            f"  {name:12} {told(d)}" for name, d in self.differences.items()
            if name != "written" or d.old or d.new
        ]  # fmt: skip
        return "\n".join(lines)


def told(d: Difference) -> str:
    """A difference in one line."""
    if d.old is None or d.new is None:
        return "no questions"
    p = "" if d.p is None else f", p = {d.p:.3g}"
    return (
        f"{d.old:.1%} -> {d.new:.1%} ({100 * d.delta:+.1f} points, interval {100 * d.low:+.1f} to "
        f"{100 * d.high:+.1f}{p}); won {d.won}, lost {d.lost} of {d.n}; "
        f"shows {100 * d.detectable:.1f} points and more; "
        f"{d.clusters} {d.clustered}s"
    )


def judge(
    scores: Sequence[Score], baseline: Baseline, settings: Settings, corpus: Corpus
) -> Verdict:
    """The baseline must belong to the scores (`baseline.check_belongs`)."""
    new = rows_of(measured(scores), scores, corpus)
    old = rows_of(baseline.values, scores, corpus)
    rules = settings.gate
    found = {
        m: difference(
            old.get(m, {}), new.get(m, {}), alpha=rules.alpha, confidence=rules.confidence,
            resamples=rules.resamples, seed=rules.seed,
        )
        for m in rules.measures
    }  # fmt: skip
    changes = slice_changes(scores, old, new)
    findings = [
        *_too_many_errors(scores, rules.most_errors), *_must_pass(scores), *_floors(scores, settings),
        *_losses(found, settings), *_doubtful(changes, rules.slice_alpha),
    ]  # fmt: skip
    status = _status([f.status for f in findings])
    if status != PASS:
        findings += _worst_slices(changes, findings, status)
    gravest_first = sorted(findings, key=lambda f: (_GRAVEST.index(f.status), f.where == "slice"))
    return Verdict(status, tuple(gravest_first), found, tuple(changes))


def _worst_slices(
    changes: Sequence[SliceChange], told: Sequence[Finding], status: int
) -> list[Finding]:
    """Where to look: the slices that lost most, unless they have been told as doubtful."""
    already = {finding.told for finding in told}
    lost = [c for c in changes if c.lost > c.won and _doubt(c) not in already]
    return [Finding(status, "slice", str(change)) for change in lost[:_NAMED]]


def _status(found: Sequence[int]) -> int:
    """The gravest: a run full of errors proves neither a loss nor its absence."""
    return next((s for s in _GRAVEST if s in found), PASS)


def _too_many_errors(scores: Sequence[Score], most: float) -> Iterator[Finding]:
    failed = [s for s in scores if s.error]
    if len(failed) > most * len(scores):
        share = len(failed) / len(scores)
        yield Finding(
            ERRORS, "errors",
            f"{len(failed)} of {len(scores)} replies ({share:.1%}; allowed {most:.1%}), "
            f"first: {failed[0].question.id} {failed[0].error}",
        )  # fmt: skip


def _must_pass(scores: Sequence[Score]) -> Iterator[Finding]:
    """Every sample counts: a lucky repeat does not clear a loss."""
    for id, samples in by_question(scores).items():
        wrong = [s for s in samples if not s.right]
        if samples[0].question.must_pass and wrong:
            yield Finding(
                REGRESSION, "must pass",
                f"{id} {wrong[0].question.question} — {wrong[0].verdict} in {len(wrong)} of "
                f"{len(samples)}",
            )  # fmt: skip


def _floors(scores: Sequence[Score], settings: Settings) -> Iterator[Finding]:
    values = measured(scores)
    for name, floor in settings.floors.items():
        if name == "located":
            located = rates(scores)["citations located"]
            if located.value is not None and located.value < floor:
                yield Finding(REGRESSION, "citations located", f"{located}, floor {floor:.0%}")
            continue
        column = [row[name] for row in values.values() if name in row]
        if column and _surely_below(sum(column), len(column), floor, settings.gate.confidence):
            share = sum(column) / len(column)
            yield Finding(REGRESSION, name, f"{share:.1%} of {len(column)}, floor {floor:.0%}")


def _surely_below(successes: float, n: int, floor: float, confidence: float) -> bool:
    high = proportion_confint(successes, n, alpha=2 * (1 - confidence), method="wilson")[1]
    return bool(high < floor)


def _losses(found: Mapping[Measure, Difference], settings: Settings) -> Iterator[Finding]:
    rules = settings.gate
    # A bound below 0 at `alpha` is shared out among the measures by Holm's rule on McNemar's p;
    # where values are no yes or no, on the signs of the changes.
    p = holm({m: d.p if d.p is not None else exact_p(d.won, d.lost) for m, d in found.items()})
    for measure, d in found.items():
        if d.delta <= -rules.least_loss and d.high < 0 and p[measure] < rules.alpha:
            yield Finding(REGRESSION, measure, told(d))
        elif d.least <= -rules.margin:
            yield Finding(INCONCLUSIVE, measure, told(d))


def slice_changes(
    scores: Sequence[Score],
    old: Mapping[Measure, Mapping[str, Row]],
    new: Mapping[Measure, Mapping[str, Row]],
) -> list[SliceChange]:
    """How each slice of each measure moved, the most lost first."""
    names: dict[str, set[str]] = {}
    for id, samples in by_question(scores).items():
        for name in samples[0].question.slices:
            names.setdefault(name, set()).add(id)
    found = [
        _slice_change(f"{name}, {measure}", ids & rows.keys(), rows, new[measure])
        for measure, rows in old.items()
        for name, ids in names.items()
        if ids & rows.keys()
    ]
    moved = {str(n): change.p for n, change in enumerate(found) if change.won + change.lost}
    corrected = holm(moved)
    kept = [
        SliceChange(c.name, c.n, c.won, c.lost, corrected.get(str(n), 1.0))
        for n, c in enumerate(found)
    ]
    return sorted(kept, key=lambda c: (c.won - c.lost, c.p, c.name))


def _slice_change(
    name: str, ids: set[str], old: Mapping[str, Row], new: Mapping[str, Row]
) -> SliceChange:
    won = sum(new[id].value > old[id].value for id in ids)
    lost = sum(new[id].value < old[id].value for id in ids)
    p = exact_p(won, lost) / 2 if lost > won else 1.0  # one-sided
    return SliceChange(name, len(ids), won, lost, p)


def _doubtful(changes: Sequence[SliceChange], alpha: float) -> Iterator[Finding]:
    for change in changes:
        if change.lost > change.won and change.p < alpha:
            yield Finding(INCONCLUSIVE, "slice", _doubt(change))


def _doubt(change: SliceChange) -> str:
    return f"{change}, p = {change.p:.3g}"
