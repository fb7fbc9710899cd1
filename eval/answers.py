"""answers.jsonl: what a system replied to each question, one line per question and sample.

A line holds an answer or an error, never neither, so that no question is lost on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.errors import BadData
from eval.questions import Question, read_lines

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reply:
    """`answer` is `Answer.to_dict()`, or None where `error` says what went wrong ("timeout" first,
    if it was one); `sample` counts repeats from 0; `seconds` is the time that the asker waited."""

    id: str
    sample: int
    seconds: float
    answer: Mapping[str, Any] | None
    error: str | None = None

    @property
    def key(self) -> Key:
        return self.id, self.sample

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def read_answers(path: Path) -> list[Reply]:
    """What stands in an answers.jsonl; a last line that was cut off by a kill is left out.

    Raises BadData for any other line that is none.
    """
    lines = read_lines(path) if path.exists() else []
    replies: dict[Key, Reply] = {}
    for number, line in enumerate(lines, 1):
        try:
            reply = Reply(**json.loads(line))
        except (ValueError, TypeError) as exc:
            if number == len(lines):
                break
            raise BadData(f"{path} line {number} is no reply ({exc}); run it anew") from exc
        replies[reply.key] = reply  # asked again: the later one counts
    return list(replies.values())


def complete(
    questions: Sequence[Question], replies: Iterable[Reply], repeats: int
) -> list[tuple[Question, Reply]]:
    """Every question with each of its replies, in the order of the questions.

    Raises BadData when one is missing or strange: a score over a part of the set is no score.
    """
    found = {reply.key: reply for reply in replies}
    wanted = [(question, n) for question in questions for n in range(repeats)]
    missing = [q.id for q, n in wanted if (q.id, n) not in found]
    strange = sorted({id for id, _ in found} - {q.id for q in questions})
    if missing or strange:
        raise BadData(
            f"{len(missing)} of {len(wanted)} replies are missing ({', '.join(missing[:5])} …) and "
            f"{len(strange)} belong to no question ({', '.join(strange[:5])} …); "
            "run again with the same --out to fill the gaps"
        )
    return [(question, found[question.id, n]) for question, n in wanted]
