"""What the page can be asked for, as JSON in and out; knows nothing of the web.

What comes in is checked here, for the framework checks no types. What is wrong with a request is a
RequestError with a code that the page has words for, and a message for everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag import Answer, Assistant, IndexEmpty, WenbaoError
from ui.access import Visitor, may_edit
from ui.archive import Archive
from ui.evaluation import last_report
from ui.feedback import Feedback
from ui.settings import PageSettings
from ui.view import citation_view

MOST_CHARACTERS = 2_000  # of a question
_MOST_TURNS = 40  # messages of history
_MOST_SHOWN = 50  # hits of a search
_JSON = dict[str, Any]
_Model = TypeVar("_Model", bound=BaseModel)


class RequestError(WenbaoError):
    """A request that cannot be met; `code` names the fault for a program."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _Message(_Strict):
    role: Literal["user", "assistant"]
    content: str = Field(max_length=20_000)


class _Filters(_Strict):
    since: date | None = None
    until: date | None = None
    publication: str | None = Field(None, max_length=200)
    column: str | None = Field(None, max_length=200)


class _Question(_Filters):
    question: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    history: list[_Message] = Field(default_factory=list, max_length=_MOST_TURNS)

    def options(self) -> _JSON:
        """What `Assistant.ask` takes beside the question."""
        return self.model_dump(exclude={"question"})


class _Query(_Filters):
    query: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    limit: int = Field(10, ge=1, le=_MOST_SHOWN)


class _Place(_Strict):
    source: str = Field(max_length=2_000)
    start: int = Field(0, ge=0)
    end: int = Field(0, ge=0)


class _Verdict(_Strict):
    question: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    answer: _JSON
    verdict: Literal["right", "wrong"]
    word: str = Field("", max_length=500)


class Endpoints:
    """The functions behind the page, over one assistant shared by all visitors.

    Nothing about a visitor is kept between calls: the history of a conversation comes with each
    question.
    """

    def __init__(self, assistant: Assistant, settings: PageSettings) -> None:
        self._assistant = assistant
        self._settings = settings
        self._archive = Archive(assistant, settings)
        self._feedback = Feedback(Path(assistant.config.data_dir) / "feedback.jsonl")

    def about(self, visitor: Visitor) -> _JSON:
        """What the page must know when it opens."""
        entries = self._assistant.sources()
        publications, columns = self._archive.names()
        return {
            "model": self._assistant.model, "user": visitor.user,
            "may_edit": may_edit(self._settings.archive_editors, visitor),
            "pages": len(entries), "articles": sum(entry.articles for entry in entries),
            "publications": publications, "columns": columns,
            "most_characters": MOST_CHARACTERS, "most_messages": _MOST_TURNS,
            "upload_bytes": self._settings.upload_bytes,
            "upload_files": self._settings.upload_files,
        }  # fmt: skip

    def ask(
        self, question: str, history: list[_JSON] | None = None, since: str | None = None,
        until: str | None = None, publication: str | None = None, column: str | None = None,
    ) -> _JSON:  # fmt: skip
        """The answer to a question, as `Answer.to_dict()` gives it. `history`: messages {role,
        content}; `since`, `until`: YYYY-MM-DD."""
        asked = _checked(
            _Question, question=question, history=history, since=since, until=until,
            publication=publication, column=column,
        )  # fmt: skip
        return self._assistant.ask(asked.question, **asked.options()).to_dict()

    def stream(
        self, question: str, history: list[_JSON] | None = None, since: str | None = None,
        until: str | None = None, publication: str | None = None, column: str | None = None,
    ) -> Iterator[_JSON]:  # fmt: skip
        """The same step by step: {"kind": "status" | "text", "text"}, at last {"kind": "answer",
        "answer"}: without the passages, each citation with what is known about its source."""
        asked = _checked(
            _Question, question=question, history=history, since=since, until=until,
            publication=publication, column=column,
        )  # fmt: skip
        for event in self._assistant.stream(asked.question, **asked.options()):
            if event.answer is None:
                yield {"kind": event.kind, "text": event.text}
            else:
                yield {"kind": "answer", "answer": _for_the_page(event.answer)}

    def search(
        self, query: str, limit: int = 10, since: str | None = None, until: str | None = None,
        publication: str | None = None, column: str | None = None,
    ) -> list[_JSON]:  # fmt: skip
        """The best passages for a query, best first, as `Hit.to_dict()` gives them."""
        asked = _checked(
            _Query, query=query, limit=limit, since=since, until=until,
            publication=publication, column=column,
        )  # fmt: skip
        filters = asked.model_dump(exclude={"query", "limit"})
        hits = self._assistant.search(asked.query, limit=asked.limit, **filters)
        return [hit.to_dict() for hit in hits]

    def suggest(self, near: str | None = None) -> list[str]:
        """Questions that can be answered, near the given one if there is one; [] for an empty
        index."""
        try:
            return self._assistant.suggest(near[:MOST_CHARACTERS] if near else None)
        except IndexEmpty:
            return []

    def page(self, source: str, start: int = 0, end: int = 0) -> _JSON:
        """The page around a citation, as the source panel shows it."""
        place = _checked(_Place, source=source, start=start, end=end)
        page = self._assistant.page(place.source)
        if page is None:
            raise RequestError(
                "no_such_source", f"{place.source[:200]} is not in the archive any more"
            )
        return citation_view(page, place.start, place.end, self._assistant.sentences)

    def sources(self) -> list[_JSON]:
        """What is in the archive."""
        return self._archive.sources()

    def articles(self, source: str) -> list[_JSON]:
        """The articles of a source in print order."""
        return self._archive.articles(source)

    def ingest(self, files: Sequence[str] | None, visitor: Visitor) -> Iterator[_JSON]:
        """Read uploaded files into the archive; progress, at last the report."""
        self._check_editor(visitor)
        if not files:
            raise RequestError("no_files", "no files were sent; choose at least one")
        if len(files) > self._settings.upload_files:
            raise RequestError(
                "too_many_files",
                f"{len(files)} files at once; send at most {self._settings.upload_files}",
            )
        yield from self._archive.add(files)

    def remove(self, sources: list[str], visitor: Visitor) -> list[str]:
        """Take sources out of the archive; returns those that were in it."""
        self._check_editor(visitor)
        return self._archive.remove([str(source) for source in sources or ()])

    def reindex(self, visitor: Visitor) -> Iterator[_JSON]:
        """Read everything again from where it came; progress, at last the report."""
        self._check_editor(visitor)
        yield from self._archive.reindex()

    def feedback(self, question: str, answer: _JSON, verdict: str, word: str = "") -> str:
        """Write a verdict on an answer down; returns its id."""
        given = _checked(
            _Verdict, question=question, answer=answer, verdict=verdict, word=word
        )
        if len(str(given.answer)) > 200_000:
            raise RequestError("feedback_too_long", "this is no answer of this page: too long")
        id = self._feedback.add(given.question, given.answer, given.verdict, given.word)
        if id is None:
            raise RequestError("feedback_full", "feedback.jsonl is full; move it away")
        return id

    def report(self) -> _JSON:
        """The last evaluation report, if there is one."""
        return last_report(self._settings.report_dir)

    def _check_editor(self, visitor: Visitor) -> None:
        if not may_edit(self._settings.archive_editors, visitor):
            raise RequestError(
                "may_not_edit",
                "you may not change the archive; WENBAO_ARCHIVE_EDITORS says who may",
            )


def _for_the_page(answer: Answer) -> _JSON:
    shown = answer.to_dict()
    del shown["passages"]
    shown["citations"] = [
        {
            **citation.to_dict(), "publication": citation.source.publication,
            "page": citation.source.page,
            "inferred": bool(citation.published and citation.published.inferred),
        }
        for citation in answer.citations
    ]  # fmt: skip
    return shown


def _checked(model: type[_Model], **request: Any) -> _Model:  # noqa: ANN401 - the model checks them
    """The request as a record; None counts as not given. Raises RequestError."""
    given = {name: value for name, value in request.items() if value not in (None, "")}
    try:
        return model.model_validate(given)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "request"
        missing = first["type"] in ("missing", "string_too_short")
        code = "nothing_asked" if field in ("question", "query") and missing else "bad_request"
        if first["type"] == "string_too_long" and field in ("question", "query"):
            code = "question_too_long"
        raise RequestError(code, f"{field}: {first['msg']}") from exc
