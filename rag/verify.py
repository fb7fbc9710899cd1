"""A statement against the sentences it cites: does every number, date and name stand there?

Used at run time on every answer and by the evaluation; code decides, whoever wrote the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import rjieba

from rag.dates import find_dates
from rag.quantities import Quantity, find_quantities, same_quantity
from rag.records import DateMention, DateRange, Sentence
from rag.text import fold, squash

_MARKER = re.compile(r"[\[【［]\s*\d+(?:\s*[,，、]\s*\d+)*\s*[\]】］]")
EXPLAINED = re.compile(r"（约?[\d年月日至]+(?:，未写明日期)?）")  # as `dates.annotate` adds
_NAMES = ("nr", "nrt", "ns", "nt")


def faults(
    statement: str, cited: Sequence[Sentence], issued: DateRange | None, header: str = ""
) -> tuple[str, ...]:
    """What of the statement does not stand in the cited sentences, in words; () when all does.

    `header` is text that counts as evidence too (the article's title, column and byline);
    `issued` resolves relative dates in the statement as they were in the article.
    """
    if not cited:
        return ("no citation",)
    text = _MARKER.sub("", statement)
    evidence = " ".join(sentence.text for sentence in cited) + " " + header
    wrong = [f"number {q.text}" for q in _missing_quantities(text, evidence)]
    wrong += [f"date {m.text}" for m in _missing_dates(text, cited, issued)]
    wrong += [f"name {name}" for name in _missing_names(text, evidence)]
    return tuple(wrong)


def _missing_quantities(text: str, evidence: str) -> list[Quantity]:
    given = find_quantities(evidence)
    return [q for q in find_quantities(text) if not any(same_quantity(q, g) for g in given)]


def _missing_dates(
    text: str, cited: Sequence[Sentence], issued: DateRange | None
) -> list[DateMention]:
    """Dates of the statement that no date in force in the cited sentences covers. A statement
    may be less exact than its evidence, never more."""
    given = [mention.range for s in cited for mention in (*s.dates, *([s.frame] if s.frame else []))]
    previous = given[0] if given else None
    found = find_dates(text, issued, previous)
    printed = squash(fold(" ".join(s.text for s in cited)))
    return [
        mention
        for mention in found
        if squash(fold(mention.text)) not in printed
        and not any(mention.range.contains(g) or _same(mention.range, g) for g in given)
    ]


def _same(a: DateRange, b: DateRange) -> bool:
    return a.start == b.start and a.end == b.end


def _missing_names(text: str, evidence: str) -> list[str]:
    """Names by the tagger, and Latin words, that do not stand in the evidence."""
    plain, given = squash(fold(EXPLAINED.sub("", text))), squash(fold(evidence))
    names = [w for w, tag in rjieba.tag(plain) if tag in _NAMES and len(w) > 1]
    return [name for name in dict.fromkeys(names) if name not in given]
