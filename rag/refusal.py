"""What is said when the pages do not say: where was looked, and no claim."""

from __future__ import annotations

from collections.abc import Sequence

from rag.dates import describe
from rag.index import Index, SourceEntry
from rag.questions import Part, Question
from rag.scope import EVERYTHING, Scope


def not_found(asked: Question, index: Index | None, scope: Scope = EVERYTHING) -> str:
    """The refusal, in the asker's language; with `index` None the texts were handed over."""
    if index is None:
        if asked.english:
            return "The given texts do not say."
        return "所给材料里没有写到这一点，无法回答。"
    entries = index.sources(scope)
    if not entries:
        if asked.english:
            return "No indexed page lies within the chosen days, newspaper and column."
        return "没有写到这一点，无法回答：所选的日期、报纸和栏目里没有已收录的版面。"
    searched = _searched(entries, asked.english)
    if asked.english:
        return f"The pages do not say. Searched: {searched}."
    return f"这些版面里没有写到这一点，无法回答。已检索：{searched}。"


def _searched(entries: Sequence[SourceEntry], english: bool) -> str:
    pages, articles = len(entries), sum(entry.articles for entry in entries)
    days = [e.source.published for e in entries if e.source.published]
    if english:
        span = f", issued {min(days, key=lambda d: d.start)}" if days else ""
        span += f" to {max(days, key=lambda d: d.end)}" if len(set(days)) > 1 else ""
        return f"{_count(pages, 'page')}, {_count(articles, 'article')}{span}"
    span = ""
    if days:
        first, last = min(days, key=lambda d: d.start), max(days, key=lambda d: d.end)
        span = f"，{describe(first)}" + (f"至{describe(last)}" if first != last else "") + "出版"
        span += "（推断）" if first.inferred or last.inferred else ""
    return f"{pages}个版面、{articles}篇文章{span}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def partly_found(asked: Question, missing: Sequence[Part]) -> str:
    """The note behind an answer to a part of the question."""
    if asked.english:
        return " The pages do not say the rest."
    parts = "；".join(part.text.strip(" ,，。?？") for part in missing)
    return f"（另一问没有写到：{parts}）"
