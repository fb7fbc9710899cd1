"""Cases to fit on: questions with the measured candidates that may answer them.

They come from questions over invented articles and from public development files. Each
set gets twins that cannot be answered: the same question with a year, number or name changed.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray

from eval import external_cmrc, quick
from eval.external_rgb import slots
from eval.gold import holds
from rag import Assistant, Config
from rag.context import candidates
from rag.cross_encoder import Beside
from rag.extract import embedded
from rag.features import NAMES, Candidate
from rag.given import given_hits
from rag.judging import beside, judged
from rag.questions import analyse
from rag.scope import EVERYTHING
from rag.text import squash

Array = NDArray[np.float64]
PAGES = Path(__file__).parent / "gold" / "pages_fit.jsonl"
SEED = [Path(__file__).parent / "gold" / f"seed_{part}.jsonl" for part in "abcde"]
TRAINING = Path(__file__).parent / "training"
APART = frozenset(  # files that train no cross-encoder
    "accounts agendas attributes capital culture daily everyday meetings openings premises results sections spoken".split()
)


@dataclass(frozen=True, slots=True)
class Case:
    """A question's candidates: `features[i]` measured, `right[i]` whether it answers.

    `answerable` cases without a right candidate teach the refusal nothing and are left out there.
    `cross` has the cross-encoder's score of each candidate, where its weights were not trained on
    the question (`held_out`). `texts` are the candidates as it reads them, `wordings` those of
    the answer, as far as it is known to the letter.
    """

    set: str
    question: str
    features: Array
    right: NDArray[np.bool_]
    answerable: bool
    terms: int
    english: bool
    cross: Array | None = None
    texts: tuple[Beside, ...] = ()
    wordings: tuple[str, ...] = ()
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class PublicSets:
    """Where the public development files lie, as far as they are given; `crud_data` is the folder
    of the index that `external crud` has made of its news."""

    rgb: Path | None = None
    cmrc: Path | None = None
    crud: Path | None = None
    crud_data: Path | None = None


def gathered(public: PublicSets, most_cmrc: int = 400) -> dict[str, list[Case]]:
    """The cases of the invented articles, of the pages of the tests, of the older questions about
    seeds/ and of the public sets. Those of seed.jsonl and of seed_f to seed_v are not among them: they
    measure."""
    found = {"invented": list(invented_cases())}
    with quick.opened(quick.ROOT / "seeds") as assistant:
        found["seed"] = [case for file in SEED for case in gold_cases(assistant, file, "seed")]
    with quick.opened(quick.ROOT / "tests" / "pages") as assistant:
        found["pages"] = list(gold_cases(assistant, PAGES, "pages"))
        if public.rgb:
            found["rgb"] = list(rgb_cases(assistant, public.rgb))
        if public.cmrc:
            found["cmrc"] = list(cmrc_cases(assistant, public.cmrc, most_cmrc))
    if public.crud and public.crud_data:
        with Assistant.open(Config(data_dir=public.crud_data)) as assistant:
            found["crud"] = list(crud_cases(assistant, public.crud))
    return found


def held_out(question: str) -> bool:
    """Whether a question is among the three tenths that train no cross-encoder, so that the weight
    of its scores can be fitted on them."""
    return int(hashlib.md5(question.encode(), usedforsecurity=False).hexdigest(), 16) % 10 >= 7


def gold_cases(assistant: Assistant, gold: Path, name: str) -> Iterator[Case]:
    """One case for each one-part gold question, and a twin with a name or figure changed."""
    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield from _gold_case(assistant, row, name, row["evidence"], held_out(row["question"]))


def invented_cases(folder: Path = TRAINING) -> Iterator[Case]:
    """Cases of the questions over invented articles, each of these indexed alone; whole articles
    are held out, and all those of the files in APART."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            with tempfile.TemporaryDirectory() as own:
                page = Path(own) / "page.jsonl"
                told = {k: row[k] for k in ("title", "published", "text")}
                page.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
                with Assistant.open(Config(data_dir=Path(own) / "index")) as assistant:
                    assistant.ingest([page])
                    for asked in row["questions"]:
                        held = file.stem in APART or held_out(row["page"])
                        yield from _gold_case(assistant, asked, "invented", asked["quotes"], held)


def _gold_case(
    assistant: Assistant, row: dict[str, Any], name: str, evidence: Sequence[str], held: bool
) -> Iterator[Case]:
    found = _found(assistant, row["question"])
    if found is None:
        return
    quotes = [squash(quote) for quote in evidence]
    wanted = row["slots"] if len(row["slots"]) == 1 else []

    def right(c: Candidate) -> bool:
        text = squash(c.sentence.text)
        if not any(quote in text or (text in quote and len(text) > 8) for quote in quotes):
            return False
        # A printed sentence may be cut at its semicolons: the part that answers is meant.
        return not wanted or text in quotes or not any(holds(q, wanted) for q in quotes) or holds(text, wanted)

    said = tuple(w for slot in row["slots"] for w in slot)
    yield _case(assistant, name, row["question"], found, right, row["answerable"], held, said)
    twin = perturbed(row["question"], found[0].page) if row["answerable"] and found else None
    if twin:
        yield _case(assistant, f"{name}-twins", twin, found, right, False, held)


def _found(assistant: Assistant, question: str) -> list[Candidate] | None:
    """The candidates for a question over the index; None for one of several parts."""
    asked = analyse(question, assistant._today())
    if len(asked.parts) > 1:
        return None
    material = assistant._find(asked, EVERYTHING)
    return candidates(material.hits, material.sentences_of, material.page_of)


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
                yield _read_case(assistant, "rgb", twin, texts, answer, False, row["query"])
            if texts and not (not answerable and holds(" ".join(texts), answer)):
                yield _read_case(
                    assistant, "rgb", row["query"], texts, answer, answerable, row["query"]
                )


def cmrc_cases(assistant: Assistant, path: Path, most: int = 400) -> Iterator[Case]:
    """Questions beside their own paragraph, and beside the most similar other one."""
    paragraphs, asked = external_cmrc.read(path)
    random.Random(7).shuffle(asked)
    texts = list(dict.fromkeys(paragraphs[row.paragraph] for row in asked))
    for row in asked[:most]:
        question, answers, text = row.question, [list(row.answers)], paragraphs[row.paragraph]
        yield _read_case(assistant, "cmrc", question, [text], answers, True, question)
        if twin := perturbed(question, text):
            yield _read_case(assistant, "cmrc", twin, [text], answers, False, question)
        other = max((t for t in texts if t != text), key=lambda t: _shared(question, t))
        if not holds(other, answers):
            yield _read_case(assistant, "cmrc", question, [other], answers, False, question)


def crud_cases(assistant: Assistant, path: Path) -> Iterator[Case]:
    """Questions over the archive that `external crud` has ingested, with its gold articles and
    without them; a sentence that holds the answer elsewhere counts neither way."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = _found(assistant, row["question"])
        if found is None:
            continue
        gold = [c for c in found if c.article.source.id.rpartition("#")[2] in row["gold"]]
        rest = [c for c in found if c not in gold]
        answers = [[row["answer"]]]

        def right(c: Candidate, answers: list[list[str]] = answers) -> bool:
            return holds(c.sentence.text, answers)

        clean = [c for c in rest if not right(c)]
        for texts, answerable in ((gold + clean, True), (clean, False)):
            if answerable or len(clean) == len(rest):
                yield _case(
                    assistant, "crud", row["question"], texts, right, answerable,
                    held_out(row["question"]), (row["answer"],),
                )  # fmt: skip


def _shared(question: str, text: str) -> int:
    return sum(question[i : i + 2] in text for i in range(len(question) - 1))


def _read_case(
    assistant: Assistant, name: str, question: str, texts: Sequence[str],
    answers: Sequence[Sequence[str]], answerable: bool, base: str,
) -> Case:  # fmt: skip
    """`base` is the question that the asked one was made from."""
    given = given_hits(texts)
    found = candidates(given.hits, given.sentences.__getitem__, given.texts.__getitem__)
    return _case(
        assistant, name, question, found, lambda c: holds(c.sentence.text, answers), answerable,
        held_out(base), tuple(wording for slot in answers for wording in slot),
    )  # fmt: skip


def _case(
    assistant: Assistant, name: str, question: str, found: Sequence[Candidate],
    right: Callable[[Candidate], bool], answerable: bool, held: bool, wordings: tuple[str, ...] = (),
) -> Case:  # fmt: skip
    asked = analyse(question, assistant._today())
    part, judges = asked.parts[0], assistant._reader.judges
    vector = assistant._embedder.get_query_embedding(asked.text)
    ranked = embedded(asked, part, found, vector, judges)
    features = np.array([f for _, f, _ in ranked], dtype=float).reshape(-1, len(NAMES))
    marks = np.array([answerable and right(c) for _, _, c in ranked], dtype=bool)
    cross = None
    if judges.cross and held:
        cross = np.array(judged(asked.text, [c for _, _, c in ranked], judges.cross))
    return Case(
        name, question, features, marks, answerable, len(part.terms), asked.english, cross,
        tuple(beside(c) for _, _, c in ranked), wordings, held,
    )  # fmt: skip


_PLACES = ["洛阳", "开封", "徐州", "南通", "绵阳", "桂林", "烟台", "赣州", "湘潭", "大同", "保定", "锦州"]
_PEOPLE = ["周文海", "陆敏之", "高建业", "何晓岚", "孟庆和", "邵一鸣", "冯玉洁", "范志远"]


_OFFICES = re.compile(r"(?<!副)(?:[局厅处市县区省部院校馆所站队组会]长|董事长|总经理|主任|书记)(?=是谁|叫|姓|由谁|的名)")


def perturbed(question: str, text: str) -> str | None:
    """The question with a year, number, name or office changed to one that the text does not hold."""
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
    for found in _OFFICES.finditer(question):
        if found.group() in text:
            changes.append((*found.span(), f"副{found.group()}"))
    changes = [c for c in changes if c[2] not in text and c[2] not in question]
    if not changes:
        return None
    start, end, new = chance.choice(changes)
    return question[:start] + new + question[end:]
