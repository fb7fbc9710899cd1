"""A run, told: report.html for people, report.md for a pull request, report.json for programs,
junit.xml for build servers, questions.csv for spreadsheets. Nothing is fetched by any of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from markupsafe import Markup

from eval import plots
from eval.corpus import Corpus
from eval.gate import SliceChange, Verdict
from eval.manifest import Manifest
from eval.scoring import Score
from eval.settings import Price
from eval.spans import is_located
from eval.totals import by_question, rates, slices, summary
from rag import squash

_TEMPLATES = Path(__file__).parent / "templates"
_WORST = 10
_ORDER = ("error", "invented", "conflict", "missing", "refused", "partly", "right")
JSON, HTML = "report.json", "report.html"


@dataclass(frozen=True, slots=True)
class Compared:
    """What a run was compared with: its name, how each question moved (-1 lost, 1 won) and, from a
    gate, the verdict."""

    other: str
    moved: Mapping[str, int]
    changes: Sequence[SliceChange]
    verdict: Verdict | None = None


def moves(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, int]:
    """Question id -> -1, 0 or 1; `old` and `new` hold how right it was."""
    return {id: (new[id] > old[id]) - (new[id] < old[id]) for id in new if id in old}


def write(
    folder: Path,
    scores: Sequence[Score],
    manifest: Manifest,
    corpus: Corpus,
    prices: Mapping[str, Price],
    *,
    compared: Compared | None = None,
    curve: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write all five files into the folder; returns the path of the HTML one."""
    data = report_data(scores, manifest, prices, compared, curve)
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / JSON).write_text(text + "\n", encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=lambda name: name is not None and ".html" in name,
    )  # fmt: skip
    environment.filters |= {"percent": _percent, "ms": lambda s: f"{1000 * s:.0f} ms"}
    rows = [_row(s, corpus, compared) for s in worst_first(scores, compared)]
    context = {
        **data, "rows": rows, "worst": [r for r in rows if r["verdict"] != "right"][:_WORST],
        "plots": _plots(scores, compared, curve, manifest),
        "pages": _script_json({name: text for name, text in corpus.texts.items()}),
    }  # fmt: skip
    for name in ("report.html", "report.md"):
        page = environment.get_template(f"{name}.jinja").render(context)
        (folder / name).write_text(page, encoding="utf-8")
    _write_junit(folder / "junit.xml", scores)
    _write_csv(folder / "questions.csv", rows)
    return folder / HTML


def report_data(
    scores: Sequence[Score], manifest: Manifest, prices: Mapping[str, Price],
    compared: Compared | None, curve: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """What report.json holds."""
    verdict = compared.verdict if compared else None
    return {
        "manifest": manifest.to_dict(),
        "summary": summary(scores, prices, manifest.model),
        "gate": verdict.to_dict() if verdict else None,
        "compared": _won_and_lost(compared) if compared else None,
        "curve": list(curve),
        "worst": [
            {
                "id": s.question.id, "question": s.question.question, "verdict": s.verdict,
                "cause": s.cause, "text": s.text,
            }
            for s in worst_first(scores, compared)
            if not s.right
        ][:_WORST],
    }  # fmt: skip


def _won_and_lost(compared: Compared) -> dict[str, Any]:
    moved = compared.moved
    return {
        "with": compared.other,
        "won": [id for id, by in moved.items() if by > 0],
        "lost": [id for id, by in moved.items() if by < 0],
        "same": sum(by == 0 for by in moved.values()),
    }


def worst_first(scores: Sequence[Score], compared: Compared | None) -> list[Score]:
    """Lost ones first, then by verdict; of equals those that cite worse."""
    moved = compared.moved if compared else {}

    def badness(s: Score) -> tuple[int, int, bool, float, str, int]:
        missed = s.cited.wanted - s.cited.covered
        return (
            moved.get(s.question.id, 0) if not s.right else 0, _ORDER.index(s.verdict),
            not s.question.must_pass, -missed, s.question.id, s.sample,
        )  # fmt: skip

    return sorted(scores, key=badness)


def _row(s: Score, corpus: Corpus, compared: Compared | None) -> dict[str, Any]:
    q = s.question
    marks = [
        {"source": c["source"], "start": c["start"], "end": c["end"], "kind": "cited"}
        for c in s.citations
        if is_located(c, corpus)
    ]
    marks += [
        {"source": e.source, "start": e.start, "end": e.end, "kind": "gold"} for e in q.evidence
    ]
    return {
        "id": q.id, "sample": s.sample, "question": q.question, "kind": q.kind,
        "history": [message.content for message in q.history],
        "article": ", ".join(map(str, q.articles)), "answerable": q.answerable,
        "must_pass": q.must_pass, "verdict": s.verdict, "cause": s.cause,
        "moved": compared.moved.get(q.id, 0) if compared else 0,
        "facts": "; ".join(_said(fact.model_dump()) for fact in q.facts), "answer": s.text,
        "quotes": [squash(e.quote) for e in q.evidence], "citations": s.cited.cited,
        "located": s.cited.located, "at_evidence": s.cited.precise,
        "evidence": s.cited.wanted, "covered": s.cited.covered,
        "rank": s.retrieved.rank if s.retrieved else None, "ms": round(1000 * s.seconds, 1),
        "error": s.error or "", "marks": _script_json(marks),
    }  # fmt: skip


def _said(fact: Mapping[str, Any]) -> str:
    return " / ".join(fact["aliases"]) if "aliases" in fact else str(fact["value"])


def _plots(
    scores: Sequence[Score], compared: Compared | None, curve: Sequence[Mapping[str, Any]],
    manifest: Manifest,
) -> dict[str, Markup]:  # fmt: skip
    """Name -> SVG; what there is nothing to draw for is left out."""
    drawn = {"slices": plots.slice_plot(slices(scores), rates(scores)["answers right"])}
    if compared and any(change.won + change.lost for change in compared.changes):
        drawn["changes"] = plots.change_plot(compared.changes)
    if came := [s.seconds for s in scores if not s.error]:
        drawn["latency"] = plots.latency_plot(came)
    if curve:
        used = float(manifest.settings.get("strictness", "nan"))
        drawn["refusal"] = plots.refusal_plot(curve, used)
    return {name: Markup(svg) for name, svg in drawn.items()}


def _script_json(value: object) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _write_junit(path: Path, scores: Sequence[Score]) -> None:
    """One suite for each kind of question, one case for each question."""
    suites: dict[str, TestSuite] = {}
    for id, samples in by_question(scores).items():
        question = samples[0].question
        case = TestCase(f"{id} {question.question}", f"eval.{question.kind}")
        case.time = sum(s.seconds for s in samples)
        wrong = [s for s in samples if not s.right]
        if failed := [s for s in wrong if s.error]:
            case.result = [Error(failed[0].error)]
        elif wrong:
            case.result = [Failure(f"{wrong[0].verdict}: {wrong[0].cause}\n{wrong[0].text}")]
        suites.setdefault(question.kind, TestSuite(question.kind)).add_testcase(case)
    xml = JUnitXml("wenbao evaluation")
    for suite in suites.values():
        xml.add_testsuite(suite)
    xml.write(str(path), pretty=True)


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """With a byte-order mark: spreadsheets take it for UTF-8 then."""
    columns = [name for name in rows[0] if name not in ("marks", "history", "quotes")]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: _plain(row[name]) for name in columns} for row in rows)


def _plain(value: object) -> object:
    """No cell may be taken for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return "'" + value
    return value
