"""The dense leg: Chroma's candidates, the catalogue's word, and the one following the other.

Chroma is changed like this: marked dirty in the catalogue with a new epoch, pending rows deleted
and added, the mark and the list cleared. A writer killed in between leaves the mark; until the
next writer has built the vectors anew, readers compare all of them.

Measured on 36,060 chunks of 384 numbers, two shared cores: a search takes 7 ms (95th percentile
15 ms), with 20 days as a filter 80 ms; comparing all takes 150 ms. Adding 100 chunks takes 0.5 s
until Chroma has followed, 0.05 s of it until they can be found. A reader needs 0.9 s to open Chroma
again after a change. Building all vectors anew takes 80 s.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Sequence

import numpy as np

from rag import exact
from rag.catalogue import read_meta, write_meta
from rag.errors import IndexDamaged
from rag.exact import Vector
from rag.locking import Database
from rag.scope import Scope
from rag.vectors import Place, Vectors, VectorsFailed

_log = logging.getLogger(__name__)
_SPARE_CANDIDATES = 10
_MOST_CANDIDATES = 2000  # beyond, comparing all vectors is no slower
FEW = 2000  # compared in 8 ms; Chroma takes 0.8 s to open, which one question would wait for
_FEW_WITHIN = 8000  # so many are compared in 45 ms; Chroma takes 50 and more with any filter


class Dense:
    """Searches the vectors of an index and, for the holder of the write lock, keeps them up."""

    def __init__(self, database: Database, exact_up_to: int = FEW) -> None:
        self._database = database
        self._few = exact_up_to
        self._folder = database.path.parent
        self._vectors = Vectors(self._folder)

    def close(self) -> None:
        self._vectors.close()

    def search(self, vector: Vector, limit: int, scope: Scope) -> list[tuple[str, float]]:
        """(chunk id, cosine), best first."""
        with self._database.snapshot() as db:
            if db.execute("SELECT count(*) FROM chunks").fetchone()[0] <= self._few:
                return exact.nearest(db, vector, limit, ids=None, scope=scope)
        # The snapshot begins inside: while we look, Chroma cannot move away from it.
        with self._vectors.looking() as may_ask, self._database.snapshot() as db:
            ids = self._candidates(db, vector, limit, scope) if may_ask else None
            return exact.nearest(db, vector, limit, ids=ids, scope=scope)

    def behind(self) -> bool:
        """Whether Chroma lacks rows or a killed writer left it in between."""
        with self._database.snapshot() as db:
            return _state(db)[1] or bool(exact.pending_ids(db))

    def follow(self, least: int = 1) -> None:
        """Bring Chroma up to the catalogue where it lacks `least` rows or a killed writer left it
        in between; where its readers do not let it, the next call will.

        Raises: `IndexDamaged` when Chroma cannot be written.
        """
        with self._database.snapshot() as db:
            (place, dirty), waiting = _state(db), exact.pending_ids(db)
        if not dirty and len(waiting) < least:
            return
        with self._vectors.changing() as mine:
            if not mine:
                _log.warning("Readers hold the vectors in %s; they follow later.", self._folder)
            elif dirty:
                self._build()
            else:
                try:
                    self._change(place)
                except VectorsFailed as exc:
                    _log.warning("The vectors in %s are built anew: %s", self._folder, exc)
                    self._build()

    def rebuild(self) -> None:
        """Build Chroma anew from the catalogue. Raises: `IndexDamaged`."""
        with self._vectors.changing() as mine:
            if not mine:
                raise IndexDamaged(f"Readers do not let go of {self._folder}; stop them first.")
            self._build()

    def disagreements(self) -> list[str]:
        """How Chroma differs from the catalogue."""
        with self._vectors.looking() as may_ask, self._database.snapshot() as db:
            place, dirty = _state(db)
            if dirty:
                return ["the last writer was stopped; the next one builds the vectors anew"]
            if not may_ask or not place.epoch:
                return []
            try:
                return self._compare(db, place)
            except VectorsFailed as exc:
                return [f"Chroma cannot be read ({exc}); Index.repair() builds it anew"]

    def _candidates(
        self, db: sqlite3.Connection, vector: Vector, limit: int, scope: Scope
    ) -> list[str] | None:
        """What Chroma finds near: `limit` chunks that still stand, or all there are."""
        place, dirty = _state(db)
        if dirty or not place.epoch or not scope.by_days_alone:
            return None
        if scope.days and exact.count_within(db, scope) <= _FEW_WITHIN:
            return None
        wanted = limit + _SPARE_CANDIDATES
        while wanted <= _MOST_CANDIDATES:
            ids = self._vectors.near(place, vector, wanted, scope.days)
            if ids is None or len(ids) < wanted or exact.count_settled(db, ids) >= limit:
                return ids
            wanted *= 4
        return None

    def _change(self, before: Place) -> None:
        before = Place(before.directory or _new_directory(), before.epoch)  # the very first time
        after = Place(before.directory, before.epoch + 1)
        with self._database.transaction() as db:
            write_meta(db, directory=after.directory, epoch=after.epoch, dirty=1)
            gone, rows = exact.pending_ids(db), list(exact.pending_rows(db))
            total = exact.count(db)
        missed = self._vectors.change(before, after, gone, rows, total)
        self._put_in_force(after, missed, everything=False)

    def _build(self) -> None:
        with self._database.snapshot() as db:
            after = Place(_new_directory(), _state(db)[0].epoch + 1)
            try:
                missed = self._vectors.build(after, exact.all_rows(db))
            except VectorsFailed as exc:
                raise IndexDamaged(
                    f"The vectors in {self._folder} cannot be written: {exc}. The pages are safe; "
                    "free disk space or correct the permissions, then ingest again."
                ) from exc
        self._put_in_force(after, missed, everything=True)
        self._vectors.sweep(after)

    def _put_in_force(self, place: Place, missed: Sequence[str], *, everything: bool) -> None:
        with self._database.transaction() as db:
            write_meta(db, directory=place.directory, epoch=place.epoch, dirty=0)
            exact.settle(db, missed, everything=everything)

    def _compare(self, db: sqlite3.Connection, place: Place) -> list[str]:
        expected = {row.id: row.vector for row in exact.settled_rows(db)}
        waiting = set(exact.pending_ids(db, tried=True))
        found = []
        for chunk_id, vector in self._vectors.stored(place):
            own = expected.pop(chunk_id, None)
            if own is None and chunk_id not in waiting:
                found.append(f"Chroma holds {chunk_id}, the catalogue does not")
            elif own is not None and not np.allclose(_unit(own), _unit(vector), atol=1e-4):
                found.append(f"Chroma holds another vector for {chunk_id}")
        return found + [f"Chroma lacks {chunk_id}" for chunk_id in expected]


def _state(db: sqlite3.Connection) -> tuple[Place, bool]:
    """Chroma's place, and whether a writer is at it or was killed there."""
    meta = read_meta(db)
    return Place(meta["directory"], int(meta["epoch"])), meta["dirty"] == "1"


def _new_directory() -> str:
    # Never a name used before: a client still open on the old directory would be taken for it.
    return f"vectors-{uuid.uuid4().hex[:12]}"


def _unit(vector: Vector) -> Vector:
    norm = np.linalg.norm(vector)
    unit: Vector = vector / norm if norm else vector
    return unit
