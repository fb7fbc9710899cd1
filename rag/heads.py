"""A run of headings -> column, title, subtitle and byline.

The level of a heading is weak evidence: on real pages one level is a title, a section and a
column's name at once. What stands around a heading decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.blocks import Block
from rag.records import Head, HeadKind

_COLUMN_WORDS = re.compile(
    r"(?:访谈|专栏|专题|专版|专刊|聚焦|关注|观察|时评|评论|社评|社论|快评|论坛|纵横|速览|快讯|简讯|短讯|简报|集萃|点击|连线|传真|"
    r"要闻|新闻|民生|经济|教育|文化|体育|副刊|综合|国际|国内|本地|时政|财经|来信|来稿|问答|对话|人物|故事|记者手记|"
    r"一线|现场|深度|调查|导读|信箱|讲述|图片|资讯|播报|热线|在行动|进行时|系列报道|特别报道|短波|微语|更正)$"
)
BRIEFS = re.compile(r"简讯|短讯|简明|速览|速递|快讯|快报|快览|要闻集|一句话|简报|短波|点击|集纳|资讯|动态$|播报|微新闻|新闻线")
_AUTHOR = re.compile(r"^(?:[□■●○◇◆/／@]|作者[:：]?|文[/／:：]?)?\s*[\u4e00-\u9fff·]{1,5}(?:\s[\u4e00-\u9fff]{1,3})*$")
_AUTHOR_SIGN = re.compile(r"^(?:[□■◇◆]|作者[:：]?)\s*[\u4e00-\u9fff]")
_DASHES = re.compile(r"^[—\-─]+\s*")


@dataclass(slots=True)
class Heads:
    """The printed parts of one article's head, in page order."""

    columns: list[Head] = field(default_factory=list)
    titles: list[Head] = field(default_factory=list)
    subtitles: list[Head] = field(default_factory=list)
    bylines: list[Head] = field(default_factory=list)
    sections: list[Block] = field(default_factory=list)
    level: int = 0  # of the title's mark-up
    dashed: str = ""  # how a dash subtitle begins: it makes a series of articles recognisable

    @property
    def column(self) -> str | None:
        """The innermost name first; a kicker, which ends with a colon, last."""
        names = sorted(self.columns, key=lambda head: is_kicker(head.text))
        return " / ".join(head.text.rstrip(":：—") for head in names) or None

    def all(self) -> tuple[Head, ...]:
        parts = self.columns + self.titles + self.subtitles + self.bylines
        return tuple(sorted(parts, key=lambda head: head.start))


def looks_like_column(text: str) -> bool:
    """A column's name: short, and of the words that papers name their columns with."""
    plain = text.strip("【】[]〔〕「」·•●■|丨/ ")
    return len(plain) <= 14 and bool(_COLUMN_WORDS.search(plain)) and not re.search(r"\d", plain)


def is_kicker(text: str) -> bool:
    """A line that leads up to the title under it, as its last mark says."""
    return text.endswith((":", "：", "——"))


def looks_like_author(block: Block) -> bool:
    """A name alone under a title. Without a sign before it, only two to four characters."""
    text = block.text
    if block.marked or not _AUTHOR.match(text):
        return False
    return bool(_AUTHOR_SIGN.match(text)) or 2 <= len(re.sub(r"\s", "", text)) <= 4


def _head(kind: HeadKind, block: Block, cut: int = 0) -> list[Head]:
    heads = []
    for line in block.lines:
        text = line.text[cut:]
        heads.append(Head(kind, text, line.start + cut, line.end))
        cut = 0
    return heads


def columns_only(run: Sequence[Block]) -> Heads:
    """The headings over a group of briefs: all of them name the column."""
    return Heads(columns=[h for b in run if b.kind == "heading" for h in _head("column", b)])


def assign(run: Sequence[Block], title_levels: frozenset[int]) -> Heads:
    """Name the parts of a run of heading, dash and byline blocks.

    `title_levels`: mark-up levels that stand as a single heading over an article on this page.
    """
    heads = Heads()
    names = [b for b in run if b.kind == "heading"]
    dash = next((b for b in run if b.kind == "dash"), None)
    if names and looks_like_author(names[-1]) and len(names) > 1 and names[-1] is run[-1]:
        heads.bylines += _head("byline", names.pop())
    first, last = _title_range(names, run, dash, title_levels)
    for block in run:
        if block.kind == "byline":
            heads.bylines += _head("byline", block)
        elif block.kind == "dash":
            found = _DASHES.match(block.text)
            cut = found.end() if found else 0
            heads.subtitles += _head("subtitle", block, cut)
            heads.dashed = block.text[:3]
        elif block in names:
            _place(heads, block, names.index(block), first, last)
    heads.columns.sort(key=lambda head: -_level_at(names, head))
    if first < len(names):
        heads.level = names[first].level
    return heads


def _level_at(names: Sequence[Block], head: Head) -> int:
    return next((b.level for b in names if b.lines[0].start <= head.start < b.lines[-1].end), 0)


def _place(heads: Heads, block: Block, place: int, first: int, last: int) -> None:
    if place < first:
        heads.columns += _head("column", block)
    elif place <= last:
        heads.titles += _head("title", block)
    elif block.marked and heads.level != block.level:
        heads.sections.append(block)
    else:
        heads.subtitles += _head("subtitle", block)


def _title_range(
    names: Sequence[Block], run: Sequence[Block], dash: Block | None, title_levels: frozenset[int]
) -> tuple[int, int]:
    """The places (first, last) of the title's lines among the headings of a run."""
    if not names:
        return 0, -1
    if dash is not None:
        before = [n for n, b in enumerate(names) if b.lines[0].start < dash.lines[0].start]
        last = before[-1] if before else 0
        return _first_line(names, last), last
    marked = [n for n, block in enumerate(names) if block.marked]
    if marked:
        last = marked[-1]
        if len(marked) > 1 and _deeper_is_section(names, marked, title_levels):
            last = marked[-2]
        return last, last
    return _plain_title(names)


def _deeper_is_section(
    names: Sequence[Block], marked: Sequence[int], title_levels: frozenset[int]
) -> bool:
    above, below = names[marked[-2]], names[marked[-1]]
    if below.level <= above.level and not (above.level and not below.level):
        return False
    return below.level not in title_levels and not looks_like_column(above.text)


def _first_line(names: Sequence[Block], last: int) -> int:
    """A title printed on two lines: the unmarked line right above, no gap between them."""
    above = last - 1
    if above < 0 or names[last].marked or names[above].marked or names[last].lines[0].gap:
        return last
    return last if looks_like_column(names[above].text) else above


def _plain_title(names: Sequence[Block]) -> tuple[int, int]:
    """Without mark-up: column names first, a kicker before the title, a subtitle after it."""
    first = 0
    while first < len(names) - 1 and _before_title(names[first], names[first + 1]):
        first += 1
    if len(names) - first >= 3:
        first += 1
    return first, first + _two_lines(names, first)


def _two_lines(names: Sequence[Block], first: int) -> bool:
    """Two lines of about one length without a gap are one title set in two lines."""
    if first + 1 >= len(names) or names[first + 1].lines[0].gap:
        return False
    return abs(len(names[first].text) - len(names[first + 1].text)) <= 4


def _before_title(block: Block, after: Block) -> bool:
    text = block.text
    if looks_like_column(text) or is_kicker(text):
        return True
    return after.lines[0].gap and len(text) <= 8
