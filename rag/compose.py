"""Chosen sentences -> statements and citations: the sentence's own words, its relative dates
resolved beside them, and the place where it is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.dates import annotate, describe
from rag.features import Candidate
from rag.records import Article, Citation, Sentence, Statement
from rag.verify import faults

_SOFT_END = re.compile(r"[；;，,、：:]$")
_HARD_END = re.compile(r"[。！？!?…]+[”’」』）)]*$")
_OPENING_CHARACTERS = 20


def cite(
    candidates: Sequence[Candidate], also: Mapping[str, Candidate] | None = None
) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """One statement and one citation for each sentence, numbered from 1 in the order given; a
    second one for what `also` has under the sentence's id, which prints the same. Clauses that
    stand one behind the other in print keep the semicolon between them."""
    statements: list[Statement] = []
    citations: list[Citation] = []
    for place, candidate in enumerate(candidates, 1):
        after = candidates[place].sentence if place < len(candidates) else None
        sentence, article = candidate.sentence, candidate.article
        wording = spoken(sentence, goes_on=after is not None and _goes_on(sentence, after))
        wrong = faults(wording, [sentence], article.source.published, header_text(article))
        told = [candidate, *filter(None, [(also or {}).get(sentence.id)])]
        markers = range(len(citations) + 1, len(citations) + len(told) + 1)
        statements.append(Statement(wording, tuple(markers), wrong))
        citations += [citation(n, c.article, c.sentence) for n, c in zip(markers, told, strict=True)]
    return tuple(statements), tuple(citations)


def spoken(sentence: Sentence, *, goes_on: bool = False) -> str:
    """The sentence with what its dates mean beside them, ended as a sentence of its own, or, if it
    `goes_on`, as it is printed."""
    text = annotate(sentence.text, sentence.dates)
    frame = f"（{describe(sentence.frame.range)}）" if sentence.frame else ""
    if _SOFT_END.search(text):
        return text[:-1] + frame + (text[-1] if goes_on else "。")
    if end := _HARD_END.search(text):
        return text[: end.start()] + frame + text[end.start() :]
    return text + frame + "。"


def _goes_on(first: Sentence, second: Sentence) -> bool:
    """Whether two sentences are clauses of one printed sentence, one behind the other."""
    alike = (first.article_id, first.paragraph, first.printed) == (second.article_id, second.paragraph, second.printed)
    return alike and 0 <= second.start - first.end <= 2 and first.text.endswith(("；", ";"))


def citation(marker: int, article: Article, sentence: Sentence) -> Citation:
    source = article.source
    title = article.title or source.title or opening(article)
    return Citation(
        marker, source, title, source.published, sentence.start, sentence.end, sentence.text
    )


def opening(article: Article) -> str:
    """The first words of an article that has no title."""
    line = article.body.split("\n", 1)[0]
    short = line[:_OPENING_CHARACTERS]
    return short + "…" if len(line) > len(short) else short


def header_text(article: Article) -> str:
    parts = (article.title, article.subtitle, article.column, article.byline)
    return " ".join(part for part in parts if part)


def joined(statements: Sequence[Statement]) -> str:
    """The answer's text: the sound statements, each followed by its markers."""
    return "".join(
        statement.text + "".join(f"[{marker}]" for marker in statement.markers)
        for statement in statements
        if statement.supported
    )
