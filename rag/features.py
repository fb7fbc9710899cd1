"""A question beside a sentence in its context -> numbers that tell whether the one answers the
other. The fitted weights over them are in `decision`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rag.answers import kind_fit
from rag.questions import Part, Question, Term
from rag.records import Article, DateMention, Sentence
from rag.text import fold

NAMES = (
    "covered", "covered_near", "covered_context", "focus", "pairs", "names", "names_absent",
    "rarest_absent", "cosine", "kind", "closeness", "dates_agree", "dates_conflict", "long",
    "short", "asks", "heading", "retrieved", "lead", "run", "scope_conflict",
)  # fmt: skip

_PAIR = re.compile(r"[\u4e00-\u9fff]")
_SCOPES = {
    "country": re.compile("全国|我国"),
    "province": re.compile("全省|我省|本省|全区|自治区"),
    "city": re.compile("全市|我市|本市"),
    "county": re.compile("全县|我县|本县"),
}
_NEAR, _HEAD, _ELSEWHERE = 0.75, 0.7, 0.35


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with what stands around it; texts are folded.

    `near` holds the neighbours in the same paragraph, `head` the article's headings and the
    section's, `whole` all of the article, `page` all of its source. `dates` are the mentions in force for the sentence: its
    own, else its frame, else the paragraph's. `retrieved` is the passage's score from 0 to 1.
    """

    sentence: Sentence
    article: Article
    folded: str
    near: str
    head: str
    whole: str
    page: str
    dates: tuple[DateMention, ...]
    retrieved: float = 0.0
    cosine: float = 0.0


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in (files("rag") / "synonyms.txt").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not line.startswith("#"):
            for word in words[:1]:
                groups.setdefault(word, set()).update(words)
            for word in words[1:]:
                groups.setdefault(word, set()).add(words[0])
    return {word: frozenset(group - {word}) for word, group in groups.items()}


def matched(term: Term, text: str) -> float:
    """From 0 to 1: whole, by a synonym, or by the pairs of characters that a mistyped or
    differently cut word shares with the text. Names match whole or, when long, nearly."""
    word = term.text
    if word in text:
        return 1.0
    if not term.name and any(other in text for other in _synonyms().get(word, ())):
        return 0.8
    if len(word) < 2 or word.isascii():
        return 0.0
    if term.name:
        return 0.6 if len(word) >= 4 and _one_off(word, text) else 0.0
    if len(word) == 2:
        return 0.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    share = sum(pair in text for pair in pairs) / len(pairs)
    return 0.7 * share


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


def measure(question: Question, part: Part, candidate: Candidate) -> list[float]:
    """The features in the order of NAMES, each within about -1 to 1."""
    c = candidate
    terms = part.terms + tuple(Term(t.text, 0.4 * t.weight, False, t.name) for t in part.shared)
    focus = [term for term in part.terms if term.focus] or list(part.terms)
    names = [term for term in part.terms if term.name]
    sentence, near = (c.folded, 1.0), (c.near, _NEAR)
    head, whole = (c.head, _HEAD), (c.whole, _ELSEWHERE)
    agree, conflict = _dates(question.dates, c.dates)
    fit, closeness = kind_fit(question, part, c.sentence, c.folded, terms)
    length = len(c.folded)
    return [
        coverage(terms, [sentence]),
        coverage(terms, [sentence, near]),
        coverage(terms, [sentence, near, head, whole]),
        coverage(focus, [sentence]),
        _pair_share(question.folded if len(question.parts) == 1 else part.text, c.folded),
        coverage(names, [sentence, near, head]) if names else 1.0,
        1.0 - coverage(names, [(c.whole, 1.0), (c.head, 1.0), (c.page, 0.7)]) if names else 0.0,
        _rarest_absent(part.terms, c),
        c.cosine,
        fit,
        closeness,
        agree,
        conflict,
        min(1.0, length / 200),
        1.0 if length < 12 else 0.0,
        1.0 if c.folded.endswith(("?", "？")) else 0.0,
        1.0 if c.sentence.heading else 0.0,
        c.retrieved,
        1.0 if c.sentence.paragraph == 0 else 0.0,
        _longest_run(question.folded, c.folded) / 12,
        _scope_conflict(question.folded, c),
    ]


def _pair_share(question: str, text: str) -> float:
    pairs = {a + b for a, b in zip(question, question[1:], strict=False) if _PAIR.match(a)}
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _rarest_absent(terms: Sequence[Term], candidate: Candidate) -> float:
    """The weight of the most telling term that stands nowhere in the article, over 12."""
    places = [(candidate.whole, 1.0), (candidate.head, 1.0), (candidate.page, 0.6)]
    absent = [t.weight * (1 - coverage([t], places)) for t in terms]
    return max(absent, default=0.0) / 12


def _dates(
    asked: Sequence[DateMention], given: Sequence[DateMention]
) -> tuple[float, float]:
    """(agreement, conflict): the asked time overlaps one in force, or all of them lie elsewhere.
    A point within a wide asked time agrees fully, a wide time around an asked point half."""
    if not asked or not given:
        return 0.0, 0.0
    agree = conflict = 0.0
    for mention in asked:
        if any(mention.range.contains(g.range) for g in given):
            agree += 1.0
        elif any(mention.range.overlaps(g.range) for g in given):
            agree += 0.5
        else:
            conflict += 1.0
    return agree / len(asked), conflict / len(asked)


def _scope_conflict(question: str, candidate: Candidate) -> float:
    """1 where the question asks of one level (全省) and the sentence speaks of another (全市)."""
    asked = {level for level, pattern in _SCOPES.items() if pattern.search(question)}
    given = {level for level, pattern in _SCOPES.items() if pattern.search(candidate.folded)}
    return float(bool(asked) and bool(given) and asked.isdisjoint(given))


def _longest_run(a: str, b: str) -> float:
    """Length of the longest run of characters of `a` that stands in `b`, at most 12."""
    low, high = 0, min(12, len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if any(a[i : i + middle] in b for i in range(len(a) - middle + 1)):
            low = middle
        else:
            high = middle - 1
    return float(low)
