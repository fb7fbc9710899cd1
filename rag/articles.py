"""A page -> its articles, each with a stitched body that maps back to the page.

First the page is cut into segments (a run of headings and the paragraphs under it), then every
segment is either the start of an article or a section of the one before. No single sign decides:
a closing byline before it, a dateline or 上接 after it, a dash subtitle, and how this page marks
its articles elsewhere are added up.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.blocks import Block, jump, split_blocks
from rag.bodies import BodyBuilder
from rag.heads import BRIEFS, Heads, assign, columns_only, is_kicker, looks_like_column
from rag.records import Article, Head, Source
from rag.text import squash

_NUMERAL = "[一二三四五六七八九十]"
_ORDINAL = re.compile(
    rf"^(?:{_NUMERAL}+、|[（(](?:{_NUMERAL}+|\d+)[)）]|\d{{1,2}}[.、．]|其{_NUMERAL}|第{_NUMERAL}+[、，：])"
)
_BRIEF_LEAD = re.compile(r"^[▲△●○■□◆◇★☆►▶◎※⊙•][\s\u3000]*")
_BOLD_LEAD = re.compile(r"^(\*\*|__)(?P<lead>[^*_]{2,40})\1[\s\u3000:：]*")
_SPACED_LEAD = re.compile(r"^(?P<lead>[^。！？；，,\s]{4,30})(?:\u3000| {2,})\s*(?=.{16})")
_BRACKET_LEAD = re.compile(r"^【(?P<lead>[^】]{2,30})】\s*(?=\S)")
_TAIL_BYLINE = re.compile(
    r"[（(]\s*((?:本报|见习|实习|全媒体)*(?:记者|通讯员|实习生)[^（）()。，]{2,40})[)）]\s*$"
)
_DATELINE_BYLINE = re.compile(r"[（(]((?:[^（()）]{0,8})(?:记者|通讯员)[^（()）]{2,40})[)）]")


@dataclass(slots=True)
class _Segment:
    """A run of headings and what stands under it up to the next run."""

    run: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    closing: list[Block] = field(default_factory=list)
    ruled: bool = False  # a printed rule stands before it
    brief: bool = False

    @property
    def text(self) -> str:
        return self.body[0].text if self.body else ""


@dataclass(slots=True)
class _Draft:
    heads: Heads
    segments: list[_Segment]

    @property
    def closed(self) -> bool:
        return bool(self.segments[-1].closing)

    @property
    def last(self) -> Block | None:
        return next((b for s in reversed(self.segments) for b in reversed(s.body)), None)


def split_articles(text: str, source: Source, skip: tuple[int, int] = (0, 0)) -> list[Article]:
    """The articles of a page in printed order; at least one where there is any text.

    `skip` is the range of the page's masthead. A text with no recognisable structure is one
    article without a title (or with the source's own).
    """
    segments = _segments(split_blocks(text, skip))
    drafts = _rejoin(_drafts(segments))
    return [_article(draft, source, number) for number, draft in enumerate(drafts)]


def _segments(blocks: Sequence[Block]) -> list[_Segment]:
    segments = [_Segment()]
    for block in blocks:
        current = segments[-1]
        if block.kind in ("furniture", "rule"):
            if block.kind == "rule" and (current.body or current.closing):
                segments.append(_Segment(ruled=True))
            continue
        if _breaks(block, current):
            segments.append(current := _Segment())
        if block.kind in ("heading", "dash"):
            current.run.append(block)
        elif block.kind == "byline":
            (current.closing if current.body else current.run).append(block)
        else:
            current.body.append(block)
    return [part for s in segments if s.run or s.body for part in _briefs(s)]


def _breaks(block: Block, current: _Segment) -> bool:
    """Whether a block cannot belong to the current segment."""
    if block.kind in ("heading", "dash"):
        return bool(current.body)
    if block.kind == "byline":
        return False
    if current.closing or "下转" in (jump(current.body[-1].text) or "" if current.body else ""):
        return True
    return bool(current.body) and block.kind in ("body", "jump") and _starts_anew(block)


def _starts_anew(block: Block) -> bool:
    return block.dateline or "上接" in (jump(block.text) or "")


def _briefs(segment: _Segment) -> list[_Segment]:
    """A segment of briefs becomes one segment for each; any other stays as it is."""
    leads = [b for b in segment.body if b.kind == "brief" or _BRACKET_LEAD.match(b.text)]
    named = any(BRIEFS.search(block.text) for block in segment.run)
    if len(leads) < 2 or not (named or len(leads) >= 0.6 * len(segment.body)):
        return [segment]
    if not named and sum(len(b.text) for b in leads) < 40 * len(leads):
        return [segment]  # a list of short items, not of reports
    parts: list[_Segment] = []
    for block in segment.body:
        if block in leads or not parts:
            parts.append(_Segment(brief=True))
        parts[-1].body.append(block)
    parts[0].run = segment.run
    parts[-1].closing = segment.closing
    return parts


def _drafts(segments: Sequence[_Segment]) -> list[_Draft]:
    levels = frozenset(
        b.level for s in segments if len([x for x in s.run if x.kind == "heading"]) == 1
        for b in s.run if b.level and _signs(s) > 0
    )  # fmt: skip
    habit = sum(bool(s.closing) or _signs(s) >= 3 for s in segments) >= 2
    drafts: list[_Draft] = []
    for segment in segments:
        heads = columns_only(segment.run) if segment.brief else assign(segment.run, levels)
        if drafts and not _opens(segment, heads, drafts[-1], habit):
            drafts[-1].segments.append(segment)
            continue
        if not heads.columns and drafts:
            heads.columns = _inherited(drafts[-1], segment, heads)
        drafts.append(_Draft(heads, [segment]))
    return drafts


def _signs(segment: _Segment) -> int:
    """How strongly a segment looks like the start of an article by itself."""
    score = 0
    if segment.body and _starts_anew(segment.body[0]):
        score += 3
    if any(block.kind == "dash" for block in segment.run):
        score += 3
    if any(block.kind == "byline" for block in segment.run):
        score += 3
    return score


def _opens(segment: _Segment, heads: Heads, current: _Draft, habit: bool) -> bool:
    if segment.brief or (segment.body and not segment.run and _starts_anew(segment.body[0])):
        return True
    if not segment.run:
        return current.closed and bool(segment.body) and not current.segments[-1].ruled
    score = _signs(segment) + 3 * current.closed + 2 * segment.ruled + 3 * current.segments[-1].brief
    names = [block for block in segment.run if block.kind == "heading"]
    if len(names) > 1:
        score += 2
    if names and _ORDINAL.match(names[0].text):
        score -= 4
    if any(looks_like_column(block.text) for block in names):
        score += 2
    report = current.segments[0]
    if report.body and report.body[0].dateline and not any(b.marked for b in names):
        score += 2  # a report under a dateline is short and has no sections
    score += _level_score(heads.level, current.heads.level, any(b.marked for b in names))
    return score - habit + (not habit and not heads.level) > 0


def _level_score(level: int, above: int, marked: bool) -> int:
    if level and above:
        return 2 if level < above else -2 if level > above else 1
    return -2 if marked and above else 0


def _inherited(before: _Draft, segment: _Segment, heads: Heads) -> list[Head]:
    """A column goes on over the articles of its series: those of the same make."""
    series = heads.dashed and heads.dashed == before.heads.dashed
    outer = heads.level and before.heads.level == heads.level and _outranks(before, heads.level)
    if not (series or outer or segment.brief):
        return []
    return [head for head in before.heads.columns if not is_kicker(head.text)]


def _outranks(before: _Draft, level: int) -> bool:
    names = [b for b in before.segments[0].run if b.kind == "heading" and b.level]
    return bool(names) and names[0].level < level


def _rejoin(drafts: list[_Draft]) -> list[_Draft]:
    """An article whose second half stands elsewhere on the page becomes one again."""
    waiting: list[_Draft] = []
    whole: list[_Draft] = []
    for draft in drafts:
        from_here, last = jump(draft.segments[0].text) or "", draft.last
        if waiting and re.search(r"上接(?:本版|本页)", from_here):
            _resume(draft, from_here, waiting)
            continue
        whole.append(draft)
        if last is not None and re.search(r"下?转(?:本版|本页)", jump(last.text) or ""):
            waiting.append(draft)
    return whole


def _resume(draft: _Draft, note: str, waiting: list[_Draft]) -> None:
    """Hand the second half to the article that the note names, else to the one waiting longest."""
    titles = [squash("".join(head.text for head in w.heads.titles)) for w in waiting]
    own = squash("".join(head.text for head in draft.heads.titles))
    named = (n for n, title in enumerate(titles) if title and title in (squash(note), own))
    within = (n for n, title in enumerate(titles) if title and title in squash(note))
    chosen = waiting.pop(next(named, next(within, 0)))
    draft.segments[0].run = [b for b in draft.segments[0].run if b.kind == "byline"]
    chosen.segments += draft.segments


def _article(draft: _Draft, source: Source, number: int) -> Article:
    heads = draft.heads
    builder = BodyBuilder()
    for place, segment in enumerate(draft.segments):
        for block in heads.sections if place == 0 else segment.run:
            if block.kind != "byline":
                builder.section(block)
        for block in segment.body:
            _add_body(builder, block, heads, titled=not segment.brief)
        for block in segment.closing:
            heads.bylines += [Head("byline", x.text, x.start, x.end) for x in block.lines]
    body, spans, sections = builder.finish()
    title = " ".join(head.text for head in heads.titles) or source.title or ""
    subtitle = " ".join(head.text for head in heads.subtitles) or None
    byline = " ".join(head.text.strip("（）()") for head in heads.bylines) or None
    key = f"{source.id}\n{number}\n{title}".encode("utf-8", "surrogatepass")
    return Article(
        hashlib.sha256(key).hexdigest()[:16], source, heads.column, title, subtitle,
        byline, body, spans, sections, heads.all(),
    )  # fmt: skip


def _add_body(builder: BodyBuilder, block: Block, heads: Heads, *, titled: bool) -> None:
    """One paragraph; what its opening words say of title and byline goes to the head."""
    text, first, cut = block.text, block.lines[0], 0
    if not titled:
        if found := _BRIEF_LEAD.match(text):
            cut = found.end()
        rest = text[cut:]
        leads = (_BOLD_LEAD, _BRACKET_LEAD, *([_SPACED_LEAD] if cut else []))
        if not block.dateline_at(cut) and (found := _first_match(leads, rest)):
            low, high = found.span("lead")
            heads.titles = heads.titles or _piece("title", block, cut + low, cut + high)
            cut += found.end()
    end = len(text)
    if not heads.bylines:
        if found := _TAIL_BYLINE.search(text):
            end = found.start()
        elif builder.empty:
            found = _DATELINE_BYLINE.search(text[: len(first.text)][:60])
        if found:
            heads.bylines += _piece("byline", block, *found.span(1))
    builder.paragraph(block, cut, end)


def _first_match(patterns: Sequence[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.match(text) for pattern in patterns)), None)


def _piece(kind: Literal["title", "byline"], block: Block, start: int, end: int) -> list[Head]:
    """The characters `start` to `end` of a block as heads, one for each printed line."""
    heads, offset = [], 0
    for line in block.lines:
        low, high = max(start - offset, 0), min(end - offset, len(line.text))
        if low < high:
            heads.append(Head(kind, line.text[low:high], line.start + low, line.start + high))
        offset += len(line.text)
    return heads
