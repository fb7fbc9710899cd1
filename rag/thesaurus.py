"""What readers say for what papers print: the groups of synonyms.txt, and phrases found by them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import rjieba

_LONGEST = 8  # characters of a phrase


@lru_cache(maxsize=1)
def synonyms() -> dict[str, frozenset[str]]:
    """For each word of synonyms.txt those that serve as well."""
    groups: dict[str, set[str]] = {}
    for head, *others in _groups():
        groups.setdefault(head, set()).update(others)
        for word in others:
            groups.setdefault(word, set()).add(head)
    return {word: frozenset(group - {word}) for word, group in groups.items()}


@lru_cache(maxsize=1)
def printed() -> dict[str, tuple[str, ...]]:
    """For each word that only serves as well the heads of its groups, as they are printed."""
    found: dict[str, dict[str, None]] = {}
    for head, *others in _groups():
        for word in others:
            found.setdefault(word, {})[head] = None
    return {word: tuple(heads) for word, heads in found.items()}


@lru_cache(maxsize=1)
def _of_readers() -> frozenset[str]:
    """Phrases that no paper prints and no dictionary has: a search for them finds nothing."""
    lines = _lines()
    first = next(n for n, line in enumerate(lines) if line.startswith("# Phrases of readers"))
    told = (phrase for line in lines[first + 1 :] for phrase in line.split()[1:])
    return frozenset(phrase for phrase in told if not rjieba.has_word(phrase))


def _groups() -> Iterator[list[str]]:
    return (line.split() for line in _lines() if line.strip() and not line.startswith("#"))


def _lines() -> list[str]:
    return (files("rag") / "synonyms.txt").read_text(encoding="utf-8").splitlines()


def joined(tokens: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Words and tags, where characters cut apart or put to the wrong word make up a phrase of the
    thesaurus (摆|摊, 摆|摊开): they are one. Of 开|小店 the 小店 stays, which serves by itself. What is
    left of the last word is a word of its own if it has two characters."""
    text = "".join(word for word, _ in tokens)
    starts = {0}
    for word, _ in tokens:
        starts.add(max(starts) + len(word))
    position = skip = 0
    for word, tag in tokens:
        start, position = position, position + len(word)
        if skip >= position:
            continue
        if skip > start:
            if position - skip > 1:
                yield text[skip:position], tag
        elif phrase := _phrase(text, start, starts) if len(word) == 1 else "":
            skip = start + len(phrase)
            yield phrase, "n"
        else:
            yield word, tag


def _phrase(text: str, start: int, starts: Container[int]) -> str:
    """The longest phrase that begins here and has no whole word of two characters in it, or ""."""
    begun = _begun(text, start)
    return next((p for p in begun if not _holds_word(start, start + len(p), starts)), "")


def _begun(text: str, start: int) -> Iterator[str]:
    """What has a printed word and begins here, the longest first."""
    ends = range(min(start + _LONGEST, len(text)), start + 1, -1)
    return (text[start:end] for end in ends if text[start:end] in printed())


def _holds_word(start: int, end: int, starts: Container[int]) -> bool:
    borders = [at for at in range(start, end + 1) if at in starts]
    return any(b - a > 1 for a, b in pairwise(borders))


def phrases(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(start, end, what is printed for it) of the longest phrase that begins at each character."""
    for start in range(len(text)):
        if phrase := next(_begun(text, start), ""):
            yield start, start + len(phrase), printed()[phrase]


def phrases_in_print(text: str) -> list[str]:
    """What is printed for the phrases of readers in a text (坐汽车: 公路)."""
    found = (heads for start, end, heads in phrases(text) if text[start:end] in _of_readers())
    return list(dict.fromkeys(head for heads in found for head in heads if head not in text))


def in_print(question: str, sentence: str, around: str) -> str:
    """The question with those of its words that the sentence and what stands around it lack in the
    words that the sentence prints for them."""
    said: list[str] = []
    position = 0
    while position < len(question):
        word, head = _worded(question, position, sentence, around)
        if not (head and said and said[-1] == head):  # 摆摊单干 are one
            said.append(head or question[position])
        position += len(word) or 1
    return "".join(said)


def _worded(question: str, start: int, sentence: str, around: str) -> tuple[str, str]:
    """(word, what the sentence prints for it) of the longest such word that begins here; of one that
    is printed as it is, or of none, ("", "")."""
    for word in _begun(question, start):
        if word not in sentence and word not in around:
            head = next((head for head in printed()[word] if head in sentence), "")
            if head:
                return word, head
    return "", ""
