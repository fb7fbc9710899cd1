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
from functools import cache, cached_property
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_FILE = "late_interaction.npz"
_STEP, _MOST = 0.06, 7  # a number of a unit vector of 48 is about .14; beyond .42 it is cut off


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


@dataclass(frozen=True)
class TokenMap:
    """The trained maps: token states of the embedding model -> token vectors. `passage` and
    `question` are (width, hidden), `weight` (hidden,). The passage's is a part of the model's
    folder (`rag.e5_weights`)."""

    passage: Array
    passage_shift: Array
    question: Array
    question_shift: Array
    weight: Array
    weight_shift: float

    @cached_property
    def width(self) -> int:
        return len(self.passage)

    def asked(self, states: Array) -> TokenVectors:
        """A question's token states (tokens, hidden), ready to be compared."""
        vectors = _unit(states @ self.question.T + self.question_shift)
        weights = np.logaddexp(0.0, states @ self.weight + self.weight_shift)
        return TokenVectors(vectors, (weights / max(float(weights.sum()), 1e-12)).astype(np.float32))


def packed(tokens: Array) -> bytes:
    """A passage's token vectors (tokens, width) of any length as the bytes of unit vectors, two
    numbers in each."""
    steps = np.clip(np.rint(_unit(tokens) / _STEP), -_MOST, _MOST).astype(np.int8) + 8
    return bytes((steps[:, ::2] | steps[:, 1::2] << 4).astype(np.uint8).tobytes())


def likeness(question: TokenVectors, passages: Sequence[bytes]) -> list[float | None]:
    """Of each passage's codes its likeness to the question, -1 to 1; None for no codes."""
    width = question.vectors.shape[1]
    known = [n for n, codes in enumerate(passages) if codes]
    found: list[float | None] = [None] * len(passages)
    if not known or not len(question.vectors):
        return found
    codes = np.frombuffer(b"".join(passages[n] for n in known), np.uint8)
    tokens = _decoded()[codes].reshape(-1, width)
    starts = np.cumsum([0, *(2 * len(passages[n]) // width for n in known[:-1])])
    nearest = np.maximum.reduceat(question.vectors @ tokens.T, starts, axis=1)
    for n, score in zip(known, question.weights @ nearest, strict=True):
        found[n] = float(score)
    return found


@cache
def token_map() -> TokenMap:
    """The map for the built-in embedding model."""
    with np.load(BytesIO(_stored()), allow_pickle=False) as stored:
        given = {name: stored[name].astype(np.float32) for name in stored.files}
    return TokenMap(**given | {"weight_shift": float(given["weight_shift"])})


@cache
def map_digest() -> str:
    """SHA-256 of the map: another one makes other codes."""
    return hashlib.sha256(_stored()).hexdigest()


def _stored() -> bytes:
    return (files("rag") / _FILE).read_bytes()


@cache
def _decoded() -> Array:
    """(256, 2): the two numbers of each byte."""
    byte = np.arange(256)
    steps = np.stack([byte & 15, byte >> 4], axis=1) - 8
    return (steps * _STEP).astype(np.float32)


def _unit(vectors: Array) -> Array:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Array = vectors / np.maximum(norms, 1e-12)
    return unit
