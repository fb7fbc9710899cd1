"""The lexical leg: SQLite FTS5 over the terms of `rag.terms`, ranked by BM25.

Words and character pairs of the title and of the text lie in four columns of one table, so that
the pair 中国 and the word 中国 are counted apart. FTS5's own tokenisers know no Chinese: the terms
come ready made, and its plainest tokeniser only cuts them apart again at the spaces.

Measured on 36,060 chunks of about 190 characters (10,000 news articles) with 622 questions, on two
shared cores: a question of words and pairs takes 5.8 ms at the median and 15 ms at the 95th
percentile; a gold article comes first for 73.5 % and among the first five for 89.5 %. Words alone
give 69.5 / 87.8, pairs alone 71.4 / 87.9; pairs at half the weight of words 71.7 / 89.5. Adding
100 chunks takes 20 ms. The file grows by 3 kB a chunk.

What was tried beside it. A table without stored contents is a third of the size and as fast, but
SQLite before 3.43 can only delete from it what it is told word by word, and a segmenter's next
release would tell it wrong. `detail=column` reads the row again for every score: 35 and 94 ms.
Two tables, for words and for pairs, with the scores added: no better, twice the time. bm25s finds
the same (72.3 / 89.7) in 0.9 ms, but every change to it means 8 s of indexing and rewriting 68 MB,
outside the catalogue's transaction; here a page and its terms are committed together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from rag.records import Article, Chunk
from rag.scope import EVERYTHING, Scope
from rag.terms import pairs, query_pairs, query_words, words

SCHEMA = (
    "CREATE VIRTUAL TABLE terms USING fts5"
    "(title_words, title_pairs, text_words, text_pairs, tokenize = 'ascii')"
)
_RANK = "bm25(terms, 2.0, 2.0, 1.0, 1.0)"  # a word in the title weighs double
_MOST_TERMS = 200  # a pasted page is no question; FTS5 would nest an expression without end

# Every ASCII character that is no letter or figure would end a token: "27.1%" must stay one. They
# move to the private use area, which the tokeniser does not know.
_WHOLE = {code: 0xE000 + code for code in range(128) if not chr(code).isalnum()}


def add(connection: sqlite3.Connection, number: int, chunk: Chunk) -> None:
    """Index the chunk under the row number it has in the catalogue."""
    title = _title(chunk.article)
    columns = (words(title), pairs(title), words(chunk.text), pairs(chunk.text))
    connection.execute(
        "INSERT INTO terms (rowid, title_words, title_pairs, text_words, text_pairs) "
        "VALUES (?, ?, ?, ?, ?)",
        (number, *(" ".join(_whole(terms)) for terms in columns)),
    )


def remove(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    connection.executemany("DELETE FROM terms WHERE rowid = ?", ((n,) for n in numbers))


def search(
    connection: sqlite3.Connection,
    question: str,
    limit: int,
    scope: Scope = EVERYTHING,
) -> list[tuple[str, float]]:
    """Chunk ids with their BM25 score, best first; every one shares a term with the question
    and is let through by the scope."""
    query = _expression(query_words(question), query_pairs(question))
    if not query:
        return []
    allowed, values = scope.rows()
    condition = f"AND +rowid IN ({allowed})" if allowed else ""
    rows = connection.execute(
        "SELECT c.id, best.score FROM "
        f"(SELECT rowid AS number, -{_RANK} AS score FROM terms "
        f"WHERE terms MATCH ? {condition} ORDER BY 2 DESC, 1 LIMIT ?) best "
        "JOIN chunks c ON c.number = best.number ORDER BY best.score DESC, best.number",
        (query, *values, limit),
    )
    return [(chunk_id, score) for chunk_id, score in rows]


def document_frequency(connection: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    """In how many chunks each word, or pair of characters, stands, in the title or in the text."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, terms, row)"
    )
    counts = {}
    for term, stored in zip(terms, _whole(terms), strict=True):
        row = connection.execute("SELECT doc FROM vocabulary WHERE term = ?", (stored,)).fetchone()
        counts[term] = row[0] if row else 0
    return counts


def _title(article: Article) -> str:
    return " ".join(filter(None, (article.column, article.title, article.subtitle)))


def _whole(terms: Iterable[str]) -> Iterable[str]:
    return (term.translate(_WHOLE) for term in terms)


def _expression(word_terms: Sequence[str], pair_terms: Sequence[str]) -> str:
    """Any of the words in a column of words, or any of the pairs in a column of pairs."""
    sides = (("title_words text_words", word_terms), ("title_pairs text_pairs", pair_terms))
    parts = []
    for columns, terms in sides:
        if quoted := [f'"{term}"' for term in _whole(terms[:_MOST_TERMS]) if term]:
            parts.append(f"{{{columns}}} : ({' OR '.join(quoted)})")
    return " OR ".join(parts)
