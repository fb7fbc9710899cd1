"""Questions made of printed sentences by rule, to train the cross-encoder on many of them.

A sentence's figure, day, person or place is asked for ("总投资24亿元" -> "总投资是多少元？"), in as few
of the sentence's words as still name it, some of them exchanged for others that readers use. The
other sentences of the article and those of other articles that share most words with the question
stand beside it as wrong ones. Half of the questions get a twin with one thing changed (another
subject, level, year, name, means): then the printed sentence no longer answers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import bm25s
import rjieba

from rag.answers import HOLDER, is_name
from rag.cross_encoder import Beside
from rag.given import given_hits
from rag.quantities import find_quantities
from rag.text import fold
from rag.thesaurus import synonyms

_SHORTEST, _LONGEST = 14, 130  # characters of a sentence that is asked about
_BESIDE, _OWN = 8, 4  # wrong sentences from elsewhere, and from the article
_CLAUSE = re.compile(r"[，,；;：:]")
_TIME = re.compile(r"(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}[日号])?|\d{4}年")
_MEASURE = re.compile(r"[^\d.,百千万亿]*$")
_EMPTY = frozenset(
    "还 也 又 都 已 已经 正 正在 将 将于 共 共计 其中 同时 此外 目前 约 近 超 超过 达 达到 了 的 为 从 中 并 并且 而".split()
)
_PLACES = "洛阳 开封 徐州 南通 绵阳 桂林 烟台 赣州 湘潭 大同 保定 锦州 广西 甘肃 泰国 巴西 埃及".split()
_NAMES = "周文海 陆敏之 高建业 何晓岚 孟庆和 邵一鸣 冯玉洁 范志远 马丁内斯 约翰逊".split()
_FAMILIES = tuple(
    tuple(line.split())
    for line in """
    全国 全省 全市 全县 全区
    公路 铁路 水路 民航
    进口 出口
    城镇 农村
    小学 初中 高中 幼儿园 大学
    增长 下降
    新建 改建 竣工 拆除
    营业收入 净利润 注册资本 总资产
    总投资 销售额 税收 利润 产值
    男性 女性
    上半年 下半年
    第一季度 第二季度 第三季度 第四季度
    董事长 总经理 副总经理 首席执行官
    局长 副局长 处长 主任 书记 市长 副市长
    冠军 亚军 季军
    金牌 银牌 铜牌
    死亡 受伤 失踪
    开工 竣工 开通 签约 揭牌
    面积 长度 高度 重量 数量
    游客 居民 学生 职工 农户
    同比 环比
    小麦 玉米 水稻 大豆
    汽车 手机 电脑 机器人 飞机
    医院 学校 图书馆 博物馆 体育馆
    东部 西部 南部 北部
    早上 下午 晚上
    """.strip().splitlines()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question, the sentence that answers it (None: none does) and others that do not, the most
    misleading first; `wording` is the answer as printed."""

    question: str
    right: Beside | None
    wrong: tuple[Beside, ...]
    wording: str


@dataclass(frozen=True, slots=True)
class _Line:
    article: int
    beside: Beside


def questions(texts: Sequence[str], chance: random.Random, each: int = 2) -> Iterator[Cloze]:
    """At most `each` questions over every text, and their twins."""
    lines = list(_lines(texts))
    search = _Search([line.beside.text for line in lines])
    of_article: dict[int, list[int]] = {}
    for number, line in enumerate(lines):
        of_article.setdefault(line.article, []).append(number)
    nouns = _nouns(lines[n].beside.text for n in chance.sample(range(len(lines)), min(20_000, len(lines))))
    for article, numbers in of_article.items():
        fit = [n for n in numbers if _SHORTEST <= len(lines[n].beside.text) <= _LONGEST]
        for number in chance.sample(fit, min(each, len(fit))):
            asked = _asked(lines[number].beside.text, chance)
            if asked is None:
                continue
            question, wording = asked
            own = [n for n in numbers if n != number]
            near = [n for n in search(question, _BESIDE + 8) if n != number and lines[n].article != article]
            order = near[:_BESIDE] + chance.sample(own, min(_OWN, len(own)))
            wrong = [lines[n].beside for n in order if wording not in lines[n].beside.text]
            if not wrong:
                continue
            yield Cloze(question, lines[number].beside, tuple(wrong), wording)
            whole = " ".join(lines[n].beside.text for n in numbers)
            if chance.random() < 0.6 and (twin := _twin(question, wording, whole, nouns, chance)):
                yield Cloze(twin, None, (lines[number].beside, *wrong), wording)


class _Search:
    """The sentences that share most pairs of characters with a question."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._index = bm25s.BM25()
        self._index.index([_pairs(text) for text in sentences], show_progress=False)
        self._count = len(sentences)

    def __call__(self, question: str, limit: int) -> list[int]:
        found, _ = self._index.retrieve([_pairs(question)], k=min(limit, self._count), show_progress=False)
        return [int(n) for n in found[0]]


def _pairs(text: str) -> list[str]:
    plain = re.sub(r"\W", "", fold(text))
    return [plain[i : i + 2] for i in range(len(plain) - 1)] or [plain]


def _lines(texts: Sequence[str]) -> Iterator[_Line]:
    for number, text in enumerate(texts):
        given = given_hits([text])
        sentences = [s for rows in given.sentences.values() for s in rows if not s.heading]
        for place, sentence in enumerate(sentences):
            around = sentences[max(0, place - 2) : place] + sentences[place + 1 : place + 2]
            yield _Line(number, Beside(sentence.text, "", fold(" ".join(s.text for s in around))))


def _nouns(texts: Iterator[str]) -> list[str]:
    found = (word for text in texts for word, tag in rjieba.tag(text) if tag in ("n", "vn") and len(word) > 1)
    return list(found)


def _asked(text: str, chance: random.Random) -> tuple[str, str] | None:
    """A question about the sentence, and the words of it that answer."""
    spans = list(_spans(text))
    if not spans:
        return None
    start, end, asking = chance.choice(spans)
    before = [m.end() for m in _CLAUSE.finditer(text, 0, start)]
    after = _CLAUSE.search(text, end)
    low = before[-1] if before else 0
    # A clause often lacks its subject: the one before tells it, or the sentence's first.
    if before and (start - low < 8 or chance.random() < 0.4):
        low = before[-2] if len(before) > 1 else 0
    high = after.start() if after else len(text)
    head, tail = text[low:start], text[end:high]
    if low and before and chance.random() < 0.25:
        head = text[: before[0]] + head
    tail = re.sub(r"[。！？!?；;”’」）)]+$", "", tail)
    head = re.sub(r"^[“‘「（(\s]+|^(?:据悉|据介绍|记者[^，,]*|其中|此外|同时)[，,]", "", head)
    if asking == "是谁" or (chance.random() < 0.5 and len(tail) > 6):
        tail = ""
    if asking != "是谁" and not tail and chance.random() < 0.35:
        head = re.sub(r"(?:达到?了?|为|是|超过?|约|近)+$", "", head) + chance.choice(("是", "有", "达到", ""))
    question = _worded(head, chance) + asking + _worded(tail, chance)
    if not 8 <= len(question) <= 46 or text[start:end] in question:
        return None
    return question + chance.choice(("？", "?", "")), text[start:end]


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    times = [m.span() for m in _TIME.finditer(text)]
    for start, end in times:
        asking = "哪天" if text[end - 1] in "日号" else "几月" if text[end - 1] == "月" else "哪一年"
        yield start, end, asking if len(text) % 3 else "什么时候"
    for quantity in find_quantities(text):
        if any(a < quantity.end and quantity.start < b for a, b in times) or quantity.unit in ("第", ""):
            continue
        unit = _MEASURE.search(quantity.text)
        measure = unit.group() if unit else ""
        yield quantity.start, quantity.end, "百分之多少" if measure == "%" and len(text) % 2 else f"多少{measure.strip('%')}"
    for found in HOLDER.finditer(text):
        if is_name(found["name"], text, found.end()):
            yield *found.span("name"), "是谁"
    position = 0
    for word, tag in rjieba.tag(text):
        start = text.find(word, position)
        position = start + len(word)
        if tag == "ns" and len(word) > 1 and text[start - 1 : start] in tuple("在于赴抵"):
            yield start, position, "哪里"


def _worded(text: str, chance: random.Random) -> str:
    """With some words left out and some exchanged for ones that mean the same."""
    told = []
    for word in rjieba.cut(text):
        if word in _EMPTY and chance.random() < 0.6:
            continue
        others = sorted(synonyms().get(word, ()))
        told.append(chance.choice(others) if others and chance.random() < 0.4 else word)
    return "".join(told)


def _twin(
    question: str, wording: str, whole: str, nouns: Sequence[str], chance: random.Random
) -> str | None:
    """The question with one thing changed to what the article does not print."""
    changes = [*_relatives(question), *_other_figures(question, chance), *_other_words(question, nouns, chance)]
    changes = [(old, new) for old, new in changes if new not in whole and new not in wording]
    if not changes:
        return None
    old, new = chance.choice(changes)
    return question.replace(old, new, 1)


def _relatives(question: str) -> Iterator[tuple[str, str]]:
    for family in _FAMILIES:
        for word in family:
            if word in question:
                yield from ((word, other) for other in family if other != word)


def _other_figures(question: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"(?<!\d)\d{1,6}(?![\d.])", question):
        yield found.group(), str(int(found.group()) + chance.choice((-2, -1, 1, 2)))


def _other_words(question: str, nouns: Sequence[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    for word, tag in rjieba.tag(question):
        if len(word) < 2:
            continue
        if tag in ("n", "vn", "nz", "nt"):
            other = chance.choice(nouns)
            if not set(other) & set(word):
                yield word, other
        elif tag in ("nr", "ns"):
            yield word, chance.choice(_NAMES if tag == "nr" else _PLACES)
