"""The records that pass between the stages: frozen, and importing nothing of ours.

Offsets named `start` and `end` are half-open and count code points. Unless a docstring says
otherwise they count in the SOURCE text: the decoded file (or JSONL row) without its byte-order
mark, its line ends untouched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Precision = Literal["day", "month", "year", "range"]
HeadKind = Literal["column", "title", "subtitle", "byline"]
Grounding = Literal["grounded", "partial", "refused", "chat"]


@dataclass(frozen=True, slots=True)
class DateRange:
    """The days from `start` to `end`, both included, and how finely the text named them.

    `inferred`: worked out from the text instead of printed or given.
    `vague`: the wording names no definite days (日前, 近日); the range is a generous guess.
    """

    start: date
    end: date
    precision: Precision
    inferred: bool = False
    vague: bool = False

    def overlaps(self, other: DateRange) -> bool:
        return self.start <= other.end and other.start <= self.end

    def contains(self, other: DateRange) -> bool:
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        """ISO 8601 at the range's own precision: `2023`, `2023-11`, `2023-11-24`, `a/b`."""
        if self.precision == "range":
            return f"{self.start.isoformat()}/{self.end.isoformat()}"
        return self.start.isoformat()[: {"year": 4, "month": 7, "day": 10}[self.precision]]


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as worded in a text: `text == sentence[start:end]`, offsets in that text itself.

    `relative`: the wording means nothing without the day of issue (去年, 昨日, 同年9月).
    """

    text: str
    start: int
    end: int
    range: DateRange
    relative: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one row of a JSONL file.

    `id`: the path below the ingested root with `/` separators; for a row `path#row-id`.
    `published`: day, month or year of issue, `published.inferred` if worked out; None if unknown.
    `sha256`: of the decoded text and the metadata, so that a changed date counts as a change.
    """

    id: str
    path: str
    publication: str | None
    published: DateRange | None
    page: str | None
    sha256: str
    title: str | None = None

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Span:
    """`body[start:start+length]` is `source[source_start:source_start+length]`, character by
    character."""

    start: int
    source_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Head:
    """A heading or byline of an article where it is printed: `source[start:end] == text`."""

    kind: HeadKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article of a page.

    `body` is the stitched clean text: paragraphs (and section headings) separated by a line feed
    that stands in no span; every other character comes from the source through `spans`, which are
    sorted by `start` and do not overlap. `sections` holds the (start, end) of the section headings
    in `body`. `heads` are the printed pieces that column, title, subtitle and byline came from.
    `title` is empty where none is printed.
    """

    id: str
    source: Source
    column: str | None
    title: str
    subtitle: str | None
    byline: str | None
    body: str
    spans: tuple[Span, ...]
    sections: tuple[tuple[int, int], ...] = ()
    heads: tuple[Head, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A source and its text (decoded, the byte-order mark dropped, the line ends untouched), with
    its articles in print order once they have been told apart."""

    source: Source
    text: str
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article: `squash(source[start:end]) == squash(text)`.

    `paragraph` counts the article's paragraphs from 0; `printed` counts its printed sentences
    (up to 。！？): the parts of one that were split at a semicolon share it. `dates` are the
    mentions in `text`, resolved; `frame` is the date in force where the sentence names none
    (from an earlier part of the printed sentence or paragraph), or None. `heading` marks a title,
    subtitle or section heading.
    """

    id: str
    article_id: str
    text: str
    start: int
    end: int
    dates: tuple[DateMention, ...] = ()
    frame: DateMention | None = None
    paragraph: int = 0
    printed: int = 0
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole consecutive sentences of one article within a token budget; `id` hashes the content.

    `text` is what is searched and shown; the header (title, column, date) is added for the
    embedding only.
    """

    id: str
    article: Article
    sentences: tuple[Sentence, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found by a search; `ranks` gives its 1-based place in each leg that found it."""

    chunk: Chunk
    score: float
    ranks: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"score": self.score, **Passage(0, self.chunk, self.ranks).to_dict()}


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as handed to the reader, numbered from 1; `ranks` as in `Hit`."""

    number: int
    chunk: Chunk
    ranks: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        article = self.chunk.article
        return {
            "number": self.number,
            "source": article.source.id,
            "article": article.id,
            "title": article.title,
            "column": article.column,
            "start": self.chunk.sentences[0].start,
            "end": self.chunk.sentences[-1].end,
            "text": self.chunk.text,
            "ranks": self.ranks,
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement stands in print: `squash(source_text[start:end]) == squash(quote)`."""

    marker: int
    source: Source
    title: str
    published: DateRange | None
    start: int
    end: int
    quote: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "marker": self.marker,
            "source": self.source.id,
            "title": self.title,
            "published": str(self.published) if self.published else None,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an answer, with the markers of its citations and how its check came out.

    `faults` says in words what of the statement does not stand in the cited sentences; a
    statement with faults is never part of `Answer.text` as if it were sound.
    """

    text: str
    markers: tuple[int, ...]
    faults: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        return bool(self.markers) and not self.faults

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "citations": list(self.markers),
            "supported": self.supported,
            "faults": list(self.faults),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says to a question, and why it may.

    `grounding`: grounded (all of it holds), partial (a part of the question is not answered or a
    statement was dropped), refused (nothing is claimed, no citations) or chat.
    `mode`: "extractive", or "model" with `model` its name. `usage` counts tokens; `timings` gives
    seconds by stage, "total" for all. `notice` says in the asker's language why an answer is not
    what a model wrote, `prompt` is the digest of the prompts where a model was asked.
    """

    question: str
    text: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    grounding: Grounding
    mode: str = "extractive"
    model: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    notice: str | None = None
    prompt: str | None = None

    @classmethod
    def refusal(cls, question: str, text: str, passages: tuple[Passage, ...] = ()) -> Answer:
        """An answer that claims nothing and cites nothing."""
        return cls(question, text, (), (), passages, "refused")

    def to_dict(self) -> dict[str, Any]:
        """The one JSON form, used by the command, the page and the evaluation; `notice` and `prompt`
        are left out where there is none."""
        told = {"notice": self.notice, "prompt": self.prompt}
        return {
            "question": self.question,
            "text": self.text,
            "grounding": self.grounding,
            "mode": self.mode,
            "model": self.model,
            "statements": [statement.to_dict() for statement in self.statements],
            "citations": [citation.to_dict() for citation in self.citations],
            "passages": [passage.to_dict() for passage in self.passages],
            "usage": self.usage,
            "timings": self.timings,
            **{name: value for name, value in told.items() if value},
        }
