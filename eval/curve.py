"""What the refusal's threshold costs: the same questions at other values of `strictness`.

Answering grows rarer as the threshold rises, so each question is asked at the few thresholds that a
binary search needs, and only over whether it is answered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from eval.questions import Question
from eval.scoring import is_refusal
from rag import Assistant

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)


def curve(
    assistant: Assistant, questions: Sequence[Question], *, quiet: bool = False
) -> list[dict[str, Any]]:
    """For each threshold the shares refused of the answerable and of the other questions, with
    how many there are of both."""
    with ExitStack() as stack:
        at = {
            t: stack.enter_context(
                Assistant.open(assistant.config.model_copy(update={"strictness": t}))
            )
            for t in THRESHOLDS
        }
        bar = tqdm(questions, unit="question", desc="refusal curve", disable=quiet or None)
        refused_from = [(q.answerable, _first_refusal(q, at)) for q in bar]
    return [_point(t, refused_from) for t in THRESHOLDS]


def _first_refusal(question: Question, at: Mapping[float, Assistant]) -> float:
    """The least threshold at which the question is refused; infinite if it is never."""
    history = [message.model_dump() for message in question.history]

    def refuses(threshold: float) -> bool:
        answer = at[threshold].ask(question.question, history=history)
        return is_refusal(answer.to_dict())

    return first_true(THRESHOLDS, refuses)


def first_true(ordered: Sequence[float], holds: Callable[[float], bool]) -> float:
    """The least value from which on `holds` is true, infinite if it is for none."""
    place = bisect_left(ordered, True, key=holds)
    return ordered[place] if place < len(ordered) else float("inf")


def _point(threshold: float, refused_from: Sequence[tuple[bool, float]]) -> dict[str, Any]:
    yes = [first <= threshold for answerable, first in refused_from if answerable]
    no = [first <= threshold for answerable, first in refused_from if not answerable]
    return {
        "threshold": threshold,
        "wrongly_refused": sum(yes) / len(yes) if yes else 0.0,
        "rightly_refused": sum(no) / len(no) if no else 0.0,
        "answerable": len(yes),
        "unanswerable": len(no),
    }
