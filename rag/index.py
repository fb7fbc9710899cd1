"""The index: catalogue, search terms and vectors on disk, behind one class.

The catalogue (one SQLite file) is the truth; the terms lie in it, the vectors in Chroma follow it.
A write goes like this, under a lock that one writer holds at a time:

1. One SQLite transaction takes the old rows of the source out and puts the new ones in, with their
   terms and vectors, and lists every chunk whose vector changed as pending. Now the source is
   visible, whole, and safe. Killed before its end: nothing has happened.
2. When 1,000 are pending or the writer leaves, Chroma is changed: marked dirty in the catalogue,
   pending rows deleted and added, the mark and the list cleared. Killed in between: the mark stays,
   and the next writer builds Chroma anew from the catalogue.

A reader takes a snapshot of the catalogue, asks Chroma for candidates, compares pending chunks one
by one, and scores both from the snapshot: it sees a source whole or not at all, from the moment of
the commit, and never anything that is not in the catalogue.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np

from rag import catalogue, lexical
from rag.catalogue import Manifest, SourceEntry
from rag.errors import IndexDamaged, IndexMismatch
from rag.locking import Database, WriteLock
from rag.records import Article, Chunk, DateRange, Sentence, Source
from rag.vectors import Place, Row, Vectors, VectorsFailed

__all__ = ["Index", "IndexWriter", "Manifest", "SourceEntry", "SourceItem"]

_log = logging.getLogger(__name__)
_MOST_PENDING = 1000  # compared one by one in about 2 ms
_SPARE_CANDIDATES = 10
_MOST_CANDIDATES = 2000  # beyond, comparing all vectors is no slower


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A source with all that is indexed of it; `vectors[i]` belongs to `chunks[i]`."""

    source: Source
    text: str
    articles: Sequence[Article]
    chunks: Sequence[Chunk]
    sentences: Mapping[str, Sequence[Sentence]]
    vectors: Sequence[Sequence[float]]


class Index:
    """Read by many threads and processes at once, written by one at a time. Use `open`."""

    def __init__(self, path: Path, manifest: Manifest, lock_timeout: float) -> None:
        self.path = path
        self.manifest = manifest
        self._lock = WriteLock(path / "write.lock")
        self._lock_timeout = lock_timeout
        self._database = Database(path / "catalogue.db")
        self._vectors = Vectors(path)

    @classmethod
    def open(cls, path: Path, manifest: Manifest, *, lock_timeout: float = 60.0) -> Index:
        """The index in the folder `path`, made when there is none.

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
                    catalogue.create(file, manifest, lexical.SCHEMA)
        index = cls(path, manifest, lock_timeout)
        try:
            with index._database.snapshot() as db:
                catalogue.verify(db, path, manifest)
        except BaseException:
            index.close()
            raise
        return index

    def close(self) -> None:
        self._database.close()
        self._vectors.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def dense(
        self,
        vector: Sequence[float],
        limit: int,
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> list[tuple[str, float]]:
        """(chunk id, cosine), best first. With a date, only sources whose issue overlaps the days
        from `since` to `until`, both included; those without a date are left out."""
        query = self._checked(vector)
        between = _between(since, until)
        with self._vectors.looking() as may_ask, self._database.snapshot() as db:
            ids = self._candidates(db, query, limit, between) if may_ask else None
            return catalogue.nearest(db, query, limit, ids=ids, between=between)

    def lexical(
        self,
        question: str,
        limit: int,
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> list[tuple[str, float]]:
        """(chunk id, BM25 score), best first, dates as in `dense`; only chunks that share a word,
        a number or a pair of characters with the question."""
        with self._database.snapshot() as db:
            return lexical.search(db, question, limit, _between(since, until))

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        """In the order of the ids; unknown ones are left out."""
        with self._database.snapshot() as db:
            return catalogue.read_chunks(db, ids)

    def article(self, article_id: str) -> Article | None:
        with self._database.snapshot() as db:
            return next(iter(catalogue.read_articles(db, article_id)), None)

    def articles(self) -> list[Article]:
        with self._database.snapshot() as db:
            return catalogue.read_articles(db)

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        with self._database.snapshot() as db:
            return catalogue.read_sentences(db, article_id)

    def sources(self) -> list[SourceEntry]:
        with self._database.snapshot() as db:
            return catalogue.read_entries(db)

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
        """In how many chunks each word (of `rag.terms.words`) stands, in title or text."""
        with self._database.snapshot() as db:
            return lexical.document_frequency(db, terms)

    def size(self) -> int:
        """The number of chunks."""
        with self._database.snapshot() as db:
            return int(db.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def generation(self) -> int:
        """Grows with every commit, in whichever process."""
        with self._database.snapshot() as db:
            return int(catalogue.read_meta(db)["generation"])

    @contextmanager
    def writing(self) -> Iterator[IndexWriter]:
        """The right to write. What a killed writer left is put in order first.

        Raises: `IndexBusy` when another writer has not finished within the lock's time-out.
        """
        with self._lock.held(self._lock_timeout):
            self._settle()
            try:
                yield IndexWriter(self)
            finally:
                self._settle()

    def repair(self) -> None:
        """Build the vectors anew from the catalogue; nothing is embedded again."""
        with self._lock.held(self._lock_timeout), self._vectors.changing() as mine:
            if not mine:
                raise IndexDamaged(f"Readers do not let go of {self.path}; stop them, try again.")
            self._rebuild()

    def check(self) -> list[str]:
        """What the parts of the index disagree about; nothing when it is sound."""
        with self._vectors.looking() as may_ask, self._database.snapshot() as db:
            found = catalogue.disagreements(db)
            if lexical.rows(db) != catalogue.numbers(db):
                found.append("the terms and the chunks are not the same rows")
            return found + (self._vector_disagreements(db) if may_ask else [])

    def _checked(self, vector: Sequence[float]) -> catalogue.Vector:
        array = np.asarray(vector, dtype=np.float32)
        if array.shape != (self.manifest.dimension,):
            raise IndexMismatch(
                f"A vector of shape {array.shape} was given; {self.path} holds vectors of "
                f"{self.manifest.dimension} numbers from {self.manifest.embedding}."
            )
        if not np.isfinite(array).all():
            raise ValueError("A vector must consist of finite numbers.")
        return array

    def _candidates(
        self,
        db: sqlite3.Connection,
        vector: catalogue.Vector,
        limit: int,
        between: tuple[int, int] | None,
    ) -> list[str] | None:
        """What Chroma finds near: at least `limit` chunks that still stand, or all there are."""
        place, dirty = _place(db)
        if dirty or place.epoch == 0:
            return None
        wanted = limit + _SPARE_CANDIDATES
        while wanted <= _MOST_CANDIDATES:
            ids = self._vectors.near(place, vector.tolist(), wanted, between)
            if ids is None or len(ids) < wanted or catalogue.count_settled(db, ids) >= limit:
                return ids
            wanted *= 4
        return None

    def _vector_disagreements(self, db: sqlite3.Connection) -> list[str]:
        place, dirty = _place(db)
        if dirty:
            return ["the last writer was stopped: the next one builds the vectors anew"]
        if place.epoch == 0:
            return []
        expected = {row.id: row.vector for row in catalogue.read_vectors(db, settled=True)}
        waiting = catalogue.read_pending(db)
        found = []
        try:
            for chunk_id, vector in self._vectors.stored(place):
                own = expected.pop(chunk_id, None)
                if own is None and chunk_id not in waiting:
                    found.append(f"Chroma holds {chunk_id}, the catalogue does not")
                elif own is not None and not _alike(own, vector):
                    found.append(f"Chroma holds another vector for {chunk_id}")
        except VectorsFailed as exc:
            return [f"Chroma cannot be read ({exc}); Index.repair() builds it anew"]
        return found + [f"Chroma lacks {chunk_id}" for chunk_id in expected]

    def _commit(self, items: Iterable[SourceItem], removed: Sequence[str] = ()) -> None:
        with self._database.transaction() as db:
            for source_id in removed:
                _replace(db, source_id, None, [])
            for item in items:
                vectors = [self._checked(vector) for vector in item.vectors]
                _replace(db, item.source.id, item, vectors)
            meta = catalogue.read_meta(db)
            catalogue.write_meta(db, generation=int(meta["generation"]) + 1)
            crowded = catalogue.count_pending(db) >= _MOST_PENDING
        if crowded:
            self._settle()

    def _settle(self) -> None:
        """Bring Chroma up to the catalogue; when its readers do not let it, the next one will."""
        with self._database.snapshot() as db:
            (place, dirty), waiting = _place(db), catalogue.count_pending(db)
        if not dirty and not waiting:
            return
        with self._vectors.changing() as mine:
            if not mine:
                _log.warning("Readers hold the vectors in %s; they follow later.", self.path)
            elif dirty:
                self._rebuild()
            else:
                try:
                    self._change(place)
                except VectorsFailed as exc:
                    _log.warning("The vectors in %s are built anew: %s", self.path, exc)
                    self._rebuild()

    def _change(self, before: Place) -> None:
        after = Place(before.directory, before.epoch + 1)
        with self._database.transaction() as db:
            catalogue.write_meta(db, epoch=after.epoch, dirty=1)
            gone = catalogue.read_pending(db, tried=False)
            rows = [_row(row) for row in catalogue.read_vectors(db, settled=False)]
        self._put_in_force(after, self._vectors.change(before, after, sorted(gone), rows))

    def _rebuild(self) -> None:
        with self._database.snapshot() as db:
            epoch = _place(db)[0].epoch + 1
            after = Place(catalogue.new_directory(epoch), epoch)
            try:
                missed = self._vectors.build(after, map(_row, catalogue.read_vectors(db)))
            except VectorsFailed as exc:
                raise IndexDamaged(
                    f"The vectors in {self.path} cannot be written: {exc}. The pages are safe; free "
                    "disk space or correct the permissions, then ingest again."
                ) from exc
        self._put_in_force(after, missed)
        self._vectors.sweep(after)

    def _put_in_force(self, place: Place, missed: Sequence[str]) -> None:
        with self._database.transaction() as db:
            catalogue.write_meta(db, epoch=place.epoch, directory=place.directory, dirty=0)
            catalogue.clear_pending(db, still=missed)
