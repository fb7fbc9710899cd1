"""Systems that answer nothing and try to score: the measure has to rank them last."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag import Answer, Assistant, Citation, Passage, Sentence

_MARKER = re.compile(r"\[\d+\]")


def _claim(question: str, passages: Sequence[Passage], said: Sequence[tuple[Passage, Sentence]]) -> Answer:
    """An answer of printed sentences, each with an exact citation."""
    citations = tuple(
        Citation(
            n, passage.chunk.article.source, passage.chunk.article.title,
            passage.chunk.article.source.published, sentence.start, sentence.end, sentence.text,
        )
        for n, (passage, sentence) in enumerate(said, 1)
    )  # fmt: skip
    text = "".join(f"{citation.quote}[{citation.marker}]" for citation in citations)
    return Answer(question, text, (), citations, tuple(passages), "grounded")


@dataclass(frozen=True, slots=True)
class _Reader:
    """What they share: the passages of a search."""

    assistant: Assistant

    def passages(self, question: str) -> list[Passage]:
        hits = self.assistant.search(question, limit=self.assistant.config.passages)
        return [Passage(n, hit.chunk, hit.ranks) for n, hit in enumerate(hits, 1)]


class Echo(_Reader):
    """Everything that was found, in the hope that the answer is among it."""

    def ask(self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None) -> Answer:
        passages = self.passages(question)
        return _claim(question, passages, [(p, s) for p in passages for s in p.chunk.sentences])


class Silent(_Reader):
    """No claim, no fault."""

    def ask(self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None) -> Answer:
        return Answer.refusal(question, "这些版面里没有写到这一点，无法回答。", tuple(self.passages(question)))


class FirstSentence(_Reader):
    def ask(self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None) -> Answer:
        passages = self.passages(question)
        return _claim(question, passages, [(p, p.chunk.sentences[0]) for p in passages[:1]])


class RandomSentence(_Reader):
    """The same one for the same question."""

    def ask(self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None) -> Answer:
        passages = self.passages(question)
        pool = [(p, s) for p in passages for s in p.chunk.sentences]
        return _claim(question, passages, [random.Random(question).choice(pool)] if pool else [])


def uncited(answer: Answer) -> Answer:
    """An honest answer that shows nobody where it stands."""
    return replace(answer, text=_MARKER.sub("", answer.text), citations=())
