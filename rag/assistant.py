"""The assistant: the one place where the parts are put together.

    ingest:  files -> pages -> articles -> sentences -> chunks -> vectors and terms -> index
    ask:     question -> what it asks -> hits -> candidate sentences -> chosen ones (or a refusal)
             -> statements, each checked against the sentence it cites -> answer
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag import retrieve
from rag.compose import cite, joined
from rag.condense import standalone
from rag.config import Config
from rag.context import candidates
from rag.decision import load_decision
from rag.embedding import default_embedder, embedding_identity
from rag.errors import IndexEmpty
from rag.extract import Choice, choose
from rag.features import Candidate
from rag.given import given_hits
from rag.index import Index, Manifest, SourceEntry
from rag.ingest import IngestReport, ingest
from rag.questions import Question, analyse
from rag.records import Answer, Hit, Page, Passage, Sentence
from rag.refusal import not_found, partly_found
from rag.scope import Scope
from rag.sentences import SPLITTER
from rag.small_talk import small_talk
from rag.suggest import spread, suggest

Messages = Sequence[Mapping[str, Any]]
_REMEMBERED = 20_000  # sentence vectors kept in memory, about 30 MB


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer as it comes about.

    `kind`: "status" (`text` says what is being done), "text" (`text` is a piece of the answer) or
    "answer" (`answer` is the final one; it replaces the pieces).
    """

    kind: str
    text: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Material:
    """What an answer is drawn from: hits, and how to look around them."""

    hits: Sequence[Hit]
    sentences_of: Callable[[str], Sequence[Sentence]]
    page_of: Callable[[str], str]
    searched: str  # for the refusal: what was looked through


class Assistant:
    """Answers questions about newspaper pages, with citations, or says that they do not say.

    Open it with `Assistant.open`; it may be shared between threads. Use it as a context manager or
    call `close`.
    """

    def __init__(self, config: Config, index: Index, embedder: BaseEmbedding) -> None:
        self.config = config
        self.index = index
        self._embedder = embedder
        self._decision = load_decision()
        self._remember = lru_cache(maxsize=_REMEMBERED)(self._embed_one)
        self._ingesting = threading.Lock()

    @classmethod
    def open(cls, config: Config | None = None, *, embedder: BaseEmbedding | None = None) -> Self:
        """An assistant over the index in `config.data_dir`, which is made if there is none.

        `embedder` is any LlamaIndex embedding model; the default is the local one. Raises
        IndexMismatch when the index was built with another one, ModelUnavailable when it cannot
        be loaded.
        """
        config = config or Config()
        embedder = embedder or default_embedder()
        name, dimension = embedding_identity(embedder)
        manifest = Manifest(name, dimension, SPLITTER)
        index = Index.open(config.data_dir, manifest, lock_timeout=config.lock_timeout)
        return cls(config, index, embedder)

    def close(self) -> None:
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ingest(
        self,
        paths: Iterable[str | Path] | str | Path,
        *,
        prune: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> IngestReport:
        """Read files and folders into the index; what has not changed is left alone.

        Files that cannot be read are reported in `failed` and the rest goes on. `prune` removes
        sources of these paths that are gone. `progress` is called with each path or id done.
        """
        with self._ingesting:
            return ingest(
                self.index, self._embedder, [paths] if isinstance(paths, str | Path) else paths,
                prune=prune, max_bytes=self.config.max_bytes, progress=progress,
            )  # fmt: skip

    def sources(self) -> list[SourceEntry]:
        """What is indexed, with the number of articles, chunks and characters of each source."""
        return self.index.sources()

    def page(self, source_id: str) -> Page | None:
        """A source with its decoded text and its articles; None if it is not indexed."""
        return self.index.page(source_id)

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """An article's sentences in print order, headings among them; () if it is not indexed."""
        return self.index.sentences(article_id)

    def remove(self, source_ids: Iterable[str]) -> list[str]:
        """Take sources out of the index; the ids of those that were in it."""
        with self._ingesting, self.index.writing() as writer:
            there = self.index.fingerprints()
            gone = [id for id in dict.fromkeys(source_ids) if id in there]
            for id in gone:
                writer.remove(id)
        return gone

    def suggest(self, near: str | None = None, *, limit: int = 4) -> list[str]:
        """At most `limit` questions that the index answers, near a given one if it is told."""
        if near is None:
            sentences = spread(self.index)
        else:
            hits = self.search(near, limit=self.config.passages)
            sentences = [sentence for hit in hits for sentence in hit.chunk.sentences]
        return suggest(sentences, self.ask, limit)

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        since: date | None = None,
        until: date | None = None,
        publication: str | None = None,
        column: str | None = None,
    ) -> list[Hit]:
        """The best chunks for a query, best first; [] for an empty query or index. Days,
        publication and column as in `ask`."""
        return self._search(query, limit, Scope(since, until, publication, column))

    def _search(self, query: str, limit: int, scope: Scope) -> list[Hit]:
        if not query.strip() or limit < 1:
            return []
        words = analyse(query, self._today()).search_text
        vector = self._embedder.get_query_embedding(query)
        return retrieve.search(self.index, vector, words, limit, scope)

    def ask(
        self,
        question: str,
        *,
        history: Messages | None = None,
        since: date | None = None,
        until: date | None = None,
        publication: str | None = None,
        column: str | None = None,
    ) -> Answer:
        """The answer to a question from the indexed pages, or a refusal.

        `history` holds OpenAI-style messages; `since` and `until` keep to pages issued within
        these days, both included, `publication` and `column` to those of exactly that name.
        Raises IndexEmpty when nothing has been ingested.
        """
        return _last(
            self.stream(
                question, history=history, since=since, until=until, publication=publication,
                column=column,
            )
        )  # fmt: skip

    def stream(
        self,
        question: str,
        *,
        history: Messages | None = None,
        since: date | None = None,
        until: date | None = None,
        publication: str | None = None,
        column: str | None = None,
    ) -> Iterator[Event]:
        """The same as `ask`, step by step; the last event holds the answer."""
        started = time.perf_counter()
        if not self.index.size():
            raise IndexEmpty(
                f"nothing is indexed in {self.config.data_dir}; first run: wenbao ingest seeds"
            )
        if words := small_talk(question):
            yield Event("text", words)
            yield Event("answer", words, Answer(question, words, (), (), (), "chat"))
            return
        asked = analyse(standalone(question, history), self._today())
        yield Event("status", "正在检索" if not asked.english else "Searching")
        material = self._find(asked, Scope(since, until, publication, column))
        yield from self._answer(question, asked, material, started)

    def read(self, question: str, texts: Sequence[str]) -> Answer:
        """The answer from these texts alone; nothing is indexed. Offsets of citations count in
        the text whose number, from 1, is the citation's source id."""
        started = time.perf_counter()
        asked = analyse(question, self.config.today or date.today())
        given = given_hits(texts)
        material = _Material(
            given.hits, given.sentences.__getitem__, given.texts.__getitem__, "given"
        )
        return _last(self._answer(question, asked, material, started))

    async def aask(self, question: str, **options: Any) -> Answer:  # noqa: ANN401 - as ask
        """`ask` for async callers; the work is done in a thread."""
        return await asyncio.to_thread(lambda: self.ask(question, **options))

    async def astream(self, question: str, **options: Any) -> AsyncIterator[Event]:  # noqa: ANN401 - as stream
        """`stream` for async callers."""
        events = self.stream(question, **options)
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            yield event

    def _today(self) -> date:
        """The day that 去年 in a question counts from."""
        if self.config.today:
            return self.config.today
        newest = self.index.newest()
        return newest.end if newest else date.today()

    def _find(self, asked: Question, scope: Scope) -> _Material:
        """Hits for the whole question and, where it has several, for each of its parts."""
        queries = [asked.text]
        if len(asked.parts) > 1:
            queries += [f"{asked.text} {part.text}" for part in asked.parts]
        found: dict[str, Hit] = {}
        for query in queries:
            for hit in self._search(query, self.config.passages, scope):
                if hit.chunk.id not in found or found[hit.chunk.id].score < hit.score:
                    found[hit.chunk.id] = hit
        hits = sorted(found.values(), key=lambda hit: -hit.score)
        sentences_of = lru_cache(maxsize=None)(self.index.sentences)
        page_of = lru_cache(maxsize=None)(lambda id: self.index.source_text(id) or "")
        return _Material(hits, sentences_of, page_of, "index")

    def _answer(
        self, question: str, asked: Question, material: _Material, started: float
    ) -> Iterator[Event]:
        passages = tuple(Passage(n, hit.chunk) for n, hit in enumerate(material.hits, 1))
        retrieved = time.perf_counter()
        found = candidates(material.hits, material.sentences_of, material.page_of)
        choices = [self._choose(asked, n, found) for n in range(len(asked.parts))]
        answered = [c for c in choices if c.chosen and c.probability >= self.config.strictness]
        answer = self._compose(question, asked, choices, answered, passages)
        if answer.grounding == "refused":
            text = not_found(asked, self.index if material.searched == "index" else None)
            answer = replace(answer, text=text)
        done = time.perf_counter()
        timings = {
            "retrieve": retrieved - started, "read": done - retrieved, "total": done - started
        }  # fmt: skip
        answer = replace(answer, timings=timings)
        yield Event("text", answer.text)
        yield Event("answer", answer.text, answer)

    def _choose(self, asked: Question, number: int, found: Sequence[Candidate]) -> Choice:
        part = asked.parts[number]
        if not part.terms and not part.kinds:  # nothing is asked: ？？？, "OR"
            return Choice(part, (), 0.0)
        query = asked.text if len(asked.parts) == 1 else part.text
        vector = self._embedder.get_query_embedding(query)
        limit = self.config.sentences if len(asked.parts) == 1 else 1
        return choose(asked, part, found, vector, self._embed, self._decision, limit)

    def _compose(
        self, question: str, asked: Question, choices: Sequence[Choice],
        answered: Sequence[Choice], passages: tuple[Passage, ...],
    ) -> Answer:  # fmt: skip
        chosen = {c.sentence.id: c for choice in answered for c in choice.chosen}
        statements, citations = cite(list(chosen.values()))
        if not any(statement.supported for statement in statements):
            return Answer.refusal(question, "", passages)
        kept = {m for statement in statements if statement.supported for m in statement.markers}
        text = joined(statements)
        if len(answered) < len(choices):
            missing = [c.part for c in choices if c not in answered]
            text += partly_found(asked, missing)
        whole = len(answered) == len(choices) and all(s.supported for s in statements)
        return Answer(
            question, text, statements, tuple(c for c in citations if c.marker in kept), passages,
            "grounded" if whole else "partial",
        )  # fmt: skip

    def _embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        return [self._remember(text) for text in texts]

    def _embed_one(self, text: str) -> Sequence[float]:
        return self._embedder.get_text_embedding(text)


def _last(events: Iterator[Event]) -> Answer:
    answer = None
    for event in events:
        answer = event.answer or answer
    assert answer is not None  # every stream ends with its answer
    return answer


