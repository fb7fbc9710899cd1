"""Passages -> candidate sentences, each with what stands around it.

A passage's own sentences come first; the rest of its article follows at a lower retrieval score,
because the answer often stands a paragraph away from the words that were found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import rjieba

from rag.features import Candidate
from rag.records import Article, DateMention, Hit, Sentence
from rag.text import fold

_PROVINCE = re.compile(
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    "|内蒙古|广西|西藏|宁夏|新疆"
)
_REST = 0.6
_REMEMBERED = 8192  # sentences
_SHOWN_HEADS = ("title", "subtitle", "column")


def candidates(
    hits: Sequence[Hit],
    sentences_of: Callable[[str], Sequence[Sentence]],
    page_of: Callable[[str], str],
    limit: int = 160,
) -> list[Candidate]:
    """At most `limit` candidates: the hits' own sentences, best hit first, then their articles'.

    `sentences_of` gives an article's sentences, `page_of` the text of a source; scores of the hits
    are scaled to 0..1 over the hits.
    """
    found: dict[str, Candidate] = {}
    best = max((hit.score for hit in hits), default=1.0)
    low = min((hit.score for hit in hits), default=0.0)
    articles: dict[str, tuple[_ArticleContext, float]] = {}
    folded_page = lru_cache(maxsize=None)(lambda source_id: fold(page_of(source_id)))
    for hit in hits:
        article = hit.chunk.article
        score = (hit.score - low) / (best - low) if best > low else 1.0
        if article.id in articles:
            context = articles[article.id][0]
        else:
            context = _ArticleContext(article, sentences_of(article.id), folded_page(article.source.id))
        for sentence in hit.chunk.sentences:
            found.setdefault(sentence.id, context.candidate(sentence, score))
        articles.setdefault(article.id, (context, score))
    for context, score in articles.values():
        for sentence in context.sentences:
            if len(found) >= limit:
                return list(found.values())
            if sentence.id not in found:
                found[sentence.id] = context.candidate(sentence, _REST * score)
    return list(found.values())


@lru_cache(maxsize=256)
def home_of(page: str) -> tuple[str, str]:
    """(city, province) that a page is about most: the one it calls 全市 and 全省, by their names
    without 市 and 省; "" where none is named three times."""
    places = Counter(word.removesuffix("市") for word, tag in rjieba.tag(page) if tag == "ns")
    cities = [name for name in places if len(name) > 1 and f"{name}市" in page]
    provinces = Counter(found.group() for found in _PROVINCE.finditer(page))
    city = max(cities, key=lambda name: page.count(name), default="")
    province = provinces.most_common(1)[0][0] if provinces else ""
    return (
        city if city and page.count(city) >= 3 else "",
        province if province and page.count(province) >= 3 else "",
    )


_folded = lru_cache(maxsize=_REMEMBERED)(fold)


class _ArticleContext:
    """An article's sentences and, folded, the page that it is printed on."""

    def __init__(self, article: Article, sentences: Sequence[Sentence], page: str) -> None:
        self.article, self.sentences = article, sentences
        heads = [head.text for head in article.heads if head.kind in _SHOWN_HEADS]
        self._head = fold(" ".join(heads) or article.title)
        self._whole = fold(article.body)
        self._page = page
        self._home = home_of(page)
        self._places = {sentence.id: n for n, sentence in enumerate(sentences)}

    def candidate(self, sentence: Sentence, retrieved: float) -> Candidate:
        return Candidate(
            sentence, self.article, _folded(sentence.text), self._near(sentence),
            self._head + self._section(sentence), self._whole, self._page,
            tuple(self._dates(sentence)), retrieved, far_dates=self._far_dates(sentence),
            home=self._home,
        )  # fmt: skip

    def _near(self, sentence: Sentence) -> str:
        """Two sentences before and one after, and all parts of the same printed sentence."""
        place = self._places.get(sentence.id, 0)
        around = [
            other
            for n, other in enumerate(self.sentences[max(0, place - 6) : place + 6])
            if other.id != sentence.id and not other.heading
            and (other.printed == sentence.printed or -2 <= self._places[other.id] - place <= 1)
        ]  # fmt: skip
        return " ".join(_folded(other.text) for other in around)

    def _section(self, sentence: Sentence) -> str:
        place = self._places.get(sentence.id, 0)
        for other in reversed(self.sentences[:place]):
            if other.heading and other.paragraph >= 0:
                return " " + _folded(other.text)
        return ""

    def _dates(self, sentence: Sentence) -> Iterator[DateMention]:
        """Its own dates, else its frame, else the last one named before in the article."""
        if sentence.dates:
            yield from sentence.dates
        elif sentence.frame:
            yield sentence.frame
        else:
            place = self._places.get(sentence.id, 0)
            for other in reversed(self.sentences[max(0, place - 4) : place]):
                if other.paragraph == sentence.paragraph and other.dates:
                    yield from other.dates
                    return

    def _far_dates(self, sentence: Sentence) -> tuple[DateMention, ...]:
        place = self._places.get(sentence.id, 0)
        for other in reversed(self.sentences[:place]):
            if other.dates and other.paragraph >= 0:
                return other.dates
        issued = self.article.source.published
        return (DateMention("", 0, 0, issued, True),) if issued else ()
