"""Cases to fit on: questions with the measured candidates that may answer them.

They come from gold questions over indexed pages and from the RGB and CMRC development files. Each
set gets twins that cannot be answered: the same question with a year, number or name changed.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rjieba
from numpy.typing import NDArray

from eval import external_cmrc
from eval.external_rgb import slots
from eval.gold import holds
from rag import Assistant
from rag.context import candidates
from rag.decision import load_decision
from rag.extract import rank
from rag.features import NAMES, Candidate
from rag.given import given_hits
from rag.questions import analyse
from rag.scope import EVERYTHING
from rag.text import squash

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question's candidates: `features[i]` measured, `right[i]` whether it answers.

    `answerable` cases without a right candidate teach the refusal nothing and are left out there.
    """

    set: str
    question: str
    features: Array
    right: NDArray[np.bool_]
    answerable: bool
    terms: int
    english: bool


def gold_cases(assistant: Assistant, gold: Path, name: str) -> Iterator[Case]:
    """One case for each one-part gold question, and a twin with a name or figure changed."""
    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked = analyse(row["question"], assistant._today())
        if len(asked.parts) > 1:
            continue
        material = assistant._find(asked, EVERYTHING)
        found = candidates(material.hits, material.sentences_of, material.page_of)
        quotes = [squash(quote) for quote in row["evidence"]]

        def right(c: Candidate, quotes: list[str] = quotes) -> bool:
            text = squash(c.sentence.text)
            return any(quote in text or (text in quote and len(text) > 8) for quote in quotes)

        yield _case(assistant, name, row["question"], found, right, row["answerable"])
        twin = perturbed(row["question"], found[0].page) if row["answerable"] and found else None
        if twin:
            yield _case(assistant, f"{name}-twins", twin, found, right, False)


def rgb_cases(assistant: Assistant, path: Path) -> Iterator[Case]:
    """Each question with its positives, with a mixture, and with negatives alone."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        answer = slots(row["answer"])
        good, bad = row["positive"], row["negative"]
        mixed = [*good[:2], *bad[:3]]
        random.Random(row["id"]).shuffle(mixed)
        for texts, answerable in ((good[:5], True), (mixed, True), (bad[:5], False)):
            if answerable and texts is not mixed and (twin := perturbed(row["query"], " ".join(texts))):
                yield _read_case(assistant, "rgb", twin, texts, answer, False)
            if texts and not (not answerable and holds(" ".join(texts), answer)):
                yield _read_case(assistant, "rgb", row["query"], texts, answer, answerable)


def cmrc_cases(assistant: Assistant, path: Path, most: int = 400) -> Iterator[Case]:
    """Questions beside their own paragraph, and beside the most similar other one."""
    paragraphs, asked = external_cmrc.read(path)
    random.Random(7).shuffle(asked)
    texts = list(dict.fromkeys(paragraphs[row.paragraph] for row in asked))
    for row in asked[:most]:
        question, answers, text = row.question, [list(row.answers)], paragraphs[row.paragraph]
        yield _read_case(assistant, "cmrc", question, [text], answers, True)
        if twin := perturbed(question, text):
            yield _read_case(assistant, "cmrc", twin, [text], answers, False)
        other = max((t for t in texts if t != text), key=lambda t: _shared(question, t))
        if not holds(other, answers):
            yield _read_case(assistant, "cmrc", question, [other], answers, False)


def _shared(question: str, text: str) -> int:
    return sum(question[i : i + 2] in text for i in range(len(question) - 1))


def _read_case(
    assistant: Assistant, name: str, question: str, texts: Sequence[str],
    answers: Sequence[Sequence[str]], answerable: bool,
) -> Case:  # fmt: skip
    given = given_hits(texts)
    found = candidates(given.hits, given.sentences.__getitem__, given.texts.__getitem__)
    return _case(
        assistant, name, question, found, lambda c: holds(c.sentence.text, answers), answerable
    )


def _case(
    assistant: Assistant, name: str, question: str, found: Sequence[Candidate],
    right: Callable[[Candidate], bool], answerable: bool,
) -> Case:  # fmt: skip
    asked = analyse(question, assistant._today())
    vector = assistant._embedder.get_query_embedding(asked.text)
    ranked = rank(asked, asked.parts[0], found, vector, assistant._embed, load_decision())
    features = np.array([f for _, f, _ in ranked], dtype=float).reshape(-1, len(NAMES))
    marks = np.array([answerable and right(c) for _, _, c in ranked], dtype=bool)
    return Case(name, question, features, marks, answerable, len(asked.parts[0].terms), asked.english)


_PLACES = ["洛阳", "开封", "徐州", "南通", "绵阳", "桂林", "烟台", "赣州", "湘潭", "大同", "保定", "锦州"]
_PEOPLE = ["周文海", "陆敏之", "高建业", "何晓岚", "孟庆和", "邵一鸣", "冯玉洁", "范志远"]


def perturbed(question: str, text: str) -> str | None:
    """The question with a year, number or name changed to one that the text does not hold."""
    chance = random.Random(question)
    changes: list[tuple[int, int, str]] = []
    for found in re.finditer(r"(?<!\d)\d{1,6}(?![\d.])", question):
        value = int(found.group())
        changes.append((*found.span(), str(value + chance.choice((-3, -2, -1, 1, 2, 3)))))
    position = 0
    for word, tag in rjieba.tag(question):
        start = question.find(word, position)
        position = start + len(word)
        pool = {"ns": _PLACES, "nr": _PEOPLE}.get(tag)
        if pool and len(word) > 1 and word in text:
            changes.append((start, position, chance.choice(pool)))
    changes = [c for c in changes if c[2] not in text and c[2] not in question]
    if not changes:
        return None
    start, end, new = chance.choice(changes)
    return question[:start] + new + question[end:]
