"""Training rag/cross_encoder.npz: low-rank changes that make a cross-encoder of the embedding model.

`python -m eval.train_cross --rgb … --cmrc … --crud … --crud-data … --news …` needs PyTorch, which
nothing else here does (`pip install torch`), and an hour of two cores. Every layer gets factors of
rank 16 (LoRA, arXiv 2106.09685); the word vectors stay as they are, in the 4-bit weights that ship. A
question's candidates are scored together with "none of them" at zero, so that the score both ranks
and refuses; as a second lesson the model points at the first and the last token of the answer.

It is trained in three rounds: on questions made by rule of the sentences of news (`eval.cloze`) with
those over invented articles; on the latter with the public sets; on all that is written, the older
questions about seeds/ too. Three tenths of the written ones are left out (`fit_cases.held_out`): on
those the weight of the score is fitted afterwards, by `python -m eval fit`. The questions of
seed.jsonl and of seed_f to seed_p train nothing.

The shipped weights have a fourth round behind them, over newer invented articles and a part of the
older ones, and are the mean of the third round's and the fourth's (.35 and .65; arXiv 2203.05482).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from eval import cloze, fit_cases, quick
from eval.lessons import GROUPS, Drawn, Group, Pair, made, steps, written
from rag.e5_onnx import Tokens
from rag.e5_pack import BLOCK, Pack, unpack_nibbles
from rag.e5_tokenizer import BOS
from rag.embedding import OnnxE5Embedding, default_embedder, wheel_pack

RANK, SCALE = 16, 2.0
_BY_RULE = 5000  # questions made by rule
_FAST, _SLOW = 1e-3, 3e-4  # learning rates of the factors, and of norms, biases and head
_WARM_UP = 100
_LINEAR = ("q", "k", "v", "ao", "fi", "fo")
_TOKEN_LESSON, _SINGLE_LESSON = 0.3, 0.5


class LowRank(nn.Module):
    """A linear layer that stays, with factors and a bias that are learned."""

    def __init__(self, pack: Pack, name: str) -> None:
        super().__init__()
        weight = torch.tensor(pack.matrix(name + ".w"))
        self.register_buffer("weight", weight)
        self.register_buffer("bias", torch.tensor(np.array(pack.tensors[name + ".b"])))
        self.down = nn.Parameter(torch.randn(RANK, weight.shape[1]) / weight.shape[1] ** 0.5)
        self.up = nn.Parameter(torch.zeros(weight.shape[0], RANK))
        self.shift = nn.Parameter(torch.zeros(weight.shape[0]))

    def forward(self, x: Tensor) -> Tensor:
        plain = functional.linear(x, self.weight, self.bias + self.shift)
        return plain + SCALE * functional.linear(functional.linear(x, self.down), self.up)


class Layer(nn.Module):
    def __init__(self, pack: Pack, number: int) -> None:
        super().__init__()
        self.at, self.heads, self.epsilon = f"l{number}.", pack.heads, pack.epsilon
        self.linear = nn.ModuleDict({n: LowRank(pack, self.at + n) for n in _LINEAR})
        names = [f"{norm}.{part}" for norm in ("aln", "oln") for part in "wb"]
        self.norms = nn.ParameterDict(
            {n.replace(".", "_"): nn.Parameter(torch.tensor(np.array(pack.tensors[self.at + n]))) for n in names}
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = x.shape
        query, key, value = (
            self.linear[n](x).view(batch, length, self.heads, -1).transpose(1, 2) for n in "qkv"
        )
        # By hand: the fused attention takes twice as long backwards as everything else together.
        weights = query @ key.transpose(2, 3) * query.shape[-1] ** -0.5 + mask
        seen = torch.softmax(weights, -1).to(value.dtype) @ value
        x = self._norm(x + self.linear["ao"](seen.transpose(1, 2).reshape(x.shape)), "aln", width)
        fed = self.linear["fo"](functional.gelu(self.linear["fi"](x)))
        return self._norm(x + fed, "oln", width)

    def _norm(self, x: Tensor, name: str, width: int) -> Tensor:
        weight, bias = self.norms[name + "_w"], self.norms[name + "_b"]
        return functional.layer_norm(x, (width,), weight, bias, self.epsilon)


class CrossEncoder(nn.Module):
    """Token ids, segments, mask (batch, length) -> scores (batch,), answer tokens (batch, length, 2)."""

    def __init__(self, pack: Pack) -> None:
        super().__init__()
        blocks, width = pack.tensors["emb.word"], pack.hidden
        words = unpack_nibbles(blocks["nibbles"]) * blocks["scale"].astype(np.float32)[:, None]
        assert words.shape[1] == BLOCK
        self.register_buffer("words", torch.tensor(words.reshape(-1, width)).half())
        places = pack.tensors["emb.pos"].reshape(-1, width) + pack.tensors["emb.type"][:width]
        self.register_buffer("places", torch.tensor(places))
        self.register_buffer("norm", torch.tensor(np.stack([pack.tensors["emb.ln.w"], pack.tensors["emb.ln.b"]])))
        self.epsilon = pack.epsilon
        self.segments = nn.Parameter(torch.zeros(2, width))
        self.layers = nn.ModuleList(Layer(pack, n) for n in range(pack.layers))
        self.pool, self.score, self.answer = nn.Linear(width, width), nn.Linear(width, 1), nn.Linear(width, 2)

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        x = self.words[ids].float() + self.places[: ids.shape[1]] + self.segments[segments]
        x = functional.layer_norm(x, x.shape[-1:], *self.norm, self.epsilon)
        unseen = torch.zeros(mask.shape).masked_fill(~mask, -1e4)[:, None, None, :].bfloat16()
        for layer in self.layers:
            x = layer(x, unseen)
        counted = mask[..., None].float()
        mean = (x * counted).sum(1) / counted.sum(1)
        return self.score(torch.tanh(self.pool(mean)))[:, 0], self.answer(x)


def loss_of(model: CrossEncoder, batch: Sequence[Drawn]) -> Tensor:
    pairs = [pair for right, wrong in batch for pair in (*right, *wrong)]
    labels = torch.tensor([float(n < len(right)) for right, wrong in batch for n in range(len(right) + len(wrong))])
    # Few shapes: PyTorch makes its kernels anew for each, which takes longer than to run them.
    length = 16 * -(-max(len(pair.ids) for pair in pairs) // 16)
    rows = [*pairs, *[Pair([BOS], [0], None)] * (5 * GROUPS - len(pairs))]
    ids = torch.tensor([pair.ids + [1] * (length - len(pair.ids)) for pair in rows])
    segments = torch.tensor([pair.segments + [0] * (length - len(pair.ids)) for pair in rows])
    mask = torch.arange(length)[None, :] < torch.tensor([len(pair.ids) for pair in rows])[:, None]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, points = model(ids, segments, mask)
    scores, points = scores[: len(pairs)].float(), points[: len(pairs)].float()
    total = _SINGLE_LESSON * functional.binary_cross_entropy_with_logits(scores, labels)
    at = 0
    for right, wrong in batch:
        count = len(right) + len(wrong)
        logits = torch.log_softmax(torch.cat([torch.zeros(1), scores[at : at + count]]), 0)
        total = total - logits[1 if right else 0] / len(batch)
        at += count
    told = [n for n, pair in enumerate(pairs) if labels[n] and pair.answer]
    if told:
        points = points.masked_fill(~(mask & (segments == 1))[: len(pairs), :, None], -1e4)[told]
        ends = torch.tensor([pairs[n].answer for n in told])
        total = total + _TOKEN_LESSON / 2 * sum(
            functional.cross_entropy(points[..., side], ends[:, side]) for side in (0, 1)
        )
    return total


def train(model: CrossEncoder, rounds: Sequence[Sequence[Group]]) -> None:
    """One round after the other; in all but the first the pace falls to nothing."""
    learned = {n: p for n, p in model.named_parameters() if p.requires_grad}
    factors = [p for n, p in learned.items() if n.endswith((".down", ".up"))]
    rest = [p for n, p in learned.items() if not n.endswith((".down", ".up"))]
    optimiser = torch.optim.AdamW(
        [{"params": factors, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], betas=(0.9, 0.98)
    )
    for number, groups in enumerate(rounds, 1):
        total = -(-len(groups) // GROUPS)
        bar = tqdm(steps(groups, random.Random(number)), total=total, unit="step", desc=f"round {number}")
        for step, batch in enumerate(bar):
            pace = min(1.0, (step + 1) / _WARM_UP) * (1 - step / total if number > 1 else 1.0)
            for settings, rate in zip(optimiser.param_groups, (_FAST, _SLOW), strict=True):
                settings["lr"] = rate * max(0.01, pace)
            loss = loss_of(model, batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*factors, *rest], 1.0)
            optimiser.step()
            bar.set_postfix(loss=f"{loss.item():.2f}")


def write(model: CrossEncoder, path: Path) -> None:
    """The weights as `rag.cross_adapter` reads them, in half precision."""
    found = {"segments": model.segments}
    for layer in model.layers:
        for name, linear in layer.linear.items():
            found |= {
                f"{layer.at}{name}.A": linear.down, f"{layer.at}{name}.B": SCALE * linear.up,
                f"{layer.at}{name}.b+": linear.shift,
            }  # fmt: skip
        found |= {layer.at + name.replace("_", "."): value for name, value in layer.norms.items()}
    for name, head in (("pool", model.pool), ("score", model.score)):
        found |= {f"{name}.w": head.weight, f"{name}.b": head.bias}
    np.savez_compressed(path, **{n: t.detach().numpy().astype(np.float16) for n, t in found.items()})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.train_cross", description=__doc__)
    for name in ("rgb", "cmrc", "crud", "crud-data", "news"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=quick.ROOT / "rag" / "cross_encoder.npz")
    arguments = parser.parse_args()
    embedder = default_embedder()
    assert isinstance(embedder, OnnxE5Embedding)
    tokens = lru_cache(maxsize=400_000)(embedder.load().tokens)
    torch.manual_seed(1)
    model = CrossEncoder(wheel_pack())
    train(model, _rounds(arguments, tokens))
    write(model, arguments.out)
    return 0


def _rounds(given: argparse.Namespace, tokens: Tokens) -> list[list[Group]]:
    """The questions made by rule come first, the written ones in every round."""
    chance = random.Random(2)
    public = fit_cases.PublicSets(given.rgb, given.cmrc, given.crud, given.crud_data)
    sets = {
        name: written(cases, tokens)
        for name, cases in fit_cases.gathered(public, most_cmrc=10_000).items()
    }
    with gzip.open(given.news, "rt", encoding="utf-8") as file:
        texts = chance.sample(news := [json.loads(line)["text"] for line in file], len(news))
    by_rule = list(made(cloze.questions(texts, chance), tokens))
    cmrc, crud, invented = sets["cmrc"], sets["crud"], sets["invented"]
    chance.shuffle(cmrc)
    half = len(cmrc) // 2
    return [
        [*chance.sample(by_rule, min(_BY_RULE, len(by_rule))), *cmrc[:half], *crud, *invented],
        [*sets["rgb"] * 2, *sets["pages"] * 2, *cmrc[half:], *crud, *invented],
        [*sets["seed"] * 2, *sets["rgb"] * 2, *sets["pages"], *cmrc[:400], *crud[:500], *invented],
    ]


if __name__ == "__main__":
    sys.exit(main())
