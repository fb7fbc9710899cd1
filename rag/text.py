"""Characters: what counts as the same text, and the views that searching and matching work on.

The source text is never changed. `squash` is the measure of promise 1; `fold` gives the view for
matching, one character for one character, so offsets hold in both.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

CLAUSE_END = re.compile(r"[，,；;：:。]")
_SPACE = re.compile(r"\s+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKS = "，。！？；：、“”‘’（）《》〈〉【】「」『』—…·,.!?;:\"'()[]<>"
_SPACE_OR_MARK = re.compile(rf"[\s{re.escape(_MARKS)}]+")
# All but the characters that stay as they are whatever they stand for: most of a page.
_UNEVEN = re.compile("[^\u4e00-\u9fff a-z0-9,.:;!?()%\n]")


def squash(text: str) -> str:
    """The text without any white space: two quotes are the same words iff this is equal."""
    return _SPACE.sub("", text)


@lru_cache(maxsize=1)
def _t2s() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char).lower()
    return folded if len(folded) == 1 else char


def fold(text: str) -> str:
    """Half width, lower case, simplified characters; `len(fold(text)) == len(text)` always.

    Characters whose compatibility form has another length (㎡, …) stay as they are. Variants are
    converted phrase by phrase where that keeps the length, else character by character. A lone
    surrogate, which OpenCC cannot take, becomes the replacement character.
    """
    plain = _SURROGATE.sub("\ufffd", _UNEVEN.sub(lambda found: _fold_char(found[0]), text))
    simplified: str = _t2s().convert(plain)
    if len(simplified) == len(plain):
        return simplified
    one_by_one = (_t2s().convert(char) for char in plain)
    return "".join(new if len(new) == 1 else old for new, old in zip(one_by_one, plain, strict=True))


def bare(text: str) -> str:
    """`fold` without white space and punctuation; lengths change, so for comparing only."""
    return _SPACE_OR_MARK.sub("", fold(text))
