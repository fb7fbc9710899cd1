"""Which sentence answers best, and whether to answer at all: two fitted linear models, each in
two editions, without the cross-encoder's scores and with them.

The weights live in decision.json, written by `python -m eval fit`; the same file says on what they
were fitted and what the refusal costs at each threshold. Ranking is a conditional logit over the
candidates of one question; answering is a logistic model of the best candidate's features and of
how far it stands out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from rag.errors import WenbaoError
from rag.features import CROSS, NAMES

STANDING = ("margin", "share", "terms", "english")


class Depth(NamedTuple):
    """How much is read of what was found: how many times the usual passages, how many of their
    sentences are compared by their embedding, and how many of those the cross-encoder reads."""

    passages: int
    embedded: int
    read: int


CLOSE = Depth(1, 16, 8)
WIDE = Depth(3, 24, 16)  # before a question is refused


@dataclass(frozen=True, slots=True)
class Decision:
    """`rank` has a weight for each of features.NAMES (and features.CROSS), `answer` for each of
    those and STANDING."""

    rank: tuple[float, ...]
    answer: tuple[float, ...]
    bias: float
    temperature: float

    def score(self, features: Sequence[float]) -> float:
        """Higher answers better; comparable between the candidates of one question only."""
        return sum(w * x for w, x in zip(self.rank, features, strict=True))

    def shares(self, scores: Sequence[float]) -> list[float]:
        """The probability of each candidate to be the one that answers, given that one does."""
        if not scores:
            return []
        top = max(scores)
        raised = [math.exp((score - top) / self.temperature) for score in scores]
        return [value / sum(raised) for value in raised]

    def probability(self, features: Sequence[float], standing: Sequence[float]) -> float:
        """How likely it is that the best candidate answers the question, from 0 to 1."""
        z = self.bias + sum(
            w * x for w, x in zip(self.answer, [*features, *standing], strict=True)
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def standing(scores: Sequence[float], shares: Sequence[float], terms: int, english: bool) -> list[float]:
    """How the best candidate stands out: the values of STANDING, `scores` best first."""
    margin = scores[0] - scores[1] if len(scores) > 1 else 3.0
    return [min(margin, 3.0) / 3, shares[0], min(terms, 12) / 12, float(english)]


@lru_cache(maxsize=2)
def load_decision(*, cross: bool = False) -> Decision:
    """The shipped weights: those without the cross-encoder, or those with it. Raises WenbaoError
    when they do not belong to these features."""
    names = [*NAMES, *CROSS] if cross else [*NAMES]
    data = json.loads((files("rag") / "decision.json").read_text(encoding="utf-8"))
    fitted = data["cross" if cross else "plain"]
    if (list(fitted["rank"]), list(fitted["answer"])) != (names, [*names, *STANDING]):
        raise WenbaoError(
            "rag/decision.json was fitted on other features; run `python -m eval fit` again"
        )
    return Decision(
        tuple(fitted["rank"].values()), tuple(fitted["answer"].values()), fitted["bias"],
        fitted["temperature"],
    )  # fmt: skip
