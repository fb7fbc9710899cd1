"""Training rag/late_interaction.npz: the linear maps from token states to small token vectors.

`python -m eval.train_tokens --crud … --crud-data …` needs PyTorch (`pip install torch`) and half
an hour of two cores. The embedding model stays as it is; what is learned is how its token states are
shortened, a question's and a passage's, and what each token of a question weighs. A question learns
to be more like a passage of its article than like those of the articles that a search finds beside it.

The questions: over invented articles (`eval/training`) and CRUD's, as far as they train the
cross-encoder (`fit_cases.held_out`), and some made by rule (`eval.cloze`) of CRUD's news, except of
the articles that its held-out questions are about.

The shipped maps were made in these steps from a search that did not compare tokens yet.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from eval import cloze, quick
from eval.fit_cases import APART, TRAINING, held_out
from rag import Assistant, Config
from rag.chunks import embedded_text
from rag.embedding import OnnxE5Embedding, default_embedder
from rag.ingest import prepare
from rag.late_interaction import Array

WIDTH, HIDDEN = 48, 384
_BY_RULE = 2600
_ROUNDS, _STEP = 2, 16  # times over all questions; questions in a step
_FOUND, _HARD, _OTHERS = 16, 3, 4  # articles a search finds; the likest and others in a step
_RATES = (5e-4, 1e-3, 0.05)  # of the maps, of the weights, of the scale
_WARM_UP = 50

Passages = list[Array]  # of an article: the states of each passage, (tokens, hidden)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's token states, an article that answers it, and others, the likest first."""

    states: Array
    right: Passages
    wrong: list[Passages]


class Archive:
    """An index as what to learn from: questions beside the articles that a search finds for them."""

    def __init__(self, assistant: Assistant, encoder: OnnxE5Embedding) -> None:
        self._assistant, self._encoder = assistant, encoder
        self._source = {_row(entry.source.id): entry.source.id for entry in assistant.sources()}
        self._passages = cache(self._read)

    def asked(self, question: str, gold: Sequence[str]) -> Asked | None:
        """`gold` are the ids of rows; None where the index has none of them."""
        right = next((id for id in gold if id in self._source), None)
        if right is None:
            return None
        hits = self._assistant.search(question, limit=3 * _FOUND)
        found = dict.fromkeys(_row(hit.chunk.article.source.id) for hit in hits)
        wrong = [self._passages(id) for id in found if id not in gold][:_FOUND]
        return Asked(self._states([question], query=True)[0], self._passages(right), wrong) if wrong else None

    def _read(self, row: str) -> Passages:
        page = self._assistant.page(self._source[row])
        assert page is not None  # its id is one of the index
        return self._states([embedded_text(chunk) for chunk in prepare(page).chunks], query=False)

    def _states(self, texts: list[str], *, query: bool) -> list[Array]:
        found = self._encoder.load().encode_tokens(texts, "last_hidden_state", query=query)
        return [states.astype(np.float16) for _, states in found]


class Maps(nn.Module):
    """A question's and a passage's map begin as the same principal components of `states`."""

    def __init__(self, states: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", states.mean(0))
        self.register_buffer("spread", states.std(0))
        components = torch.linalg.svd(states - self.mean, full_matrices=False)[2][:WIDTH]
        self.question, self.passage = (nn.Parameter(components.clone()) for _ in range(2))
        self.weight = nn.Linear(HIDDEN, 1)
        self.scale = nn.Parameter(torch.tensor(20.0))
        nn.init.zeros_(self.weight.weight)
        nn.init.zeros_(self.weight.bias)

    def forward(self, asked: Array, articles: Sequence[Passages]) -> Tensor:
        """The likeness of each article, that of its likest passage."""
        states = torch.tensor(asked, dtype=torch.float32) - self.mean
        question = functional.normalize(states @ self.question.T, dim=-1)
        weights = functional.softplus(self.weight(states / self.spread)[:, 0])
        told = [passage for article in articles for passage in article]
        joined = torch.tensor(np.concatenate(told), dtype=torch.float32) - self.mean
        alike = question @ functional.normalize(joined @ self.passage.T, dim=-1).T
        parts = iter(torch.split(alike, [len(passage) for passage in told], dim=1))
        best = [
            torch.stack([weights @ next(parts).max(1).values for _ in article]).max()
            for article in articles
        ]
        return self.scale * torch.stack(best) / weights.sum()

    def write(self, path: Path) -> None:
        """As `rag.late_interaction` reads it: the mean and the spread are worked into the rest."""
        mean, line = self.mean, self.weight.weight[0] / self.spread
        found = {
            "passage": self.passage, "passage_shift": -self.passage @ mean,
            "question": self.question, "question_shift": -self.question @ mean,
            "weight": line, "weight_shift": self.weight.bias[0] - line @ mean,
        }  # fmt: skip
        kept = {n: t.detach().numpy().astype(np.float16 if t.ndim > 1 else np.float32) for n, t in found.items()}
        np.savez_compressed(path, **kept)


def train(maps: Maps, questions: Sequence[Asked]) -> None:
    chance, order = random.Random(3), list(questions)
    weights = [maps.weight.weight, maps.weight.bias]
    groups = ([maps.question, maps.passage], weights, [maps.scale])
    optimiser = torch.optim.AdamW([{"params": group} for group in groups], weight_decay=0.0)
    total = _ROUNDS * (len(order) // _STEP)
    for step in tqdm(range(total), unit="step"):
        at = step * _STEP % (len(order) // _STEP * _STEP)
        if at == 0:
            chance.shuffle(order)
        pace = min(1.0, (step + 1) / _WARM_UP) * max(0.02, 1 - step / total)
        for group, rate in zip(optimiser.param_groups, _RATES, strict=True):
            group["lr"] = rate * pace
        losses = [
            -torch.log_softmax(maps(one.states, [one.right, *_drawn(one.wrong, chance)]), 0)[0]
            for one in order[at : at + _STEP]
        ]
        optimiser.zero_grad()
        torch.stack(losses).mean().backward()
        optimiser.step()


def _drawn(wrong: list[Passages], chance: random.Random) -> list[Passages]:
    rest = wrong[_HARD:]
    return wrong[:_HARD] + chance.sample(rest, min(_OTHERS, len(rest)))


def invented(encoder: OnnxE5Embedding) -> Iterator[Asked]:
    """The answerable questions over the invented articles that train, all of these in one index."""
    rows = [
        (f"{file.stem}-{n}", file.stem, json.loads(line))
        for file in sorted(TRAINING.glob("*.jsonl"))
        for n, line in enumerate(file.read_text(encoding="utf-8").splitlines())
    ]
    with tempfile.TemporaryDirectory() as own:
        pages = Path(own) / "pages.jsonl"
        told = [{"id": id, **{k: row[k] for k in ("title", "published", "text")}} for id, _, row in rows]
        pages.write_text("".join(json.dumps(t, ensure_ascii=False) + "\n" for t in told), encoding="utf-8")
        with Assistant.open(Config(data_dir=Path(own) / "index"), embedder=encoder) as assistant:
            assistant.ingest([pages])
            archive = Archive(assistant, encoder)
            for id, stem, row in tqdm(rows, unit="article", desc="invented"):
                if stem in APART or held_out(row["page"]):
                    continue
                for question in row["questions"]:
                    if question["answerable"] and (one := archive.asked(question["question"], [id])):
                        yield one


def crud(encoder: OnnxE5Embedding, data: Path, questions: Path) -> Iterator[Asked]:
    """CRUD's questions that train, and questions made by rule of its news."""
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    kept = {id for row in rows if held_out(row["question"]) for id in row["gold"]}
    chance = random.Random(5)
    with Assistant.open(Config(data_dir=data), embedder=encoder) as assistant:
        archive = Archive(assistant, encoder)
        for row in rows:
            if not held_out(row["question"]) and (one := archive.asked(row["question"], row["gold"])):
                yield from (one, one)  # few, but such as people write
        sources = [entry.source.id for entry in assistant.sources() if _row(entry.source.id) not in kept]
        texts = [assistant.page(id) for id in chance.sample(sources, min(_BY_RULE, len(sources)))]
        for page in tqdm([page for page in texts if page], unit="article", desc="by rule"):
            made = next((c for c in cloze.questions([page.text], chance, each=1) if c.right), None)
            if made and (one := archive.asked(made.question, [_row(page.source.id)])):
                yield one


def _row(source_id: str) -> str:
    """The id that a row of a file has in it."""
    return source_id.rpartition("#")[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.train_tokens", description=__doc__)
    parser.add_argument("--crud", type=Path, required=True)
    parser.add_argument("--crud-data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=quick.ROOT / "rag" / "late_interaction.npz")
    arguments = parser.parse_args()
    encoder = default_embedder()
    assert isinstance(encoder, OnnxE5Embedding)
    torch.manual_seed(1)
    questions = [*crud(encoder, arguments.crud_data, arguments.crud), *invented(encoder)]
    sample = [passage[::37] for one in questions for passage in one.right]
    maps = Maps(torch.tensor(np.concatenate(sample), dtype=torch.float32))
    train(maps, questions)
    maps.write(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
