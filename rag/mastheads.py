"""The header line that a newspaper prints over its page: the paper's name, the day, the page.

A line is a header only if it consists of nothing but the things that stand in headers (name, date,
weekday, page, section, issue number, credits); one word too many and it is taken for news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from rag.records import DateRange

_LOOK_AT = 8  # lines with text that may belong to a header
_LONGEST = 100  # characters of a header line
_SENTENCE = re.compile(r"[。，；！？,;!?…“”]")

_HAN = "\\u4e00-\\u9fff〇"
_NUM = "零〇○一二三四五六七八九十廿卅"
_PAPER = (
    "日报|晚报|早报|晨报|午报|商报|时报|快报|周报|旬报|导报|新报|都市报|青年报|工人报|农民报|画报|"
    "法制报|法治报|经济报|文摘报|电视报|新闻报|信息报|教育报|健康报|体育报|文汇报|周刊|周末|"
    "(?<![预警通汇简海情电喜捷公回申上播举月战壁墙板年月])报"
)
_CREDIT = (
    "责任编辑|责编|本版编辑|美术编辑|编辑|美编|版式|视觉|校对|组版|统筹|主编|值班主任|值班编委|"
    "新闻热线|热线|电话|邮箱|E-?mail|网址"
)
_SECTION = re.compile(
    "(?:(?:[本国时都地]|今日|城市)?(?:要闻|新闻|综合|民生|时政|政务|国际|国内|社会|经济|财经|金融|教育|"
    "体育|文化|文体|文娱|娱乐|副刊|评论|观点|专题|专版|专刊|特刊|广告|公告|头版|头条|健康|科技|汽车|房产|"
    "旅游|法治|法制|生活|读书|资讯|热点|焦点|深度|综合新闻|天下|封面|导读|市县|县区|区县)){1,2}"
)
# Words that make a label a statement: 示例晚报1998年8月10日讯, 头版刊发…
_STATEMENT = re.compile(
    "讯|电$|报道|记者|通讯员|消息|获悉|[了的称说将在刊载是为被把与]|发布|上接|下转"
)
_GAP = re.compile(r"[\s:：|｜／/·•—–\-_、（）()【】\[\]#*>=~]+")
_EDGE = rf"(?=$|[^{_HAN}A-Za-z0-9])"
_PAGE_NUMBER = rf"[A-Za-z]?叠?\s?\d{{1,3}}(?:\s?[-—~、/]\s?[A-Za-z]?\d{{1,3}})?|[{_NUM}]{{1,3}}"
_TOKENS = re.compile(
    rf"""
      (?P<date> (?P<y>(?:1[89]|20)\d\d|[一二][{_NUM}]{{3}}) \s*[年./-]\s*
          (?P<m>\d\d?|[{_NUM}]{{1,2}}) \s*[月./-]\s*
          (?P<d>\d\d?|[{_NUM}]{{1,3}}) \s*[日号]? (?!\d) )
    | (?P<weekday> (?:星期|周|礼拜)[一二三四五六日天]
        | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*{_EDGE} )
    | (?P<lunar> (?:农历|夏历)?[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥][{_HAN}]?年
        | 农历 | 闰?[正冬腊{_NUM}]{{1,2}}月[初{_NUM}]{{1,3}}日? )
    | (?P<issue> 总?第?\s?[\d{_NUM}]+\s?[期号]{_EDGE} | (?:[今本][日期]|共)+\s?\d+\s?版
        | (?:国内统一(?:连续出版物|刊)号)?[:：]?\s?CN\s?\d\d[-—]\d{{4}}
        | 邮发代号[:：]?\s?\d+[-—]\d+ )
    | 第\s?(?P<page>{_PAGE_NUMBER})\s?版(?![次式权本])面?
    | 版[次面][:：\s]\s*第?(?P<page2>{_PAGE_NUMBER})版?
    | (?P<page3>[A-Z]叠?\s?\d{{1,2}}(?:[-—/][A-Z]?\d{{1,2}})?)(?:版|(?![\d.A-Za-z]))
    | (?P<page4>\d{{1,2}}|[{_NUM}]{{1,3}})版(?![次式权本]|[{_HAN}]{{5}})
    | (?P<bare>\d{{1,3}}){_EDGE}
    | 《(?P<title>[^《》]{{2,20}}(?:报|刊|周末))》
    | (?P<paper>[{_HAN}]{{1,8}}?(?:{_PAPER}))
        (?=$|[^{_HAN}A-Za-z]|第|星期|农历|[一二][九〇零○]|[A-Z]\d)
    | (?P<credit>(?:{_CREDIT}) [:：\s]*
        (?:[\w.@/-]*\w[.@/-][\w.@/-]* | \d{{5,}} | [{_HAN}·]{{2,4}}
            (?:[\s、]+(?!{_CREDIT}|{_PAPER})[{_HAN}]{{2,3}}{_EDGE}){{0,2}}) {_EDGE})
    | (?P<label>[{_HAN}A-Za-z]{{1,8}}){_EDGE}
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Masthead:
    """What the header of a page says, and where it stands: `text[start:end]`, whole lines without
    the last line break."""

    publication: str | None
    published: DateRange | None
    page: str | None
    start: int
    end: int


@dataclass(slots=True)
class _Line:
    """One line taken apart: `facts` are the names, dates and pages in it, `labels` other words."""

    facts: dict[str, str | DateRange] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    weekday: bool = False
    numbered: bool = False  # a page in full words, 第4版: nothing but a header says that alone

    def is_header(self) -> bool:
        """Whether the labels are few and short enough for the facts beside them."""
        if any(_STATEMENT.search(label) for label in self.labels):
            return False
        if len(self.facts) >= 2:
            return len(self.labels) <= 3
        if "page" in self.facts and len(self.labels) <= 2:
            return all(len(label) <= 6 for label in self.labels)
        return len(self.labels) <= 2 and all(map(_SECTION.fullmatch, self.labels))


def read_masthead(text: str) -> Masthead | None:
    """The header in the first lines of a page, or None.

    One or several lines in any order. It takes two of name, day and page; or a day with its
    weekday; or a page in full words (第04版). `page` is as printed, without 第 and 版, Chinese
    numerals as digits.
    """
    found = _Line()
    start = end = -1
    for line_start, line_end, line in _lines(text):
        if line is None or not line.is_header() or _contradicts(found, line):
            break
        if not line.facts and found.labels:
            break  # the section is named already: this is a column's or an article's title
        start = line_start if start < 0 else start
        end = line_end
        _merge(found, line)
    enough = len(found.facts) >= 2 or found.numbered or (found.weekday and "date" in found.facts)
    if not enough:
        return None
    publication, published, page = (found.facts.get(key) for key in ("paper", "date", "page"))
    return Masthead(
        publication if isinstance(publication, str) else None,
        published if isinstance(published, DateRange) else None,
        page if isinstance(page, str) else None,
        start,
        end,
    )


def _lines(text: str) -> Iterator[tuple[int, int, _Line | None]]:
    """The first lines with text in them: start, end (white space left out), and what they say."""
    seen = 0
    for match in re.finditer(r"[^\r\n]+", text):
        line = match.group().strip()
        if not line:
            continue
        start = match.start() + match.group().index(line)
        yield start, start + len(line), _take_apart(line)
        seen += 1
        if seen == _LOOK_AT:
            return


def _take_apart(line: str) -> _Line | None:
    """The parts of a line; None if something in it belongs to no header."""
    if len(line) > _LONGEST or _SENTENCE.search(line):
        return None
    parts = _Line()
    bare: str | None = None
    at = 0
    while at < len(line):
        gap = _GAP.match(line, at)
        if gap:
            at = gap.end()
            continue
        token = _TOKENS.match(line, at)
        if token is None:
            return None
        at = token.end()
        bare = token["bare"] or bare
        if not _take(token, parts):
            return None
    if bare and "page" not in parts.facts:
        if len(parts.facts) < 2:  # a mere number is a page only beside a name and a day
            return None
        parts.facts["page"] = bare
    return parts


def _take(token: re.Match[str], parts: _Line) -> bool:
    """Adds one token to the parts; False if the line cannot be a header because of it."""
    page = token["page"] or token["page2"] or token["page3"] or token["page4"]
    paper = token["title"] or token["paper"]
    if token["date"]:
        day = _day(token)
        if day is None:
            return False
        parts.facts.setdefault("date", day)
    elif page:
        parts.facts.setdefault("page", _page(page))
        parts.numbered |= bool(token["page"] or token["page2"])
    elif paper:
        parts.facts.setdefault("paper", paper)
    elif token["label"]:
        parts.labels.append(token["label"])
    parts.weekday |= bool(token["weekday"])
    return True


def _contradicts(found: _Line, line: _Line) -> bool:
    """Whether the line names another paper, day or page than the header so far."""
    return any(found.facts.get(key, value) != value for key, value in line.facts.items())


def _merge(found: _Line, line: _Line) -> None:
    found.facts |= line.facts
    found.labels += line.labels
    found.weekday |= line.weekday
    found.numbered |= line.numbered


def _day(token: re.Match[str]) -> DateRange | None:
    try:
        day = date(*(_number(token[part]) for part in "ymd"))
    except ValueError:  # 2月30日
        return None
    return DateRange(day, day, "day")


def _page(printed: str) -> str:
    compact = re.sub(r"\s", "", printed)
    return str(_number(compact)) if compact[0] in _NUM else compact


def _number(numeral: str) -> int:
    """1998, 08, 一九九八 (digit by digit), 十, 二十一, 廿一."""
    if numeral.isdecimal():
        return int(numeral)
    digits = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
    tens = {"十": 1, "廿": 2, "卅": 3}
    if not set(numeral) & set(tens):
        return int("".join(str(digits[char]) for char in numeral))
    total = 0
    for char in numeral:
        total = (total or 1) * 10 if char == "十" else total + tens.get(char, 0) * 10
        total += digits.get(char, 0)
    return total
