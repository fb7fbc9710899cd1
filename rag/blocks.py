"""Page text -> blocks: the printed paragraphs, each with what its own wording says it is.

A block says what it looks like by itself (a heading, a byline, a caption …); what it is *for* is
decided in `articles`, from its surroundings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import quantiles
from typing import Literal

Kind = Literal["heading", "dash", "byline", "body", "table", "brief", "furniture", "rule", "jump"]

_CLOSED = re.compile(r"[。！？!?；;：:…][”’」』）)】》\"']*$|(?<![\d０-９])[.][”’\"')]*$")
_SENTENCE_MARK = re.compile(r"[。！？；!?;]")
_MARKDOWN = re.compile(r"^(#{1,6})[ \t\u3000]+")
_BOLD = re.compile(r"^(\*\*|__)(.+?)\1$")
_RULE = re.compile(r"^[-=*_─━—·.＊☆★~～\s]{3,}$")
_BRIEF = re.compile(r"^[▲△●○■□◆◇★☆►▶◎※⊙•][\s\u3000]*")
_LETTER = re.compile(r"^(?:编辑同志|编者按|.{2,8}[:：]?您好)[！!：:]?$|^[问答][:：]")
_SALUTE = re.compile(r"^(?:此致)?(?:敬礼)?[！!]?$")
_FOLIO = re.compile(r"^(?=.{4,40}$)(?=.*\d{4}年\d{1,2}月\d{1,2}日)(?=.*(?:版|星期))[^。，；]*$")
_SIGN_AUTHOR = re.compile(r"^[□■◇◆●○]\s*[\u4e00-\u9fff·]{2,4}(?:\s[\u4e00-\u9fff·]{1,4})*$")
_LEAD_IN = re.compile(r"^(?:\*\*|__)(?P<lead>[^*_]{2,40})(?:\*\*|__)[\s\u3000:：]*(?=\S)")
# Possessive: a line with many wide gaps and a narrow one has no end of ways not to be a table's row.
_TABLE = re.compile(r"^\|.*\|$|^\S++(?:(?:\t| {2}|\u3000)\s*+\S++){2,}$")
_WHO = (
    r"(?:(?:本报|见习|实习|特约|全媒体|首席|特派|驻\w{2,4}|通讯员?|融媒体?)*"
    r"(?:记者|通讯员|特约撰稿人?|实习生|撰稿|作者|评论员|编译))"
)
_BYLINE = re.compile(
    rf"^[（(【\[]?(?:(?:文[/／]?图?|图[/／]?文|文并摄|整理|撰文)[:：\s/／]*)?{_WHO}[^。！？；，,]{{2,60}}$"
)
_SIGNED = re.compile(r"^(?:读者|市民|网友|来信人)[\s\u3000]+[\u4e00-\u9fff·]{2,5}$")
_WIRE_BYLINE = re.compile(r"^[（(](?:据|记者|来源|新华社|中新社|作者)[^。！？]{2,50}[)）]$")
_CAPTION = re.compile(r"^[▲△▼←→↑↓]?\s*(?:图[为：:]|上图|下图|左图|右图|资料图)|[\s\u3000（(](?:摄|供图|制图|绘)[)）]?$")
_FURNITURE = re.compile(
    r"^[（(【]?(?:本版)?(?:责任?编辑?|责编|编辑|美编|版式|校对|责校|图编|组版|值班总?编|主编|统筹|策划|制图|视觉)"
    r"(?:[\s\u3000:：/／]|$)|(?:热线|投稿|订阅|广告|邮箱|发行)(?:电话|信箱|邮箱|热线|地址)?[:：]|扫(?:一扫|描|码).{0,16}二维码|(?:更多|欢迎|请).{0,8}关注.{0,12}(?:客户端|公众号|微信|微博)"
)
_JUMP = re.compile(r"[（(]\s*(?:下转|上接|紧接|转|接)\s*[^（）()]{1,14}[)）]")
_DATELINE = re.compile(
    r"^(?:本报[^，。]{0,12}[讯电](?=[\s\u3000（(:：【]|$)|本报讯|【[^】]{1,24}[讯电报]】"
    r"|(?:据)?(?:新华社|中新社|中新网|新华网|人民日报|央视)[^，。；]{0,20}?[电讯](?=[\s\u3000（(:：]|$)"
    r"|[（(](?:本报|见习|首席)?记者[^）)]{2,30}[)）]|(?:讯|消息)[（(\s])"
)
_COLON = re.compile(r"[:：]$")
_COMMA = re.compile(r"[,，]")
_INDENT = re.compile(r"^(?:\u3000+| {2,}|\t+)")
_HEADING_LENGTH = 40
# White space as str.isspace has it, and what is printed as nothing.
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff\u200b"
_WRAP_WIDTH = 48


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its surrounding white space and mark-up: `source[start:end] == text`."""

    text: str
    start: int
    indented: bool
    level: int  # of a markdown heading, 0 for none
    bold: bool
    gap: bool  # a blank line stands before it

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Block:
    """One or more lines that were printed as one paragraph."""

    kind: Kind
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return "".join(line.text for line in self.lines)

    @property
    def level(self) -> int:
        return self.lines[0].level

    @property
    def marked(self) -> bool:
        """Set off by mark-up rather than by its length alone."""
        return bool(self.lines[0].level) or self.lines[0].bold

    @property
    def closed(self) -> bool:
        return is_closed(self.text)

    @property
    def dateline(self) -> bool:
        return self.dateline_at(0)

    def dateline_at(self, cut: int) -> bool:
        """Whether the text from `cut` on begins as a news agency's or a paper's report does."""
        return bool(_DATELINE.match(self.text[cut:]))


def is_closed(text: str) -> bool:
    """Whether a paragraph ends as a finished one does (a colon announces, so it closes too)."""
    return bool(_CLOSED.search(text))


def jump(text: str) -> str | None:
    """The note that sends the reader to, or brings him from, another place: 上接一版."""
    found = _JUMP.match(text) or re.search(_JUMP.pattern + r"\s*$", text)
    return found.group().strip("（）() \u3000") if found else None


def read_lines(text: str, skip: tuple[int, int] = (0, 0)) -> list[Line]:
    """The lines of a page that hold text, outside the range `skip` (its masthead)."""
    lines: list[Line] = []
    gap, position = True, 0
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        content = raw.strip(_BLANK)
        if not content or skip[0] <= start < skip[1]:
            gap = True
            continue
        at = start + raw.index(content)
        level, bold = 0, False
        if found := _MARKDOWN.match(content):
            level = len(found.group(1))
            content, at = content[found.end() :], at + found.end()
        if found := _BOLD.match(content):
            bold = "**" not in found.group(2)
            content, at = (found.group(2), at + found.start(2)) if bold else (content, at)
        at += len(content) - len(content.lstrip(_BLANK))
        if content := content.strip(_BLANK):
            indented = bool(_INDENT.match(raw))
            lines.append(Line(content, at, indented, level, bold, gap))
        gap = False
    return lines


def _wrapped_width(lines: list[Line]) -> int | None:
    """The measure at which a page was hard-wrapped, or None when its lines are paragraphs."""
    lengths = [len(line.text) for line in lines if not line.level]
    if len(lengths) < 8:
        return None
    width = int(quantiles(lengths, n=10)[8])
    full = sum(width - 3 <= length <= width + 3 for length in lengths)
    unclosed = sum(not is_closed(line.text) for line in lines)
    if width > _WRAP_WIDTH or full < 0.4 * len(lengths) or unclosed < 0.4 * len(lines):
        return None
    return width


def _unwrap(lines: list[Line], width: int) -> Iterator[tuple[Line, ...]]:
    """Lines of a hard-wrapped page, gathered into paragraphs."""
    indents = sum(line.indented for line in lines) >= 3
    group: list[Line] = []
    for line in lines:
        if group and _starts_paragraph(line, group[-1], width, indents):
            yield tuple(group)
            group = []
        group.append(line)
    if group:
        yield tuple(group)


def _starts_paragraph(line: Line, before: Line, width: int, indents: bool) -> bool:
    if line.gap or line.level or line.bold or line.indented or before.level or before.bold:
        return True
    if kind_of(line.text) not in ("body", "heading") or kind_of(before.text) == "byline":
        return True
    if is_closed(before.text):
        if indents and len(before.text) < width - 3:
            return True
        if len(line.text) < width - 4 and not is_closed(line.text):
            return True  # neither full nor finished: a heading
    # A line that stops well short of the measure ended its paragraph or was a heading.
    return len(before.text) < width - 4


def kind_of(text: str, *, marked: bool = False) -> Kind:
    """What a paragraph looks like by its own wording."""
    short = len(text) <= _HEADING_LENGTH
    if _RULE.match(text) and not text.startswith("——"):
        return "rule"
    if re.fullmatch(_JUMP.pattern, text):
        return "jump"
    if _is_furniture(text):
        return "furniture"
    if text.startswith(("——", "—", "--")) and len(text) <= 60 and not _SENTENCE_MARK.search(text):
        return "dash"
    if any(p.match(text) for p in (_BYLINE, _WIRE_BYLINE, _SIGNED, _SIGN_AUTHOR)):
        return "byline"
    if _BRIEF.match(text) or (_LEAD_IN.match(text) and not short):
        return "brief"
    return _set_text(text, short, marked)


def _set_text(text: str, short: bool, marked: bool) -> Kind:
    """A paragraph that no wording gives away: a table's row, a heading or plain text."""
    if _TABLE.match(text) and not marked:
        return "table"
    if marked or (short and not _ends_like_prose(text) and not _LETTER.match(text)):
        return "heading"
    return "body"


def _is_furniture(text: str) -> bool:
    """What a page prints that is no part of an article: editors, hotlines, captions, its folio."""
    if _SALUTE.match(text) or _FOLIO.match(text):
        return True
    return len(text) <= 80 and bool(_FURNITURE.search(text) or _CAPTION.search(text))


def _ends_like_prose(text: str) -> bool:
    """Headings may ask or exclaim, or announce with a colon; they never end in 。；，、."""
    return text[-1] in "。；;，,、." or bool(re.search(r"[。；]", text[:-1])) or (
        is_closed(text) and text[-1] in "”’」』" and text[-2:-1] in "。！？"
    )


def split_blocks(text: str, skip: tuple[int, int] = (0, 0)) -> list[Block]:
    """The blocks of a page in printed order; every character but white space and mark-up."""
    lines = read_lines(text, skip)
    width = _wrapped_width(lines)
    groups = _unwrap(lines, width) if width else ((line,) for line in lines)
    blocks = [Block(kind_of("".join(x.text for x in g), marked=_marked(g)), g) for g in groups]
    return _settle(blocks, wrapped=bool(width))


def _marked(lines: tuple[Line, ...]) -> bool:
    return bool(lines[0].level) or lines[0].bold


def _settle(blocks: list[Block], *, wrapped: bool) -> list[Block]:
    """A short unmarked line is a heading only where one can stand: not as the rest of a
    paragraph that a column cut, not as a paragraph's first words, and on a page that marks its
    headings only next to one of those."""
    page = _Habits(
        marks=sum(block.marked for block in blocks) >= 2,
        indents=_share(b.lines[0].indented for b in blocks if len(b.text) > _HEADING_LENGTH) > 0.6,
        wrapped=wrapped,
    )
    settled: list[Block] = []
    for number, block in enumerate(blocks):
        if block.kind == "heading" and not block.marked:
            before = settled[-1] if settled else None
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            if not _can_head(block, before, after, page):
                block = replace(block, kind="body")
        settled.append(block)
    return settled


@dataclass(frozen=True, slots=True)
class _Habits:
    """How a page is set: headings marked up, paragraphs indented, lines hard-wrapped."""

    marks: bool
    indents: bool
    wrapped: bool


def _share(values: Iterable[bool]) -> float:
    seen = list(values)
    return sum(seen) / len(seen) if len(seen) > 1 else 0.0


def _can_head(block: Block, before: Block | None, after: Block | None, page: _Habits) -> bool:
    text = block.text
    commas = len(_COMMA.findall(text))
    if after is None or commas > 1 or (commas and (_COLON.search(text) or len(text) > 24)):
        return False
    if before is not None and before.kind == "body":
        if _COLON.search(text):
            return False  # announces a table or a list
        if not page.wrapped and not before.closed and len(before.text) > _HEADING_LENGTH:
            return False  # the rest of a sentence that a column cut
    if page.marks:
        return _is_head(before) or _is_head(after)
    return not (page.indents and block.lines[0].indented and len(text) > 24)


def _is_head(block: Block | None) -> bool:
    return block is not None and (block.marked or block.kind == "dash")
