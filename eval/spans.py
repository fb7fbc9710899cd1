"""Places in pages: which evidence an answer's citations and passages cover.

Everything is counted in characters of the source, never in ids of chunks, so that the figures
survive another way of cutting the pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.corpus import Corpus
from eval.questions import Evidence
from rag import squash

_HALF = 0.5
DEPTHS = (1, 3, 5, 8)
LEGS = ("dense", "lexical")
_LEG_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Span:
    source: str
    start: int
    end: int

    def common(self, other: Span) -> int:
        if self.source != other.source:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Cited:
    """Of `cited` quotes `located` stand at their place, and `precise` of those touch evidence;
    `covered` of `wanted` pieces of evidence are touched by a located quote."""

    cited: int
    located: int
    precise: int
    wanted: int
    covered: int


@dataclass(frozen=True, slots=True)
class Retrieved:
    """`covered[k]`: share of the evidence that the first k passages hold; `rank`: that of the first
    passage that holds any, None if none does; `ndcg`: at 5, a passage gains by new evidence only;
    `legs`: share of the evidence in passages that this leg of the search ranks among its first 5.
    """

    covered: dict[int, float]
    rank: int | None
    ndcg: float
    legs: dict[str, float]


def spans_of(rows: Iterable[Any]) -> list[Span]:
    return [Span(row["source"], row["start"], row["end"]) for row in rows]


def places(evidence: Evidence) -> list[Span]:
    """Where one piece of evidence is printed; any one of them will do."""
    return [Span(evidence.source, p.start, p.end) for p in (evidence, *evidence.also)]


def touches(a: Span, b: Span) -> bool:
    """Whether they share half of the shorter one: a quote may be narrower or wider than gold."""
    return a.common(b) >= _HALF * min(a.end - a.start, b.end - b.start) > 0


def holds(passage: Span, span: Span) -> bool:
    return passage.common(span) >= _HALF * (span.end - span.start) > 0


def is_located(row: Mapping[str, Any], corpus: Corpus) -> bool:
    """Whether the page holds the quote at its place, white space aside."""
    text = corpus.text(row["source"])
    there = squash(text[row["start"] : row["end"]])
    return bool(there) and there == squash(row["quote"])


def cited(citations: Sequence[Mapping[str, Any]], evidence: Sequence[Evidence], corpus: Corpus) -> Cited:
    good = spans_of(row for row in citations if is_located(row, corpus))
    wanted = [places(piece) for piece in evidence]
    precise = sum(any(touches(span, p) for piece in wanted for p in piece) for span in good)
    covered = sum(any(touches(span, p) for span in good for p in piece) for piece in wanted)
    return Cited(len(citations), len(good), precise, len(wanted), covered)


def retrieved(passages: Sequence[Any], evidence: Sequence[Evidence]) -> Retrieved:
    """Of `evidence`, of which there must be some, what the passages hold, in their order."""
    spans = list(dict.fromkeys(spans_of(passages)))
    wanted = [places(piece) for piece in evidence]
    found: list[set[int]] = [
        {n for n, piece in enumerate(wanted) if any(holds(span, p) for p in piece)}
        for span in spans
    ]
    covered = {
        k: len(set().union(*found[:k])) / len(wanted) if found else 0.0 for k in DEPTHS
    }  # fmt: skip
    rank = next((place for place, new in enumerate(found, 1) if new), None)
    legs = {leg: _held(_found_by(leg, passages), wanted) for leg in LEGS}
    return Retrieved(covered, rank, _ndcg(found, len(wanted), 5), legs)


def _found_by(leg: str, passages: Sequence[Any]) -> list[Span]:
    ranks = (row.get("ranks", {}).get(leg) for row in passages)
    return spans_of(p for p, rank in zip(passages, ranks, strict=True) if rank and rank <= _LEG_DEPTH)


def _held(spans: Sequence[Span], wanted: Sequence[Sequence[Span]]) -> float:
    return sum(any(holds(s, p) for s in spans for p in piece) for piece in wanted) / len(wanted)


def _ndcg(found: Sequence[set[int]], wanted: int, depth: int) -> float:
    """Each passage that holds new evidence gains 1, discounted by its rank; the ideal is one such
    passage for each piece, so two pieces in one passage leave it a little below 1."""
    seen: set[int] = set()
    gain = 0.0
    for place, here in enumerate(found[:depth], 1):
        gain += bool(here - seen) / math.log2(place + 1)
        seen |= here
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(depth, wanted) + 1))
