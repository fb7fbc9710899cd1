"""A second printed line that bears out what the best sentence says."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answers import names_holder
from rag.features import Candidate
from rag.questions import Part


def supporting(part: Part, best: Candidate, among: Sequence[Candidate]) -> Candidate | None:
    """Where the holder of an office is asked for, the shortest other line of the article that names
    him as its holder: the headline of an interview, say. Where a time is asked for and the sentence
    has its own from one before it (2024年，…；通车643公里), that one. None for all else."""
    if "date" in part.kinds and best.sentence.frame:
        return _framing(best, among)
    if "person" not in part.kinds or not (name := names_holder(part.text, best.folded)):
        return None
    same = (c for c in _others(best, among) if names_holder(part.text, c.folded) == name)
    return min(same, key=lambda c: (len(c.folded), c.sentence.start), default=None)


def _framing(best: Candidate, among: Sequence[Candidate]) -> Candidate | None:
    """The last sentence before it that prints the date in force."""
    before = (
        c for c in _others(best, among)
        if c.sentence.start < best.sentence.start and best.sentence.frame in c.sentence.dates
    )  # fmt: skip
    return max(before, key=lambda c: c.sentence.start, default=None)


def _others(best: Candidate, among: Sequence[Candidate]) -> list[Candidate]:
    return [c for c in among if c.article.id == best.article.id and c.sentence.id != best.sentence.id]
