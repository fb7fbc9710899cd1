"""Dates as newspapers word them, resolved against the day of issue (promise 4).

The words stand in `rag.calendar_words`; here they get their meaning from the day of issue and from
the dates named before them. Each kind of expression is one row of a table: pattern and resolver.
The year a yearless date belongs to is decided in `_Context.guess` alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag import calendar_words as words
from rag.calendar_words import day, month, number, part_of_year, year
from rag.calendar_words import describe as describe
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


_Resolver = Callable[[re.Match[str], _Context], _Resolved | None]
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
    if match["same"] and ctx.period is None:
        return replace(year(y), vague=True), anchor
    if match["same"] and ctx.period:
        # 去年同期 is the year before the period told of, whenever the paper came out.
        y = y if match["y"] else ctx.period.start.year - 1
        return words.moved(ctx.period, y), ctx.period
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
    late = anchor is ctx.issue and found.start > anchor.end + timedelta(3)
    if late and not ctx.looks_ahead(match):
        found = day((start - timedelta(1)).replace(day=number(match["d"])))
    return found, anchor


def _around(read: Callable[[re.Match[str], date], DateRange], coarse: bool = True) -> _Resolver:
    """Count from the day of issue; not known, take the month or year of issue if `coarse`."""

    def resolve(match: re.Match[str], ctx: _Context) -> _Resolved | None:
        if ctx.issue is None or ctx.issue.precision != "day":
            return ctx.now() if coarse else None
        return read(match, ctx.issue.start), ctx.issue

    return resolve


def _day_word(match: re.Match[str], at: date) -> DateRange:
    word = match[0]
    shift = {"昨": -1, "前": -2, "明": 1, "yes": -1, "the": -2, "tom": 1}
    return day(at + timedelta(shift.get(word[:3], shift.get(word[0], 0))))


def _back_to_day(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.day is None:
        return None
    return day(ctx.day.start + timedelta(_FROM_NAMED[match[0][0]])), ctx.day


def _recent(match: re.Match[str], at: date) -> DateRange:
    return DateRange(at - timedelta(15), at, "range", vague=True)


def _week(match: re.Match[str], at: date) -> DateRange:
    weeks = {"上": -1, "下": 1, "l": -1, "p": -1, "n": 1}.get(match["week"][0], 0)
    monday = at + timedelta(7 * weeks - at.weekday())
    named = match.groupdict().get("weekday")
    if named and named != "末":
        return day(monday + timedelta(words.WEEKDAYS[named]))
    return DateRange(monday + timedelta(5 if named else 0), monday + timedelta(6), "range")


def _weekday(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None or ctx.issue.precision != "day":
        return None
    if ctx.text[max(0, match.start() - 4) : match.start()].rstrip(" (")[-1:] in ("日", "号"):
        return None  # 8月10日 星期一 is one day, and named already
    named = words.WEEKDAYS[match["weekday"] or match["weekday2"]]
    ahead = named - ctx.issue.start.weekday()
    shift = ahead % 7 if ctx.looks_ahead(match) else -(-ahead % 7)
    return day(ctx.issue.start + timedelta(shift)), ctx.issue


def _issue_year(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    return (year(ctx.issue.start.year), ctx.issue) if ctx.issue else None


def _last_years(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None:
        return None
    first = ctx.issue.start.year - number(match["n"] or match["n2"])
    return DateRange(date(first, 1, 1), ctx.issue.end, "range", vague=True), ctx.issue


def _english_date(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    groups = match.groupdict()
    if y := groups.get("y"):
        return part_of_year(groups, int(y)), None
    if ctx.issue and (shift := groups.get("shift")):
        y_then = ctx.issue.start.year + words.ENGLISH_SHIFTS.get(shift, 0)
        return part_of_year(groups, y_then), ctx.issue
    return ctx.guess(match)


def _english_unit(match: re.Match[str], ctx: _Context) -> _Resolved | None:
    if ctx.issue is None:
        return None
    at, shift = ctx.issue.start, words.ENGLISH_SHIFTS.get(match["shift"], 0)
    if match["unit"] == "month":
        return month(at.year, at.month + shift), ctx.issue
    return year(at.year + (shift if match["shift"] else -2)), ctx.issue


_Family = tuple[re.Pattern[str], _Resolver]
_CHINESE: tuple[_Family, ...] = (
    (words.WITH_YEAR, _with_year),
    (words.WITHOUT_YEAR, lambda match, ctx: ctx.guess(match)),
    (words.IN_YEAR, _issue_year),
    (words.MONTH_WORD, _month_word),
    (words.LONE_DAY, _lone_day),
    (words.NUMERIC, lambda m, _: (day(date(int(m["y"]), int(m["m"]), int(m["d"]))), None)),
    (words.DAY_WORD, _around(_day_word)),
    (words.BACK_TO_DAY, _back_to_day),
    (words.SAME_PERIOD, lambda _, ctx: (ctx.period, ctx.period) if ctx.period else None),
    (words.RECENT, _around(_recent)),
    (words.WEEK, _around(_week, coarse=False)),
    (words.WEEKDAY, _weekday),
    (words.FIVE_YEAR_PLAN, lambda match, _: (words.plan_years(match.groupdict()), None)),
    (words.DECADE, lambda match, _: (words.decade_years(match.groupdict()), None)),
    (words.LAST_YEARS, _last_years),
    (words.NAMED_AFTER_YEAR, lambda match, _: (year(int(match["y"])), None)),
    (words.SO_FAR, lambda _, ctx: ctx.now()),
)
_ENGLISH: tuple[_Family, ...] = (
    *((pattern, _english_date) for pattern in words.ENGLISH_DATES),
    (words.ENGLISH_UNIT, _english_unit),
    (words.ENGLISH_WEEK, _around(_week)),
    (words.ENGLISH_DAY, _around(_day_word)),
)
_Found = tuple[int, int, re.Match[str], _Resolver]


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


def _made(match: re.Match[str], resolve: _Resolver, ctx: _Context) -> _Resolved | None:
    try:
        resolved = resolve(match, ctx)
    except (ValueError, OverflowError):  # 2月31日, or a day beyond what `date` can hold
        return None
    if resolved is None or resolved[1] is None:
        return resolved
    return replace(resolved[0], inferred=resolved[1].inferred), resolved[1]


def _find(text: str, families: Sequence[_Family], ctx: _Context) -> list[DateMention]:
    found: list[DateMention] = []
    end = 0
    for start, stop, match, resolve in _matches(ctx.text, families):
        gap = ctx.text[end:start]
        ctx.pass_over(gap)
        joins = end > 0 and words.JOINS.fullmatch(gap) is not None
        first = found[-1] if joins and found and found[-1].end == end else None
        end = stop
        # The 31日 of 2月30至31日 is no more a date than the 30 is.
        if joins and first is None and resolve is _lone_day:
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


def _context(text: str, issue: DateRange | None, previous: DateRange | None) -> _Context:
    ctx = _Context(fold(text), issue)
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
_EXPLICIT_YEAR = re.compile(r"(?<![0-9])(?<![0-9]\.)((?:19|20)[0-9]{2})(?=年|[一-鿿])")
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
