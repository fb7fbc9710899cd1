"""A source with all that is indexed of it -> the catalogue's tables, in the transaction it is given."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag import catalogue, exact, lexical, token_store
from rag.errors import SourceError
from rag.records import Article, Chunk, Sentence, Source


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A source with all that is indexed of it; `vectors[i]` belongs to `chunks[i]`, and so do its
    token vectors, `codes[i]`, if there are any."""

    source: Source
    text: str
    articles: Sequence[Article]
    chunks: Sequence[Chunk]
    sentences: Mapping[str, Sequence[Sentence]]
    vectors: Sequence[Sequence[float]]
    codes: Sequence[bytes] = ()


def replace(
    db: sqlite3.Connection,
    source_id: str,
    item: SourceItem | None = None,
    vectors: Sequence[exact.Vector] = (),
) -> None:
    """`item` and its `vectors` in the place of all that is held of the source; None: nothing. Chunks
    whose vector changes become pending. Raises: `SourceError` for a chunk of no article of it."""
    before = exact.vectors_of(db, source_id)
    gone = catalogue.remove_source(db, source_id)
    lexical.remove(db, gone)
    token_store.remove(db, gone)
    if item is not None:
        _insert(db, item, vectors)
    after = exact.vectors_of(db, source_id)
    exact.make_pending(db, [i for i in before | after if before.get(i) != after.get(i)])


def _insert(db: sqlite3.Connection, item: SourceItem, vectors: Sequence[exact.Vector]) -> None:
    known = {article.id for article in item.articles}
    if stray := [chunk.id for chunk in item.chunks if chunk.article.id not in known]:
        raise SourceError(f"{len(stray)} chunks belong to no article of the source: {stray[0]}")
    catalogue.add_source(db, item.source, item.text, item.articles, item.sentences)
    places: dict[str, dict[Sentence, int]] = {
        article_id: {sentence: place for place, sentence in enumerate(sentences)}
        for article_id, sentences in item.sentences.items()
    }
    codes = item.codes or [b""] * len(item.chunks)
    for chunk, vector, tokens in zip(item.chunks, vectors, codes, strict=True):
        number = catalogue.add_chunk(db, chunk, places.get(chunk.article.id, {}), vector.tobytes())
        lexical.add(db, number, chunk)
        token_store.add(db, number, tokens)
