"""Readers' feedback -> candidates for the gold set, to be completed by somebody who reads the page.

The page writes feedback.jsonl into the data folder. A candidate carries over the question, what was
cited and what the reader said; facts are left to be written from the page, never from the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eval.errors import BadData
from eval.questions import Question, load, read_lines, same_question


def candidates(feedback: Path, known: Iterable[Question]) -> list[dict[str, Any]]:
    """Rows in the gold set's form, `checked` "candidate", those said to be wrong first; questions
    that the set has already, and repeats, are left out. Raises BadData for what is no feedback."""
    seen = {same_question(q) for q in known}
    found: list[dict[str, Any]] = []
    for number, line in enumerate(read_lines(feedback), 1):
        try:
            row = json.loads(line)
            made = _candidate(row)
        except (ValueError, KeyError, TypeError) as exc:
            raise BadData(
                f"{feedback} line {number} is no feedback ({type(exc).__name__}: {exc})"
            ) from exc
        key = same_question(Question.model_validate(made))
        if key not in seen:
            seen.add(key)
            found.append(made)
    return sorted(found, key=lambda made: "said to be wrong" not in made["note"])


def _candidate(row: Mapping[str, Any]) -> dict[str, Any]:
    answer = row["answer"]
    refused = answer["grounding"] == "refused"
    word = f": {row['word']}" if row.get("word") else ""
    return {
        "id": f"c-{row['id'][:8]}",
        "question": row["question"],
        "history": [
            {"role": m["role"], "content": m["content"]} for m in row.get("history") or ()
        ],
        "kind": "absent" if refused else "fact",
        "answerable": not refused,
        "facts": [],
        "evidence": [
            {name: c[name] for name in ("source", "start", "end", "quote")}
            for c in answer["citations"]
        ],
        "article": None,
        "must_pass": False,
        "added_in": "",
        "checked": "candidate",
        "note": f"said to be {row['verdict']}{word}; answered: {answer['text'][:200]}",
    }


def write(feedback: Path, gold: Iterable[Path], out: Path) -> int:
    """Write the candidates as JSONL; returns how many there are."""
    made = candidates(feedback, load(gold))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return len(made)
