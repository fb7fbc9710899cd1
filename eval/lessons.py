"""Cases and questions made by rule -> what the cross-encoder is trained on, in tokens."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eval.cloze import Cloze
from eval.fit_cases import Case
from rag.cross_encoder import Beside, encoded, window
from rag.e5_onnx import Tokens

GROUPS = 8  # questions in a step, each with at most five sentences
_DROPPED = 0.15  # share of the answerable questions that lose their answer for a step

Drawn = tuple[list["Pair"], list["Pair"]]  # the sentences that answer a question, and others


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


def written(cases: Iterable[Case], tokens: Tokens) -> list[Group]:
    """Those of the cases that train, in tokens."""
    found = []
    for case in cases:
        if case.held_out or (case.answerable and not case.right.any()):
            continue
        pairs = [_pair(case.question, text, case.wordings, tokens) for text in case.texts]
        right = [pair for pair, ok in zip(pairs, case.right, strict=True) if ok]
        found.append(Group(right[:3], [p for p, ok in zip(pairs, case.right, strict=True) if not ok][:8]))
    return found


def made(clozes: Iterable[Cloze], tokens: Tokens) -> Iterator[Group]:
    """Questions made by rule, in tokens."""
    for one in clozes:
        told = (one.wording,) if one.right else ()
        right = [one.right] if one.right else []
        yield Group(*(
            [_pair(one.question, text, told, tokens) for text in texts] for texts in (right, one.wrong[:6])
        ))  # fmt: skip


def _pair(question: str, text: Beside, wordings: Sequence[str], tokens: Tokens) -> Pair:
    ids, segments = encoded(question, text, tokens)
    read = window(question, text.text)
    wording = next((w for w in wordings if w in read), None)
    if wording is None:
        return Pair(ids, segments, None)
    begin = segments.index(1)
    place = read.index(wording)
    first = begin + len(tokens(read[:place]))
    last = begin + len(tokens(read[: place + len(wording)])) - 1
    return Pair(ids, segments, (first, last) if first <= last < len(ids) - 1 else None)


def steps(found: Sequence[Group], chance: random.Random) -> Iterator[list[Drawn]]:
    """The groups once, in batches of questions whose sentences are about equally long."""
    order = chance.sample(found, len(found))
    for at in range(0, len(order), 8 * GROUPS):
        drawn = [d for d in (_draw(group, chance) for group in order[at : at + 8 * GROUPS]) if d[0] or d[1]]
        drawn.sort(key=lambda d: max(len(pair.ids) for pair in (*d[0], *d[1])))
        batches = [drawn[i : i + GROUPS] for i in range(0, len(drawn), GROUPS)]
        chance.shuffle(batches)
        yield from batches


def _draw(group: Group, chance: random.Random) -> Drawn:
    """One right sentence, or none now and then, with the two most misleading and two others."""
    kept = group.right and (not group.wrong or chance.random() > _DROPPED)
    others = group.wrong[2:]
    wrong = group.wrong[:2] + chance.sample(others, min(2, len(others)))
    return ([chance.choice(group.right)] if kept else []), wrong
