"""The run: gold questions to a system, its replies to answers.jsonl as they come.

A killed run goes on where it stopped. What fails is a reply too, so the set never shrinks.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from eval.answers import Reply, read_answers
from eval.errors import BadData
from eval.manifest import Manifest
from eval.questions import Question
from rag import Answer

ANSWERS, MANIFEST = "answers.jsonl", "manifest.json"


class System(Protocol):
    """Whatever can be measured: the assistant, a spoilt one, or one that cheats."""

    def ask(
        self, question: str, *, history: Sequence[Mapping[str, Any]] | None = None
    ) -> Answer: ...


def run(
    system: System,
    questions: Sequence[Question],
    folder: Path,
    manifest: Manifest,
    *,
    workers: int = 2,
    timeout: float = 120.0,
    quiet: bool = False,
) -> list[Reply]:
    """Ask every question `manifest.repeats` times, `workers` at once, and return all replies.

    Those that already stand in `folder` are not asked again, errors excepted. Raises BadData when
    the folder holds the run of another system or another set.
    """
    _begin(folder, manifest)
    path = folder / ANSWERS
    done = {reply.key: reply for reply in read_answers(path) if not reply.error}
    wanted = [
        (q, n) for n in range(manifest.repeats) for q in questions if (q.id, n) not in done
    ]
    _rewrite(path, list(done.values()))
    with (
        path.open("a", encoding="utf-8") as file,
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=len(wanted), unit="question", disable=quiet or None) as bar,
    ):
        futures = [pool.submit(reply_of, system, q, n, timeout) for q, n in wanted]
        for future in as_completed(futures):
            reply = future.result()
            done[reply.key] = reply
            file.write(reply.to_json() + "\n")
            file.flush()
            bar.update()
    return list(done.values())


def _begin(folder: Path, manifest: Manifest) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MANIFEST
    if path.exists() and not read_manifest(folder).same_run(manifest):
        raise BadData(
            f"{folder} holds another run (its {MANIFEST} differs in system, set, pages or settings);"
            " give another --out"
        )
    text = json.dumps(manifest.to_dict(), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Raises BadData when the folder holds no run."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise BadData(f"{folder} holds no run ({exc}); make one: python -m eval run") from exc


def _rewrite(path: Path, replies: Sequence[Reply]) -> None:
    """Without errors, which are tried again, and without a line that a kill cut off."""
    spare = path.with_suffix(".part")
    spare.write_text("".join(r.to_json() + "\n" for r in replies), encoding="utf-8")
    spare.replace(path)


def reply_of(system: System, question: Question, sample: int, timeout: float) -> Reply:
    """The system's reply, or the error it ended in; never raises."""
    started = time.perf_counter()
    history = [message.model_dump() for message in question.history]
    box: queue.SimpleQueue[Answer | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            box.put(system.ask(question.question, history=history))
        except Exception as exc:  # whatever a system ends in is its reply, and is counted
            box.put(exc)

    # A daemon: a system that hangs must not keep the evaluation from ending.
    threading.Thread(target=ask, daemon=True).start()
    try:
        outcome = box.get(timeout=timeout)
    except queue.Empty:
        outcome = TimeoutError(f"no answer within {timeout:g} s")
    seconds = time.perf_counter() - started
    if isinstance(outcome, Exception):
        kind = "timeout" if isinstance(outcome, TimeoutError) else type(outcome).__name__
        return Reply(question.id, sample, seconds, None, f"{kind}: {outcome}")
    return Reply(question.id, sample, seconds, outcome.to_dict())
