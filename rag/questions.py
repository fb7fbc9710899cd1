"""A question -> what kind of thing it asks for, about what, and when.

Rules over the folded text; they decide which sentences can answer at all, never what is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rag import question_words as words
from rag.coordination import Coordination, coordinated, things_asked
from rag.dates import question_dates
from rag.quantities import unit_class
from rag.question_terms import Term as Term
from rag.question_terms import is_english as is_english
from rag.question_terms import terms_of
from rag.question_words import Kind as Kind
from rag.records import DateMention
from rag.text import fold

_PRELUDE = re.compile(
    r"^\s*(?:(?:我(?![市省国县区])|帮|麻烦|想)[^\d“”《》:：?？]{0,10}(?:写|问|查|了解|知道|请教|打听|用)[^\d“”《》:：?？]{0,2}|请问|[你您]好)[:：]\s*"
    r"(?=.*(?:多少|什么|谁|哪|几|怎|如何|吗|为何|是否|[?？]))"
)
_NOT_EACH = frozenset({"list", "how", "why", "yesno"})


@dataclass(frozen=True, slots=True)
class Part:
    """One thing asked. `shared` terms come from the rest of a question of several parts, where this
    one names nothing of its own."""

    text: str
    kinds: frozenset[Kind]
    units: frozenset[str]
    terms: tuple[Term, ...]
    shared: tuple[Term, ...] = ()
    entities: tuple[str, ...] = ()  # whole names of bodies, works and events, as worded
    dates: tuple[DateMention, ...] = ()  # the times that it names itself, where several are asked
    alone: str = ""  # worded as a question of its own, "" where it is none


@dataclass(frozen=True, slots=True)
class Question:
    """`parts` has one entry for each thing asked, at least one; `dates` are the times named. Where
    its one part may be two things (甲和乙的…), `pair` has each alone and `joins` tells how."""

    text: str
    folded: str
    parts: tuple[Part, ...]
    dates: tuple[DateMention, ...]
    english: bool
    pair: tuple[Part, ...] = ()
    joins: Coordination | None = None

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for part in self.parts for kind in part.kinds)

    @property
    def search_text(self) -> str:
        """What the lexical leg looks for: the question, or its translated words."""
        if not self.english:
            return self.text
        return " ".join([self.text, *(w for t in self.terms for w in (t.text, *t.others))])

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(dict.fromkeys(term for part in self.parts for term in part.terms))


def analyse(text: str, today: date) -> Question:
    """Never fails: what is not understood is of kind "other". What is said before a question
    (我写论文要用：) is left out."""
    text = _PRELUDE.sub("", text)
    folded = fold(text).strip()
    mentions = tuple(question_dates(text, today))
    dates = _asked_of(text, mentions)
    english = is_english(folded)
    blanked = _without_dates(folded, mentions)
    pieces = [blanked] if english else things_asked(blanked, kinds_of)
    worded = [folded] if english else things_asked(folded, kinds_of)  # with their dates
    if len(worded) != len(pieces):
        worded = []

    def part(piece: str, others: Sequence[str], dated: str | None) -> Part:
        own = terms_of(piece)
        rest = terms_of("，".join(others))
        have = {term.text for term in own}
        entities = () if english else _entities(piece)
        # Of two characters, what is tagged as a name may be 长度.
        names_its_own = entities or any(t.name and len(t.text) > 2 and not t.text[0].isdigit() for t in own)
        shared = tuple(t for t in rest if t.text not in have) if others and not names_its_own else ()
        kinds = _who_is(kinds_of(piece) or kinds_of(folded), own)
        timed = dates if dated is None else _asked_of(dated, question_dates(dated, today))
        alone = words.AS_WELL.sub("", (dated or piece).strip()) if others and names_its_own else ""
        return Part(piece, kinds, units_of(piece, kinds), own, shared, entities, timed, alone)

    parts = tuple(
        part(piece, [p for p in pieces if p is not piece], worded[n] if worded else None)
        for n, piece in enumerate(pieces)
    )
    joins = None if english or len(parts) > 1 or parts[0].kinds & _NOT_EACH else coordinated(folded, dates)
    if joins is None or re.search("各|分别", folded):
        return Question(text, folded, parts, dates, english)
    pair = tuple(part(_without_dates(q, tuple(question_dates(q, today))), (), q) for q in joins.questions)
    return Question(text, folded, parts, dates, english, pair, joins)


def _asked_of(text: str, mentions: Iterable[DateMention]) -> tuple[DateMention, ...]:
    """The times without those that are only compared with: 比去年多多少 asks of this year."""
    return tuple(m for m in mentions if not words.COMPARED.search(text[: m.start]))


def _who_is(kinds: frozenset[Kind], terms: tuple[Term, ...]) -> frozenset[Kind]:
    """陈南是谁 gives the name and asks what he is: no other name is wanted."""
    if "person" in kinds and terms and all(term.name for term in terms):
        return kinds - {"person"} | {"definition"}
    return kinds


def _without_dates(folded: str, dates: tuple[DateMention, ...]) -> str:
    """The question with its dates blanked: they are compared as dates, not as words. A year that
    opens a name (2023世界传感器大会) stays a part of it."""
    chars = list(folded)
    for mention in dates:
        if mention.text.isdigit():
            continue
        chars[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(chars)


def kinds_of(text: str) -> frozenset[Kind]:
    found: set[Kind] = {kind for kind, pattern in words.KINDS if re.search(pattern, text, re.I)}
    if "quantity" in found and found & {"date", "list", "person"}:
        stripped = re.sub(words.KINDS[2][1] + "|" + words.KINDS[4][1], "", text)
        if not re.search(words.KINDS[5][1], stripped, re.I):
            found.discard("quantity")
    if "why" in found:
        found -= {"how", "quantity", "list"}
    if "how" in found and found & {"quantity", "date", "person", "place"}:
        found.discard("how")
    if "yesno" in found and len(found) > 1:
        found.discard("yesno")
    if not found and re.search(r"什么是|是什么|指(?:的是)?什么|什么意思|\bwhat\b", text):
        found.add("definition")
    return frozenset(found)


def units_of(text: str, kinds: frozenset[Kind]) -> frozenset[str]:
    """The unit classes an asked quantity may have; empty for any."""
    if "quantity" not in kinds:
        return frozenset()
    if re.search(words.DURATION, text):
        return frozenset({"年", "个月", "天", "小时", "分钟", "周"})
    if re.search(words.POINTS, text):
        return frozenset({"pp"})
    found = words.UNIT_AFTER.search(text)
    word = (found.group("word") or "").lstrip("十百千万亿") if found else ""
    if word and not word.isascii():
        return frozenset({unit_class(word)})
    if word in words.ENGLISH_UNITS:
        return frozenset({unit_class(words.ENGLISH_UNITS[word])})
    if re.search(words.RATE, text):
        return frozenset({"%", "倍", "fraction"})
    if re.search(words.MONEY, text):
        return frozenset({"CNY", "USD", "HKD", "EUR"})
    return frozenset()


def _entities(text: str) -> tuple[str, ...]:
    plain = words.ASKING.sub("？", text)
    names = (found.group() for found in words.ENTITY.finditer(plain))
    return tuple(name for name in names if 4 <= len(name) <= 16)
