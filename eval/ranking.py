"""Ranks of the right document -> hit rates; and plain rankers to compare with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import bm25s
import numpy as np
import rjieba

from eval.external import counted
from eval.totals import Rate

_WORD = re.compile(r"\w")


def ranking_columns(ranks: Sequence[int | None], depths: Sequence[int]) -> dict[str, Rate]:
    """hit@k for each depth; a rank of None is a miss."""
    return {f"hit@{k}": counted([r is not None and r <= k for r in ranks]) for k in depths}


def reciprocal(ranks: Sequence[int | None]) -> float:
    """The mean reciprocal rank, 0.0 of nothing."""
    return sum(1 / r if r else 0.0 for r in ranks) / max(1, len(ranks))


def rank_of(gold: Sequence[str], found: Sequence[str]) -> int | None:
    """The place, from 1, of the first document that is gold."""
    wanted = set(gold)
    return next((place for place, id in enumerate(found, 1) if id in wanted), None)


class Bm25:
    """BM25 with the defaults of bm25s over jieba's words (marks are none), whole documents."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._ids = list(documents)
        self._ranker = bm25s.BM25()
        self._ranker.index([_words(text) for text in documents.values()], show_progress=False)

    def search(self, query: str, limit: int) -> list[str]:
        """Document ids, best first."""
        scores = self._ranker.get_scores(_words(query))
        best = np.argsort(-scores, kind="stable")[:limit]
        return [self._ids[n] for n in best]


def _words(text: str) -> list[str]:
    return [word.lower() for word in rjieba.cut(text) if _WORD.search(word)]
