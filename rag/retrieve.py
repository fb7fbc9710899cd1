"""A question -> the chunks that may answer it: dense and lexical hits, fused.

On exact questions about news the lexical leg carries and rank fusion throws its strength away, so
the two are fused by standardised scores; each leg's scores are brought to mean 0 and deviation 1
over what it found, and what a leg did not find counts as its worst hit. The best are then looked
at closely (`rag.rerank`).

A reader who searches gets more: before that look the best are compared with the question token by
token (`rag.late_interaction`), after it the first few are read. What is found to answer from is
not ordered so: the decision about an answer was fitted on scores without it, and the answers to
156 questions about 10,000 articles were no better for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from statistics import fmean, pstdev

from rag.index import Index
from rag.late_interaction import Embedded, TokenVectors, likeness
from rag.records import Chunk, DateRange, Hit
from rag.rerank import Judge, rerank, reread, sought
from rag.scope import EVERYTHING, Scope
from rag.text import bare

_DENSE_WEIGHT = 0.5
_REACH = 60  # hits taken from each leg at the least
_COMPARED = 60  # of the fused ones, token by token
_LIKENESS_WEIGHT = 25.0  # likenesses differ by some hundredths
_LOOKED_AT, _LIKEST = 30, 20  # of the fused ones, or of the likest of them, closely
_PREFIX = 80


def search(
    index: Index,
    embedded: Callable[[], Embedded],
    question: str,
    limit: int,
    scope: Scope = EVERYTHING,
    legs: str = "both",
    times: Sequence[DateRange] = (),
    judge: Judge | None = None,
    reads: int = 0,
) -> list[Hit]:
    """The `limit` best hits, best first, near-duplicates folded into the better one. `legs` leaves
    one out: "dense" or "lexical" is then the only one. `embedded` gives the question's vector and
    tokens, while its words are looked up. `times` are those that the question names. With a `judge`
    the tokens are compared, at most `reads` sentences of the first few articles are read, and a
    second hit of an article comes after all that are the first of theirs."""
    reach = max(_REACH, 2 * limit)
    with ThreadPoolExecutor(1, "dense") as pool:  # both wait for what is no Python of ours
        meant = None if legs == "lexical" else pool.submit(_meant, index, embedded, reach, scope)
        lexical = index.lexical(question, reach, scope) if legs != "dense" else []
        terms = sought(question, index.document_frequency, index.size(), times)
        dense, tokens = meant.result() if meant else ([], None)
    scores = standard_scores(dense, lexical)
    order = sorted(scores, key=lambda id: (-_fused(scores[id]), id))
    looked_at = max(_LOOKED_AT, 2 * limit + 8)
    near = _likenesses(index, tokens, order[: max(_COMPARED, 2 * limit + 8)]) if judge else {}
    if near:
        looked_at = max(_LIKEST, limit + limit // 2)
        order = sorted(near, key=lambda id: (-_fused(scores[id]) - _LIKENESS_WEIGHT * near[id], id))
    found = (("dense", dense), ("lexical", lexical))
    places = {leg: {id: n for n, (id, _) in enumerate(hits, 1)} for leg, hits in found}
    hits = [
        Hit(c, 0.0, {leg: p[c.id] for leg, p in places.items() if c.id in p})
        for c in index.chunks(order[:looked_at])
    ]
    ranked = _distinct(rerank(terms, hits, scores, near))
    if judge:
        ranked = _spread(reread(terms, ranked, index.sentences, judge, reads) if reads else ranked)
    return ranked[:limit]


def _meant(
    index: Index, embedded: Callable[[], Embedded], reach: int, scope: Scope
) -> tuple[list[tuple[str, float]], TokenVectors | None]:
    question = embedded()
    return index.dense(question.vector, reach, scope), question.asked


def _likenesses(index: Index, tokens: TokenVectors | None, ids: Sequence[str]) -> dict[str, float]:
    """How like the question each chunk is, token by token; a chunk without token vectors counts as
    the average. {} where there are none."""
    found = likeness(tokens, index.codes(ids)) if tokens else []
    known = [one for one in found if one is not None]
    if not known:
        return {}
    return {id: fmean(known) if one is None else one for id, one in zip(ids, found, strict=True)}


def merged(found: Iterable[Sequence[Hit]]) -> list[Hit]:
    """The hits of several searches, each chunk's best one, best first."""
    best: dict[str, Hit] = {}
    for hit in chain.from_iterable(found):
        if hit.chunk.id not in best or best[hit.chunk.id].score < hit.score:
            best[hit.chunk.id] = hit
    return sorted(best.values(), key=lambda hit: -hit.score)


def standard_scores(
    dense: Sequence[tuple[str, float]], lexical: Sequence[tuple[str, float]]
) -> dict[str, tuple[float, float]]:
    """Chunk id -> its standard scores in both legs."""
    first, second = _standard(dense), _standard(lexical)
    low_first, low_second = min(first.values(), default=0.0), min(second.values(), default=0.0)
    return {
        id: (first.get(id, low_first), second.get(id, low_second))
        for id in dict.fromkeys([*first, *second])
    }


def _fused(legs: tuple[float, float]) -> float:
    return _DENSE_WEIGHT * legs[0] + legs[1]


def _standard(found: Sequence[tuple[str, float]]) -> dict[str, float]:
    if not found:
        return {}
    values = [score for _, score in found]
    middle, spread = fmean(values), pstdev(values) or 1.0
    return {id: (score - middle) / spread for id, score in found}


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """Without chunks whose text another one repeats: one wire story stands in many papers."""
    kept: list[Hit] = []
    seen: set[str] = set()
    for hit in hits:
        print_of = _print(hit.chunk)
        if print_of not in seen:
            seen.add(print_of)
            kept.append(hit)
    return kept


def _spread(hits: Sequence[Hit]) -> list[Hit]:
    """Each article's best hit, then the others: five chunks of one article are one answer."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.chunk.article.id, hit)
    lowest = min((hit.score for hit in first.values()), default=0.0)
    rest = [hit for hit in hits if first[hit.chunk.article.id] is not hit]
    return [*first.values(), *(replace(hit, score=min(hit.score, lowest)) for hit in rest)]


def _print(chunk: Chunk) -> str:
    begin, end = bare(chunk.text[: 2 * _PREFIX]), bare(chunk.text[-2 * _PREFIX :])
    return f"{begin[:_PREFIX]}|{end[-_PREFIX:]}"
