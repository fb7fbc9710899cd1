"""The outlines that careful readers wrote beside the pages in tests/pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.articles import split_articles
from rag.mastheads import read_masthead
from rag.records import Article, Source
from rag.text import squash

PAGES = Path(__file__).parent / "pages"
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
    source = Source(name, name, None, None, None, "0")
    return ReadPage(text, split_articles(text, source, skip), outline)


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
