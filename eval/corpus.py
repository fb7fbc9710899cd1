"""The pages that the gold questions are about, as they stand in their folder.

Read here without the assistant: the evaluation does not measure a system by what it says itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from eval.errors import BadData
from rag import DateRange

_BLANK_LINE = re.compile(r"\n\s*\n")
_CLOSING = "。！？!?"
_REACH = 400  # the longest way to the borders of a printed sentence, in characters


@dataclass(frozen=True, slots=True)
class Corpus:
    """`texts`: source id -> characters that offsets count in; `issued`: its day, month or year."""

    texts: Mapping[str, str]
    issued: Mapping[str, DateRange]

    def text(self, source: str) -> str:
        return self.texts.get(source, "")

    def digest(self) -> str:
        return digest(f"{name}\0{text}" for name, text in sorted(self.texts.items()))

    def paragraph(self, source: str, start: int) -> str:
        """A name for the paragraph that a place lies in, blank lines being the borders."""
        before = len(_BLANK_LINE.findall(self.text(source)[:start]))
        return f"{source}:{before}"

    def sentence(self, source: str, start: int, end: int) -> str:
        """The printed sentences that hold a place, page breaks within them left out."""
        text = self.text(source)
        low, high = start, end
        while low > max(0, start - _REACH) and text[low - 1] not in _CLOSING:
            low -= 1
        while high < min(len(text), end + _REACH) and text[high - 1] not in _CLOSING:
            high += 1
        return re.sub(r"\s+", "", text[low:high])


def read_corpus(folder: Path, issued: Mapping[str, str] | None = None) -> Corpus:
    """Every .txt and .md file below the folder. Raises BadData when there is none, or when a file
    is not UTF-8."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".txt", ".md"))
    texts: dict[str, str] = {}
    for path in files:
        try:
            texts[path.relative_to(folder).as_posix()] = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise BadData(f"{path} is not UTF-8 ({exc}); save it as UTF-8") from exc
    if not texts:
        raise BadData(f"no .txt or .md files below {folder}; give the folder of the pages")
    return Corpus(texts, {name: day_range(value) for name, value in (issued or {}).items()})


def day_range(value: str) -> DateRange:
    """`2024`, `2024-01`, `2024-01-31` or two of them with a slash between. Raises BadData."""
    try:
        ends = [_days(part) for part in value.split("/")]
    except ValueError as exc:
        raise BadData(f"{value} is no date of the form 2024, 2024-01 or 2024-01-31") from exc
    first, last, precision = ends[0][0], ends[-1][1], ends[0][2]
    if len(ends) > 1:
        return DateRange(first, last, "range")
    return DateRange(first, last, "day" if precision == 3 else "month" if precision == 2 else "year")


def _days(value: str) -> tuple[date, date, int]:
    parts = [int(part) for part in value.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts), 3
    if len(parts) == 2:
        following = date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1)
        return date(parts[0], parts[1], 1), following - timedelta(days=1), 2
    return date(parts[0], 1, 1), date(parts[0], 12, 31), 1


def digest(parts: Iterable[str | bytes]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 over the parts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode() if isinstance(part, str) else part)
        total.update(b"\n")
    return total.hexdigest()[:16]
