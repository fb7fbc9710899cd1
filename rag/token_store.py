"""The passages' token vectors (`rag.late_interaction`) in the catalogue: a row for each chunk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

SCHEMA = "CREATE TABLE token_vectors (number INTEGER PRIMARY KEY, codes BLOB NOT NULL)"


def add(connection: sqlite3.Connection, number: int, codes: bytes) -> None:
    """Keep them under the row number that the chunk has in the catalogue."""
    connection.execute("INSERT INTO token_vectors VALUES (?, ?)", (number, codes))


def remove(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    connection.executemany("DELETE FROM token_vectors WHERE number = ?", ((n,) for n in numbers))


def read(connection: sqlite3.Connection, ids: Sequence[str]) -> list[bytes]:
    """Each chunk's token vectors; b"" where there are none."""
    rows = connection.execute(
        "SELECT id, codes FROM chunks JOIN token_vectors USING (number) "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    found: dict[str, bytes] = dict(rows)
    return [found.get(id, b"") for id in ids]
