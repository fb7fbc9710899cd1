"""How well a sentence answers a question, judged by a model that reads the two together.

Nogueira and Cho (arXiv 1901.04085) use such a model for the second look at what a search has found.
This one is the embedding model itself, changed by `cross_adapter`; it also sees the article's
heading and what stands around the sentence, for 该项目 and 他 mean something printed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rag.e5_onnx import Tokens, load_session, usable_cores
from rag.e5_tokenizer import BOS, EOS, encodable
from rag.text import CLAUSE_END

_FILE = "cross.onnx"
_QUESTION, _HEADING, _SENTENCE, _AROUND = 40, 14, 120, 40  # tokens, at most
_ROOM, _LEAST = 84, 8  # sentence and surroundings together; what the surroundings always get
_CHARACTERS = 150  # of a sentence: of a longer one the clauses that have most of the question
_REMEMBERED = 20_000
_MOST_WORKERS = 4


class Beside(NamedTuple):
    """A sentence with its article's heading and the text around it."""

    text: str
    heading: str
    around: str


class CrossEncoder:
    """Scores of (question, sentence) pairs, by the model in `folder`. Remembers the last twenty
    thousand. Safe to share between threads."""

    def __init__(self, folder: Path, tokens: Tokens) -> None:
        self._session = cache(lambda: load_session(folder / _FILE))  # at the first pair
        self._tokens = tokens
        self._workers = min(usable_cores(), _MOST_WORKERS)
        self._remember = lru_cache(maxsize=_REMEMBERED)(self._score)

    def scores(self, question: str, sentences: Sequence[Beside]) -> list[float]:
        """The log-odds of each sentence to answer the question, about -8 to 8, each by itself."""
        if len(sentences) < 2 or self._workers == 1:
            return [self._remember(question, sentence) for sentence in sentences]
        # int8 models scale their activations by the whole input, so pairs are never put into one.
        with ThreadPoolExecutor(self._workers, "cross") as pool:
            return list(pool.map(lambda sentence: self._remember(question, sentence), sentences))

    def _score(self, question: str, sentence: Beside) -> float:
        ids, segments = encoded(question, sentence, self._tokens)
        given = {"input_ids": np.array([ids]), "segments": np.array([segments])}
        (found,) = self._session().run(["score"], given)
        return float(np.asarray(found)[0, 0])


def window(question: str, text: str, most: int = _CHARACTERS) -> str:
    """A sentence as far as it is read: whole, or of more than `most` characters the run of clauses
    about the one that shares most pairs of characters with the question."""
    if len(text) <= most:
        return text
    asked = {question[i : i + 2] for i in range(len(question) - 1)}
    starts = [0, *(m.end() for m in CLAUSE_END.finditer(text)), len(text)]
    clauses = [(a, b) for a, b in pairwise(starts) if a < b]

    def shared(clause: tuple[int, int]) -> int:
        piece = text[slice(*clause)]
        return sum(pair in piece for pair in asked)

    best = max(range(len(clauses)), key=lambda n: shared(clauses[n]))
    low, high = best, best
    while True:
        wider = [(low - 1, high)] * (low > 0) + [(low, high + 1)] * (high + 1 < len(clauses))
        fitting = [(a, b) for a, b in wider if clauses[b][1] - clauses[a][0] <= most]
        if not fitting:
            return text[clauses[low][0] : clauses[high][1]][:most]
        # To the left first, where the subject stands, but not twice in a row.
        low, high = fitting[(best - low > high - best) and len(fitting) > 1]


def encoded(question: str, sentence: Beside, tokens: Tokens) -> tuple[list[int], list[int]]:
    """(token ids, segments): question, heading and surroundings are segment 0, the sentence 1."""

    def cut(text: str) -> list[int]:
        return tokens(encodable(text))

    told = cut(window(question, sentence.text))[:_SENTENCE]
    heading = cut(sentence.heading)[:_HEADING]
    room = min(_AROUND, max(_LEAST, _ROOM - len(told)))
    around = cut(sentence.around)[-room:] if sentence.around else []
    before = [BOS, *cut(question)[:_QUESTION], EOS, *heading, EOS, *around, EOS]
    return [*before, *told, EOS], [0] * len(before) + [1] * (len(told) + 1)
