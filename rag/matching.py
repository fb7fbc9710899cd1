"""How well a question's words stand in a text: whole, by a synonym, mistyped, or in part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

from rag.numerals import read_numeral
from rag.questions import Term
from rag.thesaurus import phrases_in_print, synonyms

# 房管局 is short for 住房保障和房地产管理局, 投洽会 for 投资贸易洽谈会.
_BODY = re.compile("[\u4e00-\u9fff]{2,4}[局委办厅院会部]")
_NAME_OF_BODY = re.compile("..[局委厅部]$|委员会$")
_SKIPPED = "[\u4e00-\u9fff]{0,7}?"
_ORDINAL = re.compile("第(?P<number>[0-9一二三四五六七八九十百零〇两]+万?)(?P<of>[届批期辆架列台版轮季艘])")
_MEASURE = re.compile("[\u4e00-\u9fff]{2,8}[量额值率]")
_OF_THE_SORT = "[\u4e00-\u9fff](?<![质数力总大])"  # not 质量, 数量, 力量


def spelled_out(question: str, *, everyday: bool = True) -> str:
    """The question with the other names of the offices and bodies in it behind it (房管局 is printed as
    住房保障和房地产管理局), and what is printed for its `everyday` phrases."""
    other = [name for word in _bodies() if word in question for name in sorted(synonyms()[word]) if name in _bodies()]
    return " ".join(dict.fromkeys([question, *other, *(phrases_in_print(question) if everyday else ())]))


@lru_cache(maxsize=1)
def _bodies() -> frozenset[str]:
    return frozenset(word for word in synonyms() if _NAME_OF_BODY.search(word))


@lru_cache(maxsize=1)
def _families() -> tuple[re.Pattern[str], ...]:
    """For each family of siblings.txt what finds its words, the longest first."""
    lines = (files("rag") / "siblings.txt").read_text(encoding="utf-8").splitlines()
    words = (sorted(line.split(), key=len, reverse=True) for line in lines if not line.startswith("#"))
    return tuple(re.compile("|".join(family)) for family in words)


def sibling(question: str, sentence: str, around: str, article: str = "") -> float:
    """How surely a sentence is about another one of a family than the question: 1 where it names
    another and nothing names the one asked for, less where what stands `around` it does. Those that
    are counted (第13届, 第十四届) are such a family, and there another is always another; so are those
    that are measured (客运量, 货运量), where the `article` tells of the one asked for elsewhere."""
    asked_for, printed = _ordinals(question), _ordinals(around) | _ordinals(sentence)
    found = float(any(asked_for[of].isdisjoint(printed[of]) for of in asked_for.keys() & printed.keys()))
    found = max(found, float(_measures_another(question, sentence, article)))
    for family in _families():
        asked, told = set(family.findall(question)), set(family.findall(sentence))
        if asked and told and asked.isdisjoint(told):
            found = max(found, 0.4 if asked & set(family.findall(around)) else 1.0)
    return found


@lru_cache(maxsize=4096)
def _ordinals(text: str) -> dict[str, set[object]]:
    """What is counted -> the numbers that it has in a text."""
    found: dict[str, set[object]] = {}
    for one in _ORDINAL.finditer(text):
        number = read_numeral(one["number"])
        found.setdefault(one["of"], set()).add(number.value if number else one["number"])
    return found


def _measures_another(question: str, sentence: str, article: str) -> bool:
    for asked in _MEASURE.findall(question):
        ends = [asked[start:] for start in range(len(asked) - 2)]
        elsewhere = any(end in article for end in ends) and not any(end in sentence for end in ends)
        if elsewhere and re.search(_OF_THE_SORT + asked[-1], sentence):
            return True
    return False


def matched(term: Term, text: str) -> float:
    """From 0 to 1: whole, by a synonym, mistyped, or by the pairs of characters that a differently
    cut word shares with the text. Names match whole or, when long, nearly."""
    word = term.text
    if term.name and word[0].isdigit():
        return float(bool(re.search(rf"(?<![\d.]){re.escape(word)}(?!\d)", text)))
    if word in text or any(other in text for other in term.others):
        return 1.0
    if term.slip and _mistyped(*term.slip, len(word), text):
        return 0.8
    return _name_match(word, text) if term.name else _word_match(word, text)


def _name_match(word: str, text: str) -> float:
    if len(word) > 2 and word[-1] in "省市县区" and word[:-1] in text:
        return 0.9
    return 0.6 if len(word) >= 4 and word[0] != "第" and _one_off(word, text) else 0.0


def _word_match(word: str, text: str) -> float:
    if any(other in text for other in synonyms().get(word, ())):
        return 0.8
    if len(word) < 3 or word.isascii():
        return 0.0
    if _BODY.fullmatch(word) and re.search(_SKIPPED.join(word), text):
        return 0.8
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.7 * sum(pair in text for pair in pairs) / len(pairs)


def _mistyped(around: str, place: int, length: int, text: str) -> bool:
    """Whether the text has the word with one character of its own changed, between the same
    neighbours or beside two of them."""
    word = around[place : place + length]
    before, after = around[:place], around[place + length :]
    sides = [(before, after)] + [(before, "")] * (len(before) == 2) + [("", after)] * (len(after) == 2)
    return any(
        re.search(re.escape(a + word[:i]) + "[\u4e00-\u9fff]" + re.escape(word[i + 1 :] + b), text)
        for a, b in sides
        for i in range(length)
    )


def _one_off(word: str, text: str) -> bool:
    """Whether the word stands in the text with one character wrong."""
    return any(
        re.search(re.escape(word[:i]) + "." + re.escape(word[i + 1 :]), text)
        for i in range(len(word))
    )


def coverage(terms: Iterable[Term], texts: Sequence[tuple[str, float]]) -> float:
    """Share of the terms' weight that is found, each at its best place; 1 for no terms."""
    total = found = 0.0
    for term in terms:
        total += term.weight
        found += term.weight * max(matched(term, text) * value for text, value in texts)
    return found / total if total else 1.0
