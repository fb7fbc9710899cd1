"""List answers whole: the parts of one printed sentence, or the paragraphs that a colon announces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.features import Candidate

_ANNOUNCES = re.compile(r"[:：]$")
_COUNT = re.compile(r"([两二三四五六七八九十]|\d+)(?:个|项|大|方面|点|条|种|类)")
_NUMERALS = {char: n for n, char in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_MOST = 8
_MOST_CHARACTERS = 420


def announces(candidate: Candidate, question: str) -> bool:
    """Whether a sentence ends in a colon and announces as many things as the question asks for."""
    counted = _COUNT.search(question)
    return bool(counted and _ANNOUNCES.search(candidate.sentence.text) and counted.group() in candidate.folded)


def whole_list(best: Candidate, among: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The sentences of the list that `best` belongs to or announces, in print order; () where it
    is no part of a longer one."""
    same = [c for c in among if c.article.id == best.article.id and not c.sentence.heading]
    same.sort(key=lambda c: c.sentence.start)
    if _ANNOUNCES.search(best.sentence.text):
        return _announced(best, same)
    parts = [c for c in same if c.sentence.printed == best.sentence.printed]
    if len(parts) < 2 or sum(len(c.folded) for c in parts) > _MOST_CHARACTERS:
        return ()
    return tuple(parts[:_MOST])


def _announced(best: Candidate, same: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The colon's sentence and the first sentence of each paragraph that follows it."""
    counted = _COUNT.search(best.folded)
    many = _number(counted.group(1)) if counted else 4
    items: list[Candidate] = []
    for candidate in same:
        paragraph = candidate.sentence.paragraph
        if paragraph <= best.sentence.paragraph or len(items) == min(many, _MOST):
            continue
        if not items or paragraph > items[-1].sentence.paragraph:
            items.append(candidate)
    return (best, *items) if items else ()


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMERALS.get(text, 4)
