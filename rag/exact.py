"""The vectors in the catalogue: compared one by one, and the list of those Chroma lacks.

A chunk is pending from the commit that changed its vector until Chroma has followed. One that was
`tried` is in Chroma but out of reach of its graph; it stays on the list and is compared here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.scope import Scope

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk as Chroma stores it; its text stays in the catalogue."""

    id: str
    source: str
    first_day: int | None
    last_day: int | None
    vector: Vector


def nearest(
    connection: sqlite3.Connection,
    vector: Vector,
    limit: int,
    *,
    ids: Sequence[str] | None,
    scope: Scope,
) -> list[tuple[str, float]]:
    """Chunk ids with their cosine to `vector`, best first: among `ids` and the pending ones or,
    with None, among all that the scope lets through."""
    conditions, values = ["TRUE"], list[str | int]()
    if ids is not None:
        conditions.append(
            "number IN (SELECT number FROM chunks WHERE id IN "
            "(SELECT value FROM json_each(?) UNION SELECT id FROM pending))"
        )
        values.append(json.dumps(ids))
    allowed, wanted = scope.rows()
    if allowed:
        conditions.append(f"number IN ({allowed})")
        values.extend(wanted)
    rows = connection.execute(
        f"SELECT number, vector FROM vectors WHERE {' AND '.join(conditions)}", values
    ).fetchall()
    if not rows:
        return []
    matrix = np.frombuffer(b"".join(blob for _, blob in rows), np.float32).reshape(len(rows), -1)
    norms = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
    scores = (matrix @ vector) / np.where(norms > 0, norms, 1)  # a zero vector is near nothing
    best = np.argsort(-scores, kind="stable")[:limit]
    return [(_id_of(connection, rows[i][0]), float(scores[i])) for i in best]


def vectors_of(connection: sqlite3.Connection, source_id: str) -> dict[str, tuple[object, ...]]:
    """Chunk id -> all that Chroma keeps of it."""
    rows = connection.execute(
        "SELECT c.id, c.first_day, c.last_day, v.vector FROM chunks c JOIN vectors v "
        "USING (number) WHERE c.source = ?",
        (source_id,),
    )
    return {chunk_id: tuple(rest) for chunk_id, *rest in rows}


def all_rows(connection: sqlite3.Connection) -> Iterator[Row]:
    return _rows(connection, "TRUE")


def settled_rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """The chunks that Chroma must hold exactly so."""
    return _rows(connection, "c.id NOT IN (SELECT id FROM pending)")


def pending_rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """The chunks Chroma is to be given next."""
    return _rows(connection, "c.id IN (SELECT id FROM pending WHERE NOT tried)")


def pending_ids(connection: sqlite3.Connection, *, tried: bool = False) -> list[str]:
    """The ids, gone ones among them, that Chroma is behind with (and those out of its reach)."""
    condition = "TRUE" if tried else "NOT tried"
    return [i for (i,) in connection.execute(f"SELECT id FROM pending WHERE {condition}")]


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0])


def count_within(connection: sqlite3.Connection, scope: Scope) -> int:
    """How many chunks the scope lets through."""
    allowed, values = scope.rows()
    row = connection.execute(f"SELECT count(*) FROM ({allowed or 'chunks'})", values).fetchone()
    return int(row[0])


def count_settled(connection: sqlite3.Connection, ids: Sequence[str]) -> int:
    """How many of the ids are chunks whose vector Chroma holds as it is here."""
    row = connection.execute(
        "SELECT count(*) FROM chunks WHERE id IN (SELECT value FROM json_each(?)) "
        "AND id NOT IN (SELECT id FROM pending)",
        (json.dumps(ids),),
    )
    return int(row.fetchone()[0])


def make_pending(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    connection.executemany("INSERT OR REPLACE INTO pending VALUES (?, 0)", ((i,) for i in ids))


def settle(connection: sqlite3.Connection, missed: Iterable[str], *, everything: bool) -> None:
    """Chroma has followed, with `everything` or with what was pending; `missed` are those out of
    its reach."""
    connection.execute(f"DELETE FROM pending WHERE {'TRUE' if everything else 'NOT tried'}")
    connection.executemany("INSERT OR REPLACE INTO pending VALUES (?, 1)", ((i,) for i in missed))


def _rows(connection: sqlite3.Connection, condition: str) -> Iterator[Row]:
    found = connection.execute(
        "SELECT c.id, c.source, c.first_day, c.last_day, v.vector FROM chunks c "
        f"JOIN vectors v USING (number) WHERE {condition} ORDER BY number"
    )
    for chunk_id, source, first, last, blob in found:
        yield Row(chunk_id, source, first, last, np.frombuffer(blob, np.float32))


def _id_of(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT id FROM chunks WHERE number = ?", (number,)).fetchone()
    return str(row[0])
