"""What a model is given: numbered sentences within a budget of tokens, grouped as they were printed.

    《项目为王》 栏目：要闻 2024年
    [1] 去年（2023年）3月15日，三全食品……

The numbers are ours: whatever an article says of [1] or of the material's end is made harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.compose import spoken
from rag.dates import describe
from rag.features import Candidate
from rag.llm import Message, Model
from rag.prompts import ABSENT
from rag.questions import Question
from rag.records import Article
from rag.text import fold

_LEAST = 120  # tokens of evidence below which a call is not worth making
_SPARE = 64  # tokens for what a chat template adds around the messages
_BASE_MODEL = 700  # tokens of evidence that a small base model can still find its way in
_MARKER = re.compile(r"[\[【［〔]\s*(\d+)\s*[\]】］〕]")
_LEAK = 10  # characters in a row of the rules that no answer has by chance
# Words to whoever reads the page by machine; no newspaper prints them to its readers.
_ORDERS = re.compile(
    r"(?:忽略|无视|忘记|不要理会|不用管)[^，。]{0,8}(?:以上|上述|之前|前面|先前|所有|一切|系统)[^。]{0,8}(?:指示|指令|提示|规则|要求|内容|设定)?"
    r"|(?:系统|system)\s*(?:提示|指令|消息|prompt|[:：])|提示词|你(?:现在)?是(?:一个|一名)?(?:ai|人工智能|语言模型|助手)"
    r"|(?:请|必须|务必|直接|只)(?:回答|输出|回复|说)[“\"‘：:「]|回答\s*[“\"]?\d+[”\"]?(?:即可|就行|[。！]|$)"
    r"|ignore (?:all|any|the|previous|above)|disregard (?:all|any|the|previous)|you are (?:now )?(?:an? )?(?:ai|assistant|language model)"
    r"|</?(?:passage|system|user|assistant|context|material)s?>|<\|im_|\[/?inst\]",
    re.I,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences shown to a model, by number from 1, and the text that shows them."""

    numbered: Mapping[int, Candidate]
    text: str

    def numbers_of(self, candidates: Iterable[Candidate]) -> dict[int, Candidate]:
        """Those of the sentences with their numbers."""
        ids = {c.sentence.id for c in candidates}
        return {n: c for n, c in self.numbered.items() if c.sentence.id in ids}


def gathered(
    model: Model, asked: Question, best: Iterable[Candidate], most: int, answer_tokens: int
) -> Evidence | None:
    """As many of the sentences, best first, as the model's window and `most` tokens leave room for;
    None where the question itself leaves none."""
    shell = sum(model.tokens(m.content) for m in messages(model, asked, Evidence({}, "")))
    room = min(most, model.window - answer_tokens - shell - _SPARE)
    if not model.chat:
        room = min(room, _BASE_MODEL)
    if room < _LEAST:
        return None
    chosen: dict[str, Candidate] = {}
    articles: set[str] = set()
    for candidate in best:
        if candidate.sentence.id in chosen or is_order(candidate.sentence.text):
            continue
        article = candidate.article
        cost = model.tokens(_line(0, candidate))
        cost += 0 if article.id in articles else model.tokens(_heading(article))
        if cost > room:
            break
        room -= cost
        articles.add(article.id)
        chosen[candidate.sentence.id] = candidate
    return _numbered(list(chosen.values())) if chosen else None


def messages(model: Model, asked: Question, evidence: Evidence) -> list[Message]:
    """What is sent: rules and question to a model that chats, one text to one that completes."""
    question = _harmless(asked.text.strip())
    if not model.chat:
        text = model.prompts.fill("completion", absent=ABSENT, evidence=evidence.text, question=question)
        return [Message("user", text)]
    rules = model.prompts.fill("rules", absent=ABSENT, language=_language(asked.english))
    frame = "、".join(describe(m.range) for m in asked.dates) or "未限定"
    shown = model.prompts.fill("question", evidence=evidence.text, frame=frame, question=question)
    return [Message("system", rules), Message("user", shown)]


def repair_messages(
    model: Model, asked: Question, evidence: Evidence, statement: str, reasons: Sequence[str]
) -> list[Message]:
    """The same with the statement that failed, and why."""
    told = model.prompts.fill("repair", absent=ABSENT, statement=statement, reasons="；".join(reasons))
    first = messages(model, asked, evidence)
    return [*first, Message("assistant", statement), Message("user", told)]


def is_order(text: str) -> bool:
    """Whether a printed sentence speaks to a machine; such a one is never shown to a model."""
    return bool(_ORDERS.search(fold(text)))


def leaks(text: str, rules: str) -> bool:
    """Whether the end of what was written so far repeats the rules."""
    tail = text[-3 * _LEAK :]
    return any(tail[n : n + _LEAK] in rules for n in range(max(0, len(tail) - _LEAK + 1)))


def rules_of(model: Model, english: bool) -> str:
    """The rules that a model is given, which are nobody else's to read."""
    return model.prompts.fill("rules", absent="", language=_language(english))


def _language(english: bool) -> str:
    return "英文（人名、地名、机构名仍写汉字）" if english else "中文"


def _numbered(chosen: Sequence[Candidate]) -> Evidence:
    """Articles in the order of their best sentence, sentences in print order."""
    order = list(dict.fromkeys(c.article.id for c in chosen))
    printed = sorted(chosen, key=lambda c: (order.index(c.article.id), c.sentence.start))
    numbered = dict(enumerate(printed, 1))
    lines: list[str] = []
    last = ""
    for number, candidate in numbered.items():
        if candidate.article.id != last:
            lines.append(_heading(candidate.article))
            last = candidate.article.id
        lines.append(_line(number, candidate))
    return Evidence(numbered, "\n".join(lines))


def _heading(article: Article) -> str:
    title = article.title or article.source.title or ""
    parts = [f"《{_harmless(title)}》" if title and not is_order(title) else "（无题）"]
    if article.column and not is_order(article.column):
        parts.append(f"栏目：{_harmless(article.column)}")
    if article.source.published:
        parts.append(f"{describe(article.source.published)}出版")
    return " ".join(parts)


def _line(number: int, candidate: Candidate) -> str:
    return f"[{number}] {_harmless(spoken(candidate.sentence))}"


def _harmless(text: str) -> str:
    """On one line, without anything that looks like our own marks."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent
    plain = _MARKER.sub(r"（\1）", " ".join(text.split()))
    return plain.replace("【", "〔").replace("】", "〕")
