"""Verdicts on answers, one JSON object a line in `feedback.jsonl` of the data folder.

    {"id", "time", "question", "answer": Answer.to_dict(), "verdict": "right" | "wrong", "word"}

Nothing leaves the machine; `python -m eval candidates` makes gold candidates of the lines.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_MOST_BYTES = 100_000_000  # of the file; nobody reads that much, and a disk has an end


class Feedback:
    """The file, written by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()

    def add(self, question: str, answer: Mapping[str, Any], verdict: str, word: str) -> str | None:
        """Append a line; returns its id, or None where the file is full."""
        id = uuid.uuid4().hex
        line = json.dumps(
            {
                "id": id, "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "question": question, "answer": answer, "verdict": verdict, "word": word,
            },
            ensure_ascii=False,
        )  # fmt: skip
        with self._writing:
            if self._path.exists() and self._path.stat().st_size > _MOST_BYTES:
                return None
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        return id
