"""A citation's place -> what the source panel shows: the article with the cited characters lit.

Offsets come in as source offsets. The stitched article is reached through its spans, a printed
heading through its own place; the raw page is the source itself. All texts leave here as plain
text in runs, each lit or not; whoever shows them sets them as text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from rag import Article, DateRange, Page, Sentence, Source, describe

_AROUND = 20_000  # characters shown before and behind the citation; a page may hold millions
_Range = tuple[int, int]
_Note = tuple[int, int, DateRange]  # where in the body, and which days are meant


def citation_view(
    page: Page, start: int, end: int, sentences_of: Callable[[str], Sequence[Sentence]]
) -> dict[str, Any]:
    """The page as the panel shows it, source characters `start` to `end` (half-open) lit.

    `article` is the one the citation stands in (None if it stands in none, as in a masthead).
    `paragraphs` and `raw` are lists of runs {text, mark, date?}; `cut` says that text further off
    was left out.
    """
    start, end = _within(start, end, len(page.text))
    article = _article_at(page.articles, start, end)
    raw, raw_cut = _raw(page.text, start, end)
    shown: dict[str, Any] = {
        **described(page.source), "start": start, "end": end, "raw": raw, "raw_cut": raw_cut,
        "quote": page.text[start:end], "article": None, "paragraphs": [], "cut": False,
    }  # fmt: skip
    if article is not None:
        shown["article"] = _heads(article, start, end)
        paragraphs, cut = _paragraphs(article, sentences_of(article.id), start, end)
        shown |= {"paragraphs": paragraphs, "cut": cut}
    return shown


def described(source: Source) -> dict[str, Any]:
    """What is known about a source; the date in Chinese and as ISO 8601."""
    issued = source.published
    return {
        "id": source.id, "publication": source.publication, "page": source.page,
        "published": str(issued) if issued else None,
        "issued": describe(issued) if issued else None,
        "inferred": bool(issued and issued.inferred),
    }  # fmt: skip


def _within(start: int, end: int, length: int) -> _Range:
    start = min(max(start, 0), length)
    return start, min(max(end, start), length)


class _Stitching:
    """An article's spans in the order of the source, so that a place is found without going
    through all of them."""

    def __init__(self, article: Article) -> None:
        self._spans = sorted(article.spans, key=lambda span: span.source_start)
        self._starts = [span.source_start for span in self._spans]

    def in_body(self, start: int, end: int) -> list[_Range]:
        """A source range as ranges of the body; pieces that touch there become one."""
        found: list[_Range] = []
        for span in self._spans[max(0, bisect_right(self._starts, start) - 1) :]:
            if span.source_start >= end:
                break
            first = max(start, span.source_start)
            last = min(end, span.source_start + span.length)
            if first >= last:
                continue
            shift = span.start - span.source_start
            if found and found[-1][1] == first + shift:
                found[-1] = (found[-1][0], last + shift)
            else:
                found.append((first + shift, last + shift))
        return found


def _article_at(articles: Iterable[Article], start: int, end: int) -> Article | None:
    """The article with the most characters in the range; of an empty range, at its place."""
    end = max(end, start + 1)
    best, most = None, 0
    for article in articles:
        body = sum(b - a for a, b in _Stitching(article).in_body(start, end))
        heads = sum(max(0, min(h.end, end) - max(h.start, start)) for h in article.heads)
        if body + heads > most:
            best, most = article, body + heads
    return best


def _heads(article: Article, start: int, end: int) -> dict[str, Any]:
    """Column, title, subtitle and byline as runs; a cited one is lit, unless the body holds its
    words too (a dateline's byline): then they are lit there."""
    stitching = _Stitching(article)
    lit = {
        head.kind for head in article.heads
        if head.start < end and start < head.end and not stitching.in_body(head.start, head.end)
    }  # fmt: skip
    return {
        kind: [{"text": text, "mark": kind in lit}] if (text := getattr(article, kind)) else None
        for kind in ("column", "title", "subtitle", "byline")
    } | {"id": article.id}


def _paragraphs(
    article: Article, sentences: Sequence[Sentence], start: int, end: int
) -> tuple[list[dict[str, Any]], bool]:
    stitching = _Stitching(article)
    lit = stitching.in_body(start, end)
    middle = lit[0][0] if lit else 0
    notes = _date_notes(article, stitching, sentences, middle)
    headings = set(article.sections)
    made: list[dict[str, Any]] = []
    cut = False
    place = 0
    for line in article.body.split("\n"):
        stop = place + len(line)
        if stop < middle - _AROUND or place > middle + _AROUND:
            cut = True
        elif line:
            inside = [note for note in notes if place <= note[0] < stop]
            runs = _runs(article.body, place, stop, lit, inside)
            made.append({"heading": (place, stop) in headings, "runs": runs})
        place = stop + 1
    return made, cut


def _date_notes(
    article: Article, stitching: _Stitching, sentences: Iterable[Sentence], middle: int
) -> list[_Note]:
    """Where the body, as far as it is shown, names a day that means nothing without the day of
    issue, and what it means.

    Left out where the body does not hold the sentence as it was read, so that no other characters
    are explained.
    """
    notes: list[_Note] = []
    for sentence in sentences:
        place = stitching.in_body(sentence.start, sentence.end) if sentence.dates else []
        if not place or abs(place[0][0] - middle) > _AROUND + len(sentence.text):
            continue
        at = place[0][0]
        for mention in sentence.dates:
            a, b = at + mention.start, at + mention.end
            if mention.relative and article.body[a:b] == mention.text:
                notes.append((a, b, mention.range))
    return sorted(notes, key=lambda note: note[:2])


def _runs(
    text: str, start: int, end: int, lit: Sequence[_Range], notes: Sequence[_Note] = ()
) -> list[dict[str, Any]]:
    """`text[start:end]` cut wherever light or a date begins or ends."""
    edges = {start, end}
    for a, b in (*lit, *((n[0], n[1]) for n in notes)):
        edges |= {place for place in (a, b) if start < place < end}
    cuts = sorted(edges)
    runs: list[dict[str, Any]] = []
    for a, b in pairwise(cuts):
        run: dict[str, Any] = {
            "text": text[a:b], "mark": any(x <= a and b <= y for x, y in lit)
        }  # fmt: skip
        for x, y, days in notes:
            if x <= a and b <= y:
                run["date"] = _meaning(days)
        runs.append(run)
    return runs


def _meaning(days: DateRange) -> dict[str, str]:
    """In Chinese, as ISO 8601, and how sure: "exact", "within" those days or "about" them."""
    sure = ("about" if days.precision == "range" else "within") if days.vague else "exact"
    return {"zh": describe(days), "iso": str(days), "sure": sure}


def _raw(text: str, start: int, end: int) -> tuple[list[dict[str, Any]], bool]:
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    return _runs(text, first, last, [(start, end)]), (first, last) != (0, len(text))
