"""A follow-up and the conversation -> a question that stands alone, by the model.

The rules' own attempt is what it falls back on: when the model fails, when it adds a name or a
figure that nobody mentioned, or when it answers instead of asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import rjieba

from rag.condense import content_of, points_back
from rag.errors import ModelUnavailable
from rag.llm import Bill, Message, Model
from rag.quantities import find_quantities, same_quantity
from rag.text import fold, squash

_LONGEST = 160
_NAMES = ("nr", "ns", "nt", "nz")


def rewritten(
    question: str, history: Sequence[Mapping[str, Any]], by_rules: str, model: Model, bill: Bill, most: int
) -> str:
    """The question as it stands alone; `by_rules` where the model's does not hold. Of the history,
    the latest messages of at most `most` tokens are shown."""
    if not model.chat or not points_back(question):
        return by_rules
    said = _latest(history, model, most)
    text = model.prompts.fill("condense", history=said, question=question.strip())
    stream = model.stream([Message("user", text)], until=bill.until)
    try:
        made = "".join(stream).strip().strip("“”\"' ")
    except ModelUnavailable:
        return by_rules
    finally:
        stream.close()
        bill.add(stream)
    return made if _holds(made, said + question) else by_rules


def _latest(history: Sequence[Mapping[str, Any]], model: Model, most: int) -> str:
    lines: list[str] = []
    names = {"user": "问", "assistant": "答"}
    for message in reversed(history):
        text = " ".join(content_of(message).split())
        name = names.get(str(message.get("role")))
        if not name or not text:
            continue
        most -= model.tokens(text) + 4
        if most < 0:
            break
        lines.append(f"{name}：{text}")
    return "\n".join(reversed(lines))


def _holds(made: str, known: str) -> bool:
    """Whether it is one question that names nobody and nothing new."""
    if not 2 <= len(made) <= _LONGEST or "\n" in made:
        return False
    given = squash(fold(known))
    figures = find_quantities(known)
    new = [q for q in find_quantities(made) if not any(same_quantity(q, f) for f in figures)]
    names = [w for w, tag in rjieba.tag(fold(made)) if tag in _NAMES and len(w) > 1]
    return not new and all(name in given for name in names)
