"""Kill `wenbao ingest`, let several of them share an index, and count what is lost.

    python -m eval.stress_ingest ROWS.jsonl.gz --articles 200 --kills 20
    python -m eval.stress_ingest ROWS.jsonl.gz --share 60

The real command with the real model. `--kills`: it is killed at random moments; after each kill the
index opens and answers, every source in it is whole and none of before is missing; a re-run then
completes it, with the chunks of an undisturbed ingest. `--share`: two writers, each ingesting one
small file after the other, and three readers who ask. Exits with 1 when anything went wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag import Assistant, Config, IndexEmpty
from rag.embedding import default_embedder
from rag.text import squash

Row = dict[str, Any]
_say = partial(print, flush=True)
_ROOT = Path(__file__).parent.parent
_PART = 15  # rows of one file of a sharing writer
_SHARED = 4000  # rows at most for both of them
_STARTS = 1.0  # seconds in which the command does nothing but start
_ASKED = 40  # characters of a row's text that make its question


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a JSONL file, as they stand in it."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def write_rows(path: Path, rows: Sequence[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def question_on(row: Row) -> str:
    return f"{str(row['text'])[:_ASKED]}，这是怎么回事？"


def chunks_by_source(index: Path) -> dict[str, list[str]]:
    """Source id -> its chunk ids in the catalogue, read without the code that wrote it."""
    if not (index / "catalogue.db").exists():
        return {}
    with closing(sqlite3.connect(index / "catalogue.db")) as db:
        held: dict[str, list[str]] = {id: [] for (id,) in db.execute("SELECT id FROM sources")}
        for source, chunk in db.execute("SELECT source, id FROM chunks ORDER BY number"):
            held.setdefault(source, []).append(chunk)
    return held


def ingest_command(rows: Path, index: Path) -> list[str]:
    return [sys.executable, "-m", "rag", "ingest", str(rows), "--json", "--data-dir", str(index)]


def run_ingest(rows: Path, index: Path) -> tuple[dict[str, Any], str]:
    """(the command's report, or {}; what went wrong, or "")."""
    words = ingest_command(rows, index)
    done = subprocess.run(words, capture_output=True, encoding="utf-8", cwd=_ROOT)
    if done.returncode:
        return {}, f"ingest of {rows.name} ended with {done.returncode}: {done.stderr[-1500:]}"
    report: dict[str, Any] = json.loads(done.stdout)
    return report, f"{rows.name}: could not read {report['failed']}" if report["failed"] else ""


@dataclass
class _Killing:
    """One index under fire, and what has been seen of it."""

    rows: Path
    index: Path
    question: str
    embedder: BaseEmbedding
    clean: dict[str, list[str]]
    before: dict[str, list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def kill_after(self, seconds: float) -> bool:
        """Whether the kill came in time."""
        null, command = subprocess.DEVNULL, ingest_command(self.rows, self.index)
        process = subprocess.Popen(command, stdout=null, stderr=null, cwd=_ROOT)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        if process.returncode:
            self.wrong.append(f"an ingest that was not killed ended with {process.returncode}")
        return False

    def look(self) -> None:
        """The index opens, answers, holds whole sources only and all that it held before."""
        held = chunks_by_source(self.index)
        for source, chunks in held.items():
            if chunks != self.clean.get(source):
                self.wrong.append(f"{source} is not whole: {len(chunks)} chunks")
        self.wrong += [f"{source} is lost" for source in self.before if source not in held]
        self.before = held
        try:
            with Assistant.open(Config(data_dir=self.index), embedder=self.embedder) as assistant:
                answer = assistant.ask(self.question)
                for c in answer.citations:
                    text = assistant.index.source_text(c.source.id) or ""
                    if squash(text[c.start : c.end]) != squash(c.quote):
                        self.wrong.append(f"a citation of {c.source.id} is not where it says")
        except IndexEmpty:
            self.wrong += ["it says that it is empty and holds sources"] if held else []
        except Exception as exc:  # whatever it is, it is what this script looks for
            self.wrong.append(f"{type(exc).__name__}: {exc}")

    def complete(self) -> None:
        """A re-run brings it to what an undisturbed ingest gives, and parts agree."""
        _, fault = run_ingest(self.rows, self.index)
        self.wrong += [fault] if fault else []
        held = chunks_by_source(self.index)
        lost = sum(len(chunks) for id, chunks in self.clean.items() if held.get(id) != chunks)
        if lost or held.keys() != self.clean.keys():
            self.wrong.append(f"after the re-run {lost} chunks differ from a clean ingest")
        with Assistant.open(Config(data_dir=self.index), embedder=self.embedder) as assistant:
            self.wrong += assistant.index.check()


def kill(rows: Sequence[Row], times: int, folder: Path, seed: int = 1) -> list[str]:
    """`wenbao ingest` killed at random moments; what is wrong afterwards.

    An index that has become complete before the kill is checked and a new one begun.
    """
    chance = random.Random(seed)
    started = time.perf_counter()
    _, fault = run_ingest(file := write_rows(folder / "rows.jsonl", rows), folder / "clean")
    whole = time.perf_counter() - started
    clean = chunks_by_source(folder / "clean")
    total = sum(map(len, clean.values()))
    _say(f"clean ingest: {len(clean)} sources, {total} chunks, {whole:.1f} s")
    question, embedder = question_on(rows[0]), default_embedder()
    wrong = [fault] if fault else []
    kills = rounds = struck = 0
    while kills < times and not wrong:
        rounds, before = rounds + 1, kills
        at = _Killing(file, folder / f"index-{rounds}", question, embedder, clean)
        while kills < times and not at.wrong:
            moment = chance.uniform(_STARTS, max(whole, _STARTS + 0.5))
            if not at.kill_after(moment):
                whole = min(whole, moment)  # faster than the first time; the next kill is earlier
                break
            kills += 1
            at.look()
            found = f"{len(at.before)} of {len(clean)} sources committed"
            _say(f"kill {kills} after {moment:.1f} s: {found}; wrong: {at.wrong or 'nothing'}")
        at.complete()
        struck += kills > before
        wrong += at.wrong
    _say(
        f"{kills} kills on {struck} indexes, each completed by a re-run to {total} chunks in "
        f"{len(clean)} sources; wrong: {wrong or 'nothing'}",
    )
    return wrong


@dataclass
class _Sharing:
    """What the writers have been told is done, and what went wrong."""

    index: Path
    until: float
    diary: Path
    acknowledged: dict[str, Row] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def write(self, name: str, rows: Iterator[Row]) -> None:
        """One small file after the other until the time is up."""
        number = 0
        while time.monotonic() < self.until and (part := list(islice(rows, _PART))):
            number += 1
            file = write_rows(self.diary.parent / f"{name}-{number}.jsonl", part)
            report, fault = run_ingest(file, self.index)
            ids = {f"{file.name}#{row['id']}": row for row in part}
            with self.guard:
                if fault or set(report["added"]) != set(ids):
                    self.wrong.append(fault or f"{file.name}: not all its rows were added")
                    return
                self.acknowledged |= ids
                with self.diary.open("a", encoding="utf-8") as notes:
                    notes.write("".join(question_on(row) + "\n" for row in part))


def ask_until(index: Path, diary: Path, seconds: float) -> None:
    """Ask about what has been acknowledged until the time is up; prints the number and times."""
    until, times = time.monotonic() + seconds, []
    with Assistant.open(Config(data_dir=index)) as assistant:
        while time.monotonic() < until:
            lines = diary.read_text("utf-8").splitlines() if diary.exists() else []
            if not lines:
                time.sleep(0.1)
                continue
            start = time.perf_counter()
            assistant.ask(random.choice(lines))
            times.append((time.perf_counter() - start) * 1000)
    print(f"{len(times)} {median(times) if times else 0:.0f}")


def share(rows: Sequence[Row], seconds: float, folder: Path) -> list[str]:
    """Two writers and three readers on one index; what is wrong during and after it."""
    at = _Sharing(folder / "index", time.monotonic() + seconds, folder / "asked.txt")
    halves = {"one": iter(rows[::2]), "two": iter(rows[1::2])}
    writers = [threading.Thread(target=at.write, args=half) for half in halves.items()]
    words = [sys.executable, "-m", "eval.stress_ingest", "--worker"]
    words += [str(at.index), str(at.diary), str(seconds)]
    pipe = subprocess.PIPE
    readers = [
        subprocess.Popen(words, stdout=pipe, stderr=pipe, encoding="utf-8", cwd=_ROOT)
        for _ in range(3)
    ]
    for step in (threading.Thread.start, threading.Thread.join):
        for writer in writers:
            step(writer)
    asked, middle = 0, 0.0
    for reader in readers:
        out, error = reader.communicate()
        if reader.returncode:
            at.wrong.append(f"a reader failed: {error.strip()[-1500:]}")
            continue
        asked, middle = asked + int(out.split()[0]), max(middle, float(out.split()[1]))
    at.wrong += (missing := _unfound(at))
    _say(
        f"{seconds:g} s: {len(at.acknowledged)} articles acknowledged by 2 writers, "
        f"{len(at.acknowledged) - len(missing)} found afterwards, {asked} questions by 3 readers, "
        f"median at most {middle:.0f} ms; wrong: {at.wrong or 'nothing'}",
    )
    return at.wrong


def _unfound(at: _Sharing) -> list[str]:
    """Acknowledged articles that are not in the catalogue or that a search for their own first
    words does not bring back (a copy of the same words counts)."""
    wrong, held = [], chunks_by_source(at.index)
    with Assistant.open(Config(data_dir=at.index)) as assistant:
        at.wrong += assistant.index.check()
        for id, row in at.acknowledged.items():
            words = str(row["text"])[:_ASKED]
            ids = [hit.chunk.article.source.id for hit in assistant.search(words)]
            found = any(words in (assistant.index.source_text(one) or "") for one in ids)
            if not (held.get(id) and found):
                wrong.append(f"{id} is {'there and not found' if held.get(id) else 'not there'}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rows", type=Path, nargs="?", help="a .jsonl or .jsonl.gz with id and text")
    parser.add_argument("--articles", type=int, default=200, help="rows that are ingested")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--share", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        ask_until(Path(asked.worker[0]), Path(asked.worker[1]), float(asked.worker[2]))
        return 0
    if not asked.rows or not asked.rows.is_file():
        parser.error(f"no such file: {asked.rows}; give a .jsonl or .jsonl.gz with articles")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        if asked.kills or not asked.share:
            rows = list(islice(read_rows(asked.rows), asked.articles))
            wrong += kill(rows, asked.kills or 20, Path(folder, "kill"))
        if asked.share:
            rows = list(islice(read_rows(asked.rows), _SHARED))
            wrong += share(rows, asked.share, Path(folder, "share"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
