"""The catalogue: every record of the index in one SQLite file, and the only truth about it.

Sources with their text, articles with their sentences, chunks with their vectors. The search
terms (`rag.lexical`) lie in the same file and change in the same transaction; the vectors in
Chroma (`rag.vectors`) can be rebuilt from here without embedding anything again.

The functions take a connection lent by `rag.locking.Database`. An article's sentences are kept in
one piece: they are always read together.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexDamaged, IndexMismatch
from rag.packing import dump, pack, shape, unpack
from rag.records import Article, Chunk, DateMention, DateRange, Page, Sentence, Source
from rag.scope import EVERYTHING, Scope, day_number

_APPLICATION = 0x57656E42  # "WenB": tells our file from any other SQLite file
_FORMAT = 3
_SHAPE = shape(Source, DateRange, Article, Sentence, DateMention)

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT PRIMARY KEY, record TEXT NOT NULL, sha256 TEXT NOT NULL, characters INTEGER NOT NULL,
    text TEXT NOT NULL, first_day INTEGER, last_day INTEGER);
CREATE INDEX sources_by_day ON sources (last_day, first_day);
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
    record TEXT NOT NULL, sentences TEXT NOT NULL);
CREATE INDEX articles_of_source ON articles (source);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
    article TEXT NOT NULL, sentences TEXT NOT NULL, text TEXT NOT NULL,
    first_day INTEGER, last_day INTEGER, publication TEXT, column_name TEXT);
CREATE INDEX chunks_of_source ON chunks (source);
CREATE INDEX chunks_by_day ON chunks (last_day, first_day);
CREATE TABLE vectors (number INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE pending (id TEXT PRIMARY KEY, tried INTEGER NOT NULL) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built with, `tokens` its token vectors; all of it must agree before it is
    opened."""

    embedding: str
    dimension: int
    splitter: str
    tokens: str = ""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source and how much of it the index holds; `characters` of its text."""

    source: Source
    articles: int
    chunks: int
    characters: int


def create(file: Path, manifest: Manifest, *schema: str) -> None:
    """An empty catalogue that is there whole or, after a crash, not at all."""
    draft = file.with_suffix(".new")
    for left in file.parent.glob(draft.name + "*"):
        left.unlink()
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # readers go on while one process writes
        connection.execute("BEGIN")
        for statement in (*_SCHEMA.split(";"), *schema):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_FORMAT}")
        state = {"shape": _SHAPE, "generation": 0, "epoch": 0, "dirty": 0, "directory": ""}
        write_meta(connection, **{k: str(v) for k, v in (asdict(manifest) | state).items()})
        connection.execute("COMMIT")
    os.replace(draft, file)


def verify(connection: sqlite3.Connection, path: Path, manifest: Manifest) -> None:
    """Raises: `IndexDamaged` for a file that is none of ours, `IndexMismatch` for an index built
    by another release or with something else than `manifest`."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise IndexDamaged(
            f"{path / 'catalogue.db'} is no Wenbao catalogue. Choose another data_dir, or delete "
            "that file if it is of no use."
        )
    way_out = (
        f"Build it anew (wenbao ingest --rebuild --data-dir {path} PATH…), or name another folder in "
        "WENBAO_DATA_DIR."
    )
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    meta = read_meta(connection) if version == _FORMAT else {}
    if meta.get("shape") != _SHAPE:
        raise IndexMismatch(f"{path} was built by another release of Wenbao. {way_out}")
    asked = {name: str(value) for name, value in asdict(manifest).items()}
    if differing := [name for name in asked if asked[name] != meta[name]]:
        built = ", ".join(f"{name} {meta[name]}" for name in differing)
        wanted = ", ".join(f"{name} {asked[name]}" for name in differing)
        raise IndexMismatch(f"{path} was built with {built}, but {wanted} is asked for. {way_out}")


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM meta"))


def write_meta(connection: sqlite3.Connection, **values: str | int) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in values.items()]
    )


def add_source(
    connection: sqlite3.Connection,
    source: Source,
    text: str,
    articles: Sequence[Article],
    sentences: Mapping[str, Sequence[Sentence]],
) -> None:
    connection.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)",
        (source.id, dump(pack(source)), source.sha256, len(text), text, *_days(source)),
    )
    connection.executemany(
        "INSERT INTO articles (id, source, record, sentences) VALUES (?, ?, ?, ?)",
        (
            (
                article.id,
                source.id,
                dump(pack(article, without="source")),
                dump([pack(sentence) for sentence in sentences.get(article.id, ())]),
            )
            for article in articles
        ),
    )


def add_chunk(
    connection: sqlite3.Connection, chunk: Chunk, places: Mapping[Sentence, int], vector: bytes
) -> int:
    """The chunk's row number. `places`: where each sentence stands in its article; a sentence
    that stands in none is written out."""
    marks = [places[s] if s in places else pack(s) for s in chunk.sentences]
    source = chunk.article.source
    row = (
        chunk.id, source.id, chunk.article.id, dump(marks), chunk.text, *_days(source),
        source.publication, chunk.article.column,
    )  # fmt: skip
    number = connection.execute(
        "INSERT INTO chunks (id, source, article, sentences, text, first_day, last_day, "
        "publication, column_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    assert number is not None
    connection.execute("INSERT INTO vectors VALUES (?, ?)", (number, vector))
    return number


def remove_source(connection: sqlite3.Connection, source_id: str) -> list[int]:
    """Everything of the source goes; the row numbers its chunks had."""
    rows = connection.execute("SELECT number FROM chunks WHERE source = ?", (source_id,))
    numbers = [number for (number,) in rows]
    connection.executemany("DELETE FROM vectors WHERE number = ?", ((n,) for n in numbers))
    for table, column in (("chunks", "source"), ("articles", "source"), ("sources", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (source_id,))
    return numbers


def read_entries(
    connection: sqlite3.Connection, scope: Scope = EVERYTHING
) -> list[SourceEntry]:
    """The sources in the order of their ids; with a scope, those that have chunks in it, and how
    many articles and chunks of them are."""
    allowed, values = scope.rows()
    if allowed:
        rows = connection.execute(
            "SELECT record, count(DISTINCT c.article), count(*), characters FROM sources s "
            f"JOIN chunks c ON c.source = s.id WHERE c.number IN ({allowed}) "
            "GROUP BY s.id ORDER BY s.id",
            values,
        )
        return [_entry(*row) for row in rows]
    rows = connection.execute(
        "SELECT record, (SELECT count(*) FROM articles a WHERE a.source = s.id), "
        "(SELECT count(*) FROM chunks c WHERE c.source = s.id), characters "
        "FROM sources s ORDER BY id"
    )
    return [_entry(*row) for row in rows]


def _entry(record: str, articles: int, chunks: int, characters: int) -> SourceEntry:
    return SourceEntry(unpack(Source, json.loads(record)), articles, chunks, characters)


def read_text(connection: sqlite3.Connection, source_id: str) -> str | None:
    row = connection.execute("SELECT text FROM sources WHERE id = ?", (source_id,)).fetchone()
    return str(row[0]) if row else None


def read_page(connection: sqlite3.Connection, source_id: str) -> Page | None:
    row = connection.execute("SELECT record FROM sources WHERE id = ?", (source_id,)).fetchone()
    if row is None:
        return None
    articles = tuple(read_articles(connection, source_id=source_id))
    text = read_text(connection, source_id) or ""
    return Page(unpack(Source, json.loads(row[0])), text, articles)


def read_newest(connection: sqlite3.Connection) -> DateRange | None:
    row = connection.execute(
        "SELECT record FROM sources WHERE last_day IS NOT NULL "
        "ORDER BY last_day DESC, first_day DESC LIMIT 1"
    ).fetchone()
    return unpack(Source, json.loads(row[0])).published if row else None


def read_articles(
    connection: sqlite3.Connection, article_id: str | None = None, source_id: str | None = None
) -> list[Article]:
    """One article, those of one source, or all, in the order of their sources and of print."""
    given = [("a.id", article_id), ("s.id", source_id)]
    values = [value for _, value in given if value is not None]
    condition = " AND ".join(f"{name} = ?" for name, value in given if value is not None) or "TRUE"
    rows = connection.execute(
        "SELECT a.record, s.record FROM articles a JOIN sources s ON s.id = a.source "
        f"WHERE {condition} ORDER BY s.id, a.number",
        values,
    )
    return [
        unpack(Article, json.loads(record), source=unpack(Source, json.loads(source)))
        for record, source in rows
    ]


def read_sentences(connection: sqlite3.Connection, article_id: str) -> tuple[Sentence, ...]:
    return tuple(unpack(Sentence, values) for values in _packed_sentences(connection, article_id))


def _packed_sentences(connection: sqlite3.Connection, article_id: str) -> list[Any]:
    found = connection.execute("SELECT sentences FROM articles WHERE id = ?", (article_id,))
    row = found.fetchone()
    packed: list[Any] = json.loads(row[0]) if row else []
    return packed


def read_chunks(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Chunk]:
    """The chunks in the order of `ids`; unknown ids are left out."""
    articles: dict[str, tuple[Article, list[Any]]] = {}
    chunks = []
    for chunk_id in ids:
        row = connection.execute(
            "SELECT article, sentences, text FROM chunks WHERE id = ?", (chunk_id,)
        ).fetchone()
        if row is None:
            continue
        if row[0] not in articles:
            (article,) = read_articles(connection, row[0])
            articles[row[0]] = article, _packed_sentences(connection, row[0])
        article, sentences = articles[row[0]]
        marks = json.loads(row[1])
        own = (unpack(Sentence, sentences[m] if isinstance(m, int) else m) for m in marks)
        chunks.append(Chunk(chunk_id, article, tuple(own), row[2]))
    return chunks


def disagreements(connection: sqlite3.Connection) -> list[str]:
    """What the tables of the catalogue disagree about."""
    checks = {
        "articles without a source": "articles WHERE source NOT IN (SELECT id FROM sources)",
        "chunks without an article": "chunks WHERE article NOT IN (SELECT id FROM articles)",
        "chunks without a vector": "chunks WHERE number NOT IN (SELECT number FROM vectors)",
        "vectors without a chunk": "vectors WHERE number NOT IN (SELECT number FROM chunks)",
        "chunks without tokens": "chunks WHERE number NOT IN (SELECT number FROM token_vectors)",
        "tokens without a chunk": "token_vectors WHERE number NOT IN (SELECT number FROM chunks)",
        "chunks without terms": "chunks WHERE number NOT IN (SELECT id FROM terms_docsize)",
        "terms without a chunk": "terms_docsize WHERE id NOT IN (SELECT number FROM chunks)",
    }
    counts = {
        name: connection.execute(f"SELECT count(*) FROM {rest}").fetchone()[0]
        for name, rest in checks.items()
    }
    return [f"{count} {name}" for name, count in counts.items() if count]


def _days(source: Source) -> tuple[int | None, int | None]:
    """The first and last day of issue as YYYYMMDD."""
    if source.published is None:
        return None, None
    return day_number(source.published.start), day_number(source.published.end)
