"""Checked statements -> the answer: text, statements and citations with markers from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.answers import kind_fit
from rag.compose import citation, cite
from rag.dates import annotate, find_dates
from rag.extract import Choice
from rag.features import Candidate
from rag.markers import Said
from rag.questions import Kind, Part, Question, is_english
from rag.reading import Reading, chosen_of
from rag.records import Answer, Citation, Sentence, Statement
from rag.refusal import partly_found
from rag.text import fold
from rag.wording import only_repeats

_SEEN: frozenset[Kind] = frozenset({"person", "date", "quantity", "place"})
_TAIL = re.compile(r"(?<=\])[。.！!]?\s*$|\s*$")  # where a further marker goes: beside the last one


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement of the model, the sentences it cites by their number in the evidence (those that
    code added among them), and how its check came out."""

    said: Said
    numbered: Mapping[int, Candidate]
    faults: tuple[str, ...] = ()

    @property
    def cited(self) -> list[Candidate]:
        return list(self.numbered.values())


@dataclass(slots=True)
class _Markers:
    """Cited sentences in the order of their first appearance; the first has marker 1."""

    cited: list[Candidate] = field(default_factory=list)

    def of(self, candidate: Candidate) -> int:
        ids = [c.sentence.id for c in self.cited]
        if candidate.sentence.id not in ids:
            self.cited.append(candidate)
            return len(self.cited)
        return ids.index(candidate.sentence.id) + 1


def fits(
    kept: Kept, near: frozenset[str] | set[str], choice: Choice, asked: Question, *, weak: bool = False
) -> bool:
    """Whether a statement answers a part of the question: it cites one of the sentences `near` the
    point (by their ids), tells something that the question does not, and holds the kind of thing
    that is asked for. A `weak` model, which writes down printed words in any order, is believed only
    where code can see the answer: a name, day, figure or place in the very sentence chosen."""
    ids = {c.sentence.id for c in kept.cited}
    text, best = kept.said.text, choice.chosen[0].sentence
    if ids.isdisjoint({best.id} if weak else near):
        return False
    if is_english(fold(text)):  # the kinds are told by Chinese words
        return not weak
    if only_repeats(text, asked.text):
        return False
    if weak and not (choice.part.kinds & _SEEN and any(term.text in fold(text) for term in choice.part.terms)):
        return False
    strict, loose = _kinds(asked, choice.part, best.text, best)
    issued = kept.cited[0].article.source.published
    made = Sentence("", "", text, 0, len(text), tuple(find_dates(text, issued)))
    own_strict, own_loose = _kinds(asked, choice.part, text, made)
    if weak:
        return own_strict > 0 or (own_strict == 0 and own_loose > 0)
    return own_strict >= min(strict, 0.0) and own_loose >= min(loose, 0.0)


def _kinds(asked: Question, part: Part, text: str, sentence: Sentence) -> tuple[float, float]:
    fit = kind_fit(asked, part, sentence, fold(text), part.terms)
    return fit.strict, fit.loose


def still_to_print(missed: Iterable[Choice], cited: Iterable[str]) -> list[Candidate]:
    """The chosen sentences for the parts that no statement answers, without those that are cited."""
    have = set(cited)
    return [c for c in chosen_of(missed) if c.sentence.id not in have]


def put_together(
    reading: Reading, kept: Sequence[Kept], more: Sequence[Candidate], *, whole: bool
) -> Answer:
    """The answer of the sound statements, as they were written, and of sentences `more` in the
    paper's own words. It is partial unless it is `whole` and nothing was dropped."""
    markers = _Markers()
    texts: list[str] = []
    statements: list[Statement] = []
    for one in kept:
        if one.faults:
            statements.append(Statement(one.said.text, (), one.faults))
            continue
        texts.append(_shown(one, markers))
        numbers = tuple(dict.fromkeys(markers.of(c) for c in one.cited))
        statements.append(Statement(_explained(one.said.text, one), numbers))
    text = _joined(texts)
    printed, _ = cite(more)
    for statement, candidate in zip(printed, more, strict=True):
        marker = markers.of(candidate)
        statements.append(Statement(statement.text, (marker,), statement.faults))
        text += f"{statement.text}[{marker}]" if statement.supported else ""
    missing = [c.part for c in reading.choices if c not in reading.answered]
    text += partly_found(reading.asked, missing) if missing else ""
    sound = whole and not missing and all(s.supported for s in statements)
    return Answer(
        reading.question, text, tuple(statements), _citations(markers), reading.answer.passages,
        "grounded" if sound else "partial", timings=reading.answer.timings,
    )  # fmt: skip


def _citations(markers: _Markers) -> tuple[Citation, ...]:
    return tuple(citation(n, c.article, c.sentence) for n, c in enumerate(markers.cited, 1))


def _shown(one: Kept, markers: _Markers) -> str:
    """The statement as it was written; markers that code put right stand at its end."""
    shown = one.said.shown(lambda n: markers.of(one.numbered[n]) if n in one.numbered else 0)
    shown = shown.replace("[0]", "")  # a sentence that bears nothing out
    added = [markers.of(c) for n, c in one.numbered.items() if n not in one.said.numbers]
    tail = "".join(f"[{n}]" for n in dict.fromkeys(added))
    if tail:
        place = _TAIL.search(shown)
        at = place.start() if place else len(shown)
        shown = shown[:at] + tail + shown[at:]
    return _explained(shown, one)


def _explained(text: str, one: Kept) -> str:
    """The text with what its relative dates mean beside them, unless the model has said so."""
    issued = one.cited[0].article.source.published
    mentions = [
        m for m in find_dates(text, issued) if m.relative and not re.match(r"\s*[（(]\d", text[m.end :])
    ]  # fmt: skip
    return annotate(text, mentions)


def _joined(texts: Sequence[str]) -> str:
    """Statements one after the other, as they were written; a space between English ones."""
    whole = ""
    for text in texts:
        gap = " " if whole and whole[-1].isascii() and text[:1].isascii() and text[:1].isalpha() else ""
        whole += gap + text
    return whole.strip()
