"""The quick table: questions in slots form (eval/gold.py) asked over seeds/, verdicts counted.

For the work on reading and refusing; releases are judged on the gold set proper.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eval import gold
from rag import Assistant, Config

ROOT = Path(__file__).parent.parent


def is_quick(path: Path) -> bool:
    """Whether a JSONL file holds questions in slots form."""
    with path.open(encoding="utf-8-sig") as file:
        return "slots" in json.loads(file.readline() or "{}")


def run(files: Sequence[Path], verbose: bool) -> int:
    with opened(ROOT / "seeds") as assistant:
        for path in files:
            judged = [_asked(assistant, row) for row in gold.load(path)]
            _print_table(path, judged, verbose)
    return 0


@contextmanager
def opened(pages: Path) -> Iterator[Assistant]:
    """An assistant that has read these pages, its index gone in the end."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(Config(data_dir=Path(folder))) as assistant,
    ):
        assistant.ingest([pages])
        yield assistant


def _asked(assistant: Assistant, row: dict[str, object]) -> gold.Judged:
    started = time.perf_counter()
    answer = assistant.ask(str(row["question"]))
    seconds = time.perf_counter() - started
    return gold.judge(row, answer, assistant.index.source_text, seconds)


def _print_table(path: Path, judged: Sequence[gold.Judged], verbose: bool) -> None:
    print(f"{path.name}: {len(judged)} questions")
    for name, (count, total) in gold.rates(judged).items():
        print(f"  {name:18} {count:4} of {total:4}  {count / total:6.1%}" if total else f"  {name}: none")
    print(f"  median seconds     {statistics.median(j.seconds for j in judged):.3f}")
    kinds = Counter((j.row["kind"], j.verdict) for j in judged)
    for kind in sorted({kind for kind, _ in kinds}):
        told = ", ".join(f"{v} {n}" for (k, v), n in sorted(kinds.items()) if k == kind)
        print(f"    {kind:14} {told}")
    for j in judged if verbose else ():
        if j.verdict != "right":
            print(f"  {j.verdict} {j.row['id']} {j.row['question']}\n      {j.answer.text[:200]}")
