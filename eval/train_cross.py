"""Training rag/cross_encoder.npz: low-rank changes that make a cross-encoder of the embedding model.

`python -m eval.train_cross --rgb … --cmrc … --crud … --crud-data …` needs PyTorch, which nothing
else here does (`pip install torch`), and an hour of two cores. The upper six layers get factors of
rank 8 (LoRA, arXiv 2106.09685); the word vectors and the lower layers stay as they are, in the 4-bit
weights that ship. A question's candidates are scored together with "none of them" at zero, so that
the score both ranks and refuses; as a second lesson the model points at the first and the last
token of the answer. Three tenths of the questions are left out (`fit_cases.held_out`): on those the
weight of the score is fitted afterwards, by `python -m eval fit`. The file that ships was trained on
seven tenths of seed_a to seed_c, of seed.jsonl, of the pages of the tests and of the three public sets.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from eval import fit_cases, quick
from eval.fit_cases import Case, held_out
from rag import Assistant, Config
from rag.cross_encoder import Beside, encoded
from rag.e5_onnx import Tokens
from rag.e5_pack import BLOCK, Pack, unpack_nibbles
from rag.embedding import OnnxE5Embedding, default_embedder, wheel_pack

RANK, SCALE, FIRST_LAYER = 8, 2.0, 6
_EPOCHS, _GROUPS = 4, 8  # groups: questions in a step, each with at most five sentences
_FAST, _SLOW = 2e-3, 5e-4  # learning rates of the factors, and of norms, biases and head
_WARM_UP = 60
_LINEAR = ("q", "k", "v", "ao", "fi", "fo")
_TOKEN_LESSON, _SINGLE_LESSON = 0.3, 0.5
_DROPPED = 0.15  # share of the answerable questions that lose their answer for a step


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a sentence in tokens; `answer` is where the answer's tokens begin and end."""

    ids: list[int]
    segments: list[int]
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Group:
    """A question's sentences that answer it, and others, the most misleading first."""

    right: list[Pair]
    wrong: list[Pair]


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
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
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
        for layer in self.layers[:FIRST_LAYER]:
            layer.requires_grad_(False)
        self.pool, self.score, self.answer = nn.Linear(width, width), nn.Linear(width, 1), nn.Linear(width, 2)

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        x = self.words[ids].float() + self.places[: ids.shape[1]] + self.segments[segments]
        x = functional.layer_norm(x, x.shape[-1:], *self.norm, self.epsilon)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        counted = mask[..., None].float()
        mean = (x * counted).sum(1) / counted.sum(1)
        return self.score(torch.tanh(self.pool(mean)))[:, 0], self.answer(x)


def groups(cases: Sequence[Case], tokens: Tokens) -> list[Group]:
    """Those of the cases that train, in tokens."""
    found = []
    for case in cases:
        if held_out(case.question) or (case.answerable and not case.right.any()):
            continue
        pairs = [_pair(case, text, tokens) for text in case.texts]
        right = [pair for pair, ok in zip(pairs, case.right, strict=True) if ok]
        found.append(Group(right[:3], [p for p, ok in zip(pairs, case.right, strict=True) if not ok][:8]))
    return found


def _pair(case: Case, text: Beside, tokens: Tokens) -> Pair:
    ids, segments = encoded(case.question, text, tokens)
    wording = next((w for w in case.wordings if w in text.text), None)
    if wording is None:
        return Pair(ids, segments, None)
    begin = segments.index(1)
    place = text.text.index(wording)
    first = begin + len(tokens(text.text[:place]))
    last = begin + len(tokens(text.text[: place + len(wording)])) - 1
    return Pair(ids, segments, (first, last) if first <= last < len(ids) - 1 else None)


def steps(found: Sequence[Group], chance: random.Random) -> Iterator[list[tuple[list[Pair], list[Pair]]]]:
    """Batches without end, each of questions whose sentences are about equally long."""
    while True:
        order = chance.sample(found, len(found))
        for at in range(0, len(order), 8 * _GROUPS):
            drawn = [d for d in (_draw(group, chance) for group in order[at : at + 8 * _GROUPS]) if d[0] or d[1]]
            drawn.sort(key=lambda d: max(len(pair.ids) for pair in (*d[0], *d[1])))
            batches = [drawn[i : i + _GROUPS] for i in range(0, len(drawn), _GROUPS)]
            chance.shuffle(batches)
            yield from batches


def _draw(group: Group, chance: random.Random) -> tuple[list[Pair], list[Pair]]:
    """One right sentence, or none now and then, with the two most misleading and two others."""
    kept = group.right and (not group.wrong or chance.random() > _DROPPED)
    others = group.wrong[2:]
    wrong = group.wrong[:2] + chance.sample(others, min(2, len(others)))
    return ([chance.choice(group.right)] if kept else []), wrong


def loss_of(model: CrossEncoder, batch: Sequence[tuple[list[Pair], list[Pair]]]) -> Tensor:
    pairs = [pair for right, wrong in batch for pair in (*right, *wrong)]
    labels = torch.tensor([float(n < len(right)) for right, wrong in batch for n in range(len(right) + len(wrong))])
    length = max(len(pair.ids) for pair in pairs)
    ids = torch.tensor([pair.ids + [1] * (length - len(pair.ids)) for pair in pairs])
    segments = torch.tensor([pair.segments + [0] * (length - len(pair.ids)) for pair in pairs])
    mask = torch.arange(length)[None, :] < torch.tensor([len(pair.ids) for pair in pairs])[:, None]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, points = model(ids, segments, mask)
    scores, points = scores.float(), points.float()
    total = _SINGLE_LESSON * functional.binary_cross_entropy_with_logits(scores, labels)
    at = 0
    for right, wrong in batch:
        count = len(right) + len(wrong)
        logits = torch.log_softmax(torch.cat([torch.zeros(1), scores[at : at + count]]), 0)
        total = total - logits[1 if right else 0] / len(batch)
        at += count
    told = [n for n, pair in enumerate(pairs) if labels[n] and pair.answer]
    if told:
        points = points.masked_fill(~(mask & (segments == 1))[..., None], -1e4)[told]
        ends = torch.tensor([pairs[n].answer for n in told])
        total = total + _TOKEN_LESSON / 2 * sum(
            functional.cross_entropy(points[..., side], ends[:, side]) for side in (0, 1)
        )
    return total


def train(model: CrossEncoder, found: Sequence[Group]) -> None:
    learned = {n: p for n, p in model.named_parameters() if p.requires_grad}
    factors = [p for n, p in learned.items() if n.endswith((".down", ".up"))]
    rest = [p for n, p in learned.items() if not n.endswith((".down", ".up"))]
    optimiser = torch.optim.AdamW(
        [{"params": factors, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], betas=(0.9, 0.98)
    )
    total = _EPOCHS * -(-len(found) // _GROUPS)
    bar = tqdm(islice(steps(found, random.Random(1)), total), total=total, unit="step")
    for step, batch in enumerate(bar):
        pace = min(1.0, (step + 1) / _WARM_UP) * max(0.02, 1 - step / total)
        for settings, rate in zip(optimiser.param_groups, (_FAST, _SLOW), strict=True):
            settings["lr"] = rate * pace
        loss = loss_of(model, batch)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*factors, *rest], 1.0)
        optimiser.step()
        bar.set_postfix(loss=f"{loss.item():.2f}")


def write(model: CrossEncoder, path: Path) -> None:
    """The weights as `rag.cross_adapter` reads them, in half precision."""
    found = {"segments": model.segments}
    for layer in model.layers[FIRST_LAYER:]:
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
    for name in ("rgb", "cmrc", "crud", "crud-data"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=quick.ROOT / "rag" / "cross_encoder.npz")
    arguments = parser.parse_args()
    cases: list[Case] = []
    gold = quick.ROOT / "eval" / "gold"
    with quick.opened(quick.ROOT / "seeds") as assistant:
        for part in "abc":
            cases += fit_cases.gold_cases(assistant, gold / f"seed_{part}.jsonl", "seed")
        cases += fit_cases.rgb_cases(assistant, arguments.rgb)
        cases += fit_cases.cmrc_cases(assistant, arguments.cmrc, most=10_000)
    with quick.opened(quick.ROOT / "tests" / "pages") as assistant:
        cases += fit_cases.gold_cases(assistant, gold / "pages_fit.jsonl", "pages")
    with Assistant.open(Config(data_dir=arguments.crud_data)) as assistant:
        cases += fit_cases.crud_cases(assistant, arguments.crud)
    embedder = default_embedder()
    assert isinstance(embedder, OnnxE5Embedding)
    torch.manual_seed(1)
    model = CrossEncoder(wheel_pack())
    train(model, groups(cases, embedder.load().tokens))
    write(model, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
