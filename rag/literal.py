"""What a sentence says in so many words, however it sounds to a model."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answers import names_holder, tells_office
from rag.features import NAMES, Candidate
from rag.questions import Part

_AGAINST = ("dates_conflict", "scope_conflict", "opposed", "sibling", "tense_conflict", "another_office")
_MOSTLY = 0.8
_SURELY, _LIKELY, _NOT = 2.0, 0.5, -10.0  # log-odds


def in_so_many_words(part: Part, features: Sequence[float], candidate: Candidate) -> float:
    """The log-odds that print itself gives: high where it names the holder of the very office, or
    the office of the very person; even where the clause of a figure, day or name says all that is
    asked, and nothing speaks against it."""
    by_name = dict(zip(NAMES, features, strict=True))
    if any(by_name[name] > 0 for name in _AGAINST):
        return _NOT
    if "person" in part.kinds and by_name["covered"] > _MOSTLY and names_holder(part.text, candidate.folded):
        return _SURELY
    if tells_office(part, candidate.folded):
        return _SURELY
    literal = by_name["covered"] > 0.99 and by_name["kind_strict"] > 0.99 and by_name["closeness"] > _MOSTLY
    return _LIKELY if literal else _NOT


def surely(part: Part, features: Sequence[float], candidate: Candidate) -> bool:
    """Whether a sentence is worth a close look, whatever else is found."""
    return in_so_many_words(part, features, candidate) >= _SURELY
