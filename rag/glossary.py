"""English words of a question -> the Chinese words a paper may print for them.

The embedding finds the passage across languages; these find the sentence in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

_WORD = re.compile(r"[a-z][a-z'’-]*")
_LONGEST = 4
# An ending, and what may stand in its place in the dictionary form.
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"),
            ("ing", ""), ("ing", "e"), ("ly", ""))  # fmt: skip


@lru_cache(maxsize=1)
def _entries() -> dict[str, tuple[str, ...]]:
    lines = (files("rag") / "glossary.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {english: tuple(chinese.split()) for english, chinese in rows}


def _forms(phrase: str) -> Iterator[str]:
    yield phrase
    for ending, instead in _ENDINGS:
        if phrase.endswith(ending) and len(phrase) > len(ending) + 2:
            yield phrase[: -len(ending)] + instead


def translations(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """(English phrase, Chinese words) for what the glossary knows of a lower-case text, the longest
    phrases first; each part of the text is used once."""
    words = [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(text)]
    found: list[tuple[str, tuple[str, ...]]] = []
    place = 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            phrase = " ".join(words[place : place + length])
            known = next((_entries()[form] for form in _forms(phrase) if form in _entries()), None)
            if known:
                found.append((phrase, known))
                break
        place += length if known else 1
    return found
