"""Kill writers, share one index between processes, and count what is lost.

    python -m eval.stress_index --kill 20        # a writer killed at random moments, 20 times
    python -m eval.stress_index --share 60       # 2 writers and 3 readers for 60 seconds

Needs no model: the vectors are hashed from the text, the pages are invented. Every writer notes in
a file what it is about to commit and what it has committed; afterwards the index must hold exactly
that. Exits with 1 when anything was lost, doubled or raised.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from rag.index import Index, Manifest, SourceItem
from rag.records import Article, Chunk, DateRange, Sentence, Source, Span

DIMENSION = 32
MANIFEST = Manifest(embedding="hashed pairs", dimension=DIMENSION, splitter="lines 1")
_PLACES = ("北渡镇", "松陂乡", "云崖县", "鹭洲湾", "石臼岭", "白蘋里", "桐溪口", "雁落滩")
_DEEDS = ("新修水渠", "开通渡船", "举办灯会", "收割早稻", "迁建小学", "清理河道", "试种茶树")


def hashed_vector(text: str, dimension: int = DIMENSION) -> list[float]:
    """Every pair of characters moves one number up or down; never the zero vector."""
    vector = [0.001] * dimension
    for i in range(len(text) - 1):
        digest = hashlib.blake2b(text[i : i + 2].encode("utf-8", "replace"), digest_size=8).digest()
        vector[digest[0] % dimension] += 1.0 if digest[1] & 1 else -1.0
    return vector


def item_from(source_id: str, lines: Sequence[str], published: date | None = None) -> SourceItem:
    """A source of one article with one sentence and one chunk a line."""
    text = "\n".join(lines)
    issue = DateRange(published, published, "day") if published else None
    digest = hashlib.sha256(f"{issue}{text}".encode("utf-8", "replace")).hexdigest()
    source = Source(source_id, source_id, "鹭洲日报", issue, "4", digest)
    spans = (Span(0, 0, len(text)),)
    article = Article(f"{source_id}:0", source, "乡情", "", None, "白山", text, spans)
    sentences, start = [], 0
    for line in lines:
        end = start + len(line)
        sentences.append(Sentence(f"{article.id}.{start}", article.id, line, start, end))
        start = end + 1
    chunks = [
        Chunk(hashlib.sha256(f"{s.id}|{s.text}".encode()).hexdigest()[:24], article, (s,), s.text)
        for s in sentences
    ]
    vectors = [hashed_vector(chunk.text) for chunk in chunks]
    return SourceItem(source, text, [article], chunks, {article.id: sentences}, vectors)


def invented(source_id: str, version: int) -> SourceItem:
    """The same id and version give the same page; every line has a code that no other line has."""
    chance = random.Random(f"{source_id} {version}")
    lines = []
    for i in range(chance.randint(1, 40)):
        code = hashlib.sha256(f"{source_id} {version} {i}".encode()).hexdigest()[:10]
        place, deed = chance.choice(_PLACES), chance.choice(_DEEDS)
        lines.append(f"{place}{deed}，编号z{code}，共{chance.randint(2, 900)}户参加。")
    return item_from(source_id, lines, date(1998, 1, 1) + timedelta(days=chance.randrange(900)))


def write(folder: Path, seed: str, seconds: float, diary: Path) -> None:
    """Replace and remove pages until the time is up: some written once, some over and over."""
    chance = random.Random(seed)
    until = time.monotonic() + seconds
    count = 0
    with Index.open(folder, MANIFEST, exact_up_to=0) as index, diary.open("a", encoding="utf-8") as notes:

        def note(deed: str, states: dict[str, int]) -> None:
            notes.write(json.dumps([deed, states]) + "\n")
            notes.flush()

        while time.monotonic() < until:
            with index.writing() as writer:
                for _ in range(chance.randint(1, 6)):
                    count += 1
                    states = {f"{seed}/once-{count}.txt": 1, f"{seed}/often-{count % 5}.txt": count}
                    note("try", states)
                    writer.replace_many([invented(name, at) for name, at in states.items()])
                    note("done", states)
                if chance.random() < 0.3:
                    gone = {f"{seed}/often-{chance.randrange(5)}.txt": 0}
                    note("try", gone)
                    writer.remove(next(iter(gone)))
                    note("done", gone)


def read(folder: Path, diaries: Sequence[Path], seconds: float) -> None:
    """Search for pages that were reported as written; prints the times in milliseconds."""
    chance = random.Random()
    until = time.monotonic() + seconds
    times = []
    with Index.open(folder, MANIFEST, exact_up_to=0) as index:
        while time.monotonic() < until:
            names = [n for d in diaries for n, at in known(d)[0].items() if at and "once" in n]
            for name in chance.sample(names, min(20, len(names))):
                start = time.perf_counter()
                if missing := unfound(index, invented(name, 1), most=1):
                    raise AssertionError(f"{name}: {missing}")
                times.append((time.perf_counter() - start) * 1000)
            time.sleep(0.01)
    times.sort()
    if times:
        print(f"{len(times)} searches, p50 {times[len(times) // 2]:.1f} ms, ", end="")
        print(f"p95 {times[int(len(times) * 0.95)]:.1f} ms, longest {times[-1]:.0f} ms")


def known(diary: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Source id -> version (0: removed) as committed, and what was being tried at the end."""
    done: dict[str, int] = {}
    trying: dict[str, int] = {}
    for line in diary.read_text("utf-8").splitlines(keepends=True) if diary.exists() else ():
        if line.endswith("\n"):
            deed, states = json.loads(line)
            trying = states if deed == "try" else {}
            done |= states if deed == "done" else {}
    return done, trying


def unfound(index: Index, item: SourceItem, most: int = 3) -> list[str]:
    """What a search for the item's own lines does not bring back, or brings back twice."""
    complaints = []
    for chunk, vector in list(zip(item.chunks, item.vectors, strict=True))[:most]:
        dense = [found for found, _ in index.dense(vector, 10)]
        code = chunk.text.split("编号")[1].split("，")[0]
        lexical = [found for found, _ in index.lexical(f"编号{code}是哪里？", 10)]
        for leg, ids in (("dense", dense), ("lexical", lexical)):
            if chunk.id not in ids:
                complaints.append(f"{leg} search does not find {chunk.text}")
            if len(set(ids)) < len(ids):
                complaints.append(f"{leg} search finds a chunk twice")
    return complaints


def verdicts(index: Index, diaries: Sequence[Path]) -> Iterator[str]:
    """How the index differs from what the writers noted, each in a file named by its seed."""
    held = {entry.source.id: entry for entry in index.sources()}
    prints = index.fingerprints()
    for diary in diaries:
        done, trying = known(diary)
        strangers = {name for name in held if name.split("/")[0] == diary.stem}
        yield from (f"{n} was never written" for n in strangers - done.keys() - trying.keys())
        undecided = {n for n in trying if prints.get(n) == _print(n, trying[n])}
        if undecided and undecided != set(trying):
            yield f"half of one commit is there: {sorted(undecided)}"
        for name, version in (done | (trying if undecided else {})).items():
            if prints.get(name) != _print(name, version):
                yield f"{name} is not there as committed (version {version})"
            elif version:
                item = invented(name, version)
                if held[name].chunks != len(item.chunks):
                    yield f"{name} has {held[name].chunks} chunks instead of {len(item.chunks)}"
                elif index.chunks([c.id for c in item.chunks]) != item.chunks:
                    yield f"the chunks of {name} came back changed"
                yield from unfound(index, item)


def _print(name: str, version: int) -> str | None:
    return invented(name, version).source.sha256 if version else None


def kill(times: int, folder: Path, seed: int = 1) -> list[str]:
    """Writers killed at random moments; what is wrong afterwards."""
    chance = random.Random(seed)
    complaints: list[str] = []
    diaries = []
    with Index.open(folder / "index", MANIFEST, exact_up_to=0) as early:
        for round_ in range(times):
            diaries.append(folder / f"k{round_}.jsonl")
            writer = _start("write", folder / "index", diaries[-1].stem, 60.0, diaries[-1])
            time.sleep(chance.uniform(0.0, 1.5))
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            before = early.check()
            found = list(verdicts(early, diaries[-1:]))
            with early.writing():
                pass
            found += early.check()
            found += verdicts(early, diaries if round_ == times - 1 else diaries[-2:])
            print(
                f"kill {round_ + 1}: {len(known(diaries[-1])[0])} sources committed, "
                f"{early.size()} chunks, left {before or 'in order'}; wrong: {found or 'nothing'}",
                flush=True,
            )
            complaints += found
    return complaints


def share(seconds: float, folder: Path) -> list[str]:
    """2 writers and 3 readers on one index; what is wrong during and after it."""
    diaries = [folder / "one.jsonl", folder / "two.jsonl"]
    workers = [_start("write", folder / "index", d.stem, seconds, d) for d in diaries]
    workers += [_start("read", folder / "index", seconds, *diaries) for _ in range(3)]
    complaints = []
    for worker in workers:
        out, error = worker.communicate()
        print(out.strip(), flush=True)
        if worker.returncode:
            complaints.append(f"a worker failed: {error.strip()[-2000:]}")
    with Index.open(folder / "index", MANIFEST, exact_up_to=0) as index:
        complaints += index.check()
        complaints += verdicts(index, diaries)
        sources, chunks = len(index.sources()), index.size()
    committed = sum(line.startswith('["done"') for d in diaries for line in d.open("r"))
    print(
        f"{committed} commits, {sources} sources, {chunks} chunks; wrong: {complaints or 'nothing'}"
    )
    return complaints


def _start(*words: object) -> subprocess.Popen[str]:
    """A process of its own doing `write` or `read`, once it has loaded what it needs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "eval.stress_index", "--worker", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _work(what: str, folder: str, *rest: str) -> None:
    importlib.import_module("llama_index.vector_stores.chroma")  # before the clock starts

    print("ready", flush=True)
    if what == "write":
        write(Path(folder), rest[0], float(rest[1]), Path(rest[2]))
    else:
        read(Path(folder), [Path(diary) for diary in rest[1:]], float(rest[0]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kill", type=int, default=0, metavar="TIMES")
    parser.add_argument("--share", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        _work(*asked.worker)
        return 0
    complaints: list[str] = []
    for job, amount in ((kill, asked.kill), (share, asked.share)):
        if amount:
            with tempfile.TemporaryDirectory() as folder:
                complaints += job(amount, Path(folder))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
