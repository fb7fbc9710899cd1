"""The words for dates in Chinese newspapers, as patterns, and plain arithmetic on date ranges.

The patterns expect folded text (`rag.text.fold`) and name their parts; `core` alone, if there, is
the mention. Nothing here knows a day of issue: `rag.dates` gives the words their meaning.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from rag.records import DateRange

_DIGITS = {char: str(i) for i, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}


def number(text: str) -> int:
    """The value of `12`, `十二`, `廿四`, `两`, `首` or, digit by digit, `二〇二三`."""
    text = text.replace("廿", "二十").replace("两", "二").replace("首", "一")
    tens, ten, ones = text.rpartition("十")
    if ten:
        return 10 * number(tens or "一") + number(ones or "〇")
    return int("".join(_DIGITS.get(char, char) for char in text))


def day(at: date) -> DateRange:
    return DateRange(at, at, "day")


def year(y: int) -> DateRange:
    return DateRange(date(y, 1, 1), date(y, 12, 31), "year")


def month(y: int, m: int) -> DateRange:
    """The month `m` of `y`, where 0 is the December before and 13 the January after."""
    y, m = y + (m - 1) // 12, (m - 1) % 12 + 1
    return DateRange(date(y, m, 1), date(y, m, monthrange(y, m)[1]), "month")


def months(y: int, first: int, last: int, vague: bool = False) -> DateRange:
    """The months from `first` to `last`, both included; a `last` below `first` is a year later."""
    end = month(y, last if last >= first else last + 12).end
    return DateRange(month(y, first).start, end, "range", vague=vague)


def moved(range: DateRange, y: int) -> DateRange:
    """The same days of another year: it begins in `y`; the end of February stays its end."""
    last = y + range.end.year - range.start.year
    days = monthrange(last, range.end.month)[1]
    ends = range.precision != "day" and (range.end + timedelta(1)).day == 1
    end = range.end.replace(year=last, day=days if ends else min(range.end.day, days))
    return replace(range, start=range.start.replace(year=y), end=end)


def years(first: int, last: int, vague: bool = False) -> DateRange:
    return DateRange(date(first, 1, 1), date(last, 12, 31), "range", vague=vague)


def part_of_month(y: int, m: int, word: str) -> DateRange:
    """上旬 1-10, 中旬 11-20, 下旬 21-end; 初 and 底, 末 are the same thirds, but vague."""
    whole = month(y, m)
    first, last = {"上": (1, 10), "初": (1, 10), "中": (11, 20)}.get(word[0], (21, whole.end.day))
    start, end = whole.start.replace(day=first), whole.start.replace(day=last)
    return DateRange(start, end, "range", vague=word in "初底末")


def describe(range: DateRange) -> str:
    """The range in Chinese, for readers, as coarse as it can be said without loss.

    2023年11月24日, 2023年11月, 2023年, 2023年1月至10月, 2023年12月28日至2024年1月3日.
    """
    start, end = range.start, range.end
    whole_months = start.day == 1 and end.day == monthrange(end.year, end.month)[1]
    whole_years = whole_months and (start.month, end.month) == (1, 12)
    units = 1 if whole_years and range.precision != "month" else 2 if whole_months else 3
    if start == end:
        units = 3
    first, last = ([f"{at.year}年", f"{at.month}月", f"{at.day}日"][:units] for at in (start, end))
    same = 0
    while same < units and first[same] == last[same]:
        same += 1
    return "".join(first) + ("" if same == units else "至" + "".join(last[same:]))


# --- pieces of patterns -------------------------------------------------------------------------

JOIN = r" ?(?:至|到|[-–—―~〜]{1,2}) ?"
_N = "一二三四五六七八九"
_MONTH = rf"(?:1[0-2]|0?[1-9]|十[一二]?|[{_N}])"
_TEENS = rf"三十一?|(?:二十|廿)[{_N}]?|十[{_N}]"
_DAY = rf"(?:3[01]|[12][0-9]|0?[1-9]|{_TEENS}|十|[{_N}])"
_YEAR = r"(?:(?:1[89]|20)[0-9]{2}|[一二][八九〇零○][〇零○一二三四五六七八九]{2})"
# No number begins in the middle of another one, nor behind a decimal point.
_FRESH = rf"(?<![0-9{_N}〇零○十百千万两几])(?<![0-9]\.)"
_INITIAL = rf"初(?![步中级期始审赛高见试创次心{_N}十])"
_EDGE = rf"{_INITIAL}|底(?![线层部气座价数])|末(?![端尾])"
_IN_MONTH = (
    rf"(?: ?(?P<d>{_DAY}) ?(?:[日号]|(?=(?:{JOIN}|、){_DAY} ?[日号]))"
    rf"|(?P<third>[上中下]旬|{_EDGE})|(?! ?[0-9]+ ?[日号]))"
)
_PART = (
    # A lunar month is another month, and 每年3月 no month in particular.
    rf"(?:{_FRESH}(?<![每第])(?<!农历)(?<!阴历)(?<!每年)(?P<m>{_MONTH})"
    rf"(?:(?: ?月份?)?{JOIN}(?P<m2>{_MONTH}) ?月份?(?! ?[0-9{_N}十]+ ?[日号])"
    rf"| ?月份?(?![球龄均票]|一次){_IN_MONTH})"
    rf"|(?<![此之以提目])[前头](?P<upto>1[0-2]|[1-9]|十[一二]?|[{_N}两]) ?个月"
    rf"|(?<![此之以提目])前(?P<quarters>[二两三23])个?季度"
    rf"|(?<![0-9每上下这任单十])第?(?P<quarter>[一二三四首1-4])季度(?!假)"
    r"|(?P<half>[上下])半年"
)
# 后年 hides in 建成后年产能, 明年 in 文明年, 同年 in 不同年龄: hence the guards on either side.
_AFTER = r"(?![产均收薪销租化营龄轻纪])"
_RELATIVE_YEAR = (
    r"大前年|(?<!过)去年(?![龄轻])|今年(?!轻)|(?<![文光证说声透发清昆分鲜])明年(?![龄轻])"
    rf"|(?<![年目以之此日月天])前年{_AFTER}|(?<![年月日天之以今])后年{_AFTER}"
    r"|(?<![不合相共如])同年(?![龄级份代])|(?<![相想适恰])当年(?![龄轻])"
    rf"|(?<![以史界本际])上一?年{_AFTER}|(?<![0-9{_N}几多每首批层])次年|翌年"
    r"|(?<![基成资样])本年(?![龄轻])"
)


def _family(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


# --- whole expressions --------------------------------------------------------------------------

WITH_YEAR = _family(
    rf"(?:{_FRESH}(?<!公元前)(?P<y>{_YEAR}) ?"
    rf"(?:年(?!的?历史)(?!(?<=000年)(?:前|来))|(?={JOIN}{_YEAR} ?年))"
    rf"|{_FRESH}(?<![第时满近达])(?P<yy>[0-9]{{2}})年(?={_MONTH}月(?!龄|均))"
    rf"|(?P<word>{_RELATIVE_YEAR}))"
    rf"(?:(?:[(（][^()（）]{{1,10}}年[)）])? ?{_PART}|年?(?P<edge>{_EDGE})|(?P<whole>年?全年|度(?![假过电]))|(?P<same>同期)))?"
)
WITHOUT_YEAR = _family(
    rf"{_PART}|(?<![0-9{_N}十百千万半青少成老童幼两几多数每周历往近逐])年(?P<edge>{_EDGE})"
    r"|(?<![安健])(?P<whole>全年))"
)
# The year of issue, whatever year is being told of.
IN_YEAR = _family(rf"(?<![0-9{_N}十百千万半两几多数每周近])年内")
MONTH_WORD = _family(
    r"(?P<word>(?<![基成资])本月|这个月|(?<!以)上个?月|下个?月|(?<!相)当月|(?<!不)同月"
    rf"|(?<![0-9{_N}])次月|(?<![0-9{_N}十个每岁满几两半])月(?=[初底末]))份?(?![球亮均])"
    rf"{_IN_MONTH}"
)
_LONE_DAY = rf"(?:3[01]|[12][0-9]|0?[1-9]|{_TEENS})"
# 24号 is more often a house, a line or a document, so what follows must speak of time.
_DAY_UNIT = (
    r"(?:日(?![均元内游龄间化产])"
    r"|号(?=$|[\s,。、;!?]|[上下]午|[早晚夜起前开举召抵在至到]|凌晨|中午|清晨))"
)
LONE_DAY = _family(
    rf"{_FRESH}(?<![月第每续时期共满达近过超约需用])(?<!月 )"
    rf"(?:(?<![一-鿿])|(?<=[于在至到从自是])|(?={_LONE_DAY} ?(?:日|{JOIN})))(?P<d>{_LONE_DAY}) ?"
    rf"(?:{_DAY_UNIT}|(?={JOIN}{_LONE_DAY} ?{_DAY_UNIT}))"
)
NUMERIC = _family(
    r"(?<![0-9.\-/])(?P<y>(?:1[89]|20)[0-9]{2})(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?P=sep)"
    r"(?P<d>[0-9]{1,2})(?![0-9]|[.\-/][0-9])"
)
DAY_WORD = _family(
    r"昨[日天晚夜晨](?!今)|(?P<core>昨)(?=从|在|获悉|[上下]午)"
    r"|(?<![目日年月天以之此当提事先战生空])前[日天](?![均产常气天])"
    r"|今[日天晚晨早](?![益渐均常产趋气]|头条|说法)"
    r"|(?<![文证光说声透的])明[日天晚](?![之气])"
)
BACK_TO_DAY = _family(
    rf"(?<![0-9{_N}])(?:次日|翌日)(?![均产])|(?<![相适恰])当[日天](?![益均])|(?<![不])同日"
)
SAME_PERIOD = _family(r"(?<![合不年史])同期(?![望限])")
RECENT = _family(
    rf"(?<![0-9{_N}十今昨近明当次即每同假节生整末])日前|(?<![最靠附])近日(?![点无均])|近期|连日来"
)
_WEEKDAY = r"(?P<weekday>[一二三四五六日天末])"
WEEK = _family(
    rf"(?P<week>(?<![以])上|(?<![基成资])本|这|(?<![天地])下)一?周(?![边围年岁长刊密期转])"
    rf"(?:{_WEEKDAY}(?![生])(?!{JOIN}))?"
)
WEEKDAY = _family(
    r"(?<![每逢至到\-—~上下本这])(?:(?<![一两三几])周(?P<weekday>[一二三四五六日])"
    r"(?=$|[\s,。、;!?()]|[上下]午|[早晚夜起前在的将举召开宣发公表说]|凌晨|中午|清晨)"
    rf"|星期(?P<weekday2>[一二三四五六日天])(?!{JOIN}))"
)
FIVE_YEAR_PLAN = _family(
    r"[“\"「『](?P<plan>十?[一二三四五六七八九]|十)五[”\"」』](?!普法)(?:期间|时期)?"
    rf"|(?<![{_N}十第])(?P<plan2>十[一二三四五])五(?:期间|时期|规划)"
)
DECADE = _family(
    rf"(?:(?P<century>1[89]|2[01]|十九|二十一?)世纪|(?P<last>上个?世纪))?{_FRESH}"
    r"(?P<decade>[1-9]0|[二三四五六七八九]十)年代|(?<![0-9])(?P<full>(?:19|20)[0-9]0)年代"
)
_COUNT = r"[0-9]{1,2}|[两三四五六七八九十]{1,3}"
LAST_YEARS = _family(
    rf"(?<![历用了达期将时])(?:最近|近|过去)(?P<n>{_COUNT}) ?年(?:来|间)?"
    r"(?![代级龄多]|的?时间|历史)"
    rf"|{_FRESH}(?<!多)(?P<n2>{_COUNT}) ?年来"
)
_MEASURES = (
    "个元年万亿千百余多名家件套辆吨米公平亩户次位台部艘条项种份株座所只头箱册页分秒度克升瓦伏倍成例"
    "场届张篇期栋间毫厘斤吉字点时天日月号级集处宗起批站对双支颗棵块片盏盒瓶粒把枚幅周岁股美"
)
NAMED_AFTER_YEAR = _family(
    r"(?<![0-9a-z.%$#/\-道第共达约超近逾有为增计号])(?<![0-9],)(?P<y>(?:19|20)[0-9]{2})"
    rf"(?=[一-鿿])(?![{_MEASURES}]|人(?![工才文民]))"
)
SO_FAR = _family(r"(?:截[至止]|到)目前")

# --- English, for questions ---------------------------------------------------------------------

_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_Y4 = r"(?P<y>(?:1[89]|20)[0-9]{2})(?![0-9])"
_D2 = r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?(?![0-9a-z])"
_OF_YEAR = rf"(?:{_Y4}|(?:the )?(?P<shift>last|previous|this|next) year\b)"
_NOT_A_YEAR = r"(?! ?[一-鿿%]|[.,:/\-]?[0-9]| (?:yuan|rmb|people|persons|km|units|tons|mu|times)\b)"
ENGLISH_DATES = tuple(
    map(
        _family,
        (
            rf"\b{_NAME} (?:the )?{_D2}(?:,? {_Y4})?",
            rf"(?<![0-9.,a-z]){_D2} (?:of )?{_NAME}(?:,? {_Y4})?",
            rf"\b{_NAME},? (?:of )?{_OF_YEAR}",
            rf"\b(?:in|during|since|until|from|of|last|for) (?P<core>{_NAME})(?! ?[0-9])",
            rf"\b(?:q(?P<quarter>[1-4])|(?P<ordinal>first|second|third|fourth) quarter)"
            rf"(?: of| in)? {_OF_YEAR}",
            rf"\b(?P<halves>first|second) half(?: of| in)? {_OF_YEAR}",
            rf"(?<![^\s(\"']){_Y4}{_NOT_A_YEAR}(?![a-z])",
            rf"(?<![0-9.\-/]){_Y4}-(?P<m>1[0-2]|0[1-9])(?![0-9\-])",
        ),
    )
)
ENGLISH_UNIT = _family(
    r"\b(?:the )?year before last\b"
    r"|\b(?P<shift>last|previous|this|current|next) (?P<unit>year|month)\b"
)
ENGLISH_WEEK = _family(r"\b(?P<week>last|previous|this|next) week\b")
ENGLISH_DAY = _family(r"\b(?:the day before yesterday|yesterday|today|tomorrow)\b")
ENGLISH_SHIFTS = {"last": -1, "previous": -1, "next": 1}
JOINS = _family(rf"{JOIN}| (?:to|through) ")
YEARLESS = _family(r"^[^年]*月")
NUMERALS = "0123456789〇零○一二三四五六七八九十"
WEEKDAYS = {name: i for i, name in enumerate("一二三四五六日")} | {"天": 6}

Groups = Mapping[str, str | None]
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def in_month(groups: Groups, y: int, m: int) -> DateRange:
    """The day (`d`) or third (`third`) of a month, or the month."""
    if text := groups.get("d"):
        return day(date(y, m, number(text)))
    if text := groups.get("third"):
        return part_of_month(y, m, text)
    return month(y, m)


_READERS: tuple[tuple[str, Callable[[Groups, str, int], DateRange]], ...] = (
    ("m2", lambda g, v, y: months(y, number(g["m"] or ""), number(v))),
    ("m", lambda g, v, y: in_month(g, y, number(v))),
    ("name", lambda g, v, y: in_month(g, y, 1 + _MONTH_NAMES.index(v[:3]))),
    ("upto", lambda g, v, y: months(y, 1, number(v))),
    ("quarters", lambda g, v, y: months(y, 1, 3 * number(v))),
    ("quarter", lambda g, v, y: months(y, 3 * number(v) - 2, 3 * number(v))),
    ("ordinal", lambda g, v, y: months(y, 3 * _ORDINALS[v] - 2, 3 * _ORDINALS[v])),
    ("half", lambda g, v, y: months(y, *((1, 6) if v == "上" else (7, 12)))),
    ("halves", lambda g, v, y: months(y, 6 * _ORDINALS[v] - 5, 6 * _ORDINALS[v])),
    # Generous: what happened "at the end of the year" may well have been in November.
    ("edge", lambda g, v, y: months(y, *((1, 2) if v == "初" else (11, 12)), vague=True)),
)


def part_of_year(groups: Groups, y: int) -> DateRange:
    """The part of year `y` that the groups of a match name, or the year; ValueError for 2月31日."""
    for name, read in _READERS:
        if value := groups.get(name):
            return read(groups, value, y)
    return year(y)


def plan_years(groups: Groups) -> DateRange:
    """“一五” began in 1953; the years 1963 to 1965 lay between the second plan and the third."""
    n = number(groups["plan"] or groups["plan2"] or "")
    first = 1951 + 5 * n if n > 2 else 1948 + 5 * n
    return years(first, first + 4)


def decade_years(groups: Groups) -> DateRange:
    """90年代 is 1990 to 1999; 10年代 and 20年代 on their own belong to this century."""
    decade = number(groups["full"] or groups["decade"] or "")
    if century := groups["century"]:
        decade += 100 * (number(century) - 1)
    elif groups["full"] is None:
        decade += 2000 if decade < 30 and groups["last"] is None else 1900
    return years(decade, decade + 9)
