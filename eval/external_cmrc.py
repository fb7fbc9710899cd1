"""CMRC 2018: finding the paragraph a question was asked about, and reading its answer there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from eval.errors import BadData
from eval.external import Table, counted, first_sentences, states
from eval.ranking import ranking_columns
from eval.scoring import is_refusal
from rag import Assistant, Config

_OURS = "Wenbao"
_DEPTHS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    answers: tuple[str, ...]
    paragraph: str  # its id


def tables(path: Path) -> list[Table]:
    """Retrieval among all paragraphs of the file, and reading of the question's own one."""
    paragraphs, asked = read(path)
    lines = [json.dumps({"id": id, "text": text}, ensure_ascii=False) for id, text in paragraphs.items()]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "paragraphs.jsonl"
        rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with Assistant.open(Config(data_dir=Path(folder) / "index")) as assistant:
            assistant.ingest([rows])
            return [_retrieval(assistant, asked), _reading(assistant, asked, paragraphs)]


def read(path: Path) -> tuple[dict[str, str], list[Asked]]:
    """Paragraph id -> text, and the questions. Raises BadData."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        paragraphs: dict[str, str] = {}
        asked: list[Asked] = []
        for number, paragraph in enumerate(p for item in data for p in item["paragraphs"]):
            id = f"p{number:05}"
            paragraphs[id] = paragraph["context"]
            asked += [
                Asked(qa["question"], tuple(a["text"] for a in qa["answers"] if a["text"]), id)
                for qa in paragraph["qas"]
            ]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadData(f"{path} is not in the form of CMRC 2018 ({type(exc).__name__}: {exc})") from exc
    return paragraphs, asked


def _retrieval(assistant: Assistant, asked: Sequence[Asked]) -> Table:
    ranks = list(_ranks(assistant, asked))
    return Table(
        "CMRC, retrieval", {_OURS: ranking_columns(ranks, _DEPTHS)},
        note="The paragraph that the question was written on, among all of the file.",
        facts={"MRR": f"{sum(1 / r if r else 0 for r in ranks) / max(1, len(ranks)):.3f}"},
    )  # fmt: skip


def _ranks(assistant: Assistant, asked: Sequence[Asked]) -> Iterator[int | None]:
    for row in tqdm(asked, unit="question", desc="CMRC retrieval", disable=None):
        ids = [
            hit.chunk.article.source.id.rpartition("#")[2]
            for hit in assistant.search(row.question, limit=max(_DEPTHS))
        ]
        yield ids.index(row.paragraph) + 1 if row.paragraph in ids else None


def _reading(
    assistant: Assistant, asked: Sequence[Asked], paragraphs: Mapping[str, str]
) -> Table:
    first: list[bool] = []
    any_of_three: list[bool] = []
    refused: list[bool] = []
    for row in tqdm(asked, unit="question", desc="CMRC reading", disable=None):
        reply = assistant.read(row.question, [paragraphs[row.paragraph]]).to_dict()
        first.append(states(first_sentences(reply["text"], 1), [row.answers]))
        any_of_three.append(states(first_sentences(reply["text"]), [row.answers]))
        refused.append(is_refusal(reply))
    columns = {
        "in the first sentence": counted(first), "in three sentences": counted(any_of_three),
        "refused": counted(refused),
    }  # fmt: skip
    return Table(
        "CMRC, reading", {_OURS: columns}, "CMRC, reading",
        "Ours: the gold answer stands in the reply's first sentence. Published: spans of models "
        "trained on the set's own training part; another measure on another part, for scale only.",
    )  # fmt: skip
