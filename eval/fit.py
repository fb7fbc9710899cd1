"""Fitting rag/decision.json: which sentence answers, and whether to answer.

Cases come from gold questions over the seeds and, where their paths are given, from the RGB and
CMRC development files; each set weighs the same. Every candidate sentence of a case is measured
once; a conditional logit learns to rank the candidates of the answerable cases, then a logistic
model learns from the best candidate whether the case is answerable. The curve is ten-fold by
question: no question is judged by weights that it helped to fit.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray
from scipy.optimize import minimize

from eval.gold import holds
from rag import Assistant
from rag.context import candidates
from rag.decision import STANDING, Decision, load_decision, standing
from rag.extract import rank
from rag.features import NAMES, Candidate
from rag.given import given_hits
from rag.questions import analyse
from rag.scope import EVERYTHING
from rag.text import squash

Array = NDArray[np.float64]
FOLDS = 10
# An encyclopaedia asks and tells otherwise than a paper does.
_CONFLICTS = ("names_absent", "numbers_absent", "dates_conflict", "scope_conflict", "opposed",
              "tense_conflict", "far_conflict", "unit_absent", "names_far")  # fmt: skip
_IMPORTANCE = {"cmrc": 40, "seed-twins": 50, "pages-twins": 50}
_PENALTY_RANK, _PENALTY_ANSWER = 0.3, 0.3


@dataclass(frozen=True, slots=True)
class Case:
    """A question's candidates: `features[i]` measured, `right[i]` whether it answers.

    `answerable` cases without a right candidate teach the refusal nothing and are left out there.
    """

    set: str
    question: str
    features: Array
    right: NDArray[np.bool_]
    answerable: bool
    terms: int
    english: bool


def gold_cases(assistant: Assistant, gold: Path, name: str) -> Iterator[Case]:
    """One case for each one-part gold question, and a twin with a name or figure changed."""
    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked = analyse(row["question"], assistant._today())
        if len(asked.parts) > 1:
            continue
        material = assistant._find(asked, EVERYTHING)
        found = candidates(material.hits, material.sentences_of, material.page_of)
        quotes = [squash(quote) for quote in row["evidence"]]

        def right(c: Candidate, quotes: list[str] = quotes) -> bool:
            text = squash(c.sentence.text)
            return any(quote in text or (text in quote and len(text) > 8) for quote in quotes)

        yield _case(assistant, name, row["question"], found, right, row["answerable"])
        twin = perturbed(row["question"], found[0].page) if row["answerable"] and found else None
        if twin:
            yield _case(assistant, f"{name}-twins", twin, found, right, False)


def rgb_cases(assistant: Assistant, path: Path) -> Iterator[Case]:
    """Each question with its positives, with a mixture, and with negatives alone."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        slots = [s if isinstance(s, list) else [s] for s in _slots(row["answer"])]
        good, bad = row["positive"], row["negative"]
        mixed = [*good[:2], *bad[:3]]
        random.Random(row["id"]).shuffle(mixed)
        for texts, answerable in ((good[:5], True), (mixed, True), (bad[:5], False)):
            if answerable and texts is not mixed and (twin := perturbed(row["query"], " ".join(texts))):
                yield _read_case(assistant, "rgb", twin, texts, slots, False)
            if texts and not (not answerable and holds(" ".join(texts), slots)):
                yield _read_case(assistant, "rgb", row["query"], texts, slots, answerable)


def _slots(answer: Any) -> list[Any]:  # noqa: ANN401 - a string, or lists of them
    return answer if isinstance(answer, list) else [answer]


def cmrc_cases(assistant: Assistant, path: Path, most: int = 400) -> Iterator[Case]:
    """Questions beside their own paragraph, and beside the most similar other one."""
    paragraphs = [
        p for item in json.loads(path.read_text(encoding="utf-8"))["data"] for p in item["paragraphs"]
    ]
    rows = [
        (qa["question"], [answer["text"] for answer in qa["answers"]], paragraph["context"])
        for paragraph in paragraphs
        for qa in paragraph["qas"]
    ]
    random.Random(7).shuffle(rows)
    texts = list(dict.fromkeys(text for _, _, text in rows))
    for question, answers, text in rows[:most]:
        slots = [[a for a in answers if a]]
        yield _read_case(assistant, "cmrc", question, [text], slots, True)
        if twin := perturbed(question, text):
            yield _read_case(assistant, "cmrc", twin, [text], slots, False)
        other = max((t for t in texts if t != text), key=lambda t: _shared(question, t))
        if not holds(other, slots):
            yield _read_case(assistant, "cmrc", question, [other], slots, False)


def _shared(question: str, text: str) -> int:
    return sum(question[i : i + 2] in text for i in range(len(question) - 1))


def _read_case(
    assistant: Assistant, name: str, question: str, texts: Sequence[str],
    slots: Sequence[Sequence[str]], answerable: bool,
) -> Case:  # fmt: skip
    given = given_hits(texts)
    found = candidates(given.hits, given.sentences.__getitem__, given.texts.__getitem__)
    return _case(
        assistant, name, question, found, lambda c: holds(c.sentence.text, slots), answerable
    )


def _case(
    assistant: Assistant, name: str, question: str, found: Sequence[Candidate],
    right: Callable[[Candidate], bool], answerable: bool,
) -> Case:  # fmt: skip
    asked = analyse(question, assistant._today())
    vector = assistant._embedder.get_query_embedding(asked.text)
    ranked = rank(asked, asked.parts[0], found, vector, assistant._embed, load_decision())
    features = np.array([f for _, f, _ in ranked], dtype=float).reshape(-1, len(NAMES))
    marks = np.array([answerable and right(c) for _, _, c in ranked], dtype=bool)
    return Case(name, question, features, marks, answerable, len(asked.parts[0].terms), asked.english)


_PLACES = ["洛阳", "开封", "徐州", "南通", "绵阳", "桂林", "烟台", "赣州", "湘潭", "大同", "保定", "锦州"]
_PEOPLE = ["周文海", "陆敏之", "高建业", "何晓岚", "孟庆和", "邵一鸣", "冯玉洁", "范志远"]


def perturbed(question: str, text: str) -> str | None:
    """The question with a year, number or name changed to one that the text does not hold."""
    chance = random.Random(question)
    changes: list[tuple[int, int, str]] = []
    for found in re.finditer(r"(?<!\d)\d{1,6}(?![\d.])", question):
        value = int(found.group())
        changes.append((*found.span(), str(value + chance.choice((-3, -2, -1, 1, 2, 3)))))
    position = 0
    for word, tag in rjieba.tag(question):
        start = question.find(word, position)
        position = start + len(word)
        pool = {"ns": _PLACES, "nr": _PEOPLE}.get(tag)
        if pool and len(word) > 1 and word in text:
            changes.append((start, position, chance.choice(pool)))
    changes = [c for c in changes if c[2] not in text and c[2] not in question]
    if not changes:
        return None
    start, end, new = chance.choice(changes)
    return question[:start] + new + question[end:]


def fit_rank(cases: Sequence[Case], start: Array) -> Array:
    """Weights of the conditional logit: maximise the probability of the right candidates."""
    useful = [c for c in cases if c.answerable and c.right.any() and not c.right.all()]
    weights = _set_weights(useful)

    def loss(w: Array) -> tuple[float, Array]:
        total, gradient = _PENALTY_RANK * float(w @ w), 2 * _PENALTY_RANK * w
        for case, weight in zip(useful, weights, strict=True):
            z = case.features @ w
            p = np.exp(z - z.max())
            p /= p.sum()
            q = p * case.right
            mass = q.sum() + 1e-12
            total -= weight * float(np.log(mass))
            gradient -= weight * (case.features.T @ (q / mass - p))
        return total, gradient

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


def fit_answer(rows: Array, labels: NDArray[np.bool_], weights: Array) -> Array:
    """Logistic weights, the bias last."""
    signs = np.where(labels, 1.0, -1.0)
    full = np.hstack([rows, np.ones((len(rows), 1))])

    def loss(w: Array) -> tuple[float, Array]:
        z = signs * (full @ w)
        penalty = np.append(_penalties(), 0.0)
        value = float((weights * np.logaddexp(0, -z)).sum() + (penalty * w * w).sum())
        slope = -weights * signs / (1 + np.exp(np.clip(z, -50, 50)))
        return value, full.T @ slope + 2 * penalty * w

    return np.asarray(minimize(loss, np.zeros(full.shape[1]), jac=True, method="L-BFGS-B").x)


def _penalties() -> Array:
    """Shrinkage: less for plain contradictions, which are rare in the data and decisive."""
    names = [*NAMES, *STANDING]
    return np.array([_PENALTY_ANSWER / 15 if n in _CONFLICTS else _PENALTY_ANSWER for n in names])


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


def to_decision(rank_weights: Array, answer: Array) -> Decision:
    return Decision(
        tuple(map(float, rank_weights)), tuple(map(float, answer[:-1])), float(answer[-1]), 1.0
    )


def fit(cases: Sequence[Case]) -> Decision:
    old = load_decision()
    weights = fit_rank(cases, np.array(old.rank))
    first = Decision(tuple(weights), (0.0,) * (len(NAMES) + len(STANDING)), 0.0, 1.0)
    _, rows, labels, balance = answer_data(cases, first)
    return to_decision(weights, fit_answer(rows, labels, balance))


def cross_fitted(cases: Sequence[Case]) -> list[tuple[Case, float, bool]]:
    """(case, probability, whether the best candidate is right) by weights fitted without it."""
    questions = sorted({c.question for c in cases})
    random.Random(3).shuffle(questions)
    fold_of = {question: n % FOLDS for n, question in enumerate(questions)}
    judged: list[tuple[Case, float, bool]] = []
    for fold in range(FOLDS):
        decision = fit([c for c in cases if fold_of[c.question] != fold])
        for case in (c for c in cases if fold_of[c.question] == fold and len(c.features)):
            row = best_row(case, decision)
            p = decision.probability(row[: len(NAMES)], row[len(NAMES) :])
            best = max(range(len(case.features)), key=lambda n: decision.score(list(case.features[n])))
            judged.append((case, p, bool(case.right[best])))
    return judged


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


def write(decision: Decision, path: Path, fitted_on: dict[str, int], curves: dict[str, Any]) -> None:
    data = {
        "fitted_on": fitted_on,
        "temperature": decision.temperature,
        "rank": {n: round(w, 4) for n, w in zip(NAMES, decision.rank, strict=True)},
        "answer": {
            n: round(w, 4) for n, w in zip([*NAMES, *STANDING], decision.answer, strict=True)
        },
        "bias": round(decision.bias, 4),
        "curve": curves,
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
