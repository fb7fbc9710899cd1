"""The year of issue, worked out from a page that prints none."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from rag.calendar_words import year
from rag.records import DateRange
from rag.text import fold

_SENTENCE_END = re.compile(r"[。!?\n]")
_PLANS = r"计划|将|力争|目标|确保|争取|预计|重点任务|开局|行动纲领|工作部署|攻坚之年"
_DONE = r"同比|增长|下降|完成|达到?|累计|突破|实现|成功|建成|总结"
_MONTHS = r"年?(?:前[0-9一二三]|上半年|第?[一二三]季度|[0-9]{1,2}(?:月|[至到-]))"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The words on either side of an explicit year y (`|` stands for it) and how much they speak
    for an issue of y + 1, y, y - 1; `fact`: what they tell had happened by then."""

    around: re.Pattern[str]
    votes: dict[int, float]
    fact: bool = False


# The first that fits counts.
_EVIDENCE = (
    _Evidence(re.compile(r"\|年\d+月\d+日(?:电|讯| *星期)"), {0: 6.0}, fact=True),
    _Evidence(re.compile(r"今年(?:[,、(]?(?:是|即|也就是)?)\|"), {0: 4.0}, fact=True),
    # 去年 told together with an explicit year, not measured against it.
    _Evidence(re.compile(r"去年[^比较于过从自]{0,12}\|"), {1: 4.0}, fact=True),
    _Evidence(re.compile(r"截[至止]\|"), {0: 2.0, 1: 1.0}, fact=True),
    # A horizon or a yardstick says nothing about the day of issue.
    _Evidence(re.compile(r"(?:[到至比较自从于]|相比)\|"), {}),
    _Evidence(re.compile(rf"今年.*\|.*(?:{_PLANS})"), {0: 3.0}),
    _Evidence(
        re.compile(rf"(?:{_PLANS}|实现)[^,;]{{0,8}}\||\|[^;]*(?:{_PLANS})"),
        {0: 2.0, -1: 1.0, 1: -2.0},
    ),
    _Evidence(re.compile(rf"\|{_MONTHS}[^;]*(?:{_DONE})"), {1: 1.5, 0: 1.0}, fact=True),
    _Evidence(re.compile(rf"总结了?\||\|[^;]*(?:{_DONE})"), {1: 2.0, 0: -0.5}, fact=True),
)
_EXPLICIT_YEAR = re.compile(r"(?<![0-9])(?<![0-9]\.)((?:19|20)[0-9]{2})(?=年|[一-鿿])(?!电影|影院|频道|网|[路号室型版班]|系列|街区|工厂)")
_ENOUGH, _AHEAD = 3.0, 1.5


def infer_year(text: str) -> DateRange | None:
    """The year of issue, worked out from a page that prints none; None if it does not say enough.

    Every explicit year votes, by the words around it in its sentence: with plans (计划, 力争, 确保)
    for itself and less for the year before, as papers plan in December; with finished statistics
    (同比增长, 完成) for the year after, or, if of some months only, also for itself; told as 去年
    for the year after, as 今年 for itself; behind 截至, or in a dateline, for itself. Equal
    evidence counts three times at most. A horizon (到2035年), a yardstick (比2022年), a year of
    history, and 明年 or 今年 without a year beside them, which may stand in a quotation, do not
    vote. No issue is older than the facts it reports. The best year wins with a score of 3 and a
    clear lead over the second.
    """
    text = re.sub(r"(?<=[0-9])\s+(?=年)", "", fold(text))
    counts: Counter[tuple[int, int]] = Counter()
    for sentence in _SENTENCE_END.split(text):
        spans = [match.span(1) for match in _EXPLICIT_YEAR.finditer(sentence)]
        # The words around a year end where the next year begins.
        borders = [0, *(place for span in spans for place in span), len(sentence)]
        for n, (start, end) in enumerate(spans):
            before = sentence[max(borders[2 * n], start - 40) : start]
            around = f"{before}|{sentence[end : min(borders[2 * n + 3], end + 120)]}"
            rows = (i for i, row in enumerate(_EVIDENCE) if row.around.search(around))
            if (row := next(rows, None)) is not None:
                counts[row, int(sentence[start:end])] += 1
    scores: defaultdict[int, float] = defaultdict(float)
    for (row, y), count in counts.items():
        for shift, weight in _EVIDENCE[row].votes.items():
            scores[y + shift] += weight * min(count, 3)
    oldest = max((y for row, y in counts if _EVIDENCE[row].fact), default=0)
    ranked = sorted(((score, y) for y, score in scores.items() if y >= oldest), reverse=True)
    (best, y), (second, _) = [*ranked, (0.0, 0), (0.0, 0)][:2]
    if best < _ENOUGH or best - second < max(_AHEAD, best / 4):
        return None
    return replace(year(y), inferred=True)
