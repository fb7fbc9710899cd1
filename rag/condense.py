"""A follow-up and what was said before -> a question that stands alone, by rules.

A short question that points back (那…呢, 他, 该项目, and the other one) borrows the words of the
last question it follows on; any other question is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_POINTS_BACK = re.compile(
    r"^(?:那么?|还有|另外|其中|此外|然后|and\b|what about|how about)|呢[?？。!！]?$"
    r"|(?:^|[，,的是在对给])(?:他们?|她们?|它们?|其|该|这个?|那个?|此)(?!样|么|些|里)"
    r"|\b(?:he|she|it|they|that|this|those|his|her|their)\b",
    re.I,
)
_SHORT = 24


def content_of(message: Mapping[str, Any]) -> str:
    """The text of an OpenAI-style message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))


def standalone(question: str, history: Sequence[Mapping[str, Any]] | None) -> str:
    """The question with what it silently carries over from the last question in `history`."""
    said = (content_of(m).strip() for m in history or () if m.get("role") == "user")
    asked = [text for text in said if text]
    if not asked or len(question) > _SHORT or not _POINTS_BACK.search(question.strip()):
        return question
    return f"{asked[-1].rstrip('？?。')}，{question.strip()}"
