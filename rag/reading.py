"""Hits and a question -> the sentences that answer it, and the answer in the paper's own words.

What a model writes later is built on the same reading: it decides whether there is an answer at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.compose import cite, joined
from rag.config import Config
from rag.conflicts import both_sides, note
from rag.context import candidates
from rag.decision import CLOSE, WIDE, Depth, load_decision
from rag.embedding import cross_encoder
from rag.extract import Choice, Judges, choose, rank
from rag.features import Candidate
from rag.index import Index
from rag.questions import Question
from rag.records import Answer, Hit, Passage, Sentence
from rag.refusal import not_found, partly_found
from rag.rerank import Judge
from rag.scope import EVERYTHING, Scope

_REMEMBERED = 20_000  # sentence vectors kept in memory, about 30 MB


@dataclass(frozen=True, slots=True)
class Material:
    """What an answer is drawn from: hits, best first, how to look around them, and the index that
    was searched (None: the texts were handed over), as far as `scope` reaches. `more` gives so many
    times the hits, for a question that these do not answer."""

    hits: Sequence[Hit]
    sentences_of: Callable[[str], Sequence[Sentence]]
    page_of: Callable[[str], str]
    index: Index | None
    scope: Scope = EVERYTHING
    more: Callable[[int], Sequence[Hit]] | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence read closely for one part of a question: its share of the probability that one of
    them answers it."""

    candidate: Candidate
    share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A question read over its material. `choices` has one entry for each part of the question,
    `answered` those that the pages answer; `sides` are sentences that contradict each other about
    it; `answer` is the one in the paper's own words."""

    question: str
    asked: Question
    found: tuple[Candidate, ...]
    choices: tuple[Choice, ...]
    answered: tuple[Choice, ...]
    answer: Answer
    sides: tuple[Candidate, ...] = ()
    depth: Depth = CLOSE


class Reader:
    """Reads with an embedding model; remembers the vectors of sentences. Safe to share between
    threads. `judges` is what it tells answers by."""

    def __init__(self, config: Config, embedder: BaseEmbedding) -> None:
        self._config = config
        self._embedder = embedder
        self._remember = lru_cache(maxsize=_REMEMBERED)(self._embed_one)
        cross = cross_encoder(embedder)
        self.judges = Judges(
            self.embed, load_decision(), cross, load_decision(cross=cross is not None)
        )

    def read(self, question: str, asked: Question, material: Material) -> Reading:
        """`question` is as it was typed, `asked` what it was understood to mean. Before it, or
        a part of it, is refused, more of the pages is read: everyday words share little with the print, so that what
        answers them is not among the first."""
        reading = self._looked(question, asked, material, material.hits, CLOSE)
        if len(reading.answered) == len(reading.choices):
            return reading
        hits = material.more(WIDE.passages) if material.more else material.hits
        wider = self._looked(question, asked, material, hits, WIDE)
        return wider if len(wider.answered) > len(reading.answered) else reading

    def _looked(
        self, question: str, asked: Question, material: Material, hits: Sequence[Hit], depth: Depth
    ) -> Reading:
        passages = tuple(Passage(n, hit.chunk, hit.ranks) for n, hit in enumerate(hits, 1))
        found = tuple(candidates(hits, material.sentences_of, material.page_of))
        least = self._config.strictness if material.index is not None else self._config.strictness_given
        asked, choices = self._choices(asked, found, depth, least)
        answered = tuple(c for c in choices if _holds(c, least))
        nothing = Answer.refusal(question, "", passages)
        sides = tuple(both_sides(answered, found))
        reading = Reading(question, asked, found, choices, answered, nothing, sides, depth)
        answer = _in_print(reading)
        if answer.grounding == "refused":
            answer = replace(answer, text=not_found(asked, material.index, material.scope))
        return replace(reading, answer=answer)

    def ranked(self, reading: Reading, choice: Choice) -> list[Ranked]:
        """The sentences that were read closely for a part, best first."""
        asked, part = reading.asked, choice.part
        rows = rank(asked, part, reading.found, self._vector(asked, part.text), self.judges, reading.depth)
        shares = self.judges.last.shares([score for score, _, _ in rows])
        return [Ranked(c, share) for (_, _, c), share in zip(rows, shares, strict=True)]

    def judge(self, question: str) -> Judge | None:
        """What tells how well sentences answer a question; None without a cross-encoder."""
        cross = self.judges.cross
        return partial(cross.scores, question) if cross else None

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """Vectors of sentences, as they are compared with a question's."""
        return [self._remember(text) for text in texts]

    def _choices(
        self, asked: Question, found: Sequence[Candidate], depth: Depth, least: float
    ) -> tuple[Question, tuple[Choice, ...]]:
        """A choice for each part, and the question as it is then understood: where it joins two
        things (甲和乙的产量) and one answer does not tell of both, each is looked for alone."""
        choices = tuple(self._choose(asked, n, found, depth) for n in range(len(asked.parts)))
        joins = asked.joins
        if joins is None or any(joins.joined in c.folded for c in found):
            return asked, choices
        if _holds(choices[0], least) and any(joins.names) and _names_all(choices[0], joins.names):
            return asked, choices
        each = replace(asked, parts=asked.pair, pair=(), joins=None)
        alone = tuple(self._choose(each, n, found, depth) for n in range(len(each.parts)))
        told = [_holds(c, least) and _tells_of(c, name) for c, name in zip(alone, joins.names, strict=True)]
        if all(told) or (any(told) and not _holds(choices[0], least)):
            return each, alone
        return asked, choices

    def _choose(self, asked: Question, number: int, found: Sequence[Candidate], depth: Depth) -> Choice:
        part = asked.parts[number]
        if not part.terms and not part.kinds:  # nothing is asked: ？？？, "OR"
            return Choice(part, (), 0.0)
        limit = self._config.sentences if len(asked.parts) == 1 else 1
        vector = self._vector(asked, part.text)
        return choose(asked, part, found, vector, self.judges, limit, depth)

    def _vector(self, asked: Question, part: str) -> Sequence[float]:
        query = asked.text if len(asked.parts) == 1 else part
        return self._embedder.get_query_embedding(query)

    def _embed_one(self, text: str) -> Sequence[float]:
        return self._embedder.get_text_embedding(text)


def _holds(choice: Choice, least: float) -> bool:
    return bool(choice.chosen) and choice.probability >= least


def _names_all(choice: Choice, names: Iterable[str]) -> bool:
    """Whether the chosen sentences together have all the names."""
    return all(any(name in c.folded for c in choice.chosen) for name in names)


def _tells_of(choice: Choice, name: str) -> bool:
    """Whether the first chosen sentence, or what stands around it, has a name."""
    first = choice.chosen[0]
    return name in first.folded or name in first.near or name in first.head


def chosen_of(choices: Iterable[Choice]) -> list[Candidate]:
    """The sentences of several choices, each once."""
    return list({c.sentence.id: c for choice in choices for c in choice.chosen}.values())


def _in_print(reading: Reading) -> Answer:
    """The answer in the words of the chosen sentences; a refusal where none of them holds."""
    asked, nothing, sides = reading.asked, reading.answer, reading.sides
    chosen = sides or chosen_of(reading.answered)
    also = {c.chosen[0].sentence.id: c.also for c in reading.answered if c.also and c.also not in chosen}
    statements, citations = cite(chosen, {} if sides else also)
    if not any(statement.supported for statement in statements):
        return nothing
    kept = {m for statement in statements if statement.supported for m in statement.markers}
    text = (note(asked.english) if sides else "") + joined(statements)
    missing = [c.part for c in reading.choices if c not in reading.answered]
    if missing:
        text += partly_found(asked, missing)
    whole = not missing and all(s.supported for s in statements)
    return Answer(
        reading.question, text, statements, tuple(c for c in citations if c.marker in kept),
        nothing.passages, "grounded" if whole else "partial",
    )  # fmt: skip
