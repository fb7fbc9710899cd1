"""A question beside a sentence in its context -> numbers that tell whether the one answers the
other. The fitted weights over them are in `decision`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.answers import MEASURED, another_office, kind_fit
from rag.matching import coverage, sibling
from rag.premises import opposed
from rag.questions import Part, Question, Term
from rag.records import Article, DateMention, Sentence
from rag.unprinted import unprinted

NAMES = (
    "covered", "covered_near", "covered_context", "focus", "pairs", "names", "names_absent",
    "rarest_absent", "cosine", "kind_strict", "kind_loose", "closeness", "dates_agree", "dates_conflict", "long",
    "short", "asks", "heading", "retrieved", "lead", "run", "scope_conflict",
    "term_missing", "tense_conflict", "opposed", "defines", "far_conflict",
    "cosine_above", "swapped", "numbers_absent",
    "entity", "better_elsewhere", "complete", "nearly_complete", "unit_absent",
    "hollow", "names_far", "another_office", "sibling", "unprinted",
)  # fmt: skip
# What the cross-encoder says, where there is one: its log-odds, and how far above the best other.
CROSS = ("cross", "cross_above")

_TOLD = re.compile("记者[^,，。]{0,24}(?:了解到|获悉|得知|报道|看到|发布)|[讯电][^,，。]{0,30}(?:了解到|获悉|得知)")
_FIGURE = re.compile(r"\d|^第|届.*次$")
_PAIR = re.compile(r"[\u4e00-\u9fff]")
# 居全省第一, 全国示范街 tell how somebody stands among others, not of whom the sentence speaks.
_RANKED = r"(?!平均|第|首|前列|前茅|领先|示范|先进|最|各地|范围)"
_SCOPES = {
    "country": re.compile("(?:全国|我国)" + _RANKED),
    "province": re.compile("(?:全省|我省|本省|全区|自治区)" + _RANKED),
    "city": re.compile("(?:全市|我市|本市)" + _RANKED),
    "county": re.compile("(?:全县|我县|本县)" + _RANKED),
}
# An office named by its level alone speaks for that level: 市住房保障局计划筹集……
_OFFICES = {
    "province": re.compile("(?<![\u4e00-\u9fff])省[\u4e00-\u9fff]{2,14}?[厅局]"),
    "city": re.compile("(?<![\u4e00-\u9fff])市[\u4e00-\u9fff]{2,14}?局(?!长)"),
}
_DISTRICT = re.compile(
    r"(?:^|(?<=[市州省年月日在,，\s]))([^哪个几各全有和与\W\d][^哪个几里和、地市城社小园景辖全灾山片校街港湾库厂战专特郊矿老牧林疫发各区县]新?[区县])"
    r"(?![域内县长委])"
)
_PLANNED = re.compile("力争|计划|确保|目标|拟|预计|争取|打算|争创|下一步|要(?:达到|实现)")
_WAS_DONE = re.compile("完成了|实际|已经?|过去|(?:增长|下降|签约|建成|达到|实现|突破|获得|新增|办|开通)了|最终|截至")
_TOLD_AS_DONE = re.compile("完工|超额|原定|原计划|计划为|去年|上年|前年|成交|签订|目标(?:任务)?的\\d")
_DONE = re.compile("[\u4e00-\u9fff](?<!为)了(?:多少|几|哪|什么|啥)")  # 签了多少钱的项目？
_ALL_YEAR = re.compile("全年|整年|一年(?:总共|一共|下来)")
_SHORT, _LONG = 31, 364  # days of a month, and from the first to the last of a year
_NEAR, _HEAD, _ELSEWHERE = 0.75, 0.7, 0.35


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with what stands around it; texts are folded.

    `near` holds the neighbours in the same paragraph, `head` the article's headings and the
    section's, `whole` all of the article, `page` all of its source. `dates` are the mentions in force for the sentence: its
    own, else its frame, else the paragraph's; `far_dates`, where it has none of these, the last ones
    named before in the article, else its issue. `home` is the page's city and province, "" where
    unknown. `retrieved` is the passage's score from 0 to 1.
    """

    sentence: Sentence
    article: Article
    folded: str
    near: str
    head: str
    whole: str
    page: str
    dates: tuple[DateMention, ...]
    retrieved: float = 0.0
    cosine: float = 0.0
    far_dates: tuple[DateMention, ...] = ()
    home: tuple[str, str] = ("", "")


def measure(question: Question, part: Part, candidate: Candidate) -> list[float]:
    """The features in the order of NAMES, each within about -1 to 1."""
    c = candidate
    own = [term for term in part.terms if not _is_scope(term, c)]
    terms = own + [Term(t.text, 0.4 * t.weight, False, t.name) for t in part.shared]
    focus = [term for term in own if term.focus] or own
    names = [term for term in own if term.name and not _FIGURE.search(term.text)]
    numbers = [term for term in own if term.name and _FIGURE.search(term.text)]
    sentence, near = (c.folded, 1.0), (c.near, _NEAR)
    head, whole = (c.head, _HEAD), (c.whole, _ELSEWHERE)
    fit = kind_fit(question, part, c.sentence, c.folded, terms)
    dates = part.dates if len(question.parts) > 1 else question.dates
    given = _dates_near(c, fit.window)
    agree, conflict = (0.0, 1.0) if _part_of_it(question.folded, given) else _dates(dates, given)
    length = len(c.folded)
    near_coverage = coverage(terms, [sentence, near])
    missing = _heaviest_absent(own, [sentence, (c.near, 0.8), (c.head, 0.8)])
    scope = _scope_conflict(part.text if len(question.parts) > 1 else question.folded, c, fit.window)
    sound = bool(terms) and fit.strict >= 0 and not conflict and not scope
    return [
        coverage(terms, [sentence]),
        near_coverage,
        coverage(terms, [sentence, near, head, whole]),
        coverage(focus, [sentence]),
        _pair_share(question.folded if len(question.parts) == 1 else part.text, c.folded),
        coverage(names, [sentence, near, head]) if names else 1.0,
        _worst_absent(names, [(c.whole, 1.0), (c.head, 1.0)]),
        _heaviest_absent(own, [(c.whole, 1.0), (c.head, 1.0), (c.page, 0.6)]),
        scaled_cosine(c.cosine),
        fit.strict,
        fit.loose,
        fit.closeness,
        agree,
        conflict,
        min(1.0, length / 200),
        1.0 if length < 12 else 0.0,
        1.0 if c.folded.endswith(("?", "？")) else 0.0,
        1.0 if c.sentence.heading else 0.0,
        c.retrieved,
        1.0 if c.sentence.paragraph == 0 else 0.0,
        _longest_run(question.folded, c.folded) / 12,
        scope,
        missing,
        _tense_conflict(question, c),
        opposed(part.text, c.folded, c.near + c.head, c.whole),
        _defines(own, c.folded),
        0.0 if c.dates else _dates(dates, c.far_dates)[1],
        0.0,  # set once the candidates' cosines are known
        near_coverage * missing,
        _worst_absent(numbers, [(c.whole, 1.0), (c.head, 1.0), (c.page, 0.5)]),
        min((_pair_share(e, c.whole + c.head) for e in part.entities), default=1.0),
        0.0,  # set once the others are known
        float(sound and missing < 0.2),
        float(sound and missing < 0.45),
        float(bool(part.units & MEASURED) and fit.strict < -0.9),
        float(bool(own) and near_coverage < 0.3),
        _worst_absent(names, [sentence, (c.near, 1.0), (c.head, 1.0)]),
        float("person" in part.kinds and another_office(part.text, c.folded, c.near)),
        sibling(part.text, c.folded, c.near + c.head, c.whole),
        0.0 if question.english else unprinted(part.text, own, c.whole + c.head, c.page),
    ]


def home_pattern(name: str) -> str:
    """What finds a city's or province's name where it stands for itself, and not within another
    (中国河南国际投资洽谈会, 郑州经开区)."""
    return rf"(?:^|(?<=[年月日，,的\s])){re.escape(name)}(?!.{{1,3}}[区县]|.{{1,6}}(?:[洽博展交]会|论坛|大学|集团|公司|银行))"


def scaled_cosine(cosine: float) -> float:
    """e5 puts everything between 0.75 and 0.95; spread that over about -0.5 to 1.5."""
    return 10 * (cosine - 0.8)


def _pair_share(question: str, text: str) -> float:
    pairs = {a + b for a, b in pairwise(question) if _PAIR.match(a)}
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _worst_absent(names: Sequence[Term], texts: Sequence[tuple[str, float]]) -> float:
    """How surely the name that is found least is missing: 1 where it stands nowhere."""
    return max((1.0 - coverage([name], texts) for name in names), default=0.0)


def _heaviest_absent(terms: Sequence[Term], texts: Sequence[tuple[str, float]]) -> float:
    """The weight of the most telling term that is missing from the texts, over 12."""
    return max((t.weight * (1 - coverage([t], texts)) for t in terms), default=0.0) / 12


def _tense_conflict(question: Question, candidate: Candidate) -> float:
    """1 where what was done is asked for and the sentence tells a plan, or the other way round."""
    text = candidate.folded
    planned, done = _PLANNED.search(text), _WAS_DONE.search(text) or _TOLD_AS_DONE.search(text)
    plan_asked = _PLANNED.search(question.folded)
    if _WAS_DONE.search(question.folded) or (_DONE.search(question.folded) and not plan_asked):
        return float(bool(planned) and not done)
    return 0.5 * float(bool(plan_asked) and not planned)


def _defines(terms: Sequence[Term], text: str) -> float:
    """1 where a term of the question is what the sentence goes on to explain: 一园：…"""
    return float(any(re.search(re.escape(t.text) + r"[”’」]?(?:[:：]|是指|即|是|指|为)", text)
                     for t in terms if len(t.text) > 1))  # fmt: skip


def _dates_near(candidate: Candidate, window: str) -> tuple[DateMention, ...]:
    """The dates in force where the answer stands: the last one named at or before it. The day on
    which a reporter was told (记者昨日获悉) is not the day of what he was told."""
    told = _TOLD.search(candidate.folded)
    given = [d for d in candidate.dates if not (told and told.start() <= d.start < told.end())]
    own = given and candidate.sentence.dates and candidate.dates == candidate.sentence.dates
    if not own or window == candidate.folded:
        return tuple(given)
    place = candidate.folded.find(window)
    within = [d for d in given if place <= d.start < place + len(window)]
    before = [d for d in given if d.start < place]
    return tuple(within or before[-2:] or given)


def _dates(
    asked: Sequence[DateMention], given: Sequence[DateMention]
) -> tuple[float, float]:
    """(agreement, conflict): the asked time overlaps one in force, or all of them lie elsewhere.
    A point within a wide asked time agrees fully, a wide time around an asked point half."""
    if not asked or not given:
        return 0.0, 0.0
    agree = conflict = 0.0
    for mention in asked:
        if any(mention.range.contains(g.range) for g in given):
            agree += 1.0
        elif any(mention.range.overlaps(g.range) for g in given):
            agree += 0.5
        else:
            conflict += 1.0
    return agree / len(asked), conflict / len(asked)


def _part_of_it(question: str, given: Sequence[DateMention]) -> bool:
    """Whether a whole year is asked for and the last time named is some months of it: 1至10月."""
    days = [(mention.range.end - mention.range.start).days for mention in given]
    return bool(_ALL_YEAR.search(question) and days) and _SHORT <= days[-1] < _LONG


def _is_scope(term: Term, candidate: Candidate) -> bool:
    """Whether a term only says how far the question reaches (全市, or the page's own city): that
    is compared as a level, not as a word."""
    word = term.text
    return word.rstrip("省市") in candidate.home or any(p.fullmatch(word) for p in _SCOPES.values())


def _scope_conflict(question: str, candidate: Candidate, window: str) -> float:
    """How surely the question asks of one level (全省) and the answer is of another (全市): 1 where
    the words around the answer say so, less where only the sentence, what stands near it or most of
    the article does. The page's own city and province count as 全市 and 全省."""
    asked = {level for level, pattern in _SCOPES.items() if pattern.search(question)}
    for level, name in zip(("city", "province"), candidate.home, strict=True):
        if name and re.search(home_pattern(name), question) and not asked & {"county"}:
            asked.add(level)
    if {"city", "province"} <= asked:
        asked = {"city"} if "全市" in question or "全省" not in question else {"province"}
    if any(place[:2] not in candidate.whole + candidate.head for place in _DISTRICT.findall(question)):
        return 1.0
    if not asked:
        return 0.0
    for text, sure in ((window, 1.0), (candidate.folded, 0.8), (candidate.near, 0.7)):
        if given := _levels(text):
            both = not asked.isdisjoint(_levels(candidate.folded))  # 全市……，高于全国……
            return sure * asked.isdisjoint(given) * (0.8 if both else 1.0)
    return 0.6 * float(_level_of(candidate.whole) not in {*asked, ""})


@lru_cache(maxsize=4096)
def _levels(text: str) -> set[str]:
    """The levels that a text names, by themselves or by one of their offices."""
    return {level for by in (_SCOPES, _OFFICES) for level, pattern in by.items() if pattern.search(text)}


@lru_cache(maxsize=256)
def _level_of(article: str) -> str:
    """The level that an article speaks of most, "" where it hardly names any or several alike."""
    counts = {level: len(pattern.findall(article)) for level, pattern in _SCOPES.items()}
    level = max(counts, key=counts.__getitem__)
    return level if counts[level] >= 2 and counts[level] >= 0.7 * sum(counts.values()) else ""


def _longest_run(a: str, b: str) -> float:
    """Length of the longest run of characters of `a` that stands in `b`, at most 12."""
    low, high = 0, min(12, len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if any(a[i : i + middle] in b for i in range(len(a) - middle + 1)):
            low = middle
        else:
            high = middle - 1
    return float(low)
