"""RGB (Chinese): reading under noise, rejection, integration of two passages, falsified passages.

As published (arXiv 2309.01431): five passages, of which `ceil(5 * noise)` hold no answer, as far as
there are so many, shuffled; right is a reply in which every part of the answer stands.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.errors import BadData
from eval.external import Table, counted, first_sentences, read_rows, states
from eval.scoring import is_refusal
from rag import Assistant

PASSAGES = 5
_SEED = 2333
_NOISE = (0.0, 0.2, 0.4, 0.6, 0.8)
_OURS = "Wenbao"


def tables(assistant: Assistant, paths: Iterable[Path]) -> list[Table]:
    """One or two tables for each file; which task it is for is told by its columns."""
    made: list[Table] = []
    for path in paths:
        rows = read_rows(path)
        if not rows or "query" not in rows[0]:
            raise BadData(f"{path} holds no RGB rows (query, answer, positive, negative)")
        if "positive_wrong" in rows[0]:
            made.append(_falsified(assistant, rows))
        elif rows[0]["positive"] and isinstance(rows[0]["positive"][0], list):
            made.append(_noise(assistant, rows, "RGB, integration", _NOISE[:3]))
        else:
            made += [_noise(assistant, rows, "RGB, noise", _NOISE), _rejection(assistant, rows)]
    return made


def slots(answer: str | list[str | list[str]]) -> list[list[str]]:
    """The parts of an answer, each with its aliases."""
    parts = answer if isinstance(answer, list) else [answer]
    return [part if isinstance(part, list) else [part] for part in parts]


def mixed(row: dict[str, Any], noise: float) -> list[str]:
    """The five passages for a row, in an order that is the same each time."""
    chance = random.Random(_SEED)
    positive, negative = row["positive"], row["negative"]
    bad = math.ceil(PASSAGES * noise)
    if positive and isinstance(positive[0], list):
        good = _in_turn([chance.sample(group, len(group)) for group in positive], PASSAGES - bad)
    else:
        bad = min(bad, len(negative))
        good = positive[: PASSAGES - bad]
    docs = [*good, *negative[: PASSAGES - len(good)]]
    chance.shuffle(docs)
    return docs


def _in_turn(groups: Sequence[Sequence[str]], most: int) -> list[str]:
    """One of each group, then another of each; at least one of each, as all are needed."""
    depth = max(map(len, groups))
    ordered = [group[n] for n in range(depth) for group in groups if n < len(group)]
    return ordered[: max(most, len(groups))]


def _noise(
    assistant: Assistant, rows: Sequence[dict[str, Any]], name: str, levels: Sequence[float]
) -> Table:
    columns = {}
    refused = {}
    for level in levels:
        replies = _replies(assistant, rows, partial(mixed, noise=level), f"{name} {level:g}")
        hits = [
            states(first_sentences(reply["text"]), slots(row["answer"]))
            for row, reply in zip(rows, replies, strict=True)
        ]
        columns[f"{level:g}"] = counted(hits)
        refused[f"refused at {level:g}"] = str(counted([is_refusal(r) for r in replies]))
    return Table(
        name, {_OURS: columns}, name, "Accuracy by the share of passages without the answer.",
        refused,
    )  # fmt: skip


def _rejection(assistant: Assistant, rows: Sequence[dict[str, Any]]) -> Table:
    name = "RGB, rejection"
    replies = _replies(assistant, rows, lambda row: row["negative"][:PASSAGES], name)
    found = counted([is_refusal(reply) for reply in replies])
    return Table(
        name, {_OURS: {"refused": found}}, name, "Five passages, none of which holds the answer."
    )


def _falsified(assistant: Assistant, rows: Sequence[dict[str, Any]]) -> Table:
    name = "RGB, falsified passages"
    replies = _replies(assistant, rows, lambda row: row["positive_wrong"][:PASSAGES], name)
    texts = [first_sentences(reply["text"]) for reply in replies]
    true = [states(t, slots(row["answer"])) for t, row in zip(texts, rows, strict=True)]
    fake = [states(t, slots(row["fakeanswer"])) for t, row in zip(texts, rows, strict=True)]
    columns = {
        "the true answer in spite of them": counted(true),
        "what the passages say": counted(fake),
        "refused": counted([is_refusal(reply) for reply in replies]),
    }
    return Table(
        name, {_OURS: columns}, name,
        "The passages were falsified; who answers from them alone repeats what they say.",
    )  # fmt: skip


def _replies(
    assistant: Assistant, rows: Sequence[dict[str, Any]],
    passages: Callable[[dict[str, Any]], Sequence[str]], name: str,
) -> list[dict[str, Any]]:  # fmt: skip
    bar = tqdm(rows, unit="question", desc=name, disable=None)
    return [assistant.read(row["query"], passages(row)).to_dict() for row in bar]
