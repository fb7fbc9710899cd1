"""Dates as newspapers word them, resolved against the day of issue (promise 4).

The words stand in `rag.calendar_words`; here they get their meaning from the day of issue and from
the dates named before them. Each kind of expression is one row of a table: pattern and resolver.
The year a yearless date belongs to is decided in `_Context.guess` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag import calendar_words as words
from rag.calendar_words import describe as describe
from rag.calendar_words import day, month, number, part_of_year, year
from rag.records import DateMention, DateRange
from rag.text import fold

# A range, and what it was worked out from: the issue or a date before it; None if it stands alone.
_Resolved = tuple[DateRange, DateRange | None]
_SENTENCE_END = re.compile(r"[。!?\n]")
_FUTURE = re.compile(r"将|计划|预计|力争|拟|目标|确保|争取|有望|定于|明确|施行|前完成|will |plan")
_COMPARED = re.compile(r"[比较]$|^ ?相比")
_POINT, _ALL_YEAR = timedelta(60), timedelta(300)


@dataclass(slots=True)
class _Context:
    """What the words before a mention say: the dates named in its sentence, paragraph and text."""

    text: str
    issue: DateRange | None
    named: DateRange | None = None
    month: DateRange | None = None
    day: DateRange | None = None
    paragraph: DateRange | None = None
    paragraph_month: DateRange | None = None
    sentence: DateRange | None = None

    def pass_over(self, gap: str) -> None:
        if _SENTENCE_END.search(gap):
            self.sentence = None
        if "\n" in gap:
            self.paragraph = self.paragraph_month = None

    def note(self, mention: DateMention, anchor: DateRange | None) -> None:
        """Remember a date for those after it, unless it is but the yardstick of a comparison."""
        found = mention.range
        before = self.text[max(0, mention.start - 1) : mention.start]
        if found.start.year != found.end.year or any(
            map(_COMPARED.search, (before, self.text[mention.end : mention.end + 3]))
        ):
            return
        if anchor is None or "年" in mention.text:
            self.paragraph = self.sentence = found
        if found.vague and "年" not in mention.text:
            return
        self.named = found
        if found.precision in ("month", "day"):
            self.month = self.paragraph_month = found
        if found.precision == "day":
            self.day = found

    def now(self) -> _Resolved | None:
        """The issue itself, for words that mean a day near it when its day is not known."""
        return (replace(self.issue, vague=True), self.issue) if self.issue else None

    def looks_ahead(self, match: re.Match[str]) -> bool:
        """Whether the words around the match speak of the future."""
        after = self.text[match.end() : match.end() + 40]
        before = self.text[max(0, match.start() - 6) : match.start()]
        parts = _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]
        return any(map(_FUTURE.search, parts))

    def guess(self, match: re.Match[str]) -> _Resolved | None:
        """A yearless date: the year named before it in the sentence, else that of the issue.

        Where that cannot be (a fact told as done would lie after the issue), or where of the issue
        no more than the year is known, the year named last in the paragraph, else the one before.
        全年 takes the paragraph's year first.
        """
        groups = match.groupdict()
        force, issue = self.sentence or (self.paragraph if groups.get("whole") else None), self.issue
        if force is None and (issue is None or issue.precision not in ("day", "month")):
            force = self.paragraph or issue
        if force is not None or issue is None:
            return (part_of_year(groups, force.start.year), force) if force else None
        here = part_of_year(groups, issue.start.year)
        if not _late(groups, here, issue) or self.looks_ahead(match):
            return here, issue
        if self.paragraph and self.paragraph.start.year < issue.start.year:
            return part_of_year(groups, self.paragraph.start.year), self.paragraph
        return part_of_year(groups, issue.start.year - 1), issue


def _late(groups: words.Groups, found: DateRange, issue: DateRange) -> bool:
    """Whether a date lies too late to be told as past: 全年 may be told from November on."""
    if groups.get("whole"):
        return found.end > issue.end + _ALL_YEAR
    point = not groups.get("m2") and any(map(groups.get, ("m", "name", "edge")))
    return found.start > issue.end + _POINT if point else found.end > issue.end


_FROM_ISSUE = {"大": -3, "前": -2, "去": -1, "今": 0, "本": 0, "这": 0, "明": 1, "后": 2}
_FROM_NAMED = {"同": 0, "当": 0, "次": 1, "翌": 1}


def _year_of(match: re.Match[str], ctx: _Context) -> tuple[int, DateRange | None] | None:
    if match["y"]:
        return number(match["y"]), None
    if match["yy"]:
        pivot = (ctx.issue.start.year if ctx.issue else 2060) + 10
        century = pivot - pivot % 100 - (100 if int(match["yy"]) > pivot % 100 else 0)
        return century + int(match["yy"]), None
    first = match["word"][0]
    anchor = ctx.named if first in _FROM_NAMED else ctx.issue
    if first == "上":
        # 比上年增长 is said of the year being told of, not of the day of issue.
        anchor = ctx.sentence or ctx.paragraph or ctx.issue
    shift = {**_FROM_ISSUE, **_FROM_NAMED, "上": -1}[first]
    return (anchor.start.year + shift, anchor) if anchor else None


def _with_year(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    found = _year_of(match, ctx)
    if found is None:
        return None
    y, anchor = found
    if match["same"] and ctx.named is None:
        return replace(year(y), vague=True), anchor
    if match["same"] and ctx.named:
        # 去年同期 is the year before the period told of, whenever the paper came out.
        y = y if match["y"] else ctx.named.start.year - 1
        start, end = (at.replace(year=y) for at in (ctx.named.start, ctx.named.end))
        return replace(ctx.named, start=start, end=end), ctx.named
    return part_of_year(match.groupdict(), y), anchor


def _month_word(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    first = match["word"][0]
    anchor = ctx.month if first in _FROM_NAMED else ctx.issue
    if anchor is None or anchor.precision not in ("day", "month"):
        return ctx.now() if anchor else None
    shift = {**_FROM_NAMED, "上": -1, "下": 1}.get(first, 0)
    at = month(anchor.start.year, anchor.start.month + shift).start
    return words.in_month(match.groupdict(), at.year, at.month), anchor


def _lone_day(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    anchor = ctx.paragraph_month or ctx.issue
    if anchor is None or anchor.precision not in ("day", "month"):
        return None
    start = anchor.start.replace(day=1)
    found = day(start.replace(day=number(match["d"])))
    issue = ctx.issue or anchor
    if issue.precision == "day" and found.start > issue.end + timedelta(3):
        if not ctx.looks_ahead(match):
            found = day((start - timedelta(1)).replace(day=number(match["d"])))
    return found, anchor


def _day_word(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None or ctx.issue.precision != "day":
        return ctx.now()
    word = match[0].removeprefix("the ")
    shift = {"昨": -1, "前": -2, "今": 0, "明": 1, "y": -1, "d": -2}.get(word[0], 0)
    shift = 1 if word == "tomorrow" else shift
    return day(ctx.issue.start + timedelta(shift)), ctx.issue


def _back_to_day(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.day is None:
        return None
    return day(ctx.day.start + timedelta(_FROM_NAMED[match[0][0]])), ctx.day


def _recent(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None or ctx.issue.precision != "day":
        return ctx.now()
    start = ctx.issue.start - timedelta(15)
    return DateRange(start, ctx.issue.end, "range", vague=True), ctx.issue


def _week(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None or ctx.issue.precision != "day":
        return None
    at = ctx.issue.start
    weeks = {"上": -1, "下": 1, "l": -1, "p": -1, "n": 1}.get(match["week"][0], 0)
    monday = at + timedelta(7 * weeks - at.weekday())
    named = match.groupdict().get("weekday")
    if named and named != "末":
        return day(monday + timedelta("一二三四五六日天".index(named) % 7)), ctx.issue
    start = monday + timedelta(5 if named else 0)
    return DateRange(start, monday + timedelta(6), "range"), ctx.issue


def _weekday(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None or ctx.issue.precision != "day":
        return None
    ahead = ("一二三四五六日天".index(match["weekday"] or match["weekday2"]) % 7) - (
        ctx.issue.start.weekday()
    )
    shift = ahead % 7 if ctx.looks_ahead(match) else -(-ahead % 7)
    return day(ctx.issue.start + timedelta(shift)), ctx.issue


def _decade(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if match["full"]:
        first = int(match["full"])
    else:
        decade = number(match["decade"])
        late = match[0][0] != "上" and decade < 30
        first = (number(match["century"]) - 1 if match["century"] else 20 if late else 19) * 100
        first += decade
    return words.years(first, first + 9), None


def _plan(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    # “一五” began in 1953; the years 1963 to 1965 lay between the second plan and the third.
    n = number(match["plan"] or match["plan2"])
    first = 1951 + 5 * n if n > 2 else 1948 + 5 * n
    return words.years(first, first + 4), None
