"""The index: catalogue, search terms and vectors on disk, behind one class.

The catalogue (one SQLite file) is the truth; the terms lie in it, the vectors in Chroma follow it.
A write goes like this, under a lock that one writer holds at a time:

1. One SQLite transaction takes the old rows of the source out and puts the new ones in, with their
   terms and vectors, and lists every chunk whose vector changed as pending. Now the source is
   visible, whole, and safe. Killed before its end: nothing has happened.
2. When 1,000 are pending or the writer leaves, Chroma follows (`rag.dense`).

A reader takes a snapshot of the catalogue, asks Chroma for candidates, compares pending chunks one
by one, and scores both from the snapshot: it sees a source whole or not at all, from the moment of
the commit, and never anything that is not in the catalogue.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag import catalogue, exact, lexical, token_store
from rag.catalogue import Manifest, SourceEntry
from rag.dense import FEW, Dense
from rag.embedding import embedding_identity, token_identity
from rag.errors import IndexDamaged, IndexMismatch
from rag.locking import Database, WriteLock
from rag.records import Article, Chunk, DateRange, Page, Sentence, Source
from rag.scope import EVERYTHING, Scope
from rag.storing import SourceItem, replace

__all__ = ["Index", "IndexWriter", "Manifest", "SourceEntry", "SourceItem", "built_with"]

_log = logging.getLogger(__name__)
_MOST_PENDING = 1000  # readers compare so many one by one in about 2 ms


def built_with(embedder: BaseEmbedding, splitter: str) -> Manifest:
    """What an index is made of whose texts this model embeds."""
    name, dimension = embedding_identity(embedder)
    return Manifest(name, dimension, splitter, token_identity(embedder))


class Index:
    """Read by many threads and processes at once, written by one at a time. Use `open`."""

    def __init__(
        self, path: Path, manifest: Manifest, lock_timeout: float, exact_up_to: int
    ) -> None:
        self.path = path
        self.manifest = manifest
        self._lock = WriteLock(path / "write.lock")
        self._lock_timeout = lock_timeout
        self._database = Database(path / "catalogue.db")
        self._dense = Dense(self._database, exact_up_to)

    @classmethod
    def open(
        cls, path: Path, manifest: Manifest, *, lock_timeout: float = 60.0, exact_up_to: int = FEW
    ) -> Index:
        """The index in the folder `path`, made when there is none. Up to `exact_up_to` chunks,
        `dense` compares every vector and leaves Chroma alone.

        Raises: `IndexMismatch` when it was built with something else than `manifest`,
        `IndexDamaged` when the folder cannot hold an index, `IndexBusy` when it is just being made
        and that takes longer than `lock_timeout` seconds.
        """
        path = Path(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise IndexDamaged(
                f"{path} cannot be used as a folder: {exc}. Choose another data_dir."
            ) from exc
        file = path / "catalogue.db"
        if not file.exists():
            with WriteLock(path / "write.lock").held(lock_timeout):
                if not file.exists():
                    catalogue.create(file, manifest, lexical.SCHEMA, token_store.SCHEMA)
        index = cls(path, manifest, lock_timeout, exact_up_to)
        try:
            with index._database.snapshot() as db:
                catalogue.verify(db, path, manifest)
        except BaseException:
            index.close()
            raise
        return index

    def close(self) -> None:
        self._database.close()
        self._dense.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def dense(
        self,
        vector: Sequence[float],
        limit: int,
        scope: Scope = EVERYTHING,
    ) -> list[tuple[str, float]]:
        """(chunk id, cosine), best first; only chunks that the scope lets through."""
        return self._dense.search(self._checked(vector), limit, scope)

    def lexical(
        self,
        question: str,
        limit: int,
        scope: Scope = EVERYTHING,
    ) -> list[tuple[str, float]]:
        """(chunk id, BM25 score), best first; only chunks in the scope that share a word, a number
        or a pair of characters with the question."""
        with self._database.snapshot() as db:
            return lexical.search(db, question, limit, scope)

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        """In the order of the ids; unknown ones are left out."""
        with self._database.snapshot() as db:
            return catalogue.read_chunks(db, ids)

    def codes(self, ids: Sequence[str]) -> list[bytes]:
        """Each chunk's token vectors, as `rag.late_interaction` has made them; b"" for none."""
        with self._database.snapshot() as db:
            return token_store.read(db, ids)

    def article(self, article_id: str) -> Article | None:
        with self._database.snapshot() as db:
            return next(iter(catalogue.read_articles(db, article_id)), None)

    def articles(self) -> list[Article]:
        with self._database.snapshot() as db:
            return catalogue.read_articles(db)

    def page(self, source_id: str) -> Page | None:
        """The source's text and its articles in print order; None for an unknown id."""
        with self._database.snapshot() as db:
            return catalogue.read_page(db, source_id)

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        with self._database.snapshot() as db:
            return catalogue.read_sentences(db, article_id)

    def sources(self, scope: Scope = EVERYTHING) -> list[SourceEntry]:
        """What is held, by source; with a scope, what of it the scope lets through."""
        with self._database.snapshot() as db:
            return catalogue.read_entries(db, scope)

    def source_text(self, source_id: str) -> str | None:
        with self._database.snapshot() as db:
            return catalogue.read_text(db, source_id)

    def fingerprints(self) -> dict[str, str]:
        """Source id -> sha256."""
        with self._database.snapshot() as db:
            return dict(db.execute("SELECT id, sha256 FROM sources"))

    def newest(self) -> DateRange | None:
        """The latest issue that any source names."""
        with self._database.snapshot() as db:
            return catalogue.read_newest(db)

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many chunks each word or pair (of `rag.terms`) stands, in title or text."""
        with self._database.snapshot() as db:
            return lexical.document_frequency(db, terms)

    def size(self) -> int:
        """The number of chunks."""
        with self._database.snapshot() as db:
            return exact.count(db)

    def generation(self) -> int:
        """Grows with every commit, in whichever process."""
        with self._database.snapshot() as db:
            return int(catalogue.read_meta(db)["generation"])

    def behind(self) -> bool:
        """Whether Chroma has yet to follow what was committed; the next `writing` sees to it."""
        return self._dense.behind()

    @contextmanager
    def writing(self, *, more_to_come: bool = False) -> Iterator[IndexWriter]:
        """The right to write. What a killed writer left is put in order first. With `more_to_come`
        Chroma follows now and then only; until it has, readers compare what it lacks one by one.

        Raises: `IndexBusy` when another writer has not finished within the lock's time-out,
        `IndexDamaged` when Chroma cannot be written (what was committed is kept).
        """
        least = _MOST_PENDING if more_to_come else 1
        with self._lock.held(self._lock_timeout):
            self._dense.follow(least)
            try:
                yield IndexWriter(self)
            finally:
                self._dense.follow(least)

    def repair(self) -> None:
        """Build the vectors anew from the catalogue; nothing is embedded again."""
        with self._lock.held(self._lock_timeout):
            self._dense.rebuild()

    def check(self) -> list[str]:
        """What the parts of the index disagree about; nothing when it is sound."""
        with self._database.snapshot() as db:
            found = catalogue.disagreements(db)
        return found + self._dense.disagreements()

    def _checked(self, vector: Sequence[float]) -> exact.Vector:
        array = np.asarray(vector, dtype=np.float32)
        if array.shape != (self.manifest.dimension,):
            raise IndexMismatch(
                f"A vector of shape {array.shape} was given; {self.path} holds vectors of "
                f"{self.manifest.dimension} numbers from {self.manifest.embedding}."
            )
        if not np.isfinite(array).all():
            raise ValueError("A vector must consist of finite numbers.")
        return array

    def _commit(self, items: Iterable[SourceItem], removed: Sequence[str] = ()) -> None:
        with self._database.transaction() as db:
            for source_id in removed:
                replace(db, source_id)
            for item in items:
                vectors = [self._checked(vector) for vector in item.vectors]
                replace(db, item.source.id, item, vectors)
            meta = catalogue.read_meta(db)
            catalogue.write_meta(db, generation=int(meta["generation"]) + 1)
        try:
            self._dense.follow(_MOST_PENDING)
        except IndexDamaged as exc:  # this source is safe; leaving `writing` tries again
            _log.warning("%s", exc)


class IndexWriter:
    """The right to change the index, from `Index.writing`; what returns is on disk."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def replace(
        self,
        source: Source,
        text: str,
        articles: Sequence[Article],
        chunks: Sequence[Chunk],
        sentences: Mapping[str, Sequence[Sentence]],
        vectors: Sequence[Sequence[float]],
    ) -> None:
        """Put this in the place of all the index holds of the source; readers see the one or the
        other, never a mixture.

        Raises: `SourceError` when the text cannot be stored or an id belongs to another source,
        `IndexMismatch` for vectors of another dimension; the source is then as it was.
        """
        self.replace_many([SourceItem(source, text, articles, chunks, sentences, vectors)])

    def replace_many(self, items: Iterable[SourceItem]) -> None:
        """Several sources in one commit, which is faster: all of them or, on an error, none."""
        self._index._commit(items)

    def remove(self, source_id: str) -> None:
        """The source and all the index holds of it; an unknown one is no error."""
        self._index._commit((), [source_id])
