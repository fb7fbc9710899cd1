"""Which words of a statement are printed: in the sentences it cites, around them, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import rjieba

from rag import question_words
from rag.compose import header_text
from rag.dates import find_dates
from rag.features import Candidate
from rag.matching import matched
from rag.quantities import find_quantities, same_quantity
from rag.questions import Term
from rag.text import fold, squash
from rag.weights import weight

_NEAR, _ARTICLE = 0.85, 0.4
_TELLING = 7.5  # weight of a noun that cannot be there by way of speech
_RARE = 9.0  # the same for other words
_ANSWERS_ITSELF = re.compile(
    r"吗|还是|是否|能否|可否|有没有|([\u4e00-\u9fff])不\1|[和与跟及、].{1,20}哪"
    r"|^(?:is|are|was|were|do|does|did|has|have|can|will)\b"
)
_LATIN = re.compile(r"[a-z][a-z0-9.&+-]+")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_TELLS = re.compile(r"^(?:n|v|a|j|i|l|z|b|s|eng|un)")
# What a reporter's sentence may add without claiming anything.
_FREE = question_words.STOP | frozenset(
    """
    表示 指出 介绍 称 说 提出 提到 强调 认为 透露 显示 报道 材料 据悉 了解 获悉 时间 名 位 达 达到 实现 完成 约 近 超过 超 共 分别 其中
    此外 同时 另外 以及 并 还 均 也 成为 属于 包括 主要 方面 情况 为 由 于 年 月 日 个 项 元 回答 问题 期间 当年 当天 时 当时 举行 担任 现任
    说法 另一 一处 另一处 另有 另说 一说 不一 不同 则 版本
    """.split()
)


def covered(text: str, cited: Sequence[Candidate]) -> tuple[float, float]:
    """The shares of a folded statement's words, by weight, that stand in the cited sentences, and
    in them or near them; 1 for a statement of figures alone."""
    own = fold(" ".join(c.folded + " " + header_text(c.article) for c in cited))
    near = " ".join(c.near + " " + c.head for c in cited)
    article = " ".join(dict.fromkeys(c.whole for c in cited))
    total = in_own = in_all = 0.0
    for word in content_words(text):
        value = weight(word)
        here = _stands(word, own)
        total += value
        in_own += value * here
        in_all += value * max(here, _NEAR * _stands(word, near), _ARTICLE * _stands(word, article))
    return (in_own / total, in_all / total) if total else (1.0, 1.0)


def only_repeats(statement: str, asked: str) -> bool:
    """Whether a statement tells nothing that the question has not said, and the question is none
    that its own words answer (是不是, 甲还是乙, 甲和乙哪个)."""
    text, known = fold(statement), fold(asked)
    if _ANSWERS_ITSELF.search(known):
        return False
    named = find_quantities(known)
    if any(not any(same_quantity(q, k) for k in named) for q in find_quantities(text)):
        return False
    if set(_DIGITS.findall(text)) - set(_DIGITS.findall(known)):
        return False
    return all(word in known for word in content_words(text))


@lru_cache(maxsize=1024)
def content_words(text: str) -> tuple[str, ...]:
    """The words of a folded text that claim something; figures are left to others."""
    plain = list(text)
    for quantity in find_quantities(text):
        plain[quantity.start : quantity.end] = "，" * (quantity.end - quantity.start)
    tagged = rjieba.tag(re.sub(r"\d+[年月日号]?", "，", "".join(plain)))
    words = (w.strip() for w, tag in tagged if _TELLS.match(tag) and w.strip() not in _FREE)
    return tuple(w for w in words if w and not question_words.FUNCTION.issuperset(w))


def missing_latin(statement: str, cited: Sequence[Candidate], header: str) -> list[str]:
    """Latin words that neither the sentences nor the header print."""
    given = squash(fold(" ".join(c.folded for c in cited) + header))
    return [w for w in dict.fromkeys(_LATIN.findall(fold(statement))) if w.rstrip(".") not in given]


def loose_digits(text: str, cited: Sequence[Candidate], header: str) -> list[str]:
    """Digits that are neither a quantity nor a date (007, a model's number): printed as they are."""
    plain = list(text)
    issued = cited[0].article.source.published
    spans = [(q.start, q.end) for q in find_quantities(text)]
    for start, end in spans + [(m.start, m.end) for m in find_dates(text, issued)]:
        plain[start:end] = " " * (end - start)
    given = set(_DIGITS.findall(fold(" ".join(c.folded for c in cited) + " " + header)))
    return [digits for digits in _DIGITS.findall("".join(plain)) if digits not in given]


def nowhere(text: str, cited: Sequence[Candidate]) -> list[str]:
    """Telling nouns that the articles print nowhere: a name that the tagger does not know is one."""
    given = " ".join(f"{c.folded} {c.head} {c.whole} {fold(header_text(c.article))}" for c in cited)
    return [
        word for word in _telling(text)
        if word not in given and _stands(word, given) < 0.5 and not _pieced(word, given)
    ]  # fmt: skip


@lru_cache(maxsize=1024)
def _telling(text: str) -> tuple[str, ...]:
    """Rare words, and names whose surname the tagger has cut off (周 + 明远)."""
    words, found, surname = set(content_words(text)), list[str](), ""
    for word, tag in rjieba.tag(text):
        if surname and 1 <= len(word) <= 2 and re.match(r"[\u4e00-\u9fff]", word):
            found.append(surname + word)
        surname = word if tag == "nr" and len(word) == 1 else ""
        least = _TELLING if tag.startswith(("n", "j")) else _RARE
        if word in words and len(word) > 1 and weight(word) >= least:
            found.append(word)
    return tuple(found)


def _pieced(word: str, text: str) -> bool:
    """Whether a word is made of words that are printed, as 投洽会 is of 投资贸易洽谈会."""
    return bool(re.search(".{0,6}".join(map(re.escape, word)), text))


def _stands(word: str, text: str) -> float:
    found = matched(Term(word, 1.0), text)
    if found < 0.6 and len(word) > 1 and re.search(".{0,3}".join(map(re.escape, word)), text):
        return 0.8  # 投产 in 投入生产
    return found
