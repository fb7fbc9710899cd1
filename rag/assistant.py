"""The assistant: the one place where the parts are put together.

    ingest:  files -> pages -> articles -> sentences -> chunks -> vectors, tokens, terms -> index
    ask:     question (+ history) -> what it asks -> hits -> candidate sentences -> chosen ones (or a
             refusal) -> the answer in the paper's own words, or, with a model, in the model's as
             far as each statement holds against the sentences it cites
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag import retrieve
from rag.answering import Event as Event
from rag.answering import Messages, Options, Writer
from rag.condense import standalone
from rag.config import Config
from rag.embedding import configured_embedder, embedded_question, reading_embedder
from rag.errors import IndexEmpty
from rag.given import given_hits
from rag.index import Index, SourceEntry, built_with
from rag.ingest import IngestReport, ingest
from rag.llm import Bill, Model
from rag.matching import spelled_out
from rag.questions import Question, analyse
from rag.reading import Material, Reader
from rag.records import Answer, Hit, Page, Sentence
from rag.refusal import not_found
from rag.rerank import Judge
from rag.rewriting import rewritten
from rag.scope import EVERYTHING, Scope
from rag.sentences import SPLITTER
from rag.small_talk import talk
from rag.suggest import spread, suggest
from rag.telemetry import report_answer

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class Assistant:
    """Answers questions about newspaper pages, with citations, or says that they do not say.

    Open it with `Assistant.open`; it may be shared between threads. A context manager, too."""

    def __init__(
        self, config: Config, index: Index, embedder: BaseEmbedding, model: Model | None = None
    ) -> None:
        self.config = config
        self.index = index
        self._embedder = embedder
        self._model = model
        self._reader = Reader(config, reading_embedder(embedder))
        self._writer = Writer(config, model, self._reader) if model else None
        self._ingesting = threading.Lock()

    @classmethod
    def open(
        cls, config: Config | None = None, *, embedder: BaseEmbedding | None = None, llm: LLM | None = None
    ) -> Self:
        """An assistant over the index in `config.data_dir`, which is made if there is none.

        `embedder` is any LlamaIndex embedding model; the default is the local one. `llm` is any
        LlamaIndex LLM; the default is the one that the settings name, and without one answers are
        in the paper's own words. Raises IndexMismatch when the index was built with another
        embedding model, ModelUnavailable when a model cannot be loaded.
        """
        config = config or Config()
        embedder = embedder or configured_embedder(config)
        manifest = built_with(embedder, SPLITTER)
        index = Index.open(config.data_dir, manifest, lock_timeout=config.lock_timeout)
        try:
            return cls(config, index, embedder, Model.open(config, llm))
        except BaseException:
            index.close()
            raise

    @property
    def model(self) -> str | None:
        """The name of the language model that writes answers; None where none does."""
        return self._model.name if self._model else None

    def close(self) -> None:
        self.index.close()
        if self._model:
            self._model.close()

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
        return suggest(sentences, self._in_print, limit)

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
        return self._search(query, limit, Scope(since, until, publication, column), self._reader.judge(query))

    def _search(self, query: str, limit: int, scope: Scope, judge: Judge | None = None) -> list[Hit]:
        if not query.strip() or limit < 1:
            return []
        asked, embedded = analyse(query, self._today()), partial(embedded_question, self._embedder, query)
        times, config = [d.range for d in asked.dates], self.config
        words = spelled_out(asked.search_text, everyday=not asked.english)
        return retrieve.search(self.index, embedded, words, limit, scope, config.legs, times, judge, config.search_reads)

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
        days = {"since": since, "until": until}
        return _last(
            self.stream(question, history=history, publication=publication, column=column, **days)
        )

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
        if answer := talk(question):
            yield Event("text", answer.text)
            yield self._told(answer)
            return
        bill = Bill(self.config.model_timeout)
        meant = standalone(question, history)
        if self._model and history:
            meant = rewritten(question, history, meant, self._model, bill, self.config.history_tokens)
        asked = analyse(meant, self._today())
        yield Event("status", "正在检索" if not asked.english else "Searching")
        material = self._find(asked, Scope(since, until, publication, column))
        yield from self._answer(question, asked, material, started, bill)

    def read(self, question: str, texts: Sequence[str]) -> Answer:
        """The answer from these texts alone; nothing is indexed. Offsets of citations count in
        the text whose number, from 1, is the citation's source id."""
        started = time.perf_counter()
        asked = analyse(question, self.config.today or date.today())
        given = given_hits(texts)
        material = Material(given.hits, given.sentences.__getitem__, given.texts.__getitem__, None)
        return _last(self._answer(question, asked, material, started, Bill(self.config.model_timeout)))

    async def aask(self, question: str, **options: Unpack[Options]) -> Answer:
        """`ask` for async callers; the work is done in a thread."""
        return await asyncio.to_thread(lambda: self.ask(question, **options))

    async def astream(self, question: str, **options: Unpack[Options]) -> AsyncIterator[Event]:
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

    def _find(self, asked: Question, scope: Scope) -> Material:
        """What the hits for a question give to read, and how to get more of them."""
        sentences_of = lru_cache(maxsize=None)(self.index.sentences)
        page_of = lru_cache(maxsize=None)(lambda id: self.index.source_text(id) or "")
        more = partial(self._hits, asked, scope)
        return Material(more(1), sentences_of, page_of, self.index, scope, more)

    def _hits(self, asked: Question, scope: Scope, times: int) -> list[Hit]:
        """Hits for the whole question and, where it has several, for each of its parts."""
        limit, parts = times * self.config.passages, asked.parts if len(asked.parts) > 1 else ()
        queries = [asked.text, *(f"{asked.text} {part.text}" for part in parts)]
        return retrieve.merged(self._search(query, limit, scope) for query in queries)

    def _answer(
        self, question: str, asked: Question, material: Material, started: float, bill: Bill
    ) -> Iterator[Event]:
        retrieved = time.perf_counter()
        reading = self._reader.read(question, asked, material)
        read = time.perf_counter()
        answer = reading.answer
        if self._writer and answer.grounding != "refused":
            answer = yield from self._writer.write(reading, bill, not_found(asked, material.index, material.scope))
        else:
            yield Event("text", answer.text)
        timings = {
            "retrieve": retrieved - started, "read": read - retrieved, **bill.timings,
            "total": time.perf_counter() - started,
        }  # fmt: skip
        yield self._told(replace(answer, timings=timings, usage=dict(bill.usage)))

    def _told(self, answer: Answer) -> Event:
        """The last event; what the answer took is reported."""
        report_answer(answer, log_question=self.config.log_questions)
        return Event("answer", answer.text, answer)

    def _in_print(self, question: str) -> Answer:
        """The answer in the paper's own words, whether there is a model or not."""
        asked = analyse(question, self._today())
        return self._reader.read(question, asked, self._find(asked, EVERYTHING)).answer

    def _embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        return self._reader.embed(texts)


def _last(events: Iterator[Event]) -> Answer:
    answer = None
    for event in events:
        answer = event.answer or answer
    assert answer is not None  # every stream ends with its answer
    return answer
