"""Fitting rag/decision.json: which sentence answers, and whether to answer.

Each set of cases (`eval.fit_cases`) weighs the same. Every candidate sentence of a case is measured
once; a conditional logit learns to rank the candidates of the answerable cases, then a logistic
model learns from the best candidate whether the case is answerable. The curve is ten-fold by
question: no question is judged by weights that it helped to fit. All this twice: without the
cross-encoder's scores, and with them, where only questions count that did not train it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.fit_cases import Array, Case
from rag.decision import CLOSE, STANDING, Decision, standing
from rag.extract import with_cross
from rag.features import CROSS, NAMES

FOLDS = 10
# An encyclopaedia asks and tells otherwise than a paper does.
_CONFLICTS = ("names_absent", "numbers_absent", "dates_conflict", "scope_conflict", "opposed",
              "another_office", "tense_conflict", "far_conflict", "unit_absent", "names_far", "sibling", "unprinted")  # fmt: skip
_IMPORTANCE = {"invented": 400, "cmrc": 40, "seed-twins": 50, "pages-twins": 50}
_PENALTY, _PENALTY_CROSS = 0.3, 1.0  # the second with the cross-encoder, where fewer cases count


def fit_rank(cases: Sequence[Case], penalty: float) -> Array:
    """Weights of the conditional logit: maximise the probability of the right candidates."""
    useful = [c for c in cases if c.answerable and c.right.any() and not c.right.all()]
    weights = _set_weights(useful)

    def loss(w: Array) -> tuple[float, Array]:
        total, gradient = penalty * float(w @ w), 2 * penalty * w
        for case, weight in zip(useful, weights, strict=True):
            z = case.features @ w
            p = np.exp(z - z.max())
            p /= p.sum()
            q = p * case.right
            mass = q.sum() + 1e-12
            total -= weight * float(np.log(mass))
            gradient -= weight * (case.features.T @ (q / mass - p))
        return total, gradient

    start = np.zeros(useful[0].features.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def _set_weights(cases: Sequence[Case]) -> list[float]:
    """Every set weighs as if it had so many cases, however many it has."""
    sizes = {name: sum(c.set == name for c in cases) for name in {c.set for c in cases}}
    return [_IMPORTANCE.get(c.set, 100) / sizes[c.set] for c in cases]


def best_row(case: Case, decision: Decision) -> list[float]:
    """The best candidate's features and how it stands out."""
    scored = ((decision.score(list(f)), n) for n, f in enumerate(case.features))
    scores = sorted(scored, reverse=True)
    values = [score for score, _ in scores]
    stands = standing(values, decision.shares(values), case.terms, case.english)
    return [*case.features[scores[0][1]], *stands]


def fit_answer(
    rows: Array, labels: NDArray[np.bool_], weights: Array, shrinkage: float
) -> Array:
    """Logistic weights, the bias last."""
    signs = np.where(labels, 1.0, -1.0)
    full = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.append(_penalties(rows.shape[1], shrinkage), 0.0)

    def loss(w: Array) -> tuple[float, Array]:
        z = signs * (full @ w)
        value = float((weights * np.logaddexp(0, -z)).sum() + (penalty * w * w).sum())
        slope = -weights * signs / (1 + np.exp(np.clip(z, -50, 50)))
        return value, full.T @ slope + 2 * penalty * w

    return np.asarray(minimize(loss, np.zeros(full.shape[1]), jac=True, method="L-BFGS-B").x)


def _penalties(count: int, shrinkage: float) -> Array:
    """Shrinkage: less for plain contradictions, which are rare in the data and decisive."""
    names = [*NAMES, *[""] * (count - len(NAMES))]
    return np.array([shrinkage / 15 if n in _CONFLICTS else shrinkage for n in names])


def answer_data(
    cases: Sequence[Case], decision: Decision
) -> tuple[list[Case], Array, NDArray[np.bool_], Array]:
    """The cases that teach the refusal, their rows, labels and weights (balanced in each set)."""
    useful = [c for c in cases if len(c.features) and (not c.answerable or c.right.any())]
    rows = np.array([best_row(c, decision) for c in useful])
    labels = np.array([c.answerable for c in useful])
    groups = [(c.set, c.answerable) for c in useful]
    sizes = {group: groups.count(group) for group in set(groups)}
    weights = np.array([_IMPORTANCE.get(group[0], 100) / sizes[group] for group in groups])
    return useful, rows, labels, weights


@dataclass(frozen=True, slots=True)
class Fitted:
    """The two editions: judging without the cross-encoder, and with it."""

    plain: Decision
    cross: Decision


def fit(cases: Sequence[Case]) -> Fitted:
    """The plain edition is fitted on all cases, the other one on those that did not train the
    cross-encoder."""
    plain = _edition(cases, _PENALTY)
    return Fitted(plain, _edition(crossed(cases, plain), _PENALTY_CROSS))


def _edition(cases: Sequence[Case], penalty: float) -> Decision:
    rank = tuple(map(float, fit_rank(cases, penalty)))
    ranked = Decision(rank, (0.0,) * (len(rank) + len(STANDING)), 0.0, 1.0)
    _, rows, labels, balance = answer_data(cases, ranked)
    *answer, bias = map(float, fit_answer(rows, labels, balance, penalty))
    return replace(ranked, answer=tuple(answer), bias=bias)


def crossed(cases: Sequence[Case], plain: Decision) -> list[Case]:
    """The cases that have the cross-encoder's scores, as it is asked: about the candidates that
    the plain edition puts first."""
    found = []
    for case in cases:
        if case.cross is None or not len(case.features):
            continue
        order = sorted(range(len(case.features)), key=lambda n: -plain.score(list(case.features[n])))
        first = order[: CLOSE.read]
        rows = with_cross([list(case.features[n]) for n in first], [float(case.cross[n]) for n in first])
        found.append(replace(case, features=np.array(rows), right=case.right[first]))
    return found


def cross_fitted(cases: Sequence[Case]) -> dict[str, list[tuple[Case, float, bool]]]:
    """By edition: (case, probability, whether the best candidate is right), by weights that were
    fitted without the case's question."""
    questions = sorted({c.question for c in cases})
    random.Random(3).shuffle(questions)
    fold_of = {question: n % FOLDS for n, question in enumerate(questions)}
    judged: dict[str, list[tuple[Case, float, bool]]] = {"plain": [], "cross": []}
    for fold in range(FOLDS):
        fitted = fit([c for c in cases if fold_of[c.question] != fold])
        left = [c for c in cases if fold_of[c.question] == fold and len(c.features)]
        judged["plain"] += [_judged(case, fitted.plain) for case in left]
        judged["cross"] += [_judged(case, fitted.cross) for case in crossed(left, fitted.plain)]
    return judged


def _judged(case: Case, decision: Decision) -> tuple[Case, float, bool]:
    row = best_row(case, decision)
    width = len(decision.rank)
    best = max(range(len(case.features)), key=lambda n: decision.score(list(case.features[n])))
    return case, decision.probability(row[:width], row[width:]), bool(case.right[best])


def curve(judged: Sequence[tuple[Case, float, bool]], name: str) -> list[dict[str, float]]:
    """At each threshold: the shares of answerable and of unanswerable cases that are refused, and
    of the answers to answerable ones the share that is right."""
    yes = [(p, ok) for case, p, ok in judged if case.set == name and case.answerable]
    no = [p for case, p, _ in judged if case.set == name and not case.answerable]
    return [
        {
            "threshold": t,
            "wrongly_refused": float(np.mean([p < t for p, _ in yes] or [False])),
            "rightly_refused": float(np.mean([p < t for p in no] or [False])),
            "best_is_right": float(np.mean([float(ok) for p, ok in yes if p >= t] or [0.0])),
        }
        for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    ]


def write(fitted: Fitted, path: Path, fitted_on: dict[str, int], curves: dict[str, Any]) -> None:
    editions = {"plain": fitted.plain, "cross": fitted.cross}
    data = {
        "fitted_on": fitted_on,
        **{name: _told(decision) for name, decision in editions.items()},
        "curve": curves,
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def rename(path: Path) -> None:
    """Give the weights on file the features of today, new ones at 0: the assistant that measures
    the cases has to open before it can be fitted."""
    data = json.loads(path.read_text(encoding="utf-8"))
    for edition, names in (("plain", [*NAMES]), ("cross", [*NAMES, *CROSS])):
        fitted = data[edition]
        fitted["rank"] = {n: fitted["rank"].get(n, 0.0) for n in names}
        fitted["answer"] = {n: fitted["answer"].get(n, 0.0) for n in [*names, *STANDING]}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _told(decision: Decision) -> dict[str, Any]:
    names = [*NAMES, *CROSS][: len(decision.rank)]
    return {
        "temperature": decision.temperature,
        "rank": {n: round(w, 4) for n, w in zip(names, decision.rank, strict=True)},
        "answer": {
            n: round(w, 4) for n, w in zip([*names, *STANDING], decision.answer, strict=True)
        },
        "bias": round(decision.bias, 4),
    }
