"""An invented page, gold questions about it, and replies to them: what the tests of eval/ share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eval.answers import Reply
from eval.corpus import Corpus, day_range
from eval.questions import Question

PAGE = "青塘日报.txt"
TEXT = """# 槐荫大桥开工

去年11月3日，槐荫大桥在青塘开工，总投资24亿元，全长1.2公里。

大桥由青塘路桥公司承建，总工程师周远山表示，2026年建成后每天可通行5万辆汽
车。

## 市民代表同意票价方案

听证会上，18名代表同意票价调整方案，票价由2元调至3元。
"""
CORPUS = Corpus({PAGE: TEXT}, {PAGE: day_range("2024")})
MONEY = {"type": "quantity", "value": "24亿元"}
DAY = {"type": "date", "value": "2023-11-03", "fields": ["year", "month", "day"]}
NAME = {"type": "entity", "aliases": ["周远山"]}
AGREED = {"type": "polarity", "value": "同意", "opposite": ["不同意", "反对"]}
OPENING = "去年11月3日，槐荫大桥在青塘开工，总投资24亿元，全长1.2公里。"
ENGINEER = "大桥由青塘路桥公司承建，总工程师周远山表示，2026年建成后每天可通行5万辆汽车。"


def place(quote: str) -> dict[str, Any]:
    """Where a quote stands in TEXT, a line break within it aside."""
    start = TEXT.index(quote[:8])
    end = TEXT.index(quote[-4:].replace("汽车", "汽\n车"), start)
    tail = quote[-4:].replace("汽车", "汽\n车")
    return {"source": PAGE, "start": start, "end": end + len(tail), "quote": quote}


def question(id: str = "q1", **given: Any) -> Question:
    """A question about the bridge's cost, or whatever is given instead."""
    row: dict[str, Any] = {
        "id": id, "question": f"槐荫大桥总投资多少？（{id}）", "kind": "number", "answerable": True,
        "facts": [MONEY], "evidence": [place(OPENING)], "article": 1, "checked": "agreed",
    }  # fmt: skip
    return Question.model_validate(row | given)


def absent(id: str = "n1", **given: Any) -> Question:
    row: dict[str, Any] = {
        "kind": "absent", "answerable": False, "facts": [], "evidence": [], "article": None,
        "question": f"槐荫大桥是谁设计的？（{id}）",
    }  # fmt: skip
    return question(id, **(row | given))


def answer(text: str = OPENING, quotes: tuple[str, ...] = (OPENING,), **given: Any) -> dict[str, Any]:
    """An answer as `Answer.to_dict()` gives it, its passages those of the quotes."""
    citations = [
        {"marker": n, "title": "槐荫大桥开工", "published": "2024", **place(quote)}
        for n, quote in enumerate(quotes, 1)
    ]
    passages = [{"number": n, "text": quote, **place(quote)} for n, quote in enumerate(quotes, 1)]
    whole: dict[str, Any] = {
        "question": "", "text": text, "grounding": "grounded", "mode": "extractive", "model": None,
        "statements": [], "citations": citations, "passages": passages, "usage": {},
        "timings": {"retrieve": 0.01, "total": 0.03},
    }  # fmt: skip
    return whole | given


REFUSAL = answer("版面里没有写到。", (), grounding="refused")


def reply(id: str = "q1", given: dict[str, Any] | None = None, sample: int = 0) -> Reply:
    return Reply(id, sample, 0.03, given or answer())


def failed(id: str = "q1", why: str = "timeout: no answer within 1 s") -> Reply:
    return Reply(id, 0, 1.0, None, why)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path
