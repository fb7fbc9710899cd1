"""The dense leg: Chroma proposes chunks by their vectors, the catalogue has the last word.

What Chroma holds is a copy of the catalogue's vectors in a graph that finds neighbours fast. It
is never trusted further than that: every candidate is looked up and scored again from the
catalogue, chunks that Chroma does not have yet are compared one by one, and where Chroma cannot
be asked (another process is changing it, its last writer was killed, its files are damaged) all
vectors are compared. So an answer is right at any moment, and Chroma only makes it quick.

What Chroma 1.5 does, and what follows:
- A client sees what its own process wrote and what was there when it was opened, no more. One
  that writes while it is stale destroys the graph without an error, and a mere query may write:
  the client first catches up with the log of changes and saves the graph when 1,000 have
  gathered; even opening writes to its SQLite file. So every query holds the gate that a writer
  closes, and a client is opened anew whenever the epoch has moved since.
- Clients of one directory share one engine within a process. So we keep one client for each
  directory, and one thread at a time uses it (a query takes 1 to 10 ms).
- The graph is saved in four files, in place. If its writer died, the directory is not repaired:
  another is built from the catalogue (1 ms a chunk).
- About one vector in a thousand cannot be reached in the graph, not even by itself. Each one added
  is therefore asked for; those not found stay on the list of chunks compared one by one.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from rag.exact import Row, Vector
from rag.locking import Gate
from rag.scope import Days

if TYPE_CHECKING:
    from llama_index.core.vector_stores.types import MetadataFilters
    from llama_index.vector_stores.chroma import ChromaVectorStore

_T = TypeVar("_T")

_log = logging.getLogger(__name__)
_COLLECTION = "wenbao"
_GRAPH: Any = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
_BATCH = 2000  # Chroma takes 5,461 rows a call
_LOOK_PATIENCE = 0.05  # s; then comparing all vectors is quicker than to wait for a writer
_QUEUE_PATIENCE = 0.25  # s, for other threads' queries
_WRITE_PATIENCE = 20.0  # s, for other processes' queries


class VectorsFailed(Exception):
    """Chroma could not do it, whatever the reason; seen by `rag.index` only."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which Chroma directory is in force, and after how many changes to it."""

    directory: str
    epoch: int


class Vectors:
    """The Chroma directories of one index, shared by everything in this process that opened it."""

    def __init__(self, root: Path) -> None:
        self._engine = _Engine.shared(root.resolve())
        self._open = True

    def close(self) -> None:
        if self._open:
            self._engine.release()
        self._open = False

    @contextmanager
    def looking(self) -> Iterator[bool]:
        """Whether Chroma may be asked inside the block: not while anyone is changing it."""
        with self._engine.turn(alone=False) as mine:
            yield mine

    @contextmanager
    def changing(self) -> Iterator[bool]:
        """Whether Chroma may be changed inside the block: not while readers do not let go."""
        with self._engine.turn(alone=True) as mine:
            yield mine

    def near(
        self, place: Place, vector: Vector, limit: int, between: Days | None
    ) -> list[str] | None:
        """Ids of about the `limit` nearest rows; None when Chroma cannot tell."""
        if self._engine.failed == place:
            return None
        try:
            with _failures():
                return self._engine.query(place, vector, limit, between)
        except VectorsFailed as exc:
            _log.warning("The vectors in %s cannot be read (%s); comparing all.", place, exc)
            self._engine.drop()
            self._engine.failed = place
            return None

    def change(
        self, before: Place, after: Place, gone: Sequence[str], rows: Sequence[Row], total: int
    ) -> list[str]:
        """Delete the ids that are `gone`, then add the rows. The ids no query will find.

        Raises: `VectorsFailed`, also when there are not `total` rows at the end; the directory is
        then not to be trusted.
        """
        with _failures():
            store = self._engine.at(before, create=before.epoch == 0)
            for batch in _batches(gone):
                store.delete_nodes(batch)
            missed = _add(store, rows)
            if (held := store.client.count()) != total:
                raise VectorsFailed(f"{held} rows instead of {total}")
            self._engine.opened = after
            return missed

    def build(self, after: Place, rows: Iterable[Row]) -> list[str]:
        """A new directory with these rows in it; `sweep` when it is in force. Like `change`."""
        with _failures():
            self._engine.drop()
            target = self._engine.root / after.directory
            shutil.rmtree(target, ignore_errors=True)
            return _add(self._engine.at(after, create=True), rows)

    def sweep(self, place: Place) -> None:
        """Delete the directories of former times; what is left of them hurts nobody."""
        for old in self._engine.root.glob("vectors-*"):
            if old.is_dir() and old.name != place.directory:
                shutil.rmtree(old, ignore_errors=True)

    def stored(self, place: Place) -> Iterator[tuple[str, Vector]]:
        """Every row in the directory, page by page. Raises: `VectorsFailed`."""
        with _failures():
            collection = self._engine.at(place).client
            for offset in range(0, collection.count(), _BATCH):
                page = collection.get(limit=_BATCH, offset=offset, include=["embeddings"])
                yield from zip(page["ids"], page["embeddings"], strict=True)


class _Engine:
    """The one open client of an index directory in this process, and the turns to use it."""

    _all: ClassVar[dict[Path, _Engine]] = {}
    _guard = threading.Lock()

    def __init__(self, root: Path) -> None:
        self.root = root
        self.opened: Place | None = None
        self.failed: Place | None = None
        self._users = 0
        self._mutex = threading.Lock()
        self._changing = False
        self._gate = Gate(root / "vectors.lock")
        self._client: Any = None  # chromadb's own annotations lack close()
        self._store: ChromaVectorStore | None = None

    @classmethod
    def shared(cls, root: Path) -> _Engine:
        with cls._guard:
            engine = cls._all.get(root) or cls(root)
            cls._all[root] = engine
            engine._users += 1
            return engine

    def release(self) -> None:
        with self._guard:
            self._users -= 1
            if self._users:
                return
            with self._mutex:
                self.drop()
            del self._all[self.root]

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[bool]:
        patience = _WRITE_PATIENCE if alone else _QUEUE_PATIENCE
        if (self._changing and not alone) or not self._mutex.acquire(timeout=patience):
            yield False
            return
        try:
            self._changing = alone
            wait = _WRITE_PATIENCE if alone else _LOOK_PATIENCE
            with self._gate.passed(alone=alone, wait=wait) as mine:
                yield mine
        finally:
            self._changing = False
            self._mutex.release()

    def at(self, place: Place, *, create: bool = False) -> ChromaVectorStore:
        if self._store is None or self.opened != place:
            self.drop()
            self._store = self._connect(self.root / place.directory, create)
            self.opened = place
        return self._store

    def drop(self) -> None:
        self.opened = self._store = None
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def query(self, place: Place, vector: Vector, limit: int, between: Days | None) -> list[str]:
        from llama_index.core.vector_stores.types import VectorStoreQuery  # see _connect

        wanted = VectorStoreQuery(vector.tolist(), limit)
        if between:
            wanted.filters = _filters(between)
        return list(self.at(place).query(wanted).ids or [])

    def _connect(self, directory: Path, create: bool) -> ChromaVectorStore:
        # LlamaIndex and Chroma take 2 to 3 s to import; listing sources needs neither.
        import chromadb
        from chromadb.config import Settings
        from llama_index.vector_stores.chroma import ChromaVectorStore

        if not create and not directory.is_dir():
            raise FileNotFoundError(f"{directory} is missing")
        # Chroma would otherwise take settings from any .env in the current directory.
        settings = Settings(anonymized_telemetry=False, **dict[str, Any](_env_file=None))
        self._client = client = chromadb.PersistentClient(str(directory), settings=settings)
        if create:
            collection = client.get_or_create_collection(
                _COLLECTION, embedding_function=None, configuration={"hnsw": _GRAPH}
            )
        else:
            collection = client.get_collection(_COLLECTION, embedding_function=None)
        return ChromaVectorStore(chroma_collection=collection)


@contextmanager
def _failures() -> Iterator[None]:
    """Chroma raises its own errors, sqlite's, ValueError, and Rust panics that are no Exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, VectorsFailed):
        raise
    except BaseException as exc:
        raise VectorsFailed(f"{type(exc).__name__}: {exc}") from exc


def _filters(between: Days) -> MetadataFilters:
    """Rows without days lack both keys and pass no filter."""
    from llama_index.core.vector_stores.types import (  # see _Engine._connect
        FilterOperator,
        MetadataFilter,
        MetadataFilters,
    )

    since, until = between
    return MetadataFilters(
        filters=[
            MetadataFilter(key="published_to", value=since, operator=FilterOperator.GTE),
            MetadataFilter(key="published_from", value=until, operator=FilterOperator.LTE),
        ]
    )


def _add(store: ChromaVectorStore, rows: Iterable[Row]) -> list[str]:
    from llama_index.core.schema import TextNode  # see _Engine._connect

    missed: list[str] = []
    for batch in _batches(rows):
        nodes = []
        for row in batch:
            metadata: dict[str, str | int] = {"source": row.source}
            if row.first_day and row.last_day:
                metadata |= {"published_from": row.first_day, "published_to": row.last_day}
            nodes.append(TextNode(id_=row.id, embedding=row.vector.tolist(), metadata=metadata))
        store.add(list(nodes))
        missed.extend(_missed(store, batch))
    return missed


def _missed(store: ChromaVectorStore, rows: Sequence[Row]) -> list[str]:
    """Rows that a query for their own vector does not bring back (nor five equal ones)."""
    missed = []
    for batch in _batches(rows, 100):
        found = store.client.query(
            query_embeddings=np.array([row.vector for row in batch]),
            n_results=5,
            include=["distances"],
        )
        for row, ids, distances in zip(batch, found["ids"], found["distances"], strict=True):
            if row.id not in ids and (len(ids) < 5 or max(distances) > 1e-6):
                missed.append(row.id)
    return missed


def _batches(items: Iterable[_T], size: int = _BATCH) -> Iterator[list[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
