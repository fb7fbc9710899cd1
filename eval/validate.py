"""Gold questions against their pages: every offset, every fact, duplicates and balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from eval.corpus import Corpus
from eval.facts import gold_quantity, printed
from eval.questions import DateFact, QuantityFact, Question, same_question
from eval.settings import Balance
from eval.spans import is_located
from rag import DateMention, find_dates


def faults(questions: Sequence[Question], corpus: Corpus, balance: Balance) -> list[str]:
    """What is wrong with the set, one line each; [] when it can be measured with."""
    dates = {
        name: find_dates(text, corpus.issued.get(name)) for name, text in corpus.texts.items()
    }
    found = [f"{q.id}: {fault}" for q in questions for fault in _row_faults(q, corpus, dates)]
    return [*found, *_duplicates(questions), *_unbalanced(questions, balance)]


def _row_faults(
    question: Question, corpus: Corpus, dates: dict[str, list[DateMention]]
) -> Iterator[str]:
    if not question.answerable:
        if question.facts or question.evidence:
            yield "not answerable, so it can have neither facts nor evidence"
        return
    if not question.facts or not question.evidence:
        yield "answerable, so it needs facts and evidence"
        return
    yield from _misplaced(question, corpus)
    yield from _unproved(question, corpus, dates)
    if question.kind == "follow-up" and not question.history:
        yield "a follow-up needs the messages before it"


def _misplaced(question: Question, corpus: Corpus) -> Iterator[str]:
    for piece in question.evidence:
        for place in (piece, *piece.also):
            row: dict[str, Any] = {"source": piece.source, **place.model_dump()}
            if piece.source not in corpus.texts:
                yield f"no page {piece.source}"
            elif not is_located(row, corpus):
                there = corpus.text(piece.source)[place.start : place.end]
                yield f"{place.start}–{place.end} holds {there[:30]!r}, not {place.quote[:30]!r}"


def _unproved(
    question: Question, corpus: Corpus, dates: dict[str, list[DateMention]]
) -> Iterator[str]:
    """Facts that the question's own evidence does not state."""
    quotes = "\n".join("".join(piece.quote.split()) for piece in question.evidence)
    named = [
        mention.range
        for piece in question.evidence
        for mention in dates.get(piece.source, ())
        if piece.start <= mention.start < piece.end
    ]
    # A date that a column break cuts stands in the quote, not in the page's own lines.
    issued = corpus.issued.get(question.evidence[0].source)
    named += [mention.range for mention in find_dates(quotes, issued)]
    for fact in question.facts:
        if isinstance(fact, QuantityFact) and gold_quantity(fact) is None and fact.value not in quotes:
            yield f"{fact.value} is no single amount, and does not stand in the evidence"
        elif not printed(fact, quotes, named):
            told = ", ".join(map(str, named)) if isinstance(fact, DateFact) else quotes[:60]
            yield f"the evidence does not state {fact.model_dump_json()}; it has: {told}"


def _duplicates(questions: Sequence[Question]) -> Iterator[str]:
    ids = Counter(q.id for q in questions)
    yield from (f"{id}: {n} rows have this id" for id, n in ids.items() if n > 1)
    first: dict[str, str] = {}
    for q in questions:
        if (other := first.setdefault(same_question(q), q.id)) != q.id:
            yield f"{q.id}: the same question as {other}"


def _unbalanced(questions: Sequence[Question], balance: Balance) -> Iterator[str]:
    yes = [q for q in questions if q.answerable]
    for name, least, n in (
        ("answerable", balance.answerable, len(yes)),
        ("unanswerable", balance.unanswerable, len(questions) - len(yes)),
    ):
        if n < least:
            yield f"{n} {name} questions; at least {least} are needed"
    kinds = Counter[str](q.kind for q in questions)
    for kind, least in balance.kinds.items():
        if kinds[kind] < least:
            yield f"{kinds[kind]} questions of kind {kind}; at least {least} are needed"
    articles = Counter(number for q in yes for number in q.articles)
    even = sum(articles.values()) / max(1, len(articles))
    for number, n in sorted(articles.items()):
        if n < balance.even * even:
            yield f"article {number} has {n} answerable questions; an even share is {even:.0f}"


def counted(questions: Sequence[Question]) -> str:
    """One line: how many, of what kinds."""
    yes = sum(q.answerable for q in questions)
    kinds = ", ".join(f"{kind} {n}" for kind, n in Counter(q.kind for q in questions).most_common())
    must = sum(q.must_pass for q in questions)
    return f"{yes} answerable, {len(questions) - yes} not, {must} must pass; {kinds}"
