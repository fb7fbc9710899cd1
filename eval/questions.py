"""Gold questions: what is asked, what a right answer must state, and where the page says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from eval.errors import BadData

Kind = Literal[
    "fact", "number", "date", "list", "two-part", "across", "paraphrase", "follow-up", "english",
    "traditional", "typo", "absent", "near-miss", "false-premise", "off-topic",
]  # fmt: skip
DateField = Literal["year", "month", "day"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QuantityFact(_Record):
    """An amount with its unit as printed; with `unit_optional` the bare number will do."""

    type: Literal["quantity"]
    value: str = Field(min_length=1)
    unit_optional: bool = False


class DateFact(_Record):
    """`value` is `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or two such with a slash between them; `fields`
    are the parts that an answer must give."""

    type: Literal["date"]
    value: str = Field(pattern=r"^\d{4}(-\d\d){0,2}(/\d{4}(-\d\d){0,2})?$")
    fields: tuple[DateField, ...] = Field(min_length=1)


class EntityFact(_Record):
    """A name or short wording; any one alias will do, the first is the printed one."""

    type: Literal["entity"]
    aliases: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)


class PolarityFact(_Record):
    """A yes or no in its own words; `opposite` holds wordings that say the contrary."""

    type: Literal["polarity"]
    value: str = Field(min_length=1)
    opposite: tuple[str, ...] = Field(min_length=1)


Fact = QuantityFact | DateFact | EntityFact | PolarityFact


class Place(_Record):
    """`squash(text[start:end]) == squash(quote)` in the page's own characters."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    quote: str = Field(min_length=1)


class Evidence(Place):
    """Where the page says it; `also` are other places that say the very same."""

    source: str
    also: tuple[Place, ...] = ()


class Message(_Record):
    role: Literal["user", "assistant"]
    content: str


class Question(_Record):
    """One gold question. `article` is the cluster: the number, from 1, of the article (or several)
    that it is about; None where it belongs to none."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    history: tuple[Message, ...] = ()
    kind: Kind
    answerable: bool
    facts: tuple[Annotated[Fact, Field(discriminator="type")], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    article: int | tuple[int, ...] | None = None
    must_pass: bool = False
    added_in: str = ""
    checked: Literal["agreed", "settled", "candidate"]
    note: str = ""

    @property
    def articles(self) -> tuple[int, ...]:
        if self.article is None:
            return ()
        return self.article if isinstance(self.article, tuple) else (self.article,)

    @property
    def slices(self) -> tuple[str, ...]:
        """The groups that it is reported in, besides the whole."""
        names = [f"kind {self.kind}", *(f"article {number}" for number in self.articles)]
        return (*names, "must pass") if self.must_pass else tuple(names)


_ROW = TypeAdapter(Question)


def load(paths: Iterable[Path]) -> list[Question]:
    """The questions of JSONL files. Raises BadData that lists every row at fault."""
    rows: list[Question] = []
    faults: list[str] = []
    for path in paths:
        for number, line in enumerate(read_lines(path), 1):
            try:
                rows.append(_ROW.validate_json(line))
            except ValidationError as exc:
                told = "; ".join(f"{_where(e['loc'])}: {e['msg']}" for e in exc.errors())
                faults.append(f"{path.name} line {number}: {told}")
    if faults:
        raise BadData("gold rows that cannot be read; correct them:\n  " + "\n  ".join(faults))
    if not rows:
        raise BadData("no gold questions were given; an empty set proves nothing")
    return rows


def read_lines(path: Path) -> list[str]:
    """The lines of a JSONL file that are not blank. Raises BadData when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadData(f"{path} cannot be read ({exc}); give the path of a UTF-8 file") from exc
    # Not splitlines: it would cut at characters that JSON strings may hold.
    return [line for line in text.split("\n") if line.strip()]


def _where(location: Sequence[str | int]) -> str:
    return ".".join(map(str, location)) or "row"


def same_question(question: Question) -> str:
    """A key that is equal for questions that differ in marks, spaces and width only."""
    said = [*(message.content for message in question.history), question.question]
    return "|".join(re.sub(r"[\W_]+", "", text).casefold() for text in said)
