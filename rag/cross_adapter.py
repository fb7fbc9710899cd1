"""What makes a cross-encoder of the embedding model: low-rank changes to its upper layers, and a head.

multilingual-e5-small reads question and sentence apart; changed by the weights in
`cross_encoder.npz`, it reads them together and tells how well the one answers the other. The
changes are those of LoRA (Hu et al., arXiv 2106.09685): `W + B @ A`. `python -m eval.train_cross`
makes the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np

from rag.e5_pack import Array, Pack

_FILE = "cross_encoder.npz"
_FACTORS = (".A", ".B", ".b+")


@dataclass(frozen=True, slots=True)
class Adapter:
    """`weights` by name: "l6.q.A", "l6.q.B" (a factor each), "l6.q.b+" (added to the bias),
    "l6.aln.w" (in place of the embedding model's), "segments" (2, hidden), "pool.w", "pool.b",
    "score.w", "score.b"."""

    weights: dict[str, Array]


def read_adapter() -> Adapter:
    with np.load(BytesIO(_stored()), allow_pickle=False) as stored:
        return Adapter({name: stored[name].astype(np.float32) for name in stored.files})


@cache
def adapter_digest() -> str:
    """SHA-256 of the weights: another file makes another model."""
    return hashlib.sha256(_stored()).hexdigest()


def _stored() -> bytes:
    return (files("rag") / _FILE).read_bytes()


@dataclass(frozen=True, slots=True)
class AdaptedPack(Pack):
    """A pack whose matrices are changed by an adapter."""

    adapter: Adapter | None = None

    def matrix(self, name: str) -> Array:
        plain = Pack.matrix(self, name)
        weights = self.adapter.weights if self.adapter else {}
        at = name.removesuffix(".w")
        if at + ".A" not in weights:
            return plain
        changed: Array = plain + weights[at + ".B"] @ weights[at + ".A"]
        return changed


def adapted(pack: Pack, adapter: Adapter) -> AdaptedPack:
    tensors = dict(pack.tensors)
    for name, value in adapter.weights.items():
        if name.endswith(".b+"):
            bias = name.removesuffix("+")
            tensors[bias] = pack.tensors[bias] + value
        elif name in tensors and not name.endswith(_FACTORS):
            tensors[name] = value
    fields = {f: getattr(pack, f) for f in Pack.__slots__}
    return AdaptedPack(**(fields | {"tensors": tensors}), adapter=adapter)
