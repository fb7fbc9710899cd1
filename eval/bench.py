"""Speed, memory and size of the assistant, beside a plain LlamaIndex pipeline in the same process.

Both read the same pages with the same embedding model and are asked the same questions. Seconds
belong to the machine; the ratios travel better.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from eval.corpus import read_corpus
from eval.manifest import revision
from eval.plain import PlainPipeline
from eval.questions import Question
from rag import Assistant, Config

_LIMIT = 8
_COLD = """
import sys
from rag import Assistant, Config
with Assistant.open(Config(data_dir=sys.argv[1])) as assistant:
    assistant.ask(sys.argv[2])
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure; `plain` is None where the plain pipeline has no such thing (it does not
    answer). `better`: whether less or more is."""

    name: str
    unit: str
    ours: float
    plain: float | None
    better: str

    @property
    def ratio(self) -> float | None:
        """How many times better ours is; below 1 it is worse."""
        if self.plain is None or not self.ours or not self.plain:
            return None
        return self.plain / self.ours if self.better == "less" else self.ours / self.plain

    def __str__(self) -> str:
        plain = "–" if self.plain is None else _short(self.plain)
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}x"
        return f"{self.name:34} {self.unit:13} {_short(self.ours):>10} {plain:>10} {ratio:>8}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class _Side:
    """What both are measured by. Seconds, characters a second, megabytes."""

    opened: float
    rate: float
    search: tuple[float, float]
    memory: float
    size: float


def bench(folders: Sequence[Path], questions: Sequence[Question], most: int = 200) -> list[Line]:
    """The table. `folders` hold the pages; at most `most` questions are asked of each side."""
    texts = {
        f"{folder.name}/{name}": text
        for folder in folders
        for name, text in read_corpus(folder).texts.items()
    }
    asked = [q.question for q in questions if not q.history][:most]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        plain = _plain(folder / "plain", texts, asked)
        ours, answers = _ours(folder, texts, asked)
        cold = _timed(
            lambda: subprocess.run(
                [sys.executable, "-c", _COLD, str(folder / "index"), asked[0]], check=True
            )
        )
    return [
        Line("opening, the model loaded", "s", ours.opened, plain.opened, "less"),
        Line("first answer of a new process", "s", cold, None, "less"),
        Line("ingest", "characters/s", ours.rate, plain.rate, "more"),
        Line("search, median", "ms", 1000 * ours.search[0], 1000 * plain.search[0], "less"),
        Line("search, 95th percentile", "ms", 1000 * ours.search[1], 1000 * plain.search[1], "less"),
        Line("answer, median", "ms", 1000 * answers[0], None, "less"),
        Line("answer, 95th percentile", "ms", 1000 * answers[1], None, "less"),
        Line("memory taken", "MB", ours.memory, plain.memory, "less"),
        Line("index on disk", "MB", ours.size, plain.size, "less"),
    ]


def _ours(
    folder: Path, texts: dict[str, str], asked: Sequence[str]
) -> tuple[_Side, tuple[float, float]]:
    for name, text in texts.items():
        path = folder / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    before = resident()
    started = time.perf_counter()
    with Assistant.open(Config(data_dir=folder / "index")) as assistant:
        assistant.search("试")
        opened = time.perf_counter() - started
        seconds = _timed(lambda: assistant.ingest([folder / "pages"]))
        search = _quantiles(asked, lambda q: assistant.search(q, limit=_LIMIT))
        answers = _quantiles(asked, assistant.ask)
        memory = resident() - before
    rate = sum(map(len, texts.values())) / seconds
    return _Side(opened, rate, search, memory, _megabytes(folder / "index")), answers


def _plain(folder: Path, texts: dict[str, str], asked: Sequence[str]) -> _Side:
    before = resident()
    started = time.perf_counter()
    with PlainPipeline.opened(folder) as pipeline:
        pipeline.search("试", 1)
        opened = time.perf_counter() - started
        seconds = _timed(lambda: pipeline.ingest(texts))
        search = _quantiles(asked, lambda q: pipeline.search(q, _LIMIT))
        memory = resident() - before
    rate = sum(map(len, texts.values())) / seconds
    return _Side(opened, rate, search, memory, _megabytes(folder))


def _timed(work: Callable[..., object], *values: object) -> float:
    started = time.perf_counter()
    work(*values)
    return time.perf_counter() - started


def _quantiles(asked: Sequence[str], work: Callable[[str], object]) -> tuple[float, float]:
    """Median and 95th percentile in seconds; the first call warms up and does not count."""
    work(asked[0])
    seconds = [_timed(work, question) for question in asked]
    return float(np.quantile(seconds, 0.5)), float(np.quantile(seconds, 0.95))


def resident() -> float:
    """Megabytes of memory that the process holds now; 0 where the system does not tell."""
    gc.collect()
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _megabytes(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def write(folder: Path, lines: Sequence[Line]) -> None:
    """bench.json and bench.md."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(line), "ratio": line.ratio} for line in lines]
    data = {"revision": revision(), "lines": rows}
    (folder / "bench.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    table = ["| measure | unit | Wenbao | plain pipeline | times better |", "| --- | --- | --- | --- | --- |"]
    for line in lines:
        plain = "–" if line.plain is None else _short(line.plain)
        ratio = "–" if line.ratio is None else f"{line.ratio:.2f}"
        table.append(f"| {line.name} | {line.unit} | {_short(line.ours)} | {plain} | {ratio} |")
    (folder / "bench.md").write_text("\n".join(table) + "\n", encoding="utf-8")
