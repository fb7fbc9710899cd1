"""A closer look at the best hits: how much of the question stands in the article and in a sentence.

BM25 lets a word that is repeated stand in for words that are missing, and an embedding blurs names
and figures. So the hits of the first stage are ordered again by what share of the question, rare
words counting for more, the whole article says, and what share its fullest sentence.

The weights were fitted as a choice among 30 hits (softmax) on 622 questions over 10,000 news
articles, eight-fold, and rounded: one set for an index whose tokens were compared
(`rag.late_interaction`), another for one without. A question about 2023年8月 prefers what happened
then: on the 92 of them that name a time MRR rose from .856 to .874.

Then a cross-encoder reads the fullest sentence of the first few articles, after the end of what
stands before it, for without that two points of hit@1 are lost. How much it reads is a setting
(`search_reads`); on the 173 of the questions that trained nothing (hit@1, hit@5, MRR; the times are
those of all, median and 95th percentile on two busy cores, in ms):

    without tokens, four read      83.2  93.6          73  107
    tokens, none read              81.5  96.0  .874    32   48
    tokens, two read               82.7  96.0  .884    57   80
    tokens, 36 read                84.4  96.0  .898   171  400

Articles without the question's subject are held back: on 1,002 questions about paragraphs of an
encyclopaedia the right one came first for 97.0% without that rule, and for 98.6% with it (99.0% with
the tokens).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from statistics import fmean

from rag.cross_encoder import Beside, window
from rag.records import Article, Chunk, DateRange, Hit, Sentence
from rag.terms import query_names, query_pairs, query_words
from rag.text import fold


@dataclass(frozen=True, slots=True)
class _Weights:
    """What each of the scores weighs; `times` is how many of the question's are told of."""

    dense: float
    lexical: float
    article_words: float
    article_pairs: float
    sentence_words: float
    times: float
    likeness: float = 0.0


_BY_TOKENS = _Weights(0.3, 0.0, 3.3, 15.5, 7.0, 2.4, 35.0)
_WITHOUT_TOKENS = _Weights(1.0, 0.4, 7.0, 13.5, 10.5, 2.0)

Frequency = Callable[[Sequence[str]], Mapping[str, int]]
Judge = Callable[[Sequence[Beside]], Sequence[float]]  # how well each sentence answers, in log-odds
Told = Callable[[str], Sequence[Sentence]]  # an article's sentences, by its id

_ARTICLES, _WITHIN = 12, 12.0  # articles that are read at most, and how far below the first
_AT_A_GLANCE, _BEFORE = 100, 50  # characters of a sentence, and of the one before it
_READING = 1.5  # what the log-odds of an article's best sentence weigh beside the other scores


@dataclass(frozen=True, slots=True)
class Sought:
    """What a question looks for: its words and pairs of characters, how rare each of them is, and
    the times it names."""

    question: str
    words: Sequence[str]
    pairs: Sequence[str]
    rarity: Mapping[str, float]
    times: Sequence[DateRange] = ()


def sought(
    question: str, frequency: Frequency, total: int, times: Sequence[DateRange] = ()
) -> Sought:
    """`frequency` gives in how many of the `total` chunks each term stands."""
    words = list(dict.fromkeys([*query_words(question), *query_names(question)]))
    pairs = query_pairs(question)
    counts = frequency([*words, *pairs])
    rarity = {term: math.log1p((total - n + 0.5) / (n + 0.5)) for term, n in counts.items()}
    return Sought(question, words, pairs, rarity, times)


def rerank(
    terms: Sought, hits: Sequence[Hit], legs: Mapping[str, tuple[float, float]],
    near: Mapping[str, float] | None = None,
) -> list[Hit]:  # fmt: skip
    """The hits with new scores, best first. `legs` gives the standard scores of a chunk in the
    dense and in the lexical leg, `near` how like the question it is token by token, where that is
    known."""
    scored = [
        replace(hit, score=_score(hit, legs[hit.chunk.id], terms, (near or {}).get(hit.chunk.id)))
        for hit in hits
    ]
    return sorted(scored, key=lambda hit: (-hit.score, hit.chunk.id))


def reread(
    terms: Sought, hits: Sequence[Hit], told: Told, judge: Judge, most: int = 2
) -> list[Hit]:
    """The hits (best first, with the scores of `rerank`) in the order that they have once the
    fullest sentences of the first few articles have been judged, at most `most`: one of each, or
    where that is more than twelve articles have, several. An article counts for its best, and what
    has not been read as the average of these."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.chunk.article.id, hit)
    if len(first) < 2:
        return list(hits)
    near = sum(hit.score > hits[0].score - _WITHIN for hit in first.values())
    read = list(first)[: min(max(2, near), most, _ARTICLES)]
    each = max(1, most // min(most, _ARTICLES))
    # An article that another process has just replaced has no sentences any more but those at hand.
    glances = [_at_a_glance(terms, first[id].chunk.article, told(id) or first[id].chunk.sentences, each) for id in read]
    scores = iter(judge([sentence for glance in glances for sentence in glance]))
    said = {id: max(islice(scores, len(glance))) for id, glance in zip(read, glances, strict=True)}
    said = _about_the_subject(terms, {id: _whole(first[id].chunk.article) for id in read}, said)
    unread = fmean(said.values())
    scored = [
        replace(hit, score=hit.score + _READING * said.get(hit.chunk.article.id, unread)) for hit in hits
    ]  # fmt: skip
    return sorted(scored, key=lambda hit: -hit.score)


def _about_the_subject(
    terms: Sought, wholes: Mapping[str, str], said: Mapping[str, float]
) -> dict[str, float]:
    """What was read, where an article without the question's subject, the rarest of its words that
    any of them has, sounds no better than the best of those with it: a sentence about another
    plant or bridge may say just what is asked."""
    rarest = sorted(terms.words, key=lambda word: -terms.rarity[word])
    subject = next((word for word in rarest if any(word in whole for whole in wholes.values())), "")
    most = max((score for id, score in said.items() if subject in wholes[id]), default=0.0)
    return {id: score if subject in wholes[id] else min(score, most) for id, score in said.items()}


def _at_a_glance(
    terms: Sought, article: Article, sentences: Sequence[Sentence], most: int
) -> list[Beside]:
    """The sentences of an article that have most of the question, as the cross-encoder reads them
    here: cut short, for time goes with the length, but after the end of what stands before, which
    often names what they speak of."""
    folded = [fold(sentence.text) for sentence in sentences]
    shares = [sum(_share(t, terms.rarity, text) for t in (terms.words, terms.pairs)) for text in folded]
    fullest = sorted(range(len(folded)), key=lambda n: -shares[n])[:most]
    heading = fold(" ".join(filter(None, (article.column, article.title, article.subtitle))))
    return [
        Beside(window(terms.question, folded[n], _AT_A_GLANCE), heading, folded[n - 1][-_BEFORE:] if n else "")
        for n in fullest
    ]  # fmt: skip


def _score(hit: Hit, leg: tuple[float, float], terms: Sought, likeness: float | None) -> float:
    whole = _whole(hit.chunk.article)
    weights = _WITHOUT_TOKENS if likeness is None else _BY_TOKENS
    sentences = (_share(terms.words, terms.rarity, fold(s.text)) for s in hit.chunk.sentences)
    return (
        weights.dense * leg[0]
        + weights.lexical * leg[1]
        + weights.article_words * _share(terms.words, terms.rarity, whole)
        + weights.article_pairs * _share(terms.pairs, terms.rarity, whole)
        + weights.sentence_words * max(sentences)
        + weights.times * _told_of(terms.times, hit.chunk)
        + weights.likeness * (likeness or 0.0)
    )


def _told_of(times: Sequence[DateRange], chunk: Chunk) -> float:
    """The share of the times that a date of the chunk overlaps; 0 for no times."""
    told = [mention.range for sentence in chunk.sentences for mention in sentence.dates]
    return sum(any(t.overlaps(range) for range in told) for t in times) / len(times) if times else 0.0


def _share(terms: Sequence[str], rarity: Mapping[str, float], text: str) -> float:
    """Of the terms' rarity, the share that the text has; 0 for no terms."""
    everything = sum(rarity[term] for term in terms)
    return sum(rarity[t] for t in terms if t in text) / everything if everything else 0.0


@lru_cache(maxsize=512)
def _whole(article: Article) -> str:
    heads = (article.column, article.title, article.subtitle, article.source.title, article.body)
    return fold("\n".join(filter(None, heads)))
