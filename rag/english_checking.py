"""An English statement against Chinese sentences: its figures, dates, names and known words.

Much less can be checked than in Chinese, so more is required: names in Chinese characters (as the
model is told), and words that the glossary knows and finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from rag import question_words
from rag.compose import header_text
from rag.dates import question_dates
from rag.features import Candidate
from rag.glossary import translations
from rag.quantities import Quantity, find_quantities
from rag.text import fold, squash

_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_WORDS = "two three four five six seven eight nine ten eleven twelve".split()
_NUMBER = re.compile(
    r"(?<![\w.])(?P<digits>\d[\d,]*(?:\.\d+)?|" + "|".join(_WORDS) + r")\s*(?P<scale>hundred|thousand|million|billion|trillion)?"
    r"\s*(?P<unit>percentage points?|percent|per cent|%|[a-z]+)?", re.I,
)  # fmt: skip
_UNITS = {"CNY": "yuan rmb", "USD": "dollar dollars usd", "%": "% percent per cent", "pp": "percentage point percentage points",
          "t": "tonnes tons tonne ton", "km": "km kilometres kilometers"}  # fmt: skip
_CAPITAL = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][A-Za-z-]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")
_WORD = re.compile(r"[a-z][a-z'-]{3,}")
_CALENDAR = re.compile(
    r"(?i)^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$|^(?:mon|tues|wednes|thurs|fri|satur|sun)day$|^(?:the|yuan|rmb|in|it)$"
)
_DENIAL = re.compile(r"\b(?:not|no|never|none|nor|without|refused|denied|rejected|opposed)\b|n't\b", re.I)
_CHINESE_DENIAL = re.compile(r"[不未无没非]|禁止|拒绝|反对|否认|取消")
_LEAST_KNOWN, _LEAST_FOUND = 2, 0.6
_EARLY = date(1900, 1, 1)


def english_faults(statement: str, cited: Sequence[Candidate]) -> Iterator[str]:
    """In words, what of an English statement the cited Chinese sentences do not bear out."""
    evidence = " ".join(c.folded + " " + fold(header_text(c.article)) for c in cited)
    around = evidence + " " + " ".join(c.near + " " + c.head for c in cited)
    dates = question_dates(statement, _issue(cited))
    given = [m.range for c in cited for m in c.dates]
    for mention in dates:
        if not any(mention.range.contains(g) for g in given):
            yield f"date {mention.text}"
    blanked = list(statement)
    for mention in dates:
        blanked[mention.start : mention.end] = " " * (mention.end - mention.start)
    printed = find_quantities(evidence)
    for found in _NUMBER.finditer("".join(blanked)):
        if not any(_same(found, quantity) for quantity in printed):
            yield f"number {found.group().strip()}"
    yield from (f"name {name}" for name in _missing_names(statement, evidence))
    if _DENIAL.search(statement) and not _CHINESE_DENIAL.search(evidence):
        yield "denial"
    if not _known_words_stand(statement, around):
        yield "words that are not printed there"


def _issue(cited: Sequence[Candidate]) -> date:
    issued = cited[0].article.source.published
    return issued.end if issued else _EARLY


def _same(found: re.Match[str], quantity: Quantity) -> bool:
    word = found["digits"].lower()
    number = Decimal(_WORDS.index(word) + 2) if word in _WORDS else Decimal(word.replace(",", ""))
    value = number * _SCALES.get((found["scale"] or "").lower(), 1)
    unit = (found["unit"] or "").lower()
    classes = {name for name, words in _UNITS.items() if unit and unit in words}
    return value == quantity.value and (not classes or quantity.unit in classes)


def _missing_names(statement: str, evidence: str) -> Iterator[str]:
    given = squash(evidence)
    yield from (run for run in _CHINESE.findall(fold(statement)) if run not in given)
    for found in _CAPITAL.finditer(statement):
        word = found.group()
        explained = re.match(r"[\w\s'-]{0,40}?[（(]\s*[\u4e00-\u9fff]", statement[found.end() :])
        known = any(c in evidence for _, words in translations(word.lower()) for c in words)
        if not (explained or known or word.lower() in given or _CALENDAR.match(word)):
            yield word


def _known_words_stand(statement: str, evidence: str) -> bool:
    known = [(e, c) for e, c in translations(statement.lower()) if e not in question_words.STOP]
    if len(known) < _LEAST_KNOWN:  # a name or a figure alone; both have been looked at
        fact = any(char.isdigit() for char in statement) or _CHINESE.search(statement)
        return bool(fact) and len(_WORD.findall(statement.lower())) <= 4
    found = sum(any(word in evidence for word in words) for _, words in known)
    return found / len(known) >= _LEAST_FOUND
