"""The catalogue: every record of the index in one SQLite file, and the only truth about it.

Sources with their text, articles with their sentences, chunks with their vectors. The search
terms (`rag.lexical`) lie in the same file and change in the same transaction; the vectors in
Chroma (`rag.vectors`) can be rebuilt from here without embedding anything again.

The functions take a connection lent by `rag.locking.Database`. Records are kept as JSON arrays in
the order of their fields, an article's sentences in one: they are always read together.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.records import Article, Chunk, DateMention, DateRange, Sentence, Source, Span

APPLICATION = 0x57656E42  # "WenB": tells our file from any other SQLite file
FORMAT = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT PRIMARY KEY, record TEXT NOT NULL, sha256 TEXT NOT NULL, characters INTEGER NOT NULL,
    text TEXT NOT NULL, first_day INTEGER, last_day INTEGER);
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
    record TEXT NOT NULL, sentences TEXT NOT NULL);
CREATE INDEX articles_of_source ON articles (source);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
    article TEXT NOT NULL, sentences TEXT NOT NULL, text TEXT NOT NULL,
    first_day INTEGER, last_day INTEGER);
CREATE INDEX chunks_of_source ON chunks (source);
CREATE INDEX chunks_by_day ON chunks (last_day, first_day);
CREATE TABLE vectors (number INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE pending (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built with; all of it must agree before it is opened."""

    embedding: str
    dimension: int
    splitter: str


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source and how much of it the index holds."""

    source: Source
    articles: int
    chunks: int
    characters: int


def create(connection: sqlite3.Connection, meta: Mapping[str, str]) -> None:
    """The empty tables and what is known about them, inside the caller's transaction."""
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


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
        (source.id, _dump(_source_fields(source)), source.sha256, len(text), text, *days(source)),
    )
    connection.executemany(
        "INSERT INTO articles (id, source, record, sentences) VALUES (?, ?, ?, ?)",
        (
            (
                article.id,
                source.id,
                _dump(_article_fields(article)),
                _dump([_sentence_fields(s) for s in sentences.get(article.id, ())]),
            )
            for article in articles
        ),
    )


def add_chunk(
    connection: sqlite3.Connection, chunk: Chunk, places: Mapping[Sentence, int], vector: bytes
) -> int:
    """The chunk's row number. `places`: where each sentence stands in its article; a sentence
    that stands in none is written out."""
    marks = [places[s] if s in places else _sentence_fields(s) for s in chunk.sentences]
    source = chunk.article.source
    row = (chunk.id, source.id, chunk.article.id, _dump(marks), chunk.text, *days(source))
    number = connection.execute(
        "INSERT INTO chunks (id, source, article, sentences, text, first_day, last_day) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
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


def read_source(connection: sqlite3.Connection, source_id: str) -> Source | None:
    row = connection.execute("SELECT record FROM sources WHERE id = ?", (source_id,)).fetchone()
    return _source(json.loads(row[0])) if row else None


def read_entries(connection: sqlite3.Connection) -> list[SourceEntry]:
    rows = connection.execute(
        "SELECT record, (SELECT count(*) FROM articles a WHERE a.source = s.id), "
        "(SELECT count(*) FROM chunks c WHERE c.source = s.id), characters FROM sources s ORDER BY id"
    )
    return [SourceEntry(_source(json.loads(record)), *counts) for record, *counts in rows]


def read_articles(connection: sqlite3.Connection, article_id: str | None = None) -> list[Article]:
    """One article or, without an id, all of them in the order of their sources."""
    query = (
        "SELECT a.record, s.record FROM articles a JOIN sources s ON s.id = a.source "
        "WHERE ?1 IS NULL OR a.id = ?1 ORDER BY s.id, a.number"
    )
    if article_id is not None:
        query = query.replace("?1 IS NULL OR ", "")
    rows = connection.execute(query, (article_id,))
    return [_article(json.loads(record), _source(json.loads(source))) for record, source in rows]


def read_sentences(connection: sqlite3.Connection, article_id: str) -> tuple[Sentence, ...]:
    row = connection.execute("SELECT sentences FROM articles WHERE id = ?", (article_id,))
    found = row.fetchone()
    return tuple(map(_sentence, json.loads(found[0]))) if found else ()


def read_chunks(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Chunk]:
    """The chunks in the order of `ids`; unknown ids are left out."""
    articles: dict[str, tuple[Article, tuple[Sentence, ...]]] = {}
    chunks = []
    for chunk_id in ids:
        row = connection.execute(
            "SELECT article, sentences, text FROM chunks WHERE id = ?", (chunk_id,)
        ).fetchone()
        if row is None:
            continue
        if row[0] not in articles:
            (article,) = read_articles(connection, row[0])
            articles[row[0]] = article, read_sentences(connection, row[0])
        article, sentences = articles[row[0]]
        marks = json.loads(row[1])
        own = tuple(sentences[m] if isinstance(m, int) else _sentence(m) for m in marks)
        chunks.append(Chunk(chunk_id, article, own, row[2]))
    return chunks


def days(source: Source) -> tuple[int | None, int | None]:
    """The first and last day of issue as YYYYMMDD."""
    if source.published is None:
        return None, None
    return as_number(source.published.start), as_number(source.published.end)


def as_number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _dump(fields: Sequence[Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _range_fields(found: DateRange) -> list[Any]:
    start, end = found.start.isoformat(), found.end.isoformat()
    return [start, end, found.precision, found.inferred, found.vague]


def _range(fields: Sequence[Any]) -> DateRange:
    return DateRange(date.fromisoformat(fields[0]), date.fromisoformat(fields[1]), *fields[2:])


def _source_fields(source: Source) -> list[Any]:
    published = source.published and _range_fields(source.published)
    return [source.id, source.path, source.publication, published, source.page, source.sha256,
            source.title]  # fmt: skip


def _source(fields: Sequence[Any]) -> Source:
    return Source(*fields[:3], fields[3] and _range(fields[3]), *fields[4:])


def _article_fields(a: Article) -> list[Any]:
    spans = [[s.start, s.source_start, s.length] for s in a.spans]
    return [a.id, a.column, a.title, a.subtitle, a.byline, a.body, spans, a.sections]


def _article(fields: Sequence[Any], source: Source) -> Article:
    spans = tuple(Span(*span) for span in fields[6])
    sections = tuple((start, end) for start, end in fields[7])
    return Article(fields[0], source, *fields[1:6], spans, sections)


def _mention_fields(m: DateMention) -> list[Any]:
    return [m.text, m.start, m.end, _range_fields(m.range), m.relative]


def _mention(fields: Sequence[Any]) -> DateMention:
    return DateMention(*fields[:3], _range(fields[3]), fields[4])


def _sentence_fields(s: Sentence) -> list[Any]:
    dates, frame = [_mention_fields(m) for m in s.dates], s.frame and _mention_fields(s.frame)
    return [s.id, s.article_id, s.text, s.start, s.end, dates, frame, s.paragraph, s.printed,
            s.heading]  # fmt: skip


def _sentence(fields: Sequence[Any]) -> Sentence:
    dates, frame = tuple(map(_mention, fields[5])), fields[6] and _mention(fields[6])
    return Sentence(*fields[:5], dates, frame, *fields[7:])
