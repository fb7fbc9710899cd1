"""Pages whose articles are known: the outlines that careful readers wrote beside the pages in
tests/pages, the seed, and pages that are made up piece by piece."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from rag.articles import split_articles
from rag.dates import infer_year
from rag.mastheads import read_masthead
from rag.records import Article, DateRange, Source
from rag.text import squash

PAGES = Path(__file__).parent / "pages"
SEED = Path(__file__).parents[1] / "seeds" / "000_de716d9866afb0a4.txt"
NAMES = sorted(path.stem for path in PAGES.glob("*.json"))


@dataclass(frozen=True)
class ReadPage:
    text: str
    articles: list[Article]
    outline: dict[str, Any]


def read_page(name: str) -> ReadPage:
    text = (PAGES / f"{name}.txt").read_bytes().decode("utf-8-sig")
    outline = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    masthead = read_masthead(text)
    skip = (masthead.start, masthead.end) if masthead else (0, 0)
    published = masthead.published if masthead else None
    return ReadPage(text, split_articles(text, source_of(name, published), skip), outline)


def source_of(name: str, published: DateRange | None = None) -> Source:
    return Source(name, name, None, published, None, "0")


def read_seed() -> ReadPage:
    """The seed as ingested: its year of issue is inferred."""
    text = SEED.read_bytes().decode("utf-8")
    source = source_of("seed", infer_year(text))
    return ReadPage(text, split_articles(text, source), {})


def faults(page: ReadPage) -> list[str]:
    """How the articles found differ from the outline, one line each."""
    expected = page.outline["articles"]
    found = [a.title for a in page.articles]
    wanted = [e["title"] or "" for e in expected]
    if [squash(t) for t in found] != [squash(t) for t in wanted]:
        return [f"titles: {found} instead of {wanted}"]
    return [fault for a, e in zip(page.articles, expected, strict=True) for fault in _differ(a, e)]


def _same_column(found: str | None, expected: list[str | None]) -> bool:
    """The column holds the column's name and the kicker, as far as they are printed."""
    wanted = [squash(name).rstrip("：:—") for name in expected if name]
    parts = {squash(part).rstrip("：:—") for part in (found or "").split(" / ") if part}
    return parts == set(wanted)


def _differ(article: Article, expected: dict[str, Any]) -> list[str]:
    body = squash(article.body)
    sections = [article.body[start:end] for start, end in article.sections]
    checks = {
        "subtitle": squash(article.subtitle or "").lstrip("—")
        == squash(expected["subtitle"] or "").lstrip("—"),
        "column": _same_column(article.column, [expected["column"], expected.get("kicker")]),
        "authors": all(squash(n) in squash(article.byline or "") for n in expected["authors"])
        and bool(expected["authors"]) == bool(article.byline),
        "sections": [squash(s) for s in sections] == [squash(s) for s in expected["sections"]],
        "first": body.startswith(squash(expected["first"])),
        "last": body.endswith(squash(expected["last"])),
        "stitches": all(phrase in article.body for phrase in expected["must_contain"]),
        "contains": all(squash(phrase) in body for phrase in expected.get("contains", [])),
        "rejoined": all(squash(phrase) in body for phrase in expected.get("rejoined", [])),
        "borders": not any(squash(p) in body for p in expected["must_not_contain"]),
    }
    seen = {
        "subtitle": article.subtitle, "column": article.column, "authors": article.byline,
        "sections": sections, "first": article.body[:20], "last": article.body[-20:],
    }  # fmt: skip
    return [
        f"{article.title}: {name}: {seen.get(name, '')!r} instead of {expected.get(name)!r}"
        for name, holds in checks.items()
        if not holds
    ]


@dataclass(frozen=True)
class MadeArticle:
    title: str
    subtitle: str
    byline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class MadePage:
    """`text` prints `articles`, with column breaks inside their paragraphs."""

    text: str
    articles: tuple[MadeArticle, ...]


_PLACES = ("北渡镇", "鹭洲区", "云崖县", "石桥村", "青浦街道", "南浔乡")
_DEEDS = ("新修水渠", "重建渡口", "扩种茶园", "安装路灯", "疏浚河道", "加固堤坝")
_NAMES = ("尹水生", "段春晖", "贺兰", "欧阳青", "毛竹")
_WORDS = (
    "水渠", "茶园", "渡口", "村民", "老船工", "施工队", "乡亲们", "镇里", "去年6月", "每天清晨", "一共", "陆续",
    "修好了", "走过", "看着", "盼了", "送来", "12.5公里", "27.1%", "3,400户", "0.3个百分点", "“一河两岸”", "（含新村）",
)  # fmt: skip
_NEVER_BEFORE_BREAK = "。！？；：”’」）"
_COLUMN = 45  # a column of print holds at least this much of a broken paragraph

_phrases = st.lists(st.sampled_from(_WORDS), min_size=4, max_size=12).map("".join)
_sentences = st.builds("{}，{}{}".format, _phrases, _phrases, st.sampled_from("。。。！？；"))
_paragraphs = st.builds(
    "{}{}。".format, st.lists(_sentences, min_size=1, max_size=5).map("".join), _phrases
)
_bylines = st.builds("本报记者 {}".format, st.sampled_from(_NAMES))


@st.composite
def made_articles(draw: st.DrawFn, number: int) -> MadeArticle:
    """Titles of one page differ by `number`; a title never ends as a sentence does."""
    title = draw(st.sampled_from(_PLACES)) + draw(st.sampled_from(_DEEDS)) + f"{number}公里"
    subtitle = draw(st.sampled_from(["", f"——访镇长{draw(st.sampled_from(_NAMES))}"]))
    paragraphs = draw(st.lists(_paragraphs, min_size=1, max_size=4))
    return MadeArticle(title, subtitle, draw(_bylines), tuple(paragraphs))


@st.composite
def made_pages(draw: st.DrawFn) -> MadePage:
    """Marked-up or plain titles, closing bylines, LF or CRLF, one or two blank lines."""
    count = draw(st.integers(1, 4))
    articles = tuple(draw(made_articles(n)) for n in range(1, count + 1))
    mark = draw(st.sampled_from(["# ", "## ", ""]))
    blocks: list[str] = []
    for article in articles:
        blocks += [mark + article.title, article.subtitle]
        blocks += [piece for p in article.paragraphs for piece in draw(column_pieces(p))]
        blocks.append(article.byline)
    gap = draw(st.sampled_from(["\n\n", "\r\n\r\n", "\n\n\n"]))
    return MadePage(gap.join(block for block in blocks if block), articles)


@st.composite
def column_pieces(draw: st.DrawFn, paragraph: str) -> list[str]:
    """A paragraph as columns break it: anywhere but behind a mark that closes a sentence."""
    places = [
        place for place in range(_COLUMN, len(paragraph))
        if paragraph[place - 1] not in _NEVER_BEFORE_BREAK
    ]  # fmt: skip
    pieces, start = [], 0
    for place in sorted(draw(st.sets(st.sampled_from(places), max_size=3)) if places else ()):
        if place - start >= _COLUMN:
            pieces.append(paragraph[start:place])
            start = place
    return [*pieces, paragraph[start:]]
