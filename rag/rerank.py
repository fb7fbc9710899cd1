"""A closer look at the best hits: how much of the question stands in the article and in a sentence.

BM25 lets a word that is repeated stand in for words that are missing, and an embedding blurs names
and figures. So the hits of the first stage are ordered again by what share of the question, rare
words counting for more, the whole article says, and what share its fullest sentence.

The weights were fitted as a choice among 30 hits (softmax) on 622 questions over 10,000 news
articles, and rounded; eight-fold, the right article comes first for 76.3% of the questions, before
the second look for 73.2%.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rag.records import Article, Hit
from rag.terms import query_pairs, query_words
from rag.text import fold

_DENSE, _LEXICAL = 1.0, 0.4
_ARTICLE_WORDS, _ARTICLE_PAIRS, _SENTENCE_WORDS = 7.0, 13.5, 10.5

Frequency = Callable[[Sequence[str]], Mapping[str, int]]


def rerank(
    question: str,
    hits: Sequence[Hit],
    legs: Mapping[str, tuple[float, float]],
    frequency: Frequency,
    total: int,
) -> list[Hit]:
    """The hits with new scores, best first. `legs` gives the standard scores of a chunk in the
    dense and in the lexical leg, `frequency` in how many of the `total` chunks each term stands.
    """
    words, pairs = query_words(question), query_pairs(question)
    counts = frequency([*words, *pairs])
    rarity = {term: math.log1p((total - n + 0.5) / (n + 0.5)) for term, n in counts.items()}
    scored = [Hit(h.chunk, _score(h, legs[h.chunk.id], words, pairs, rarity), h.ranks) for h in hits]
    return sorted(scored, key=lambda hit: (-hit.score, hit.chunk.id))


def _score(
    hit: Hit,
    leg: tuple[float, float],
    words: Sequence[str],
    pairs: Sequence[str],
    rarity: Mapping[str, float],
) -> float:
    whole = _whole(hit.chunk.article)
    sentences = [fold(sentence.text) for sentence in hit.chunk.sentences]
    return (
        _DENSE * leg[0]
        + _LEXICAL * leg[1]
        + _ARTICLE_WORDS * _share(words, rarity, whole)
        + _ARTICLE_PAIRS * _share(pairs, rarity, whole)
        + _SENTENCE_WORDS * max(_share(words, rarity, text) for text in sentences)
    )


def _share(terms: Sequence[str], rarity: Mapping[str, float], text: str) -> float:
    """Of the terms' rarity, the share that the text has; 0 for no terms."""
    everything = sum(rarity[term] for term in terms)
    return sum(rarity[t] for t in terms if t in text) / everything if everything else 0.0


@lru_cache(maxsize=512)
def _whole(article: Article) -> str:
    heads = (article.column, article.title, article.subtitle, article.source.title, article.body)
    return fold("\n".join(filter(None, heads)))
