"""A question's candidates before the cross-encoder, the question worded as their paper would."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.cross_encoder import Beside, CrossEncoder
from rag.features import Candidate, home_pattern
from rag.thesaurus import in_print


def judged(
    asked: str, candidates: Sequence[Candidate], cross: CrossEncoder, fullest: Collection[str] = ()
) -> list[float]:
    """The cross-encoder's scores. A paper calls its own city and province 全市 and 全省: so does the
    question, for a sentence that does not name them. Where one of the
    `fullest` (ids) prints another word for one of the question's, the better of both wordings counts;
    a sentence that has less of the question would look like an answer for that word alone."""
    scores: dict[str, float] = {}
    by_wording: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        wording = at_home(asked, candidate)
        by_wording.setdefault(wording, []).append(candidate)
        other = in_print(wording, candidate.folded, candidate.near) if candidate.sentence.id in fullest else wording
        if other != wording:
            by_wording.setdefault(other, []).append(candidate)
    for wording, group in by_wording.items():
        found = cross.scores(wording, [beside(c) for c in group])
        for c, score in zip(group, found, strict=True):
            scores[c.sentence.id] = max(score, scores.get(c.sentence.id, score))
    return [scores[c.sentence.id] for c in candidates]


def at_home(asked: str, candidate: Candidate) -> str:
    """The question as the candidate's paper would word it."""
    for name, level in zip(candidate.home, "市省", strict=True):
        if name and name in asked and name not in candidate.folded:
            place = rf"{home_pattern(name)}(?:{level})?(?:全{level})?"
            office = re.search(rf"{place}[^，,的]{{2,14}}[局厅委办]", asked)
            asked = re.sub(place, level if office else f"全{level}", asked)
    return asked


def beside(candidate: Candidate) -> Beside:
    """A candidate as the cross-encoder reads it."""
    return Beside(candidate.sentence.text, candidate.head, candidate.near)
