"""CRUD-RAG's news and quiz: finding the article among ten thousand, and answering from it.

The news are ingested once into a folder that is kept: an interrupted ingest goes on, another run
finds them unchanged. Beside ours stand BM25 over whole articles and, where asked for, the plain
LlamaIndex pipeline with the same embedding model.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from eval.errors import BadData
from eval.external import Table, counted, first_sentences, read_rows, states
from eval.plain import PlainPipeline
from eval.ranking import Bm25, rank_of, ranking_columns, reciprocal
from eval.scoring import is_refusal
from rag import Assistant, Config

_OURS = "Wenbao"
_DEPTHS = (1, 5, 10)
Search = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class News:
    """`file` holds the rows to ingest; `texts`: article id -> text; `asked`: the questions."""

    file: Path
    texts: dict[str, str]
    asked: list[dict[str, Any]]


def read(news: Path, questions: Path, folder: Path, limit: int | None) -> News:
    """The set, or the part of it that fits into `limit` articles: the questions in their order as
    long as their gold articles fit, then other articles to fill up. Raises BadData."""
    asked = read_rows(questions)
    try:
        opener = gzip.open if news.suffix == ".gz" else open
        with opener(news, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file if line.strip()]
        texts = {row["id"]: row["text"] for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadData(f"{news} cannot be read as news rows: {type(exc).__name__}: {exc}") from exc
    if not asked or "gold" not in asked[0]:
        raise BadData(f"{questions} holds no rows with question, answer and gold")
    if limit is None or limit >= len(texts):
        return News(news, texts, asked)
    kept, some = _part(list(texts), asked, limit)
    file_ = folder / f"news-{limit}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows if row["id"] in kept]
    file_.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return News(file_, {id: text for id, text in texts.items() if id in kept}, some)


def _part(
    ids: Sequence[str], asked: Sequence[dict[str, Any]], limit: int
) -> tuple[set[str], list[dict[str, Any]]]:
    kept: set[str] = set()
    some: list[dict[str, Any]] = []
    for row in asked:
        wider = kept | set(row["gold"])
        if len(wider) > limit // 2:  # half of them is for articles that nothing is asked about
            break
        kept, some = wider, [*some, row]
    kept.update([id for id in ids if id not in kept][: limit - len(kept)])
    return kept, some


def tables(news: News, folder: Path, *, plain: bool = False) -> list[Table]:
    """Retrieval side by side, then our answers."""
    with Assistant.open(Config(data_dir=folder / "wenbao")) as assistant:
        facts = _ingested(assistant, news)
        ours = _ranked("Wenbao", news, lambda q: _articles(assistant, q))
        bm25 = Bm25(news.texts)
        systems = {_OURS: ours, "BM25, jieba words, whole articles": _ranked(
            "BM25", news, lambda q: bm25.search(q, max(_DEPTHS)))}  # fmt: skip
        if plain:
            systems["LlamaIndex, plain, same embedding"] = _plain(news, folder / "plain")
        rows = {name: ranking_columns(found.ranks, _DEPTHS) for name, found in systems.items()}
        facts |= {f"MRR, {name}": f"{reciprocal(s.ranks):.3f}" for name, s in systems.items()}
        facts |= {
            f"search p50 / p95, {name}":
            f"{1000 * np.quantile(s.seconds, 0.5):.0f} / {1000 * np.quantile(s.seconds, 0.95):.0f} ms"
            for name, s in systems.items()
        }  # fmt: skip
        note = "hit@k: a gold article among those of the first k hits; MRR within the first 10."
        return [Table("CRUD, retrieval", rows, note=note, facts=facts), _answers(assistant, news)]


@dataclass(frozen=True, slots=True)
class _Ranked:
    ranks: list[int | None]
    seconds: list[float]


def _ranked(name: str, news: News, search: Search) -> _Ranked:
    ranks: list[int | None] = []
    seconds: list[float] = []
    for row in tqdm(news.asked, unit="question", desc=f"CRUD {name}", disable=None):
        started = time.perf_counter()
        found = search(row["question"])
        seconds.append(time.perf_counter() - started)
        ranks.append(rank_of(row["gold"], found))
    return _Ranked(ranks, seconds)


def _articles(assistant: Assistant, question: str) -> list[str]:
    hits = assistant.search(question, limit=max(_DEPTHS))
    return [_row_id(hit.chunk.article.source.id) for hit in hits]


def _row_id(source: str) -> str:
    return source.rpartition("#")[2]


def _ingested(assistant: Assistant, news: News) -> dict[str, str]:
    started = time.perf_counter()
    with tqdm(total=len(news.texts), unit="article", desc="CRUD ingest") as bar:

        def step(_: str) -> None:
            bar.update()

        report = assistant.ingest([news.file], progress=step)
    seconds = time.perf_counter() - started
    if report.failed:
        raise BadData(f"{len(report.failed)} articles cannot be read: {report.failed[0]}")
    entries = assistant.sources()
    return {
        "articles": str(len(entries)), "chunks": str(sum(entry.chunks for entry in entries)),
        "ingest": f"{len(report.added)} new in {seconds:.0f} s",
    }  # fmt: skip


def _plain(news: News, folder: Path) -> _Ranked:
    with (
        PlainPipeline.opened(folder) as pipeline,
        tqdm(total=len(news.texts), unit="article", desc="plain ingest") as bar,
    ):
        pipeline.ingest(news.texts, bar.update)
        return _ranked("plain", news, lambda q: pipeline.search(q, max(_DEPTHS)))


def _answers(assistant: Assistant, news: News) -> Table:
    stated: list[bool] = []
    at_gold: list[bool] = []
    refused: list[bool] = []
    for row in tqdm(news.asked, unit="question", desc="CRUD answers", disable=None):
        answer = assistant.ask(row["question"]).to_dict()
        refused.append(is_refusal(answer))
        stated.append(states(first_sentences(answer["text"]), [[row["answer"]]]))
        if stated[-1]:
            at_gold.append(_cites_gold(answer, row["gold"]))
    columns: Mapping[str, Any] = {
        "the answer stands in the reply": counted(stated),
        "of those, cited from a gold article": counted(at_gold), "refused": counted(refused),
    }  # fmt: skip
    note = "White space and marks dropped; replies cut to three sentences. Some questions are loose."
    return Table("CRUD, answers", {_OURS: columns}, note=note)


def _cites_gold(answer: Mapping[str, Any], gold: Sequence[str]) -> bool:
    return any(_row_id(citation["source"]) in gold for citation in answer["citations"])
