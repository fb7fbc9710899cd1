"""The stages as the command runs them: validate, run, score, compare, gate, accept."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval import baseline as baselines
from eval import curve as curves
from eval import gate, manifest, paired, report, running, totals, validate
from eval.answers import read_answers
from eval.corpus import Corpus
from eval.errors import BadData
from eval.manifest import Manifest
from eval.questions import Question, load
from eval.scoring import Score, score
from eval.settings import REPORTS, Measure, Settings
from eval.variants import AS_IS, opened

_CURVE = "curve.json"


@dataclass(frozen=True, slots=True)
class Scored:
    """A run with its scores."""

    folder: Path
    manifest: Manifest
    scores: list[Score]
    corpus: Corpus
    curve: list[dict[str, Any]]


def check(settings: Settings, gold: Sequence[Path] = ()) -> tuple[list[Question], Corpus]:
    """The questions (those of `gold`, where given) and their pages, when nothing is wrong with
    them; raises BadData that lists the faults."""
    questions = load(gold) if gold else settings.questions()
    corpus = settings.corpus()
    # A file of one's own need not be balanced.
    balance = settings.balance.model_copy(
        update={"answerable": 0, "unanswerable": 0, "kinds": {}, "even": 0.0} if gold else {}
    )
    if faults := validate.faults(questions, corpus, balance):
        raise BadData(f"{len(faults)} faults in the gold set:\n  " + "\n  ".join(faults))
    return questions, corpus


def run(
    settings: Settings, gold: Sequence[Path], *, variant: str = AS_IS, out: Path | None = None,
    repeats: int = 1, workers: int = 2, timeout: float = 120.0, with_curve: bool = False,
) -> Scored:  # fmt: skip
    """Ask, score and report; the run's folder is `out`, else a new one below eval/report."""
    questions, corpus = check(settings, gold)
    folder = out or REPORTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{variant}"
    with (
        tempfile.TemporaryDirectory() as data,
        opened(variant, corpus, Path(data)) as (assistant, system),
    ):
        made = manifest.made(assistant, questions, corpus, variant, repeats, settings.gate.seed)
        running.run(system, questions, folder, made, workers=workers, timeout=timeout)
        if with_curve:
            points = curves.curve(assistant, questions)
            (folder / _CURVE).write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    (folder / "gold.jsonl").write_text(
        "".join(q.model_dump_json() + "\n" for q in questions), encoding="utf-8"
    )
    scored = rescore(settings, folder)
    write_report(settings, scored)
    return scored


def rescore(settings: Settings, folder: Path) -> Scored:
    """The scores of a run that was made before, by today's measure; nothing is asked."""
    made = running.read_manifest(folder)
    questions, corpus = load([folder / "gold.jsonl"]), settings.corpus()
    if corpus.digest() != made.corpus or manifest.data_digest(questions) != made.data:
        raise BadData(f"the pages or the questions of {folder} are not those that were asked about")
    replies = read_answers(folder / running.ANSWERS)
    scores = score(questions, replies, corpus, made.repeats)
    path = folder / _CURVE
    curve = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return Scored(folder, made, scores, corpus, curve)


def write_report(
    settings: Settings, scored: Scored, compared: report.Compared | None = None
) -> Path:
    return report.write(
        scored.folder, scored.scores, scored.manifest, scored.corpus, settings.prices,
        compared=compared, curve=scored.curve,
    )  # fmt: skip


def newest(folder: Path = REPORTS) -> Path:
    """The run made last. Raises BadData when there is none."""
    runs = sorted(folder.glob(f"*/{running.MANIFEST}"), key=lambda p: p.stat().st_mtime)
    if not runs:
        raise BadData(f"no run below {folder}; make one: python -m eval run")
    return runs[-1].parent


def judge(settings: Settings, folder: Path, path: Path) -> gate.Verdict:
    """The gate's verdict on a run, which its report then tells."""
    scored = rescore(settings, folder)
    baseline = baselines.read_baseline(path)
    belongs = baselines.belongs_to(scored.manifest, settings.digest())
    baselines.check_belongs(baseline, belongs, path)
    verdict = gate.judge(scored.scores, baseline, settings, scored.corpus)
    moved = report.moves(_right(baseline.values), _right(baselines.measured(scored.scores)))
    compared = report.Compared("the baseline", moved, verdict.slices, verdict)
    write_report(settings, scored, compared)
    return verdict


def _right(values: Mapping[str, Mapping[Measure, float]]) -> dict[str, float]:
    """Question -> how right it was answered, or refused."""
    return {id: row.get("answers", row.get("refusals", 0.0)) for id, row in values.items()}


def accept(settings: Settings, folder: Path, path: Path, reason: str) -> str:
    """Make a run the baseline; returns what is to be told."""
    scored = rescore(settings, folder)
    questions, _ = check(settings)
    if manifest.data_digest(questions) != scored.manifest.data:
        raise BadData(f"{folder} did not ask the questions of gate.toml; run them all first")
    belongs = baselines.belongs_to(scored.manifest, settings.digest())
    made = baselines.accept(path, scored.scores, belongs, scored.manifest, reason)
    lost = sorted({s.question.id for s in scored.scores if s.question.must_pass and not s.right})
    warning = f"; must-pass questions that are not right: {', '.join(lost)}" if lost else ""
    return f"{path}: {len(made.values)} questions of {folder.name}{warning}"


def compare(settings: Settings, old: Path, new: Path) -> list[str]:
    """Two runs side by side: every measure, then the questions won and lost. The report of the
    second one tells it too."""
    first, second = rescore(settings, old), rescore(settings, new)
    before, after = baselines.measured(first.scores), baselines.measured(second.scores)
    if before.keys() != after.keys():
        raise BadData(f"{old} and {new} asked different questions")
    rules = settings.gate
    rows = (baselines.rows_of(before, first.scores, first.corpus),
            baselines.rows_of(after, second.scores, second.corpus))  # fmt: skip
    lines = [f"{old.name} -> {new.name}"]
    for measure in rules.measures:
        found = paired.difference(
            rows[0].get(measure, {}), rows[1].get(measure, {}),
            resamples=rules.resamples, seed=rules.seed,
        )  # fmt: skip
        lines.append(f"  {measure:12} {gate.told(found)}")
    moved = report.moves(_right(before), _right(after))
    for word, sign in (("won", 1), ("lost", -1)):
        ids = [id for id, by in moved.items() if by == sign]
        lines.append(f"  {word:12} {len(ids)}: {', '.join(ids) or 'none'}")
    lines.append(f"  same         {sum(by == 0 for by in moved.values())}")
    changes = gate.slice_changes(second.scores, *rows)
    write_report(settings, second, report.Compared(old.name, moved, changes))
    return lines


def print_table(scored: Scored) -> None:
    """The figures of a run, for a terminal."""
    scores = scored.scores
    print(f"{scored.manifest.variant}: {len(totals.by_question(scores))} questions")
    for name, found in totals.rates(scores).items():
        print(f"  {name:32} {found}")
    for name, value in totals.means(scores).items():
        print(f"  {name:32} {'none' if value is None else f'{value:.3f}'}")
    for name, found in totals.slices(scores).items():
        print(f"    {name:30} {found}")
    for name, at in totals.latency(scores).items():
        print(f"  {name:32} p50 {1000 * at['p50']:.0f} ms, p95 {1000 * at['p95']:.0f} ms")
    print(f"report: {scored.folder / report.HTML}", file=sys.stderr)
