"""Articles -> sentences. Every sentence maps to one range of the source text:
`squash(source[start:end]) == squash(sentence.text)`.

A sentence ends after 。！？； (and ! ? ; and a full stop before a space), together with the closing
quotes behind it, and at the end of a paragraph; never inside a number or a bracket. It also ends
where the printed text is broken by other text, for one range cannot cover two places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.dates import find_dates
from rag.records import Article, DateMention, Head, Sentence

SPLITTER = "1"
MAX_LENGTH = 400

_END = re.compile(r"(?:[。！？；!?;]+|(?<=[A-Za-z\u4e00-\u9fff])\.(?=\s|$))[”’」』）)】》\"']*")
_OPEN, _CLOSE = "（(【［[《〈", "）)】］]》〉"
_BRACKET_REACH = 80
_SOFT = "，,、：: "
_NUMBER_BEFORE = re.compile(r"\d[,，.．:：]?$")
_NUMBER_AFTER = re.compile(r"[,，.．:：]?\d")
_PRINTED_END = re.compile(r"(?:[。！？!?]|(?<=[A-Za-z\u4e00-\u9fff])\.)[；;”’」』）)】》\"']*$")


def cut_points(text: str) -> list[int]:
    """Where a paragraph's sentences end, the last one at `len(text)`; soft cuts keep every piece
    within MAX_LENGTH code points."""
    points: list[int] = []
    for found in _END.finditer(text):
        if not _inside_bracket(text, points[-1] if points else 0, found.start()):
            points.append(found.end())
    if not points or points[-1] != len(text):
        points.append(len(text))
    return list(_softened(text, points))


def _inside_bracket(text: str, start: int, mark: int) -> bool:
    low = max(start, mark - _BRACKET_REACH)
    for place in range(mark - 1, low - 1, -1):
        if text[place] in _CLOSE:
            return False
        if text[place] in _OPEN:
            ahead = text[mark + 1 : mark + 1 + _BRACKET_REACH]
            return any(char in _CLOSE for char in ahead)
    return False


def _softened(text: str, points: list[int]) -> Iterator[int]:
    start = 0
    for point in points:
        while point - start > MAX_LENGTH:
            start = _soft_cut(text, start)
            yield start
        if point > start:
            yield point
        start = point


def _soft_cut(text: str, start: int) -> int:
    """The last place to cut within MAX_LENGTH: after a comma, else between two characters; inside
    a number only where it alone fills most of the window."""
    low, high = start + MAX_LENGTH // 4, start + MAX_LENGTH
    places = [p for p in range(high, low, -1) if not _cuts_number(text, p)]
    return next((p for p in places if text[p - 1] in _SOFT), places[0] if places else high)


def _cuts_number(text: str, place: int) -> bool:
    before = _NUMBER_BEFORE.search(text[max(place - 2, 0) : place])
    return bool(before and _NUMBER_AFTER.match(text, place))


class _Mapper:
    """Body offsets -> source offsets."""

    def __init__(self, article: Article, source_text: str) -> None:
        self._spans, self._source = article.spans, source_text

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """(body start, body end, source start, source end), broken where the print is broken."""
        current: tuple[int, int, int, int] | None = None
        for span in self._spans:
            low, high = max(start, span.start), min(end, span.start + span.length)
            if low >= high:
                continue
            at = span.source_start + low - span.start
            if current and self._source[current[3] : at].strip() == "" and at >= current[3]:
                current = (current[0], high, current[2], at + high - low)
            else:
                if current:
                    yield current
                current = (low, high, at, at + high - low)
        if current:
            yield current


def split_sentences(article: Article, source_text: str) -> tuple[Sentence, ...]:
    """The article's head lines (marked `heading`, paragraph -1) and then its body, in order."""
    mapper = _Mapper(article, source_text)
    sections = {start for start, _ in article.sections}
    heads = [h for h in article.heads if h.kind != "column"]
    found = [_head_sentence(article, head, n) for n, head in enumerate(heads)]
    previous: DateMention | None = None
    offset = printed = 0
    for number, paragraph in enumerate(article.body.split("\n")):
        frame: DateMention | None = None
        start = 0
        for point in cut_points(paragraph):
            text = paragraph[start:point]
            for piece in mapper.pieces(offset + start, offset + point):
                made = _sentence(article, piece, len(found), previous, frame)
                if made is None:
                    continue
                found.append(_placed(made, number, printed, offset in sections))
                previous = made.dates[-1] if made.dates else previous
                frame = next((d for d in made.dates if not d.range.vague), frame)
            if _PRINTED_END.search(text.rstrip()) or point == len(paragraph):
                printed, frame = printed + 1, None
            start = point
        offset += len(paragraph) + 1
    return tuple(found)


def _sentence(
    article: Article, piece: tuple[int, int, int, int], number: int,
    previous: DateMention | None, frame: DateMention | None,
) -> Sentence | None:  # fmt: skip
    low, high, start, end = piece
    text = article.body[low:high]
    trimmed = text.strip()
    if not trimmed:
        return None
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    issued = article.source.published
    dates = tuple(find_dates(trimmed, issued, previous.range if previous else None))
    return Sentence(
        f"{article.id}:{number}", article.id, trimmed, start, end, dates,
        frame if not dates else None,
    )  # fmt: skip


def _placed(sentence: Sentence, paragraph: int, printed: int, heading: bool) -> Sentence:
    return Sentence(
        sentence.id, sentence.article_id, sentence.text, sentence.start, sentence.end,
        sentence.dates, sentence.frame, paragraph, printed, heading,
    )  # fmt: skip


def _head_sentence(article: Article, head: Head, number: int) -> Sentence:
    dates = tuple(find_dates(head.text, article.source.published, None))
    return Sentence(
        f"{article.id}:{number}", article.id, head.text, head.start, head.end, dates,
        None, -1, -1, True,
    )  # fmt: skip
