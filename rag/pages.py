"""Reading sources: files, folders and JSONL rows in, pages and failures out, one at a time.

    read_pages ─ _Run.walk ─ files in sorted order, with what sources.toml says about them
                    └─ _Run.text   .txt, .md               one page each
                    └─ _Run.rows   .jsonl, .jsonl.gz       one page per row

Nothing here raises for bad input: each file or row that cannot be read becomes a Failure that says
why and what to do, and the reading goes on with the next. At most one file (or row) is in memory.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from rag.dates import infer_year, parse_published
from rag.decode import check_characters, decode
from rag.errors import SourceError
from rag.mastheads import read_masthead
from rag.records import DateRange, Source

MAX_BYTES = 16 * 2**20
_TEXT = (".txt", ".md")
_ROWS = (".jsonl", ".jsonl.gz")
_NOTES = "sources.toml"
_FIELDS = ("publication", "published", "page", "title")
_MOST_FAILURES = 1_000  # reported one by one per file; a longer list helps nobody
# A gzip file may unpack to a thousand times its size. Reading it stops when this many times
# `max_bytes` have gone by without one good row; a blank or broken row counts a little extra.
_PATIENCE = 16
_ROW_COST = 64

_Values = Mapping[str, str | DateRange]


@dataclass(frozen=True, slots=True)
class Page:
    """A source and its text: decoded, the byte-order mark dropped, the line ends untouched."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or row that was not read; `reason` says what is wrong and what to do."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class _File:
    """A file found: `id` is its path below the ingested root; `notes` what sources.toml says."""

    id: str
    path: str
    notes: _Values


def read_pages(
    paths: Iterable[str | Path], *, max_bytes: int = MAX_BYTES
) -> Iterator[Page | Failure]:
    """The pages of these files and folders, in order, and a Failure for all that is no page.

    Folders are searched below in sorted order; hidden entries and unknown endings are passed over
    there, but a file named in `paths` itself must have a known ending. The same file given twice
    is read once; two files with the same id are not both read. `max_bytes` limits a text file, and
    each row of a JSONL file, as stored (unpacked, if gzip).

    What `sources.toml` or the row says about a page wins over the header printed on it, and that
    over the year inferred from its text. A row with a value that cannot be read is refused; a bad
    value in `sources.toml` is reported and the page read without it.
    """
    run = _Run(max_bytes)
    for path in _as_list(paths):
        yield from run.read(os.fspath(path))


def count_inputs(paths: Iterable[str | Path]) -> tuple[int, int]:
    """How many files `read_pages` would try and their size in bytes on disk; opens none."""
    sizes = []
    for path in _as_list(paths):
        for found in _walk(os.fspath(path)):
            if isinstance(found, _File) and _kind(found.path):
                try:
                    sizes.append(os.stat(found.path).st_size)
                except (OSError, ValueError):
                    sizes.append(0)
    return len(sizes), sum(sizes)


class _Run:
    """One call of `read_pages`: remembers which ids it has seen."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.seen: dict[str, str] = {}

    def read(self, root: str) -> Iterator[Page | Failure]:
        """All pages of one path as given."""
        notes: dict[str, dict[str, str | DateRange]] = {}
        empty = os.path.isdir(root)
        single = os.path.isfile(root) and _kind(root)
        if single:
            folder = os.path.dirname(root)
            yield from read_notes(folder, "", notes, self.max_bytes, only=os.path.basename(root))
        for found in _walk(root):
            if isinstance(found, Failure):
                yield found
            elif found.path.endswith(os.sep) or os.path.isdir(found.path):
                yield from read_notes(found.path, found.id, notes, self.max_bytes)
                continue
            elif not _kind(found.path):
                yield Failure(_shown(root), _unknown_ending(root))
            else:
                yield from self.file(_File(found.id, found.path, notes.get(found.id, {})))
            empty = False
        if empty:
            yield Failure(_shown(root), f"nothing to read in this folder: {_known_endings()}")
