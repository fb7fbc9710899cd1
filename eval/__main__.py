"""`python -m eval COMMAND`: measure the assistant, and say yes, no or too little to tell.

validate, run, score, compare, gate and accept are the stages of a release; `external` runs public
sets, `bench` measures speed, `judge` asks a model's opinion, `candidates` turns readers' feedback
into questions, `fit` fits rag/decision.json, `quick` prints verdicts on fitting questions.

Exit status: 0 done or pass, 1 regression, 2 bad data or command line, 3 inconclusive, 4 too many
replies failed, 5 the baseline does not belong to these questions, pages, measure or thresholds.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from eval import fit, fit_cases, quick
from eval.errors import EvalError
from rag import WenbaoError

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except EvalError as exc:
        print(f"eval: {exc}", file=sys.stderr)
        return exc.status
    except WenbaoError as exc:
        print(f"eval: {exc}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("eval: interrupted; run again with the same --out to go on", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(run=run)
        return made

    made = command("validate", _validate, "check the gold questions against their pages")
    made.add_argument("gold", nargs="*", type=Path, help="JSONL files; default: gate.toml's")
    made = command("run", _run, "ask the gold questions, score the replies, write a report")
    made.add_argument("gold", nargs="*", type=Path, help="JSONL files; default: gate.toml's")
    made.add_argument("--variant", default="as-is", help="a spoilt or cheating system, to try the gate")
    made.add_argument("--out", type=Path, help="folder of the run; one that was cut off goes on")
    made.add_argument("--repeats", type=_positive, default=1, help="ask everything so many times")
    made.add_argument("--workers", type=_positive, default=2, help="questions asked at once")
    made.add_argument("--timeout", type=float, default=120.0, help="seconds to wait for an answer")
    made.add_argument("--curve", action="store_true", help="measure the refusal at other thresholds")
    made.add_argument("--verbose", action="store_true", help="quick table: print what is not right")
    made = command("score", _score, "score a run anew by today's measure; nothing is asked")
    made.add_argument("folder", nargs="?", type=Path, help="default: the newest run")
    made = command("compare", _compare, "two runs, question by question")
    made.add_argument("old", type=Path)
    made.add_argument("new", type=Path)
    made = command("gate", _gate, "judge a run against the floors and the baseline")
    made.add_argument("folder", nargs="?", type=Path, help="default: the newest run")
    made.add_argument("--baseline", type=Path, help="default: eval/baseline.json")
    made = command("accept", _accept, "make a run the baseline")
    made.add_argument("folder", nargs="?", type=Path, help="default: the newest run")
    made.add_argument("--baseline", type=Path, help="default: eval/baseline.json")
    made.add_argument("--reason", required=True, help="why the new figures are right")
    _add_others(command)
    return parser


def _add_others(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    made = command("external", _external, "a public set, the published figures beside ours")
    made.add_argument("set", choices=("crud", "rgb", "cmrc"))
    made.add_argument(
        "paths", nargs="+", type=Path,
        help="crud: news (.jsonl or .jsonl.gz) and questions; rgb: one or more files; cmrc: one file",
    )  # fmt: skip
    made.add_argument("--data-dir", type=Path, help="crud: folder of the index, kept and reused")
    made.add_argument("--limit", type=_positive, help="crud: use so many articles only")
    made.add_argument("--plain", action="store_true", help="crud: the plain LlamaIndex pipeline too")
    made.add_argument("--out", type=Path, help="folder of the report; default: eval/report/SET")
    made = command("bench", _bench, "speed, memory and size beside a plain LlamaIndex pipeline")
    made.add_argument("folders", nargs="*", type=Path, help="pages; default: seeds and tests/pages")
    made.add_argument("--archive", type=Path, help="news in JSONL: measure its ingest and embedding")
    made.add_argument("--out", type=Path, help="folder of the table; default: eval/report/bench")
    made = command("judge", _judge, "a model's opinion on a run; advisory")
    made.add_argument("folder", nargs="?", type=Path, help="default: the newest run")
    made.add_argument("--model", required=True, help="name of the judging model")
    made.add_argument("--labels", type=Path, help="JSONL rows {id, right} by people; default: the verdicts")
    made = command("candidates", _candidates, "readers' feedback to candidates for the gold set")
    made.add_argument("feedback", type=Path, help="feedback.jsonl in the data folder")
    made.add_argument("--out", type=Path, required=True, help="JSONL file to write")
    made = command("quick", _quick, "verdicts on questions in slots form, over seeds/")
    made.add_argument("gold", nargs="*", type=Path, help="JSONL files; default: eval/gold/seed_*")
    made.add_argument("--verbose", action="store_true", help="print every answer that is not right")
    made = command("fit", _fit, "fit the choice of sentences and the refusal")
    made.add_argument("--rgb", type=Path, help="rgb_zh_refine_dev.jsonl")
    made.add_argument("--cmrc", type=Path, help="cmrc2018_trial.json")
    made.add_argument("--crud", type=Path, help="crud_qa_dev.jsonl")
    made.add_argument("--crud-data", type=Path, help="the folder wenbao/ that `external crud` has filled")
    made.add_argument("--dry-run", action="store_true", help="print the curve, change nothing")


def _positive(value: str) -> int:
    if (number := int(value)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


# The stages need statistics and plots, which come with the extra `eval` and take three seconds to
# import; `fit` and `quick` do without, so each command imports what it needs.


def _validate(arguments: argparse.Namespace) -> int:
    from eval import settings, stages, validate  # see above

    questions, _ = stages.check(settings.read_settings(), arguments.gold)
    print(f"sound: {validate.counted(questions)}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    files = arguments.gold
    if files and all(map(quick.is_quick, files)):
        return quick.run(files, arguments.verbose)
    from eval import settings, stages  # see above

    scored = stages.run(
        settings.read_settings(), files, variant=arguments.variant, out=arguments.out,
        repeats=arguments.repeats, workers=arguments.workers, timeout=arguments.timeout,
        with_curve=arguments.curve,
    )  # fmt: skip
    stages.print_table(scored)
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from eval import settings, stages  # see above

    rules = settings.read_settings()
    scored = stages.rescore(rules, arguments.folder or stages.newest())
    stages.write_report(rules, scored)
    stages.print_table(scored)
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from eval import settings, stages  # see above

    print("\n".join(stages.compare(settings.read_settings(), arguments.old, arguments.new)))
    return 0


def _gate(arguments: argparse.Namespace) -> int:
    from eval import report, settings, stages  # see above

    folder = arguments.folder or stages.newest()
    rules = settings.read_settings()
    verdict = stages.judge(rules, folder, arguments.baseline or settings.BASELINE)
    print(verdict)
    print(f"report: {folder / report.HTML}", file=sys.stderr)
    return verdict.status


def _accept(arguments: argparse.Namespace) -> int:
    from eval import settings, stages  # see above

    print(
        stages.accept(
            settings.read_settings(), arguments.folder or stages.newest(),
            arguments.baseline or settings.BASELINE, arguments.reason,
        )
    )  # fmt: skip
    return 0


def _external(arguments: argparse.Namespace) -> int:
    from eval import public_sets  # see above

    return public_sets.run(
        arguments.set, arguments.paths, out=arguments.out, data_dir=arguments.data_dir,
        limit=arguments.limit, plain=arguments.plain,
    )  # fmt: skip


def _bench(arguments: argparse.Namespace) -> int:
    from eval import bench, bench_archive, settings  # see above

    folders = arguments.folders or [settings.ROOT / "seeds", settings.ROOT / "tests" / "pages"]
    lines = bench_archive.lines(arguments.archive) if arguments.archive else []
    lines += bench.bench(folders, settings.read_settings().questions())
    print(f"{'':34} {'':13} {'Wenbao':>10} {'plain':>10} {'better':>8}")
    print("\n".join(map(str, lines)))
    bench.write(arguments.out or settings.REPORTS / "bench", lines)
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    from eval import judge, settings, stages  # see above

    scored = stages.rescore(settings.read_settings(), arguments.folder or stages.newest())
    found = judge.opinions(scored.scores, judge.Endpoint.opened(arguments.model))
    verdicts = {s.question.id: s.right for s in scored.scores}
    labels = judge.read_labels(arguments.labels) if arguments.labels else verdicts
    against = "the labels" if arguments.labels else "the verdicts (no labels by people were given)"
    print(f"{len(found)} answers, agreement with {against}: {judge.agreement(found, labels)}")
    for opinion in found:
        if opinion.right is not None and opinion.right != labels.get(opinion.id, opinion.right):
            print(f"  {opinion.id}: the judge says {'right' if opinion.right else 'not right'}")
    return 0


def _candidates(arguments: argparse.Namespace) -> int:
    from eval import candidates, settings  # see above

    gold = [settings.ROOT / path for path in settings.read_settings().data.gold]
    count = candidates.write(arguments.feedback, gold, arguments.out)
    print(f"{count} candidates in {arguments.out}; write their facts from the page, then validate")
    return 0


def _quick(arguments: argparse.Namespace) -> int:
    files = arguments.gold or sorted((quick.ROOT / "eval" / "gold").glob("seed_*.jsonl"))
    return quick.run(files, arguments.verbose)


def _fit(arguments: argparse.Namespace) -> int:
    decision = quick.ROOT / "rag" / "decision.json"
    fit.rename(decision)
    public = fit_cases.PublicSets(arguments.rgb, arguments.cmrc, arguments.crud, arguments.crud_data)
    cases = [case for found in fit_cases.gathered(public).values() for case in found]
    judged = fit.cross_fitted(cases)
    sizes = Counter(case.set for case in cases)
    curves = {
        edition: {name: fit.curve(rows, name) for name in sizes} for edition, rows in judged.items()
    }
    for edition, sets in curves.items():
        for name, points in sets.items():
            print(f"{edition}, {name}: {sum(c.set == name for c, _, _ in judged[edition])} cases, ten-fold")
            for point in points:
                print("   " + "  ".join(f"{key} {value:.3f}" for key, value in point.items()))
    if not arguments.dry_run:
        fit.write(fit.fit(cases), decision, dict(sizes), curves)
    return 0


if __name__ == "__main__":
    sys.exit(main())
