"""A question's words: which tell what it is about, how much each tells, which are names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import rjieba

from rag import question_words as words
from rag.glossary import translations
from rag.thesaurus import joined, phrases, printed
from rag.weights import weight

_OFFICE = re.compile("[\u4e00-\u9fff]{2}[局委办厅]")


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


def is_english(text: str) -> bool:
    letters = sum(len(word) for word in words.LATIN.findall(text))
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return letters > 3 * chinese


def terms_of(text: str) -> tuple[Term, ...]:
    if is_english(text):
        known = [(e, c) for e, c in translations(text) if e not in words.STOP]
        return tuple(Term(c[0], weight(c[0]), others=c[1:]) for _, c in known)
    focus = _focus_range(text)
    names = _names(text)
    # 哪条街, 什么效果: the noun says of what sort the answer is; it need not stand beside it.
    types = [found.span("noun") for found in words.TYPE_NOUN.finditer(text)]
    terms: dict[str, Term] = {}
    spoken = list(phrases(text))
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
        # Of 坐汽车 the 汽车 is told by 公路, too.
        serving = () if named else [h for a, b, heads in spoken if a <= start and position <= b and b - a > len(word) for h in heads]
        others = dict.fromkeys([*(old.others if old else ()), *serving])
        terms[word] = Term(word, value, near or bool(old and old.focus), named, slip, tuple(others))
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
