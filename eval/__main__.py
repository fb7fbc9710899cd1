"""`python -m eval run` asks the gold questions; `python -m eval fit` fits rag/decision.json.

Bench files are taken by path and never needed: without them `fit` uses what the project holds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from eval import fit, gold
from rag import Assistant, Config

_ROOT = Path(__file__).parent.parent
_GOLD = _ROOT / "eval" / "gold"
_DECISION = _ROOT / "rag" / "decision.json"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    made = commands.add_parser("run", help="ask the gold questions over seeds/ and count verdicts")
    made.add_argument("gold", nargs="*", type=Path, help="JSONL files; default: eval/gold/seed_*")
    made.add_argument("--verbose", action="store_true", help="print every answer that is not right")
    made.set_defaults(run=_run)
    made = commands.add_parser("fit", help="fit the choice of sentences and the refusal")
    made.add_argument("--rgb", type=Path, help="rgb_zh_refine_dev.jsonl")
    made.add_argument("--cmrc", type=Path, help="cmrc2018_trial.json")
    made.add_argument("--dry-run", action="store_true", help="print the curve, change nothing")
    made.set_defaults(run=_fit)
    arguments = parser.parse_args(argv)
    return int(arguments.run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    files = arguments.gold or sorted(_GOLD.glob("seed_*.jsonl"))
    with tempfile.TemporaryDirectory() as folder, _opened(folder, _ROOT / "seeds") as assistant:
        for path in files:
            judged = [_asked(assistant, row) for row in gold.load(path)]
            _print_table(path, judged, arguments.verbose)
    return 0


def _opened(folder: str, pages: Path) -> Assistant:
    assistant = Assistant.open(Config(data_dir=Path(folder)))
    assistant.ingest([pages])
    return assistant


def _asked(assistant: Assistant, row: dict[str, object]) -> gold.Judged:
    started = time.perf_counter()
    answer = assistant.ask(str(row["question"]))
    seconds = time.perf_counter() - started
    return gold.judge(row, answer, assistant.index.source_text, seconds)


def _print_table(path: Path, judged: Sequence[gold.Judged], verbose: bool) -> None:
    print(f"{path.name}: {len(judged)} questions")
    for name, (count, total) in gold.rates(judged).items():
        print(f"  {name:18} {count:4} of {total:4}  {count / total:6.1%}" if total else f"  {name}: none")
    print(f"  median seconds     {statistics.median(j.seconds for j in judged):.3f}")
    kinds = Counter((j.row["kind"], j.verdict) for j in judged)
    for kind in sorted({kind for kind, _ in kinds}):
        told = ", ".join(f"{v} {n}" for (k, v), n in sorted(kinds.items()) if k == kind)
        print(f"    {kind:14} {told}")
    for j in judged if verbose else ():
        if j.verdict != "right":
            print(f"  {j.verdict} {j.row['id']} {j.row['question']}\n      {j.answer.text[:200]}")


def _fit(arguments: argparse.Namespace) -> int:
    cases: list[fit.Case] = []
    with tempfile.TemporaryDirectory() as folder:
        with _opened(f"{folder}/seeds", _ROOT / "seeds") as assistant:
            for part in ("seed_a.jsonl", "seed_b.jsonl", "seed_c.jsonl"):  # seed_d is for the test
                cases += fit.gold_cases(assistant, _GOLD / part, "seed")
            if arguments.rgb:
                cases += fit.rgb_cases(assistant, arguments.rgb)
            if arguments.cmrc:
                cases += fit.cmrc_cases(assistant, arguments.cmrc)
        with _opened(f"{folder}/pages", _ROOT / "tests" / "pages") as assistant:
            cases += fit.gold_cases(assistant, _GOLD / "pages_fit.jsonl", "pages")
    judged = fit.cross_fitted(cases)
    sizes = Counter(case.set for case in cases)
    curves = {name: fit.curve(judged, name) for name in sizes}
    for name, points in curves.items():
        print(f"{name}: {sizes[name]} cases, ten-fold")
        for point in points:
            print("   " + "  ".join(f"{key} {value:.3f}" for key, value in point.items()))
    if not arguments.dry_run:
        fit.write(fit.fit(cases), _DECISION, dict(sizes), curves)
    return 0


if __name__ == "__main__":
    sys.exit(main())
