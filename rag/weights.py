"""How much a word tells: inverse document frequencies from jieba's news-built table.

The table is a background that does not depend on what is indexed, so that scores (and the refusal
fitted on them) mean the same over one page and over an archive.
"""

from __future__ import annotations

import importlib.util
import re
from functools import lru_cache
from pathlib import Path

_UNKNOWN = {1: 5.0, 2: 8.5, 3: 10.0}
_MOST = 12.0


@lru_cache(maxsize=1)
def _table() -> dict[str, float]:
    spec = importlib.util.find_spec("jieba")
    if spec is None or not spec.origin:
        return {}
    path = Path(spec.origin).parent / "analyse" / "idf.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return {word: float(value) for word, _, value in (line.rpartition(" ") for line in lines)}


@lru_cache(maxsize=65536)
def weight(word: str) -> float:
    """About 3 (told nothing by it) to 12; a word the table lacks counts as a rare one."""
    if re.fullmatch(r"[\d.,%]+", word):
        return 8.0
    known = _table().get(word)
    return min(known, _MOST) if known else _UNKNOWN.get(len(word), 11.0)
