"""Questions that the archive can answer, made from its own sentences.

A printed figure is asked for with the words that stand around it: 增长15%左右 becomes 增长多少？
Nothing is offered before the assistant itself has answered it from that very sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

import rjieba

from rag.calendar_words import describe
from rag.index import Index
from rag.quantities import Quantity, find_quantities
from rag.records import Answer, Sentence
from rag.text import fold

_SHORTEST, _LONGEST = 8, 34  # characters of a question that reads well
_CLAUSE_END = re.compile(r"[，,；;。：:！!？?（(]")
_FIGURE = re.compile(r"[\d.,，〇零一二三四五六七八九十百千两]+")
_NO_UNIT_ASKED = ("%", "pp", "倍", "fraction")
_POINTS_AWAY = re.compile(r"[其该此这那他她它我本]|以上|上述|同比|分别|[“”\")）]|^[的和与及等并共]")
_BOUNDS = re.compile(r"(?:超过?|突破|达到?|约|近|逾|不少于|不低于|至少|为|了)+$")
_ARTICLES = 24  # looked at for questions about nothing in particular
_TRIED = 5  # questions tried for each one wanted: each costs an answer


def suggest(sentences: Iterable[Sentence], ask: Callable[[str], Answer], limit: int) -> list[str]:
    """At most `limit` questions, in the order of the sentences, one for each sentence at most and
    each answered by `ask` from the sentence it was made of."""
    found: list[str] = []
    tries = limit * _TRIED
    for sentence in sentences:
        for question in questions_of(sentence):
            if len(found) == limit or tries == 0:
                return found
            tries -= 1
            if question not in found and _answers(ask(question), sentence):
                found.append(question)
                break
    return found


def spread(index: Index) -> list[Sentence]:
    """Sentences from all over the archive, the same ones each time: from a few sources at even
    distances, the first of each article, then the second, and so on."""
    ids = [entry.source.id for entry in index.sources()]
    step = max(1, len(ids) // _ARTICLES)
    pages = filter(None, map(index.page, ids[::step][:_ARTICLES]))
    articles = [article for page in pages for article in page.articles][: 2 * _ARTICLES]
    printed = [index.sentences(article.id) for article in articles]
    return [s for row in zip_longest(*printed) for s in row if s is not None]


def questions_of(sentence: Sentence) -> Iterator[str]:
    """Questions for the figures of a sentence, the clearer ones first."""
    if sentence.heading:
        return
    for quantity in find_quantities(sentence.text):
        if question := _question(sentence, quantity):
            yield question


def _question(sentence: Sentence, quantity: Quantity) -> str | None:
    text = sentence.text
    starts = [m.end() for m in _CLAUSE_END.finditer(text, 0, quantity.start)]
    begin = starts[-1] if starts else 0
    if any(m.start < quantity.end and quantity.start < m.end for m in sentence.dates):
        return None  # a year or a day is no quantity to ask for
    end = _CLAUSE_END.search(text, quantity.end)
    rest = text[quantity.end : end.start() if end else len(text)]
    before = _BOUNDS.sub("", _dated(sentence, begin, quantity.start))
    if quantity.unit in ("", "第"):
        return None  # 二十大 and 第三届 are names
    if quantity.unit in _NO_UNIT_ASKED:
        asked, rest = "多少", "" if len(rest) <= 3 else rest
    else:
        asked = "多少" + _FIGURE.sub("", fold(quantity.text), count=1)
    question = f"{before}{asked}{rest}".strip()
    good = _SHORTEST <= len(question) <= _LONGEST and len(before) >= 5
    if not good or _POINTS_AWAY.search(question) or find_quantities(before + rest):
        return None
    if not _names_its_subject(before):
        return None
    return f"{question}？"


def _names_its_subject(before: str) -> bool:
    """Whether the words begin with a name, a day or a thing: 将建成 leaves open who builds."""
    _, tag = next(iter(rjieba.tag(before)), ("", ""))
    return tag[:1] in ("n", "t", "j", "s")


def _dated(sentence: Sentence, start: int, end: int) -> str:
    """`sentence.text[start:end]` with its relative dates resolved, so that it can stand alone."""
    text, place = "", start
    for mention in sentence.dates:
        if mention.relative and start <= mention.start and mention.end <= end:
            text += sentence.text[place : mention.start] + describe(mention.range)
            place = mention.end
    return text + sentence.text[place:end]


def _answers(answer: Answer, sentence: Sentence) -> bool:
    return answer.grounding == "grounded" and any(
        citation.start < sentence.end and sentence.start < citation.end
        for citation in answer.citations
    )
