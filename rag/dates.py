"""Dates as newspapers word them, resolved against the day of issue (promise 4).

The words stand in `rag.calendar_words`, their meanings in `rag.date_resolvers`; here each kind of
expression is one row of a table, pattern and resolver, and a text is gone through once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from rag import calendar_words as words
from rag import date_resolvers as resolvers
from rag.calendar_words import day, month, number, year
from rag.calendar_words import describe as describe
from rag.issue_year import infer_year as infer_year
from rag.records import DateMention, DateRange
from rag.text import fold

_Family = tuple[re.Pattern[str], resolvers.Resolver]
_CHINESE: tuple[_Family, ...] = (
    (words.WITH_YEAR, resolvers.with_year),
    (words.WITHOUT_YEAR, lambda match, ctx: ctx.guess(match)),
    (words.IN_YEAR, resolvers.issue_year),
    (words.MONTH_WORD, resolvers.month_word),
    (words.LONE_DAY, resolvers.lone_day),
    (words.NUMERIC, lambda m, _: (day(date(int(m["y"]), int(m["m"]), int(m["d"]))), None)),
    (words.DAY_WORD, resolvers.around(resolvers.day_word)),
    (words.BACK_TO_DAY, resolvers.back_to_day),
    (words.SAME_PERIOD, lambda _, ctx: (ctx.period, ctx.period) if ctx.period else None),
    (words.RECENT, resolvers.around(resolvers.recent)),
    (words.WEEK, resolvers.around(resolvers.week, coarse=False)),
    (words.WEEKDAY, resolvers.weekday),
    (words.FIVE_YEAR_PLAN, lambda match, _: (words.plan_years(match.groupdict()), None)),
    (words.DECADE, lambda match, _: (words.decade_years(match.groupdict()), None)),
    (words.LAST_YEARS, resolvers.last_years),
    (words.NAMED_AFTER_YEAR, lambda match, _: (year(int(match["y"])), None)),
    (words.SO_FAR, lambda _, ctx: ctx.now()),
)
_ENGLISH: tuple[_Family, ...] = (
    *((pattern, resolvers.english_date) for pattern in words.ENGLISH_DATES),
    (words.ENGLISH_UNIT, resolvers.english_unit),
    (words.ENGLISH_WEEK, resolvers.around(resolvers.week)),
    (words.ENGLISH_DAY, resolvers.around(resolvers.day_word)),
)
_Found = tuple[int, int, re.Match[str], resolvers.Resolver]


def _matches(text: str, families: Sequence[_Family]) -> Iterator[_Found]:
    """What the families match, without overlaps: the leftmost first, of those the longest."""
    found: list[_Found] = []
    for pattern, resolve in families:
        for match in pattern.finditer(text):
            core = "core" if match.groupdict().get("core") else 0
            found.append((*match.span(core), match, resolve))
    end = 0
    for item in sorted(found, key=lambda item: (item[0], -item[1])):
        if item[0] >= end:
            end = item[1]
            yield item


def _joined(first: DateMention, last: DateMention, anchor: DateRange | None) -> DateMention | None:
    """One range of two dates with 至 between; without a year the last may lie a year later."""
    a, b = first.range, last.range
    if b.end < a.start and anchor is not None and words.YEARLESS.search(last.text):
        with suppress(ValueError):  # the year after has no 29 February
            b = words.moved(b, b.start.year + 1)
    if b.end < a.start:
        return None
    found = DateRange(a.start, b.end, "range", a.inferred or b.inferred, a.vague or b.vague)
    relative = first.relative or (last.relative and anchor is not a)
    return DateMention(first.text + last.text, first.start, last.end, found, relative)


def _made(match: re.Match[str], resolve: resolvers.Resolver, ctx: resolvers.Context) -> resolvers.Resolved | None:
    try:
        resolved = resolve(match, ctx)
    except (ValueError, OverflowError):  # 2月31日, or a day beyond what `date` can hold
        return None
    if resolved is None or resolved[1] is None:
        return resolved
    return replace(resolved[0], inferred=resolved[1].inferred), resolved[1]


def _find(text: str, families: Sequence[_Family], ctx: resolvers.Context) -> list[DateMention]:
    found: list[DateMention] = []
    end = 0
    for start, stop, match, resolve in _matches(ctx.text, families):
        gap = ctx.text[end:start]
        ctx.pass_over(gap)
        joins = end > 0 and words.JOINS.fullmatch(gap) is not None
        first = found[-1] if joins and found and found[-1].end == end else None
        end = stop
        # The 31日 of 2月30至31日 is no more a date than the 30 is.
        if joins and first is None and resolve is resolvers.lone_day:
            continue
        resolved, whole = _made(match, resolve, ctx), None
        if resolved:
            made = DateMention(text[start:stop], start, stop, resolved[0], resolved[1] is not None)
            whole = _joined(first, made, resolved[1]) if first else made
        # Two dates become one; and the 3 of 3至2月 is no date on its own.
        if first and (whole or ctx.text[first.end - 1] in words.NUMERALS):
            found.pop()
        if resolved:
            found.append(whole or made)
            ctx.note(found[-1], resolved[1])
    return [replace(m, text=text[m.start : m.end]) for m in found]


def find_dates(
    text: str, issued: DateRange | None, previous: DateRange | None = None
) -> list[DateMention]:
    """Every date an article's text names, in order and without overlaps, resolved.

    `issued` is the day, month or year of issue, `previous` the last date named before the text
    (for 同年, 当日, and as if named earlier in the first paragraph). Half and full width, both
    scripts and Chinese numerals are read; mentions are as long as possible (去年11月24日 is one).

    - A word such as 昨日 or 日前 that wants a finer day of issue than is known means the whole
      issue (`vague`); weekdays are left out then. 去年 needs no more than the year.
    - A date without a year takes the year named before it in its sentence, else the year of issue;
      told as past though more than 60 days after the issue (a period: not over by then), or with
      only the year of issue known, the paragraph's or `previous` year.
    - 24日 takes the month named before it in its paragraph, else that of the issue.
    - A year that something is measured against (比2022年) is no year for later dates.
    - What cannot be resolved, and what is no date (2月31日), is left out; nothing is raised.

    Time is linear in the length of the text.
    """
    return _find(text, _CHINESE, _context(text, issued, previous))


def question_dates(question: str, today: date) -> list[DateMention]:
    """The dates of a question in Chinese or English, resolved against the day it is asked.

    Yearless dates are marked `relative`, as in an article: an archive may hold several of them.
    """
    return _find(question, _CHINESE + _ENGLISH, _context(question, day(today), None))


def _context(text: str, issue: DateRange | None, previous: DateRange | None) -> resolvers.Context:
    ctx = resolvers.Context(fold(text), issue)
    if previous is not None:
        ctx.note(DateMention("年", 0, 0, previous, False), None)
        ctx.sentence = None
    return ctx


_PUBLISHED = re.compile(
    r"(?P<y>[0-9]{4}|[〇零○一二三四五六七八九]{4})"
    r"(?:(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?:(?P=sep)(?P<d>[0-9]{1,2})(?:[t ]?[0-9]{1,2}:[0-9].*)?)?"
    r"|(?P<m2>[0-9]{2})(?P<d2>[0-9]{2})(?:t[0-9]{4}.*)?"
    r"| ?年(?: ?(?P<m3>[0-9一二三四五六七八九十]{1,2}) ?月"
    r"(?: ?(?P<d3>[0-9廿一二三四五六七八九十]{1,3}) ?日)?)?)?(?: ?(?:星期|周)[一二三四五六日天])?"
)


def parse_published(value: str) -> DateRange | None:
    """The day, month or year a date of issue names (ISO 8601 with or without a time, 20240105,
    2024/1/5, 2024年1月5日, 二〇二四年一月五日, a weekday behind it), or None if it is no date."""
    match = _PUBLISHED.fullmatch(fold(value).strip())
    if match is None:
        return None
    m, d = (match[f"{part}"] or match[f"{part}2"] or match[f"{part}3"] for part in "md")
    try:
        y = number(match["y"])
        if not 1800 <= y < 2100:
            return None
        if d:
            return day(date(y, number(m or ""), number(d)))
        return month(y, number(m)) if m and 1 <= number(m) <= 12 else None if m else year(y)
    except ValueError:
        return None


def annotate(text: str, mentions: Sequence[DateMention]) -> str:
    """The text with what each relative mention means in full-width brackets behind it.

    去年11月24日（2023年11月24日）; vague days are （2024年，未写明日期）, vague stretches
    （约2023年11月至12月）. `mentions` are those of this text; nothing else is changed, so taking
    the insertions out gives the text back.
    """
    parts, end = [], 0
    for mention in sorted(mentions, key=lambda mention: mention.start):
        parts.append(text[end : mention.end])
        end = mention.end
        if not mention.relative:
            continue
        meaning = describe(mention.range)
        if mention.range.vague and mention.range.precision == "range":
            meaning = f"约{meaning}"
        elif mention.range.vague:
            meaning += "，未写明日期"
        parts.append(f"（{meaning}）")
    return "".join(parts) + text[end:]
