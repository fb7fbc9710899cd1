"""How near a question's tokens come to a passage's: finer than one vector, cheaper than reading.

A passage keeps a small vector for each of its tokens. Each token of a question looks for the most
like among them, and the passage's likeness is the mean of what they find, each counted by its
weight: the late interaction of ColBERT (Khattab and Zaharia, arXiv 2004.12832). The vectors come
of the same run of the embedding model as the passage's one vector, so they cost an ingest next to
nothing; a linear map takes them from 384 numbers to 48, four bits each. `python -m
eval.train_tokens` makes the map.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_FILE = "late_interaction.npz"
_STEP, _MOST = 0.06, 7  # a number of a unit vector of 48 is about .14; beyond .42 it is cut off
_SMALL = 1 << 18  # multiplications, which OpenBLAS does on one core


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A question's tokens: unit `vectors` (tokens, width), and `weights` that add up to 1."""

    vectors: Array
    weights: Array


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text as the index keeps or seeks it: its vector, and its tokens where the embedding model
    has a map for them; a passage's as `codes`, a question's as `asked`."""

    vector: Sequence[float]
    codes: bytes = b""
    asked: TokenVectors | None = None


@dataclass(frozen=True, slots=True)
class TokenMap:
    """The trained maps, which the folder of the embedding model has as a part of the model: token
    states -> token vectors. `passage` and `question` are (width, hidden), `weight` (hidden,)."""

    passage: Array
    passage_shift: Array
    question: Array
    question_shift: Array
    weight: Array
    weight_shift: Array

    @property
    def width(self) -> int:
        return len(self.passage)

    def sides(self) -> list[tuple[str, Array, Array]]:
        """(name, weight, bias) of the two: a question's last number is what its token weighs."""
        weight = np.vstack([self.question, self.weight])
        shift = np.append(self.question_shift, self.weight_shift).astype(np.float32)
        return [("passage", self.passage, self.passage_shift), ("question", weight, shift)]


def packed(tokens: Array) -> bytes:
    """A passage's token vectors (tokens, width) of any length as the bytes of unit vectors, two
    numbers in each."""
    steps = np.clip(np.rint(_unit(tokens) / _STEP), -_MOST, _MOST).astype(np.int8) + 8
    return bytes((steps[:, ::2] | steps[:, 1::2] << 4).astype(np.uint8).tobytes())


def weighed(tokens: Array) -> TokenVectors:
    """A question's token vectors, (tokens, width + 1), ready to be compared."""
    weights = np.logaddexp(0.0, tokens[:, -1])
    share = weights / max(float(weights.sum()), 1e-12)
    return TokenVectors(_unit(tokens[:, :-1]), share.astype(np.float32))


def likeness(question: TokenVectors, passages: Sequence[bytes]) -> list[float | None]:
    """Of each passage's codes its likeness to the question, -1 to 1; None for no codes."""
    if not len(question.vectors):
        return [None] * len(passages)
    return [_likeness(question, codes) if codes else None for codes in passages]


def _likeness(question: TokenVectors, codes: bytes) -> float:
    width = question.vectors.shape[1]
    tokens = _decoded().take(np.frombuffer(codes, np.uint8)).view(np.float32).reshape(-1, width).T
    # NumPy's BLAS would take all cores for a large product, and keep them for 20 ms after it.
    rows = max(1, _SMALL // tokens.size)
    nearest = [(part @ tokens).max(axis=1) for part in _blocks(question.vectors, rows)]
    return float(question.weights @ np.concatenate(nearest))


def _blocks(vectors: Array, rows: int) -> list[Array]:
    return [vectors[at : at + rows] for at in range(0, len(vectors), rows)]


@cache
def token_map() -> TokenMap:
    """The map for the built-in embedding model."""
    with np.load(BytesIO(_stored()), allow_pickle=False) as stored:
        given = {name: stored[name].astype(np.float32) for name in stored.files}
    return TokenMap(**given)


@cache
def map_digest() -> str:
    """SHA-256 of the map: another one makes other codes."""
    return hashlib.sha256(_stored()).hexdigest()


def _stored() -> bytes:
    return (files("rag") / _FILE).read_bytes()


@cache
def _decoded() -> NDArray[np.complex64]:
    """The two numbers of each byte as one complex number, for NumPy takes one faster than two."""
    byte = np.arange(256)
    return (((byte & 15) - 8 + 1j * ((byte >> 4) - 8)) * _STEP).astype(np.complex64)


def _unit(vectors: Array) -> Array:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Array = vectors / np.maximum(norms, 1e-12)
    return unit
