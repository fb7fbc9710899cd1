"""Sentences -> chunks: whole consecutive sentences within a token budget."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from rag.dates import describe
from rag.records import Article, Chunk, Sentence
from rag.tokens import count_tokens

BUDGET = 180


def header(article: Article) -> str:
    """What stands in front of a chunk for the embedding: title, column, date of issue."""
    parts = [article.title, article.subtitle, article.column]
    if article.source.published:
        parts.append(describe(article.source.published))
    return " | ".join(part for part in parts if part)


def embedded_text(chunk: Chunk) -> str:
    return f"{header(chunk.article)}\n{chunk.text}".strip()


def split_chunks(
    article: Article, sentences: Sequence[Sentence], budget: int = BUDGET
) -> list[Chunk]:
    """Chunks of the body's sentences, each of at most `budget` tokens (o200k_base); a sentence
    that is longer alone is a chunk of its own. An article without a body gives none."""
    body = [sentence for sentence in sentences if sentence.paragraph >= 0]
    return [_chunk(article, group) for group in _groups(body, budget)]


def _groups(sentences: Sequence[Sentence], budget: int) -> Iterator[list[Sentence]]:
    """Filled greedily, but closed early at a paragraph's end once half full, and a section
    heading always opens the group of what stands under it."""
    group: list[Sentence] = []
    used = 0
    for sentence in sentences:
        cost = count_tokens(sentence.text)
        new_paragraph = bool(group) and sentence.paragraph != group[-1].paragraph
        heads = sentence.heading and bool(group) and not all(s.heading for s in group)
        if group and (used + cost > budget or heads or (new_paragraph and 2 * used >= budget)):
            yield group
            group, used = [], 0
        group.append(sentence)
        used += cost
    if group:
        yield group


def _chunk(article: Article, group: list[Sentence]) -> Chunk:
    lines: list[str] = []
    for before, sentence in zip([None, *group], group, strict=False):
        same = before is not None and before.paragraph == sentence.paragraph
        lines.append(sentence.text if same or before is None else "\n" + sentence.text)
    text = "".join(lines)
    content = f"{article.source.id}\n{header(article)}\n{group[0].start}\n{group[-1].end}\n{text}"
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return Chunk(digest[:24], article, tuple(group), text)
