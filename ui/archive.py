"""The archive as the page shows and changes it: list, upload, remove, re-index.

Uploads are kept in `uploads/` of the data folder, so that they can be re-indexed like any other
file. What cannot be read is reported per file and not kept.
"""

from __future__ import annotations

import os
import queue
import shutil
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag import Assistant, IngestReport, Page, WenbaoError
from ui.settings import PageSettings
from ui.view import described

_ENDINGS = (".txt", ".md", ".jsonl", ".jsonl.gz")
_Progress = Callable[[str], None]


class Archive:
    """What an assistant has read, and the ways a visitor may change it."""

    def __init__(self, assistant: Assistant, settings: PageSettings) -> None:
        self._assistant = assistant
        self._settings = settings
        self._folder = Path(assistant.config.data_dir).absolute() / "uploads"
        self._changing = threading.Lock()
        self._columns: dict[str, frozenset[str]] = {}  # by the digest of a source

    def sources(self) -> list[dict[str, Any]]:
        """Every source with the number of its articles, chunks and characters."""
        return [
            {
                **described(entry.source), "articles": entry.articles, "chunks": entry.chunks,
                "characters": entry.characters,
            }
            for entry in self._assistant.sources()
        ]  # fmt: skip

    def articles(self, source_id: str) -> list[dict[str, Any]]:
        """The articles of a source in print order, and where each begins; [] for an unknown id."""
        page = self._assistant.page(source_id)
        if page is None:
            return []
        return [
            {
                "id": a.id, "title": a.title or a.body[:24], "column": a.column,
                "byline": a.byline, "characters": len(a.body), "start": _beginning(page, number),
            }
            for number, a in enumerate(page.articles)
        ]  # fmt: skip

    def names(self) -> tuple[list[str], list[str]]:
        """The publications and the columns that occur, sorted: what a question can be kept to."""
        publications: set[str] = set()
        known: dict[str, frozenset[str]] = {}
        for entry in self._assistant.sources():
            if entry.source.publication:
                publications.add(entry.source.publication)
            digest = entry.source.sha256
            known[digest] = self._columns.get(digest) or self._columns_of(entry.source.id)
        self._columns = known
        return sorted(publications), sorted(frozenset().union(*known.values()))

    def _columns_of(self, source_id: str) -> frozenset[str]:
        page = self._assistant.page(source_id)
        return frozenset(a.column for a in page.articles if a.column) if page else frozenset()

    def add(self, files: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Take uploaded files in: {"kind": "progress", "id"} for each, at last {"kind": "report"}.

        `files` are where the upload left them; they are moved from there.
        """
        with self._changing:
            taken, refused = self._take(files)
            report = IngestReport()
            if taken:
                paths = [path for path, _ in taken]
                report = yield from _followed(
                    lambda progress: self._assistant.ingest(paths, progress=progress)
                )
                self._settle(taken, report)
        yield {"kind": "report", "report": _told(report, refused)}

    def remove(self, source_ids: Sequence[str]) -> list[str]:
        """Take sources out of the index; returns those that were there. A file is deleted only if
        it was uploaded and nothing else that is indexed came from it."""
        with self._changing:
            wanted = set(source_ids)
            paths = {
                e.source.path for e in self._assistant.sources() if e.source.id in wanted
            }
            removed = self._assistant.remove(source_ids)
            left = {entry.source.path for entry in self._assistant.sources()}
            for path in paths - left:
                if Path(path).parent == self._folder:
                    Path(path).unlink(missing_ok=True)
        return removed

    def reindex(self) -> Iterator[dict[str, Any]]:
        """Read again whatever the sources came from; events as in `add`."""
        with self._changing:
            roots = sorted({_root(e.source.id, e.source.path) for e in self._assistant.sources()})
            report = yield from _followed(
                lambda progress: self._assistant.ingest(roots, progress=progress)
            )
        yield {"kind": "report", "report": _told(report)}

    def _take(self, files: Sequence[str]) -> tuple[list[tuple[Path, Path | None]], list[tuple[str, str]]]:
        """Move uploads into the folder: (where it is now, what it replaced), (name, why refused)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        elsewhere = {
            _file_id(e.source.id) for e in self._assistant.sources()
            if Path(e.source.path).parent != self._folder
        }  # fmt: skip
        taken: list[tuple[Path, Path | None]] = []
        refused: list[tuple[str, str]] = []
        for file in files:
            name = Path(file).name
            if reason := self._refusal(Path(file), name, elsewhere):
                refused.append((name, reason))
                continue
            target = self._folder / name
            before = None
            if target.exists():
                before = target.with_name(f".{name}.before")
                os.replace(target, before)
            shutil.move(file, target)
            taken.append((target, before))
        return taken, refused

    def _refusal(self, file: Path, name: str, elsewhere: set[str]) -> str:
        """Why an upload is not taken; "" if it is."""
        if not name.lower().endswith(_ENDINGS) or name.startswith("."):
            return f"not a page: the name must end in {', '.join(_ENDINGS)}"
        if file.stat().st_size > self._settings.upload_bytes:
            return f"over the size limit of {self._settings.upload_bytes:,} bytes; split it"
        if name in elsewhere:
            return "a page of this name was read from another folder; rename the file"
        return ""

    def _settle(self, taken: Sequence[tuple[Path, Path | None]], report: IngestReport) -> None:
        """Of a file of which nothing could be read, put back what it replaced, or nothing."""
        done = {_file_id(id) for id in (*report.added, *report.updated, *report.unchanged)}
        for path, before in taken:
            if path.name in done:
                if before:
                    before.unlink()
            elif before:
                os.replace(before, path)
            else:
                path.unlink(missing_ok=True)


def _told(report: IngestReport, refused: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The report with the names of files in place of their paths, which are nobody's business (and
    which gradio_client would try to fetch, under the name `path`)."""
    failed = [(Path(path).name, reason) for path, reason in report.failed]
    pairs = [{"file": name, "reason": reason} for name, reason in (*refused, *failed)]
    return {**report.to_dict(), "failed": pairs}


def _beginning(page: Page, number: int) -> int:
    """Where in the source an article begins, its heading included."""
    article = page.articles[number]
    starts = [head.start for head in article.heads] + [s.source_start for s in article.spans[:1]]
    return min(starts, default=0)


def _file_id(source_id: str) -> str:
    """The id of the file a source stands in; a row's is `file.jsonl#row`."""
    for ending in (".jsonl#", ".jsonl.gz#"):
        head, found, _ = source_id.partition(ending)
        if found:
            return head + ending[:-1]
    return source_id


def _root(source_id: str, path: str) -> str:
    """What has to be ingested again for the source to keep its id: the folder above it, or the
    file itself where the id is no more than its name."""
    id = os.path.normpath(_file_id(source_id))
    if os.sep in id and path.endswith(os.sep + id):
        return path[: -len(id) - 1]
    return path


def _followed(
    work: Callable[[_Progress], IngestReport],
) -> Generator[dict[str, Any], None, IngestReport]:
    """Run an ingest in a thread and yield its progress; returns its report, raises its error.

    Somebody who goes away does not stop it: half an upload would be no use to anybody.
    """
    done: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    outcome: list[IngestReport | WenbaoError | OSError] = []

    def run() -> None:
        try:
            outcome.append(work(done.put))
        except (WenbaoError, OSError) as exc:
            outcome.append(exc)
        finally:
            done.put(None)

    thread = threading.Thread(target=run, name="ingest")
    thread.start()
    try:
        while (id := done.get()) is not None:
            yield {"kind": "progress", "id": id}
    finally:
        thread.join()
    result = outcome[0]
    if isinstance(result, Exception):
        raise result
    return result
