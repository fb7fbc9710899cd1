"""A question -> what kind of thing it asks for, about what, and when.

Rules over the folded text; they decide which sentences can answer at all, never what is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import rjieba

from rag import question_words as words
from rag.coordination import Coordination, coordinated, things_asked
from rag.dates import question_dates
from rag.glossary import translations
from rag.quantities import unit_class
from rag.question_words import Kind as Kind
from rag.records import DateMention
from rag.text import fold
from rag.thesaurus import joined, printed
from rag.weights import weight

_OFFICE = re.compile("[\u4e00-\u9fff]{2}[局委办厅]")
_PRELUDE = re.compile(
    r"^\s*(?:(?:我(?![市省国县区])|帮|麻烦|想)[^\d“”《》:：?？]{0,10}(?:写|问|查|了解|知道|请教|打听|用)[^\d“”《》:：?？]{0,2}|请问|[你您]好)[:：]\s*"
    r"(?=.*(?:多少|什么|谁|哪|几|怎|如何|吗|为何|是否|[?？]))"
)
_NOT_EACH = frozenset({"list", "how", "why", "yesno"})


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of a question; `focus`: it stands beside the question word, so it names the
    attribute asked for; `name`: a name, a quotation or an ordinal, which must agree. `slip` is set
    for what is no word of the dictionary and may be mistyped: the question's characters around it,
    and where in them it stands. `others` are words that serve as well (other translations)."""

    text: str
    weight: float
    focus: bool = False
    name: bool = False
    slip: tuple[str, int] | None = None
    others: tuple[str, ...] = ()


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
    dates = tuple(question_dates(text, today))
    english = is_english(folded)
    blanked = _without_dates(folded, dates)
    pieces = [blanked] if english else things_asked(blanked, kinds_of)
    worded = [folded] if english else things_asked(folded, kinds_of)  # with their dates
    if len(worded) != len(pieces):
        worded = []

    def part(piece: str, others: Sequence[str], dated: str | None) -> Part:
        own = _terms(piece)
        rest = _terms("，".join(others))
        have = {term.text for term in own}
        entities = () if english else _entities(piece)
        # Of two characters, what is tagged as a name may be 长度.
        names_its_own = entities or any(t.name and len(t.text) > 2 and not t.text[0].isdigit() for t in own)
        shared = tuple(t for t in rest if t.text not in have) if others and not names_its_own else ()
        kinds = _who_is(kinds_of(piece) or kinds_of(folded), own)
        timed = dates if dated is None else tuple(question_dates(dated, today))
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


def _who_is(kinds: frozenset[Kind], terms: tuple[Term, ...]) -> frozenset[Kind]:
    """陈南是谁 gives the name and asks what he is: no other name is wanted."""
    if "person" in kinds and terms and all(term.name for term in terms):
        return kinds - {"person"} | {"definition"}
    return kinds


def is_english(text: str) -> bool:
    letters = sum(len(word) for word in words.LATIN.findall(text))
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return letters > 3 * chinese


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
    if re.search(words.RATE, text):
        return frozenset({"%", "倍", "fraction"})
    if re.search(words.MONEY, text):
        return frozenset({"CNY", "USD", "HKD", "EUR"})
    return frozenset()


def _terms(text: str) -> tuple[Term, ...]:
    if is_english(text):
        known = [(e, c) for e, c in translations(text) if e not in words.STOP]
        return tuple(Term(c[0], weight(c[0]), others=c[1:]) for _, c in known)
    focus = _focus_range(text)
    names = _names(text)
    # 哪条街, 什么效果: the noun says of what sort the answer is; it need not stand beside it.
    types = [found.span("noun") for found in words.TYPE_NOUN.finditer(text)]
    terms: dict[str, Term] = {}
    position = 0
    plain = words.ASKING.sub(lambda m: " " * len(m.group()), text)
    for word, tag in _words(plain):
        start = plain.find(word, position)
        position = start + len(word)
        word = word.strip()
        if len(word) > 2 and word[-1] in words.FUNCTION and not rjieba.has_word(word):
            word = word[:-1]  # the segmenter draws 要 and the like into words it does not know
        if len(word) > 2 and word[0] in words.SAYS and not rjieba.has_word(word):
            start, word = start + 1, word[1:]
        word = words.DOUBLED.sub(r"\1长", word)
        if not _tells(word, tag):
            continue
        near = focus[0] <= start < focus[1]
        typed = any(a <= start < b for a, b in types)
        named = (start, position) in names
        value = _weight(word) * (0.5 if len(word) == 1 else 1.0) * (0.3 if typed else 1.0)
        old = terms.get(word)
        slip = _slip(text, start, position)
        terms[word] = Term(word, value, near or bool(old and old.focus), named, slip)
    for a, b in names:
        name = text[a:b].strip()
        if name not in terms and 0 < len(name) <= 20:
            terms[name] = Term(name, 6.0, False, True)
    return tuple(terms.values())


def _weight(word: str) -> float:
    """A phrase tells as much as what is printed for it."""
    told = () if rjieba.has_word(word) else printed().get(word, ())
    return min(map(weight, told), default=weight(word))


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Words and tags; 人|社局, which the segmenter does not know, is one, as in 人社|局局长."""
    last: tuple[str, str] | None = None
    for word, tag in joined(rjieba.tag(text)):
        if last and words.DOUBLED.match(word) and _OFFICE.fullmatch(last[0] + word[0]):
            last, word = (last[0] + word[0], "nt"), word[1:]
        whole = last is not None and len(last[0]) == 1 and _OFFICE.fullmatch(last[0] + word) and not rjieba.has_word(word)
        if last and whole:
            word, tag = last[0] + word, "nt"
        elif last:
            yield last
        last = word, tag
    if last:
        yield last


def _slip(text: str, start: int, end: int) -> tuple[str, int] | None:
    word = text[start:end]
    if rjieba.has_word(word) or not words.CHINESE.fullmatch(word):
        return None
    before = words.CHINESE.search(text[max(0, start - 2) : start][::-1])
    after = words.CHINESE.match(text[end : end + 2])
    left = before.group()[::-1] if before and before.start() == 0 else ""
    around = left + word + (after.group() if after else "")
    return (around, len(left)) if len(around) >= 4 else None


def _entities(text: str) -> tuple[str, ...]:
    plain = words.ASKING.sub("？", text)
    names = (found.group() for found in words.ENTITY.finditer(plain))
    return tuple(name for name in names if 4 <= len(name) <= 16)


def _tells(word: str, tag: str) -> bool:
    empty = not word or word in words.STOP or words.FUNCTION.issuperset(word)
    counted = bool(words.ASKED_COUNT.match(word)) and not word.isdigit()
    if empty or counted or not words.KEEP_TAGS.match(tag) or not re.search(r"\w", word):
        return False
    return len(word) > 1 or tag.startswith(("n", "v", "a")) or word.isdigit()


def _focus_range(text: str) -> tuple[int, int]:
    """Where the words beside the question word stand: six characters before and behind it."""
    found = words.ASKING.search(text)
    if found is None:
        return (0, 0)
    return (max(0, found.start() - 6), min(len(text), found.end() + 6))


def _names(text: str) -> list[tuple[int, int]]:
    """Where names stand: tagged ones, quotations, ordinals, codes and bare figures."""
    found = [m.span(1) for m in words.QUOTED.finditer(text) if m.group()[0] == "《" or len(m[1]) > 3]
    for pattern in (words.ORDINAL, words.CODE, words.NUMBER):
        found += [match.span() for match in pattern.finditer(text)]
    starts: set[int] = set()
    position = 0
    for word, tag in rjieba.tag(text):
        start = text.find(word, position)
        position = start + len(word)
        starts.add(start)
        if tag in words.NAME_TAGS and len(word) > 1:
            found.append((start, position))
    places = (m for m in words.PLACE.finditer(text) if m.start() in starts)
    spans = ((m.start() + (m.group()[0] in words.BEFORE_PLACE and m.end() - m.start() > 3), m.end()) for m in places)
    found += [(a, b) for a, b in spans if not words.NOT_PLACE.search(text[a:b])]
    return sorted(set(found))
