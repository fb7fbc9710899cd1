"""What the words of a date mean: one resolver for each kind of expression.

A resolver gets a match and the context (the issue, and what was named before) and gives a range
with what it was worked out from. The year a yearless date belongs to is decided in
`Context.guess` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag import calendar_words as words
from rag.calendar_words import day, month, number, part_of_year, year
from rag.records import DateMention, DateRange

# A range, and what it was worked out from: the issue or a date before it; None if it stands alone.
Resolved = tuple[DateRange, DateRange | None]
_SENTENCE_END = re.compile(r"[。!?\n]")
_FUTURE = re.compile(r"将|计划|预计|力争|拟|目标|确保|争取|有望|定于|明确|施行|前完成|will |plan")
_COMPARED = re.compile(r"[比较]$|^ ?相比")
_POINT, _ALL_YEAR = timedelta(60), timedelta(300)


@dataclass(slots=True)
class Context:
    """What the words before a mention say: the dates named in its sentence, paragraph and text."""

    text: str
    issue: DateRange | None
    named: DateRange | None = None
    period: DateRange | None = None
    month: DateRange | None = None
    day: DateRange | None = None
    paragraph: DateRange | None = None
    paragraph_month: DateRange | None = None
    sentence: DateRange | None = None

    def pass_over(self, gap: str) -> None:
        if _SENTENCE_END.search(gap):
            self.sentence = None
        if "\n" in gap:
            self.paragraph = self.paragraph_month = self.period = None

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
        self.named = self.period = found
        if found.precision in ("month", "day"):
            self.month = self.paragraph_month = found
        if found.precision == "day":
            self.day = found

    def now(self) -> Resolved | None:
        """The issue itself, for words that mean a day near it when its day is not known."""
        return (replace(self.issue, vague=True), self.issue) if self.issue else None

    def looks_ahead(self, match: re.Match[str]) -> bool:
        """Whether the words around the match speak of the future."""
        after = self.text[match.end() : match.end() + 40]
        before = self.text[max(0, match.start() - 6) : match.start()]
        parts = _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]
        return any(map(_FUTURE.search, parts))

    def guess(self, match: re.Match[str]) -> Resolved | None:
        """A yearless date: the year named before it in the sentence, else that of the issue.

        Where that cannot be (a fact told as done would lie after the issue), or where of the issue
        no more than the year is known, the year named last in the paragraph, else the one before.
        全年 takes the paragraph's year first.
        """
        groups = match.groupdict()
        issue, force = self.issue, self.sentence
        if force is None and groups.get("whole"):
            force = self.paragraph
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


Resolver = Callable[[re.Match[str], Context], Resolved | None]
_FROM_ISSUE = {"大": -3, "前": -2, "去": -1, "今": 0, "本": 0, "这": 0, "明": 1, "后": 2}
_FROM_NAMED = {"同": 0, "当": 0, "次": 1, "翌": 1}


def _year_of(match: re.Match[str], ctx: Context) -> tuple[int, DateRange | None] | None:
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


def with_year(match: re.Match[str], ctx: Context) -> Resolved | None:
    found = _year_of(match, ctx)
    if found is None:
        return None
    y, anchor = found
    if match["same"] and ctx.period is None:
        return replace(year(y), vague=True), anchor
    if match["same"] and ctx.period:
        # 去年同期 is the year before the period told of, whenever the paper came out.
        y = y if match["y"] else ctx.period.start.year - 1
        return words.moved(ctx.period, y), ctx.period
    return part_of_year(match.groupdict(), y), anchor


def month_word(match: re.Match[str], ctx: Context) -> Resolved | None:
    first = match["word"][0]
    anchor = ctx.month if first in _FROM_NAMED else ctx.issue
    if anchor is None or anchor.precision not in ("day", "month"):
        return ctx.now() if anchor else None
    shift = {**_FROM_NAMED, "上": -1, "下": 1}.get(first, 0)
    at = month(anchor.start.year, anchor.start.month + shift).start
    return words.in_month(match.groupdict(), at.year, at.month), anchor


def lone_day(match: re.Match[str], ctx: Context) -> Resolved | None:
    anchor = ctx.paragraph_month or ctx.issue
    if anchor is None or anchor.precision not in ("day", "month"):
        return None
    start = anchor.start.replace(day=1)
    found = day(start.replace(day=number(match["d"])))
    late = anchor is ctx.issue and found.start > anchor.end + timedelta(3)
    if late and not ctx.looks_ahead(match):
        found = day((start - timedelta(1)).replace(day=number(match["d"])))
    return found, anchor


def around(read: Callable[[re.Match[str], date], DateRange], coarse: bool = True) -> Resolver:
    """Count from the day of issue; not known, take the month or year of issue if `coarse`."""

    def resolve(match: re.Match[str], ctx: Context) -> Resolved | None:
        if ctx.issue is None or ctx.issue.precision != "day":
            return ctx.now() if coarse else None
        return read(match, ctx.issue.start), ctx.issue

    return resolve


def day_word(match: re.Match[str], at: date) -> DateRange:
    word = match[0]
    shift = {"昨": -1, "前": -2, "明": 1, "yes": -1, "the": -2, "tom": 1}
    return day(at + timedelta(shift.get(word[:3], shift.get(word[0], 0))))


def back_to_day(match: re.Match[str], ctx: Context) -> Resolved | None:
    if ctx.day is None:
        return None
    return day(ctx.day.start + timedelta(_FROM_NAMED[match[0][0]])), ctx.day


def recent(match: re.Match[str], at: date) -> DateRange:
    return DateRange(at - timedelta(15), at, "range", vague=True)


def week(match: re.Match[str], at: date) -> DateRange:
    weeks = {"上": -1, "下": 1, "l": -1, "p": -1, "n": 1}.get(match["week"][0], 0)
    monday = at + timedelta(7 * weeks - at.weekday())
    named = match.groupdict().get("weekday")
    if named and named != "末":
        return day(monday + timedelta(words.WEEKDAYS[named]))
    return DateRange(monday + timedelta(5 if named else 0), monday + timedelta(6), "range")


def weekday(match: re.Match[str], ctx: Context) -> Resolved | None:
    if ctx.issue is None or ctx.issue.precision != "day":
        return None
    if ctx.text[max(0, match.start() - 4) : match.start()].rstrip(" (")[-1:] in ("日", "号"):
        return None  # 8月10日 星期一 is one day, and named already
    named = words.WEEKDAYS[match["weekday"] or match["weekday2"]]
    ahead = named - ctx.issue.start.weekday()
    shift = ahead % 7 if ctx.looks_ahead(match) else -(-ahead % 7)
    return day(ctx.issue.start + timedelta(shift)), ctx.issue


def issue_year(match: re.Match[str], ctx: Context) -> Resolved | None:
    return (year(ctx.issue.start.year), ctx.issue) if ctx.issue else None


def last_years(match: re.Match[str], ctx: Context) -> Resolved | None:
    if ctx.issue is None:
        return None
    first = ctx.issue.start.year - number(match["n"] or match["n2"])
    return DateRange(date(first, 1, 1), ctx.issue.end, "range", vague=True), ctx.issue


def english_date(match: re.Match[str], ctx: Context) -> Resolved | None:
    groups = match.groupdict()
    if y := groups.get("y"):
        return part_of_year(groups, int(y)), None
    if ctx.issue and (shift := groups.get("shift")):
        y_then = ctx.issue.start.year + words.ENGLISH_SHIFTS.get(shift, 0)
        return part_of_year(groups, y_then), ctx.issue
    return ctx.guess(match)


def english_unit(match: re.Match[str], ctx: Context) -> Resolved | None:
    if ctx.issue is None:
        return None
    at, shift = ctx.issue.start, words.ENGLISH_SHIFTS.get(match["shift"], 0)
    if match["unit"] == "month":
        return month(at.year, at.month + shift), ctx.issue
    return year(at.year + (shift if match["shift"] else -2)), ctx.issue
