"""Questions in slots form, on which the decision is fitted, and a quick verdict on an answer.

A row has `question`, `answerable`, `slots` (each a list of acceptable wordings, one of which a
right answer must hold) and `evidence` (the printed sentences). Verdicts: right, partly, wrong,
refused (wrongly) for questions the pages answer; right, invented for the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag import Answer
from rag.text import bare, fold, squash

# Marks that part numbers and units stay: 2.4 is not 24, 5% is not 5.
_DROPPED = re.compile(r"(?<!\d)[.,:%‰-]|[.,:-](?!\d)|[^\w.,:%‰-]|_")


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's outcome: `located` of `citations` quotes stand at their offsets, `recalled`
    of `evidence` gold quotes are overlapped by a citation by half; `seconds` it took."""

    row: dict[str, Any]
    answer: Answer
    verdict: str
    citations: int
    located: int
    evidence: int
    recalled: int
    seconds: float


def load(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def holds(text: str, slots: Sequence[Sequence[str]]) -> bool:
    """Whether every slot's one alias stands in the text, white space and marks aside."""
    plain = bare(text)
    return all(any(bare(alias) in plain for alias in slot) for slot in slots)


def bare_text(text: str) -> str:
    """Without white space and any marks, half width, lower case, simplified."""
    return bare(text)


def plain(text: str) -> str:
    """The text as names are compared in it: half width, lower case, simplified, without white
    space and marks, except those that belong to a number."""
    return _DROPPED.sub("", squash(fold(text)))


def stands(alias: str, text: str) -> bool:
    """Whether a wording stands in a text, and not as a part of a longer number."""
    wanted = plain(alias)
    low = r"(?<!\d)(?<!\d\.)" if wanted[:1].isdigit() else ""
    high = r"(?!\d|\.\d)" if wanted[-1:].isdigit() else ""
    return bool(wanted) and re.search(low + re.escape(wanted) + high, plain(text)) is not None


def verdict(row: dict[str, Any], answer: Answer) -> str:
    refused = answer.grounding == "refused"
    if not row["answerable"]:
        return "right" if refused else "invented"
    if refused:
        return "refused"
    found = [holds(answer.text, [slot]) for slot in row["slots"]]
    return "right" if all(found) else "partly" if any(found) else "wrong"


def judge(
    row: dict[str, Any], answer: Answer, text_of: Callable[[str], str | None], seconds: float
) -> Judged:
    """`text_of` gives a source's text by its id."""
    texts = {c.source.id: text_of(c.source.id) or "" for c in answer.citations}
    good = [
        c for c in answer.citations
        if squash(texts[c.source.id][c.start : c.end]) == squash(c.quote)
    ]  # fmt: skip
    evidence = row["evidence"] if row["answerable"] else []
    recalled = sum(
        any(_overlaps(locate(texts[c.source.id], quote), c.start, c.end) for c in good)
        for quote in evidence
    )
    return Judged(
        row, answer, verdict(row, answer), len(answer.citations), len(good), len(evidence),
        recalled, seconds,
    )  # fmt: skip


def locate(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, white space aside; None if it does not."""
    places = [place for place, char in enumerate(text) if not char.isspace()]
    plain, wanted = squash(text), squash(quote)
    start = plain.find(wanted)
    if start < 0 or not wanted:
        return None
    return places[start], places[start + len(wanted) - 1] + 1


def _overlaps(span: tuple[int, int] | None, start: int, end: int) -> bool:
    if span is None:
        return False
    common = min(span[1], end) - max(span[0], start)
    return common >= 0.5 * min(span[1] - span[0], end - start)


def rates(judged: Iterable[Judged]) -> dict[str, tuple[int, int]]:
    """(count, of how many) for each figure of the table."""
    rows = list(judged)
    yes = [j for j in rows if j.row["answerable"]]
    no = [j for j in rows if not j.row["answerable"]]
    return {
        "answered right": (sum(j.verdict == "right" for j in yes), len(yes)),
        "answered partly": (sum(j.verdict == "partly" for j in yes), len(yes)),
        "answered wrong": (sum(j.verdict == "wrong" for j in yes), len(yes)),
        "wrongly refused": (sum(j.verdict == "refused" for j in yes), len(yes)),
        "rightly refused": (sum(j.verdict == "right" for j in no), len(no)),
        "citations located": (sum(j.located for j in rows), sum(j.citations for j in rows)),
        "evidence recalled": (sum(j.recalled for j in rows), sum(j.evidence for j in rows)),
    }
