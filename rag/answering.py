"""A reading and a model -> the answer in the model's words, as far as code can vouch for them.

Whether there is an answer at all is decided before the model is asked, by the fitted decision, and
so does not depend on which model it is. The model may only take that back: when it says that the
material does not tell, that is a refusal. What fails the checks is repaired once, else dropped; what
is lost that way, and whatever goes wrong with the model, is made good in the paper's own words.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypedDict

from rag.assembly import Kept, fits, put_together, still_to_print
from rag.checking import check, supporting, widened
from rag.config import Config
from rag.errors import ModelUnavailable
from rag.features import Candidate
from rag.generate import Evidence, gathered, leaks, messages, repair_messages, rules_of
from rag.llm import Bill, Message, Model
from rag.markers import MarkerReader, Said, once
from rag.prompts import ABSENT
from rag.questions import Question
from rag.reading import Ranked, Reader, Reading
from rag.records import Answer

_CLOSE = 6  # sentences of the reading that lead the evidence, before whole passages
_ON_POINT = 0.02  # least share of the probability that a cited sentence answers
_MOST_REPAIRS = 3
_ABSENT_WORDS = re.compile(
    rf"{ABSENT}|(?:没有?|未曾?|并未|尚未)(?:明确|具体|直接)?(?:提到|提及|提供|说明|写到|写明|涉及|给出|记载|包含|交代|披露|相关)"
    r"|无法(?:回答|确定|得知|判断)|(?:does|do|did) not (?:say|mention|state|contain|provide|tell|specify)"
    r"|not (?:mentioned|stated|in the material)|no information|cannot (?:be determined|answer)",
    re.I,
)  # fmt: skip
_SAID = {
    "writing": ("正在写回答", "Writing the answer"),
    "again": ("模型的回答中断了，正在重试", "The model broke off; trying again"),
    "failed": ("模型没有完成回答，以下为报上原文。", "The model did not finish; these are the paper's own words."),
    "unsound": ("模型的回答没有通过核对，以下为报上原文。", "The model's answer failed the checks; these are the paper's own words."),
    "long": ("问题过长，没有交给模型；以下为报上原文。", "The question is too long for the model; these are the paper's own words."),
    "sides": ("报道说法不一，以下为报上原文。", "Reports differ; these are the paper's own words."),
    "cut": ("模型的回答过长，已在整句处截断。", "The model's answer was too long and ends with its last whole sentence."),
}  # fmt: skip


Messages = Sequence[Mapping[str, Any]]


class Options(TypedDict, total=False):
    """What `Assistant.ask` takes beside the question."""

    history: Messages | None
    since: date | None
    until: date | None
    publication: str | None
    column: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer as it comes about.

    `kind`: "status" (`text` says what is being done), "text" (`text` is a piece of the answer) or
    "answer" (`answer` is the final one; it replaces the pieces).
    """

    kind: str
    text: str = ""
    answer: Answer | None = None


class _Broken(Exception):
    """A stream that ended badly; `shown` is what the reader has seen of it."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown


class Writer:
    """Has a model write answers and checks them. Safe to share between threads."""

    def __init__(self, config: Config, model: Model, reader: Reader) -> None:
        self._config, self._model, self._reader = config, model, reader

    def write(
        self, reading: Reading, bill: Bill, not_found: str
    ) -> Generator[Event, None, Answer]:
        """Status and text as it comes; returns the answer. `reading` has found one in print;
        `not_found` is what a refusal says."""
        english, digest = reading.asked.english, self._model.prompts.digest
        ranked = [self._reader.ranked(reading, choice) for choice in reading.answered]
        evidence = gathered(
            self._model, reading.asked, _best_first(reading, ranked), self._config.evidence_tokens,
            self._config.max_tokens,
        )  # fmt: skip
        if evidence is None:
            return (yield from _instead(reading, _say("long", english), digest, shown=False))
        yield Event("status", _say("writing", english))
        try:
            heard, shown = yield from self._hear(reading.asked, evidence, bill)
        except _Broken as exc:
            return (yield from _instead(reading, _say("failed", english), digest, shown=exc.shown))
        since = time.monotonic()
        if absent(heard.said) and not self._model.chat:
            # A base model goes on in the manner of its examples; that is no judgement.
            return (yield from _instead(reading, _say("unsound", english), digest, shown=shown))
        if absent(heard.said):
            refusal = Answer.refusal(reading.question, not_found, reading.answer.passages)
            answer = replace(refusal, mode="model", model=self._model.name)
        else:
            answer = self._checked(reading, ranked, evidence, heard, bill)
        bill.spend("check", since)
        if not shown:
            yield Event("text", answer.text)
        return replace(answer, prompt=digest)

    def _hear(
        self, asked: Question, evidence: Evidence, bill: Bill
    ) -> Generator[Event, None, tuple[_Heard, bool]]:
        """One try that is shown as it comes and, if it breaks off, one that is not."""
        sent = messages(self._model, asked, evidence)
        shown = False
        for attempt in (1, 2):
            hearing = _Hearing(self._model, sent, evidence, asked.english, bill)
            try:
                for text in hearing:
                    if attempt == 1 and text:
                        shown = True
                        yield Event("text", text)
                return hearing.heard, shown
            except ModelUnavailable:
                # One that never began will not begin now: the client has tried again itself.
                if attempt == 2 or not hearing.begun or time.monotonic() > bill.until - 1:
                    raise _Broken(shown) from None
                yield Event("status", _say("again", asked.english))
        raise AssertionError("unreachable")

    def _checked(
        self, reading: Reading, ranked: Sequence[Sequence[Ranked]], evidence: Evidence,
        heard: _Heard, bill: Bill,
    ) -> Answer:  # fmt: skip
        """The statements that hold, and the paper's own words for parts that none of them answers."""
        english = reading.asked.english
        kept = self._kept(reading.asked, evidence, heard, bill)
        sound = [k for k in kept if not k.faults]
        cited = {c.sentence.id for k in sound for c in k.cited}
        if sound and any(side.sentence.id not in cited for side in reading.sides):
            return replace(reading.answer, notice=_say("sides", english))
        missed, on_point = [], []
        for choice, rows in zip(reading.answered, ranked, strict=True):
            near = {r.candidate.sentence.id for r in rows if r.share >= _ON_POINT}
            near |= {c.sentence.id for c in choice.chosen}
            fitting = [k for k in sound if fits(k, near, choice, reading.asked, weak=not self._model.chat)]
            missed += [] if fitting else [choice]
            on_point += fitting[:1]
        if not self._model.chat:  # it goes on after its answer, in other words or about other things
            kept = [k for k in kept if k.faults or k in on_point]
        if len(missed) == len(reading.answered):
            return replace(reading.answer, notice=_say("unsound", english))
        cut = heard.cut or any(not said.whole for said in heard.said)
        whole = not cut and not any(_absence(said.text) for said in heard.said)
        answer = put_together(reading, kept, still_to_print(missed, cited), whole=whole)
        notice = _say("cut", english) if cut else None
        return replace(answer, mode="model", model=self._model.name, notice=notice)

    def _kept(self, asked: Question, evidence: Evidence, heard: _Heard, bill: Bill) -> list[Kept]:
        """The statements with how their checks came out, each repaired once where it failed."""
        kept: list[Kept] = []
        repairs = 0
        for said in heard.said:
            if _absence(said.text):
                continue
            statement = self._vouched(said, evidence, asked)
            if statement.faults and said.whole and self._model.chat and repairs < _MOST_REPAIRS:
                repairs += 1
                statement = self._repaired(statement, evidence, asked, bill) or statement
            kept.append(statement)
        return kept

    def _vouched(self, said: Said, evidence: Evidence, asked: Question) -> Kept:
        """A statement with how its check came out; code mends a citation where it can."""
        everything = list(evidence.numbered.values())
        cited = {n: evidence.numbered[n] for n in said.numbers}
        if not said.whole:
            return Kept(said, cited, ("broken off",))
        wrong = check(said.text, list(cited.values()), asked.text)
        if wrong and cited and (more := widened(said.text, list(cited.values()), everything, asked.text)):
            return Kept(said, evidence.numbers_of(more))
        if wrong and (one := supporting(said.text, everything, asked.text)):
            return Kept(said, evidence.numbers_of([one]))
        return Kept(said, cited, wrong)

    def _repaired(self, failed: Kept, evidence: Evidence, asked: Question, bill: Bill) -> Kept | None:
        """What the model makes of a statement once it is told what is wrong; None if it fails."""
        sent = repair_messages(self._model, asked, evidence, failed.said.text, failed.faults)
        hearing = _Hearing(self._model, sent, evidence, asked.english, bill)
        try:
            for _ in hearing:
                pass
        except ModelUnavailable:
            return None
        said = [s for s in hearing.heard.said if not _absence(s.text)]
        if len(said) != 1:
            return None
        again = self._vouched(said[0], evidence, asked)
        return None if again.faults else again


@dataclass(frozen=True, slots=True)
class _Heard:
    """A whole reply: its statements, and whether it ran into the limit of tokens."""

    said: tuple[Said, ...]
    cut: bool


class _Hearing(Iterable[str]):
    """One call, listened to: iterating gives the text to show. Raises ModelUnavailable when the
    stream fails, is empty or tells the rules."""

    def __init__(
        self, model: Model, sent: Sequence[Message], evidence: Evidence, english: bool, bill: Bill
    ) -> None:
        self.heard = _Heard((), False)
        self.begun = False
        self._model, self._sent, self._bill = model, sent, bill
        self._rules = rules_of(model, english)
        self._known = evidence.numbered

    def __iter__(self) -> Iterator[str]:
        reader = MarkerReader(self._known)
        since = time.monotonic()
        stream = self._model.stream(self._sent, until=self._bill.until)
        held = ""
        try:
            for piece in stream:
                self.begun = True
                if leaks(stream.text, self._rules):
                    raise ModelUnavailable("the model told its rules")
                held += reader.feed(piece)
                if not ABSENT.startswith(stream.text.strip()[: len(ABSENT)]):
                    yield held
                    held = ""
                if len(once(reader.said)) < len(reader.said):  # a weak model would go on so until it is cut off
                    break
            else:
                held += reader.close(whole=not stream.cut)
            if not stream.text.strip().startswith(ABSENT):
                yield held
        finally:
            stream.close()
            self._bill.add(stream)
            self._bill.spend("model", since)
            if stream.first is not None:
                self._bill.timings.setdefault("first token", stream.first - since)
        if not reader.said:
            raise ModelUnavailable(f"{self._model.name} answered nothing")
        self.heard = _Heard(once(reader.said), stream.cut)


def absent(said: Sequence[Said]) -> bool:
    """Whether a reply says nothing but that the material does not tell."""
    return all(_absence(s.text) for s in said)


def _absence(text: str) -> bool:
    return bool(_ABSENT_WORDS.search(text)) and not any(char.isdigit() for char in text)


def _best_first(reading: Reading, ranked: Sequence[Sequence[Ranked]]) -> Iterator[Candidate]:
    """The chosen sentences, the next best ones, then the passages whole, then the rest."""
    yield from reading.sides
    for choice in reading.answered:
        yield from choice.chosen
    for rows in ranked:
        yield from (row.candidate for row in rows[:_CLOSE])
    by_id = {c.sentence.id: c for c in reading.found}
    for passage in reading.answer.passages:
        printed = (by_id.get(s.id) for s in passage.chunk.sentences if not s.heading)
        yield from (c for c in printed if c)
    for rows in ranked:
        yield from (row.candidate for row in rows[_CLOSE:])


def _say(what: str, english: bool) -> str:
    return _SAID[what][english]


def _instead(reading: Reading, notice: str, prompt: str, *, shown: bool) -> Generator[Event, None, Answer]:
    """The paper's own words, and why; what was `shown` before is replaced by the answer."""
    yield Event("status", notice)
    if not shown:
        yield Event("text", reading.answer.text)
    return replace(reading.answer, notice=notice, prompt=prompt)
