"""Texts handed over for one question -> hits, as if they had been indexed and found."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from rag.blocks import read_lines
from rag.chunks import split_chunks
from rag.dates import infer_year
from rag.records import Article, Hit, Sentence, Source, Span
from rag.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class Given:
    """`sentences` by article id, `texts` by source id ("1", "2", …)."""

    hits: tuple[Hit, ...]
    sentences: dict[str, tuple[Sentence, ...]]
    texts: dict[str, str]


def given_hits(texts: Sequence[str]) -> Given:
    """Each text is one article; all its chunks are hits of equal score."""
    hits: list[Hit] = []
    sentences: dict[str, tuple[Sentence, ...]] = {}
    for number, text in enumerate(texts, 1):
        article = _article(str(number), text)
        sentences[article.id] = split_sentences(article, text)
        hits += [Hit(chunk, 1.0) for chunk in split_chunks(article, sentences[article.id])]
    return Given(tuple(hits), sentences, {str(n): text for n, text in enumerate(texts, 1)})


def _article(id: str, text: str) -> Article:
    """The lines of a text as paragraphs; a search result's snippet has no headings to find."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    source = Source(id, id, None, infer_year(text), None, digest)
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for line in read_lines(text):
        length += bool(parts)  # the line feed between paragraphs
        spans.append(Span(length, line.start, len(line.text)))
        parts.append(line.text)
        length += len(line.text)
    return Article(f"given-{id}", source, None, "", None, None, "\n".join(parts), tuple(spans))
