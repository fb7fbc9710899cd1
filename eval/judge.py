"""A language model's opinion on the answers of a run: advisory, never part of the gate.

It is asked through the OpenAI-compatible endpoint of the usual settings, under a model name of its
own, twice for each row, the second time with the facts in another order. What cannot be read is
unscored, not wrong. How far it can be trusted is told by its agreement with labelled rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import openai
from statsmodels.stats.inter_rater import cohens_kappa
from tqdm import tqdm

from eval.errors import BadData
from eval.questions import EntityFact, Question, read_lines
from eval.scoring import Score

_PROMPT = (Path(__file__).parent / "templates" / "judge.txt").read_text(encoding="utf-8")
_WORDS = {"是": True, "否": False, "yes": True, "no": False}
_READ = re.compile(r'"right"\s*:\s*(true|false)')
_TRUSTED, _TRUSTED_LOW, _TRUSTED_ROWS = 0.7, 0.6, 150


class Chat(Protocol):
    """A model that completes one message."""

    def complete(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A chat-completions endpoint; address and key come from OPENAI_BASE_URL and OPENAI_API_KEY."""

    model: str
    client: openai.OpenAI

    @classmethod
    def opened(cls, model: str, timeout: float = 60.0) -> Endpoint:
        try:
            return cls(model, openai.OpenAI(timeout=timeout, max_retries=2))
        except openai.OpenAIError as exc:
            raise BadData(f"no endpoint for the judge ({exc}); set OPENAI_BASE_URL and OPENAI_API_KEY") from exc

    def complete(self, text: str) -> str:
        """The reply, "" when the endpoint fails: that row stays unscored."""
        try:
            reply = self.client.chat.completions.create(
                model=self.model, temperature=0, max_tokens=60,
                messages=[{"role": "user", "content": text}],
            )  # fmt: skip
        except openai.OpenAIError:
            return ""
        return (reply.choices[0].message.content if reply.choices else None) or ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """`right` is None where the judge could not be read or contradicted itself."""

    id: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa with its 95% interval over the rows that both have judged; None where it is not
    defined (no rows, or one of them said always the same)."""

    rows: int
    unscored: int
    kappa: float | None
    low: float | None
    high: float | None

    @property
    def trusted(self) -> bool:
        if self.kappa is None or self.low is None:
            return False
        enough = self.rows >= _TRUSTED_ROWS
        return enough and self.kappa >= _TRUSTED and self.low >= _TRUSTED_LOW

    def __str__(self) -> str:
        if self.kappa is None:
            return f"kappa undefined over {self.rows} rows, {self.unscored} unscored; advisory"
        weight = "agrees well enough to be read" if self.trusted else "advisory only"
        return (
            f"kappa {self.kappa:.2f} [{self.low:.2f}, {self.high:.2f}] over {self.rows} rows, "
            f"{self.unscored} unscored; {weight}"
        )


def opinions(scores: Sequence[Score], chat: Chat) -> list[Opinion]:
    """The judge's view of every answer that was given to an answerable question."""
    told = [s for s in scores if s.question.answerable and not s.refused and not s.error]
    return [Opinion(s.question.id, _twice(s, chat)) for s in tqdm(told, unit="answer", disable=None)]


def _twice(score: Score, chat: Chat) -> bool | None:
    facts = gold_words(score.question)
    first, second = (
        read(chat.complete(prompt(score.question, order, score.text))) for order in (facts, facts[::-1])
    )
    return first if first == second else None


def prompt(question: Question, facts: Sequence[str], answer: str) -> str:
    said = {"QUESTION": question.question, "FACTS": "；".join(facts), "ANSWER": answer}
    return re.sub("QUESTION|FACTS|ANSWER", lambda match: said[match[0]], _PROMPT)


def gold_words(question: Question) -> list[str]:
    return [f.aliases[0] if isinstance(f, EntityFact) else f.value for f in question.facts]


def read(reply: str) -> bool | None:
    """What a reply says; None for what is neither."""
    if found := _READ.search(reply.lower()):
        return found[1] == "true"
    return _WORDS.get(reply.strip().rstrip("。.!").lower())


def agreement(found: Iterable[Opinion], labels: Mapping[str, bool]) -> Agreement:
    """With the labels of the rows that have one."""
    rows = [o for o in found if o.id in labels]
    pairs = [(o.right, labels[o.id]) for o in rows if o.right is not None]
    unscored = len(rows) - len(pairs)
    table = [[sum(pair == (a, b) for pair in pairs) for b in (True, False)] for a in (True, False)]
    one_sided = any(sum(row) == len(pairs) for row in (*table, *zip(*table, strict=True)))
    if not pairs or one_sided:
        return Agreement(len(pairs), unscored, None, None, None)
    kappa = cohens_kappa(table)
    return Agreement(
        len(pairs), unscored, float(kappa.kappa), float(kappa.kappa_low), float(kappa.kappa_upp)
    )


def read_labels(path: Path) -> dict[str, bool]:
    """Question id -> right, from JSONL rows {"id", "right"}. Raises BadData."""
    try:
        rows: list[dict[str, Any]] = [json.loads(line) for line in read_lines(path)]
        return {row["id"]: bool(row["right"]) for row in rows}
    except (ValueError, KeyError, TypeError) as exc:
        raise BadData(f'{path} holds no labels; a row is {{"id": …, "right": true}}: {exc}') from exc
