"""Candidates -> the sentences that answer, or the decision not to answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answers import may_date, may_measure, may_place, of_a_later_year
from rag.attributes import looks_other
from rag.belonging import of_another, of_another_place, told_of_the_past
from rag.cross_encoder import CrossEncoder
from rag.decision import CLOSE, Decision, Depth, standing
from rag.features import NAMES, Candidate, measure, scaled_cosine
from rag.judging import judged
from rag.lists import announces, whole_list
from rag.literal import in_so_many_words, surely
from rag.matching import matched
from rag.premises import leaves_open
from rag.questions import Part, Question
from rag.support import supporting
from rag.text import bare, fold

_LONG = 60
_COSINE, _ABOVE = NAMES.index("cosine"), NAMES.index("cosine_above")
_ITSELF, _STRICT = NAMES.index("covered"), NAMES.index("kind_strict")
_COVERED, _ELSEWHERE = NAMES.index("covered_near"), NAMES.index("better_elsewhere")
_SURELY = {"sibling": 1.0, "another_office": 1.0, "unprinted": 1.0, "opposed": 1.0, "scope_conflict": 0.99}
# 局长某某说。 and the line 访某局局长某某 tell who somebody is and nothing else.
_ONLY_SPEAKS = re.compile("[^，,：:；;]{2,40}(?:说|表示|介绍|告诉记者|指出|强调)[。.]?|[—-]*访[^，,：:；;]{2,40}")
_CALLED = re.compile("(?:书记|[局厅处院校馆所站队会市县区镇村]长|主任|经理|董事长|总裁|主席)(?:的?(?:姓名|名字)|叫|姓)")
_OFFICE_ASKED = re.compile("职务|职位|身份|担任|头衔|做什么的|干什么的|干啥的|什么官|什么人")
# Shares of the question's words, and scaled_cosine, below which nothing is told.
_STRANGE, _DOUBTED = ((0.05, 0.3),), ((0.05, 0.8), (0.15, 0.7))
_CROSS = len(NAMES)  # where the cross-encoder's features begin
_NEARLY = 0.1  # of the question's words that a sentence may have less than the fullest
_DEMOTED = 3.0  # how far below the others a sentence goes that plainly speaks of something else
_BEHIND = 5.0  # log-odds: who is so far behind the best without the cross-encoder is not read by it
_VETO = 0.1  # what a plain contradiction leaves of the probability
_ENOUGH = 0.8  # of the probability mass; then no further sentence is quoted
_WORTH = 0.12  # least share of a further sentence

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Judges:
    """What candidates are judged with: `embed` gives the unit vectors of sentences, `first` weighs
    the features; where there is a `cross` encoder, `last` weighs them with its scores."""

    embed: Embed
    first: Decision
    cross: CrossEncoder | None
    last: Decision


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences chosen for one part, best first (a list whole, in print order), and the
    probability that the first one answers it. `also` bears the first one out."""

    part: Part
    chosen: tuple[Candidate, ...]
    probability: float
    features: tuple[float, ...] = ()
    also: Candidate | None = None


def choose(
    question: Question,
    part: Part,
    candidates: Sequence[Candidate],
    vector: Sequence[float],
    judges: Judges,
    limit: int,
    depth: Depth = CLOSE,
) -> Choice:
    """The at most `limit` sentences that answer a part of the question best; `vector` embeds it."""
    ranked = rank(question, part, candidates, vector, judges, depth)
    if not ranked:
        return Choice(part, (), 0.0)
    decision = judges.last
    scores = [score for score, _, _ in ranked]
    shares = decision.shares(scores)
    features = ranked[0][1]
    stands = standing(scores, shares, len(part.terms), question.english)
    probability = decision.probability(features, stands)
    if "list" in part.kinds and (items := _list(part.text, [c for _, _, c in ranked], candidates)):
        return Choice(part, items, probability, (*features, *stands))
    chosen = _enough([c for _, _, c in ranked], shares, limit)
    if not any(_may_tell(question, part, c) for c in chosen):
        probability = 0.0
    elif _vetoed(features) or _beside_the_point(part, chosen[0]) or _strange(question, features) or _nameless(part, features):
        probability *= _VETO
    return Choice(part, chosen, probability, (*features, *stands), supporting(part, chosen[0], candidates))


def _vetoed(features: Sequence[float]) -> bool:
    """Whether print plainly speaks of something else. Of 480 questions where it does so in the best
    sentence, that sentence answers 2."""
    return any(features[NAMES.index(name)] >= sure for name, sure in _SURELY.items())


def _strange(question: Question, features: Sequence[float]) -> bool:
    """Whether the best sentence has nothing of a question, neither its words nor its meaning; between
    two languages meaning does not tell. Of 30 such sentences none answers, of those that are less far
    but which the cross-encoder doubts, too, every fourth."""
    if question.english:
        return False
    doubted = len(features) > _CROSS and features[_CROSS] < 0
    return any(features[_COVERED] < word and features[_COSINE] < far for word, far in (_DOUBTED if doubted else _STRANGE))


def _nameless(part: Part, features: Sequence[float]) -> bool:
    """Whether it is asked how the holder of an office is called, and the sentence names nobody."""
    return features[_STRICT] < 0 and bool(_CALLED.search(part.text))


def _beside_the_point(part: Part, c: Candidate) -> bool:
    """Whether a sentence speaks of what is asked about without telling it."""
    later = of_a_later_year(part, c.dates or c.far_dates)
    past = told_of_the_past(part, c.sentence.dates) or of_another_place(part, c.folded)
    other = past or of_another(part, c.folded, c.home) or looks_other(part.text, c.folded, c.near)
    return later or other or leaves_open(part.text, c.folded, c.near)


def _may_tell(question: Question, part: Part, c: Candidate) -> bool:
    of_people = "person" in part.kinds or all(term.name for term in part.terms) or _OFFICE_ASKED.search(part.text)
    if not may_date(part, c.sentence, c.folded) or (not of_people and _ONLY_SPEAKS.fullmatch(c.folded)):
        return False
    return may_measure(question, part, c.folded) and may_place(part, c.folded, c.near + c.head)


def rank(
    question: Question,
    part: Part,
    candidates: Sequence[Candidate],
    vector: Sequence[float],
    judges: Judges,
    depth: Depth = CLOSE,
) -> list[tuple[float, list[float], Candidate]]:
    """(score, features, candidate) of the candidates read closely, best first: each look is closer,
    dearer, and taken at fewer of them."""
    ranked = embedded(question, part, candidates, vector, judges, depth)
    if judges.cross is None or not ranked:
        return ranked
    best = ranked[0][0]
    nearest = [
        row for n, row in enumerate(ranked)
        if (n < depth.read and row[0] > best - _BEHIND) or surely(part, row[1], row[2])
    ]  # fmt: skip
    near = [c for _, _, c in nearest]
    most = max(row[1][_ITSELF] for row in nearest)
    fullest = {c.sentence.id for _, f, c in nearest if f[_ITSELF] >= most - _NEARLY}
    scores = judged(question.text, near, judges.cross, fullest)
    if len(question.parts) > 1:
        # Alone, a part lacks what the other has named; the whole question likes answers to the other.
        alone = judged(part.alone or part.text, near, judges.cross, fullest)
        both = [(a + b) / 2 for a, b in zip(scores, alone, strict=True)]
        scores = [max(pair) for pair in zip(both, alone, strict=True)] if part.alone else both
    literal = [in_so_many_words(part, f, c) for _, f, c in nearest]
    scores = [max(pair) for pair in zip(scores, literal, strict=True)]
    full = with_cross([f for _, f, _ in nearest], scores)
    again = [(judges.last.score(f) - _DEMOTED * _vetoed(f), f, c) for f, (_, _, c) in zip(full, nearest, strict=True)]
    return sorted(again, key=lambda item: -item[0])


def with_cross(
    features: Sequence[Sequence[float]], scores: Sequence[float]
) -> list[list[float]]:
    """The features of a question's candidates with those of features.CROSS; a sentence is held
    against the others that do not plainly speak of something else."""
    sound = [n for n, row in enumerate(features) if not _vetoed(row)]
    rows = []
    for n, (row, score) in enumerate(zip(features, scores, strict=True)):
        others = max((scores[m] for m in sound if m != n), default=score - 5)
        rows.append([*row, score / 5, max(-5.0, min(5.0, score - others)) / 5])
    return rows


def embedded(
    question: Question,
    part: Part,
    candidates: Sequence[Candidate],
    vector: Sequence[float],
    judges: Judges,
    depth: Depth = CLOSE,
) -> list[tuple[float, list[float], Candidate]]:
    """(score, features, candidate), best first, judged without the cross-encoder; only those that
    look best without their meaning are embedded."""
    decision = judges.first
    first = [(measure(question, part, c), c) for c in candidates]
    order = sorted(first, key=lambda item: -_without_meaning(decision, item))
    order = [item for n, item in enumerate(order) if n < depth.embedded or surely(part, *item)]
    if not order:
        return []
    cosines = _cosines(part, [candidate for _, candidate in order], vector, judges.embed)
    middle = float(cosines.mean())
    fullest = max(features[_COVERED] for features, _ in order)
    ranked = []
    for (features, candidate), cosine in zip(order, map(float, cosines), strict=True):
        features[_COSINE] = scaled_cosine(cosine)
        features[_ABOVE] = 10 * (cosine - middle)
        features[_ELSEWHERE] = fullest - features[_COVERED]
        ranked.append((decision.score(features), features, replace(candidate, cosine=cosine)))
    return sorted(ranked, key=lambda item: -item[0])


def _cosines(
    part: Part, candidates: Sequence[Candidate], vector: Sequence[float], embed: Embed
) -> NDArray[np.float32]:
    """How near each sentence is in meaning: the nearer of the whole and, in a long one, of its
    clauses that say most of what is asked, for many clauses blur each other."""
    texts, owners = [], []
    for number, candidate in enumerate(candidates):
        for text in (candidate.sentence.text, *_cores(part, candidate.sentence.text)):
            texts.append(text)
            owners.append(number)
    found = np.asarray(embed(texts), dtype=np.float32) @ np.asarray(vector, dtype=np.float32)
    best = np.full(len(candidates), -1.0, dtype=np.float32)
    np.maximum.at(best, np.array(owners), found)
    return best


def _cores(part: Part, text: str) -> list[str]:
    """Of a long sentence, the run of clauses that holds most of the terms; all runs where the
    question has no terms, being in another language."""
    if len(text) <= _LONG:
        return []
    clauses = re.findall(r"[^，,；;。：:]+[，,；;。：:]*", text)
    runs = [""]
    for clause in clauses:
        if runs[-1] and len(runs[-1]) + len(clause) > _LONG:
            runs.append("")
        runs[-1] += clause
    if not part.terms:
        return runs
    plain = [fold(run) for run in runs]
    shares = [sum(t.weight * matched(t, run) for t in part.terms) for run in plain]
    return [runs[max(range(len(runs)), key=shares.__getitem__)]]


def _without_meaning(decision: Decision, item: tuple[list[float], Candidate]) -> float:
    """The score before embedding; a question in another language leans on the retrieval."""
    features, candidate = item
    return decision.score(features) + 2 * candidate.retrieved


def _list(
    question: str, ranked: Sequence[Candidate], among: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """The list of the best candidate; or that of the second, where the best leads up to it in the
    same paragraph; or what one of the first three announces in so many words (四个方面：)."""
    best = ranked[0]
    for near in ranked[:3]:
        if announces(near, question) and (items := whole_list(near, among)):
            return items
    if items := whole_list(best, among):
        return items
    for second in ranked[1:2]:
        same = second.article.id == best.article.id
        if same and second.sentence.paragraph == best.sentence.paragraph:
            items = whole_list(second, among)
            return (best, *(c for c in items if c.sentence.id != best.sentence.id)) if items else ()
    return ()


def _enough(
    ranked: Sequence[Candidate], shares: Sequence[float], limit: int
) -> tuple[Candidate, ...]:
    """The best, and further ones while the probability that one of them answers is too low."""
    chosen: list[Candidate] = []
    prints: list[str] = []
    mass = 0.0
    for candidate, share in zip(ranked, shares, strict=True):
        text = bare(candidate.sentence.text)
        again = any(text in other or other in text for other in prints)
        if again or (chosen and candidate.sentence.heading):
            mass += share
            continue
        if chosen and (mass >= _ENOUGH or share < _WORTH or len(chosen) == limit):
            break
        chosen.append(candidate)
        prints.append(text)
        mass += share
    return tuple(chosen)
