"""Files -> the index: read, split, embed and commit, one batch of sources after another.

While one batch is embedded, the one before it is committed and the next one read and split; no more
than these three are in memory. Each source is committed whole. A source whose text and metadata are
unchanged costs a look-up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.articles import split_articles
from rag.chunks import embedded_text, split_chunks
from rag.embedding import embedded_passages
from rag.index import Index, SourceItem
from rag.late_interaction import Embedded
from rag.mastheads import read_masthead
from rag.pages import Failure, read_pages
from rag.records import Article, Chunk, Page, Sentence, Source
from rag.sentences import split_sentences

_BATCH_CHUNKS = 64  # held in memory and committed together


@dataclass(slots=True)
class IngestReport:
    """What an ingest did: source ids, and (path, reason) for what could not be read."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated or self.removed)

    def to_dict(self) -> dict[str, Any]:
        failed = [{"path": path, "reason": reason} for path, reason in self.failed]
        return {
            "added": self.added, "updated": self.updated, "unchanged": self.unchanged,
            "removed": self.removed, "failed": failed,
        }  # fmt: skip

    def summary(self) -> str:
        """One line: 1 added, 0 updated, 3 unchanged, 0 removed, 0 failed."""
        names = ("added", "updated", "unchanged", "removed", "failed")
        return ", ".join(f"{len(getattr(self, name))} {name}" for name in names)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A source split up and not yet embedded."""

    page: Page
    articles: tuple[Article, ...]
    sentences: dict[str, tuple[Sentence, ...]]
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A batch whose chunks are being embedded."""

    batch: Sequence[_Prepared]
    passages: Future[list[Embedded]]


def prepare(page: Page) -> _Prepared:
    """A page's articles, sentences and chunks."""
    masthead = read_masthead(page.text)
    skip = (masthead.start, masthead.end) if masthead else (0, 0)
    articles = tuple(split_articles(page.text, page.source, skip))
    sentences = {a.id: split_sentences(a, page.text) for a in articles}
    chunks = tuple(c for a in articles for c in split_chunks(a, sentences[a.id]))
    return _Prepared(page, articles, sentences, chunks)


def ingest(
    index: Index,
    embedder: BaseEmbedding,
    paths: Iterable[str | Path],
    *,
    prune: bool = False,
    max_bytes: int,
    progress: Callable[[str], None] | None = None,
) -> IngestReport:
    """Bring the index up to date with files and folders.

    `prune` removes what was ingested from below the given paths and is not there any more; where a
    file or folder cannot be read, or a given path does not exist, nothing is removed.
    `progress` is called with each source's id once it is dealt with. Raises IndexBusy when another
    process is writing and does not finish within the lock's time-out.
    """
    roots = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    report = IngestReport()
    seen: set[str] = set()
    tell = progress or (lambda _: None)
    known = {entry.source.id: entry.source for entry in index.sources()}
    pages = _changed_pages(roots, max_bytes, known, seen, report, tell)
    waiting: _Begun | None = None
    with ThreadPoolExecutor(1, "ingest") as pool:
        for batch in _batches(map(prepare, pages)):
            begun = _Begun(batch, pool.submit(_embedded, embedder, batch))
            if waiting:
                _commit(index, waiting, known, report, tell)
            waiting = begun
        if waiting:
            _commit(index, waiting, known, report, tell)
    if index.behind():  # also where a killed ingest had committed everything
        with index.writing():
            pass
    if prune:
        _prune(index, roots, known, seen, report)
    return report


def _changed_pages(
    roots: Sequence[Path], max_bytes: int, known: dict[str, Source], seen: set[str],
    report: IngestReport, tell: Callable[[str], None],
) -> Iterator[Page]:  # fmt: skip
    """The pages that are new or differ from what is indexed; the rest goes into the report."""
    for page in read_pages(roots, max_bytes=max_bytes):
        if isinstance(page, Failure):
            report.failed.append((page.path, page.reason))
            tell(page.path)
            continue
        seen.add(page.source.id)
        old = known.get(page.source.id)
        if old is not None and old.sha256 == page.source.sha256:
            report.unchanged.append(page.source.id)
            tell(page.source.id)
        else:  # absolute: `prune` and whoever opens a citation may stand in another folder
            path = os.path.abspath(page.source.path)
            yield replace(page, source=replace(page.source, path=path))


def _batches(prepared: Iterable[_Prepared]) -> Iterator[list[_Prepared]]:
    batch: list[_Prepared] = []
    for item in prepared:
        batch.append(item)
        if sum(len(item.chunks) for item in batch) >= _BATCH_CHUNKS:
            yield batch
            batch = []
    if batch:
        yield batch


def _embedded(embedder: BaseEmbedding, batch: Sequence[_Prepared]) -> list[Embedded]:
    texts = [embedded_text(chunk) for item in batch for chunk in item.chunks]
    return embedded_passages(embedder, texts) if texts else []


def _commit(
    index: Index, begun: _Begun, known: dict[str, Source], report: IngestReport,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    passages = iter(begun.passages.result())
    items = []
    for item in begun.batch:
        own = list(islice(passages, len(item.chunks)))
        items.append(
            SourceItem(
                item.page.source, item.page.text, item.articles, item.chunks, item.sentences,
                [passage.vector for passage in own], [passage.codes for passage in own],
            )
        )  # fmt: skip
    # Not held while embedding: other writers get their turn.
    with index.writing(more_to_come=True) as writer:
        writer.replace_many(items)
    for item in begun.batch:
        id = item.page.source.id
        (report.updated if id in known else report.added).append(id)
        tell(id)


def _prune(
    index: Index, roots: Sequence[Path], known: dict[str, Source], seen: set[str],
    report: IngestReport,
) -> None:  # fmt: skip
    failed = {os.path.abspath(path) for path, _ in report.failed if not _can_list(path)}
    tops = [os.path.abspath(root) for root in roots]
    gone = [id for id, source in known.items() if id not in seen and _below(source, tops, failed)]
    if gone:
        with index.writing() as writer:
            for id in gone:
                writer.remove(id)
    report.removed.extend(gone)


def _below(source: Source, tops: Sequence[str], failed: set[str]) -> bool:
    """Whether a source was ingested from below the given paths and not from or below what could
    not be read this time."""
    path = Path(os.path.abspath(source.path))
    above = {str(path), *map(str, path.parents)}
    return above.isdisjoint(failed) and not above.isdisjoint(tops)


def _can_list(path: str) -> bool:
    """Whether it is a folder that shows its files: one that is empty, not one that is not there."""
    return os.path.isdir(path) and os.access(path, os.R_OK | os.X_OK)
