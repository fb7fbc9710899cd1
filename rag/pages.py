"""Reading sources: files, folders and JSONL rows in, pages and failures out, one at a time.

    read_pages ─ walk             files in sorted order, and the sources.toml that speak of them
                  └─ _Run.text    .txt, .md               one page each
                  └─ _Run.rows    .jsonl, .jsonl.gz       one page per row

Nothing here raises for bad input: each file or row that cannot be read becomes a Failure that says
why and what to do, and the reading goes on with the next. At most one text (a file or a row) is in
memory, and of a JSONL file the ids of its rows.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from rag.dates import infer_year
from rag.decode import Line, check_characters, decode, read_lines
from rag.errors import SourceError
from rag.mastheads import read_masthead
from rag.records import Page, Source
from rag.source_notes import Details, kind_name, read_details, read_notes, read_text
from rag.walking import Failure, Found, open_file, read_bytes, walk

__all__ = ["Failure", "Page", "count_inputs", "read_pages"]

_MOST_FAILURES = 100  # reported one by one per file; a longer list helps nobody
# A gzip file may unpack to a thousand times its size. Reading it stops when this many times
# `max_bytes` have gone by without one good row; a blank or broken row counts a little extra.
_PATIENCE = 16
_ROW_COST = 64


def read_pages(
    paths: Iterable[str | Path] | str | Path, *, max_bytes: int
) -> Iterator[Page | Failure]:
    """The pages of these files and folders, in order, and a Failure for all that is no page.

    Folders are searched below in sorted order; hidden entries and unknown endings are passed over
    there, but a file named in `paths` itself must have a known ending. The same file given twice
    is read once; of two files with the same id the second is a Failure. `max_bytes` limits a text
    file, and each row of a JSONL file, as stored (unpacked, if gzip).

    What `sources.toml` or the row says about a page wins over the header printed on it, and that
    over the year inferred from its text; a row wins over `sources.toml`. A row with a value that
    cannot be read is refused; a bad value in `sources.toml` is reported and the page read
    without it.
    """
    run = _Run(max_bytes)
    for root in _as_list(paths):
        yield from run.read(root)


def count_inputs(paths: Iterable[str | Path] | str | Path) -> tuple[int, int]:
    """How many files `read_pages` would try, and their size in bytes on disk; opens none."""
    sizes = {}
    for root in _as_list(paths):
        for found in walk(root):
            if isinstance(found, Found) and found.kind != "notes":
                try:
                    sizes[found.id, found.path] = os.stat(found.path).st_size
                except OSError:  # gone since: read_pages will say so
                    sizes[found.id, found.path] = 0
    return len(sizes), sum(sizes.values())


class _Run:
    """One call of `read_pages`: remembers which ids it has seen, and where."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.seen: dict[str, str] = {}

    def read(self, root: str) -> Iterator[Page | Failure]:
        """All pages of one path as given. An inner folder's notes win over an outer's."""
        given: dict[str, Details] = {}
        for found in walk(root):
            if isinstance(found, Failure):
                yield found
            elif found.kind == "notes":
                notes, faults = read_notes(found.path, self.max_bytes, found.only)
                for name, details in notes.items():
                    id = f"{found.id}/{name}" if found.id else name
                    given[id] = details.or_else(given.get(id, Details()))
                yield from (Failure(found.path, fault) for fault in faults)
            else:
                yield from self.file(found, given.get(found.id, Details()))

    def file(self, found: Found, given: Details) -> Iterator[Page | Failure]:
        """The pages of one file, unless it or another of its id was read before."""
        if found.id in self.seen:
            first = self.seen[found.id]
            if os.path.realpath(first) != os.path.realpath(found.path):
                yield Failure(found.path, _same_id(found.id, first))
            return
        self.seen[found.id] = found.path
        try:
            if ".jsonl#" in found.id.lower() or ".jsonl.gz#" in found.id.lower():
                raise SourceError("its name holds # after .jsonl, which marks a row; rename it")
            yield from (self.rows if found.kind == "rows" else self.text)(found, given)
        except SourceError as exc:
            yield Failure(found.path, str(exc))

    def text(self, found: Found, given: Details) -> Iterator[Page | Failure]:
        """The page that a text file is. Raises SourceError."""
        yield _page(found.id, found.path, decode(read_bytes(found.path, self.max_bytes)), given)

    def rows(self, found: Found, given: Details) -> Iterator[Page | Failure]:
        """The pages of a JSONL file. Raises SourceError where reading cannot go on."""
        ids: dict[str, int] = {}
        patience = _Patience(self.max_bytes if found.path.lower().endswith(".gz") else math.inf)
        failed = count = 0
        for line in _lines(found.path, self.max_bytes, patience.most):
            if line.text == "" or (isinstance(line.text, str) and line.text.isspace()):
                patience.lose(line)
                continue
            count += 1
            try:
                yield _row(found, line, given, ids)
                patience.restore()
            except SourceError as exc:
                failed += 1
                if failed <= _MOST_FAILURES:
                    yield Failure(found.path, f"line {line.number}: {exc}")
                patience.lose(line)
        if failed > _MOST_FAILURES:
            yield Failure(found.path, f"{failed - _MOST_FAILURES:,} more rows cannot be read")
        if not count:
            raise SourceError("empty: it holds no rows")


class _Patience:
    """How many bytes without a good row are borne before a file is given up."""

    def __init__(self, max_bytes: float) -> None:
        self.most = _PATIENCE * max_bytes
        self.left = self.most

    def lose(self, line: Line) -> None:
        """Raises SourceError when no patience is left."""
        self.left -= line.size + _ROW_COST
        if self.left < 0:
            raise SourceError(
                f"over the size limit: {self.most:,} bytes without a good row, "
                f"given up at line {line.number}; split it or take the bad rows out"
            )

    def restore(self) -> None:
        self.left = self.most


def _lines(path: str, limit: int, give_up: float) -> Iterator[Line]:
    with open_file(path) as file:
        packed = path.lower().endswith(".gz")
        raw = gzip.GzipFile(fileobj=file) if packed else cast(io.BufferedReader, file)
        try:
            yield from read_lines(raw, limit, give_up)
        except OSError as exc:
            raise SourceError(f"cannot be read to the end: {exc.strerror or exc}") from exc


def _row(found: Found, line: Line, given: Details, ids: dict[str, int]) -> Page:
    """The page of a row; its id joins `ids`. Raises SourceError."""
    if isinstance(line.text, SourceError):
        raise line.text
    row = _parse(line.text)
    text = row.get("text")
    if text is None:
        raise SourceError('this row has no "text"; give it one')
    if not isinstance(text, str):
        raise SourceError(f'"text" must be text, not {kind_name(text)}; correct it')
    check_characters(text)
    id = read_text("id", row.get("id"), numbers=True) or str(line.number)
    details, faults = read_details(row)
    if faults:
        raise SourceError("; ".join(faults))
    first = ids.setdefault(id, line.number)
    if first != line.number:
        raise SourceError(f"same id {id[:80]!r} as line {first}; give each row its own")
    return _page(f"{found.id}#{id}", found.path, text, details.or_else(given))


def _parse(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as exc:
        raise SourceError(f"broken JSON: {exc.msg} (character {exc.pos + 1}); correct it") from exc
    except (ValueError, RecursionError) as exc:  # a number of 5,000 digits, 5,000 brackets
        raise SourceError("broken JSON: nested too deeply or a number too long") from exc
    if not isinstance(row, dict):
        raise SourceError(f'not an object but {kind_name(row)}; a row looks like {{"text": "…"}}')
    return row


def _page(id: str, path: str, text: str, given: Details) -> Page:
    """The page, with what is printed on it, and at last inferred from it, in the gaps."""
    header = read_masthead(text)
    if header is not None:
        given = given.or_else(Details(header.publication, header.published, header.page))
    published = given.published or infer_year(text)
    day = (str(published), published.inferred, published.vague) if published else None
    whole = json.dumps([text, given.publication, day, given.page, given.title])
    digest = hashlib.sha256(whole.encode()).hexdigest()
    source = Source(id, path, given.publication, published, given.page, digest, given.title)
    return Page(source, text)


def _same_id(id: str, first: str) -> str:
    return f"same id {id!r} as {first}; ingest the folder above both, or rename one"


def _as_list(paths: Iterable[str | Path] | str | Path) -> list[str]:
    """The paths as text; a lone one counts as a list of one."""
    if isinstance(paths, str | Path):
        paths = [paths]
    return [os.fspath(path) for path in paths]
