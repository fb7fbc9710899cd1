"""Systems to measure: the assistant as it is, the same with one part spoilt, and ones that cheat.

A gate that cannot tell these apart is worth nothing; `python -m eval run --variant NAME` runs each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any

from eval import cheats
from eval.corpus import Corpus
from eval.errors import BadData
from eval.running import System
from eval.settings import ROOT
from rag import Answer, Assistant, Config

Edit = Callable[[Answer], Answer]
_RESOLVED = re.compile(r"（约?[\d年月日至]+(?:，未写明日期)?）")
_CUT = re.compile(r"(?<=[^\s。！？!?；;：:…”’」』）)#])\n\n(?=[^\s#—“本见(])")
_HEADING = re.compile(r"(?m)^##? .+$")
_SHORTEST_BODY = 40  # characters of a line that is a paragraph and no heading


@dataclass(frozen=True, slots=True)
class Variant:
    """`what` is said in reports; `config` goes to Config; `pages` changes a page before it is read
    (never its length, so that offsets stay), `prompts` each prompt file; `system` is asked in the
    assistant's place."""

    what: str
    config: Mapping[str, Any] = field(default_factory=dict)
    pages: Callable[[str], str] | None = None
    prompts: Callable[[str], str] | None = None
    system: Callable[[Assistant], System] = lambda assistant: assistant


@dataclass(frozen=True, slots=True)
class Edited:
    """The assistant, with every answer changed on its way out."""

    assistant: Assistant
    edit: Edit

    def ask(self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None) -> Answer:
        return self.edit(self.assistant.ask(question, history=history))


@dataclass(frozen=True, slots=True)
class Forgetful:
    """The assistant without the conversation so far."""

    assistant: Assistant

    def ask(self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None) -> Answer:
        return self.assistant.ask(question)


def edited(edit: Edit) -> Callable[[Assistant], System]:
    return lambda assistant: Edited(assistant, edit)


def _shifted(answer: Answer) -> Answer:
    moved = (replace(c, start=c.start + 1, end=c.end + 1) for c in answer.citations)
    return replace(answer, citations=tuple(moved))


def _unresolved(answer: Answer) -> Answer:
    return replace(answer, text=_RESOLVED.sub("", answer.text))


def _smaller_units(answer: Answer) -> Answer:
    return replace(answer, text=answer.text.replace("亿", "万"))


def _first_citation(answer: Answer) -> Answer:
    """Every citation points to where the page begins, quoting what stands there."""
    wrong = (
        replace(c, start=0, end=len(c.quote), quote=answer.passages[-1].chunk.text[: len(c.quote)])
        for c in answer.citations
    )
    return replace(answer, citations=tuple(wrong))


def _unstitched(text: str) -> str:
    """A page whose paragraphs begin anew wherever a column or page break cut them."""

    def begins_anew(match: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        return "\n●" if len(line) > _SHORTEST_BODY else match[0]

    return _CUT.sub(begins_anew, text)


def _without_an_article(text: str) -> str:
    """A page that is blank where its longest part between two headings stood."""
    borders = [*(m.start() for m in _HEADING.finditer(text)), len(text)]
    if len(borders) < 2:
        return text
    low, high = max(pairwise(borders), key=lambda pair: pair[1] - pair[0])
    return text[:low] + "\n" * (high - low) + text[high:]


def _emptied(prompt: str) -> str:
    """A prompt that hands over its variables and says nothing about them."""
    return "\n".join(f"${name}" for name in Template(prompt).get_identifiers())


AS_IS = "as-is"
SPOILT: dict[str, Variant] = {
    "top-1": Variant("only one passage is read", {"passages": 1}),
    "one-sentence": Variant("an answer has one sentence at most", {"sentences": 1}),
    "timid": Variant("refuses unless all but certain", {"strictness": 0.9}),
    "bold": Variant("answers nearly everything", {"strictness": 0.02}),
    "no-lexical": Variant("searches by meaning alone", {"legs": "dense"}),
    "no-dates": Variant("去年 stays 去年", system=edited(_unresolved)),
    "shifted": Variant("citations one character too far", system=edited(_shifted)),
    "misplaced": Variant("citations lead to the top of the page", system=edited(_first_citation)),
    "units": Variant("亿 turns into 万", system=edited(_smaller_units)),
    "forgetful": Variant("follow-ups are asked without what was said", system=Forgetful),
    "bare-prompts": Variant("a model is told nothing but the material", prompts=_emptied),
    "unstitched": Variant("cut paragraphs are not put together", pages=_unstitched),
    "article-lost": Variant("one article is not in the index", pages=_without_an_article),
}
CHEATS: dict[str, Variant] = {
    "echo": Variant("reads out all passages", system=cheats.Echo),
    "silent": Variant("refuses always", system=cheats.Silent),
    "first-sentence": Variant("the first sentence of the best passage", system=cheats.FirstSentence),
    "random-sentence": Variant("any sentence of any passage", system=cheats.RandomSentence),
    "uncited": Variant("answers without a citation", system=edited(cheats.uncited)),
}
VARIANTS: dict[str, Variant] = {AS_IS: Variant("the assistant as it is"), **SPOILT, **CHEATS}


@contextmanager
def opened(
    name: str, corpus: Corpus, folder: Path, **config: object
) -> Iterator[tuple[Assistant, System]]:  # fmt: skip
    """The assistant of a variant over the corpus, its index and pages in `folder`, and the system
    to be asked. Raises BadData for an unknown name."""
    if name not in VARIANTS:
        raise BadData(f"no variant {name}; there are: {', '.join(VARIANTS)}")
    variant = VARIANTS[name]
    pages = folder / "pages"
    for source, text in corpus.texts.items():
        path = pages / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((variant.pages(text) if variant.pages else text).encode())
    if variant.prompts:
        config["prompts"] = _changed_prompts(variant.prompts, folder / "prompts")
    settings = Config(data_dir=folder / "index", **{**variant.config, **config})
    with Assistant.open(settings) as assistant:
        report = assistant.ingest([pages])
        if report.failed:
            raise BadData(f"pages that cannot be read: {report.failed}")
        yield assistant, variant.system(assistant)


def _changed_prompts(change: Callable[[str], str], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for file in (ROOT / "prompts").glob("*.txt"):
        (folder / file.name).write_text(change(file.read_text("utf-8")), "utf-8")
    return folder
