"""Replies -> scores: one verdict and its figures for each question and sample, then the totals.

Pure and offline: old answers can be scored again after the measure has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from eval.answers import Reply, complete
from eval.corpus import Corpus
from eval.facts import Ground, Stated, state, without_markers
from eval.questions import Question
from eval.spans import Cited, Retrieved, cited, retrieved
from rag import squash

METRIC = "2"  # moves whenever the same answers would get other scores
Verdict = Literal["right", "partly", "conflict", "missing", "refused", "invented", "error"]
VERDICTS: tuple[Verdict, ...] = (
    "right", "partly", "conflict", "missing", "refused", "invented", "error",
)  # fmt: skip
_LONGEST_REFUSAL = 300  # characters; more is no longer the statement that nothing was found
_NOTHING = Cited(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Score:
    """What one reply is worth.

    `verdict`: right; partly (some facts, or all of them within too much else); conflict (another
    figure in the place of the right one, or beside it); missing; refused (wrongly); invented (an
    answer to what the page does not say); error. `cause` tells where it went wrong, "" if nowhere.
    `retrieved` is None for questions without evidence. `written`: a model wrote it, and every
    statement of it held.
    """

    question: Question
    sample: int
    verdict: Verdict
    cause: str
    refused: bool
    text: str
    cited: Cited
    retrieved: Retrieved | None
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    citations: tuple[Any, ...] = ()
    written: bool = False

    @property
    def right(self) -> bool:
        return self.verdict == "right"


def score(
    questions: Sequence[Question], replies: Sequence[Reply], corpus: Corpus, repeats: int = 1
) -> list[Score]:
    """A score for every question and sample. Raises BadData when a reply is missing."""
    scores = [_scored(q, reply, corpus) for q, reply in complete(questions, replies, repeats)]
    assert len(scores) == len(questions) * repeats  # nothing is ever left out
    return scores


def _scored(question: Question, reply: Reply, corpus: Corpus) -> Score:
    if reply.answer is None:
        quotes = Cited(0, 0, 0, len(question.evidence), 0)
        none = retrieved((), question.evidence) if question.evidence else None
        return Score(
            question, reply.sample, "error", "error", False, "", quotes, none, reply.seconds,
            error=reply.error or "no answer",
        )  # fmt: skip
    answer = reply.answer
    text = without_markers(answer["text"])
    refused = is_refusal(answer)
    quotes = cited(answer["citations"], question.evidence, corpus)
    found = retrieved(answer["passages"], question.evidence) if question.evidence else None
    verdict = judge(question, text, refused, corpus)
    return Score(
        question, reply.sample, verdict, _cause(verdict, refused, quotes, found), refused, text,
        quotes, found, reply.seconds, answer["timings"], answer["usage"], None,
        tuple(answer["citations"]), _written(answer),
    )  # fmt: skip


def _written(answer: Mapping[str, Any]) -> bool:
    said = answer["statements"]
    return answer["mode"] == "model" and bool(said) and all(s["supported"] for s in said)


def is_refusal(answer: Mapping[str, Any]) -> bool:
    """Whether it claims nothing: marked as a refusal (or as small talk), short, citing nothing."""
    marked = answer["grounding"] in ("refused", "chat")
    return marked and not answer["citations"] and len(answer["text"]) <= _LONGEST_REFUSAL


def judge(question: Question, text: str, refused: bool, corpus: Corpus) -> Verdict:
    """The verdict on an answer's text (without markers)."""
    if not question.answerable:
        return "right" if refused else "invented"
    if refused:
        return "refused"
    ground = _ground(question, corpus)
    return _over(question, text, [state(fact, text, ground) for fact in question.facts])


def _over(question: Question, text: str, stated: Sequence[Stated]) -> Verdict:
    found = [s for s in stated if s.outcome == "found"]
    if not found:
        return "conflict" if any(s.outcome == "conflict" for s in stated) else "missing"
    if any(s.disputed for s in found):
        return "conflict"
    too_much = len(squash(text)) > longest(question) or any(s.scattered for s in found)
    return "partly" if too_much or len(found) < len(stated) else "right"


def longest(question: Question) -> int:
    """Characters that an answer may have: twice its evidence and a little, so that no one gets
    all facts right by reading out the page."""
    return max(300, 150 + 2 * sum(len(squash(piece.quote)) for piece in question.evidence))


def _ground(question: Question, corpus: Corpus) -> Ground:
    printed = [
        corpus.sentence(piece.source, place.start, place.end)
        for piece in question.evidence
        for place in (piece, *piece.also)
    ]
    issued = corpus.issued.get(question.evidence[0].source) if question.evidence else None
    return Ground("\n".join([*printed, question.question]), issued)


def _cause(verdict: Verdict, refused: bool, quotes: Cited, found: Retrieved | None) -> str:
    """Where the way from question to answer was lost; "" when it was not."""
    if verdict == "invented":
        return "answered what the page does not say"
    if found is None or (verdict == "right" and quotes.covered == quotes.wanted):
        return ""
    if max(found.covered.values()) < 1:
        return "evidence not retrieved"
    if refused:
        return "evidence retrieved, but refused"
    if quotes.covered < quotes.wanted:
        return "evidence retrieved, but not cited"
    return "evidence cited, but the answer is not right"
